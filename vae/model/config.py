"""What a model is, in numbers and words: saved in its checkpoint, enough to build it. Nothing heavy."""

import math
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal, get_args

from vae.images.dataset import MNIST_SPEC
from vae.images.spec import ImageSpec

PIXEL_LOG_VAR_RANGE = (-12.0, 4.0)  # of a learnt pixel variance
ACTIVATIONS = ("silu", "softplus", "tanh", "relu")
KERNEL = 4  # of the convolutions that halve or double, with stride 2 and padding 1
SMALL_KERNEL = 3  # of those in a residual block, with stride 1 and padding 1
NOISE_WIDTH = 32  # of the hidden layers of avb's functions of noise
MOST_WEIGHTS = 100_000_000  # 400 MB in float32
MOST_DIMS = 128  # of z

Kind = Literal["vae", "autoencoder", "avb"]
Network = Literal["mlp", "conv", "residual"]
LikelihoodName = Literal["bernoulli", "gaussian"]
NoiseScale = Literal["shared", "dimension"]
Coder = Literal["encoder", "decoder"]
LayerKind = Literal["dense", "halving", "doubling", "opening", "closing"]
"""`halving` and `doubling` the sides of feature maps; `opening` and `closing` a residual block."""
Shapes = dict[str, tuple[int, ...]]
Size = tuple[int, int]  # height and width


