"""Hidden pixels restored from the visible ones: in one pass, by iteration, and by a sampled chain.

One pass encodes the image with its hidden pixels black and decodes the code. The encoder never saw such an
image, so the code is often that of another digit. Iterating puts what was decoded in the place of the hidden
pixels, keeps the visible ones, and encodes again. The chain does the same with draws, z ~ q(z|x) and
x ~ p(x|z): it wanders through the images that fit what is visible, and their mean is the estimate.

Source: Rezende, Mohamed and Wierstra, Stochastic Backpropagation and Approximate Inference in Deep Generative
Models (2014), appendix F. With the true posterior in the place of q(z|x) the chain is a Gibbs sampler.

Symbols: B images, D latent_dim, T steps; `hidden` (28, 28) is True where a pixel is hidden.
An error is the mean squared error over an image's hidden pixels, grey levels in [0, 1].
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vae.analysis import measurements
from vae.assets import ASSETS
from vae.explorer import Explorer, load
from vae.images import masks, sets

Floats = NDArray[np.float32]
FOLDER = ASSETS / "imputation"
STEPS, SEED = 20, 0
WAYS = ("one_pass", "iterated", "chain")
BATCH = 100  # images at a time: progress is told after each
STANDARD = {
    "the source's block, pixels 300 to 399": masks.block(),
    "the lower half, rows 14 to 27": masks.rows(14, 27),
    "half of the pixels, at random": masks.scattered(0.5, SEED),
}


class Model(Protocol):
    """What restoring needs of a model; `vae.explorer.Explorer` has it."""

    def encode(self, images: Floats) -> tuple[Floats, Floats]:
        """q(z|x) of images (B, 28, 28): mu and log_var, each (B, D)."""

    def decode(self, z: Floats) -> Floats:
        """E[x|z] of codes (B, D): (B, 28, 28)."""

    def draw(self, means: Floats, noise: np.random.Generator) -> Floats:
        """x ~ p(x|z) with the decoder means (B, 28, 28)."""


@dataclass(frozen=True)
class Restoration:
    """What was put in the place of the hidden pixels, and the codes on the way there."""

    images: Floats  # (B, 28, 28), the visible pixels as they were
    decoded: Floats  # (B, 28, 28), the whole images as decoded
    path: Floats  # (T, B, D)


@dataclass(frozen=True)
class Restored:
    """Images restored in the three ways."""

    one_pass: Restoration
    iterated: Restoration
    chain: Restoration


@dataclass(frozen=True)
class Errors:
    """Error of each image, (N,) each."""

    one_pass: NDArray[np.float64]
    iterated: NDArray[np.float64]
    chain: NDArray[np.float64]


def conceal(images: Floats, hidden: masks.Mask) -> Floats:
    """The images (B, 28, 28) with their hidden pixels black."""
    return np.where(hidden, np.float32(0), images)


def one_pass(model: Model, images: Floats, hidden: masks.Mask) -> Restoration:
    """Encode the concealed images and decode their mu, once."""
    return iterate(model, images, hidden, 1)


def iterate(model: Model, images: Floats, hidden: masks.Mask, steps: int = STEPS) -> Restoration:
    """Encode and decode `steps` times, the hidden pixels replaced by the decoder means, the others kept."""
    way = _Iteration(images, hidden)
    _walk(model, [way], steps)
    return way.restoration()


def sample_chain(
    model: Model, images: Floats, hidden: masks.Mask, steps: int = STEPS, seed: int = SEED
) -> Restoration:
    """A chain of `steps` draws of z and of the hidden pixels, cut to [0, 1]; the same for the same seed.

    Restored is the mean of the decoder means over the second half of the chain, an estimate of E[x|visible].
    """
    way = _Chain(model, images, hidden, steps, seed)
    _walk(model, [way], steps)
    return way.restoration()


def restore(
    model: Model, images: Floats, hidden: masks.Mask, steps: int = STEPS, seed: int = SEED
) -> Restored:
    """The three ways; the iteration and the chain pass through the networks together, in half the time."""
    iteration, chain = _Iteration(images, hidden), _Chain(model, images, hidden, steps, seed)
    _walk(model, [iteration, chain], 1)
    single = iteration.restoration()
    _walk(model, [iteration, chain], steps - 1)
    return Restored(single, iteration.restoration(), chain.restoration())


class _Iteration:
    """Images on their way through encoder and decoder, the hidden pixels replaced by the decoder means."""

    def __init__(self, images: Floats, hidden: masks.Mask) -> None:
        self.images, self.hidden = images, hidden
        self.current = conceal(images, hidden)
        self.path: list[Floats] = []

    def code(self, mu: Floats, log_var: Floats) -> Floats:
        """What is decoded next, given q(z|current)."""
        self.path.append(mu)
        return mu

    def take(self, means: Floats) -> None:
        """Go on with the decoder means of that code."""
        self.decoded = means
        self.current = np.where(self.hidden, means, self.images)

    def restoration(self) -> Restoration:
        """What the way has led to."""
        return Restoration(
            np.where(self.hidden, self.decoded, self.images), self.decoded, np.stack(self.path)
        )


class _Chain(_Iteration):
    """The same with draws of z and of the hidden pixels; `decoded` is the mean over the second half."""

    def __init__(self, model: Model, images: Floats, hidden: masks.Mask, steps: int, seed: int) -> None:
        super().__init__(images, hidden)
        self.model, self.noise = model, np.random.default_rng(seed)
        self.first, self.count = steps // 2, steps - steps // 2  # of the steps whose means count
        self.decoded = np.zeros(images.shape, np.float32)

    def code(self, mu: Floats, log_var: Floats) -> Floats:
        z = mu + np.exp(0.5 * log_var) * self.noise.standard_normal(mu.shape, np.float32)
        return super().code(z, log_var)

    def take(self, means: Floats) -> None:
        if len(self.path) > self.first:
            self.decoded = self.decoded + means / np.float32(self.count)
        drawn = self.model.draw(means, self.noise).clip(0, 1)
        self.current = np.where(self.hidden, drawn, self.images)


def _walk(model: Model, ways: Sequence[_Iteration], steps: int) -> None:
    """Take all ways `steps` times through encoder and decoder, as one batch."""
    for _ in range(steps):
        posterior = model.encode(np.concatenate([way.current for way in ways]))
        each = zip(ways, *(np.split(values, len(ways)) for values in posterior), strict=True)
        codes = [way.code(mu, log_var) for way, mu, log_var in each]
        decoded = np.split(model.decode(np.concatenate(codes)), len(ways))
        for way, means in zip(ways, decoded, strict=True):
            way.take(means)


def error(restored: Floats, images: Floats, hidden: masks.Mask) -> NDArray[np.float64]:
    """Mean squared error over the hidden pixels of each image, (B,).

    Raises:
        ValueError: if no pixel is hidden.
    """
    if not hidden.any():
        raise ValueError("no pixel is hidden, so there is no error")
    return np.square((restored - images)[:, hidden], dtype=np.float64).mean(axis=1)


def errors(
    model: Model,
    images: Floats,
    hidden: masks.Mask,
    steps: int = STEPS,
    seed: int = SEED,
    on_progress: Callable[[float], object] = lambda share: None,
) -> Errors:
    """Errors of the three ways for images (N, 28, 28); `on_progress` gets the share done, in [0, 1]."""
    rows = []
    for begin in range(0, len(images), BATCH):
        batch = images[begin : begin + BATCH]
        found = restore(model, batch, hidden, steps, seed + begin)
        ways = found.one_pass, found.iterated, found.chain
        rows.append([error(way.images, batch, hidden) for way in ways])
        on_progress(min(1.0, (begin + BATCH) / len(images)))
    return Errors(*(np.concatenate(column) for column in zip(*rows, strict=True)))


def summary(found: Errors, hidden: masks.Mask) -> dict[str, Any]:
    """Means with their standard errors, and how often iterating is better, ready for JSON."""
    ways = {"one_pass": found.one_pass, "iterated": found.iterated, "chain": found.chain}
    return {
        "hidden": int(hidden.sum()),
        "images": len(found.one_pass),
        "improved": float(np.mean(found.iterated < found.one_pass)),
        **{name: [float(values.mean()), standard_error(values)] for name, values in ways.items()},
    }


def standard_error(values: NDArray[np.float64]) -> float:
    """Standard error of the mean of values (N,), N at least 2."""
    return float(values.std(ddof=1) / np.sqrt(len(values)))


def shipped(model: Explorer) -> dict[str, Any] | None:
    """The measurement that ships with a model, as `measure` returns it.

    None if there is none or the model has changed since.

    Raises:
        CheckpointError: if the file is damaged.
    """
    path, command = FOLDER / f"{model.name}.json", f"python -m vae.imputation {model.name}"
    return measurements.read(path, model.fingerprint, _check, command)


def _check(said: dict[str, Any]) -> dict[str, Any]:
    """A measurement as it was written, or a ValueError, TypeError, LookupError or AttributeError."""
    if not isinstance(said["command"] + said["data"], str):
        raise TypeError("command and data must be texts")
    values = [said["steps"], said["seed"]]
    for row in said["masks"].values():
        values += [row["hidden"], row["images"], row["improved"]]
        for way in WAYS:
            mean, spread = row[way]
            values += [mean, spread]
    if not np.isfinite(values).all():
        raise ValueError("a number is not finite")
    return said


def measure(name: str, count: int, on_progress: Callable[[float], object]) -> dict[str, Any]:
    """The errors of a model under the standard masks, over the first `count` of its data set's test images.

    Raises:
        CheckpointError: if there is no such model.
        DataError: if its data set is not here.
    """
    model = load(name)
    images = sets.load(model.dataset, "test").floats(slice(count))
    rows = {}
    for done, (words, hidden) in enumerate(STANDARD.items()):

        def tell(share: float, done: int = done) -> None:
            on_progress((done + share) / len(STANDARD))

        rows[words] = summary(errors(model, images, hidden, on_progress=tell), hidden)
    return {
        "fingerprint": model.fingerprint,
        "command": f"python -m vae.imputation {name} --images {count}",
        "unit": "mean squared error per hidden pixel, grey levels in [0, 1], mean and standard error",
        "data": f"{model.dataset} test",
        "steps": STEPS,
        "seed": SEED,
        "masks": rows,
    }
