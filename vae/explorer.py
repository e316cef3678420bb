"""The facade of the package: trained models by name, NumPy in and NumPy out.

    from vae import explorer

    model = explorer.load("mnist-vae-2d")
    q = model.encode(images)                # images (N, 28, 28, 1) in [0, 1]; q.mu and q.sd are (N, 2)
    pictures = model.decode([[0.0, 1.0]])   # (1, 28, 28, 1)

    mine = explorer.wrap(my_encode, my_decode, (64, 64, 3))  # two functions of your own

An input of a wrong shape or range raises ValueError with one sentence.

Symbols: N images (N, H, W, C), D latent_dim, K codes.
"""

import math
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.images import export, sets
from vae.images.dataset import Dataset
from vae.images.names import apart
from vae.images.sets import DataError
from vae.images.spec import ImageSpec
from vae.latent import classes, neighbours, paths
from vae.latent.neighbours import Reading
from vae.model import catalogue, codes
from vae.model.catalogue import Record, model_names
from vae.model.codes import Codes
from vae.model.config import ModelConfig
from vae.model.outside import functions, wrapping
from vae.model.outside.functions import Said
from vae.model.outside.wrapping import WrapError
from vae.model.posterior import Form, Gaussian, Point, Posterior
from vae.model.protocol import Ability, HasGradient, Likelihood, Model, Networks, RunsInBrowser, Scores
from vae.model.tensor_file import CheckpointError

__all__ = [
    "CheckpointError",
    "Codes",
    "Evaluation",
    "Explorer",
    "ImageSpec",
    "Likelihood",
    "Record",
    "WrapError",
    "explore",
    "load",
    "model_names",
    "wrap",
]

Floats = NDArray[np.float32]
BATCH, SAMPLES = 1000, 10  # images at a time; draws of z per image in the ELBO's terms
FARTHEST = 1e6  # prior standard deviations; beyond, float32 activations could overflow to NaN


@dataclass(frozen=True)
class Evaluation:
    """The terms of the ELBO of N images, nats per image."""

    nll: Floats  # (N,)
    nll_error: Floats  # (N,) its standard error over the draws of z, the ELBO's too; 0 for a point
    kl_per_dim: Floats  # (N, D), 0 for a point
    has_elbo: bool  # an autoencoder has none

    @property
    def kl(self) -> Floats:
        """KL(q(z|x) || p(z)), (N,) nats per image."""
        return self.kl_per_dim.sum(axis=1)

    @property
    def elbo(self) -> Floats:
        """Evidence lower bound, (N,) nats per image, higher is better; NaN for an autoencoder."""
        return -(self.nll + self.kl) if self.has_elbo else np.full_like(self.nll, np.nan)


