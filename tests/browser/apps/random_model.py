"""A model with random weights, and its networks in NumPy: the oracle for those in the browser."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vae import explorer
from vae.explorer import Explorer
from vae.images import sets
from vae.images.spec import ImageSpec
from vae.model.codes import Codes
from vae.model.posterior import Gaussian
from vae.model.protocol import Layer, Networks

Floats = NDArray[np.float64]

TEST_IMAGES, SPACING = 300, 1.5
ACTIVATIONS: dict[str, Callable[[Floats], Floats]] = {
    "silu": lambda v: v / (1 + np.exp(-v)),
    "softplus": lambda v: np.logaddexp(0, v),
    "tanh": np.tanh,
    "relu": lambda v: np.maximum(v, 0),
}


@dataclass(frozen=True)
class RandomModel:
    """Its layers, and what they compute, in float64; `explorer` is what the live views are given."""

    seed: int = 0
    latent_dim: int = 2
    hidden: tuple[int, ...] = (512, 512)
    activation: str = "silu"

    @cached_property
    def explorer(self) -> Explorer:
        """The same as an explorer, of MNIST."""
        found = explorer.explore(AsModel(self), self.fingerprint, sets.dataset("mnist"), self.codes())
        found.kl_per_dim, found.spacing = self.kl_per_dim(), SPACING
        return found

    @property
    def fingerprint(self) -> str:
        return f"random-{self.seed}-{self.latent_dim}-{self.activation}-{'-'.join(map(str, self.hidden))}"

    @cached_property
    def _decoder(self) -> list[Layer]:
        return self._layers((self.latent_dim, *self.hidden, 784), gain=3.0)

    @cached_property
    def _encoder(self) -> list[Layer]:
        return self._layers((784, *self.hidden, 2 * self.latent_dim), gain=2.5)

    def _layers(self, sizes: tuple[int, ...], gain: float) -> list[Layer]:
        rng = np.random.default_rng([self.seed, *sizes])
        shapes = zip(sizes[1:], sizes[:-1], strict=True)
        return [
            (
                (gain * rng.standard_normal(shape) / np.sqrt(shape[1])).astype(np.float16),
                (0.1 * rng.standard_normal(shape[0])).astype(np.float16),
            )
            for shape in shapes
        ]

    def decoder_layers(self) -> list[Layer]:
        return self._decoder

    def encoder_layers(self) -> list[Layer]:
        return self._encoder

    def class_means(self) -> NDArray[np.float32]:
        return np.random.default_rng(self.seed).standard_normal((10, self.latent_dim), np.float32)

    def kl_per_dim(self) -> NDArray[np.float32]:
        """Positive, and zero (inactive) for every seventh dimension."""
        kl = np.random.default_rng(self.seed).uniform(0.3, 2.0, self.latent_dim).astype(np.float32)
        kl[6::7] = 0
        return kl

    def codes(self) -> Codes:
        """Codes of test images; all other terms are zero."""
        mu, labels = self.points(TEST_IMAGES)
        nothing = np.zeros((TEST_IMAGES, self.latent_dim), np.float32)
        return Codes(mu.astype(np.float32), nothing, labels, nothing[:, 0], nothing[:, 0])

    def points(self, count: int) -> tuple[Floats, NDArray[np.int64]]:
        """Points (N, D) around the class means, and their labels (N,)."""
        rng = np.random.default_rng(self.seed)
        labels = rng.integers(0, 10, count)
        return self.class_means()[labels] + 0.4 * rng.standard_normal((count, self.latent_dim)), labels

    def decode(self, z: Floats) -> Floats:
        """Images (N, 784) of codes (N, D), in float64."""
        return 1 / (1 + np.exp(-self._run(self._decoder, z)))

    def encode(self, x: Floats) -> tuple[Floats, Floats]:
        """Mean and log variance, (N, D) each, of images (N, 784), in float64."""
        mu, raw = np.split(self._run(self._encoder, x), 2, axis=1)
        return mu, 8 * np.tanh(raw / 8)

    def _run(self, layers: list[Layer], values: Floats) -> Floats:
        for k, (weight, bias) in enumerate(layers):
            values = values @ weight.astype(float).T + bias.astype(float)
            if k < len(layers) - 1:
                values = ACTIVATIONS[self.activation](values)
        return values


@dataclass(frozen=True)
class AsModel:
    """The random model as `vae.model.protocol` has models."""

    random: RandomModel

    @property
    def fingerprint(self) -> str:
        return self.random.fingerprint

    @property
    def image_spec(self) -> ImageSpec:
        return ImageSpec(28, 28, 1)

    @property
    def latent_dim(self) -> int:
        return self.random.latent_dim

    def encode(self, images: NDArray[np.float32]) -> Gaussian:
        mu, log_var = self.random.encode(self.image_spec.flatten(images).astype(float))
        return Gaussian(mu.astype(np.float32), log_var.astype(np.float32))

    def decode(self, z: NDArray[np.float32]) -> NDArray[np.float32]:
        return self.image_spec.unflatten(self.random.decode(z.astype(float)).astype(np.float32))

    def networks(self) -> Networks:
        layers = self.random.encoder_layers(), self.random.decoder_layers()
        activation = self.random.activation
        return Networks(*layers, activation, activation, "sigmoid", log_var_bound=8.0, log_var_max=16.0)
