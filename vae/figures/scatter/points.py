"""What a map of codes shows: places, which image each is, classes and losses."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.figures.layout import class_sign, finite, plain_text
from vae.figures.palette import class_colours

TEST = "Test"  # images, whose indices the points carry
MOST_TRACES = 12  # classes in a legend


@dataclass(frozen=True)
class Points:
    """Places (N, dims) of codes, which image and file each is, classes and losses where these are known."""

    coords: NDArray[np.float32]  # (N, 2) or (N, 3)
    index: NDArray[np.int32]  # (N,)
    labels: NDArray[np.int64] | None  # (N,)
    names: tuple[str, ...]  # of the classes
    loss: NDArray[np.float32] | None  # (N,) nats
    kind: str = TEST  # of images
    files: tuple[str, ...] | None = None  # (N,) names, where the images are files
    has_legend: bool = True  # of the classes, on the figure or beside it

    @property
    def sentence(self) -> str:
        """The beginning of the hover text: a test image has a number, by which it can be chosen."""
        number, file = " %{customdata}" * (self.kind == TEST), ", %{hovertext}" * (self.files is not None)
        return f"{self.kind} image{number}{file}"

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

    @property
    def has_signs(self) -> bool:
        """Whether each class has a disc with its sign; else names are written, of as many as have room.

        A number on a disc says nothing without a legend.
        """
        is_named = all(self.sign(label) == self.names[label] for label in self.classes)
        return len(self.names) <= MOST_TRACES and (self.has_legend or is_named)

    def sign(self, label: int) -> str:
        """What stands on a class's disc: its name if that is short, else its number."""
        return class_sign(self.names[label], label)

    def legend_name(self, label: int) -> str:
        """The name in the legend, with the number where that is the sign on the map."""
        name, sign = self.names[label], self.sign(label)
        return plain_text(name if sign == name else f"{sign} {name}")


def checked(
    coords: NDArray[np.float64],
    labels: ArrayLike | None,
    class_names: Sequence[str] | None,
    loss: ArrayLike | None,
    index: ArrayLike | None,
    kind: str = TEST,
    files: Sequence[str] | None = None,
    has_legend: bool = True,
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
    if files is not None and len(files) != count:
        raise ValueError(f"{count} points need as many files, got {len(files)}")
    named = None if files is None else tuple(files)
    places, numbers = coords.astype(np.float32), indices.astype(np.int32)
    return Points(places, numbers, classes, names, losses, kind, named, has_legend)


def known_peaks(points: Points, peaks: ArrayLike | None) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """The classes whose peak is known, and where it is."""
    if peaks is None:
        return
    places, dims = np.asarray(peaks, dtype=np.float64), points.coords.shape[1]
    if places.ndim != 2 or places.shape[1] != dims or len(places) < len(points.names):
        raise ValueError(f"peaks must have shape (classes, {dims}), got {places.shape}")
    for label in points.classes:
        if np.isfinite(places[label]).all():
            yield label, places[label]
