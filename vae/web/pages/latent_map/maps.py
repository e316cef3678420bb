"""Maps of the test images' codes: the latent space itself in 2-D and 3-D, else t-SNE and PCA of the codes.

`controls` says which map is shown.
"""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from vae import figures
from vae.analysis import training_codes
from vae.errors import Unusable
from vae.explorer import Explorer
from vae.figures import Drawing
from vae.jobs.job import Request
from vae.latent import embedding, prior
from vae.model.codes import Codes
from vae.web import live
from vae.web.kit import datasets
from vae.web.live import Pick, chart
from vae.web.selection import code_map, draw_here, inspector, pin
from vae.web.selection.code import Chosen, choose_image, choose_z, look_up
from vae.web.server import originals

CHART = "map"  # key
POINTED = "map.pointed"  # session: the last code that was chosen by pointing at it
SOUGHT = "map.sought."  # session: the place that the view holds, by the name of the map
FAR = 1e9
DRAWS = 200  # from an implicit q(z|x)
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Map:
    """Places (n, dims) of test images; `name` tells the maps of all models apart.

    With `training` the codes of training images are drawn instead, which nobody can choose.
    """

    kind: str  # plane, space, posterior, tsne, pca or own
    name: str
    places: Floats
    index: NDArray[np.int64]  # (n,) which test image is where
    has_prior: bool = False
    training: Codes | None = None
    note: str = ""  # a sentence for below it

    @property
    def dims(self) -> int:
        """2 or 3."""
        return int(self.places.shape[1])

    @property
    def is_of_z(self) -> bool:
        """Whether its places are codes themselves."""
        return self.kind in ("plane", "space")

    def place(self, chosen: Chosen) -> np.ndarray | None:
        """Where the chosen code lies, None where this map has no place for it."""
        if chosen.image is None:
            return np.array(chosen.z) if self.is_of_z else None
        rows = (self.index == chosen.image).nonzero()[0]
        return self.places[rows[0]] if len(rows) else None


def plane(explorer: Explorer, has_prior: bool, is_of_training: bool) -> Map:
    """The latent plane of test images, or of training images where codes of these ship."""
    codes = training(explorer) if is_of_training else None
    shown = _whole(explorer, "plane", explorer.codes("test").mu, has_prior)
    if codes is None:
        return shown
    return replace(shown, name=f"{shown.name} training", training=codes, note=_costs(explorer, codes))


def of_kind(explorer: Explorer, kind: str, dims: int) -> Map:
    """A map of all test images in so many dimensions: space, posterior, tsne or pca."""
    codes = explorer.codes("test")
    if kind == "tsne":
        return _whole(explorer, kind, codes.embeddings[dims])
    if kind == "pca":
        lacks = "No t-SNE ships with this model, so its codes are shown on their principal components."
        return replace(_whole(explorer, kind, _pca(explorer, dims)), note="" if codes.embeddings else lacks)
    return _whole(explorer, kind, codes.mu if kind == "space" else _posterior_places(explorer))


def own(explorer: Explorer, request: Request, coordinates: Floats) -> Map:
    """The t-SNE that the user asked for."""
    note = f"t-SNE of {len(request.index):,} test images, perplexity {request.perplexity:g}."
    return Map("own", f"{explorer.fingerprint} {request.name}", coordinates, request.index, note=note)


def training(explorer: Explorer) -> Codes | None:
    """The codes of training images, None where none ship."""
    return _training(explorer.fingerprint, explorer)


@st.cache_resource(show_spinner=False, max_entries=24)
def _training(fingerprint: str, _explorer: Explorer) -> Codes | None:
    try:
        return training_codes.shipped(_explorer)
    except Unusable:
        return None


def follow_click(explorer: Explorer, shown: Map | None) -> Chosen:
    """What is chosen now, after a click on the map if there was one."""
    pick = chart.take_pick(CHART)
    return look_up(explorer) if pick is None or shown is None else _follow(explorer, shown, pick)


def _sought(shown: Map, chosen: Chosen, place: np.ndarray) -> np.ndarray:
    """The place (2,) that the view must hold: of the last code that was not chosen by pointing at it."""
    key = SOUGHT + shown.name
    if key not in st.session_state or st.session_state.get(POINTED) != chosen:
        st.session_state[key] = place
    return st.session_state[key]


def show_chosen(explorer: Explorer, shown: Map | None, chosen: Chosen, has_pad: bool = False) -> None:
    """What lies under the pointer, and the chosen code decoded; with a pad to draw another above it.

    Without a map, while it is computed, the chosen code alone.
    """
    if shown is None:
        inspector.show(explorer, chosen)
        inspector.show_image(explorer, chosen)
        return
    places = None if shown.is_of_z or shown.dims == 3 else _bring(explorer, shown)
    if has_pad:
        draw_here.show(explorer, CHART if shown.dims == 2 else None, places)
    _under_pointer(explorer, shown, chosen, places)
    chart.serve(CHART, partial(_served, explorer, chosen))
    inspector.show_image(explorer, chosen)


def _served(explorer: Explorer, chosen: Chosen) -> None:
    """The chosen code decoded here, where no live view does it, and the test image that it belongs to."""
    inspector.show(explorer, chosen)
    inspector.show_pictures(explorer, chosen)


