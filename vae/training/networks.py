"""Network bodies: multilayer perceptrons, convolutional encoder and decoder."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from torch import nn

from vae.model.config import CONV_SIDE, IMAGE_SIDE, KERNEL

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


def conv_encoder(channels: tuple[int, int], outputs: int, activation: str) -> nn.Sequential:
    """Two convolutions that halve the side, then a linear layer: (B, 784) -> (B, outputs).

    channels: those nearest z first, as `ModelConfig.hidden` has them.
    """
    deep, wide = channels
    act = ACTIVATIONS[activation]
    return nn.Sequential(
        nn.Unflatten(1, (1, IMAGE_SIDE, IMAGE_SIDE)),
        nn.Conv2d(1, wide, KERNEL, stride=2, padding=1),
        act(),
        nn.Conv2d(wide, deep, KERNEL, stride=2, padding=1),
        act(),
        nn.Flatten(),
        nn.Linear(deep * CONV_SIDE**2, outputs),
    )


def conv_decoder(latent_dim: int, channels: tuple[int, int], activation: str) -> nn.Sequential:
    """A linear layer, then two transposed convolutions that double the side: (B, D) -> (B, 784)."""
    deep, wide = channels
    act = ACTIVATIONS[activation]
    return nn.Sequential(
        nn.Linear(latent_dim, deep * CONV_SIDE**2),
        act(),
        nn.Unflatten(1, (deep, CONV_SIDE, CONV_SIDE)),
        nn.ConvTranspose2d(deep, wide, KERNEL, stride=2, padding=1),
        act(),
        nn.ConvTranspose2d(wide, 1, KERNEL, stride=2, padding=1),
        nn.Flatten(),
    )
