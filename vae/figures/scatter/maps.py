"""Maps of codes: the latent plane and space, and t-SNE or PCA in 2-D and 3-D."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.figures.drawing import Drawing
from vae.figures.layout import (
    Point,
    class_legend,
    coordinate,
    finite,
    plain_layout,
    plane_axes,
    set_view,
)
from vae.figures.scatter.names import SCREEN, write_names
from vae.figures.scatter.points import MOST_TRACES, TEST, Points, checked
from vae.figures.scatter.traces import many_classes, one_class, signs, unlabelled
from vae.figures.theme import CLEAR, NEUTRAL

OUTSIDE = 0.0025  # share of the codes that the first view may leave out beyond each of its four edges
PRIOR = np.array([[-3.1, -3.1], [3.1, 3.1]])  # around the prior's circle of 3 standard deviations
HALF_VIEW = np.tan(np.radians(22.5))  # from the middle of plotly's view to its upper edge, a unit away
BULK = 0.995  # share of the codes that the first view in 3-D holds
LOSS = "−ELBO, nats per image"
GRID = "#9aa0a6"  # lines of the axes in 3-D, on light and dark


def latent_scatter(
    z: ArrayLike,
    labels: ArrayLike | None = None,
    peaks: ArrayLike | None = None,
    class_names: Sequence[str] | None = None,
    *,
    loss: ArrayLike | None = None,
    loss_name: str = LOSS,
    index: ArrayLike | None = None,
    kind: str = TEST,
    files: Sequence[str] | None = None,
    has_legend: bool = True,
    axes: tuple[int, int] = (0, 1),
    height: int = 660,
    uirevision: str = "latent",
) -> Drawing:
    """Posterior means in a latent plane, in prior standard deviations.

    The first view leaves out the farthest codes, which would make all others small.

    Arguments:
        z: The codes' coordinates, (N, 2).
        labels: Their classes, (N,), which colour them.
        peaks: Where the sign of each class stands, (classes, 2); a row of NaN for none.
        class_names: Names of the classes; their numbers by default.
        loss: Nats per image, (N,), which colour codes without labels; those without either have one colour.
        loss_name: What the loss is, with its unit.
        index: Which image each code is, (N,), carried as customdata; 0 to N - 1 by default.
        kind: Of images: "Test", or "Training", whose points carry no index.
        files: Names of the images' files, (N,), where they are files.
        has_legend: Whether the classes have a legend; without one the map has names in the place of numbers.
        axes: Which coordinates of the latent space z holds.
        height: Pixels.
        uirevision: The zoom is kept while this stays the same.

    Raises:
        ValueError: for shapes that do not match, numbers that are not finite, or labels out of range.
    """
    coords = finite(z, "z", None, 2)
    points = checked(coords, labels, class_names, loss, index, kind, files, has_legend)
    margin = {"l": 50, "r": 10}
    fig = _scatter(points, peaks, loss_name, height, margin, axes=46, place=" at z = (%{x:.2f}, %{y:.2f})")
    plane_axes(fig, axes, *_first_view(points.coords), constrain="range")
    return write_names(fig.update_layout(uirevision=uirevision), points, peaks)


def latent_scatter_3d(
    z: ArrayLike,
    labels: ArrayLike | None = None,
    peaks: ArrayLike | None = None,
    class_names: Sequence[str] | None = None,
    *,
    loss: ArrayLike | None = None,
    loss_name: str = LOSS,
    index: ArrayLike | None = None,
    height: int = 660,
    uirevision: str = "latent-3d",
) -> Drawing:
    """Posterior means z (N, 3) in a latent space of three dimensions, in prior standard deviations; to turn.

    The other arguments are those of `latent_scatter`.

    Raises:
        ValueError: as `latent_scatter`.
    """
    points = checked(finite(z, "z", None, 3), labels, class_names, loss, index)
    place = " at z = (%{x:.2f}, %{y:.2f}, %{z:.2f})"
    fig = _scene(points, peaks, loss_name, height, uirevision, place)
    for axis, name in enumerate(("xaxis", "yaxis", "zaxis")):
        shown = {
            "title": {"text": coordinate(axis)},
            "nticks": 6,
            "gridcolor": GRID,
            "zerolinecolor": NEUTRAL,
        }
        fig.update_scenes(**{name: {**shown, "showbackground": False, "showspikes": False}})
    return write_names(fig, points, peaks)


def embedding_scatter(
    coords: ArrayLike,
    labels: ArrayLike | None = None,
    peaks: ArrayLike | None = None,
    class_names: Sequence[str] | None = None,
    *,
    loss: ArrayLike | None = None,
    loss_name: str = LOSS,
    index: ArrayLike | None = None,
    files: Sequence[str] | None = None,
    has_legend: bool = True,
    height: int = 640,
    uirevision: str = "embedding",
) -> Drawing:
    """Codes embedded in two dimensions by t-SNE or PCA, coords (N, 2).

    The axes carry no ticks: t-SNE keeps who is near whom; its distances and sizes of islands have no unit.
    The other arguments are those of `latent_scatter`.

    Raises:
        ValueError: as `latent_scatter`.
    """
    coordinates = finite(coords, "coords", None, 2)
    points = checked(coordinates, labels, class_names, loss, index, files=files, has_legend=has_legend)
    fig = _scatter(points, peaks, loss_name, height, {"l": 8, "r": 8}, axes=4)
    fig.update_xaxes(visible=False).update_yaxes(visible=False, scaleanchor="x", scaleratio=1)
    set_view(fig, *_box(points.coords, padding=0.03))
    return write_names(fig.update_layout(uirevision=uirevision), points, peaks)


def embedding_scatter_3d(
    coords: ArrayLike,
    labels: ArrayLike | None = None,
    peaks: ArrayLike | None = None,
    class_names: Sequence[str] | None = None,
    *,
    loss: ArrayLike | None = None,
    loss_name: str = LOSS,
    index: ArrayLike | None = None,
    height: int = 640,
    uirevision: str = "embedding-3d",
) -> Drawing:
    """Codes embedded in three dimensions by t-SNE or PCA, coords (N, 3); drag to turn.

    The axes are hidden: t-SNE distances have no unit. The other arguments are those of `latent_scatter`.

    Raises:
        ValueError: as `latent_scatter`.
    """
    points = checked(finite(coords, "coords", None, 3), labels, class_names, loss, index)
    hidden = {"visible": False, "showspikes": False}
    fig = _scene(points, peaks, loss_name, height, uirevision)
    return write_names(fig.update_scenes(xaxis=hidden, yaxis=hidden, zaxis=hidden), points, peaks)


def _scene(
    points: Points, peaks: ArrayLike | None, loss_name: str, height: int, uirevision: str, place: str = ""
) -> Drawing:
    """The points in three dimensions, to turn; a unit is as long along each axis."""
    fig = _scatter(points, peaks, loss_name, height, {"l": 0, "r": 0}, axes=0, place=place)
    fig.update_layout(dragmode="turntable")
    fig.update_scenes(bgcolor=CLEAR, aspectmode="data", uirevision=uirevision)
    return fig.update_scenes(camera={"eye": dict.fromkeys("xyz", _nearness(points.coords))})


def _nearness(points: NDArray[Any]) -> float:
    """Each coordinate of a camera on the diagonal from which nearly all points (N, 3) just fill the view.

    plotly's unit is the geometric mean of the sides of the box around them.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    sides = np.maximum(high - low, 1e-6)
    scaled = (points - (low + high) / 2) / np.cbrt(sides.prod())
    off = np.abs(scaled @ SCREEN).max(axis=1)  # from the middle of the view, across or up
    distances = off / HALF_VIEW + scaled.sum(axis=1) / np.sqrt(3)
    return float(np.quantile(distances, BULK) / np.sqrt(3))


