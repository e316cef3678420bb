"""Models of four points x, the rows of the identity of 4 x 4, with codes in the plane.

Symbols: S draws for each point, z (S, 4, 2) one row for each of them in order, eps (S, 4, E) noise. Nats.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vae.training.studies.fitting import perceptron

POINTS, LATENT, NOISE = 4, 2, 64
HIDDEN = (64, 64, 64)
X = torch.eye(POINTS)


class Implicit(nn.Module):
    """An encoder z = f(x, eps) of any distribution, and a Bernoulli decoder."""

    noise = NOISE

    def __init__(self) -> None:
        super().__init__()
        self.encoder = perceptron(POINTS + NOISE, *HIDDEN, LATENT)
        self.decoder = perceptron(LATENT, *HIDDEN, POINTS)
        self.apply(_xavier)

    def forward(self, eps: Tensor) -> Tensor:
        """z (S, 4, 2) of noise eps (S, 4, 64)."""
        drawn: Tensor = self.encoder(torch.cat([X.expand(len(eps), -1, -1), eps], dim=-1))
        return drawn


class Gaussian(nn.Module):
    """The VAE: q(z|x) = N(mu(x), diag(exp(log_var(x)))), and the same decoder."""

    noise = LATENT

    def __init__(self) -> None:
        super().__init__()
        self.encoder = perceptron(POINTS, *HIDDEN, 2 * LATENT)
        self.decoder = perceptron(LATENT, *HIDDEN, POINTS)
        self.apply(_xavier)

    def forward(self, eps: Tensor) -> Tensor:
        """z (S, 4, 2) of noise eps (S, 4, 2)."""
        mu, log_var = self.posterior()
        return mu + (0.5 * log_var).exp() * eps

    def posterior(self) -> tuple[Tensor, Tensor]:
        """mu and log_var of the four points, (4, 2) each."""
        mu, log_var = self.encoder(X).chunk(2, dim=-1)
        return mu, log_var

    def kl(self) -> Tensor:
        """KL(q(z|x) || N(0, I)) of the four points, (4,) nats."""
        mu, log_var = self.posterior()
        return 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=-1)


Model = Implicit | Gaussian


def draws(model: Model, count: int, generator: torch.Generator) -> Tensor:
    """z ~ q(z|x), (count, 4, 2)."""
    drawn: Tensor = model(torch.randn(count, POINTS, model.noise, generator=generator))
    return drawn


def nll(model: Model, z: Tensor) -> Tensor:
    """-log p(x|z) of the point that each z (S, 4, 2) is of, (S, 4) nats."""
    logits = model.decoder(z)
    return F.binary_cross_entropy_with_logits(logits, X.expand_as(logits), reduction="none").sum(dim=-1)


def costs(model: Model, z: Tensor) -> Tensor:
    """-log p(x|z) of every point at codes z (N, 2), (N, 4) nats."""
    logits = model.decoder(z)
    every: Tensor = F.softplus(logits).sum(dim=-1, keepdim=True) - logits
    return every


def _xavier(module: nn.Module) -> None:
    """Larger first weights than PyTorch's: the clouds part sooner, rather around the middle than in bands."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)
