"""Hidden pixels filled in from the visible ones: in one pass, by iteration, and by a sampled chain.

One pass encodes the image with its hidden pixels black and decodes the code. The encoder never saw such an
image, so the code is often that of another image. Iterating puts what was decoded in the place of the hidden
pixels, keeps the visible ones, and encodes again. The chain does the same with draws, z ~ q(z|x) and
x ~ p(x|z): it wanders through the images that fit what is visible, and their mean is the estimate. It needs
many steps to come to rest, so the errors are measured along the way: after 1, 2, 4, 8 ... steps.

Source: Rezende, Mohamed and Wierstra, Stochastic Backpropagation and Approximate Inference in Deep Generative
Models (2014), appendix F. With the true posterior in the place of q(z|x) the chain is a Gibbs sampler; for
that a Gaussian's draws must not be cut to [0, 1].

Symbols: B images (B, H, W, C), D latent_dim, T steps; `hidden` (H, W) is True where a pixel is hidden.
An error is the mean squared error over an image's hidden pixels and their channels, levels in [0, 1].
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vae.analysis import measurements
from vae.assets import ASSETS
from vae.explorer import Explorer, load
from vae.images import masks, sets
from vae.images.spec import ImageSpec
from vae.model.posterior import Posterior
from vae.model.protocol import Likelihood

Floats = NDArray[np.float32]
FOLDER = ASSETS / "imputation"
STEPS, SEED = 32, 0  # of what is computed while one waits
MEASURED_STEPS, IMAGES = 4096, 100  # of what ships
WAYS = ("one_pass", "iterated", "chain")
BATCH = 100  # images at a time: progress is reported after each


class Model(Protocol):
    """What imputation needs of a model; `vae.explorer.Explorer` has it."""

    @property
    def likelihood(self) -> Likelihood | None:
        """p(x|z), None where the model has none: then there is no chain."""

    def encode_draws(self, images: Floats) -> Posterior:
        """q(z|x) of images (B, H, W, C) whose pixels may lie outside [0, 1], as a Gaussian's draws do."""

    def decode(self, z: Floats) -> Floats:
        """E[x|z] of codes z (B, D): (B, H, W, C)."""

    def draw(self, means: Floats, noise: np.random.Generator) -> Floats:
        """x ~ p(x|z) with the decoder means (B, H, W, C)."""


@dataclass(frozen=True)
class Imputation:
    """What was put in the place of the hidden pixels, and the codes on the way there."""

    images: Floats  # (B, H, W, C), the visible pixels as they were
    decoded: Floats  # (B, H, W, C), the whole images as decoded
    path: Floats  # (T, B, D)


@dataclass(frozen=True)
class Imputations:
    """Images imputed in the three ways."""

    one_pass: Imputation
    iterated: Imputation
    chain: Imputation | None  # None for a model without a likelihood, which draws no pixels


Errors = dict[str, NDArray[np.float64]]
"""Errors of N images by the way they were imputed, without the chain where there is none.

One pass has (N,); the other ways have (M, N), after so many steps as `counted` says.
"""


def standard(spec: ImageSpec) -> dict[str, masks.Mask]:
    """The masks of the shipped measurements, by their names."""
    half = spec.height // 2
    found = {
        f"the lower half, rows {half} to {spec.height - 1}": masks.rows(spec, half, spec.height - 1),
        "half of the pixels, at random": masks.scattered(spec, 0.5, SEED),
    }
    if masks.has_block(spec):
        return {"the source's block, pixels 300 to 399": masks.block()} | found
    return found


def conceal(images: Floats, hidden: masks.Mask) -> Floats:
    """The images (B, H, W, C) with their hidden pixels black; in RGB as the visible ones are on average.

    Black is the ground of grey images, but a colour like any other, and often a rare one, in RGB.
    """
    visible = ~hidden
    if images.shape[-1] == 1 or not visible.any():
        return np.where(hidden[..., None], np.float32(0), images)
    mean = images[:, visible].mean(axis=1, dtype=np.float32)  # (B, C)
    return np.where(hidden[..., None], mean[:, None, None], images)


