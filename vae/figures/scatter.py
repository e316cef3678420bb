"""Codes as points coloured by class: the latent plane, and t-SNE or PCA coordinates in 2-D and 3-D."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.figures.drawing import Drawing
from vae.figures.overlays import add_plane, add_prior
from vae.figures.theme import (
    CASING,
    CLASS_COLOURS,
    CLEAR,
    FOLLOWED,
    INK,
    Point,
    class_legend,
    finite,
    plain_layout,
    plane_axes,
    set_view,
)

DIGITS = tuple("0123456789")
OUTSIDE = 0.0025  # share of the codes that the first view may leave out beyond each of its four edges
PRIOR = np.array([[-3.1, -3.1], [3.1, 3.1]])  # around the prior's circle of 3 standard deviations
PLANE_SIDE = 121  # points to click per side of the plane
PLANE_REACH = 1.7  # how far they reach beyond the codes, for charts that are wider or taller than square

Style = dict[str, Any]


@dataclass(frozen=True)
class Members:
    """The points of one class."""

    label: int
    name: str
    coords: NDArray[np.float32]  # (n, 2) or (n, 3)
    index: NDArray[np.int32]  # (n,) which image each point is

    @property
    def sign(self) -> str:
        """What is written at the class's peak: a name as short as a digit, else the class number."""
        return self.name if len(self.name) <= 2 else str(self.label)

    @property
    def legend_name(self) -> str:
        """The name in the legend, with the number where that is the sign on the map."""
        return self.name if self.sign == self.name else f"{self.label} {self.name}"


def latent_scatter(
    z: ArrayLike,
    labels: ArrayLike,
    peaks: ArrayLike | None = None,
    class_names: Sequence[str] = DIGITS,
    *,
    index: ArrayLike | None = None,
    item: str = "Test image",
    axes: tuple[int, int] = (0, 1),
    prior_contours: bool = False,
    clickable: bool = True,
    mark_clicks: bool = False,
    height: int = 660,
    uirevision: str = "latent",
) -> Drawing:
    """Posterior means z (N, 2) in prior standard deviations, coloured by label (N,).

    peaks (classes, 2) says where each class's digit is written, a row of NaN that it is not. index (N,)
    says which image each point is, 0 to N - 1 unless told, and is the point's customdata. With
    `clickable` invisible points of customdata -1 cover the plane between the codes, so that a click
    anywhere selects a z, and `mark_clicks` shows a red ring there. `axes` are the coordinates that z
    holds; `uirevision` keeps the zoom while it stays the same. The first view leaves out the farthest
    codes, which would make all others small.

    Raises:
        ValueError: for shapes that do not match, numbers that are not finite, or labels out of range.
    """
    points = finite(z, "z", None, 2)
    classes = list(_members(points, labels, class_names, index))
    fig = Drawing()
    if clickable:
        add_plane(fig, _between(points, *_square(points)), mark_clicks=mark_clicks)
    _add_classes(fig, classes, f"{item} %{{customdata}}, {{a_name}}, at z = (%{{x:.2f}}, %{{y:.2f}})")
    if prior_contours:
        add_prior(fig)
    _add_signs(fig, classes, peaks)
    _class_layout(fig, classes, height, {"l": 50, "r": 10}, axes=46).update_layout(uirevision=uirevision)
    return plane_axes(fig, axes, *_first_view(points), constrain="range")


def embedding_scatter(
    coords: ArrayLike,
    labels: ArrayLike,
    peaks: ArrayLike | None = None,
    class_names: Sequence[str] = DIGITS,
    *,
    index: ArrayLike | None = None,
    item: str = "Test image",
    height: int = 640,
    uirevision: str = "embedding",
) -> Drawing:
    """Codes embedded in two dimensions by t-SNE or PCA, coords (N, 2), coloured by label (N,).

    The axes carry no ticks: t-SNE keeps who is near whom; its distances and sizes of islands have no unit.
    The other arguments are those of `latent_scatter`.

    Raises:
        ValueError: as `latent_scatter`.
    """
    points = finite(coords, "coords", None, 2)
    classes = list(_members(points, labels, class_names, index))
    fig = _add_classes(Drawing(), classes, f"{item} %{{customdata}}, {{a_name}}")
    _add_signs(fig, classes, peaks)
    _class_layout(fig, classes, height, {"l": 8, "r": 8}, axes=4).update_layout(uirevision=uirevision)
    fig.update_xaxes(visible=False).update_yaxes(visible=False, scaleanchor="x", scaleratio=1)
    return set_view(fig, *_box(points, padding=0.03))


