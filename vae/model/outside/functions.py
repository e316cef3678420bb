"""A model that is two functions of somebody else's: an encoder and a decoder. NumPy only.

Symbols: B images (B, H, W, C) in [0, 1], D latent_dim.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.images.spec import Floats, ImageSpec
from vae.model import likelihood
from vae.model.config import MOST_DIMS
from vae.model.posterior import Draws, Gaussian, Point, Posterior
from vae.model.protocol import Likelihood, Networks

LOG_VAR_RANGE = (-60.0, 60.0)  # whatever an encoder says: its exponential stays finite in float32
BERNOULLI = Likelihood("bernoulli")
NEAR = 2.0**-24  # how near a mean in float32 comes to 0 or 1

Said = Posterior | ArrayLike | tuple[ArrayLike, ArrayLike]
"""What an encoder may say of B images: q(z|x), mu (B, D) alone, or mu and log_var."""


@dataclass(frozen=True)
class Functions:
    """A `vae.model.protocol.Model` of two functions.

    Arguments:
        encoder: Of images (B, H, W, C) in [0, 1].
        decoder: Of codes z (B, D): the means, (B, H, W, C) in [0, 1], or rows of as many numbers.
        image_spec: The shape of its images.
        latent_dim: Number of dimensions D of z.
        fingerprint: The key of every cache.
    """

    encoder: Callable[[Floats], Said]
    decoder: Callable[[Floats], ArrayLike]
    image_spec: ImageSpec
    latent_dim: int
    fingerprint: str

    def encode(self, images: Floats) -> Posterior:
        """q(z|x) of images (B, H, W, C).

        Raises:
            ValueError: where the encoder does not say mu (B, D), and log_var of that shape, or nothing else.
        """
        found = posterior(self.encoder(images))
        if found.mu.shape != (len(images), self.latent_dim):
            raise ValueError(
                f"the encoder gives mu of shape {found.mu.shape}, not {(len(images), self.latent_dim)}"
            )
        return found

    def decode(self, z: Floats) -> Floats:
        """E[x|z] of codes z (B, D), (B, H, W, C).

        Raises:
            ValueError: where the decoder gives another number of pixels.
        """
        means = np.asarray(self.decoder(z), np.float32)
        if means.size != len(z) * self.image_spec.size:
            raise ValueError(
                f"the decoder gives {means.shape} for {len(z)} codes, not images {self.image_spec.words}"
            )
        return means.reshape(-1, *self.image_spec.shape)


@dataclass(frozen=True)
class ScoredFunctions(Functions):
    """The same with a likelihood around the decoder's means."""

    likelihood: Likelihood = BERNOULLI

    def nll(self, images: Floats, z: Floats) -> Floats:
        """-log p(x|z) of images (K, H, W, C), or of one (1, H, W, C), for codes z (K, D), (K,) nats."""
        means, x = self.image_spec.flatten(self.decode(z)), self.image_spec.flatten(images)
        if self.likelihood.pixel_sd is None:
            logits = likelihood.logit(means.astype(np.float64).clip(NEAR, 1 - NEAR))
            terms = likelihood.bernoulli_nll(logits, x)
        else:
            terms = likelihood.gaussian_nll(means, x, 2 * float(np.log(self.likelihood.pixel_sd)))
        return terms.sum(axis=1).astype(np.float32)


@dataclass(frozen=True)
class KnownFunctions(Functions):
    """Functions whose layers are known, too, or those of the decoder: the browser runs them."""

    layers: Networks

    def networks(self) -> Networks:
        """Its layers in float16."""
        return self.layers


@dataclass(frozen=True)
class KnownScoredFunctions(ScoredFunctions):
    """Functions with a likelihood whose layers are known, too."""

    layers: Networks | None = None

    def networks(self) -> Networks:
        """Its layers in float16."""
        assert self.layers is not None
        return self.layers


def with_layers(found: Functions, layers: Networks) -> Functions:
    """The same model, which the browser may run."""
    given = found.encoder, found.decoder, found.image_spec, found.latent_dim, found.fingerprint
    if isinstance(found, ScoredFunctions):
        return KnownScoredFunctions(*given, found.likelihood, layers)
    return KnownFunctions(*given, layers)


def made(
    encoder: Callable[[Floats], Said],
    decoder: Callable[[Floats], ArrayLike],
    image_spec: ImageSpec,
    fingerprint: str,
    known: Likelihood | None = None,
) -> Functions:
    """The model of two functions; how many dimensions z has is asked of the encoder.

    Raises:
        ValueError: for more dimensions than can be explored, or where the encoder does not say mu (B, D).
    """
    found = posterior(encoder(np.zeros((1, *image_spec.shape), np.float32)))
    dims = found.mu.shape[1]
    if not 1 <= dims <= MOST_DIMS:
        raise ValueError(f"a code may have 1 to {MOST_DIMS} dimensions, the encoder gives {dims}")
    given = encoder, decoder, image_spec, dims, fingerprint
    return Functions(*given) if known is None else ScoredFunctions(*given, known)


def posterior(said: Said) -> Posterior:
    """What an encoder said, as q(z|x).

    Raises:
        ValueError: for anything but mu (B, D), and log_var of the same shape.
    """
    if isinstance(said, Gaussian | Point | Draws):
        return said
    if isinstance(said, tuple) and len(said) != 2:
        raise ValueError(f"an encoder gives mu (B, D), and log_var (B, D) of a VAE, got {len(said)} values")
    if isinstance(said, tuple):
        mu, log_var = (_rows(each) for each in said)
        if mu.shape != log_var.shape:
            raise ValueError(f"mu has shape {mu.shape}, log_var {log_var.shape}")
        return Gaussian(mu, log_var.clip(*LOG_VAR_RANGE))
    return Point(_rows(said))


def _rows(values: object) -> NDArray[np.float32]:
    array = np.asarray(values, np.float32)
    if array.ndim != 2:
        raise ValueError(f"an encoder gives mu (B, D), and log_var (B, D) of a VAE, got {array.shape}")
    return array
