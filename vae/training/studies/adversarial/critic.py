"""A critic beside the exact log ratio, in one dimension, where both densities are known; no images.

q is a mixture of two Gaussians of any mean and sd, p the prior N(0, 1). Source: Mescheder, Nowozin and
Geiger, Adversarial Variational Bayes, 2017, sections 3.2 and 3.3.

Symbols: S recorded steps, M means, W sds of q, G places of z. Nats.
"""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from vae.training.adversarial.critic import Contrast, Critic, contrast, critic_loss
from vae.training.studies.fitting import SEED

WEIGHTS, PEAKS, SD = (0.6, 0.4), (-0.8, 1.2), 0.35  # of the mixture, which has mean 0
MEANS, SDS = (0.0, 2.0), (1.0, 0.5, 0.2, 0.1, 0.05)  # of q, in prior standard deviations
WATCHED = (0.4, 0.9)  # mean and sd of the q whose critic is watched
BATCH, WIDTH, BLOCKS = 256, 64, 2
LR, BETAS = 2e-3, (0.5, 0.999)
STEPS, SEEDS = 2000, 3
REACH, PLACES = 4.5, 181  # of z that ships
FINE = 20_001  # places of a quadrature
RECORDED = (0, *np.unique(np.geomspace(5, STEPS, 32).round().astype(int)).tolist())


@dataclass(frozen=True)
class Mixture:
    """q: two Gaussians of one sd, as a whole of the given mean and sd."""

    mean: float = 0.0
    sd: float = 1.0

    @property
    def parts(self) -> torch.distributions.Distribution:
        """The distribution as PyTorch has it."""
        whole = math.sqrt(sum(w * at**2 for w, at in zip(WEIGHTS, PEAKS, strict=True)) + SD**2)
        scale = self.sd / whole
        peaks = torch.distributions.Normal(self.mean + scale * torch.tensor(PEAKS), scale * SD)
        return torch.distributions.MixtureSameFamily(
            torch.distributions.Categorical(torch.tensor(WEIGHTS)), peaks
        )

    def log_ratio(self, z: Tensor) -> Tensor:
        """log q(z) - log p(z), the critic's optimum, for z of any shape."""
        return self.parts.log_prob(z) - torch.distributions.Normal(0.0, 1.0).log_prob(z)

    def around(self) -> Tensor:
        """Places that hold all of q, (FINE,)."""
        return torch.linspace(self.mean - 5 * self.sd, self.mean + 5 * self.sd, FINE)


class Score(NamedTuple):
    """What a critic says of q: KL, loss, share of right answers, and the rms error of T under q."""

    kl: float
    loss: float
    accuracy: float
    error: float


PRIOR = Contrast(torch.zeros(1), torch.ones(1))
"""The contrast of Algorithm 1."""


def run() -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """One critic while it learns, and critics for many q, with the prior and with q's moments as contrast."""
    z = torch.linspace(-REACH, REACH, PLACES)
    watched, shown = _watch(Mixture(*WATCHED), z)
    found, curves = _compare()
    settings = {"batch": BATCH, "width": WIDTH, "blocks": BLOCKS, "lr": LR, "seeds": SEEDS, "steps": STEPS}
    density = {"weights": WEIGHTS, "peaks": PEAKS, "peak_sd": SD}
    data = "draws from two densities that are known"
    said = {"data": data, **settings, "density": density, "watched": watched, **found}
    return said, {"z": z.numpy().astype(np.float32), **shown, **curves}


def train(
    q: Mixture, *, adaptive: bool, steps: int, seed: int, watch: Callable[[int, Critic], None] | None = None
) -> tuple[Critic, Contrast]:
    """A critic that tells q from its contrast: p, or, if `adaptive`, the Gaussian of q's moments."""
    torch.manual_seed(seed)
    critic = Critic(0, 1, WIDTH, BLOCKS)
    optimizer = torch.optim.Adam(critic.parameters(), LR, BETAS, fused=True)
    cooling = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    parts = q.parts
    for step in range(steps):
        if watch:
            watch(step, critic)
        z = parts.sample((BATCH, 1))
        r = contrast(z) if adaptive else PRIOR
        loss = critic_loss(critic(0.0, r.standardised(z)), critic(0.0, torch.randn(BATCH, 1)))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        cooling.step()
    if watch:
        watch(steps, critic)
    return critic, contrast(parts.sample((100 * BATCH, 1))) if adaptive else PRIOR


