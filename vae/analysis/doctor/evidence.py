"""What is measured of a model for all rules, once; slow networks are asked of fewer images.

Symbols: N images, D latent_dim.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae.analysis import active, inference_gap, training_codes
from vae.analysis.doctor import aggregate, pixels, weight
from vae.analysis.doctor.aggregate import Near
from vae.analysis.doctor.weight import Sibling, Weight
from vae.analysis.studies import study
from vae.errors import Unusable
from vae.explorer import Explorer
from vae.images import sets
from vae.images.dataset import ImageSet
from vae.latent import posterior_search, prior
from vae.model import catalogue
from vae.model import likelihood as costs
from vae.model.posterior import Gaussian
from vae.model.protocol import Scores

Floats = NDArray[np.floating]
Tell = Callable[[float], object]

CODES, DRAWS = 2000, 2000  # of the images, of the prior
FEWEST, IMAGES = 128, 1000  # images that are looked at
PASSES = 12  # through a network for each of them
LOOKING = 20.0  # seconds that may take
PACED = 32  # images by which the pace is measured
ANSWERED = 16  # codes at which each dimension is moved
TRIED = 64  # images that are given to the encoder in other ways
SEARCHING, SEARCHED, FEWEST_SEARCHED = 25.0, 100, 20  # seconds and images of the search for the best q
STEPS = 40  # of that search; of 150 they reach all but a tenth of the gain
BATCH = 10
OWN = "its likelihood"

WAYS: dict[str, Callable[[Floats], Floats]] = {
    "from −1 to 1": lambda x: 2 * x - 1,
    "from 0 to 255": lambda x: 255 * x,
    "inverted": lambda x: 1 - x,
    "with blue before red": lambda x: x[..., ::-1],
}


@dataclass(frozen=True)
class Seen:
    """What the networks make of N images."""

    x: Floats  # (N, H, W, C)
    means: Floats  # (N, H, W, C) decoded from mu, not clipped
    others: dict[str, float]  # the error left by images given in other ways, of that by x
    implied: dict[str, Weight]  # by the loss it was read under, OWN where the model has a likelihood
    answers: Floats | None  # (D,)


@dataclass(frozen=True)
class Searches:
    """What a search for the best q gained on some images, or why none was made."""

    gains: Floats | None
    where: str


def codes_of(explorer: Explorer, x: Floats | None) -> tuple[Floats, Floats, Floats]:
    """mu and sd (N, D) of at most CODES test images, and a draw of each q(z|x) in float64.

    Of an implicit q(z|x) it is one of images x, where they are here; else of a Gaussian with its mean and sd.
    """
    all_codes, rng = explorer.codes("test"), np.random.default_rng(0)
    some = np.sort(rng.permutation(len(all_codes))[:CODES])
    mu, sd = all_codes.mu[some], all_codes.sd[some]
    if explorer.record.form == "implicit" and x is not None:
        return mu, sd, explorer.encode(x).sample(1, rng)[0].astype(np.float64)
    return mu, sd, mu + sd * rng.standard_normal(mu.shape)


def images_of(explorer: Explorer, split: str) -> ImageSet | None:
    """The images of the model's data set; None where they are not on this machine."""
    try:
        items = sets.load(explorer.dataset.name, split)
    except (Unusable, ValueError):
        return None
    return items if len(items) else None


def some_images(items: ImageSet, count: int) -> Floats:
    """So many of them, spread over all, (count, H, W, C) in [0, 1]; the same each time."""
    chosen = np.sort(np.random.default_rng(0).permutation(len(items))[:count])
    return items.floats(chosen)


def pace(explorer: Explorer, items: ImageSet) -> float:
    """Seconds that an image takes through encoder or decoder."""
    x = items.floats(np.arange(min(PACED, len(items))))
    began = time.perf_counter()
    explorer.model.decode(explorer.model.encode(x).mu)
    return (time.perf_counter() - began) / (2 * len(x))


