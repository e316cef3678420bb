"""The body of Impute: the mask, some images restored three ways, the path of one of them, the errors."""

from collections.abc import Iterator

import numpy as np
import streamlit as st

from vae import figures
from vae.analysis import imputation
from vae.analysis.imputation import Imputation, Imputations
from vae.explorer import Explorer
from vae.figures.theme import HIDDEN_COLOUR
from vae.images import masks
from vae.images.dataset import ImageSet
from vae.images.export import tile
from vae.images.spec import Floats
from vae.latent import neighbours
from vae.web.kit import address, datasets, frame, html, loaders, values
from vae.web.pages.impute import errors, hidden_pixels, strips
from vae.web.pages.impute.strips import Strip
from vae.web.selection import code_map

COLUMNS = 15  # the source's
MAP = "impute-map"  # key
STEPS = tuple(1 << k for k in range(10))
CLOSEST = 1.0  # half the height of the map at least, in units of its axes
MARGIN = 1.5  # times the height that the path and the marks need

IMAGE_HELP = "The test image whose path is drawn on the map, marked red in the strips, among its fifteen."
STEPS_HELP = (
    "How often the image is encoded and decoded, by the iterated restoration and by the chain. The chain "
    "needs many steps to come to rest; 512 take some seconds."
)
WHOLE_HELP = (
    "Show all pixels as the decoder gives them, as the source article does, and not only the hidden ones: "
    "so one sees what the model takes the image for."
)
BESIDE_HELP = "Another model of these images, which restores them too, by the iteration and by its chain."
ALONE = "none"
NO_CHAIN = (
    "This model has no likelihood p(x|z), so no pixels can be drawn from it: there is no sampled chain, and "
    "the path below is that of the iteration."
)


def show(explorer: Explorer) -> None:
    """Everything below the heading."""
    dataset, items = datasets.examples(explorer.dataset)
    spec = explorer.image_spec
    followed = values.image(len(items))
    steps = address.choice("steps", STEPS, imputation.STEPS)
    seed = address.integer("chain_seed", 0, 0, values.LAST_SEED)
    with frame.controls(lines=4):
        kind = hidden_pixels.choose(spec).value
        hidden = hidden_pixels.mask(kind, spec)
        _choose_steps(explorer, steps, seed)
        whole = _choose_images(followed, len(items))
        beside = _choose_beside(explorer)
    if kind == "brush":
        hidden_pixels.show_pad(items.floats(followed.value), spec)
    indices = strip_of(followed.value, len(items))
    column = indices.index(followed.value)
    images = items.floats(indices)
    restored = _restored(explorer.fingerprint, images, hidden, steps.value, seed.value, explorer)
    rows = [
        Strip("original", images),
        Strip("masked", masks.coloured(images, hidden, HIDDEN_COLOUR), is_readable=False),
        Strip("one pass", _shown(restored.one_pass, whole)),
        *_restored_strips(restored, whole, steps.value),
    ]
    if beside:
        other = _restored(beside.fingerprint, images, hidden, steps.value, seed.value, beside)
        rows += _restored_strips(other, whole, steps.value, f" by {beside.name}")
    is_read = strips.show(rows, dataset.name, column)
    filling = "black" if spec.channels == 1 else "the visible pixels' mean"
    st.caption(
        f"Test images {indices[0]} to {indices[-1]} of {html.plain_markdown(dataset.name)}, "
        f"{hidden_pixels.words(hidden)}: blue in the pictures, {filling} for the encoder at first."
        + is_read
        * f" {strips.READING}"
    )
    if restored.chain is None:
        st.info(NO_CHAIN)
    _follow(explorer, items, followed.value, hidden, _only(restored, column))
    errors.show(explorer, items, dataset.name, hidden, steps.value)


def strip_of(image: int, count: int) -> list[int]:
    """The test images among which this one is shown: 0 to 14, 15 to 29 and so on, at the end the last."""
    first = min(image - image % COLUMNS, max(count - COLUMNS, 0))
    return list(range(first, min(first + COLUMNS, count)))


def _choose_steps(explorer: Explorer, steps: address.Shared[int], seed: address.Shared[int]) -> None:
    st.select_slider("Steps", STEPS, width=150, help=STEPS_HELP, **steps.widget())
    if explorer.can("likelihood"):
        html.next_seed_button("Another chain", seed, "Sample the chains again, with the next seed.")


def _choose_images(followed: address.Shared[int], count: int) -> bool:
    """The widgets for the images; returns whether decoded images are shown whole."""
    whole = address.flag("whole")
    st.number_input("Test image", 0, count - 1, width=132, help=IMAGE_HELP, **followed.widget())
    st.button(
        "Next fifteen",
        help="Go on to the next fifteen test images.",
        on_click=lambda: followed.set((followed.value + COLUMNS) % count),
    )
    st.toggle("Whole output", help=WHOLE_HELP, **whole.widget())
    return whole.value


