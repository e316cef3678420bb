"""Spherical paths whose codes are known in closed form, for the twins in Python and in the browser."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """Two ends in a plane, given by the angle between them in radians and their lengths."""

    name: str
    angle: float
    lengths: tuple[float, float]
    is_straight: bool

    @property
    def ends(self) -> Floats:
        """Both ends, (2, 2)."""
        first, last = self.lengths
        return np.array([[first, 0.0], [last * np.cos(self.angle), last * np.sin(self.angle)]])

    def path(self, frames: int) -> Floats:
        """The codes on the path, (T, 2)."""
        t = np.linspace(0, 1, frames)
        first, last = self.lengths
        if self.is_straight:
            return (1 - t)[:, None] * self.ends[0] + t[:, None] * self.ends[1]
        length, turned = (1 - t) * first + t * last, t * self.angle
        return np.stack([length * np.cos(turned), length * np.sin(turned)], axis=1)


def _cases() -> tuple[Case, ...]:
    said = json.loads(Path(__file__).with_name("spherical_paths.json").read_text())
    return tuple(Case(**each | {"lengths": tuple(each["lengths"])}) for each in said)


CASES = _cases()
