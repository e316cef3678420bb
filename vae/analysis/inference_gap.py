"""What a search for each image's best q(z|x) gains over the encoder: of one image, and the mean of many.

The mean gain is the amortisation gap: `python -m vae.gap` measures it and writes
`assets/inference/<model>.json`. Of a latent plane the true posterior is known, too. Nats per image.

Source: Cremer, Li and Duvenaud, Inference Suboptimality in Variational Autoencoders (2018).
"""

import json
import math
from dataclasses import asdict, dataclass
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.analysis import measurements
from vae.assets import ASSETS
from vae.explorer import Explorer
from vae.images import sets
from vae.latent import importance, posterior_search, prior, true_posterior
from vae.latent.posterior_search import STEPS, Search, Searchable, Tell, search
from vae.latent.true_posterior import LogLikelihood, TruePosterior
from vae.model.tensor_file import write_atomically

Floats = NDArray[np.floating]
End = tuple[Floats, Floats]  # mu and sd (D,) of a q

FOLDER = ASSETS / "inference"
BATCH, IMAGES = 50, 1000  # images at a time, and of the mean
STATES = ("mu", "sd", "elbo", "elbo_error")
DRAWS = 5000  # of z under each q, for the importance-weighted bounds
DRAWN_FOR = (1, 10, 100)  # k of the bounds
QUADRATURE = 22_000  # codes that a true posterior usually takes
BLOCK = 1000  # codes that are decoded at a time
ELSEWHERE = 0.2  # share of p(z|x) within 2 sd of q below which the search found a nearby local optimum


@dataclass(frozen=True)
class Exact:
    """What a grid over the plane knows of one image; before and after the search."""

    posterior: TruePosterior
    kl: tuple[float, float]  # KL(q || p(z|x)), nats
    within: tuple[float, float]  # share of p(z|x) in q's ellipse of 2 sd


@dataclass(frozen=True)
class Inferred:
    """One image's search, in T states; nats."""

    steps: NDArray[np.int64]  # (T,)
    mu: Floats  # (T, D)
    sd: Floats  # (T, D)
    elbo: Floats  # (T,)
    elbo_error: tuple[float, float]  # standard errors of its ends, 0 in a plane
    gain_error: float
    bounds: tuple[tuple[tuple[float, float], ...], ...]  # of encoder's q and of the last: with error, by k
    exact: Exact | None  # of a plane only

    @property
    def gain(self) -> float:
        """What the ELBO gained."""
        return float(self.elbo[-1] - self.elbo[0])

    @property
    def is_elsewhere(self) -> bool:
        """Whether most of p(z|x) is known to lie elsewhere than the q that was found."""
        return self.exact is not None and self.exact.within[1] < ELSEWHERE

    @property
    def moved_most(self) -> tuple[int, int]:
        """The two dimensions whose q changed most, by KL(q after || q before) of each; of a plane both."""
        if self.mu.shape[1] == 2:
            return 0, 1
        ratio = np.square(self.sd[-1] / self.sd[0])
        away = np.square((self.mu[-1] - self.mu[0]) / self.sd[0])
        kl = 0.5 * (away + ratio - 1 - np.log(ratio))
        first, second = sorted(np.argsort(-kl)[:2].tolist())
        return first, second


@dataclass(frozen=True)
class Amortisation:
    """Gains of the ELBO by a search for each of N images, and how they were measured."""

    fingerprint: str  # of the model
    command: str
    data: str  # the images, in words
    elbo: float  # mean over the images of the encoder's q
    gains: tuple[float, ...]  # (N,), to 0.01 nats

    @property
    def mean(self) -> float:
        """Mean gain: the amortisation gap."""
        return float(np.mean(self.gains))

    @property
    def error(self) -> float:
        """Standard error of the mean over the images."""
        return float(np.std(self.gains, ddof=1) / np.sqrt(len(self.gains)))


def infer(explorer: Explorer, image: Floats, tell: Tell = lambda share: None) -> Inferred:
    """Search for an image (H, W, C) in [0, 1]; in a plane find its true posterior too.

    `tell` gets the share done, in [0, 1].

    Raises:
        ValueError: for a model without the abilities `gaussian`, `likelihood` and `gradient`.
    """
    is_plane = explorer.can("plane")
    work = posterior_search.DECODED, 2 * DRAWS, QUADRATURE * is_plane
    searching, bounding, adding = _stages(tell, *work)
    found = search(_searchable(explorer), np.asarray(image)[None], on_progress=searching)
    mu, sd = found.mu[:, 0], found.sd[:, 0]
    ends = [(mu[k], sd[k]) for k in (0, -1)]
    log_likelihood = _reporting(explorer, image, bounding, 2 * DRAWS)
    return Inferred(
        steps=found.steps,
        mu=mu,
        sd=sd,
        elbo=found.elbo[:, 0],
        elbo_error=(float(found.elbo_error[0, 0]), float(found.elbo_error[-1, 0])),
        gain_error=float(found.gain_error[0]),
        bounds=tuple(_bounds(log_likelihood, *end) for end in ends),
        exact=_exact(_reporting(explorer, image, adding, QUADRATURE), ends) if is_plane else None,
    )