@st.cache_data(show_spinner=False, max_entries=8)  # of 18 MB at most, for 128 × 128 RGB
def _restored(
    fingerprint: str, images: Floats, hidden: masks.Mask, steps: int, seed: int, _explorer: Explorer
) -> Imputations:
    return imputation.impute(_explorer, images, hidden, steps, seed)


def _only(restored: Imputations, column: int) -> Imputations:
    """What was restored of one of the images, as a batch of one."""
    rows = slice(column, column + 1)

    def one(way: Imputation) -> Imputation:
        return Imputation(way.images[rows], way.decoded[rows], way.path[:, rows])

    chain = None if restored.chain is None else one(restored.chain)
    return Imputations(one(restored.one_pass), one(restored.iterated), chain)


# The strips ----------------------------------------------------------------------------------------------


def _restored_strips(restored: Imputations, whole: bool, steps: int, by: str = "") -> Iterator[Strip]:
    """The iterated images, and the chain's where there is one."""
    yield Strip(f"iterated, {steps} steps{by}", _shown(restored.iterated, whole))
    if restored.chain is not None:
        yield Strip(f"sampled chain, mean{by}", _shown(restored.chain, whole))


def _shown(way: Imputation, whole: bool) -> Floats:
    return way.decoded if whole else way.images


def _choose_beside(explorer: Explorer) -> Explorer | None:
    """Another model of the same images, None for none; one that cannot be opened is said to be so."""
    others = tuple(
        name
        for name, record in loaders.described().items()
        if record.dataset == explorer.dataset and name != explorer.name
    )
    chosen = address.choice("impute_beside", (ALONE, *others), ALONE)
    st.selectbox("Beside it", (ALONE, *others), width=180, help=BESIDE_HELP, **chosen.widget())
    found = None if chosen.value == ALONE else loaders.open_model(chosen.value)
    if isinstance(found, str):
        st.error(found)
        return None
    return found


# The image that is followed ------------------------------------------------------------------------------


def _follow(
    explorer: Explorer, items: ImageSet, index: int, hidden: masks.Mask, restored: Imputations
) -> None:
    """The path of one image: on the map, as images, and the errors of the ways it was restored."""
    image = items.floats([index])
    noun = "iteration" if restored.chain is None else "chain"
    st.header(f"The {noun} of test image {index}", anchor=False)
    picture, side = frame.columns()
    with picture:
        _show_map(explorer, restored, explorer.encode(image).mu)
        sheet, shown = _decoded_path(explorer, _path(restored))
        html.sheet(sheet, f"What the decoder makes of the {noun}'s codes, the first {shown} steps")
    with side:
        html.pictures(
            (image[0], "original"),
            (masks.coloured(image, hidden, HIDDEN_COLOUR)[0], "masked"),
            *_captioned(image, hidden, restored),
            size=explorer.image_spec.css_width(136),
        )
        if hidden.any():
            st.caption("Error: mean squared error per hidden pixel, levels in [0, 1].")


def _path(restored: Imputations) -> Floats:
    """The codes (T, D) of the single image's chain, without one those of its iteration."""
    return (restored.chain or restored.iterated).path[:, 0]


def _captioned(image: Floats, hidden: masks.Mask, restored: Imputations) -> Iterator[tuple[Floats, str]]:
    """The restored images with their errors."""
    ways = {"one pass": restored.one_pass, "iterated": restored.iterated, "chain, mean": restored.chain}
    for name, way in ways.items():
        if way is None:
            continue
        words = ""
        if hidden.any():
            words = f", error {imputation.error(way.images, image, hidden)[0]:.4f}"
        yield way.images[0], name + words


def _decoded_path(explorer: Explorer, path: Floats) -> tuple[Floats, int]:
    """The decoded codes of a path (T, D) in rows of fifteen, whole rows only if there is more than one."""
    columns = min(COLUMNS, len(path))
    shown = len(path) - len(path) % columns
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
    for name, place in places.items():
        figures.add_marker(fig, place, name)
    return fig


def _focus(fig: figures.Drawing, places: np.ndarray) -> None:
    """Zoom to places (M, 2) and their surroundings."""
    low, high = places.min(axis=0), places.max(axis=0)
    radius = max(CLOSEST, MARGIN * float((high - low).max()) / 2)
    figures.focus(fig, (low + high) / 2, radius).update_layout(uirevision=f"{low} {high}")
