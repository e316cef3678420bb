"""Densities of one posterior by several methods, in a plane, and how far each method is while it is trained.

Symbols: T training steps at which a method is looked at, S seeds, G cells per side of a picture, the second
coordinate down. KL in nats.
"""

import math
from collections.abc import Sequence
from itertools import cycle
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.figures import playing
from vae.figures.drawing import Drawing
from vae.figures.layout import finite, plain_layout
from vae.figures.theme import FOLLOWED, KL_COLOUR, NEUTRAL

Floats = NDArray[np.float64]
Props = dict[str, Any]

COLOURS = (NEUTRAL, "#d08a1d", "#1d8a4e", FOLLOWED)  # of the methods that are trained
DASHES = ("dot", "dash", "dashdot", "solid")
COLUMNS = ((0.0, 0.31), (0.345, 0.655), (0.69, 1.0))  # shares of the width
ROWS = ((0.715, 0.97), (0.395, 0.65))  # shares of the height, the first row above
CURVE = (0.0, 0.28)
HIGHEST = 2.5  # KL that is shown, nats; the first steps are farther away
BRIGHTEST = 2.0  # times the exact posterior's highest density: one mode where there are two
REGIONS = (0.5, 0.95)  # of the exact posterior's mass, outlined
MARGIN = {"l": 54, "r": 14, "t": 12, "b": 46}


class Axis(NamedTuple):
    """A coordinate: its name and the ends of the view."""

    name: str
    low: float
    high: float


class Trained(NamedTuple):
    """A method: its densities (T, G, G), those of its first seed, and its KL (S, T), nats."""

    name: str
    density: ArrayLike
    kl: ArrayLike


def posteriors(
    axes: tuple[Axis, Axis],
    still: Sequence[tuple[str, ArrayLike]],
    methods: Sequence[Trained],
    steps: Sequence[int],
    *,
    height: int = 700,
) -> Drawing:
    """Six panels, one of two `still` densities (G, G), four methods, the other; below them the KL by step.

    The last of the still ones is exact: its regions of 50 % and 95 % are outlined in all panels. The
    steps (T,) are frames, which the page plays; the last one is shown at first.

    Raises:
        ValueError: for shapes that do not match or numbers that are not finite.
    """
    exact = finite(still[-1][1], "exact", None, None)
    monte_carlo = finite(still[0][1], still[0][0], *exact.shape)
    shapes = [finite(method.density, method.name, len(steps), *exact.shape) for method in methods]
    curves = [finite(method.kl, f"KL of {method.name}", None, len(steps)) for method in methods]
    brightest, last = BRIGHTEST * exact.max(), len(steps) - 1
    fig = plain_layout(Drawing(), height, MARGIN)
    _add_panels(fig, [monte_carlo, *(shape[last] for shape in shapes), exact], brightest, axes)
    _panel_axes(fig, axes, [still[0][0], *(method.name for method in methods), still[-1][0]])
    _add_curves(fig, methods, curves, steps)
    first = len(fig.data)
    for curve, colour in zip(curves, COLOURS, strict=True):
        fig.add_trace(_reached(_across(steps)[last], curve[0, last], colour))
    panels = [2 * (k + 1) for k in range(len(methods))]  # of the methods, each followed by its outline
    moving = [*panels, *range(first, len(fig.data))]
    states = _states(shapes, curves, steps, brightest)
    fig.animate([{"name": name, "traces": moving, "data": data} for name, data in states.items()])
    return playing.handle(fig.update_layout(showlegend=False))


def _add_panels(fig: Drawing, densities: Sequence[Floats], brightest: float, axes: tuple[Axis, Axis]) -> None:
    """A density (G, G) in each panel, each with the outline of the last one, which is exact."""
    for panel, (density, colour) in enumerate(zip(densities, (KL_COLOUR, *COLOURS, KL_COLOUR), strict=True)):
        fig.add_trace(_heat(density, brightest, axes) | _look(colour) | _place(panel))
        fig.add_trace(_outline(densities[-1], axes) | _place(panel))


def _states(
    shapes: Sequence[Floats], curves: Sequence[Floats], steps: Sequence[int], brightest: float
) -> dict[str, list[Props]]:
    """What moves at each step: the methods' densities (T, G, G), and where each is on its curve (S, T)."""
    return {
        f"{step:,}": [
            *({"type": "heatmap", "z": _bytes(shape[t], brightest)} for shape in shapes),
            *({"type": "scatter", "x": [across], "y": [_seen(curve[0, t])]} for curve in curves),
        ]
        for t, (step, across) in enumerate(zip(steps, _across(steps), strict=True))
    }


def _heat(density: Floats, brightest: float, axes: tuple[Axis, Axis]) -> Props:
    """A density as levels from 0 to 255 on its cells."""
    return {"type": "heatmap", "z": _bytes(density, brightest), **_cells(density, axes)}


def _bytes(density: Floats, brightest: float) -> NDArray[np.uint8]:
    return np.rint(255 * (density / brightest).clip(0, 1)).astype(np.uint8)


def _look(colour: str) -> Props:
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    scale = [[share, f"rgba({red},{green},{blue},{share**0.6:.3f})"] for share in (0, 0.1, 0.25, 0.5, 1)]
    look = {"colorscale": scale, "zmin": 0, "zmax": 255, "showscale": False}
    return look | {"zsmooth": "fast", "hoverinfo": "skip"}