def measure(
    model: Searchable,
    images: ArrayLike,
    steps: int = STEPS,
    seed: int = 0,
    on_progress: Tell = lambda share: None,
) -> Search:
    """Only the first and the last state of the search, for many images (B, H, W, C).

    `on_progress` gets the share done, in [0, 1], after each batch.
    """
    found = []
    batches = np.array_split(np.asarray(images, np.float32), math.ceil(len(np.asarray(images)) / BATCH))
    for k, batch in enumerate(batches):
        found.append(search(model, batch, steps, kept=2, seed=seed + k))
        on_progress((k + 1) / len(batches))
    joined = {name: np.concatenate([getattr(each, name) for each in found], axis=1) for name in STATES}
    return Search(found[0].steps, **joined, gain_error=np.concatenate([each.gain_error for each in found]))


def gap(
    explorer: Explorer,
    count: int = IMAGES,
    steps: int = STEPS,
    seed: int = 0,
    on_progress: Tell = lambda share: None,
) -> Amortisation:
    """The amortisation gap of a model over the first `count` test images of its data set.

    Raises:
        DataError: if its data set is not here.
        ValueError: for a model without the abilities `gaussian`, `likelihood` and `gradient`.
    """
    dataset = explorer.dataset.name
    images = sets.load(dataset, "test").floats(slice(count))
    found = measure(_searchable(explorer), images, steps, seed, on_progress)
    return Amortisation(
        fingerprint=explorer.fingerprint,
        command=f"python -m vae.gap {explorer.name} --images {count} --steps {steps} --seed {seed}",
        data=f"first {len(images):,} test images of {dataset}",
        elbo=float(found.elbo[0].mean(dtype=np.float64)),
        gains=tuple(round(float(gain), 2) for gain in found.gain),
    )


def save(name: str, measured: Amortisation, folder: Path = FOLDER) -> Path:
    """Write the measurement of the model of that name; returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    write_atomically(path, to_json(measured).encode())
    return path


def to_json(measured: Amortisation) -> str:
    """The measurement as JSON."""
    return json.dumps(asdict(measured)) + "\n"


def from_json(text: str | bytes) -> Amortisation:
    """The measurement in JSON.

    Raises:
        ValueError, TypeError, KeyError: if it is none.
    """
    return _parse(json.loads(text))


def _parse(said: dict[str, Any]) -> Amortisation:
    measured = Amortisation(**said | {"gains": tuple(map(float, said["gains"]))})
    if not (np.isfinite([measured.elbo, *measured.gains]).all() and len(measured.gains) > 1):
        raise ValueError("a measurement needs two finite gains at least")
    return measured


def load(name: str, fingerprint: str, folder: Path = FOLDER) -> Amortisation | None:
    """The measurement of the model of that name and fingerprint, None where there is none.

    Raises:
        CheckpointError: if the file is damaged.
    """
    return measurements.read(folder / f"{name}.json", fingerprint, _parse, f"python -m vae.gap {name}")


def _searchable(explorer: Explorer) -> Searchable:
    if not (explorer.can("gaussian") and isinstance(explorer.model, Searchable)):
        raise ValueError(f"{explorer.name} has no ELBO in closed form, or gives no gradients of it")
    return explorer.model


def _stages(tell: Tell, *lengths: int) -> list[Tell]:
    """The progress of stages of these lengths, one after another: a function for each stage's own share."""
    ends = list(accumulate(lengths, initial=0))

    def stage(begin: int, end: int) -> Tell:
        return lambda share: tell((begin + (end - begin) * share) / ends[-1])

    return [stage(begin, end) for begin, end in pairwise(ends)]


def _reporting(explorer: Explorer, image: Floats, tell: Tell, codes: int) -> LogLikelihood:
    """log p(x|z) of an image, which reports its progress on the way to so many codes."""
    done = 0

    def log_likelihood(z: NDArray[np.float64]) -> Floats:
        nonlocal done
        values = []
        for begin in range(0, len(z), BLOCK):
            values.append(-explorer.nll(image, z[begin : begin + BLOCK]))
            done += len(values[-1])
            tell(min(done / codes, 1.0))
        return np.concatenate(values)

    return log_likelihood


def _bounds(log_likelihood: LogLikelihood, mu: Floats, sd: Floats) -> tuple[tuple[float, float], ...]:
    """The importance-weighted bound from draws of q = N(mu, diag(sd²)) and its error, for each k."""
    z = mu + sd * prior.samples(DRAWS, len(mu), seed=0)
    log_w = importance.log_weights(log_likelihood(z), z, mu, sd)
    return tuple(importance.importance_weighted_bound(log_w, k) for k in DRAWN_FOR)


def _exact(log_likelihood: LogLikelihood, ends: list[End]) -> Exact:
    """The true posterior by quadrature, and how far q is from it at both ends of the search."""
    posterior = true_posterior.find(log_likelihood, 2, ends)
    level = posterior.log_evidence
    first, last = (true_posterior.kl_to_posterior(log_likelihood, level, *end) for end in ends)
    before, after = (posterior.mass_within(*end, 2.0) for end in ends)
    return Exact(posterior, (first, last), (before, after))