def draw(explorer: Explorer, shown: Map, chosen: Chosen) -> None:
    """The map, the chosen code marked on it."""
    fig = _figure(shown.name, shown, explorer)
    place, label = shown.place(chosen), "" if chosen.image is None else explorer.about(chosen.image)
    pinned = pin.on_map(explorer, shown.places, shown.index, is_of_z=shown.is_of_z)
    if chosen.is_own and pinned is not None:
        place = np.asarray(pinned.place)
    if place is not None and shown.dims == 2:
        fig = figures.include(fig, _sought(shown, chosen, place)[None])
    cloud = _draws(explorer, chosen) if shown.kind == "plane" else None
    chart.show(fig, CHART, place, label, _circles() if shown.has_prior else (), cloud, pinned)
    notes = []
    if cloud is not None:
        notes.append(f"Red dots: draws from q(z|x) of test image {chosen.image}, which has no ellipse.")
    if shown.kind == "plane" and not figures.holds(fig, shown.places):
        notes.append("A few of the farthest codes lie outside this view: zoom out to see them.")
    if shown.note:
        notes.append(shown.note)
    if pinned is not None and not shown.is_of_z:
        notes.append("Your image has no place of its own on this map: it is at the test image nearest in z.")
    if place is None:
        what = f"Test image {chosen.image}" if label else "The chosen z, which is no test image's code,"
        notes.append(f"{what} has no place on this map.")
    if notes:
        st.caption(" ".join(notes))


def _draws(explorer: Explorer, chosen: Chosen) -> Floats | None:
    """Draws (K, D) from the implicit q(z|x) of the chosen test image, None where there are none to show."""
    originals = datasets.images(explorer.dataset.name)
    if explorer.can("gaussian") or not explorer.can("posterior") or chosen.image is None or originals is None:
        return None
    q = explorer.encode(originals.floats(slice(chosen.image, chosen.image + 1)))
    return q.sample(DRAWS, np.random.default_rng(0))[:, 0]


def _costs(explorer: Explorer, codes: Codes) -> str:
    """What training images cost beside test images: the more, the less was learnt by heart."""
    test, name = explorer.codes("test"), code_map.loss_name(explorer)
    return (
        f"The first {len(codes):,} training images: {name} {codes.loss.mean():.2f} nats per image on "
        f"average, the {len(test):,} test images {test.loss.mean():.2f}. The further apart, the more was "
        "learnt by heart."
    )


def _under_pointer(explorer: Explorer, shown: Map, chosen: Chosen, places: str | None) -> None:
    """The live view: what lies under the pointer, decoded in the browser."""
    axes = tuple(range(shown.dims)) if shown.is_of_z or shown.dims == 2 else ()
    chart.under_pointer(
        explorer,
        CHART,
        chosen.code(explorer),
        partial(_follow, explorer, shown),
        axes=axes,
        dims=shown.dims,
        places=places,
        image=chosen.image,
        originals=originals.place(explorer.dataset.name),
        own=pin.original(explorer, chosen),
    )


def _follow(explorer: Explorer, shown: Map, pick: Pick) -> Chosen:
    """Follow the test image that was picked, or on a plane the place; nothing where all images are hidden."""
    if pick.index is not None and (pick.hit or shown.kind != "plane"):
        chosen = choose_image(explorer, pick.index)
    elif pick.place is not None and shown.kind == "plane":
        chosen = choose_z(explorer, pick.place)
    else:
        chosen = look_up(explorer)
    st.session_state[POINTED] = chosen
    return chosen


def _bring(explorer: Explorer, shown: Map) -> str:
    """Bring the map to the live view, in the order of the test images; those without a place lie far off."""
    places = np.full((len(explorer.codes("test")), 2), FAR, dtype=np.float32)
    places[shown.index] = shown.places
    return live.places(explorer, shown.name, places)


def _circles() -> list[tuple[float, str]]:
    """Radii of the prior's contours and what is written on them."""
    return [(radius, f"{radius} sd: {prior.mass(radius):.0%} of the prior") for radius in (1, 2, 3)]


def _whole(explorer: Explorer, kind: str, places: Floats, has_prior: bool = False) -> Map:
    """A map of all test images."""
    name = f"{explorer.fingerprint} {kind} {places.shape[1]}"
    return Map(kind, name, places, np.arange(len(places)), has_prior)


def _posterior_places(explorer: Explorer) -> Floats:
    """For one latent dimension: the posterior's mean across, the log of its sd upward, (N, 2).

    For a point, which has no sd, the nll is upward, standardised; 0 where that is unknown, too.
    """
    codes = explorer.codes("test")
    if explorer.can("posterior"):
        return np.concatenate([codes.mu, np.log(codes.sd)], axis=1)
    nll = np.zeros(len(codes), np.float32) if codes.nll is None else codes.nll
    return np.stack([codes.mu[:, 0], (nll - nll.mean()) / max(float(nll.std()), 1e-6)], axis=1)


def _pca(explorer: Explorer, dims: int) -> Floats:
    return _pca_of(explorer.fingerprint, dims, explorer)


@st.cache_resource(show_spinner=False, max_entries=16)
def _pca_of(fingerprint: str, dims: int, _explorer: Explorer) -> Floats:
    return embedding.pca(_explorer.codes("test").mu, dims)


@st.cache_resource(show_spinner=False, max_entries=24)
def _figure(name: str, _map: Map, _explorer: Explorer) -> Drawing:
    """The map without marks; shared by all sessions."""
    if _map.training is not None:
        return code_map.training_scatter(_explorer, _map.training, name)
    return code_map.scatter(_explorer, _map.places, is_plane=_map.is_of_z, index=_map.index, uirevision=name)
