"""Searches for the best q(z|x), animated: ellipses over the true posterior, and the ELBO as each climbs.

T states of q that are kept of each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.figures import playing
from vae.figures.drawing import Drawing
from vae.figures.layout import Point, finite, plain_layout, plane_axes
from vae.figures.overlays import add_cloud
from vae.figures.theme import FOLLOWED

Floats = NDArray[np.float64]
Props = dict[str, Any]

TRUE = "91,120,199"  # the blue of what is exact
BANDS = (0.0, 0.22, 0.3, 0.4)  # opacity beyond 3 sd, and what comes on top within 3, 2 and 1
REACH = 3.6  # standard deviations of q around it
RINGS = (1, 2)  # standard deviations of q at which its ellipses are drawn
START = "encoder's q"  # the trace that stays
COLOURS, DASHES = (FOLLOWED, "#1d8a4e"), ("solid", "dash")  # of the searches
PLANE, CURVE = (0.339, 1.0), (0.0, 0.209)  # shares of the height, from below
ON_CURVE = {"xaxis": "x2", "yaxis": "y2"}
MARGIN = {"l": 58, "r": 12, "t": 12, "b": 46}


@dataclass(frozen=True)
class Contours:
    """The true posterior: its depth (H, W) below its peak at x (W,) and y (H,), in sd-equivalents."""

    x: Floats
    y: Floats
    depth: Floats


@dataclass(frozen=True)
class Way:
    """A search's states in two dimensions and their ELBO in nats."""

    name: str
    mu: NDArray[np.floating]  # (T, 2)
    sd: NDArray[np.floating]  # (T, 2)
    elbo: NDArray[np.floating]  # (T,)


def search(
    steps: ArrayLike,
    ways: Sequence[Way],
    *,
    view: tuple[Point, Point] | None = None,
    axes: tuple[int, int] = (0, 1),
    true: Contours | None = None,
    log_evidence: float | None = None,
    height: int = 680,
) -> Drawing:
    """Up to two searches, whose states are those after `steps` (T,); the first starts at the encoder's q.

    `true` is drawn below the ellipses, `log_evidence` as the line that the ELBO cannot cross. The `view` from
    one corner to the other is that of `surroundings` by default; `axes` are the coordinates of z shown. The
    states are frames, named by their steps, which the page plays.

    Raises:
        ValueError: for shapes that do not match or numbers that are not finite.
    """
    counts = finite(steps, "steps", None)
    for way in ways:
        finite(way.mu, "mu", len(counts), 2)
        finite(way.sd, "sd", len(counts), 2)
        finite(way.elbo, "elbo", len(counts))
    fig = Drawing()
    if true is not None:
        fig.add_trace(_contours(true))
    fig.add_trace(_ellipses(ways[0].mu[0], ways[0].sd[0], START, FOLLOWED, 1.5, "dot"))
    still = len(fig.data)
    for way, colour, dash in zip(ways, COLOURS, DASHES, strict=False):
        fig.add_trace(_ellipses(way.mu[0], way.sd[0], way.name, colour, 3.5, dash))
        fig.add_trace(_reached(counts[0], way.elbo[0], way.name, colour))
    moving = list(range(still, len(fig.data)))
    frames = [[each for way in ways for each in _state(way, counts, k)] for k in range(len(counts))]
    fig.animate(
        [
            {"name": f"{count:.0f}", "traces": moving, "data": data}
            for count, data in zip(counts, frames, strict=True)
        ]
    )
    _add_curves(fig, counts, ways, log_evidence)
    plain_layout(fig, height, MARGIN)
    plane_axes(fig, axes, *(view or surroundings(ways)), constrain="range")
    fig.update_xaxes(anchor="y").update_yaxes(anchor="x", domain=PLANE)
    _curve_axes(fig, counts, np.concatenate([way.elbo for way in ways]), log_evidence)
    return playing.handle(fig.update_layout(showlegend=False))


def beside(z: ArrayLike, true: Contours, view: tuple[Point, Point], *, height: int = 600) -> Drawing:
    """Draws z (K, 2) from a q without a density, over the true posterior, from one corner to the other.

    Raises:
        ValueError: for draws of another shape, or numbers that are not finite.
    """
    fig = plain_layout(Drawing().add_trace(_contours(true)), height, MARGIN)
    return plane_axes(add_cloud(fig, z), (0, 1), *view, constrain="range")


def surroundings(ways: Sequence[Way]) -> tuple[Point, Point]:
    """Corners of the least box around the encoder's q and those that were found, out to 3.6 of their sd."""
    ends = [(ways[0], 0), *((way, -1) for way in ways)]
    centre = np.array([way.mu[k] for way, k in ends])
    reach = REACH * np.array([way.sd[k] for way, k in ends])
    (x0, y0), (x1, y1) = (centre - reach).min(axis=0).tolist(), (centre + reach).max(axis=0).tolist()
    return (x0, y0), (x1, y1)


