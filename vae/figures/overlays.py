"""What is drawn on a latent plane: a path, a chosen z, a posterior, names.

Each function adds to a figure and returns it. Lines and rings are layout shapes: they lie above what WebGL
draws, keep their width at every zoom, and take neither hover nor click: what lies below stays in reach.
"""

import math
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.figures.drawing import Drawing
from vae.figures.layout import finite, plain_text, set_view
from vae.figures.theme import CASING, FOLLOWED, INK

Floats = NDArray[np.float64]

Side = Literal["left", "right", "above", "below"]

HANDLE, DOT = 13.0, 5.0  # px, radius of an end of a path with a letter and without
AWAY = 18  # px of a label from its place
SIDES: dict[Side, dict[str, Any]] = {
    "left": {"xanchor": "right", "xshift": -AWAY, "yanchor": "middle"},
    "right": {"xanchor": "left", "xshift": AWAY, "yanchor": "middle"},
    "above": {"yanchor": "bottom", "yshift": AWAY, "xanchor": "center"},
    "below": {"yanchor": "top", "yshift": -AWAY, "xanchor": "center"},
}


def add_path(fig: Drawing, path: ArrayLike, start: str = "", end: str = "") -> Drawing:
    """A path (T, 2) in red, an arrow at its end; letters `start` and `end` stand on handles, "" on a dot.

    Raises:
        ValueError: for a path that is not (T, 2) finite numbers.
    """
    points = finite(path, "path", None, 2)
    line = _svg_line(points)
    fig.add_shape(name="path casing", type="path", path=line, line={"color": CASING, "width": 6.5})
    fig.add_shape(name="path", type="path", path=line, line={"color": FOLLOWED, "width": 3})
    direction = _direction_at_end(points)
    if direction is not None:
        _add_arrowhead(fig, points[-1], direction, HANDLE if end else DOT)
    _add_end(fig, "path start", points[0], CASING, FOLLOWED, start)
    return _add_end(fig, "path end", points[-1], FOLLOWED, CASING, end)


def add_ellipse(fig: Drawing, mu: ArrayLike, sd: ArrayLike) -> Drawing:
    """A diagonal Gaussian, mu (2,) and sd (2,), as its ellipses of 1 and 2 standard deviations.

    Raises:
        ValueError: for shapes other than (2,), numbers that are not finite, or an sd that is not positive.
    """
    centre, spread = finite(mu, "mu", 2), finite(sd, "sd", 2)
    if (spread <= 0).any():
        raise ValueError(f"sd must be positive, got {spread.tolist()}")
    for count, width in ((1, 2.0), (2, 1.25)):
        _add_ellipse(fig, f"posterior {count} sd", centre, count * spread, width)
    return fig


def add_marker(fig: Drawing, z: ArrayLike, label: str = "", side: Side | None = None) -> Drawing:
    """A crosshair ring around the chosen z (2,), with a label beside it, or on the `side` that is asked for.

    Raises:
        ValueError: for a z that is not two finite numbers.
    """
    x, y = finite(z, "z", 2).tolist()
    ticks = "M-15,0L-6,0M6,0L15,0M0,-15L0,-6M0,6L0,15"
    here = {"xsizemode": "pixel", "ysizemode": "pixel", "xanchor": x, "yanchor": y}
    for name, colour, width in (("chosen casing", CASING, 5.0), ("chosen", FOLLOWED, 2.0)):
        line = {"color": colour, "width": width}
        fig.add_shape(name=name, type="circle", x0=-10, x1=10, y0=-10, y1=10, line=line, **here)
        fig.add_shape(name=f"{name} cross", type="path", path=ticks, line=line, **here)
    if label:
        _add_tag(fig, label, x, y, side or ("left" if x > _middle(fig) else "right"))
    return fig


def add_cloud(fig: Drawing, z: ArrayLike) -> Drawing:
    """Repeated encodings of one image, z (K, 2), as small red points.

    Raises:
        ValueError: for z that is not (K, 2) finite numbers.
    """
    points = finite(z, "z", None, 2).astype(np.float32)
    return fig.add_scattergl(
        x=points[:, 0],
        y=points[:, 1],
        mode="markers",
        name="repeated encodings",
        showlegend=False,
        hoverinfo="skip",
        marker={"size": 6, "color": FOLLOWED, "opacity": 0.85, "line": {"color": CASING, "width": 1}},
    )


def focus(fig: Drawing, centre: ArrayLike, radius: float) -> Drawing:
    """Zoom of a plane to within `radius` of centre (2,).

    Raises:
        ValueError: for a centre that is not two finite numbers, or a radius that is not positive.
    """
    x, y = finite(centre, "centre", 2).tolist()
    if not (math.isfinite(radius) and radius > 0):
        raise ValueError(f"radius must be a positive number, got {radius}")
    return set_view(fig, (x - radius, y - radius), (x + radius, y + radius))