def one_pass(model: Model, images: Floats, hidden: masks.Mask) -> Imputation:
    """Encode the concealed images and decode their mu, once."""
    return iterate(model, images, hidden, 1)


def iterate(model: Model, images: Floats, hidden: masks.Mask, steps: int = STEPS) -> Imputation:
    """Encode and decode `steps` times, the hidden pixels replaced by the decoder means, the others kept."""
    way = _Iteration(images, hidden)
    _walk(model, {"iterated": way}, steps)
    return way.imputation()


def impute(
    model: Model, images: Floats, hidden: masks.Mask, steps: int = STEPS, seed: int = SEED
) -> Imputations:
    """The three ways; iteration and chain are decoded together, which saves time.

    The chain draws z and the hidden pixels; it is the same for the same seed, and there is none without a
    likelihood. It fills in the mean of the decoder means over its second half, an estimate of E[x|visible].
    """
    ways = _ways(model, images, hidden, steps, seed)
    _walk(model, ways, 1)
    single = ways["iterated"].imputation()
    _walk(model, ways, steps - 1)
    chain = ways.get("chain")
    return Imputations(single, ways["iterated"].imputation(), chain.imputation() if chain else None)


def counted(steps: int) -> tuple[int, ...]:
    """The numbers of steps after which errors are measured: 1, 2, 4, 8 ... and `steps`, (M,)."""
    return (*(1 << k for k in range((steps - 1).bit_length())), steps)


class _Iteration:
    """Images on their way through encoder and decoder, the hidden pixels replaced by the decoder means."""

    def __init__(self, images: Floats, hidden: masks.Mask) -> None:
        self.images, self.hidden = images, hidden
        self.current = self.decoded = conceal(images, hidden)
        self.path: list[Floats] = []

    def code(self, q: Posterior) -> Floats:
        """What is decoded next, given q(z|current)."""
        self.path.append(q.mu)
        return q.mu

    def take(self, means: Floats) -> None:
        """Go on with the decoder means of that code."""
        self.decoded = means
        self.current = np.where(self.hidden[..., None], means, self.images)

    def estimate(self) -> Floats:
        """The whole images as they are decoded by now."""
        return self.decoded

    def imputation(self) -> Imputation:
        """What the way has led to by now."""
        decoded = self.estimate()
        filled = np.where(self.hidden[..., None], decoded, self.images)
        return Imputation(filled, decoded, np.stack(self.path))


