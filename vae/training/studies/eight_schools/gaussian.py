"""Variational Bayes with a Gaussian q(z): independent dimensions (mean-field) or any covariance (full-rank).

The ELBO of this model has a closed form, so that each step follows its exact gradient.
"""

import torch
from torch import Tensor

from vae.training.studies.eight_schools.method import STEPS, Fit, cosine
from vae.training.studies.eight_schools.model import LOG_2PI, D, expected_log_joint

LR = 2e-2
START_LOG_SD = -1.0


class Gaussian(torch.nn.Module):
    """q(z) = N(mean, L L'), L lower triangular, diagonal in the mean field."""

    def __init__(self, generator: torch.Generator, *, full_rank: bool) -> None:
        super().__init__()
        self.mean = torch.nn.Parameter(0.1 * torch.randn(D, generator=generator))
        self.log_sd = torch.nn.Parameter(torch.full((D,), START_LOG_SD))
        self.below = torch.nn.Parameter(torch.zeros(D, D), requires_grad=full_rank)

    def scale(self) -> Tensor:
        """L (D, D)."""
        return self.below.tril(-1) + self.log_sd.exp().diag()

    def elbo(self) -> Tensor:
        """E[log p(y, z)] plus the entropy, () nats, exact."""
        scale = self.scale()
        entropy = self.log_sd.sum() + 0.5 * D * (1 + LOG_2PI)
        return expected_log_joint(self.mean, scale @ scale.T) + entropy

    @torch.no_grad()
    def draws(self, count: int, generator: torch.Generator) -> Tensor:
        """z ~ q(z), (count, D)."""
        return self.mean + torch.randn(count, D, generator=generator) @ self.scale().T


def fit(seed: int, *, full_rank: bool, steps: int = STEPS) -> Fit:
    """Raise the ELBO by Adam."""
    generator = torch.Generator().manual_seed(seed)
    q = Gaussian(generator, full_rank=full_rank)
    optimizer = torch.optim.Adam([weight for weight in q.parameters() if weight.requires_grad], LR)
    schedule = cosine(optimizer, steps)
    yield lambda count: q.draws(count, generator)
    for _ in range(steps):
        optimizer.zero_grad()
        (-q.elbo()).backward()
        optimizer.step()
        schedule.step()
        yield lambda count: q.draws(count, generator)