def embedding_scatter_3d(
    coords: ArrayLike,
    labels: ArrayLike,
    peaks: ArrayLike | None = None,
    class_names: Sequence[str] = DIGITS,
    *,
    index: ArrayLike | None = None,
    item: str = "Test image",
    height: int = 640,
    uirevision: str = "embedding-3d",
) -> Drawing:
    """Codes embedded in three dimensions by t-SNE or PCA, coords (N, 3), coloured by label; drag to turn.

    The axes are hidden: t-SNE distances have no unit. The other arguments are those of `latent_scatter`.

    Raises:
        ValueError: as `latent_scatter`.
    """
    points = finite(coords, "coords", None, 3)
    classes = list(_members(points, labels, class_names, index))
    fig = _add_classes(Drawing(), classes, f"{item} %{{customdata}}, {{a_name}}")
    _add_signs(fig, classes, peaks)
    _class_layout(fig, classes, height, {"l": 0, "r": 0}, axes=0).update_layout(dragmode="turntable")
    hidden = {"visible": False, "showspikes": False}
    fig.update_scenes(xaxis=hidden, yaxis=hidden, zaxis=hidden, bgcolor=CLEAR, aspectmode="data")
    return fig.update_scenes(camera={"eye": {"x": 1.6, "y": 1.6, "z": 0.9}}, uirevision=uirevision)


def _members(
    points: NDArray[np.float64], labels: ArrayLike, names: Sequence[str], index: ArrayLike | None
) -> Iterator[Members]:
    """The points of each class that has any, in the order of the classes."""
    classes = np.asarray(labels)
    indices = np.arange(len(points)) if index is None else np.asarray(index)
    if classes.shape != (len(points),) or indices.shape != (len(points),):
        raise ValueError(
            f"{len(points)} points need as many labels and indices, got {classes.shape} and {indices.shape}"
        )
    if not np.isin(classes, np.arange(len(names))).all():
        raise ValueError(f"labels must be whole numbers between 0 and {len(names) - 1}")
    for label, name in enumerate(names):
        chosen = classes == label
        if chosen.any():
            yield Members(label, name, points[chosen].astype(np.float32), indices[chosen].astype(np.int32))


def _add_classes(fig: Drawing, classes: Sequence[Members], sentence: str) -> Drawing:
    """One trace of points per class; `sentence` is the hover text, in which {a_name} stands for the class."""
    for members in classes:
        flat = members.coords.shape[1] == 2
        style = _flat_style() if flat else {"marker": {"size": 2.6, "opacity": 0.75}}
        trace: Style = {
            **style,
            **_xyz(members.coords),
            "type": "scattergl" if flat else "scatter3d",
            "mode": "markers",
            "name": members.legend_name,
            "legendgroup": members.name,
            "customdata": members.index,
            "hovertemplate": sentence.replace("{a_name}", _with_article(members.name)) + "<extra></extra>",
        }
        fig.add_trace(trace | {"marker": {**style["marker"], "color": _colour(members.label)}})
    return fig


def _flat_style() -> Style:
    """Markers of 2-D points: see-through, a selected one large and red, the others hardly dimmed by it."""
    return {
        "marker": {"size": 5, "opacity": 0.6},
        "selected": {"marker": {"opacity": 1.0, "size": 13, "color": FOLLOWED}},
        "unselected": {"marker": {"opacity": 0.5}},
    }


def _add_signs(fig: Drawing, classes: Sequence[Members], peaks: ArrayLike | None) -> Drawing:
    """Each class's digit at its peak: on a light disc ringed in its colour.

    A sign shares its class's legend group and so is hidden with it; it answers neither hover nor click.
    """
    if peaks is None:
        return fig
    places = np.asarray(peaks, dtype=np.float64)
    for members in classes:
        dims = members.coords.shape[1]
        if places.ndim != 2 or places.shape[1] != dims or len(places) <= members.label:
            raise ValueError(f"peaks must have shape (classes, {dims}), got {places.shape}")
        if np.isfinite(places[members.label]).all():
            fig.add_trace(_sign(members, places[members.label]))
    return fig


