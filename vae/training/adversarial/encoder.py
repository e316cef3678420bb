"""An encoder that draws: z_d = centre_d(x) + sum_i a_id(x) v_id(eps_i); q(z|x) has no density.

Source: Mescheder, Nowozin and Geiger, Adversarial Variational Bayes (2017), its models of MNIST.
Symbols: B images, D latent_dim, I functions of noise v_i, E random numbers eps_i that each takes, S draws.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vae.model.config import ModelConfig, implicit_shapes
from vae.model.numpy_vae import fixed_noise
from vae.training.adversarial.critic import Correlated
from vae.training.networks import ACTIVATIONS

LEAST_VARIANCE = 1e-6  # of the contrast


class NoiseBasis(nn.Module):
    """The functions v_i, multilayer perceptrons of their own side by side."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        shapes = list(implicit_shapes(config).values())
        self.weights, self.biases = (
            nn.ParameterList(
                _drawn(shape, weight[1]) for shape, weight in zip(some, shapes[::2], strict=True)
            )
            for some in (shapes[::2], shapes[1::2])
        )
        self.activate = ACTIVATIONS[config.activation_of("encoder")]()
        self.bases, self.noise_dim = config.noise_bases, config.noise_dim

    def forward(self, eps: Tensor) -> Tensor:
        """v, (I, S, D), for eps (I, S, E)."""
        values = eps
        for k, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            values = torch.baddbmm(bias, self.activate(values) if k else values, weight)
        return values

    def draw(self, count: int, generator: torch.Generator | None) -> Tensor:
        """v for fresh noise, (I, count, D)."""
        like = self.weights[0]
        eps = torch.empty(self.bases, count, self.noise_dim, device=like.device)
        return self(eps.normal_(generator=generator))

    def fixed(self) -> Tensor:
        """v for the noise by which a model is looked at, (I, S, D)."""
        noise = torch.tensor(fixed_noise(self.bases, self.noise_dim), device=self.weights[0].device)
        drawn: Tensor = self(noise)
        return drawn


@dataclass(frozen=True)
class Moments:
    """Mean and log variance of draws from q(z|x), (B, D) each."""

    mu: Tensor
    log_var: Tensor

    def kl_per_dim(self) -> Tensor:
        """Unknown, (B, D): NaN."""
        return torch.full_like(self.mu, torch.nan)


@dataclass(frozen=True)
class Implicit:
    """q(z|x) of B images, known by its draws."""

    centre: Tensor  # (B, D)
    scale: Tensor  # (B, I, D), positive
    noise: NoiseBasis

    @property
    def mu(self) -> Tensor:
        """Mean of the draws by which a model is looked at, (B, D)."""
        return self.moments().mu

    @property
    def sd(self) -> Tensor:
        """Standard deviation of the same draws, (B, D)."""
        return (0.5 * self.moments().log_var).exp()

    def rsample(self, generator: torch.Generator | None = None) -> tuple[Tensor, Correlated]:
        """z ~ q(z|x), (B, D), differentiable; and the Gaussian with q(z|x)'s mean and covariance.

        The moments follow from those of v_i over the noise of the batch.
        """
        v = self.noise.draw(len(self.centre), generator)
        z = self.centre + torch.einsum("bid,ibd->bd", self.scale, v)
        return z, self.contrast(v)

    def moments(self) -> Moments:
        """Of the draws by which a model is looked at, the same each time."""
        z = self.draws(self.noise.fixed())
        return Moments(z.mean(dim=0), z.var(dim=0, correction=0).log())

    def draws(self, v: Tensor) -> Tensor:
        """z (S, B, D) for v (I, S, D), which all images share."""
        return self.centre + torch.einsum("bid,isd->sbd", self.scale, v)

    def contrast(self, v: Tensor) -> Correlated:
        """The Gaussian with the mean and covariance of draws by v (I, S, D); no gradient flows in."""
        scale, v = self.scale.detach(), v.detach()
        away = v - v.mean(dim=1, keepdim=True)
        within = away.mT @ away / (v.shape[1] - 1)  # (I, D, D)
        mean = self.centre.detach() + torch.einsum("bid,id->bd", scale, v.mean(dim=1))
        covariance = torch.einsum("bid,bie,ide->bde", scale, scale, within)
        return Correlated.of(mean, covariance + LEAST_VARIANCE * torch.eye(v.shape[2], device=v.device))


def _drawn(shape: tuple[int, ...], fan_in: int) -> nn.Parameter:
    """As torch draws the weights and biases of a linear layer."""
    bound = 1 / math.sqrt(fan_in)
    return nn.Parameter(torch.empty(shape).uniform_(-bound, bound))
