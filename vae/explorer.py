"""The facade of the package: trained models by name, NumPy in and NumPy out.

    from vae import explorer

    model = explorer.load("mnist-vae-2d")
    mu, log_var = model.encode(images)      # images (N, 28, 28) in [0, 1]
    pictures = model.decode([[0.0, 1.0]])   # (1, 28, 28)

An input of a wrong shape or range raises ValueError with one sentence.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.images import sets
from vae.images.spec import IMAGE_SIDE, PIXELS
from vae.latent import neighbours, paths
from vae.latent.neighbours import Reading
from vae.model import checkpoint, codes
from vae.model.checkpoint import CheckpointError, model_names
from vae.model.codes import Codes
from vae.model.config import ModelConfig
from vae.model.numpy_vae import NumpyModel

__all__ = ["CheckpointError", "Codes", "Evaluation", "Explorer", "Layer", "load", "model_names"]

Floats = NDArray[np.float32]
BATCH, SAMPLES = 1000, 10  # images at a time; draws of z per image in the ELBO's terms
FARTHEST = 1e6  # prior standard deviations; beyond, float32 activations could overflow to NaN
Layer = tuple[NDArray[np.float16], NDArray[np.float16]]
"""Weight and bias, (out, in) and (out,); of a convolution (out, in, 4, 4), transposed (in, out, 4, 4)."""


@dataclass(frozen=True)
class Evaluation:
    """The terms of the ELBO of N images, nats per image. An autoencoder has no ELBO: NaN, and a KL of 0."""

    nll: Floats  # (N,)
    kl_per_dim: Floats  # (N, D)
    has_posterior: bool

    @property
    def kl(self) -> Floats:
        """KL(q(z|x) || p(z)), (N,) nats per image."""
        return self.kl_per_dim.sum(axis=1)

    @property
    def elbo(self) -> Floats:
        """Evidence lower bound, (N,) nats per image, higher is better."""
        return -(self.nll + self.kl) if self.has_posterior else np.full_like(self.nll, np.nan)


class Explorer:
    """A trained model and what ships with it. Read-only, so that threads may share it."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self._path = path
        read = checkpoint.load(path)
        self._description, self.fingerprint = read.description, read.fingerprint
        self._model = NumpyModel(read.description.config, read.weights)

    @property
    def networks(self) -> NumpyModel:
        """The networks themselves, for what needs their gradients."""
        return self._model

    @property
    def config(self) -> ModelConfig:
        """What the model is."""
        return self._model.config

    @property
    def has_posterior(self) -> bool:
        """Whether q(z|x) is a distribution, not a point: a VAE, not an autoencoder."""
        return self.config.kind == "vae"

    @property
    def latent_dim(self) -> int:
        """Number of dimensions D of z."""
        return self.config.latent_dim

    @property
    def likelihood(self) -> str:
        """`bernoulli` or `gaussian`."""
        return self.config.likelihood

    @property
    def activation(self) -> str:
        """Name of the activation between the layers."""
        return self.config.activation

    @property
    def dataset(self) -> str:
        """Name of the data set that the model was trained on."""
        return self._description.dataset

    @property
    def command(self) -> str:
        """The command that trained the model."""
        return self._description.command

    @property
    def metrics(self) -> dict[str, Any]:
        """Test metrics as `vae.training.evaluation` prints them, and the training history."""
        return self._description.metrics

    @property
    def card(self) -> str:
        """The model card, Markdown; empty where none lies beside the checkpoint."""
        return checkpoint.card(self._path)

    def encode(self, images: ArrayLike) -> tuple[Floats, Floats]:
        """Posterior of images (N, 28, 28) in [0, 1]: mu and log_var, each (N, D).

        log_var is -inf for an autoencoder, whose code is a point.
        """
        return self._model.encode(_pixels(images))

    def decode(self, z: ArrayLike) -> Floats:
        """E[x|z] for codes z (N, D): images (N, 28, 28) in [0, 1].

        The mean of a model without hidden layers may leave [0, 1]; it is clipped.
        """
        array = np.asarray(z, dtype=np.float64)
        if array.ndim != 2 or array.shape[1] != self.latent_dim:
            raise ValueError(f"z must have shape (N, {self.latent_dim}), got {array.shape}")
        if not (np.abs(array) <= FARTHEST).all():  # also catches NaN
            raise ValueError(f"z must hold numbers between -{FARTHEST:,.0f} and {FARTHEST:,.0f}")
        pixels = self._model.decode(array.astype(np.float32, order="C"))
        return pixels.clip(0, 1).reshape(-1, IMAGE_SIDE, IMAGE_SIDE)

    @property
    def pixel_sd(self) -> float | None:
        """Standard deviation of a pixel around its decoder mean; None for a Bernoulli likelihood."""
        return None if self.likelihood == "bernoulli" else self._model.pixel_sd

    def draw(self, means: ArrayLike, noise: np.random.Generator) -> Floats:
        """x ~ p(x|z), of the shape of the decoder means: 0 or 1 of a Bernoulli, any number of a Gaussian."""
        mean = np.asarray(means, np.float32)
        if self.pixel_sd is None:
            return (noise.random(mean.shape, np.float32) < mean).astype(np.float32)
        return mean + np.float32(self.pixel_sd) * noise.standard_normal(mean.shape, np.float32)

    def nll(self, image: ArrayLike, z: ArrayLike) -> Floats:
        """-log p(x|z) of one image (28, 28) in [0, 1] for codes z (K, D), (K,) nats."""
        x, codes = _pixels(np.asarray(image)[None]), np.asarray(z, np.float32)
        starts = range(0, len(codes), BATCH)
        return np.concatenate([self._model.nll(codes[k : k + BATCH], x) for k in starts])

    def evaluate(self, images: ArrayLike, samples: int = SAMPLES, seed: int = 0) -> Evaluation:
        """The ELBO's terms for images (N, 28, 28) in [0, 1], nats per image, over `samples` draws of z.

        Raises:
            ValueError: for fewer than one sample, or images of a wrong shape or range.
        """
        if samples < 1:
            raise ValueError(f"samples must be at least 1, got {samples}")
        x = _pixels(images)
        mu, log_var = self._model.encode(x)
        return self._evaluate(x, mu, log_var, samples, seed)

    def _evaluate(self, x: Floats, mu: Floats, log_var: Floats, samples: int, seed: int) -> Evaluation:
        noise = np.random.default_rng(seed)
        sd = np.exp(0.5 * log_var)
        nll = np.zeros(len(x), np.float32)
        for begin in range(0, len(x), BATCH):
            rows = slice(begin, begin + BATCH)
            for _ in range(samples):
                eps = noise.standard_normal(mu[rows].shape, np.float32)
                nll[rows] += self._model.nll(mu[rows] + sd[rows] * eps, x[rows]) / samples
        return Evaluation(nll, self._kl_per_dim(mu, log_var), self.has_posterior)

    def _kl_per_dim(self, mu: Floats, log_var: Floats) -> Floats:
        """KL(q(z|x) || N(0, I)) of each dimension, (N, D) nats; 0 for an autoencoder, which has none."""
        if not self.has_posterior:
            return np.zeros_like(mu)
        return 0.5 * (np.square(mu) + np.expm1(log_var) - log_var)  # expm1 keeps it exact near the prior

    def codes(self, split: str = "test") -> Codes:
        """Codes of the model's own data set; those of the test images ship with it."""
        return self._test_codes if split == "test" else self._encode_split(split)

    @cached_property
    def _test_codes(self) -> Codes:
        path = checkpoint.codes_path(self._path)
        return codes.load(path, self.fingerprint) if path.is_file() else self._encode_split("test")

    def _encode_split(self, split: str) -> Codes:
        images = sets.load(self.dataset, split)
        x = _pixels(images.images)
        mu, log_var = self._model.encode(x)
        terms = self._evaluate(x, mu, log_var, SAMPLES, seed=0)
        return Codes(mu, log_var, images.labels, terms.nll, terms.kl)

    def embedding(self, dims: int = 2) -> Floats:
        """Shipped t-SNE coordinates of the test images' mu, (N, dims).

        Raises:
            CheckpointError: if none ship with the model; compute them with `vae.latent.embedding`.
        """
        try:
            return self.codes("test").embeddings[dims]
        except KeyError as error:
            raise CheckpointError(f"{self.name} ships no t-SNE coordinates in {dims}-D.") from error

    def class_means(self) -> Floats:
        """Mean of mu over the test images of each class, (10, D)."""
        return self._class_means

    @cached_property
    def _class_means(self) -> Floats:
        means = paths.class_means(self.codes("test").mu, self.codes("test").labels)
        return _read_only(means.astype(np.float32))

    @cached_property
    def class_peaks(self) -> Floats:
        """Where in a latent plane the test images' codes of each class are densest, (10, 2)."""
        peaks = paths.class_peaks(self.codes("test").mu, self.codes("test").labels).astype(np.float32)
        peaks.setflags(write=False)
        return peaks

    @cached_property
    def spacing(self) -> float:
        """The distance within which the test images' codes have another one, prior standard deviations."""
        return neighbours.spacing(self.codes("test").mu)

    def read(self, z: ArrayLike) -> Reading:
        """What the ten test images whose codes are nearest to z (D,) say of it; its own does not vote."""
        test = self.codes("test")
        return neighbours.read(test.mu, test.labels, z, self.spacing)

    def kl_per_dim(self) -> Floats:
        """KL of each dimension, mean over the test images, (D,) nats per image."""
        return self._mean_kl_per_dim

    @cached_property
    def _mean_kl_per_dim(self) -> Floats:
        test = self.codes("test")
        return _read_only(self._kl_per_dim(test.mu, test.log_var).mean(axis=0).astype(np.float32))

    def grid(
        self, side: int, extent: float = 2.0, axes: tuple[int, int] = (0, 1), at: ArrayLike | None = None
    ) -> Floats:
        """Sheet (28 side, 28 side) of decoded means over [-extent, extent]², the second axis upward."""
        return self.sheet(paths.grid(side, extent, axes, at, self.latent_dim))

    def sheet(self, z: ArrayLike) -> Floats:
        """Sheet (28 R, 28 C) of the decoded means of codes z (R, C, D), row 0 at the bottom."""
        codes = np.asarray(z)
        images = self.decode(codes.reshape(-1, codes.shape[-1]))
        return paths.tile(images.reshape(*codes.shape[:2], *images.shape[1:])[::-1]).astype(np.float32)

    def decoder_layers(self) -> list[Layer]:
        """Weights of the decoder, from z to the mean's logits (without hidden layers: to the mean)."""
        return _layers(self._model.layers("decoder"))

    def encoder_layers(self) -> list[Layer]:
        """Weights of the encoder, from pixels to mu and, of a VAE, raw; log_var is 8 tanh(raw / 8)."""
        return _layers(self._model.layers("encoder"))


def load(name_or_path: str | Path) -> Explorer:
    """The model of that name in `assets/models`, or at that path.

    Raises:
        CheckpointError: if there is none, or it is damaged.
    """
    path = checkpoint.model_path(name_or_path)
    return Explorer(path.stem, path)


def _pixels(images: ArrayLike) -> Floats:
    array = np.asarray(images, dtype=np.float32)
    if array.ndim != 3 or array.shape[1:] != (IMAGE_SIDE, IMAGE_SIDE):
        raise ValueError(f"images must have shape (N, {IMAGE_SIDE}, {IMAGE_SIDE}), got {array.shape}")
    if array.size and not (array.min() >= 0 and array.max() <= 1):  # also catches NaN
        raise ValueError("pixels must lie in [0, 1]")
    return array.reshape(-1, PIXELS)


def _read_only(array: Floats) -> Floats:
    """The array, which is kept and given to all who ask."""
    array.setflags(write=False)
    return array


def _layers(layers: list[tuple[Floats, Floats]]) -> list[Layer]:
    return [(weight.astype(np.float16), bias.astype(np.float16)) for weight, bias in layers]