@torch.no_grad()
def estimate(critic: Critic, r: Contrast, z: Tensor) -> Tensor:
    """What stands for log q - log p at z (G,): T, and what the contrast r knows in closed form."""
    column = z[:, None]
    return critic(0.0, r.standardised(column)) + r.log_ratio(column)


@torch.no_grad()
def score(critic: Critic, r: Contrast, q: Mixture) -> Score:
    """By quadrature under q and under the critic's N(0, 1)."""
    z, noise = q.around(), torch.linspace(-8, 8, FINE)
    of_q = _normalised(q.parts.log_prob(z))
    of_p = _normalised(-0.5 * noise.square())
    on_q, on_p = critic(0.0, r.standardised(z[:, None])), critic(0.0, noise[:, None])
    said = on_q + r.log_ratio(z[:, None])
    right = 0.5 * ((of_q * (on_q > 0)).sum() + (of_p * (on_p < 0)).sum())
    loss = (of_q * F.softplus(-on_q)).sum() + (of_p * F.softplus(on_p)).sum()
    error = (of_q * (said - q.log_ratio(z)).square()).sum().sqrt()
    return Score(*(each.item() for each in ((of_q * said).sum(), loss, right, error)))


def true_kl(q: Mixture) -> float:
    """KL(q || p) by quadrature."""
    z = q.around()
    return (_normalised(q.parts.log_prob(z)) * q.log_ratio(z)).sum().item()


def _normalised(log_density: Tensor) -> Tensor:
    """Weights of evenly spaced places, (FINE,), that sum to 1."""
    return log_density.double().softmax(dim=0)


def _watch(q: Mixture, z: Tensor) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """T at z (G,) and the scores after each recorded step."""
    curves: list[Tensor] = []
    scores: list[Score] = []

    def look(step: int, critic: Critic) -> None:
        if step in RECORDED:
            curves.append(estimate(critic, PRIOR, z))
            scores.append(score(critic, PRIOR, q))

    train(q, adaptive=False, steps=STEPS, seed=SEED, watch=look)
    by_name = {name: [getattr(each, name) for each in scores] for name in Score._fields}
    said = {"mean": q.mean, "sd": q.sd, "kl": true_kl(q), "steps": RECORDED, "scores": by_name}
    return said, {"t": torch.stack(curves).numpy().astype(np.float16)}


def _compare() -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Scores (M, W, seeds) of both contrasts, and the curves of the first seed around each q, (M, W, G)."""
    shape = (len(MEANS), len(SDS))
    places = list(itertools.product(range(shape[0]), range(shape[1])))
    said: dict[str, Any] = {"means": MEANS, "sds": SDS, "reach": 4}
    said["true_kl"] = [[true_kl(Mixture(mean, sd)) for sd in SDS] for mean in MEANS]
    curves = {name: np.zeros((*shape, PLACES), np.float32) for name in ("prior", "adaptive")}
    scores = {name: np.zeros((*shape, SEEDS, len(Score._fields))) for name in curves}
    for name, (i, j), seed in itertools.product(curves, places, range(SEEDS)):
        q = Mixture(MEANS[i], SDS[j])
        critic, r = train(q, adaptive=name == "adaptive", steps=STEPS, seed=seed)
        scores[name][i, j, seed] = score(critic, r, q)
        if seed == 0:
            curves[name][i, j] = estimate(critic, r, q.mean + q.sd * torch.linspace(-4, 4, PLACES))
    said["contrasts"] = {
        name: {field: values[..., k].tolist() for k, field in enumerate(Score._fields)}
        for name, values in scores.items()
    }
    return said, {name: curve.astype(np.float16) for name, curve in curves.items()}
