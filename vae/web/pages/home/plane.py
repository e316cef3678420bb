"""Coloured pictures of a 2-D latent plane for the home page: decoded tiles, and the test images' points.

Colours are light on GROUND: each class has its colour of every other page, lightened for a dark ground.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from vae.explorer import Explorer
from vae.figures import CLASS_COLOURS
from vae.latent import paths
from vae.model.codes import Codes

Floats = NDArray[np.floating]

SIDE = 28  # pixels of a tile
GROUND = np.array([11, 13, 15]) / 255
LIGHTEN = 0.25  # share of white in the class colours, which were made for white paper
BANDWIDTH = 0.12  # of the densities that colour the tiles, prior standard deviations
SMOOTH = 2  # points are drawn that much larger, then averaged

_PLAIN = np.array([[int(colour[k : k + 2], 16) for k in (1, 3, 5)] for colour in CLASS_COLOURS]) / 255
COLOURS = (1 - LIGHTEN) * _PLAIN + LIGHTEN
"""The class colours on a dark ground, (10, 3) in [0, 1]."""


@dataclass(frozen=True)
class Plane:
    """A part of the plane around the origin, columns × rows tiles, each `tile` standard deviations wide."""

    columns: int
    rows: int
    tile: float

    @property
    def centres(self) -> Floats:
        """z of the tiles' centres, top row first, (R, C, 2)."""
        x = (np.arange(self.columns) - (self.columns - 1) / 2) * self.tile
        y = ((self.rows - 1) / 2 - np.arange(self.rows)) * self.tile
        return np.stack(np.meshgrid(x, y), axis=-1)

    def place(self, z: Floats) -> Floats:
        """Where z (..., 2) lies, as shares of width and height from the left and top edge, (..., 2)."""
        reach = np.array([self.columns, -self.rows]) * self.tile
        return 0.5 + z / reach

    def tiles(self, explorer: Explorer) -> Floats:
        """The decoded tiles in grey, (28 R, 28 C) in [0, 1]."""
        images = explorer.decode(self.centres.reshape(-1, 2))
        return np.asarray(paths.tile(images.reshape(self.rows, self.columns, SIDE, SIDE)), dtype=np.float64)

    def tints(self, codes: Codes) -> Floats:
        """Colour of each tile, (R, C, 3): the classes' colours, weighted by their densities there."""
        x, y = self.centres[0, :, 0], self.centres[:, 0, 1]
        across = np.exp(-0.5 * np.square((x[:, None] - codes.mu[:, 0]) / BANDWIDTH))  # (C, N)
        along = np.exp(-0.5 * np.square((y[:, None] - codes.mu[:, 1]) / BANDWIDTH))  # (R, N)
        members = [codes.labels == k for k in range(len(COLOURS))]
        density = np.stack([along[:, mine] @ across[:, mine].T for mine in members], axis=-1)
        weights = np.square(density) + 1e-12
        return weights @ COLOURS / weights.sum(axis=-1, keepdims=True)

    def points(self, codes: Codes, radius: float) -> Floats:
        """The codes as discs in their classes' colours, (28 R, 28 C, 3) in [0, 1]; radius in pixels."""
        width, height = self.columns * SIDE, self.rows * SIDE
        canvas = Image.new("RGB", (width * SMOOTH, height * SMOOTH))
        draw, fills = (
            ImageDraw.Draw(canvas),
            [tuple(colour) for colour in (COLOURS * 255).astype(int).tolist()],
        )
        for centre, label in zip(self.place(codes.mu) * canvas.size, codes.labels, strict=True):
            draw.circle(tuple(centre), radius * SMOOTH, fill=fills[label])
        return np.asarray(canvas.resize((width, height), Image.Resampling.BOX)) / 255


def per_pixel(values: Floats) -> Floats:
    """Values of tiles (R, C, ...) for each of their pixels, (28 R, 28 C, ...)."""
    return values.repeat(SIDE, axis=0).repeat(SIDE, axis=1)


def on_ground(light: Floats) -> Floats:
    """Coloured light (H, W, 3) in [0, 1] on the dark ground."""
    return (GROUND + (1 - GROUND) * light).clip(0, 1)
