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
from vae.errors import Unusable
from vae.explorer import Explorer
from vae.images import sets
from vae.latent import importance, posterior_search, prior, true_posterior
from vae.latent.importance import Estimate
from vae.latent.posterior_search import STEPS, Searchable, Tell, search
from vae.latent.true_posterior import LogLikelihood, TruePosterior
from vae.model.posterior import Gaussian
from vae.model.tensor_file import write_atomically

Floats = NDArray[np.floating]
Q = tuple[Floats, Floats]  # mu and sd (D,) of a q

FOLDER = ASSETS / "inference"
BATCH, IMAGES = 25, 200  # images at a time, and of the mean
DRAWS = 2000  # of z under each q and the prior, for the estimates of log p(x)
DRAWN_FOR = (1, 10, 100)  # k of the bounds
QUADRATURE = 22_000  # codes that a true posterior usually takes
BLOCK = 1000  # codes that are decoded at a time
CLEAR = 1.0  # nats of a difference between two q's, or to log p(x), that are worth a warning
ERRORS = 4  # standard errors beyond which two ways to one number disagree
ROUNDING = 0.05  # nats, of float32 and of the grid's cells, that are no disagreement


@dataclass(frozen=True)
class Climb:
    """A search from one start, in T states; nats."""

    mu: Floats  # (T, D)
    sd: Floats  # (T, D)
    terms: Floats  # (T, G) ELBO by groups of places under q, which all searches share

    @property
    def elbo(self) -> Floats:
        """(T,)."""
        return self.terms.mean(axis=1)

    @property
    def first(self) -> Estimate:
        """ELBO of the start."""
        return importance.mean(self.terms[0])

    @property
    def last(self) -> Estimate:
        """ELBO after the search."""
        return importance.mean(self.terms[-1])

    @property
    def end(self) -> Q:
        """The q that was found."""
        return self.mu[-1], self.sd[-1]


@dataclass(frozen=True)
class Plane:
    """What quadrature in a plane knows of one image, of the encoder's q and of the best one found."""

    posterior: TruePosterior
    elbo: tuple[Estimate, Estimate]  # by the trapezoidal rule under q
    within: tuple[float, float]  # share of p(z|x) in q's ellipse of 2 sd

    @property
    def log_evidence(self) -> Estimate:
        """log p(x) by the grid; its error is what halving the cells changed."""
        return Estimate(self.posterior.log_evidence, self.posterior.grid_error)


@dataclass(frozen=True)
class Inferred:
    """One image's two searches; nats."""

    steps: NDArray[np.int64]  # (T,)
    from_encoder: Climb
    from_peak: Climb  # from a Gaussian at the true posterior's peak
    bounds: tuple[tuple[Estimate, ...], ...]  # importance-weighted, of the encoder's q and of the best, by k
    drawn_evidence: Estimate  # log p(x) by weighted draws of all q's and of the prior
    plane: Plane | None
    log_var_range: tuple[float, float]  # within which q's stay

    @property
    def best(self) -> Climb:
        """The search that ended higher."""
        return max(self.from_encoder, self.from_peak, key=lambda climb: climb.last.value)

    @property
    def gain(self) -> Estimate:
        """What the better search gained over the encoder's q."""
        return importance.mean(self.best.terms[-1] - self.from_encoder.terms[0])

    @property
    def log_evidence(self) -> Estimate:
        """log p(x), in a plane by the grid."""
        return self.drawn_evidence if self.plane is None else self.plane.log_evidence

    @property
    def gaps(self) -> tuple[Estimate, Estimate]:
        """log p(x) - ELBO of the encoder's q and of the best one: KL(q || p(z|x))."""
        first, last = (self.log_evidence.minus(elbo) for elbo in (self.from_encoder.first, self.best.last))
        return first, last

    @property
    def other_gaps(self) -> tuple[Estimate, Estimate] | None:
        """The same of a plane by another log p(x), from draws, and another ELBO, by quadrature."""
        if self.plane is None:
            return None
        first, last = (self.drawn_evidence.minus(elbo) for elbo in self.plane.elbo)
        return first, last

    @property
    def disagreement(self) -> float:
        """Nats by which the two ways to a gap differ beyond their errors, 0 where they do not."""
        pairs = zip(self.gaps, self.other_gaps or self.gaps, strict=True)
        apart = [one.minus(other) for one, other in pairs]
        return max(
            (abs(each.value) for each in apart if abs(each.value) > ERRORS * each.error + ROUNDING),
            default=0.0,
        )

    @property
    def fell_short(self) -> float:
        """Nats by which the search from the encoder's q ended below the other one; negative if above."""
        return self.from_peak.last.value - self.from_encoder.last.value

    @property
    def moved_most(self) -> tuple[int, int]:
        """The two dimensions whose q changed most, by KL(q after || q before) of each; of a plane both."""
        (mu, sd), (mu_before, sd_before) = self.best.end, (self.from_encoder.mu[0], self.from_encoder.sd[0])
        if len(mu) == 2:
            return 0, 1
        ratio = np.square(sd / sd_before)
        kl = 0.5 * (np.square((mu - mu_before) / sd_before) + ratio - 1 - np.log(ratio))
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
    """Search for an image (H, W, C) in [0, 1] from both starts; in a plane find its true posterior too.

    `tell` gets the share done, in [0, 1].

    Raises:
        ValueError: for a model without the abilities `gaussian`, `likelihood` and `gradient`.
    """
    model, is_plane = _searchable(explorer), explorer.can("plane")
    adding, searching, drawing = _stages(tell, QUADRATURE * is_plane, 2 * posterior_search.cost(), 4 * DRAWS)
    x = np.asarray(image, np.float32)[None]
    q = posterior_search.encoded(model, x)
    posterior, others = None, None
    if is_plane:
        near = [(q.mu[0], q.sd[0])]
        posterior = true_posterior.find(_reporting(explorer, image, adding, QUADRATURE), 2, near)
        others = posterior.peak[None, None]
    found = search(
        model,
        np.concatenate([x, x]),
        _both(q, posterior_search.at_peak(model, x, others)),
        on_progress=searching,
    )
    first, second = (Climb(found.mu[:, k], found.sd[:, k], found.terms[:, :, k]) for k in (0, 1))
    lower, best = sorted([first, second], key=lambda climb: climb.last.value)
    ends = [(q.mu[0], q.sd[0]), best.end]
    bounds, drawn = _by_draws(_reporting(explorer, image, drawing, 4 * DRAWS), ends, lower.end)
    plane = None if posterior is None else _plane(explorer, image, posterior, ends)
    return Inferred(found.steps, first, second, bounds, drawn, plane, q.log_var_range)