def _scatter(
    points: Points,
    peaks: ArrayLike | None,
    loss_name: str,
    height: int,
    margin: dict[str, int],
    axes: int,
    place: str = "",
) -> Drawing:
    """The points, their signs and what explains their colours: a bar below the `axes` px of the x axis.

    `place` ends the hover text.
    """
    fig, room = Drawing(), 0
    if points.labels is None:
        fig.add_trace(unlabelled(points, loss_name, place))
        room = 64
    elif len(points.names) > MOST_TRACES:
        fig.add_trace(many_classes(points, place))
    else:
        for label in points.classes:
            fig.add_trace(one_class(points, label, place))
        if points.has_signs:
            for trace in signs(points, peaks):
                fig.add_trace(trace)
        class_legend(fig)
    return plain_layout(fig, height, {"t": 30, "b": axes + room, **margin})


def _box(points: NDArray[Any], padding: float) -> tuple[Point, Point]:
    """Lowest and highest corner around 2-D points, widened by a share of the longer side."""
    low, high = points.min(axis=0), points.max(axis=0)
    room = padding * max(float((high - low).max()), 1e-6)
    return (float(low[0] - room), float(low[1] - room)), (float(high[0] + room), float(high[1] + room))


def _first_view(points: NDArray[Any]) -> tuple[Point, Point]:
    """Corners of a box that holds the prior's circle of 3 standard deviations and nearly all points."""
    bulk = np.quantile(points, [OUTSIDE, 1 - OUTSIDE], axis=0)
    return _box(np.concatenate([bulk, PRIOR]), padding=0.02)
