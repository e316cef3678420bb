"""What a model is, in numbers and words: saved in its checkpoint, enough to build it. Nothing heavy."""

import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from vae.images.dataset import MNIST_SPEC
from vae.images.spec import ImageSpec

LOG_VAR_BOUND = 8.0  # of q(z|x), soft: log_var = 8 tanh(raw / 8)
PIXEL_LOG_VAR_RANGE = (-12.0, 4.0)  # of a learnt pixel variance
ACTIVATIONS = ("silu", "softplus", "tanh", "relu")
KERNEL = 4  # of the convolutions, with stride 2 and padding 1
MOST_WEIGHTS = 100_000_000  # 400 MB in float32

Kind = Literal["vae", "autoencoder"]
Network = Literal["mlp", "conv"]
LikelihoodName = Literal["bernoulli", "gaussian"]
Coder = Literal["encoder", "decoder"]
Shapes = dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class ModelConfig:
    """What is needed to build a model.

    An autoencoder's code is a point: it has no posterior, its loss no KL and it has no ELBO. Without hidden
    layers the decoder's mean is linear in z, which asks for a Gaussian likelihood and gives PCA's subspace
    (Baldi and Hornik, Neural networks and principal component analysis, 1989).

    A convolutional encoder halves height and width with each layer, on a canvas that is the image with zeros
    to its right and below it, up to the next multiple of what is halved; the decoder doubles and crops.

    Raises:
        ValueError: naming the first field that is out of bounds.
    """

    latent_dim: int = field(default=20, metadata={"help": "1 to 64"})
    hidden: tuple[int, ...] = field(  # from z to x
        default=(512, 512),
        metadata={
            "help": "widths of the decoder, the encoder mirrors them; "
            "channels of conv, those nearest z first; none: linear"
        },
    )
    activation: str = field(default="silu", metadata={"choices": ACTIVATIONS, "help": "between the layers"})
    likelihood: LikelihoodName = field(default="bernoulli", metadata={"help": "of a pixel around its mean"})
    beta: float = field(  # Higgins et al., beta-VAE, 2017, equation 4
        default=1.0, metadata={"help": "weight of the KL in the loss"}
    )
    samples: int = field(default=1, metadata={"help": "Monte-Carlo samples of z per image in training"})
    kind: Kind = field(default="vae", metadata={"help": "an autoencoder's code is a point"})
    network: Network = field(default="mlp", metadata={"help": "conv: convolutions that halve the image"})
    pixel_variance: float = field(
        default=0.0,
        metadata={
            "help": "of a Gaussian likelihood; 0: one for all pixels is learnt. "
            "At 0.5 the nll is the squared error plus a constant"
        },
    )
    image_spec: ImageSpec = MNIST_SPEC

    def __post_init__(self) -> None:
        layers = range(1 if self.network == "conv" else 0, 7)
        checks = {
            "latent_dim must be a whole number from 1 to 64": _whole(self.latent_dim, 1, 64),
            "network must be mlp or conv": self.network in ("mlp", "conv"),
            f"hidden must be {layers[0]} to {layers[-1]} widths from 1 to 2048": isinstance(
                self.hidden, tuple
            )
            and len(self.hidden) in layers
            and all(_whole(width, 1, 2048) for width in self.hidden),
            f"activation must be one of {', '.join(ACTIVATIONS)}": self.activation in ACTIVATIONS,
            "likelihood must be bernoulli or gaussian": self.likelihood in ("bernoulli", "gaussian"),
            "likelihood must be gaussian without hidden layers": self.likelihood == "gaussian"
            or bool(self.hidden),
            "beta must be a number from 0 to 1000": _number(self.beta) and 0 <= self.beta <= 1000,
            "samples must be a whole number from 1 to 100": _whole(self.samples, 1, 100),
            "kind must be vae or autoencoder": self.kind in ("vae", "autoencoder"),
            "pixel_variance must be a number from 0 to 100": _number(self.pixel_variance)
            and 0 <= self.pixel_variance <= 100,
        }
        for rule, holds in checks.items():
            if not holds:
                raise ValueError(f"{rule}, got {getattr(self, rule.split()[0])!r}")
        count = sum(math.prod(shape) for shape in tensor_shapes(self).values())
        if count > MOST_WEIGHTS:
            raise ValueError(f"a model may have {MOST_WEIGHTS:,} weights, this one would have {count:,}")

    @property
    def code_outputs(self) -> int:
        """Numbers that the encoder gives for an image: mu, and raw (see `LOG_VAR_BOUND`) where it has it."""
        return self.latent_dim if self.kind == "autoencoder" else 2 * self.latent_dim

    @property
    def deepest(self) -> tuple[int, int]:
        """Height and width of the feature maps nearest z in a convolutional network."""
        halvings = 2 ** len(self.hidden)
        return -(-self.image_spec.height // halvings), -(-self.image_spec.width // halvings)

    @property
    def canvas(self) -> tuple[int, int]:
        """Height and width that a convolutional network pads an image to."""
        height, width = self.deepest
        return height << len(self.hidden), width << len(self.hidden)

    @property
    def learns_pixel_variance(self) -> bool:
        """Whether the variance of the pixels is a weight of the model."""
        return self.likelihood == "gaussian" and self.pixel_variance == 0


def layer_names(config: ModelConfig, coder: Coder) -> list[str]:
    """Names of the layers with weights, first layer first, as `torch.nn.Sequential` gives them."""
    count = len(config.hidden)
    if config.network == "mlp":
        places = list(range(0, 2 * count + 1, 2))  # an activation follows each layer
    elif coder == "encoder":
        places = [*range(1, 2 * count, 2), 2 * count + 2]  # to the canvas; convolutions; flattened
    else:
        places = [0, *range(3, 2 * count + 2, 2)]  # a linear layer, unflattened; convolutions
    return [f"{coder}.{place}" for place in places]


def tensor_shapes(config: ModelConfig) -> Shapes:
    """Names and shapes of a model's tensors, those of `vae.training.vae.VAE`'s state."""
    weights = _conv_weights(config) if config.network == "conv" else _mlp_weights(config)
    shapes: Shapes = {}
    for coder in ("encoder", "decoder"):
        for name, (weight, outputs) in zip(layer_names(config, coder), weights[coder], strict=True):
            shapes |= {f"{name}.weight": weight, f"{name}.bias": (outputs,)}
    return shapes | ({"pixel_log_var": ()} if config.learns_pixel_variance else {})


_Weights = dict[Coder, list[tuple[tuple[int, ...], int]]]  # shape of each layer's weight, and its outputs


def _mlp_weights(config: ModelConfig) -> _Weights:
    size = config.image_spec.size
    encoder = (size, *reversed(config.hidden), config.code_outputs)
    decoder = (config.latent_dim, *config.hidden, size)
    return {
        "encoder": [((outputs, inputs), outputs) for inputs, outputs in pairwise(encoder)],
        "decoder": [((outputs, inputs), outputs) for inputs, outputs in pairwise(decoder)],
    }


def _conv_weights(config: ModelConfig) -> _Weights:
    flat, channels = (
        config.hidden[0] * math.prod(config.deepest),
        (*config.hidden, config.image_spec.channels),
    )
    layers = list(pairwise(channels))  # each from the map nearer to z to the next one
    kernel = (KERNEL, KERNEL)
    return {
        "encoder": [
            *(((deep, wide, *kernel), deep) for deep, wide in reversed(layers)),
            ((config.code_outputs, flat), config.code_outputs),
        ],
        "decoder": [
            ((flat, config.latent_dim), flat),
            *(((deep, wide, *kernel), wide) for deep, wide in layers),
        ],
    }


def _whole(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
