"""Training images moved a little at random, so that an encoder cannot learn the training images by heart.

Images are (B, C, H, W) in [0, 1].
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from vae.training.parallel import draws

COLOUR_TURN = math.radians(12)  # at most, as all of these are
COLOUR_SHIFT = 1 / 8  # of half the side: 4 pixels of 64
SMALLEST, LARGEST = 0.85, 1.1  # size of the copy
HUE = math.radians(20)
BLACK, WHITE = 0.0, 1.0


@dataclass(frozen=True)
class Strength:
    """How far an image is turned (radians), stretched, sheared and shifted (pixels), at most."""

    turn: float
    stretch: float
    shear: float
    shift: float = 0.7


STROKES, WIDE = Strength(math.radians(7), 0.05, 0.07), Strength(0.15, 0.1, 0.15)

Augmentation = Callable[[Tensor, torch.Generator | None], Tensor]


def warp(
    images: Tensor,
    generator: torch.Generator | None = None,
    ground: float = BLACK,
    strength: Strength = STROKES,
) -> Tensor:
    """Images turned, stretched, sheared and shifted a little, with `ground` where nothing of them is left."""
    drawn = draws.uniform(len(images), 6, images.device, generator)
    angle, shear = strength.turn * drawn[:, 0], strength.shear * drawn[:, 1]
    height, width = images.shape[2:]
    pixels = torch.tensor([2 / width, 2 / height], device=images.device)
    scale, shift = 1 + strength.stretch * drawn[:, 2:4], strength.shift * pixels * drawn[:, 4:6]
    cos, sin = angle.cos(), angle.sin()
    rows = torch.stack((cos * scale[:, 0], shear - sin, sin, cos * scale[:, 1]), dim=1).view(-1, 2, 2)
    return _moved(images, rows, shift, ground)


def warp_colour(images: Tensor, generator: torch.Generator | None = None, ground: float = WHITE) -> Tensor:
    """Each image in colour moved and coloured at random.

    One in two is mirrored; all are turned, scaled and shifted, with `ground` where nothing of the image
    is left, and their hues are turned, which leaves greys as they are.
    """
    drawn = draws.uniform(len(images), 6, images.device, generator)
    angle, shift = COLOUR_TURN * drawn[:, 0], COLOUR_SHIFT * drawn[:, 1:3]
    size = SMALLEST + (LARGEST - SMALLEST) * (1 + drawn[:, 3]) / 2
    mirror = drawn[:, 4].sign()
    cos, sin = angle.cos() / size, angle.sin() / size
    rows = torch.stack((mirror * cos, -mirror * sin, sin, cos), dim=1).view(-1, 2, 2)
    moved = _moved(images, rows, shift, ground)
    return torch.einsum("bij,bjhw->bihw", hue_rotation(HUE * drawn[:, 5]), moved).clamp(0, 1)


AUGMENTATIONS: dict[str, Augmentation] = {
    "strokes": warp,
    "wide": partial(warp, strength=WIDE),
    "colour": warp_colour,
}
"""By the name of the setting: light strokes on black, the same moved farther, and colours on white."""


def hue_rotation(angle: Tensor) -> Tensor:
    """Rotations of RGB about its axis of greys by angle (B,), (B, 3, 3)."""
    cos, sin = angle.cos()[:, None, None], angle.sin()[:, None, None] / math.sqrt(3)
    across = torch.tensor([[0.0, -1, 1], [1, 0, -1], [-1, 1, 0]], device=angle.device)
    return cos * torch.eye(3, device=angle.device) + (1 - cos) / 3 + sin * across


def _moved(images: Tensor, rows: Tensor, shift: Tensor, ground: float) -> Tensor:
    """Images read at `rows` (B, 2, 2) times each place plus `shift` (B, 2), with `ground` outside.

    `rows` turn places in pixels; `shift` counts from -1 to 1 across and down the image, as does `_places`.
    """
    height, width = images.shape[2:]
    aspect = torch.tensor([[1, height / width], [width / height, 1]], device=images.device)
    affine = torch.cat((rows * aspect, shift[:, :, None]), dim=2)
    places = affine.view(-1, 3) @ _places(height, width, images.device)
    grid = places.view(-1, 2, height, width).permute(0, 2, 3, 1)
    return (F.grid_sample(images - ground, grid, align_corners=False) + ground).clamp(0, 1)


def _places(height: int, width: int, device: torch.device) -> Tensor:
    """The middles of all pixels, across and down, and a one, (3, H W).

    One product with all matrices at once is several times as fast as `affine_grid`, which has one for each.
    """
    down, across = ((2 * torch.arange(side, device=device) + 1) / side - 1 for side in (height, width))
    across, down = torch.broadcast_tensors(across, down[:, None])
    return torch.stack((across, down, torch.ones_like(across))).flatten(1)
