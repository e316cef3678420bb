"""The terms of the evidence lower bound, as pure functions of tensors, in nats per image.

Source: Kingma and Welling, Auto-Encoding Variational Bayes (2014), equations 7, 10 to 12 and appendix B.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from vae.training.descent.captured import is_capturing
from vae.training.parallel import draws

LOG_TWO_PI = math.log(2 * math.pi)


def at_least_float32(tensor: Tensor) -> Tensor:
    """The tensor, where it has half precision widened to float32."""
    return tensor.float() if tensor.dtype in (torch.bfloat16, torch.float16) else tensor


@dataclass(frozen=True)
class Posterior:
    """Diagonal Gaussian q(z|x) = N(mu, exp(log_var)); half precision is widened to float32."""

    mu: Tensor  # (B, D)
    log_var: Tensor  # (B, D)

    def __post_init__(self) -> None:
        object.__setattr__(self, "mu", at_least_float32(self.mu))
        object.__setattr__(self, "log_var", at_least_float32(self.log_var))

    @property
    def sd(self) -> Tensor:
        """Standard deviations, (B, D), in prior standard deviations."""
        return (0.5 * self.log_var).exp()

    def rsample(self, generator: torch.Generator | None = None) -> Tensor:
        """z = mu + sd * eps ~ q(z|x), (B, D), differentiable in mu and log_var (equation 10)."""
        return self.mu + self.sd * draws.normal(self.mu, generator)

    def kl_per_dim(self) -> Tensor:
        """KL(q(z|x) || N(0, I)) of each dimension, (B, D) nats (appendix B)."""
        # expm1 keeps it exact near the prior
        return 0.5 * (self.mu.square() + self.log_var.expm1() - self.log_var)

    def kl(self) -> Tensor:
        """KL(q(z|x) || N(0, I)), (B,) nats per image."""
        return self.kl_per_dim().sum(dim=-1)


def bernoulli_nll(logits: Tensor, x: Tensor) -> Tensor:
    """-log p(x|z) for Bernoulli pixels, summed over pixels, (...,) nats per image (equation 11).

    Grey pixels in [0, 1] give the "grey BCE", which is not comparable with numbers on binarised images.

    Raises:
        ValueError: if a pixel of x lies outside [0, 1].
    """
    check_unit_range(x)
    logits, x = at_least_float32(logits), at_least_float32(x)
    return F.binary_cross_entropy_with_logits(logits, x.expand_as(logits), reduction="none").sum(dim=-1)


def gaussian_nll(mean: Tensor, x: Tensor, log_var: Tensor) -> Tensor:
    """-log p(x|z) for Gaussian pixels of variance exp(log_var), summed, (...,) nats (equation 12)."""
    squared = (at_least_float32(x) - at_least_float32(mean)).square() * (-log_var).exp()
    return 0.5 * (squared + log_var + LOG_TWO_PI).sum(dim=-1)


def check_unit_range(x: Tensor) -> None:
    """Pixels must be grey levels; not looked at while a CUDA graph is captured, which cannot wait for them.

    Raises:
        ValueError: if one lies outside [0, 1] or is NaN.
    """
    if x.numel() == 0 or is_capturing(x):
        return
    low, high = torch.aminmax(x)
    if not (low >= 0 and high <= 1):  # also catches NaN
        raise ValueError(f"Pixels must lie in [0, 1], got [{low.item():.4g}, {high.item():.4g}].")