class Explorer:
    """A model and what ships with it. Read-only, so that threads may share it."""

    def __init__(self, model: Model, record: Record, shipped: Callable[[], Codes | None]) -> None:
        self.model, self.record = model, record
        self._shipped = shipped

    @property
    def name(self) -> str:
        """The model's name."""
        return self.record.name

    @property
    def title(self) -> str:
        """The model's name for people."""
        return self.record.title

    @property
    def fingerprint(self) -> str:
        """Hash over all that decides what the model does: the key of every cache."""
        return self.model.fingerprint

    @property
    def image_spec(self) -> ImageSpec:
        """Height, width and channels of its images."""
        return self.model.image_spec

    @property
    def latent_dim(self) -> int:
        """Number of dimensions D of z."""
        return self.model.latent_dim

    @property
    def dataset(self) -> Dataset:
        """The data set that the model was trained on."""
        return self.record.dataset

    @property
    def class_names(self) -> tuple[str, ...] | None:
        """Names of the classes of its data set, None where images have no labels."""
        return self.dataset.class_names

    @property
    def config(self) -> ModelConfig | None:
        """What its networks are, where that is known."""
        return self.record.config

    @property
    def metrics(self) -> dict[str, Any]:
        """Test metrics as `vae.training.evaluation` prints them, and the training history."""
        return self.record.metrics

    @cached_property
    def abilities(self) -> frozenset[Ability]:
        """What may be asked of the model, see `vae.model.protocol.Ability`."""
        form = self.record.form
        found: dict[Ability, bool] = {
            "posterior": form != "point",
            "gaussian": form == "gaussian",
            "likelihood": isinstance(self.model, Scores),
            "gradient": isinstance(self.model, HasGradient),
            "browser": isinstance(self.model, RunsInBrowser),
            "encoder": isinstance(self.model, RunsInBrowser) and bool(self.model.networks().encoder),
            "plane": self.latent_dim == 2,
            "labels": self.class_names is not None,
            "history": len(self.metrics.get("history", [])) > 1,
        }
        return frozenset(ability for ability, has in found.items() if has)

    def can(self, *abilities: Ability) -> bool:
        """Whether the model has all these abilities."""
        return self.abilities.issuperset(abilities)

    def encode(self, images: ArrayLike) -> Posterior:
        """q(z|x) of images (N, H, W, C) in [0, 1]: mu and sd are (N, D)."""
        return self.model.encode(self.image_spec.check(images))

    def encode_draws(self, images: Floats) -> Posterior:
        """As `encode`, of images whose pixels may lie outside [0, 1], as a Gaussian likelihood draws them."""
        return self.model.encode(images)

    def decode(self, z: ArrayLike) -> Floats:
        """E[x|z] for codes z (N, D): images (N, H, W, C) in [0, 1].

        The mean of a model without hidden layers may leave [0, 1]; it is clipped.
        """
        array = np.asarray(z, dtype=np.float64)
        if array.ndim != 2 or array.shape[1] != self.latent_dim:
            raise ValueError(f"z must have shape (N, {self.latent_dim}), got {array.shape}")
        if not (np.abs(array) <= FARTHEST).all():  # also catches NaN
            raise ValueError(f"z must hold numbers between -{FARTHEST:,.0f} and {FARTHEST:,.0f}")
        return self.model.decode(array.astype(np.float32, order="C")).clip(0, 1)

    @property
    def likelihood(self) -> Likelihood | None:
        """p(x|z), None where the model has none."""
        return self.model.likelihood if isinstance(self.model, Scores) else None

    def draw(self, means: ArrayLike, noise: np.random.Generator) -> Floats:
        """x ~ p(x|z), of the shape of the decoder means: 0 or 1 of a Bernoulli, any number of a Gaussian."""
        mean, sd = np.asarray(means, np.float32), self._scores.likelihood.pixel_sd
        if sd is None:
            return (noise.random(mean.shape, np.float32) < mean).astype(np.float32)
        return mean + np.float32(sd) * noise.standard_normal(mean.shape, np.float32)

    def nll(self, image: ArrayLike, z: ArrayLike) -> Floats:
        """-log p(x|z) of one image (H, W, C) in [0, 1] for codes z (K, D), (K,) nats."""
        x = self.image_spec.check(np.asarray(image)[None])
        return self._scores.nll(x, np.asarray(z, np.float32))

    def log_likelihood_gradient(self, image: ArrayLike, z: ArrayLike) -> Floats:
        """Gradient in z of log p(x|z) of one image (H, W, C) for codes z (K, D), (K, D) nats."""
        if not isinstance(self.model, HasGradient):
            raise ValueError(f"{self.name} gives no gradients")
        x = self.image_spec.check(np.asarray(image)[None])
        return self.model.log_likelihood_gradient(x, np.asarray(z, np.float32))

    @property
    def _scores(self) -> Scores:
        if not isinstance(self.model, Scores):
            raise ValueError(f"{self.name} has no likelihood")
        return self.model

    def evaluate(self, images: ArrayLike, samples: int = SAMPLES, seed: int = 0) -> Evaluation:
        """The ELBO's terms for images (N, H, W, C) in [0, 1], nats per image, over `samples` draws of z.

        The error of a mean over a single draw is unknown: NaN.

        Raises:
            ValueError: for fewer than one sample, or images of a wrong shape or range.
        """
        if samples < 1:
            raise ValueError(f"samples must be at least 1, got {samples}")
        q = self.encode(images)
        kl = q.kl_per_dim()
        if kl is None:
            raise ValueError(f"the KL of {self.name} has no closed form")
        nll, error = self._expected_nll(self.image_spec.check(images), q, samples, seed)
        return Evaluation(nll, error, kl, q.form == "gaussian")

    def expected_nll(self, images: ArrayLike, samples: int = SAMPLES, seed: int = 0) -> tuple[Floats, Floats]:
        """Mean of -log p(x|z) over draws of z, and its error, (N,) nats per image; also without a KL."""
        x = self.image_spec.check(images)
        return self._expected_nll(x, self.model.encode(x), samples, seed)

    def _expected_nll(self, x: Floats, q: Posterior, samples: int, seed: int) -> tuple[Floats, Floats]:
        nll = self._drawn_nll(x, q, samples, np.random.default_rng(seed))
        return nll.mean(axis=0), _standard_error(nll, q.form)

    def _drawn_nll(self, x: Floats, q: Posterior, samples: int, noise: np.random.Generator) -> Floats:
        """-log p(x|z) of images (N, H, W, C) for draws of z, (samples, N) nats; one draw of a point."""
        count = 1 if q.form == "point" else samples
        if len(x) == 1:  # all draws at once, which is quicker
            return self._scores.nll(x, q.sample(count, noise)[:, 0])[:, None]
        return np.stack([self._scores.nll(x, q.sample(1, noise)[0]) for _ in range(count)])

    def codes(self, split: str = "test") -> Codes:
        """Codes of the model's own data set; those of the test images ship with it."""
        return self._test_codes if split == "test" else self._encode_split(split)

    @cached_property
    def _test_codes(self) -> Codes:
        found = self._shipped()
        return self._encode_split("test") if found is None else found

    def _encode_split(self, split: str) -> Codes:
        """Codes of a data set, a batch of images at a time: as floats all of them may not fit into memory."""
        dataset, noise = self.dataset.name, np.random.default_rng(0)
        if dataset not in sets.names():
            raise DataError(
                f"The data set {dataset} of {self.name} is unknown here, and no codes of it ship."
            )
        items = sets.load(dataset, split)
        batches = (items.floats(slice(k, k + BATCH)) for k in range(0, len(items), BATCH))
        return codes.joined([self._encode_batch(x, noise) for x in batches], items.labels, items.names)

    def encoded(self, images: ArrayLike, labels: NDArray[np.int64] | None = None) -> Codes:
        """Codes of any images (N, H, W, C) in [0, 1], with their labels (N,) if they have some."""
        x, noise = self.image_spec.check(images), np.random.default_rng(0)
        parts = [self._encode_batch(x[k : k + BATCH], noise) for k in range(0, max(1, len(x)), BATCH)]
        return codes.joined(parts, labels)

    def about(self, index: int) -> str:
        """Which test image that is, in words: `test image 17`, and its file where it is one."""
        names = self.codes("test").names
        return f"test image {index}" if names is None else f"test image {index}, {apart(names[index])}"

    def _encode_batch(self, images: Floats, noise: np.random.Generator) -> Codes:
        q = self.encode(images)
        kl = q.kl_per_dim()
        nll = self._drawn_nll(images, q, SAMPLES, noise).mean(axis=0) if self.can("likelihood") else None
        return Codes(q.mu, q.sd, None, nll, None if kl is None else kl.sum(axis=1))

    def embedding(self, dims: int = 2) -> Floats:
        """Shipped t-SNE coordinates of the test images' mu, (N, dims).

        Raises:
            CheckpointError: if none ship with the model; compute them with `vae.latent.embedding`.
        """
        try:
            return self.codes("test").embeddings[dims]
        except KeyError as error:
            raise CheckpointError(f"{self.name} ships no t-SNE coordinates in {dims}-D.") from error

    @cached_property
    def class_means(self) -> Floats:
        """Mean of mu over the test images of each class, (classes, D)."""
        test = self.codes("test")
        return _read_only(classes.means(test.mu, test.known_labels, self._class_count))

    @cached_property
    def class_peaks(self) -> Floats:
        """Where in a latent plane the test images' codes of each class are densest, (classes, 2)."""
        test = self.codes("test")
        return _read_only(classes.peaks(test.mu, test.known_labels, self._class_count))

    @property
    def _class_count(self) -> int:
        return len(self.class_names or ())

    @cached_property
    def spacing(self) -> float:
        """The distance within which the test images' codes have another one, prior standard deviations."""
        return neighbours.spacing(self.codes("test").mu)

    def read(self, z: ArrayLike) -> Reading:
        """What the ten test images whose codes are nearest to z (D,) say of it; its own does not vote."""
        test = self.codes("test")
        return neighbours.read(test.mu, test.known_labels, z, self.spacing)

    @cached_property
    def kl_per_dim(self) -> Floats:
        """KL of each dimension, mean over the test images, (D,) nats per image; 0 for points.

        Raises:
            ValueError: where it has no closed form; ask for the ability `gaussian`.
        """
        test, form = self.codes("test"), self.record.form
        if form == "implicit":
            raise ValueError(f"the KL of {self.name} has no closed form")
        q = Gaussian(test.mu, 2 * np.log(test.sd)) if form == "gaussian" else Point(test.mu)
        return _read_only(q.kl_per_dim().mean(axis=0))

    def grid(
        self, side: int, extent: float = 2.0, axes: tuple[int, int] = (0, 1), at: ArrayLike | None = None
    ) -> Floats:
        """Sheet (H side, W side, C) of decoded means over [-extent, extent]², the second axis upward."""
        return self.sheet(paths.grid(side, extent, axes, at, self.latent_dim))

    def sheet(self, z: ArrayLike) -> Floats:
        """Sheet (H rows, W columns, C) of decoded means of codes (rows, columns, D), row 0 at the bottom."""
        z_all = np.asarray(z)
        images = self.decode(z_all.reshape(-1, z_all.shape[-1]))
        return export.tile(images.reshape(*z_all.shape[:2], *images.shape[1:])[::-1]).astype(np.float32)

    def networks(self) -> Networks:
        """The weights that the browser may run.

        Raises:
            ValueError: if nobody knows them; ask for the ability `browser`.
        """
        if not isinstance(self.model, RunsInBrowser):
            raise ValueError(f"the weights of {self.name} are unknown")
        return self.model.networks()


