"""Codes as points, coloured by class or by loss: the latent plane, and t-SNE or PCA in 2-D and 3-D.

Up to MOST_TRACES classes each have a trace, which the legend hides, and a disc with a sign where they are
densest. More classes share one trace, and their names stand on the map, of as many as have room.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.figures.drawing import Drawing
from vae.figures.layout import (
    SHORT,
    Point,
    class_legend,
    class_sign,
    coordinate,
    finite,
    plain_layout,
    plain_text,
    plane_axes,
    set_view,
)
from vae.figures.overlays import tag
from vae.figures.palette import class_colours
from vae.figures.theme import CASING, CLEAR, INK, LOSS_SCALE, NEUTRAL
from vae.images.dataset import class_phrase

OUTSIDE = 0.0025  # share of the codes that the first view may leave out beyond each of its four edges
PRIOR = np.array([[-3.1, -3.1], [3.1, 3.1]])  # around the prior's circle of 3 standard deviations
MOST_TRACES = 12  # classes in a legend
SMALL = 400  # px of a small map's height, for which names have room
NEAR = 0.85  # of the camera in 3-D, so that the cloud fills the chart; plotly's own is 1.25
SCREEN = np.array([[-1, -1], [1, -1], [0, 2]]) / np.sqrt([2, 6])  # across and up, seen from there
LONGEST = 18  # characters of a name on the map
LETTER, LINE = 7, 20  # px that a letter of such a name takes across, and the name up
WEAKEST = (0.02, 0.98)  # quantiles of the loss at the ends of its colours
LOSS = "−ELBO, nats per image"

GRID = "#9aa0a6"  # lines of the axes in 3-D, on light and dark

TEST = "Test"  # images, whose indices the points carry

Style = dict[str, Any]


@dataclass(frozen=True)
class Points:
    """Places (N, dims) of codes, which image each is, and their classes and losses where these are known."""

    coords: NDArray[np.float32]  # (N, 2) or (N, 3)
    index: NDArray[np.int32]  # (N,)
    labels: NDArray[np.int64] | None  # (N,)
    names: tuple[str, ...]  # of the classes
    loss: NDArray[np.float32] | None  # (N,) nats
    kind: str = TEST  # of images

    @property
    def sentence(self) -> str:
        """The beginning of the hover text: a test image has a number, by which it can be chosen."""
        return f"{self.kind} image" + " %{customdata}" * (self.kind == TEST)

    @property
    def is_flat(self) -> bool:
        """Whether they lie in a plane."""
        return self.coords.shape[1] == 2

    @property
    def classes(self) -> tuple[int, ...]:
        """The classes that have any point."""
        return () if self.labels is None else tuple(np.unique(self.labels).tolist())

    @property
    def colours(self) -> tuple[str, ...]:
        """Of the classes."""
        return class_colours(len(self.names))

    def sign(self, label: int) -> str:
        """What stands on a class's disc: its name if that is short, else its number."""
        return class_sign(self.names[label], label)

    def legend_name(self, label: int) -> str:
        """The name in the legend, with the number where that is the sign on the map."""
        name, sign = self.names[label], self.sign(label)
        return plain_text(name if sign == name else f"{sign} {name}")


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
        axes: Which coordinates of the latent space z holds.
        height: Pixels.
        uirevision: The zoom is kept while this stays the same.

    Raises:
        ValueError: for shapes that do not match, numbers that are not finite, or labels out of range.
    """
    points = _points(finite(z, "z", None, 2), labels, class_names, loss, index, kind)
    margin = {"l": 50, "r": 10}
    fig = _scatter(points, peaks, loss_name, height, margin, axes=46, place=" at z = (%{x:.2f}, %{y:.2f})")
    plane_axes(fig, axes, *_first_view(points.coords), constrain="range")
    return _write_names(fig.update_layout(uirevision=uirevision), points, peaks)


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
    points = _points(finite(z, "z", None, 3), labels, class_names, loss, index)
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
    return _write_names(fig, points, peaks)


def embedding_scatter(
    coords: ArrayLike,
    labels: ArrayLike | None = None,
    peaks: ArrayLike | None = None,
    class_names: Sequence[str] | None = None,
    *,
    loss: ArrayLike | None = None,
    loss_name: str = LOSS,
    index: ArrayLike | None = None,
    height: int = 640,
    uirevision: str = "embedding",
) -> Drawing:
    """Codes embedded in two dimensions by t-SNE or PCA, coords (N, 2).

    The axes carry no ticks: t-SNE keeps who is near whom; its distances and sizes of islands have no unit.
    The other arguments are those of `latent_scatter`.

    Raises:
        ValueError: as `latent_scatter`.
    """
    points = _points(finite(coords, "coords", None, 2), labels, class_names, loss, index)
    fig = _scatter(points, peaks, loss_name, height, {"l": 8, "r": 8}, axes=4)
    fig.update_xaxes(visible=False).update_yaxes(visible=False, scaleanchor="x", scaleratio=1)
    set_view(fig, *_box(points.coords, padding=0.03))
    return _write_names(fig.update_layout(uirevision=uirevision), points, peaks)


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
    points = _points(finite(coords, "coords", None, 3), labels, class_names, loss, index)
    hidden = {"visible": False, "showspikes": False}
    fig = _scene(points, peaks, loss_name, height, uirevision)
    return _write_names(fig.update_scenes(xaxis=hidden, yaxis=hidden, zaxis=hidden), points, peaks)


def _scene(
    points: Points, peaks: ArrayLike | None, loss_name: str, height: int, uirevision: str, place: str = ""
) -> Drawing:
    """The points in three dimensions, to turn; a unit is as long along each axis."""
    fig = _scatter(points, peaks, loss_name, height, {"l": 0, "r": 0}, axes=0, place=place)
    fig.update_layout(dragmode="turntable")
    fig.update_scenes(bgcolor=CLEAR, aspectmode="data", uirevision=uirevision)
    return fig.update_scenes(camera={"eye": dict.fromkeys("xyz", NEAR)})


def _points(
    coords: NDArray[np.float64],
    labels: ArrayLike | None,
    class_names: Sequence[str] | None,
    loss: ArrayLike | None,
    index: ArrayLike | None,
    kind: str = TEST,
) -> Points:
    """The points, checked."""
    count = len(coords)
    indices = np.arange(count) if index is None else np.asarray(index)
    if indices.shape != (count,):
        raise ValueError(f"{count} points need as many indices, got shape {indices.shape}")
    losses = None if loss is None else finite(loss, "loss", count).astype(np.float32)
    classes = None if labels is None else np.asarray(labels)
    names: tuple[str, ...] = ()
    if classes is not None:
        if classes.shape != (count,):
            raise ValueError(f"{count} points need as many labels, got shape {classes.shape}")
        names = tuple(map(str, range(int(classes.max()) + 1)) if class_names is None else class_names)
        if not np.isin(classes, np.arange(len(names))).all():
            raise ValueError(f"labels must be whole numbers between 0 and {len(names) - 1}")
    return Points(coords.astype(np.float32), indices.astype(np.int32), classes, names, losses, kind)


def _scatter(
    points: Points,
    peaks: ArrayLike | None,
    loss_name: str,
    height: int,
    margin: dict[str, int],
    axes: int,
    place: str = "",
) -> Drawing:
    """The points, their signs and what explains their colours, in the room below the `axes` px of the x axis.

    `place` ends the hover text.
    """
    fig, room = Drawing(), 64
    if points.labels is None:
        fig.add_trace(_unlabelled(points, loss_name, place))
    elif len(points.names) > MOST_TRACES:
        fig.add_trace(_many_classes(points, place))
    else:
        for label in points.classes:
            fig.add_trace(_one_class(points, label, place))
        for trace in _signs(points, peaks):
            fig.add_trace(trace)
        room = 50 if all(len(points.legend_name(label)) <= SHORT for label in points.classes) else 64
        class_legend(fig, room)
    return plain_layout(fig, height, {"t": 30, "b": axes + room, **margin})


def _one_class(points: Points, label: int, place: str) -> Style:
    """The trace of a class that the legend hides and shows."""
    own = points.labels == label
    name = points.names[label]
    return _trace(
        points, own, f"{points.sentence}, {plain_text(class_phrase(name))}{',' * bool(place)}{place}"
    ) | {
        "name": points.legend_name(label),
        "legendgroup": name,
        "marker": _marker(points, points.colours[label]),
    }


def _many_classes(points: Points, place: str) -> Style:
    """One trace of all classes, each point in the colour of its own."""
    assert points.labels is not None
    last = len(points.names) - 1
    return _trace(points, slice(None), f"{points.sentence}, %{{text}}{',' * bool(place)}{place}") | {
        "name": "test images",
        "showlegend": False,
        "text": [plain_text(points.names[label]) for label in points.labels],
        "marker": _marker(points, points.labels)
        | {
            "cmin": 0,
            "cmax": last,
            "colorscale": [[label / last, colour] for label, colour in enumerate(points.colours)],
        },
    }


def _unlabelled(points: Points, loss_name: str, place: str) -> Style:
    """One trace, coloured by the loss where it is known."""
    shared = {"name": "test images", "showlegend": False}
    if points.loss is None:
        sentence = f"{points.sentence}{place}"
        return _trace(points, slice(None), sentence) | shared | {"marker": _marker(points, NEUTRAL)}
    name, _, unit = loss_name.partition(", ")
    low, high = np.quantile(points.loss, WEAKEST).tolist()
    sentence = f"{points.sentence}{place}<br>{name} %{{marker.color:.1f}} {unit}"
    marker = {
        **_marker(points, points.loss),
        "cmin": low,
        "cmax": max(high, low + 1e-3),
        "colorscale": [list(stop) for stop in LOSS_SCALE],
        "colorbar": _colour_bar(loss_name),
    }
    return _trace(points, slice(None), sentence) | shared | {"marker": marker}


def _trace(points: Points, rows: Any, sentence: str) -> Style:
    """Some of the points, with a hover text."""
    return {
        **_xyz(points.coords[rows]),
        "type": "scattergl" if points.is_flat else "scatter3d",
        "mode": "markers",
        **({"customdata": points.index[rows]} if points.kind == TEST else {}),
        "hovertemplate": f"{sentence}<extra></extra>",
    }


def _marker(points: Points, colour: Any) -> Style:
    """Points that can be seen through."""
    flat = {"size": 5, "opacity": 0.6}
    return {**(flat if points.is_flat else {"size": 2.6, "opacity": 0.75}), "color": colour}


def _colour_bar(title: str) -> Style:
    """Below the map, as a legend would be."""
    return {
        "orientation": "h",
        "yref": "container",
        "y": 0,
        "yanchor": "bottom",
        "ypad": 4,
        "x": 0,
        "xanchor": "left",
        "xpad": 0,
        "len": 0.6,
        "thickness": 9,
        "outlinewidth": 0,
        "nticks": 5,
        "title": {"text": title, "side": "bottom", "font": {"size": 12}},
    }


def _signs(points: Points, peaks: ArrayLike | None) -> Iterator[Style]:
    """Each class's sign at its peak: on a light disc ringed in its colour.

    A sign shares its class's legend group and so is hidden with it; it answers neither hover nor click.
    """
    for label, place in _peaks(points, peaks):
        yield {
            **(_flat_sign() if points.is_flat else _deep_sign()),
            **_xyz(place[None, :]),
            "mode": "markers+text",
            "text": [points.sign(label)],
            "name": points.legend_name(label),
            "legendgroup": points.names[label],
            "showlegend": False,
            "hoverinfo": "skip",
            "marker": {
                **({"size": 22, "opacity": 1.0} if points.is_flat else {"size": 8}),
                "color": CASING,
                "line": {"color": points.colours[label], "width": 2.5},
            },
        }


def _flat_sign() -> Style:
    return {"type": "scattergl", "textfont": {"size": 14, "color": INK, "weight": "bold"}}


def _deep_sign() -> Style:
    font = {"size": 13, "color": INK, "weight": "bold"}
    return {"type": "scatter3d", "textfont": font, "textposition": "middle center"}


def _peaks(points: Points, peaks: ArrayLike | None) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """The classes whose peak is known, and where it is."""
    if peaks is None:
        return
    places, dims = np.asarray(peaks, dtype=np.float64), points.coords.shape[1]
    if places.ndim != 2 or places.shape[1] != dims or len(places) < len(points.names):
        raise ValueError(f"peaks must have shape (classes, {dims}), got {places.shape}")
    for label in points.classes:
        if np.isfinite(places[label]).all():
            yield label, places[label]


def _write_names(fig: Drawing, points: Points, peaks: ArrayLike | None) -> Drawing:
    """The names of classes that share a trace, of as many as have room, the largest classes first."""
    if len(points.names) <= MOST_TRACES or points.labels is None:
        return fig
    counts = np.bincount(points.labels, minlength=len(points.names))
    known = sorted(_peaks(points, peaks), key=lambda each: -counts[each[0]])
    places = np.array([place for _, place in known]).reshape(-1, points.coords.shape[1])
    names, tags = [_shortened(points.names[label]) for label, _ in known], []
    for row in _with_room(places if points.is_flat else places @ SCREEN, names, _pixel(fig, points)):
        tags.append(_tag(names[row], places[row], points.colours[known[row][0]]))
    return fig.update_layout(annotations=tags) if points.is_flat else fig.update_scenes(annotations=tags)


def _tag(name: str, place: NDArray[np.float64], colour: str) -> Style:
    """A class's name at a place (2,) or (3,), ringed in its colour."""
    at = dict(zip("xyz", place.tolist(), strict=False))
    return {**tag(name, size=11), **at, "bordercolor": colour}