def holds(fig: Drawing, points: ArrayLike) -> bool:
    """Whether all points (M, 2) lie in the figure's view.

    Raises:
        ValueError: for points that are not (M, 2) finite numbers.
    """
    places, view = finite(points, "points", None, 2), _view(fig)
    return bool(((places >= view[:, 0]) & (places <= view[:, 1])).all())


def include(fig: Drawing, points: ArrayLike) -> Drawing:
    """The figure itself if its view holds the points (M, 2), else a copy whose view is wide enough.

    Raises:
        ValueError: for points that are not (M, 2) finite numbers.
    """
    if holds(fig, points):
        return fig
    places, view = np.asarray(points, dtype=np.float64), _view(fig)
    room = 0.03 * (view[:, 1] - view[:, 0])
    low = np.minimum(view[:, 0], places.min(axis=0) - room)
    high = np.maximum(view[:, 1], places.max(axis=0) + room)
    wider = fig.copy().update_layout(uirevision=f"{fig.layout.uirevision} {low} {high}")
    return set_view(wider, tuple(low.tolist()), tuple(high.tolist()))


def _view(fig: Drawing) -> Floats:
    """(2, 2): of x and of y, the low and the high end of what the figure shows."""
    return np.array([fig.layout.xaxis.range, fig.layout.yaxis.range], dtype=np.float64)


def _add_ellipse(fig: Drawing, name: str, centre: Floats, radii: Floats, width: float) -> Drawing:
    """A red ellipse in data units on a light casing."""
    (x0, y0), (x1, y1) = (centre - radii).tolist(), (centre + radii).tolist()
    box = {"type": "circle", "x0": x0, "x1": x1, "y0": y0, "y1": y1}
    fig.add_shape(name=f"{name} casing", line={"color": CASING, "width": width + 2}, **box)
    return fig.add_shape(name=name, line={"color": FOLLOWED, "width": width}, **box)


def _add_disc(
    fig: Drawing, name: str, centre: Floats, radius: float, fill: str, line: dict[str, Any], text: str = ""
) -> Drawing:
    """A disc of `radius` px with a letter on it."""
    x, y = centre.tolist()
    return fig.add_shape(
        name=name,
        type="circle",
        xsizemode="pixel",
        ysizemode="pixel",
        xanchor=x,
        yanchor=y,
        x0=-radius,
        x1=radius,
        y0=-radius,
        y1=radius,
        fillcolor=fill,
        line=line,
        label={
            "text": f"<b>{plain_text(text)}</b>" if text else "",
            "font": {"size": 12, "color": "#ffffff"},
        },
    )


def _add_end(fig: Drawing, name: str, centre: Floats, fill: str, edge: str, letter: str) -> Drawing:
    """An end of a path: a ringed dark handle as in the browser, which no class's sign is like; else a dot."""
    if not letter:
        return _add_disc(fig, name, centre, DOT, fill, {"color": edge, "width": 2})
    _add_disc(fig, f"{name} ring", centre, HANDLE, CASING, {"color": INK, "width": 1.5})
    return _add_disc(fig, name, centre, HANDLE - 2.5, INK, {"width": 0}, letter)


def _add_arrowhead(fig: Drawing, tip: Floats, direction: Floats, gap: float) -> Drawing:
    """A red triangle that points along `direction` and ends `gap` px before the tip; needs equal axes."""
    across = np.array([-direction[1], direction[0]])
    front = -(gap + 1) * direction
    back = front - 14 * direction
    corners = np.stack([front, back + 8 * across, back - 8 * across])
    return fig.add_shape(
        name="path arrowhead",
        type="path",
        path=_svg_line(corners) + "Z",
        xsizemode="pixel",
        ysizemode="pixel",
        xanchor=float(tip[0]),
        yanchor=float(tip[1]),
        fillcolor=FOLLOWED,
        line={"color": CASING, "width": 1.5},
    )


def tag(text: str, size: int) -> dict[str, Any]:
    """An annotation: dark text on a light ground, legible on points of any colour and in both themes."""
    return {
        "text": plain_text(text),
        "showarrow": False,
        "bgcolor": CASING,
        "borderpad": 2,
        "font": {"size": size, "color": INK},
    }


def _add_tag(fig: Drawing, text: str, x: float, y: float, side: Side) -> Drawing:
    """A tag some pixels away from a place."""
    return fig.add_annotation(**tag(text, size=13), x=x, y=y, **SIDES[side])


def _direction_at_end(points: Floats) -> Floats | None:
    """Unit vector (2,) along which a path arrives, None where it never moves."""
    steps = points[-1] - points[:-1]
    lengths = np.linalg.norm(steps, axis=1)
    moved = np.flatnonzero(lengths > 1e-9)
    return None if len(moved) == 0 else steps[moved[-1]] / lengths[moved[-1]]


def _middle(fig: Drawing) -> float:
    """Middle of the range of x, 0 where none is set."""
    limits = fig.layout.xaxis.range
    return 0.0 if limits is None else (float(limits[0]) + float(limits[1])) / 2


def _svg_line(points: Floats) -> str:
    """Points (T, 2) as an SVG path."""
    return "M" + "L".join(f"{x:.6g},{y:.6g}" for x, y in points.tolist())
