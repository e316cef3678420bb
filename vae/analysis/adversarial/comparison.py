"""AVB beside VAEs of the same decoder, on MNIST in black and white: what `python -m vae.comparison` measured.

The paper's numbers are those of its table 2: Mescheder, Nowozin and Geiger, Adversarial Variational Bayes,
2017. AVB's bound rests on its critic: it is an estimate, and may lie above log p(x).
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from vae.assets import ASSETS
from vae.model.tensor_file import CheckpointError

PATH = ASSETS / "adversarial" / "comparison.json"
COMMAND = "python -m vae.comparison"
Method = Literal["VAE", "AVB", "AVB+AC"]


class Published(NamedTuple):
    """A row of the paper's table 2, nats: the bound or its estimate, log p(x) by AIS, and their errors."""

    method: Method
    latent_dim: int
    bound: float
    bound_error: float
    log_p: float
    log_p_error: float


TABLE_2 = (
    Published("AVB", 8, -83.6, 0.4, -91.2, 0.6),
    Published("AVB+AC", 8, -96.3, 0.4, -89.6, 0.6),
    Published("AVB+AC", 32, -79.5, 0.3, -80.2, 0.4),
    Published("VAE", 8, -98.1, 0.5, -90.9, 0.6),
    Published("VAE", 32, -87.2, 0.3, -81.9, 0.4),
)
BUDGET = "2.5 million steps"  # of the paper's models


@dataclass(frozen=True)
class Measured:
    """One of our models; nats per image.

    Arguments:
        name: Of its file.
        method: How it was trained; AC is adaptive contrast.
        contrast: What the critic told q(z|x) from: `adaptive`, a Gaussian with its mean and sd as in the
            paper, `covariance`, one with all of its covariance, or `prior`; empty without a critic.
        latent_dim: Number of dimensions D of z.
        seed: Of its training.
        steps: Of its training.
        seconds: Of its training.
        device: That it was trained on.
        nll: -log p(x|z), mean over draws of z.
        kl: KL(q(z|x) || p(z)), of a VAE in closed form, else the critic's estimate.
        log_p: log p(x) of the test images, by annealed importance sampling of some, which errs low, or in two
            dimensions by quadrature.
        error: Of log_p, its standard error.
        gap: How far chains backward lie above chains forward, on images drawn from the model, else 0.
        knn: k-NN accuracy by the mean of the draws and by one draw, in [0, 1].
        silhouette: Likewise, in [-1, 1].
    """

    name: str
    method: Method
    contrast: str
    latent_dim: int
    seed: int
    steps: int
    seconds: float
    device: str
    nll: float
    kl: float
    log_p: float
    error: float
    gap: float
    knn: tuple[float, float]
    silhouette: tuple[float, float]

    @property
    def bound(self) -> float:
        """-(nll + kl): of a VAE the ELBO, else an estimate of it."""
        return -(self.nll + self.kl)


class Spread(NamedTuple):
    """A figure over models that differ in their seed only."""

    mean: float
    sd: float  # NaN of a single one
    seeds: int

    def text(self, decimals: int) -> str:
        """The mean, and ± the standard deviation over several seeds."""
        sd = f" ± {self.sd:.{decimals}f}" if self.seeds > 1 else ""
        return f"{self.mean:.{decimals}f}{sd}".replace("-", "−")


@dataclass(frozen=True)
class Group:
    """Models of one method and size, one for each seed."""

    method: Method
    latent_dim: int
    models: tuple[Measured, ...]

    def over(self, figure: str, place: int | None = None) -> Spread:
        """The figure of that name over the models, of a pair that at a place."""
        values = [getattr(each, figure) for each in self.models]
        numbers = np.array(values if place is None else [pair[place] for pair in values], np.float64)
        sd = float(numbers.std(ddof=1)) if len(numbers) > 1 else float("nan")
        return Spread(float(numbers.mean()), sd, len(numbers))

    @property
    def budget(self) -> str:
        """Steps and time of the training of one, the device, and a contrast that is not the paper's."""
        steps, seconds = self.over("steps").mean, self.over("seconds").mean
        contrast = ", contrast with covariance" * (self.models[0].contrast == "covariance")
        return f"{steps:,.0f} steps, {seconds / 60:.1f} min, {self.models[0].device}{contrast}"


