"""Network bodies: multilayer perceptrons, convolutional encoder and decoder.

Symbols: B images as rows (B, H W C), their channels last, D latent_dim. Inside, channels come first.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn

from vae.images.spec import ImageSpec
from vae.model.config import KERNEL, ModelConfig

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "silu": nn.SiLU,
    "softplus": nn.Softplus,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
}


def mlp(sizes: Sequence[int], activation: str) -> nn.Sequential:
    """Linear layers from sizes[0] inputs to sizes[-1] outputs, with the activation between them."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), ACTIVATIONS[activation]()]
    return nn.Sequential(*layers[:-1])


class ToCanvas(nn.Module):
    """Rows (B, H W C) as images (B, C, H', W') on a canvas, with zeros below and to the right."""

    def __init__(self, spec: ImageSpec, canvas: tuple[int, int]) -> None:
        super().__init__()
        self.spec = spec
        self.padding = (0, canvas[1] - spec.width, 0, canvas[0] - spec.height)

    def forward(self, rows: Tensor) -> Tensor:
        """As the class says."""
        return F.pad(images(rows, self.spec), self.padding)


class FromCanvas(nn.Module):
    """The top left corner of maps (B, C, H', W') as rows (B, H W C)."""

    def __init__(self, spec: ImageSpec) -> None:
        super().__init__()
        self.spec = spec

    def forward(self, maps: Tensor) -> Tensor:
        """As the class says."""
        return rows(maps[:, :, : self.spec.height, : self.spec.width])


def images(rows: Tensor, spec: ImageSpec) -> Tensor:
    """Rows (B, H W C) as images (B, C, H, W)."""
    return rows.view(-1, *spec.shape).permute(0, 3, 1, 2)


def rows(images: Tensor) -> Tensor:
    """Images (B, C, H, W) as rows (B, H W C)."""
    return images.permute(0, 2, 3, 1).flatten(1)


def conv_encoder(config: ModelConfig) -> nn.Sequential:
    """Convolutions that each halve height and width, then a linear layer: (B, H W C) -> (B, outputs)."""
    act = ACTIVATIONS[config.activation]
    channels = (config.image_spec.channels, *reversed(config.hidden))
    layers: list[nn.Module] = [ToCanvas(config.image_spec, config.canvas)]
    for wide, deep in pairwise(channels):
        layers += [nn.Conv2d(wide, deep, KERNEL, stride=2, padding=1), act()]
    flat = config.hidden[0] * math.prod(config.deepest)
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(flat, config.code_outputs))


def conv_decoder(config: ModelConfig) -> nn.Sequential:
    """A linear layer, then transposed convolutions that double height and width: (B, D) -> (B, H W C)."""
    act = ACTIVATIONS[config.activation]
    deepest = (config.hidden[0], *config.deepest)
    layers: list[nn.Module] = [nn.Linear(config.latent_dim, math.prod(deepest)), act()]
    layers.append(nn.Unflatten(1, deepest))
    for deep, wide in pairwise((*config.hidden, config.image_spec.channels)):
        layers += [nn.ConvTranspose2d(deep, wide, KERNEL, stride=2, padding=1), act()]
    return nn.Sequential(*layers[:-1], FromCanvas(config.image_spec))