def _sign(members: Members, place: NDArray[np.float64]) -> Style:
    """The trace of one class's sign."""
    shared: Style = {
        **_xyz(place[None, :]),
        "mode": "markers+text",
        "text": [members.sign],
        "name": members.legend_name,
        "legendgroup": members.name,
        "showlegend": False,
        "hoverinfo": "skip",
    }
    ring = {"color": _colour(members.label), "width": 2.5}
    if len(place) == 3:
        marker = {"size": 8, "color": CASING, "line": ring}
        text: Style = {
            "textfont": {"size": 13, "color": INK, "weight": "bold"},
            "textposition": "middle center",
        }
        return {"type": "scatter3d", "marker": marker, **text, **shared}
    chosen = {"marker": {"opacity": 1.0}, "textfont": {"color": INK}}
    return {
        "type": "scattergl",
        "marker": {"size": 22, "color": CASING, "opacity": 1.0, "line": ring},
        "textfont": {"size": 14, "color": INK, "weight": "bold"},
        "selected": chosen,
        "unselected": chosen,
        **shared,
    }


def _class_layout(
    fig: Drawing, classes: Sequence[Members], height: int, margin: dict[str, int], axes: int
) -> Drawing:
    """Layout with the legend below the `axes` px of the x axis: two rows of digits, three of longer names."""
    room = 50 if all(len(members.legend_name) <= 2 for members in classes) else 64
    return class_legend(plain_layout(fig, height, {"t": 30, "b": axes + room, **margin}), room)


def _box(points: NDArray[np.float64], padding: float) -> tuple[Point, Point]:
    """Lowest and highest corner around 2-D points, widened by a share of the longer side."""
    low, high = points.min(axis=0), points.max(axis=0)
    room = padding * max(float((high - low).max()), 1e-6)
    return (float(low[0] - room), float(low[1] - room)), (float(high[0] + room), float(high[1] + room))


def _first_view(points: NDArray[np.float64]) -> tuple[Point, Point]:
    """Corners of a box that holds the prior's circle of 3 standard deviations and nearly all points."""
    bulk = np.quantile(points, [OUTSIDE, 1 - OUTSIDE], axis=0)
    return _box(np.concatenate([bulk, PRIOR]), padding=0.02)


def _square(points: NDArray[np.float64]) -> tuple[Point, Point]:
    """Corners of a square that holds all points and the prior's circle of 3 standard deviations."""
    low, high = np.array(_box(np.concatenate([points, PRIOR]), padding=0.02))
    centre, half = (low + high) / 2, (high - low).max() / 2
    return (float(centre[0] - half), float(centre[1] - half)), (
        float(centre[0] + half),
        float(centre[1] + half),
    )


def _between(points: NDArray[np.float64], low: Point, high: Point) -> NDArray[np.float64]:
    """Evenly spaced points (M, 2) over the plane, save in cells that hold a code, the one to click."""
    half = (high[0] - low[0]) / 2
    step = np.ceil(200 * half * PLANE_REACH / (PLANE_SIDE - 1)) / 100  # in hundredths, so that z reads well
    centre = np.round((np.array(low) + np.array(high)) / 2 / step) * step
    ticks = (np.arange(PLANE_SIDE) - PLANE_SIDE // 2) * step
    cells = np.round((points - centre) / step).astype(int) + PLANE_SIDE // 2
    empty = np.ones((PLANE_SIDE, PLANE_SIDE), dtype=bool)
    empty[cells[:, 0], cells[:, 1]] = False
    x, y = np.meshgrid(centre[0] + ticks, centre[1] + ticks, indexing="ij")
    return np.stack([x[empty], y[empty]], axis=1)


def _xyz(coords: NDArray[Any]) -> Style:
    """Coordinates (n, 2) or (n, 3) as the arguments x, y and z of a trace."""
    return dict(zip("xyz", coords.T.copy(), strict=False))


def _colour(label: int) -> str:
    """Colour of a class."""
    return CLASS_COLOURS[label % len(CLASS_COLOURS)]


def _with_article(name: str) -> str:
    """The class in a sentence: a 4, an 8, an Ankle boot."""
    return f"{'an' if name[:1].lower() in tuple('aeio8') else 'a'} {name}"
