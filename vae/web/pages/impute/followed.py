"""The image that is followed: hidden, restored and original, and the path that its code takes on the map."""

from collections.abc import Iterator

import numpy as np
import streamlit as st

from vae import figures
from vae.analysis import imputation
from vae.analysis.imputation import Imputation, Imputations
from vae.explorer import Explorer
from vae.figures.theme import HIDDEN_COLOUR
from vae.images import masks
from vae.images.export import tile
from vae.images.spec import Floats
from vae.latent import neighbours
from vae.web.kit import frame, html
from vae.web.pages.impute.batch import Batch
from vae.web.selection import code_map

MAP = "impute-map"  # key
LARGE = 168  # CSS pixels of a picture
BESIDE = 5  # decoded steps of the path beside each other
CLOSEST = 1.0  # half the height of the map at least, in units of its axes
MARGIN = 1.5  # times the height that the path and the marks need


def show_pictures(explorer: Explorer, batch: Batch, hidden: masks.Mask, restored: Imputations) -> None:
    """What the model sees of the image, its best restoration, the original, and the other restorations."""
    masked = masks.coloured(batch.followed, hidden, HIDDEN_COLOUR)[0]
    best, *others = reversed(list(_captioned(batch, hidden, restored)))
    shown = [
        (masked, "hidden: all that the model sees"),
        best,
        (batch.followed[0], f"original, {batch.name}"),
    ]
    with st.container(key="impute-followed"):
        html.pictures(*shown, *others, size=explorer.image_spec.css_width(LARGE))


def show_path(explorer: Explorer, batch: Batch, restored: Imputations) -> None:
    """The path of its code, on the map and decoded."""
    noun = "iteration" if restored.chain is None else "chain"
    st.header(f"The {noun} of {batch.name}", anchor=False)
    picture, side = frame.columns()
    with picture:
        _show_map(explorer, restored, explorer.encode(batch.followed).mu)
    with side:
        sheet, shown = _decoded_path(explorer, _path(restored))
        html.sheet(sheet, f"What the decoder makes of the {noun}'s codes, the first {shown} steps")


def only(restored: Imputations, column: int) -> Imputations:
    """What was restored of one of the images, as a batch of one."""
    rows = slice(column, column + 1)

    def one(way: Imputation) -> Imputation:
        return Imputation(way.images[rows], way.decoded[rows], way.path[:, rows])

    chain = None if restored.chain is None else one(restored.chain)
    return Imputations(one(restored.one_pass), one(restored.iterated), chain)


def _captioned(batch: Batch, hidden: masks.Mask, restored: Imputations) -> Iterator[tuple[Floats, str]]:
    """The restored images with their errors, the best way last."""
    ways = {"one pass": restored.one_pass, "iterated": restored.iterated, "chain": restored.chain}
    known = {name: way for name, way in ways.items() if way is not None}
    for name, way in known.items():
        words = f"restored ({name})" if name == list(known)[-1] else name
        if hidden.any():
            words += f": error {imputation.error(way.images, batch.followed, hidden)[0]:.4f}"
        yield way.images[0], words


def _path(restored: Imputations) -> Floats:
    """The codes (T, D) of the single image's chain, without one those of its iteration."""
    return (restored.chain or restored.iterated).path[:, 0]


def _decoded_path(explorer: Explorer, path: Floats) -> tuple[Floats, int]:
    """The first decoded codes of a path (T, D) in rows, as many as are whole, and how many these are."""
    columns = min(BESIDE, len(path))
    shown = min(len(path) - len(path) % columns, 7 * BESIDE)
    images = explorer.decode(path[:shown])
    return tile(images.reshape(-1, columns, *images.shape[1:])), shown


def _show_map(explorer: Explorer, restored: Imputations, code: Floats) -> None:
    """The map with the path and the codes (1, D) of the whole image and of the single pass."""
    fig = path_map(explorer, restored, code)
    if fig is None:
        st.info("This model has no map: its latent space is not a plane, and no t-SNE map ships with it.")
        return
    st.plotly_chart(fig, key=MAP, config=figures.CONFIG)
    walk = (
        "the iteration, from its first code" if restored.chain is None else "the chain, from its first draw"
    )
    note = " On the t-SNE map, a code is where the nearest test image is." * (not explorer.can("plane"))
    st.caption(
        f"Red: {walk} (light disc) to its last. Rings: the codes of the original image and of the masked "
        f"one, which a single pass decodes.{note}"
    )


def path_map(explorer: Explorer, restored: Imputations, code: Floats) -> figures.Drawing | None:
    """The map of the test images with the path of one image, None where the model has no map.

    `restored` holds one image, whose code without a mask is `code` (1, D).
    """
    path = _path(restored)
    marks = {"original": code, "masked": restored.one_pass.path[0]}
    if explorer.can("plane"):
        fig = code_map.plane_ground(explorer).copy()
        places = {name: z[0] for name, z in marks.items()}
    elif 2 in explorer.codes("test").embeddings:
        fig = code_map.tsne_ground(explorer).copy()
        codes, xy = explorer.codes("test"), explorer.embedding(2)
        path = xy[neighbours.closest(codes.mu, path)]
        places = {name: xy[neighbours.closest(codes.mu, z)[0]] for name, z in marks.items()}
    else:
        return None
    _focus(fig, np.concatenate([path, list(places.values())]))
    figures.add_path(fig, path)
    upper = max(places, key=lambda name: float(places[name][1]))
    for name, place in places.items():  # so that neither label can lie on the other's ring
        figures.add_marker(fig, place, name, "above" if name == upper else "below")
    return fig


def _focus(fig: figures.Drawing, places: np.ndarray) -> None:
    """Zoom to places (M, 2) and their surroundings."""
    low, high = places.min(axis=0), places.max(axis=0)
    radius = max(CLOSEST, MARGIN * float((high - low).max()) / 2)
    figures.focus(fig, (low + high) / 2, radius).update_layout(uirevision=f"{low} {high}")
