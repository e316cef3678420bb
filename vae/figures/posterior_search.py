"""A search for the best q(z|x), animated: its ellipses over the true posterior, and the ELBO as it climbs.

T states of q that are kept, the encoder's first.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.figures.drawing import Drawing
from vae.figures.layout import Point, finite, plain_layout, plane_axes
from vae.figures.theme import CLEAR, FOLLOWED, NEUTRAL

Floats = NDArray[np.float64]
Props = dict[str, Any]

TRUE = "91,120,199"  # the blue of what is exact
BANDS = (0.0, 0.22, 0.3, 0.4)  # opacity beyond 3 sd, and what comes on top within 3, 2 and 1
REACH = 3.6  # standard deviations of q around it
RINGS = (1, 2)  # standard deviations of q at which its ellipses are drawn
MOVING, POINT = "q of the search", "ELBO reached"  # traces that move
FRAME_MS = 70
PLANE, CURVE = (0.339, 1.0), (0.0, 0.209)  # shares of the height, from below
ON_CURVE = {"xaxis": "x2", "yaxis": "y2"}
MARGIN = {"l": 58, "r": 12, "t": 72, "b": 46}


@dataclass(frozen=True)
class Contours:
    """The true posterior: its depth (H, W) below its peak at x (W,) and y (H,), in sd-equivalents."""

    x: Floats
    y: Floats
    depth: Floats


def search(
    steps: ArrayLike,
    mu: ArrayLike,
    sd: ArrayLike,
    elbo: ArrayLike,
    *,
    view: tuple[Point, Point] | None = None,
    axes: tuple[int, int] = (0, 1),
    true: Contours | None = None,
    log_evidence: float | None = None,
    height: int = 680,
) -> Drawing:
    """States of q in two dimensions, mu and sd (T, 2), and the ELBO (T,) in nats after `steps` (T,).

    `true` is drawn below the ellipses, `log_evidence` as the line that the ELBO cannot cross. The `view` from
    one corner to the other is that of `surroundings` by default; `axes` are the coordinates of z shown. A
    button plays the search, a slider shows one state.

    Raises:
        ValueError: for shapes that do not match or numbers that are not finite.
    """
    counts = finite(steps, "steps", None)
    means, spreads = finite(mu, "mu", len(counts), 2), finite(sd, "sd", len(counts), 2)
    values = finite(elbo, "elbo", len(counts))
    fig = Drawing()
    if true is not None:
        fig.add_trace(_contours(true))
    fig.add_trace(_ellipses(means[0], spreads[0], "encoder's q", 1.5, "dot"))
    fig.add_trace(_ellipses(means[0], spreads[0], MOVING, 3.5))
    _add_curve(fig, counts, values, log_evidence)
    moving = [k for k, trace in enumerate(fig.data) if trace.name in (MOVING, POINT)]
    ends = zip(_place(counts).tolist(), values.tolist(), strict=True)
    reached = [{"type": "scatter", "x": [x], "y": [y]} for x, y in ends]
    fig.animate(
        [
            {"name": f"{counts[k]:.0f}", "traces": moving, "data": [_rings(means[k], spreads[k]), reached[k]]}
            for k in range(len(counts))
        ]
    )
    plain_layout(fig, height, MARGIN)
    plane_axes(fig, axes, *(view or surroundings(means, spreads)), constrain="range")
    fig.update_xaxes(anchor="y").update_yaxes(anchor="x", domain=PLANE)
    _curve_axes(fig, counts, values, log_evidence)
    return _controls(fig, counts)


def surroundings(means: ArrayLike, spreads: ArrayLike) -> tuple[Point, Point]:
    """Corners of the least box around the first and last q, means and sd (T, 2), out to 3.6 of their sd."""
    ends = [0, -1]
    centre, reach = np.asarray(means)[ends], REACH * np.asarray(spreads)[ends]
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


def _ellipses(mean: Floats, sd: Floats, name: str, width: float, dash: str = "solid") -> Props:
    """The rings of a diagonal Gaussian as one line."""
    line = {"color": FOLLOWED, "width": width, "dash": dash}
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


def _add_curve(fig: Drawing, counts: Floats, values: Floats, log_evidence: float | None) -> None:
    """The ELBO against the steps, the state shown, and the line it cannot cross."""
    x = _place(counts)
    fig.add_scatter(
        x=x,
        y=values,
        mode="lines",
        name="ELBO",
        customdata=counts,
        hovertemplate="after %{customdata} steps: ELBO %{y:.2f} nats<extra></extra>",
        line={"color": NEUTRAL, "width": 2},
        **ON_CURVE,
    )
    marker = {"color": FOLLOWED, "size": 11}
    point = {"mode": "markers", "name": POINT, "hoverinfo": "skip", "marker": marker}
    fig.add_scatter(x=x[:1], y=values[:1], **point, **ON_CURVE)
    if log_evidence is not None:
        ends = {"type": "line", "x0": 0, "x1": 1, "y0": log_evidence, "y1": log_evidence}
        exact = {"color": f"rgb({TRUE})", "width": 2}
        fig.add_shape(**ends, xref="x2 domain", yref="y2", line=exact, name="log p(x)")
        place = {"x": float(x[-1]), "y": log_evidence, "xref": "x2", "yref": "y2", "xanchor": "right"}
        fig.add_annotation(text="log p(x)", yanchor="top", showarrow=False, **place)


def _curve_axes(fig: Drawing, counts: Floats, values: Floats, log_evidence: float | None) -> None:
    """Steps on a square-root scale, since most happens early; room around the lowest and highest value."""
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


def _controls(fig: Drawing, counts: Floats) -> Drawing:
    """Play, pause and a slider over the states."""
    # redraw: without it plotly drops the contours when other traces move
    timing = {"frame": {"duration": FRAME_MS, "redraw": True}, "transition": {"duration": 0}}
    play = {"label": "Play", "method": "animate", "args": [None, timing | {"mode": "immediate"}]}
    at_once = {"frame": {"duration": 0, "redraw": True}, "transition": {"duration": 0}, "mode": "immediate"}
    pause = {"label": "Pause", "method": "animate", "args": [[None], at_once]}
    steps = [
        {"label": f"{count:.0f}", "method": "animate", "args": [[f"{count:.0f}"], at_once]}
        for count in counts
    ]
    quiet = {"color": NEUTRAL, "size": 13}
    above = {"y": 1, "yanchor": "bottom"}
    buttons = {
        "type": "buttons",
        "direction": "left",
        "buttons": [play, pause],
        "showactive": False,
        "x": 0,
        "xanchor": "left",
        "pad": {"b": 14},
        "font": quiet,
        "bgcolor": CLEAR,
        "bordercolor": NEUTRAL,
        **above,
    }
    slider = {
        "steps": steps,
        "active": 0,
        "x": 0.46,
        "len": 0.54,
        "pad": {"b": 4, "t": 0},
        "currentvalue": {"prefix": "after step ", "font": quiet, "xanchor": "left", "offset": 8},
        "font": {"color": CLEAR, "size": 1},
        "tickcolor": CLEAR,
        "ticklen": 0,
        "minorticklen": 0,
        **above,
    }
    return fig.update_layout(updatemenus=[buttons], sliders=[slider], showlegend=False)


def _place(steps: Floats) -> Floats:
    """Where a number of steps stands on the axis."""
    return np.sqrt(steps)