def _outline(exact: Floats, axes: tuple[Axis, Axis]) -> Props:
    """Lines around the smallest regions that hold a share of the exact posterior's mass."""
    low, high = REGIONS
    return {
        "type": "contour",
        "z": _mass_above(exact).astype(np.float32),
        **_cells(exact, axes),
        "contours": {"start": low, "end": high, "size": high - low, "coloring": "none"},
        "line": {"width": 1, "color": KL_COLOUR},
        "showscale": False,
        "hoverinfo": "skip",
    }


def _mass_above(density: Floats) -> Floats:
    """The share of the mass that lies where the density is at least as high as here, (G, G)."""
    order = np.argsort(density, axis=None)[::-1]
    share = np.empty(density.size)
    share[order] = np.cumsum(density.ravel()[order]) / density.sum()
    return share.reshape(density.shape)


def _cells(density: Floats, axes: tuple[Axis, Axis]) -> Props:
    """Where the middles of the cells are."""
    places: Props = {}
    for letter, axis, count in zip("xy", axes, density.shape[::-1], strict=True):
        width = (axis.high - axis.low) / count
        places |= {f"{letter}0": axis.low + width / 2, f"d{letter}": width}
    return places


def _place(panel: int) -> Props:
    number = "" if panel == 0 else str(panel + 1)
    return {"xaxis": f"x{number}", "yaxis": f"y{number}"}


def _panel_axes(fig: Drawing, axes: tuple[Axis, Axis], names: Sequence[str]) -> None:
    """Panels in two rows of three, their names above them."""
    shared = {"fixedrange": True, "automargin": False, "showgrid": False, "zeroline": True, "ticks": ""}
    for panel, name in enumerate(names):
        row, column = divmod(panel, len(COLUMNS))
        number = "" if panel == 0 else str(panel + 1)
        x, y = axes
        across = {"range": [x.low, x.high], "domain": COLUMNS[column], "anchor": f"y{number}", "nticks": 5}
        up = {"range": [y.low, y.high], "domain": ROWS[row], "anchor": f"x{number}", "nticks": 5}
        across["title"] = {"text": x.name if row else "", "standoff": 2}
        across["showticklabels"] = bool(row)
        up["title"] = {"text": "" if column else y.name, "standoff": 4}
        up["showticklabels"] = column == 0
        fig.update_layout({f"xaxis{number}": shared | across, f"yaxis{number}": shared | up})
        place = {"x": COLUMNS[column][0], "y": ROWS[row][1], "xref": "paper", "yref": "paper"}
        anchors = {"xanchor": "left", "yanchor": "bottom", "showarrow": False}
        fig.add_annotation(text=f"<b>{name}</b>", font={"size": 12}, **place, **anchors)


ON_CURVE = _place(len(COLOURS) + 2)


def _add_curves(
    fig: Drawing, methods: Sequence[Trained], curves: Sequence[Floats], steps: Sequence[int]
) -> None:
    """The KL of each method and seed by step, the first seed strong, and the axes."""
    across = _across(steps)
    above = cycle(("bottom", "top"))  # two labels between each two curves would meet
    for method, curve, colour, dash in zip(methods, curves, COLOURS, DASHES, strict=True):
        for seed, values in enumerate(curve):
            fig.add_scatter(
                x=across,
                y=values,
                mode="lines",
                name=method.name,
                customdata=list(steps),
                hovertemplate=f"{method.name}, run {seed + 1}, after %{{customdata:,}} steps: "
                "KL to HMC %{y:.2f} nats<extra></extra>",
                line={"color": colour, "width": 1 if seed else 2.5, "dash": dash},
                **ON_CURVE,
            )
        place = {"x": float(across[-1]), "y": _seen(curve[0, -1]), "xref": "x7", "yref": "y7"}
        anchors = {"xanchor": "right", "yanchor": next(above), "showarrow": False, "xshift": -8}
        fig.add_annotation(text=method.name, font={"size": 12, "color": colour}, **place, **anchors)
    ticks = [step for step in (0, 100, 500, 1000, 2000, 4000, 8000, 12_000, 20_000) if step <= steps[-1]]
    shared = {"fixedrange": True, "automargin": False, "showgrid": False, "ticks": ""}
    x: Props = {"title": {"text": "training step (square-root scale)", "standoff": 6}, "anchor": "y7"}
    x |= {"range": [-0.02 * across[-1], 1.02 * across[-1]], "zeroline": False}
    x |= {"tickvals": _across(ticks), "ticktext": [f"{tick:,}" for tick in ticks]}
    y = {"title": {"text": "KL to HMC, nats", "standoff": 6}, "anchor": "x7", "domain": CURVE}
    fig.update_layout(xaxis7=shared | x, yaxis7=shared | y | {"range": [-0.35, HIGHEST], "nticks": 5})


def _reached(across: float, kl: float, colour: str) -> Props:
    """Where a method is at the step shown; at the top edge while it is still farther away."""
    point = {"type": "scatter", "mode": "markers", "hoverinfo": "skip", "cliponaxis": False}
    return point | {"x": [across], "y": [_seen(kl)], "marker": {"color": colour, "size": 10}} | ON_CURVE


def _seen(kl: float) -> float:
    return min(float(kl), HIGHEST)


def _across(steps: Sequence[int]) -> list[float]:
    """Where a number of steps stands on the axis."""
    return [math.sqrt(step) for step in steps]