def gains(
    model: Searchable,
    images: ArrayLike,
    steps: int = STEPS,
    seed: int = 0,
    on_progress: Tell = lambda share: None,
) -> tuple[Floats, Floats]:
    """ELBO of the encoder's q of images (B, H, W, C), and what the better of two searches gains, (B,) each.

    `on_progress` gets the share done, in [0, 1], after each batch.
    """
    first, best = [], []
    batches = np.array_split(np.asarray(images, np.float32), math.ceil(len(np.asarray(images)) / BATCH))
    for k, x in enumerate(batches):
        start = _both(posterior_search.encoded(model, x), posterior_search.at_peak(model, x, seed=seed + k))
        found = search(model, np.concatenate([x, x]), start, steps, kept=2, seed=seed + k)
        first.append(found.elbo[0, : len(x)])
        best.append(np.maximum(*np.split(found.elbo[-1], 2)))
        on_progress((k + 1) / len(batches))
    elbo = np.concatenate(first)
    return elbo, np.concatenate(best) - elbo


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
    elbo, found = gains(_searchable(explorer), images, steps, seed, on_progress)
    return Amortisation(
        fingerprint=explorer.fingerprint,
        command=f"python -m vae.gap {explorer.name} --images {count} --steps {steps} --seed {seed}",
        data=f"first {len(images):,} test images of {dataset}",
        elbo=float(elbo.mean(dtype=np.float64)),
        gains=tuple(round(float(gain), 2) for gain in found),
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


def telling(explorer: Explorer, folder: Path = FOLDER) -> int:
    """The test image to begin with: of those measured the one that gains most.

    Where nothing is measured it is the one among the first IMAGES that the model finds most surprising, by
    -ELBO: such images tend to gain most.
    """
    try:
        measured = load(explorer.name, explorer.fingerprint, folder)
    except Unusable:
        measured = None
    values = explorer.codes("test").loss[:IMAGES] if measured is None else measured.gains
    return int(np.argmax(values))


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


def _both(q: Gaussian, other: Gaussian) -> Gaussian:
    """The first q of all images, then the other of all."""
    return q.bounded(
        *(np.concatenate([getattr(each, name) for each in (q, other)]) for name in ("mu", "log_var"))
    )


def _by_draws(
    log_likelihood: LogLikelihood, ends: list[Q], other: Q
) -> tuple[tuple[tuple[Estimate, ...], ...], Estimate]:
    """The importance-weighted bounds of both ends, for each k; log p(x) by draws of all and the prior."""
    latent_dim = len(other[0])
    proposals = [*ends, other, (np.zeros(latent_dim), np.ones(latent_dim))]
    z = np.stack(
        [mu + sd * prior.samples(DRAWS, latent_dim, seed) for seed, (mu, sd) in enumerate(proposals)]
    )
    values = log_likelihood(z.reshape(-1, latent_dim)).reshape(len(proposals), DRAWS)
    bounds = []
    for k, q in enumerate(ends):
        log_w = importance.log_weights(values[k], z[k], *q)
        bounds.append(tuple(importance.importance_weighted_bound(log_w, count) for count in DRAWN_FOR))
    mixed = importance.mixture_log_weights(values.ravel(), z.reshape(-1, latent_dim), proposals)
    return tuple(bounds), importance.log_mean(mixed)


def _plane(explorer: Explorer, image: Floats, posterior: TruePosterior, ends: list[Q]) -> Plane:
    """How far the encoder's q and the best one are from the true posterior."""
    first, last = (true_posterior.elbo(lambda z: -explorer.nll(image, z), *q) for q in ends)
    before, after = (posterior.mass_within(*q, 2.0) for q in ends)
    return Plane(posterior, (first, last), (before, after))
