"""Slightly warped copies of training images, so that an encoder cannot learn the training images by heart."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from vae.model.config import IMAGE_SIDE, PIXELS

TURN, STRETCH, SHEAR = math.radians(7), 0.05, 0.07  # at most
SHIFT = 0.7 / (IMAGE_SIDE / 2)  # at most 0.7 pixels


def warp(x: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Images x (B, 784) in [0, 1], each turned, stretched, sheared and shifted a little at random."""
    draws = torch.empty(len(x), 6, device=x.device).uniform_(-1, 1, generator=generator)
    angle, shear = TURN * draws[:, 0], SHEAR * draws[:, 1]
    scale, shift = 1 + STRETCH * draws[:, 2:4], SHIFT * draws[:, 4:6]
    cos, sin = angle.cos(), angle.sin()
    rows = torch.stack((cos * scale[:, 0], shear - sin, sin, cos * scale[:, 1]), dim=1).view(-1, 2, 2)
    images = x.view(-1, 1, IMAGE_SIDE, IMAGE_SIDE)
    grid = F.affine_grid(torch.cat((rows, shift[:, :, None]), dim=2), list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, align_corners=False).clamp(0, 1).view(-1, PIXELS)
