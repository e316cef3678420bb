"""What a model is, in numbers and words: saved in its checkpoint, enough to build it. Nothing heavy."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from vae.images.spec import ImageSpec

MNIST_LIKE = ImageSpec(28, 28, 1)
IMAGE_SIDE = 28
PIXELS = IMAGE_SIDE**2
LOG_VAR_BOUND = 8.0  # of q(z|x), soft: log_var = 8 tanh(raw / 8)
PIXEL_LOG_VAR_RANGE = (-12.0, 4.0)  # of a learnt pixel variance
ACTIVATIONS = ("silu", "softplus", "tanh", "relu")
CONV_SIDE = IMAGE_SIDE // 4  # of the feature maps nearest z in a convolutional network
KERNEL = 4  # of its convolutions, with stride 2 and padding 1

Kind = Literal["vae", "autoencoder"]
Network = Literal["mlp", "conv"]
LikelihoodName = Literal["bernoulli", "gaussian"]
Shapes = dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class ModelConfig:
    """What is needed to build a model.

    An autoencoder's code is a point: it has no posterior, its loss no KL and it has no ELBO. Without hidden
    layers the decoder's mean is linear in z, which asks for a Gaussian likelihood and gives PCA's subspace
    (Baldi and Hornik, Neural networks and principal component analysis, 1989).

    Raises:
        ValueError: naming the first field that is out of bounds.
    """

    latent_dim: int = 20
    hidden: tuple[int, ...] = (512, 512)  # from z to x; the encoder mirrors them. Widths, or conv's channels
    activation: str = "silu"
    likelihood: LikelihoodName = "bernoulli"
    beta: float = 1.0  # weight of the KL in the loss (Higgins et al., beta-VAE, 2017, equation 4)
    samples: int = 1  # Monte-Carlo samples of z per image in training
    kind: Kind = "vae"
    network: Network = "mlp"
    pixel_variance: float = 0.0  # of a Gaussian likelihood; 0: one for all pixels is learnt
    image_spec: ImageSpec = MNIST_LIKE

    def __post_init__(self) -> None:
        widths = range(2, 3) if self.network == "conv" else range(7)
        checks = {
            "latent_dim must be a whole number from 1 to 64": _whole(self.latent_dim, 1, 64),
            "network must be mlp or conv": self.network in ("mlp", "conv"),
            "hidden must be 0 to 6 widths from 1 to 2048, 2 for conv": isinstance(self.hidden, tuple)
            and len(self.hidden) in widths
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

    @property
    def code_outputs(self) -> int:
        """Numbers that the encoder gives for an image: mu, and raw (see `LOG_VAR_BOUND`) where it has it."""
        return self.latent_dim if self.kind == "autoencoder" else 2 * self.latent_dim

    @property
    def learns_pixel_variance(self) -> bool:
        """Whether the variance of the pixels is a weight of the model."""
        return self.likelihood == "gaussian" and self.pixel_variance == 0


def tensor_shapes(config: ModelConfig) -> Shapes:
    """Names and shapes of a model's tensors, those of `vae.training.vae.VAE`'s state."""
    shapes = _conv_shapes(config) if config.network == "conv" else _mlp_shapes(config)
    return shapes | ({"pixel_log_var": ()} if config.learns_pixel_variance else {})


def _mlp_shapes(config: ModelConfig) -> Shapes:
    encoder = (PIXELS, *reversed(config.hidden), config.code_outputs)
    decoder = (config.latent_dim, *config.hidden, PIXELS)
    shapes: Shapes = {}
    for name, sizes in (("encoder", encoder), ("decoder", decoder)):
        for k, (inputs, outputs) in enumerate(pairwise(sizes)):  # an activation follows each layer
            shapes |= _layer(f"{name}.{2 * k}", (outputs, inputs), outputs)
    return shapes


def _conv_shapes(config: ModelConfig) -> Shapes:
    deep, wide = config.hidden
    flat = deep * CONV_SIDE**2
    return {
        **_layer("encoder.1", (wide, 1, KERNEL, KERNEL), wide),
        **_layer("encoder.3", (deep, wide, KERNEL, KERNEL), deep),
        **_layer("encoder.6", (config.code_outputs, flat), config.code_outputs),
        **_layer("decoder.0", (flat, config.latent_dim), flat),
        **_layer("decoder.3", (deep, wide, KERNEL, KERNEL), wide),
        **_layer("decoder.5", (wide, 1, KERNEL, KERNEL), 1),
    }


def _layer(name: str, weight: tuple[int, ...], outputs: int) -> Shapes:
    return {f"{name}.weight": weight, f"{name}.bias": (outputs,)}


def _whole(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
