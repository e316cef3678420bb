"""Network bodies: multilayer perceptrons, convolutional encoder and decoder.

Symbols: B images as rows (B, H W C), their channels last, D latent_dim. Inside, channels come first.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vae.images.spec import ImageSpec
from vae.model.config import KERNEL, SMALL_KERNEL, Coder, ModelConfig

LAYERS = nn.Linear, nn.Conv2d, nn.ConvTranspose2d
DARKEST = 2e-3  # of the mean image, with which a decoder begins
ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "silu": nn.SiLU,
    "softplus": nn.Softplus,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
}


def coder_of(config: ModelConfig, coder: Coder) -> nn.Sequential:
    """The encoder, (B, H W C) -> (B, outputs), or the decoder, (B, D) -> (B, H W C)."""
    if config.network == "mlp":
        return mlp(config.widths(coder), config.activation_of(coder))
    return CONVOLUTIONAL[config.network, coder](config)


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


class Residual(nn.Module):
    """x + conv(act(conv(act(x)))) of maps (B, C, H, W); at first the identity.

    Source: He et al., Identity Mappings in Deep Residual Networks (2016), without normalisation.
    """

    def __init__(self, channels: int, activation: str) -> None:
        super().__init__()
        act = ACTIVATIONS[activation]
        first, last = (nn.Conv2d(channels, channels, SMALL_KERNEL, padding=1) for _ in range(2))
        for weight in last.parameters():
            nn.init.zeros_(weight)
        self.body = nn.Sequential(act(), first, act(), last)

    def forward(self, maps: Tensor) -> Tensor:
        """As the class says."""
        return maps + self.body(maps)


def residual_encoder(config: ModelConfig) -> nn.Sequential:
    """As `conv_encoder`, with k residual blocks after the k-th convolution and a dense layer at the end."""
    act, (wide, *channels) = ACTIVATIONS[config.activation], config.hidden
    layers: list[nn.Module] = [ToCanvas(config.image_spec, config.canvas)]
    for k, (outer, inner) in enumerate(pairwise((config.image_spec.channels, *reversed(channels))), 1):
        layers += [nn.Conv2d(outer, inner, KERNEL, stride=2, padding=1)]
        layers += [*(Residual(inner, config.activation) for _ in range(k)), act()]
    flat = channels[0] * math.prod(config.deepest)
    layers += [nn.Flatten(), nn.Linear(flat, wide), act(), nn.Linear(wide, config.code_outputs)]
    return nn.Sequential(*layers)


def residual_decoder(config: ModelConfig) -> nn.Sequential:
    """The mirror image of `residual_encoder`: (B, D) -> (B, H W C)."""
    act, (wide, *channels) = ACTIVATIONS[config.activation], config.hidden
    deepest = (channels[0], *config.deepest)
    layers: list[nn.Module] = [nn.Linear(config.latent_dim, wide), act()]
    layers += [nn.Linear(wide, math.prod(deepest)), nn.Unflatten(1, deepest)]
    for k, (inner, outer) in enumerate(pairwise((*channels, config.image_spec.channels))):
        layers += [*(Residual(inner, config.activation) for _ in range(len(channels) - k)), act()]
        layers += [nn.ConvTranspose2d(inner, outer, KERNEL, stride=2, padding=1)]
    return nn.Sequential(*layers, FromCanvas(config.image_spec))


def draw_xavier(module: nn.Module) -> None:
    """Draw the weights of a layer anew, Xavier-uniform, and set its biases to 0 (Glorot and Bengio, 2010)."""
    if isinstance(module, LAYERS):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


@torch.no_grad()
def centre(decoder: nn.Sequential, mean: Tensor, config: ModelConfig) -> None:
    """Let a fresh decoder begin with the mean image (H W C), instead of a grey one that it must unlearn.

    The biases of a convolution are those of the channels alone.
    """
    bias = [layer for layer in decoder if isinstance(layer, LAYERS)][-1].bias
    assert bias is not None
    if len(bias) != len(mean):
        mean = mean.view(-1, config.image_spec.channels).mean(dim=0)
    bias.copy_(mean.clamp(DARKEST, 1 - DARKEST).logit() if config.hidden else mean)


CONVOLUTIONAL: dict[tuple[str, Coder], Callable[[ModelConfig], nn.Sequential]] = {
    ("conv", "encoder"): conv_encoder,
    ("conv", "decoder"): conv_decoder,
    ("residual", "encoder"): residual_encoder,
    ("residual", "decoder"): residual_decoder,
}
