"""Models that are not MNIST's: RGB images of 64 × 64 with sixty classes or none, and a kind nobody foresaw.

Each is a made-up model behind `vae.model.protocol`, with procedural images: ellipses of one hue a class.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from vae import explorer
from vae.explorer import Explorer
from vae.images.dataset import Dataset, ImageSet
from vae.images.spec import ImageSpec
from vae.model.codes import Codes
from vae.model.posterior import Draws, Gaussian, Posterior
from vae.model.protocol import Likelihood

Floats = NDArray[np.float32]
COUNT = 240
SCATTERED = Likelihood("gaussian", 0.2)
RGB, GREY = ImageSpec(64, 64, 3), ImageSpec(20, 12, 1)
SIXTY = Dataset("shapes", RGB, tuple(f"shape {k}" for k in range(60)), "CC0", noun="shape")
UNLABELLED = Dataset("blobs", RGB, None, "CC0")
NARROW = Dataset("lines", GREY, None, "CC0")


def images(spec: ImageSpec, labels: NDArray[np.int64], seed: int) -> NDArray[np.uint8]:
    """An ellipse on white for each label, (N, H, W, C): its hue by the label, place and size at random."""
    noise = np.random.default_rng(seed)
    down, across = np.mgrid[: spec.height, : spec.width]
    out = np.full((len(labels), *spec.shape), 255, np.uint8)
    for image, label in zip(out, labels, strict=True):
        top, left = noise.uniform(0.3, 0.7, 2) * (spec.height, spec.width)
        high, wide = noise.uniform(0.15, 0.35, 2) * (spec.height, spec.width)
        inside = ((down - top) / high) ** 2 + ((across - left) / wide) ** 2 < 1
        image[inside] = (120 + 100 * np.cos(0.7 * label + np.arange(spec.channels) * 2.1)).astype(np.uint8)
    return out


@dataclass(frozen=True)
class Linear:
    """A probabilistic principal component model: E[x|z] = sigmoid(W z + b), with a Gaussian q(z|x)."""

    image_spec: ImageSpec
    latent_dim: int
    weight: Floats  # (size, D)
    bias: Floats  # (size,)
    fingerprint: str
    likelihood: Likelihood = SCATTERED

    def encode(self, x: Floats) -> Posterior:
        rows = self.image_spec.flatten(x) - 1 / (1 + np.exp(-self.bias))
        mu = 4 * rows @ self.weight / np.square(self.weight).sum(axis=0)
        return Gaussian(mu.astype(np.float32), np.full_like(mu, -3.0, np.float32))

    def decode(self, z: Floats) -> Floats:
        return self.image_spec.unflatten(self._mean(z))

    def nll(self, x: Floats, z: Floats) -> Floats:
        sd = 0.2
        squares = np.square(self.image_spec.flatten(x) - self._mean(z)).sum(axis=1)
        constant = self.image_spec.size * (np.log(sd) + 0.5 * np.log(2 * np.pi))
        return (squares / (2 * sd**2) + constant).astype(np.float32)

    def log_likelihood_gradient(self, x: Floats, z: Floats) -> Floats:
        mean = self._mean(z)
        slope = (self.image_spec.flatten(x) - mean) / 0.2**2 * mean * (1 - mean)
        return (slope @ self.weight).astype(np.float32)

    def _mean(self, z: Floats) -> Floats:
        return (1 / (1 + np.exp(-(z @ self.weight.T + self.bias)))).astype(np.float32)


@dataclass(frozen=True)
class Bent(Linear):
    """The same with an implicit q(z|x): its draws lie along an arc."""

    def encode(self, x: Floats) -> Posterior:
        along, across = np.random.default_rng(0).standard_normal((2, 64, len(x), 1), np.float32)
        arc = np.concatenate([0.3 * along, 0.2 * np.square(along) + 0.05 * across], axis=2)
        return Draws(super().encode(x).mu + arc)


@dataclass(frozen=True)
class Foreign:
    """Two functions and nothing else: no likelihood, no weights, q(z|x) known by its draws only."""

    image_spec: ImageSpec
    latent_dim: int
    encoder: Callable[[Floats], Floats]
    decoder: Callable[[Floats], Floats]
    fingerprint: str = "foreign"

    def encode(self, x: Floats) -> Posterior:
        noise = np.random.default_rng(0).standard_normal((32, len(x), self.latent_dim), np.float32)
        return Draws(self.encoder(x) + 0.1 * noise)

    def decode(self, z: Floats) -> Floats:
        return self.decoder(z)


def _linear(spec: ImageSpec, latent_dim: int) -> Linear:
    """The first principal components of the images, scaled so that their codes have variance 1."""
    rows = spec.flatten(images(spec, np.arange(COUNT) % 60, seed=0).astype(np.float32) / np.float32(255))
    mean = rows.mean(axis=0).clip(0.02, 0.98)
    _, spread, components = np.linalg.svd(rows - mean, full_matrices=False)
    sd = spread[:latent_dim] / np.sqrt(COUNT)
    weight = 4 * components[:latent_dim].T * sd  # the sigmoid's slope is 1/4 at most
    bias = np.log(mean / (1 - mean))
    return Linear(
        spec, latent_dim, weight.astype(np.float32), bias.astype(np.float32), f"linear-{latent_dim}"
    )


def _encode_all(model: Linear | Foreign, items: ImageSet) -> Codes:
    q = model.encode(items.floats())
    embeddings = {dims: q.mu[:, :dims].copy() for dims in (2, 3)} if model.latent_dim > 2 else {}
    if isinstance(model, Foreign):
        return Codes(q.mu, q.sd, items.labels, embeddings=embeddings)
    kl = q.kl_per_dim()
    nll = model.nll(items.floats(), q.mu)
    return Codes(q.mu, q.sd, items.labels, nll, None if kl is None else kl.sum(axis=1), embeddings)


@cache
def items(dataset: str) -> ImageSet:
    """The test images of one of the three sets."""
    labels = np.arange(COUNT) % 60
    spec = GREY if dataset == NARROW.name else RGB
    return ImageSet(images(spec, labels, seed=0), labels if dataset == SIXTY.name else None)


@cache
def model(name: str) -> Explorer:
    """One of `NAMES`, or `MOST`."""
    made: Linear | Foreign
    if name == "shapes-2d":
        made, dataset = _linear(RGB, 2), SIXTY
    elif name == "bent-2d":
        plain = _linear(RGB, 2)
        made, dataset = Bent(RGB, 2, plain.weight, plain.bias, "bent-2"), SIXTY
    elif name == "blobs-3d":
        made, dataset = _linear(RGB, 3), UNLABELLED
    elif name == MOST:
        made, dataset = _linear(GREY, 128), NARROW
    else:
        basis = np.random.default_rng(5).standard_normal((GREY.size, 3)).astype(np.float32)
        made = Foreign(
            GREY,
            3,
            lambda x: (GREY.flatten(x) @ basis / GREY.size * 8).astype(np.float32),
            lambda z: GREY.unflatten((0.5 + 0.5 * np.tanh(z @ basis.T)).astype(np.float32)),
        )
        dataset = NARROW
    return explorer.explore(made, name, dataset, _encode_all(made, items(dataset.name)))


NAMES = ("shapes-2d", "blobs-3d", "foreign-3d", "bent-2d")
MOST = "lines-128d"
"""A model with as many dimensions as there may be."""