def load(name_or_path: str | Path) -> Explorer:
    """The model of that name in `assets/models`, or at that path.

    Raises:
        CheckpointError: if there is none, or it is damaged.
    """
    path = catalogue.model_path(name_or_path)
    model, record = catalogue.read(path)
    return Explorer(model, record, lambda: _codes_of(path, model, record))


def explore(model: Model, name: str, dataset: Dataset, test_codes: Codes | None = None) -> Explorer:
    """Explore a model of any kind: whatever offers `vae.model.protocol.Model`.

    Its codes are `test_codes`, or are computed from the test images of a data set known here.
    """
    return Explorer(model, _record_of(model, name, dataset), lambda: test_codes)


def wrap(
    encode: Callable[[Floats], Said],
    decode: Callable[[Floats], ArrayLike],
    image_spec: ImageSpec | Sequence[int],
    *,
    name: str = "mine",
    likelihood: Likelihood | str | float | None = None,
    dataset: Dataset | None = None,
    images: ArrayLike | None = None,
    labels: ArrayLike | None = None,
) -> Explorer:
    """Explore a model that is two functions, NumPy in and NumPy out.

    Arguments:
        encode: Of images (B, H, W, C) in [0, 1]: mu (B, D), or mu and log_var, or a posterior of
            `vae.model.posterior`.
        decode: Of codes z (B, D): the means, (B, H, W, C) in [0, 1].
        image_spec: Height, width and channels, an `ImageSpec` or three numbers.
        name: What to call it.
        likelihood: p(x|z) around the means, where it is known, "bernoulli" or the standard deviation of a
            Gaussian's pixel: then there are nats.
        dataset: What it was trained on, where that is known here; its test images are those looked at.
        images: Others to look at, (N, H, W, C) in [0, 1]; of grey ones (N, H, W) will do.
        labels: The class of each of them, (N,) whole numbers from 0 on.

    Raises:
        WrapError: where the functions fail or do not give what they should, or images and labels do not fit;
            an Unusable and a ValueError.
    """
    spec, known = wrapping.spec_of(image_spec), wrapping.likelihood_of(likelihood)
    of = dataset or wrapping.dataset_of(name, spec, labels)
    if of.image_spec != spec:
        raise WrapError(f"images of {of.name} are {of.image_spec.words}, got {spec.words}")
    if labels is not None and images is None:
        raise WrapError("labels are those of images: give both")
    try:
        given = wrapping.said_of("encode", encode), wrapping.said_of("decode", decode)
        model = functions.made(*given, spec, secrets.token_hex(32), known)
        x = None if images is None else spec.check(images)
        wrapping.check(model, x)
        found = explore(model, name, of)
        if x is None:
            return found
        seen = found.encoded(
            x, None if labels is None else wrapping.labels_of(labels, len(x), of.class_names)
        )
        codes.check(seen)
    except ValueError as error:
        raise error if isinstance(error, WrapError) else WrapError(str(error)) from error
    return explore(model, name, of, seen)