class _Chain(_Iteration):
    """The same with draws of z and of the hidden pixels; the estimate is the mean over the second half."""

    def __init__(self, model: Model, images: Floats, hidden: masks.Mask, steps: int, seed: int) -> None:
        super().__init__(images, hidden)
        self.model, self.noise = model, np.random.default_rng(seed)
        self.sum = np.zeros(images.shape, np.float32)  # of the decoder means
        self.sums = {half // 2: self.sum for half in counted(steps)}  # after so many steps

    def code(self, q: Posterior) -> Floats:
        z = q.sample(1, self.noise)[0]
        self.path.append(z)
        return z

    def take(self, means: Floats) -> None:
        self.sum = self.sum + means
        if len(self.path) in self.sums:
            self.sums[len(self.path)] = self.sum
        drawn = self.model.draw(means, self.noise)
        self.current = np.where(self.hidden[..., None], drawn, self.images)

    def estimate(self) -> Floats:
        done = len(self.path)
        return (self.sum - self.sums[done // 2]) / np.float32(done - done // 2)


def _ways(model: Model, images: Floats, hidden: masks.Mask, steps: int, seed: int) -> dict[str, _Iteration]:
    """The ways that take steps, before their first one."""
    ways: dict[str, _Iteration] = {"iterated": _Iteration(images, hidden)}
    if model.likelihood is not None:
        ways["chain"] = _Chain(model, images, hidden, steps, seed)
    return ways


def _walk(model: Model, ways: Mapping[str, _Iteration], steps: int) -> None:
    """Take all ways `steps` times through encoder and decoder; what is decoded goes as one batch."""
    for _ in range(steps):
        codes = [way.code(model.encode_draws(way.current)) for way in ways.values()]
        decoded = np.split(model.decode(np.concatenate(codes)), len(ways))
        for way, means in zip(ways.values(), decoded, strict=True):
            way.take(means)


def error(imputed: Floats, images: Floats, hidden: masks.Mask) -> NDArray[np.float64]:
    """Mean squared error over the hidden pixels of each image, (B,).

    Raises:
        ValueError: if no pixel is hidden.
    """
    if not hidden.any():
        raise ValueError("no pixel is hidden, so there is no error")
    return np.square((imputed - images)[:, hidden], dtype=np.float64).mean(axis=(1, 2))


def errors(
    model: Model,
    images: Floats,
    hidden: masks.Mask,
    steps: int = STEPS,
    seed: int = SEED,
    on_progress: Callable[[float], object] = lambda share: None,
) -> Errors:
    """Errors of the ways for images (N, H, W, C); `on_progress` gets the share done, in [0, 1]."""
    rows: list[Errors] = []
    for begin in range(0, len(images), BATCH):
        batch = images[begin : begin + BATCH]

        def tell(share: float, begin: int = begin, count: int = len(batch)) -> None:
            on_progress((begin + share * count) / len(images))

        rows.append(_errors(model, batch, hidden, steps, seed + begin, tell))
    return {way: np.concatenate([row[way] for row in rows], axis=-1) for way in rows[0]}


def _errors(
    model: Model, images: Floats, hidden: masks.Mask, steps: int, seed: int, tell: Callable[[float], object]
) -> Errors:
    """Errors of one batch."""
    ways = _ways(model, images, hidden, steps, seed)
    found: dict[str, list[NDArray[np.float64]]] = {name: [] for name in ways}
    done = 0
    for count in counted(steps):
        _walk(model, ways, count - done)
        done = count
        for name, way in ways.items():
            found[name].append(error(way.imputation().images, images, hidden))
        tell(done / steps)
    return {"one_pass": found["iterated"][0]} | {name: np.stack(each) for name, each in found.items()}


def summary(found: Errors, hidden: masks.Mask) -> dict[str, Any]:
    """Means with their standard errors after the last step, and the means along the way, ready for JSON.

    `improved` is how often the iterated image is better than that of one pass.
    """
    last = {name: values if name == "one_pass" else values[-1] for name, values in found.items()}
    return {
        "hidden": int(hidden.sum()),
        "images": len(last["one_pass"]),
        "improved": float(np.mean(last["iterated"] < last["one_pass"])),
        **{name: [float(values.mean()), standard_error(values)] for name, values in last.items()},
        "curve": {name: found[name].mean(axis=1).tolist() for name in found if name != "one_pass"},
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
        for way in row.keys() & set(WAYS) | {"one_pass", "iterated"}:
            mean, spread = row[way]
            values += [mean, spread]
        for curve in row["curve"].values():
            if len(curve) != len(counted(said["steps"])):
                raise ValueError("a curve has another length than its steps")
            values += curve
    if not np.isfinite(values).all():
        raise ValueError("a number is not finite")
    return said


def measure(
    name: str, count: int = IMAGES, on_progress: Callable[[float], object] = lambda share: None
) -> dict[str, Any]:
    """The errors of a model under the standard masks, over the first `count` of its data set's test images.

    Raises:
        CheckpointError: if there is no such model.
        DataError: if its data set is not here.
    """
    model = load(name)
    images = sets.load(model.dataset.name, "test").floats(slice(count))
    rows, all_masks = {}, standard(model.image_spec)
    for done, (words, hidden) in enumerate(all_masks.items()):

        def tell(share: float, done: int = done) -> None:
            on_progress((done + share) / len(all_masks))

        rows[words] = summary(errors(model, images, hidden, MEASURED_STEPS, on_progress=tell), hidden)
    return {
        "fingerprint": model.fingerprint,
        "command": f"python -m vae.imputation {name} --images {count}",
        "unit": "mean squared error per hidden pixel, levels in [0, 1], mean and standard error",
        "data": f"{model.dataset.name} test",
        "steps": MEASURED_STEPS,
        "seed": SEED,
        "masks": rows,
    }