def affordable(seconds_each: float, latent_dim: int) -> int:
    """The images that can be looked at in LOOKING seconds, FEWEST to IMAGES."""
    extra = 2 * ANSWERED * latent_dim + 2 * len(WAYS) * TRIED
    return int(np.clip((LOOKING / seconds_each - extra) / PASSES, FEWEST, IMAGES))


def look(explorer: Explorer, x: Floats, tell: Tell) -> Seen:
    """Encode and decode images (N, H, W, C), in several ways."""
    model, q = explorer.model, explorer.model.encode(x.astype(np.float32))
    means = model.decode(q.mu)
    tell(0.3)
    others = _other_ways(explorer, x[:TRIED], means[:TRIED])
    tell(0.5)
    answers = _answers(explorer, q.mu)
    tell(0.7)
    found: dict[str, Weight] = {}
    if isinstance(q, Gaussian):
        for name, nll in _costs(explorer, x, means).items():
            weighed = weight.implied(q, nll, np.random.default_rng(0))
            found |= {} if weighed is None else {name: weighed}
    tell(1.0)
    return Seen(x, means, others, found, answers)


def losses(explorer: Explorer, x: Floats) -> Floats:
    """-ELBO, or nll where there is none, by one draw of z each, (N,) nats."""
    q = explorer.model.encode(x.astype(np.float32))
    kl = q.kl_per_dim()
    nll = _nll(explorer, x, q.sample(1, np.random.default_rng(0))[0])
    return nll if kl is None else nll + kl.sum(axis=1)


def training_losses(explorer: Explorer, count: int) -> Floats | None:
    """Losses of training images: those that ship with the model, else of at most `count` of the data set."""
    try:
        shipped = training_codes.shipped(explorer)
    except Unusable:
        shipped = None
    if shipped is not None:
        return shipped.loss
    items = images_of(explorer, "train")
    return None if items is None else losses(explorer, some_images(items, count))


def searches(explorer: Explorer, items: ImageSet, seconds_each: float, tell: Tell) -> Searches:
    """What a search gains over the encoder on the first test images, as many as SEARCHING seconds allow."""
    try:
        measured = inference_gap.load(explorer.name, explorer.fingerprint)
    except Unusable:
        measured = None
    if measured is not None:
        return Searches(np.array(measured.gains), measured.data)
    cost = seconds_each * posterior_search.cost(STEPS, 2)
    count = min(SEARCHED, len(items), int(SEARCHING / cost))
    if count < FEWEST_SEARCHED:
        minutes = math.ceil(1.5 * inference_gap.IMAGES * seconds_each * posterior_search.cost() / 30)
        return Searches(
            None,
            f"A search for {FEWEST_SEARCHED} images would take longer than half a minute here; "
            f"`python -m vae.gap {explorer.name}` makes it, in about {minutes:,} minutes.",
        )
    model = explorer.model
    assert isinstance(model, posterior_search.Searchable)
    found = []
    for k in range(0, count, BATCH):
        ascent = posterior_search.search(model, items.floats(slice(k, min(k + BATCH, count))), None, STEPS, 2)
        found.append(np.maximum(ascent.elbo[-1] - ascent.elbo[0], 0))
        tell(min(1.0, (k + BATCH) / count))
    return Searches(np.concatenate(found), f"first {count} test images of {explorer.dataset.name}")


def siblings(explorer: Explorer) -> list[Sibling]:
    """Models of the same images, likelihood and latent_dim: of the study of beta, and all others here."""
    record = explorer.record
    found = []
    for name in catalogue.released_names():
        try:
            other = catalogue.describe(catalogue.model_path(name))
        except Unusable:
            continue
        if name != record.name and _family(other) == _family(record) and other.config is not None:
            said = other.metrics
            if isinstance(said.get("kl"), float) and isinstance(said.get("nll"), float):
                found.append(Sibling(other.config.beta, said["kl"], said["nll"], name))
    if _family(record) in {("mnist", dims, "gaussian", "bernoulli") for dims in (2, 10)}:
        found += _studied(record.latent_dim)
    return found


