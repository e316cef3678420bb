"""Flat slices of the latent space: which code belongs to which place on a grid of decoded images.

Across and upward are two coordinates of z; beyond two dimensions they may also run along the path between the
codes of two test images and at right angles to it, so that the images under the path are those on it.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.latent import paths, prior
from vae.web.live import Window

Floats = NDArray[np.float64]
Spacing = Literal["even", "quantiles"]

BEYOND = 8  # the part of a slice's side, of all, that lies beyond each end of its path


@dataclass(frozen=True)
class End:
    """An end of a path: a test image, what is written there, and the code it was dragged to, if it was."""

    image: int
    name: str
    dragged: tuple[float, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """A slice of the latent space: side × side codes around an origin, up to `extent` along two directions.

    Places on it are drawn at even steps over [-extent, extent]², whatever the spacing of the codes there. The
    slice goes on beyond: another `window` of it may be in sight, then the codes are those of that part.

    Arguments:
        side: Codes along each direction.
        extent: The farthest code along each, prior standard deviations.
        origin: The code in the middle, (D,).
        directions: Orthonormal, across and upward, (2, D).
        axes: The coordinates of z that these are, if they are.
        path: The ends of the path that is drawn on it.
        spacing: Even, or with equal shares of the prior between one code and the next along a direction.
        window: The part that is in sight, None for where it begins.
    """

    side: int
    extent: float
    origin: tuple[float, ...]
    directions: tuple[tuple[float, ...], tuple[float, ...]]
    axes: tuple[int, int] | None = None
    path: tuple[End, End] | None = None
    spacing: Spacing = "even"
    window: Window | None = None

    @property
    def in_sight(self) -> Window:
        """Its middle, and how far its images reach from there."""
        return self.window or (0.0, 0.0, self.extent)

    @property
    def places(self) -> Floats:
        """Where the images in sight are drawn, across and upward, (2, side)."""
        x, y, reach = self.in_sight
        return np.array([[x], [y]]) + np.linspace(-reach, reach, self.side)

    @property
    def ticks(self) -> Floats:
        """The codes along each direction where it begins, (side,), prior standard deviations."""
        return self._knots if self.spacing == "even" else prior.quantiles(self.side, self.extent)

    @property
    def _knots(self) -> Floats:
        """Where these are drawn."""
        return np.linspace(-self.extent, self.extent, self.side)

    @property
    def codes(self) -> Floats:
        """Its codes in sight, (side, side, D), the lowest row first."""
        ticks = self._moved(self.places, self._knots, self.ticks)
        return paths.plane_grid(ticks, self.origin, self.directions)

    @property
    def opacity(self) -> Floats:
        """p(z) of its codes, as a share of the highest where it begins, at most 1, (side, side)."""
        densest = self.projection(np.zeros(len(self.origin))).clip(-self.extent, self.extent)
        highest = self.code(*densest)
        log_p = prior.log_prob(self.codes.reshape(self.side**2, -1)) - prior.log_prob([highest])
        return np.asarray(np.exp(np.minimum(log_p, 0)).reshape(self.side, self.side))

    def code(self, x: float, y: float) -> tuple[float, ...]:
        """The code (D,) at a place on the sheet."""
        along = self._moved([x, y], self._knots, self.ticks)
        return tuple((np.array(self.origin) + along @ np.array(self.directions)).tolist())

    def projection(self, z: NDArray[np.floating]) -> Floats:
        """The place on the sheet that is nearest to a code: z (..., D), (..., 2)."""
        along = (z - np.array(self.origin)) @ np.array(self.directions).T
        return self.drawn(along)

    def drawn(self, along: ArrayLike) -> Floats:
        """Where steps along the directions, prior standard deviations, are drawn."""
        return self._moved(along, self.ticks, self._knots)

    def place(self, z: NDArray[np.floating]) -> Floats | None:
        """Where a code (D,) lies on the sheet, None where it is not in sight or not in this slice."""
        there, (x, y, reach) = self.projection(z), self.in_sight
        is_in_slice = np.allclose(self.code(*there), z, rtol=2e-3, atol=2e-3)  # an address holds four digits
        edge = reach * self.side / (self.side - 1)
        return there if is_in_slice and (np.abs(there - [x, y]) <= edge).all() else None

    def _moved(self, along: ArrayLike, knots: Floats, values: Floats) -> Floats:
        if self.spacing == "even":
            return np.asarray(along, np.float64)
        return paths.piecewise_linear(along, knots, values)


def along_axes(
    side: int,
    extent: float,
    axes: tuple[int, int],
    base: NDArray[np.floating],
    path: tuple[End, End] | None = None,
    spacing: Spacing = "even",
) -> Sheet:
    """The slice in two coordinates of z; base (D,) holds the others."""
    units = np.eye(len(base))[list(axes)]
    origin = np.where(units.any(axis=0), 0.0, base)
    first, second = (tuple(unit) for unit in units.tolist())
    return Sheet(side, extent, tuple(origin.tolist()), (first, second), axes, path, spacing)


def through_path(side: int, ends: NDArray[np.floating], path: tuple[End, End]) -> Sheet:
    """The slice that holds two codes, ends (2, D), and 0: the straight path lies on one of its rows.

    The path's ends are the middles of images, with a few more images beyond each.

    Raises:
        ValueError: for ends in line with 0.
    """
    middle, (along, across) = paths.plane_through(*ends)
    beyond = max(1, round(side / BEYOND))
    extent = float(np.linalg.norm(ends[1] - ends[0])) / 2 * (side - 1) / (side - 1 - 2 * beyond)
    to_a_row = extent / (side - 1) * (side % 2 == 0)  # an even number of rows has none in the middle
    first, second = (tuple(each.tolist()) for each in (along, across))
    return Sheet(side, extent, tuple((middle + to_a_row * across).tolist()), (first, second), path=path)
