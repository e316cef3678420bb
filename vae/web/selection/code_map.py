"""Maps of the test images' codes, coloured by class, else by what each image costs in nats.

The grounds, faint and small, are the same for every image that is followed: they are kept, and a chart begins
with a copy.
"""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import ArrayLike

from vae import figures
from vae.explorer import Explorer
from vae.figures import Drawing
from vae.latent import classes
from vae.model.codes import Codes

HEIGHT = 420  # px of a ground; the style sheet puts the images beside the middle of the plotting area
MARGIN = {"l": 46, "r": 8, "t": 8, "b": 46}
FAINT = 0.22


def scatter(
    explorer: Explorer,
    places: np.ndarray,
    *,
    is_plane: bool,
    index: ArrayLike | None = None,
    height: int = 660,
    uirevision: str = "map",
    has_legend: bool = True,
) -> Drawing:
    """The map of test images at places (n, 2) or (n, 3); `index` (n,) says which they are, all by default.

    `is_plane` says whether the places are coordinates of z, `has_legend` whether the classes have a legend on
    the page.
    """
    codes, rows = explorer.codes("test"), slice(None) if index is None else np.asarray(index)
    known = codes.known_labels[rows] if explorer.can("labels") else None
    count = len(explorer.class_names or ())
    has_loss = codes.nll is not None
    is_flat = places.shape[1] == 2
    of_codes = figures.latent_scatter if is_flat else figures.latent_scatter_3d
    embedded = figures.embedding_scatter if is_flat else figures.embedding_scatter_3d
    flat = {"files": _files(explorer, index), "has_legend": has_legend} if is_flat else {}
    return (of_codes if is_plane else embedded)(
        places,
        known,
        None if known is None else classes.peaks(places, known, count),
        explorer.class_names,
        loss=codes.loss[rows] if has_loss else None,
        loss_name=f"{loss_name(explorer)}, nats per image",
        index=index,
        height=height,
        uirevision=uirevision,
        **flat,
    )


def _files(explorer: Explorer, index: ArrayLike | None) -> Sequence[str] | None:
    """The names of the files of test images, all by default; None where they are no files."""
    names = explorer.codes("test").names
    return names if names is None or index is None else [names[at] for at in np.asarray(index).tolist()]


def training_scatter(explorer: Explorer, codes: Codes, uirevision: str) -> Drawing:
    """The latent plane with the codes of training images."""
    known, names = codes.labels, explorer.class_names
    return figures.latent_scatter(
        codes.mu,
        known,
        None if known is None else classes.peaks(codes.mu, known, len(names or ())),
        names,
        loss=codes.loss,
        loss_name=f"{loss_name(explorer)}, nats per image",
        kind="Training",
        files=codes.names,
        uirevision=uirevision,
    )


def loss_name(explorer: Explorer) -> str:
    """What `Codes.loss` is for this model."""
    return "−ELBO" if explorer.can("gaussian") else "nll"


def plane_ground(explorer: Explorer) -> Drawing:
    """The latent plane with the test codes, faint; shared by all sessions."""
    return _plane_ground(explorer.fingerprint, explorer)


def tsne_ground(explorer: Explorer) -> Drawing:
    """The t-SNE map of the test codes, faint; shared by all sessions."""
    return _tsne_ground(explorer.fingerprint, explorer)


@st.cache_resource(show_spinner=False, max_entries=8)
def _plane_ground(fingerprint: str, _explorer: Explorer) -> Drawing:
    mu = _explorer.codes("test").mu
    return _faint(_explorer, mu, is_plane=True)


@st.cache_resource(show_spinner=False, max_entries=8)
def _tsne_ground(fingerprint: str, _explorer: Explorer) -> Drawing:
    return _faint(_explorer, _explorer.embedding(2), is_plane=False)


def _faint(explorer: Explorer, places: np.ndarray, *, is_plane: bool) -> Drawing:
    """The test codes as a faint ground, without legend and colour bar: the map itself tells the classes."""
    fig = scatter(
        explorer,
        places,
        is_plane=is_plane,
        height=HEIGHT,
        uirevision=explorer.fingerprint,
        has_legend=False,
    )
    fig.update_traces(marker={"opacity": FAINT, "showscale": False}, selector={"mode": "markers"})
    return fig.update_layout(showlegend=False, margin=MARGIN)
