"""Coloured pictures of a 2-D latent plane for the home page: decoded tiles, and the test images' points.

Colours are light on GROUND: each class has its colour of every other page, lightened for a dark ground.
Symbols: N test images, R rows and C columns of tiles.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from vae.explorer import Explorer
from vae.figures import class_colours
from vae.figures.theme import LOSS_SCALE, NEUTRAL
from vae.images import export

Floats = NDArray[np.floating]

SIDE = 28  # pixels of a tile
GROUND = np.array([11, 13, 15]) / 255
LIGHTEN = 0.25  # share of white in the colours, which were made for white paper
BANDWIDTH = 0.12  # of the densities that colour the tiles, standard deviations of the codes
SMOOTH = 2  # points are drawn that much larger, then averaged


@dataclass(frozen=True)
class Plane:
    """A part of the plane around the origin, columns × rows tiles, each `tile` standard deviations wide."""

    columns: int
    rows: int
    tile: float

    @classmethod
    def about(cls, explorer: Explorer, columns: int, rows: int, tile: float) -> "Plane":
        """A plane whose tiles are `tile` standard deviations of the model's own codes wide."""
        return cls(columns, rows, tile * float(explorer.codes().mu.std()))

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
        """The decoded tiles, (SIDE R, SIDE C, 3) in [0, 1]; grey ones have the colour of the points there."""
        images = explorer.decode(self.centres.reshape(-1, 2))
        shown = fitted(images).reshape(self.rows, self.columns, SIDE, SIDE, -1)
        light = np.asarray(export.tile(shown), dtype=np.float64)
        return light if light.shape[-1] == 3 else light * per_pixel(self.tints(explorer))

    def tints(self, explorer: Explorer) -> Floats:
        """Colour of each tile, (R, C, 3): those of the codes, weighted by their densities there.

        The densities of classes are squared, so that the densest one stands out.
        """
        mu, labels = explorer.codes().mu, explorer.codes().labels
        shades = colours(explorer)
        x, y = self.centres[0, :, 0], self.centres[:, 0, 1]
        width = BANDWIDTH * mu.std()
        across = np.exp(-0.5 * np.square((x[:, None] - mu[:, 0]) / width))  # (C, N)
        along = np.exp(-0.5 * np.square((y[:, None] - mu[:, 1]) / width))  # (R, N)
        if labels is None:
            mixed = np.stack([(along * shade) @ across.T for shade in shades.T], axis=-1)
            return np.asarray((mixed + 1e-12) / (along @ across.T + 1e-12)[..., None])
        found, first = np.unique(labels, return_index=True)
        members = [labels == label for label in found]
        density = np.stack([along[:, mine] @ across[:, mine].T for mine in members], axis=-1)
        weights = np.square(density) + 1e-12
        return np.asarray(weights @ shades[first] / weights.sum(axis=-1, keepdims=True))

    def points(self, explorer: Explorer, radius: float) -> Floats:
        """The codes as discs in their colours, (SIDE R, SIDE C, 3) in [0, 1]; radius in pixels."""
        width, height = self.columns * SIDE, self.rows * SIDE
        canvas = Image.new("RGB", (width * SMOOTH, height * SMOOTH))
        draw, fills = ImageDraw.Draw(canvas), (colours(explorer) * 255).astype(int).tolist()
        for centre, fill in zip(self.place(explorer.codes().mu) * canvas.size, fills, strict=True):
            draw.circle(tuple(centre), radius * SMOOTH, fill=tuple(fill))
        return np.asarray(canvas.resize((width, height), Image.Resampling.BOX)) / 255


def colours(explorer: Explorer) -> Floats:
    """Colours of the test images' codes on the dark ground, (N, 3): by class, else by rank of the loss."""
    codes = explorer.codes()
    if codes.labels is not None:
        plain = _levels(class_colours(int(codes.labels.max()) + 1))[codes.labels]
    elif codes.nll is not None:
        ranks = codes.loss.argsort().argsort() / max(len(codes) - 1, 1)
        stops, names = [stop for stop, _ in LOSS_SCALE], [name for _, name in LOSS_SCALE]
        plain = np.stack([np.interp(ranks, stops, channel) for channel in _levels(names).T], axis=1)
    else:
        plain = _levels((NEUTRAL,)).repeat(len(codes), axis=0)
    return np.asarray((1 - LIGHTEN) * plain + LIGHTEN)


def fitted(images: Floats, side: int = SIDE) -> Floats:
    """Images (N, H, W, C) made as large as a square of `side` pixels allows, on black, (N, side, side, C)."""
    height, width = images.shape[1:3]
    if (height, width) == (side, side):
        return images
    scale = side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    left, top = (side - size[0]) // 2, (side - size[1]) // 2
    out = np.zeros((len(images), side, side, images.shape[3]))
    for square, image in zip(out, images, strict=True):
        small = export.picture(image).resize(size, Image.Resampling.BOX)
        levels = np.asarray(small).reshape(size[1], size[0], -1)[..., : images.shape[3]]
        square[top : top + size[1], left : left + size[0]] = levels / 255
    return out


def per_pixel(values: Floats) -> Floats:
    """Values of tiles (R, C, ...) for each of their pixels, (SIDE R, SIDE C, ...)."""
    return values.repeat(SIDE, axis=0).repeat(SIDE, axis=1)


def on_ground(light: Floats) -> Floats:
    """Light (H, W, C) in [0, 1] on the dark ground, (H, W, 3)."""
    return np.asarray((GROUND + (1 - GROUND) * light).clip(0, 1))


def _levels(names: Sequence[str]) -> Floats:
    """Colours `#rrggbb` as levels in [0, 1], (K, 3)."""
    return np.array([[int(name[k : k + 2], 16) for k in (1, 3, 5)] for name in names]) / 255