@dataclass(frozen=True)
class ModelConfig:
    """What is needed to build a model.

    An autoencoder's code is a point: it has no posterior, its loss no KL and it has no ELBO. The encoder of
    avb gives draws from an implicit posterior, see `implicit_shapes`. Without hidden
    layers the decoder's mean is linear in z, which asks for a Gaussian likelihood and gives PCA's subspace
    (Baldi and Hornik, Neural networks and principal component analysis, 1989).

    A convolutional encoder halves height and width with each layer, on a canvas that is the image with zeros
    to its right and below it, up to the next multiple of what is halved; the decoder doubles and crops.

    Raises:
        ValueError: naming the first field that is out of bounds.
    """

    latent_dim: int = field(default=20, metadata={"help": "1 to 128"})
    hidden: tuple[int, ...] = field(  # from z to x
        default=(512, 512),
        metadata={
            "help": "widths of the decoder, the encoder mirrors them; "
            "channels of conv, those nearest z first; of residual the width of a dense layer and "
            "then channels; none: linear"
        },
    )
    activation: str = field(default="silu", metadata={"choices": ACTIVATIONS, "help": "between the layers"})
    likelihood: LikelihoodName = field(default="bernoulli", metadata={"help": "of a pixel around its mean"})
    beta: float = field(  # Higgins et al., beta-VAE, 2017, equation 4
        default=1.0, metadata={"help": "weight of the KL in the loss"}
    )
    samples: int = field(default=1, metadata={"help": "Monte-Carlo samples of z per image in training"})
    kind: Kind = field(default="vae", metadata={"help": "an autoencoder's code is a point"})
    network: Network = field(
        default="mlp",
        metadata={"help": "conv: convolutions that halve the image; residual: with residual blocks"},
    )
    pixel_variance: float = field(
        default=0.0,
        metadata={
            "help": "of a Gaussian likelihood; 0: one for all pixels is learnt. "
            "At 0.5 the nll is the squared error plus a constant"
        },
    )
    encoder_hidden: tuple[int, ...] = field(
        default=(), metadata={"help": "widths of an mlp's encoder from x to z, where it is no mirror image"}
    )
    encoder_activation: str = field(
        default="", metadata={"choices": ("", *ACTIVATIONS), "help": "of an mlp's encoder, where another one"}
    )
    log_var_bound: float = field(
        default=8.0, metadata={"help": "of q(z|x), soft: log_var = bound tanh(raw / bound), 1 to 16"}
    )
    log_var_max: float = field(
        default=16.0,
        metadata={"help": "of q(z|x), hard, 0 to 16: no code of an odd image is far wider than the prior"},
    )
    noise_bases: int = field(
        default=8, metadata={"help": "functions of noise whose weighted sum is a draw of avb, 1 to 64"}
    )
    noise_dim: int = field(default=8, metadata={"help": "random numbers that each of them takes, 1 to 64"})
    noise_scale: NoiseScale = field(
        default="shared",
        metadata={
            "help": "whether an image weights each of avb's functions as a whole, or its every dimension as "
            "in the paper"
        },
    )
    image_spec: ImageSpec = MNIST_SPEC

    def __post_init__(self) -> None:
        layers = range({"conv": 1, "residual": 2}.get(self.network, 0), 7)
        checks = {
            f"latent_dim must be a whole number from 1 to {MOST_DIMS}": _whole(self.latent_dim, 1, MOST_DIMS),
            "network must be mlp, conv or residual": self.network in get_args(Network),
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
            "samples must be a whole number from 1 to 100, 1 of avb": _whole(self.samples, 1, 100)
            and (self.kind != "avb" or self.samples == 1),
            "kind must be vae, autoencoder or avb": self.kind in get_args(Kind),
            "noise_bases must be a whole number from 1 to 64": _whole(self.noise_bases, 1, 64),
            "noise_dim must be a whole number from 1 to 64": _whole(self.noise_dim, 1, 64),
            "noise_scale must be shared or dimension": self.noise_scale in get_args(NoiseScale),
            "encoder_hidden must be up to 6 widths from 1 to 2048, of an mlp only": isinstance(
                self.encoder_hidden, tuple
            )
            and len(self.encoder_hidden) <= 6
            and all(_whole(width, 1, 2048) for width in self.encoder_hidden)
            and (self.network == "mlp" or not self.encoder_hidden),
            f"encoder_activation must be one of {', '.join(ACTIVATIONS)}, of an mlp only": (
                self.encoder_activation in ("", *ACTIVATIONS)
                and (self.network == "mlp" or not self.encoder_activation)
            ),
            "log_var_bound must be a number from 1 to 16": _number(self.log_var_bound)
            and 1 <= self.log_var_bound <= 16,
            "log_var_max must be a number from 0 to 16": _number(self.log_var_max)
            and 0 <= self.log_var_max <= 16,
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
        """Numbers that the encoder gives for an image: mu, and raw (see `log_var_bound`) where it has it.

        Of avb the centre of the draws, and the raw weights of the functions of noise.
        """
        scales = self.noise_bases * (self.latent_dim if self.noise_scale == "dimension" else 1)
        return self.latent_dim + {"vae": self.latent_dim, "autoencoder": 0, "avb": scales}[self.kind]

    @property
    def halvings(self) -> int:
        """How often a convolutional network halves the height and width of an image."""
        return len(self.hidden) - (self.network == "residual")

    @property
    def deepest(self) -> Size:
        """Height and width of the feature maps nearest z in a convolutional network."""
        halvings = 2**self.halvings
        return -(-self.image_spec.height // halvings), -(-self.image_spec.width // halvings)

    @property
    def canvas(self) -> Size:
        """Height and width that a convolutional network pads an image to."""
        height, width = self.deepest
        return height << self.halvings, width << self.halvings

    def activation_of(self, coder: Coder) -> str:
        """The activation between the layers of the encoder or decoder."""
        return self.encoder_activation or self.activation if coder == "encoder" else self.activation

    def widths(self, coder: Coder) -> tuple[int, ...]:
        """Of the layers of a multilayer perceptron, its inputs first and its outputs last."""
        if coder == "decoder":
            return self.latent_dim, *self.hidden, self.image_spec.size
        between = self.encoder_hidden or tuple(reversed(self.hidden))
        return self.image_spec.size, *between, self.code_outputs

    @property
    def learns_pixel_variance(self) -> bool:
        """Whether the variance of the pixels is a weight of the model."""
        return self.likelihood == "gaussian" and self.pixel_variance == 0


@dataclass(frozen=True)
class Layer:
    """A linear layer or a convolution.

    Arguments:
        name: Of its weight and bias, as `torch.nn.Sequential` names them.
        kind: What sort of layer.
        shape: Of its weight, as torch has it.
        outputs: How many it has, of a convolution the channels.
        size: Height and width of the feature maps that it gives, None where it gives a row of numbers.
    """

    name: str
    kind: LayerKind
    shape: tuple[int, ...]
    outputs: int
    size: Size | None = None


def layers(config: ModelConfig, coder: Coder) -> list[Layer]:
    """The layers with weights, first layer first.

    An activation comes before each of them but the first. The two of a residual block, with the activations
    before them, give what is added to what comes into the block.
    """
    build = {"mlp": _mlp_layers, "conv": _conv_layers, "residual": _residual_layers}[config.network]
    return [replace(layer, name=f"{coder}.{layer.name}") for layer in build(config, coder)]


def tensor_shapes(config: ModelConfig) -> Shapes:
    """Names and shapes of a model's tensors, those of `vae.training.vae.VAE`'s state."""
    shapes: Shapes = {}
    for coder in get_args(Coder):
        for layer in layers(config, coder):
            shapes |= {f"{layer.name}.weight": layer.shape, f"{layer.name}.bias": (layer.outputs,)}
    shapes |= implicit_shapes(config) if config.kind == "avb" else {}
    return shapes | ({"pixel_log_var": ()} if config.learns_pixel_variance else {})


def implicit_shapes(config: ModelConfig) -> Shapes:
    """Of the tensors of avb's functions of noise, v_i: three layers with the activation between, each.

    z = centre + sum_i softplus(raw_i - 1) v_i(eps_i), eps_i ~ N(0, I): centre (D,) and raw_i are the
    encoder's; raw_i is (D,) or one number, see `noise_scale`.
    Source: Mescheder, Nowozin and Geiger, Adversarial Variational Bayes (2017), its models of MNIST.
    """
    shapes: Shapes = {}
    for k, (inputs, outputs) in enumerate(
        pairwise((config.noise_dim, NOISE_WIDTH, NOISE_WIDTH, config.latent_dim))
    ):
        shapes[f"noise.weights.{k}"] = (config.noise_bases, inputs, outputs)
        shapes[f"noise.biases.{k}"] = (config.noise_bases, 1, outputs)
    return shapes


def _mlp_layers(config: ModelConfig, coder: Coder) -> list[Layer]:
    """An activation follows each layer."""
    widths = config.widths(coder)
    return [_dense(2 * k, *each) for k, each in enumerate(pairwise(widths))]


def _conv_layers(config: ModelConfig, coder: Coder) -> list[Layer]:
    flat = config.hidden[0] * math.prod(config.deepest)
    maps = list(pairwise((*config.hidden, config.image_spec.channels)))  # from that nearer to z to the next
    if coder == "encoder":  # to the canvas; convolutions; flattened
        sizes = [_size(config, len(maps) - 1 - k) for k in range(len(maps))]
        halvings = [_halving(1 + 2 * k, *each, sizes[k]) for k, each in enumerate(reversed(maps))]
        return [*halvings, _dense(2 * len(maps) + 2, flat, config.code_outputs)]
    doublings = [_doubling(3 + 2 * k, *each, _size(config, k + 1)) for k, each in enumerate(maps)]
    return [_dense(0, config.latent_dim, flat, config.deepest), *doublings]  # unflattened between


def _residual_layers(config: ModelConfig, coder: Coder) -> list[Layer]:
    """k blocks beside the k-th halving, counted from the image."""
    wide, *channels = config.hidden
    flat = channels[0] * math.prod(config.deepest)
    maps = list(pairwise((*channels, config.image_spec.channels)))
    found: list[Layer] = []
    if coder == "encoder":
        place = 1
        for k, (inner, outer) in enumerate(reversed(maps), 1):
            size = _size(config, len(maps) - k)
            found.append(_halving(place, inner, outer, size))
            found += _blocks(range(place + 1, place + 1 + k), inner, size)
            place += k + 2
        return [*found, _dense(place + 1, flat, wide), _dense(place + 3, wide, config.code_outputs)]
    found, place = [_dense(0, config.latent_dim, wide), _dense(2, wide, flat, config.deepest)], 4
    for k, (inner, outer) in zip(range(len(maps), 0, -1), maps, strict=True):
        found += _blocks(range(place, place + k), inner, _size(config, len(maps) - k))
        found.append(_doubling(place + k + 1, inner, outer, _size(config, len(maps) - k + 1)))
        place += k + 2
    return found


def _size(config: ModelConfig, doublings: int) -> Size:
    """Height and width of the maps that lie so many doublings from those nearest z."""
    height, width = config.deepest
    return height << doublings, width << doublings


def _dense(place: int, inputs: int, outputs: int, size: Size | None = None) -> Layer:
    """With a size its outputs are feature maps, a channel after the other."""
    return Layer(str(place), "dense", (outputs, inputs), outputs, size)


def _halving(place: int, inner: int, outer: int, size: Size) -> Layer:
    """A convolution from `outer` to `inner` channels."""
    return Layer(str(place), "halving", (inner, outer, KERNEL, KERNEL), inner, size)


def _doubling(place: int, inner: int, outer: int, size: Size) -> Layer:
    """A transposed convolution from `inner` to `outer` channels."""
    return Layer(str(place), "doubling", (inner, outer, KERNEL, KERNEL), outer, size)


def _blocks(places: range, channels: int, size: Size) -> list[Layer]:
    """Residual blocks, two convolutions each."""
    shape = (channels, channels, SMALL_KERNEL, SMALL_KERNEL)
    pair: tuple[tuple[int, LayerKind], ...] = ((1, "opening"), (3, "closing"))
    return [Layer(f"{k}.body.{part}", kind, shape, channels, size) for k in places for part, kind in pair]


def _whole(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