def _contours(true: Contours) -> Props:
    """Bands within 1, 2 and 3 sd-equivalents of the peak."""
    steps = [[k / (len(BANDS) - 1), f"rgba({TRUE},{opacity})"] for k, opacity in enumerate(BANDS)]
    return {
        "type": "contour",
        "x0": float(true.x[0]),
        "dx": float(true.x[1] - true.x[0]),
        "y0": float(true.y[0]),
        "dy": float(true.y[1] - true.y[0]),
        "z": -true.depth.astype(np.float32),  # plotly lays the bands on each other, the highest on top
        "name": "true posterior p(z|x)",
        "colorscale": steps,
        "contours": {"start": -3, "end": -1, "size": 1, "coloring": "fill"},
        "line": {"width": 1, "color": f"rgb({TRUE})"},
        "showscale": False,
        "hoverinfo": "skip",
    }


def _state(way: Way, counts: Floats, k: int) -> list[Props]:
    """What moves of a search: the ellipses and the ELBO of its state k."""
    reached = {"type": "scatter", "x": [float(_place(counts[k]))], "y": [float(way.elbo[k])]}
    return [_rings(way.mu[k], way.sd[k]), reached]


def _ellipses(mean: Floats, sd: Floats, name: str, colour: str, width: float, dash: str) -> Props:
    """The rings of a diagonal Gaussian as one line."""
    line = {"color": colour, "width": width, "dash": dash}
    return _rings(mean, sd) | {"mode": "lines", "name": name, "line": line, "hoverinfo": "skip"}


def _rings(mean: Floats, sd: Floats) -> Props:
    """Places of the rings, a gap between them."""
    angles = np.append(np.linspace(0, 2 * np.pi, 49), np.nan)
    unit = np.stack([np.cos(angles), np.sin(angles)])  # (2, P)
    x, y = (
        np.concatenate([m + count * s * each for count in RINGS])
        for m, s, each in zip(mean, sd, unit, strict=True)
    )
    return {"type": "scatter", "x": x.astype(np.float32), "y": y.astype(np.float32)}


def _reached(count: float, elbo: float, name: str, colour: str) -> Props:
    """The ELBO of the state shown."""
    point = {"type": "scatter", "mode": "markers", "name": name, "hoverinfo": "skip"}
    place = {"x": [float(_place(np.asarray(count)))], "y": [float(elbo)]}
    return point | place | {"marker": {"color": colour, "size": 11}} | ON_CURVE


def _add_curves(fig: Drawing, counts: Floats, ways: Sequence[Way], log_evidence: float | None) -> None:
    """The ELBO of each search against the steps, and the line it cannot cross."""
    x = _place(counts)
    for way, colour, dash in zip(ways, COLOURS, DASHES, strict=False):
        fig.add_scatter(
            x=x,
            y=way.elbo,
            mode="lines",
            name=f"ELBO, {way.name}",
            customdata=counts,
            hovertemplate=f"{way.name}, after %{{customdata}} steps: ELBO %{{y:.2f}} nats<extra></extra>",
            line={"color": colour, "width": 2, "dash": dash},
            **ON_CURVE,
        )
    if log_evidence is not None:
        ends = {"type": "line", "x0": 0, "x1": 1, "y0": log_evidence, "y1": log_evidence}
        exact = {"color": f"rgb({TRUE})", "width": 2}
        fig.add_shape(**ends, xref="x2 domain", yref="y2", line=exact, name="log p(x)")
        place = {"x": float(x[-1]), "y": log_evidence, "xref": "x2", "yref": "y2", "xanchor": "right"}
        fig.add_annotation(text="log p(x)", yanchor="bottom", showarrow=False, **place)


def _curve_axes(fig: Drawing, counts: Floats, values: Floats, log_evidence: float | None) -> None:
    """Steps on a square-root scale, since most happens early; room around the `values`."""
    last = counts[-1]
    ticks = [each for each in (0, 5, 20, 50, 100, 200, 300, 500, 1000) if each <= last]
    heights = values if log_evidence is None else np.append(values, log_evidence)
    low, high = float(heights.min()), float(heights.max())
    room = 0.12 * max(high - low, 0.05)
    shared = {"fixedrange": True, "automargin": False, "showgrid": False, "zeroline": False, "ticks": ""}
    across = {
        "title": {"text": "step of the search (square-root scale)", "standoff": 6},
        "range": [-0.02 * _place(last), 1.02 * _place(last)],
        "tickvals": _place(np.array(ticks)).tolist(),
        "ticktext": [str(each) for each in ticks],
        "anchor": "y2",
    }
    up = {
        "title": {"text": "ELBO (nats)", "standoff": 6},
        "range": [low - room, high + room],
        "nticks": 4,
        "anchor": "x2",
        "domain": CURVE,
    }
    fig.update_layout(xaxis2=shared | across, yaxis2=shared | up)


def _place(steps: Floats) -> Floats:
    """Where a number of steps stands on the axis."""
    return np.sqrt(steps)