def _pixel(fig: Drawing, points: Points) -> float:
    """How much of the map a pixel is where the map is small, on a phone."""
    if points.is_flat:
        low, high = fig.layout.yaxis.range
        return float(high - low) / SMALL
    return float(np.ptp(points.coords @ SCREEN, axis=0)[1]) / SMALL


def _with_room(places: NDArray[np.float64], names: Sequence[str], unit: float) -> list[int]:
    """Rows of the names at places (M, 2) that do not lie on one before; a pixel is `unit` of the map."""
    shown: list[int] = []
    half = unit * np.array([[len(name) * LETTER / 2 + 4, LINE / 2] for name in names])
    for row in range(len(names)):
        apart = np.abs(places[shown] - places[row]) - half[shown] - half[row]
        if (apart > 0).any(axis=1).all():
            shown.append(row)
    return shown


def _shortened(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1].rstrip()}…"


def _box(points: NDArray[Any], padding: float) -> tuple[Point, Point]:
    """Lowest and highest corner around 2-D points, widened by a share of the longer side."""
    low, high = points.min(axis=0), points.max(axis=0)
    room = padding * max(float((high - low).max()), 1e-6)
    return (float(low[0] - room), float(low[1] - room)), (float(high[0] + room), float(high[1] + room))


def _first_view(points: NDArray[Any]) -> tuple[Point, Point]:
    """Corners of a box that holds the prior's circle of 3 standard deviations and nearly all points."""
    bulk = np.quantile(points, [OUTSIDE, 1 - OUTSIDE], axis=0)
    return _box(np.concatenate([bulk, PRIOR]), padding=0.02)


def _xyz(coords: NDArray[Any]) -> Style:
    """Coordinates (n, 2) or (n, 3) as the arguments x, y and z of a trace."""
    return dict(zip("xyz", coords.T.copy(), strict=False))
