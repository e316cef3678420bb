"""The parts of Adversarial Variational Bayes: a critic that stands for the KL of a q(z|x) without a density.

Source: Mescheder, Nowozin and Geiger, Adversarial Variational Bayes, 2017: Algorithm 1, and Algorithm 2 with
adaptive contrast. All is in nats.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SLOPE = 0.2  # of the critic's LeakyReLU below 0
AT_CHANCE = 2 * math.log(2)  # the critic's loss when it cannot tell q from p, nats


class Critic(nn.Module):
    """T(x, z), whose optimum is log q(z|x) - log p(z) (equation 3.4); at first 0 but for `quadratic`.

    Arguments:
        inputs: Length of x, 0 where there is none.
        latent_dim: Length D of z.
        width: Of the hidden layers.
        blocks: Number of residual blocks.
        quadratic: Weight of ||z||² in T, which a network learns slowly.
    """

    def __init__(
        self, inputs: int, latent_dim: int, width: int = 128, blocks: int = 2, quadratic: float = 0.0
    ) -> None:
        super().__init__()
        self.of_x = (
            nn.Sequential(nn.Linear(inputs, width), _act(), nn.Linear(width, width)) if inputs else None
        )
        self.of_z = nn.Linear(latent_dim, width)
        residual = [_Block(width) for _ in range(blocks)]
        self.blocks = nn.Sequential(*residual)
        self.out = nn.Linear(width, 1)
        self.quadratic = quadratic
        self.apply(_xavier)
        for last in (self.out, *(block.last for block in residual)):
            nn.init.zeros_(last.weight)

    def features(self, x: Tensor | None) -> Tensor | float:
        """What T needs of x (B, inputs), to be computed once for several z."""
        return 0.0 if self.of_x is None or x is None else self.of_x(x)

    def forward(self, features: Tensor | float, z: Tensor) -> Tensor:
        """T for z (B, D), (B,) nats."""
        hidden = self.blocks(features + self.of_z(z))
        value: Tensor = self.out(F.leaky_relu(hidden, SLOPE)).squeeze(-1)
        return value + self.quadratic * z.square().sum(dim=-1)


class _Block(nn.Module):
    """h + last(act(first(act(h)))), at first the identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, hidden: Tensor) -> Tensor:
        """As the class says."""
        inner = self.first(F.leaky_relu(hidden, SLOPE))
        moved: Tensor = hidden + self.last(F.leaky_relu(inner, SLOPE))
        return moved


def critic_loss(on_posterior: Tensor, on_prior: Tensor) -> Tensor:
    """The critic's loss (equation 3.3), its sign turned: 2 log 2 where it cannot tell the two, () nats."""
    return F.softplus(-on_posterior).mean() + F.softplus(on_prior).mean()


def accuracy(on_posterior: Tensor, on_prior: Tensor) -> Tensor:
    """The share of the draws that the critic assigns to the right one of q and p, ()."""
    return 0.5 * ((on_posterior > 0).float().mean() + (on_prior < 0).float().mean())


@dataclass(frozen=True)
class Contrast:
    """r(z|x) = N(mean, sd²), which takes the prior's place (section 3.3); no gradient flows in.

    The critic then sees zn = (z - mean) / sd and N(0, I), and log q - log p = T(x, zn) + log r - log p.
    """

    mean: Tensor  # (B, D) or (D,)
    sd: Tensor  # likewise

    def standardised(self, z: Tensor) -> Tensor:
        """z (B, D) in units of r."""
        return (z - self.mean) / self.sd

    def log_ratio(self, z: Tensor) -> Tensor:
        """log r(z|x) - log N(z; 0, I), (B,) nats."""
        whole = z.square() - self.standardised(z).square()
        return (0.5 * whole - self.sd.log()).sum(dim=-1)

    def kl(self) -> Tensor:
        """KL(r(z|x), N(0, I)), (B,) nats: the least that a q(z|x) with r's moments can have.

        For a Gaussian of independent dimensions has the largest entropy of all with its moments.
        """
        variance = self.sd.square()
        return 0.5 * (self.mean.square() + variance - 1 - variance.log()).sum(dim=-1)


@dataclass(frozen=True)
class Correlated(Contrast):
    """N(mean, L L^T), whose dimensions may be correlated; beyond the paper.

    A q(z|x) that shrinks to a line costs independent dimensions nothing: the critic alone has to see it, and
    saturates. This contrast carries it.
    """

    factor: Tensor  # L, lower triangular, (B, D, D)

    @classmethod
    def of(cls, mean: Tensor, covariance: Tensor) -> "Correlated":
        """With these moments, (B, D) and (B, D, D)."""
        factor = torch.linalg.cholesky_ex(covariance).L  # no check, which would wait for a GPU
        return cls(mean, covariance.diagonal(dim1=-2, dim2=-1).sqrt(), factor)

    def independent(self) -> Contrast:
        """With the same mean and sd of each dimension."""
        return Contrast(self.mean, self.sd)

    def standardised(self, z: Tensor) -> Tensor:
        """L⁻¹ (z - mean)."""
        away = (z - self.mean).unsqueeze(-1)
        return torch.linalg.solve_triangular(self.factor, away, upper=False).squeeze(-1)

    def log_ratio(self, z: Tensor) -> Tensor:
        """As of a contrast."""
        whole = z.square() - self.standardised(z).square()
        return 0.5 * whole.sum(dim=-1) - self._log_det()

    def kl(self) -> Tensor:
        """As of a contrast, and never less: correlated dimensions have less entropy."""
        whole = self.mean.square() + self.sd.square() - 1
        return 0.5 * whole.sum(dim=-1) - self._log_det()

    def _log_det(self) -> Tensor:
        """Of L, (B,)."""
        return self.factor.diagonal(dim1=-2, dim2=-1).log().sum(dim=-1)


def contrast(z: Tensor) -> Contrast:
    """The moments of draws z (S, ..., D) from q over S."""
    still = z.detach()
    return Contrast(still.mean(dim=0), still.std(dim=0).clamp_min(1e-4))


def _act() -> nn.Module:
    return nn.LeakyReLU(SLOPE)


def _xavier(module: nn.Module) -> None:
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)