def pictures_of_holes(explorer: Explorer, found: Near, p: Floats) -> Floats:
    """What the draws of the prior around which codes are rarest are decoded to, (SHOWN, H, W, C)."""
    rarest = np.argsort(-found.thinner(explorer.latent_dim))
    return explorer.decode(p[rarest[: aggregate.SHOWN]])


def drawn_prior(latent_dim: int, count: int = DRAWS, seed: int = 1) -> Floats:
    """Draws of the prior, (count, D)."""
    return prior.samples(count, latent_dim, seed)


def used(explorer: Explorer, mu: Floats) -> NDArray[np.bool_]:
    """Whether each dimension is in use, (D,)."""
    if explorer.can("gaussian"):
        return active.is_active(explorer.kl_per_dim)
    return np.asarray(mu.astype(np.float64).var(axis=0) > active.VARIANCE)


def _family(record: Any) -> tuple[Any, ...]:
    return record.dataset.name, record.latent_dim, record.form, record.likelihood


def _studied(latent_dim: int) -> list[Sibling]:
    try:
        points = study.read("beta").said["points"]
    except Unusable:
        return []
    return [
        Sibling(point["beta"], point["rate"], point["distortion"])
        for point in points
        if point["latent_dim"] == latent_dim
    ]


def _other_ways(explorer: Explorer, x: Floats, means: Floats) -> dict[str, float]:
    """The share of unexplained variance left when the encoder gets x (N, H, W, C) in each of WAYS."""
    own = max(pixels.unexplained(x, means), 1e-6)
    ways = {name: way for name, way in WAYS.items() if x.shape[-1] == 3 or "red" not in name}
    found = {}
    for name, way in ways.items():
        with np.errstate(all="ignore"):
            mu = explorer.model.encode(np.ascontiguousarray(way(x), np.float32)).mu
            made = explorer.model.decode(mu) if np.isfinite(mu).all() else np.zeros_like(means)
        target = x[..., ::-1] if "red" in name else x
        found[name] = pixels.unexplained(target, made) / own if np.isfinite(made).all() else 1.0
    return found


def _answers(explorer: Explorer, mu: Floats) -> Floats:
    """How much the image changes when a dimension moves by 1 sd of all codes up and down, (D,)."""
    at, sd = mu[:ANSWERED], mu.std(axis=0)
    found = []
    for k in range(mu.shape[1]):
        away = np.zeros(mu.shape[1], np.float32)
        away[k] = max(float(sd[k]), 0.5)
        up, down = (explorer.model.decode((at + sign * away).astype(np.float32)) for sign in (1, -1))
        found.append(float(np.sqrt(np.square(up - down, dtype=np.float64).mean())))
    return np.array(found)


def _costs(explorer: Explorer, x: Floats, means: Floats) -> dict[str, weight.Nll]:
    """-log p(x|z) of images (N, H, W, C) for a code of each; of a model without a likelihood under two.

    The squared error's pixels get the sd that they are off, (x - means), so that its weight is that of nats.
    """
    if explorer.can("likelihood"):
        return {OWN: lambda z: _nll(explorer, x, z)}
    rows, log_var = x.reshape(len(x), -1), math.log(max(float(np.square(x - means).mean()), 1e-6))

    def made(z: Floats) -> Floats:
        return explorer.decode(z).reshape(len(z), -1)

    return {
        "a cross-entropy": lambda z: costs.bernoulli_nll(costs.logit(made(z).clip(1e-6, 1 - 1e-6)), rows).sum(
            axis=1
        ),
        "a squared error": lambda z: costs.gaussian_nll(made(z), rows, log_var).sum(axis=1),
    }


def _nll(explorer: Explorer, x: Floats, z: Floats) -> Floats:
    """-log p(x|z) of images x (N, H, W, C) for a code z (N, D) of each, (N,) nats."""
    model = explorer.model
    assert isinstance(model, Scores)  # asked before
    return model.nll(x.astype(np.float32), z.astype(np.float32))
