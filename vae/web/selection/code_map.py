"""Charts of q(z|x): on the latent plane, on the test images' t-SNE map, and dimension by dimension.

The ground, ten thousand faint codes, is the same for every image: it is kept, and a chart begins with a copy.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from vae import figures
from vae.analysis.reconstruction import Passage
from vae.explorer import Explorer
from vae.latent import paths
from vae.latent.neighbours import closest

HEIGHT = 420  # px; the style sheet puts the images beside the middle of the plotting area
MARGIN = {"l": 46, "r": 8, "t": 8, "b": 46}
FAINT = 0.22
BAND = {"fillcolor": figures.theme.NEUTRAL, "opacity": 0.14, "line": {"width": 0}, "layer": "below"}
CLOSE = 5.0  # half the width of the close view, in standard deviations of q(z|x)
CLOSE_TO_A_POINT = 0.5  # the same around an autoencoder's code, which has none


def plane(explorer: Explorer, shown: Passage, names: Sequence[str], close: bool = False) -> figures.Drawing:
    """The plane of a 2-D model: test codes faint, q(z|x) as ellipses of 1 and 2 sd, the repeated encodings.

    `close` shows the surroundings of q(z|x) instead of the whole plane.
    """
    fig = plane_ground(explorer.fingerprint, explorer, tuple(names)).copy()
    fig = figures.include(fig, shown.mu[None])
    if close:
        fig.update_traces(marker={"opacity": 0.9, "size": 8}, selector={"mode": "markers"})
    is_point = not shown.sd.any()
    if not is_point:
        figures.add_ellipse(figures.add_cloud(fig, shown.repeats), shown.mu, shown.sd)
    if not close or is_point:
        figures.add_marker(fig, shown.mu)
    if not close:
        return fig
    radius = CLOSE_TO_A_POINT if is_point else CLOSE * float(shown.sd.max())
    return figures.focus(fig, shown.mu, radius)


def neighbours(explorer: Explorer, shown: Passage, names: Sequence[str]) -> figures.Drawing:
    """The shipped t-SNE map, on which a new image has no place: its nearest test images' places are shown.

    The ring marks the test image nearest to mu, the dots those nearest to the repeated encodings.
    """
    codes, places = explorer.codes("test"), explorer.embedding(2)
    fig = tsne_ground(explorer.fingerprint, explorer, tuple(names)).copy()
    figures.add_cloud(fig, places[np.unique(closest(codes.mu, shown.repeats))])
    here = int(closest(codes.mu, shown.mu[None])[0])
    return figures.add_marker(fig, places[here], f"test image {here}")


def ground(explorer: Explorer, names: Sequence[str], view: str) -> figures.Drawing | None:
    """The map of a view before there is an image; dimension by dimension there is nothing to see."""
    if view == "dimensions":
        return None
    fixed = tsne_ground if view == "neighbours" else plane_ground
    return fixed(explorer.fingerprint, explorer, tuple(names))


def dimensions(shown: Passage, kl_per_dim: np.ndarray) -> figures.Drawing:
    """Each dimension of q(z|x): mu ± sd as a bar, repeated encodings as dots, ± 1 sd of the prior as a band.

    Ordered by kl_per_dim (D,), the mean KL over the test images: the most informative dimension first.
    """
    order = np.argsort(-kl_per_dim, kind="stable")
    fig = figures.Drawing()
    for trace in (_encodings(shown.repeats[:, order]), _intervals(shown, order), _means(shown, order)):
        fig.add_trace(trace)
    fig.add_shape(type="rect", xref="x domain", x0=0, x1=1, y0=-1, y1=1, **BAND)
    figures.theme.plain_layout(fig, HEIGHT, MARGIN)
    D = len(order)
    ticks = {"tickvals": list(range(D)), "ticktext": [str(dim + 1) for dim in order], "tickangle": 0}
    fig.update_xaxes(
        title={"text": "dimension of z, most informative first", "standoff": 6},
        range=[-0.6, D - 0.4],
        showgrid=False,
        zeroline=False,
        fixedrange=True,
        **ticks,
    )
    reach = 1.08 * max(3.0, float(np.abs(shown.repeats).max()), float((np.abs(shown.mu) + shown.sd).max()))
    title = {"text": "z (prior standard deviations)", "standoff": 6}
    fig.update_yaxes(title=title, range=[-reach, reach], zeroline=True, fixedrange=True)
    return fig.update_layout(showlegend=False, dragmode=False, bargap=0.3)


@st.cache_resource(show_spinner=False, max_entries=8)
def plane_ground(fingerprint: str, _explorer: Explorer, names: tuple[str, ...]) -> figures.Drawing:
    """The latent plane with the test codes; shared by all sessions."""
    codes, peaks = _explorer.codes("test"), _explorer.class_peaks
    return _faint(
        figures.latent_scatter(
            codes.mu, codes.labels, peaks, names, clickable=False, height=HEIGHT, uirevision=fingerprint
        )
    )


@st.cache_resource(show_spinner=False, max_entries=8)
def tsne_ground(fingerprint: str, _explorer: Explorer, names: tuple[str, ...]) -> figures.Drawing:
    """The t-SNE map of the test codes; shared by all sessions."""
    places, labels = _explorer.embedding(2), _explorer.codes("test").labels
    peaks = paths.class_peaks(places, labels)
    return _faint(
        figures.embedding_scatter(places, labels, peaks, names, height=HEIGHT, uirevision=fingerprint)
    )


def _faint(fig: figures.Drawing) -> figures.Drawing:
    """The test codes as a faint ground, without a legend: the class peaks carry their digits."""
    fig.update_traces(marker={"opacity": FAINT}, selector={"mode": "markers"})
    return fig.update_layout(showlegend=False, margin=MARGIN)


def _encodings(repeats: np.ndarray) -> dict[str, Any]:
    """Repeated encodings (K, D) as faint dots, spread a little within their column."""
    K, D = repeats.shape
    spread = np.linspace(-0.22, 0.22, K)[np.random.default_rng(0).permutation(K)]
    return {
        "type": "scattergl",
        "x": np.repeat(np.arange(D), K) + np.tile(spread, D),
        "y": repeats.T.ravel().astype(np.float32),
        "mode": "markers",
        "name": "repeated encodings",
        "hoverinfo": "skip",
        "marker": {"size": 3, "color": figures.FOLLOWED, "opacity": 0.35},
    }


def _intervals(shown: Passage, order: np.ndarray) -> dict[str, Any]:
    """mu ± sd of each dimension."""
    mu, sd = shown.mu[order], shown.sd[order]
    return {
        "type": "bar",
        "x": np.arange(len(order)),
        "base": mu - sd,
        "y": 2 * sd,
        "name": "mu ± sd",
        "customdata": np.stack([order + 1, mu, sd], axis=1),
        "hovertemplate": "z %{customdata[0]}: mu %{customdata[1]:.2f}, "
        "sd %{customdata[2]:.2f}<extra></extra>",
        "marker": {"color": "rgba(232,17,45,0.28)", "line": {"color": figures.FOLLOWED, "width": 1.25}},
    }


def _means(shown: Passage, order: np.ndarray) -> dict[str, Any]:
    """mu of each dimension as a short line."""
    return {
        "type": "scatter",
        "x": np.arange(len(order)),
        "y": shown.mu[order],
        "mode": "markers",
        "name": "mu",
        "hoverinfo": "skip",
        "marker": {"symbol": "line-ew", "size": 11, "line": {"color": figures.FOLLOWED, "width": 2.5}},
    }