def _record_of(model: Model, name: str, dataset: Dataset) -> Record:
    form = model.encode(np.zeros((1, *model.image_spec.shape), np.float32)).form
    likelihood = model.likelihood.name if isinstance(model, Scores) else None
    return Record(name, dataset, model.latent_dim, form, likelihood)


def _codes_of(path: Path, model: Model, record: Record) -> Codes | None:
    """The codes that ship with a model, None if none do."""
    file = catalogue.codes_path(path)
    knows = {"nll": isinstance(model, Scores), "kl": record.form != "implicit"}
    expected = codes.Expected(
        model.fingerprint,
        model.latent_dim,
        len(record.dataset.class_names or ()),
        frozenset(term for term, known in knows.items() if known),
    )
    return codes.load(file, expected) if file.is_file() else None


def _standard_error(draws: Floats, form: Form) -> Floats:
    """Of the means of draws (K, N), (N,)."""
    if form == "point":
        return np.zeros_like(draws[0])
    if len(draws) == 1:
        return np.full_like(draws[0], np.nan)
    return np.asarray(draws.std(axis=0, ddof=1) / np.float32(math.sqrt(len(draws))))


def _read_only(array: NDArray[Any]) -> Floats:
    """The array, which is kept and given to all who ask."""
    floats = array.astype(np.float32)
    floats.setflags(write=False)
    return floats