@dataclass(frozen=True)
class Comparison:
    """All models, and how they were measured."""

    command: str
    seed: int
    data: str
    sampling: str  # annealed importance sampling, in words
    models: tuple[Measured, ...]

    @property
    def groups(self) -> tuple[Group, ...]:
        """The models by size and method, as table 2 has them."""
        keys = sorted({(each.latent_dim, each.method) for each in self.models})
        return tuple(
            Group(method, dims, tuple(m for m in self.models if (m.latent_dim, m.method) == (dims, method)))
            for dims, method in keys
        )

    def group(self, method: Method, latent_dim: int) -> Group | None:
        """The models of that method and size, None where there are none."""
        found = (each for each in self.groups if (each.method, each.latent_dim) == (method, latent_dim))
        return next(found, None)


LIKELIHOOD = ("model", "dimensions", "bound", "log p(x) by AIS", "gap of AIS", "training")
"""Header of `likelihood_rows`; bound, log p(x) and gap in nats per image."""
SEPARATION = ("model", "dimensions", "10-NN, mean code", "10-NN, one draw", "silhouette", "one draw", "seeds")
"""Header of `separation_rows`; accuracies in %, silhouettes in [-1, 1]."""


def likelihood_rows(found: Comparison | None) -> Iterator[tuple[str, ...]]:
    """Table 2: the paper's rows, then ours; ≈ marks a bound that rests on a critic."""
    for row in TABLE_2:
        bound, log_p = (
            f"{value:.1f} ± {error}".replace("-", "−")
            for value, error in ((row.bound, row.bound_error), (row.log_p, row.log_p_error))
        )
        yield f"{row.method}, paper", str(row.latent_dim), _marked(row.method, bound), log_p, "", BUDGET
    for group in found.groups if found else ():
        bound = group.over("bound").text(1)
        figures = (group.over("log_p").text(1), group.over("gap").text(2))
        yield group.method, str(group.latent_dim), _marked(group.method, bound), *figures, group.budget


def separation_rows(found: Comparison) -> Iterator[tuple[str, ...]]:
    """How well the classes are kept apart, mean and standard deviation over the seeds."""
    for group in found.groups:
        knn = [Spread(100 * mean, 100 * sd, seeds).text(1) for mean, sd, seeds in _pair(group, "knn")]
        silhouette = [each.text(3) for each in _pair(group, "silhouette")]
        yield group.method, str(group.latent_dim), *knn, *silhouette, str(len(group.models))


def shipped() -> Comparison | None:
    """What ships; None where nothing does.

    Raises:
        CheckpointError: if the file is damaged.
    """
    return load(PATH) if PATH.is_file() else None


def load(path: Path) -> Comparison:
    """What the command wrote there.

    Raises:
        CheckpointError: if the file is damaged.
    """
    try:
        return from_json(path.read_bytes())
    except (OSError, ValueError, TypeError, LookupError) as error:
        raise CheckpointError(f"{path.parent.name}/{path.name} is damaged; run `{COMMAND}`.") from error


def to_json(found: Comparison) -> str:
    """The comparison as JSON."""
    return json.dumps(asdict(found), indent=1) + "\n"


def from_json(text: str | bytes) -> Comparison:
    """The comparison in JSON.

    Raises:
        ValueError, TypeError, KeyError: if it is none.
    """
    said = json.loads(text)
    return Comparison(**said | {"models": tuple(map(_measured, said["models"]))})


def _measured(said: dict[str, Any]) -> Measured:
    model = Measured(**said | {name: _two(said[name]) for name in ("knn", "silhouette")})
    numbers = [model.nll, model.kl, model.log_p, model.gap, *model.knn, *model.silhouette]
    if not np.isfinite(numbers).all():
        raise ValueError("a figure is not finite")
    return model


def _two(pair: Any) -> tuple[float, float]:
    mean, draw = map(float, pair)
    return mean, draw


def _pair(group: Group, figure: str) -> tuple[Spread, Spread]:
    return group.over(figure, 0), group.over(figure, 1)


def _marked(method: Method, bound: str) -> str:
    return bound if method == "VAE" else f"≈ {bound}"
