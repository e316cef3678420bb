"""The variational autoencoder: its configuration, encode and decode."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from vae.elbo import Posterior, bernoulli_nll, check_unit_range, gaussian_nll, prior_log_prob
from vae.networks import ACTIVATIONS, mlp

IMAGE_SIDE = 28
PIXELS = IMAGE_SIDE**2
LOG_VAR_BOUND = 8.0

Likelihood = Literal["bernoulli", "gaussian"]


@dataclass(frozen=True)
class ModelConfig:
    """What is needed to build a model; saved in its checkpoint.

    Raises:
        ValueError: naming the first field that is out of bounds.
    """

    latent_dim: int = 20
    hidden: tuple[int, ...] = (512, 512)  # decoder widths from z to x; the encoder mirrors them
    activation: str = "silu"
    likelihood: Likelihood = "bernoulli"
    beta: float = 1.0  # weight of the KL in the loss
    samples: int = 1  # Monte-Carlo samples of z per image in training

    def __post_init__(self) -> None:
        checks = {
            "latent_dim must be a whole number from 1 to 64": _whole(self.latent_dim, 1, 64),
            "hidden must be 1 to 6 widths from 1 to 2048": isinstance(self.hidden, tuple)
            and 1 <= len(self.hidden) <= 6
            and all(_whole(width, 1, 2048) for width in self.hidden),
            f"activation must be one of {', '.join(ACTIVATIONS)}": self.activation in ACTIVATIONS,
            "likelihood must be bernoulli or gaussian": self.likelihood in ("bernoulli", "gaussian"),
            "beta must be a number from 0 to 1000": _number(self.beta) and 0 <= self.beta <= 1000,
            "samples must be a whole number from 1 to 100": _whole(self.samples, 1, 100),
        }
        for rule, holds in checks.items():
            if not holds:
                raise ValueError(f"{rule}, got {getattr(self, rule.split()[0])!r}")


def _whole(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


class VAE(nn.Module):
    """Variational autoencoder with a diagonal Gaussian posterior and the prior N(0, I).

    With a Gaussian likelihood one variance, learnt, is shared by all pixels.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = mlp((PIXELS, *reversed(config.hidden), 2 * config.latent_dim), config.activation)
        self.decoder = mlp((config.latent_dim, *config.hidden, PIXELS), config.activation)
        if config.likelihood == "gaussian":
            self.pixel_log_var = nn.Parameter(torch.tensor(-3.0))

    def encode(self, x: Tensor) -> Posterior:
        """q(z|x) for x (B, 784) in [0, 1]; log_var is bounded softly to ±8, so it cannot overflow."""
        mu, raw = self.encoder(x).float().chunk(2, dim=-1)
        return Posterior(mu, LOG_VAR_BOUND * torch.tanh(raw / LOG_VAR_BOUND))

    def decode(self, z: Tensor) -> Tensor:
        """E[x|z], (B, D) -> (B, 784) in [0, 1]."""
        return torch.sigmoid(self.decoder(z).float())

    def nll(self, z: Tensor, x: Tensor) -> Tensor:
        """-log p(x|z), (..., D) and (..., 784) -> (...,) nats per image.

        Raises:
            ValueError: if a pixel of x lies outside [0, 1].
        """
        logits = self.decoder(z).float()
        if self.config.likelihood == "bernoulli":
            return bernoulli_nll(logits, x)
        check_unit_range(x)
        return gaussian_nll(torch.sigmoid(logits), x, self.pixel_log_var.clamp(-12.0, 4.0))

    def terms(
        self, x: Tensor, samples: int = 1, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Posterior]:
        """nll (B,), nats per image, averaged over fresh samples of z ~ q(z|x), and q(z|x) for the KL."""
        posterior = self.encode(x)
        draws = [self.nll(posterior.rsample(generator), x) for _ in range(samples)]
        return torch.stack(draws).mean(dim=0), posterior

    def log_weights(self, x: Tensor, samples: int, generator: torch.Generator | None = None) -> Tensor:
        """log p(x, z) - log q(z|x) for K samples of z ~ q(z|x), (K, B) nats per image."""
        posterior = self.encode(x)
        draws = [posterior.rsample(generator) for _ in range(samples)]
        return torch.stack([prior_log_prob(z) - self.nll(z, x) - posterior.log_prob(z) for z in draws])
