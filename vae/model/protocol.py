"""What a model must offer to be explored, and what it may offer beyond that. NumPy only.

Symbols: B images (B, H, W, C) in [0, 1], D latent_dim, K codes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from vae.images.spec import ImageSpec
from vae.model.posterior import Posterior

Floats = NDArray[np.float32]
Layer = tuple[NDArray[np.float16], NDArray[np.float16]]
"""Weight and bias, (out, in) and (out,); of a convolution (out, in, 4, 4), transposed (in, out, 4, 4).

Two that follow each other with (out, out, 3, 3) are a residual block, x + conv(act(conv(act(x)))).
"""

Ability = Literal[
    "posterior",
    "gaussian",
    "likelihood",
    "gradient",
    "browser",
    "encoder",
    "plane",
    "labels",
    "history",
]
"""What a page may ask of a model.

posterior   encoding is not a point: it can be repeated
gaussian    q(z|x) has a density, N(mu, diag(sd²)), and the ELBO a closed KL
likelihood  -log p(x|z) in nats
gradient    that of log p(x|z) in z
browser     a decoder that the browser may run; without it the server decodes
encoder     an encoder that it may run, too
plane       z has two dimensions
labels      test images have classes with names
history     how the terms of the loss fell while it was trained
"""


@runtime_checkable
class Model(Protocol):
    """What every explorable model offers; read-only, so that threads may share it."""

    @property
    def fingerprint(self) -> str:
        """Hash over all that decides what the model does: the key of every cache."""

    @property
    def image_spec(self) -> ImageSpec:
        """Height, width and channels of its images."""

    @property
    def latent_dim(self) -> int:
        """Number of dimensions D of z."""

    def encode(self, images: Floats) -> Posterior:
        """q(z|x) of any number of images (B, H, W, C) in [0, 1], none among them."""

    def decode(self, z: Floats) -> Floats:
        """E[x|z] of any number of codes z (B, D): images (B, H, W, C)."""


@dataclass(frozen=True)
class Likelihood:
    """p(x|z): `bernoulli`, or `gaussian` with the standard deviation of a pixel around its mean."""

    name: Literal["bernoulli", "gaussian"]
    pixel_sd: float | None = None


@runtime_checkable
class Scores(Protocol):
    """A model with a likelihood."""

    @property
    def likelihood(self) -> Likelihood:
        """The distribution of a pixel around its mean."""

    def nll(self, images: Floats, z: Floats) -> Floats:
        """-log p(x|z) of images (K, H, W, C), or of one (1, H, W, C), for codes z (K, D), (K,) nats."""


@runtime_checkable
class HasGradient(Protocol):
    """A model that can be searched by gradients."""

    def log_likelihood_gradient(self, images: Floats, z: Floats) -> Floats:
        """Gradient in z of log p(x|z), (K, D) nats per prior standard deviation; arguments as of `nll`."""


@dataclass(frozen=True)
class Setting:
    """How a layer of a decoder that was not built here is computed.

    Arguments:
        activation: What comes before it: of `numpy_layers.ACTIVATIONS`, `leaky`, `elu` or `identity`.
        slope: Of `leaky` below zero; of `elu` what it falls to.
        size: Height and width of the feature maps that it gives, None where it gives a row of numbers.
        stride: Of a transposed convolution, (in, out, k, k).
        padding: How many rows and columns of its outputs are cut off, at the top and at the left.
    """

    activation: str = "identity"
    slope: float = 0.0
    size: tuple[int, int] | None = None
    stride: int = 1
    padding: int = 0


@dataclass(frozen=True)
class Networks:
    """The weights of a model that the browser may run, first layer first.

    The encoder leads to mu and, of a Gaussian q(z|x), to raw, where log_var = bound * tanh(raw / bound), at
    most max; the decoder to the logits of the mean or, where `mean` is `linear`, to the mean itself.

    The encoder of an implicit q(z|x) leads to centre (D,) and raw (I, D), its draws (S, D) are the sum of
    softplus(raw - 1) noise over I, and centre.

    Where the decoder alone is known the encoder has no layers. One that was not built here has `settings`,
    one for each layer, in the place of `decoder_activation`.
    """

    encoder: Sequence[Layer]
    decoder: Sequence[Layer]
    encoder_activation: str  # silu, softplus, tanh or relu
    decoder_activation: str
    mean: Literal["sigmoid", "linear"]
    log_var_bound: float
    log_var_max: float
    noise: Floats | None = None  # (I, S, D), of an implicit q(z|x)
    settings: Sequence[Setting] = ()


@runtime_checkable
class RunsInBrowser(Protocol):
    """A model whose networks are known, layer by layer."""

    def networks(self) -> Networks:
        """Its layers in float16, as PyTorch has them."""
