"""What an encoder says of an image's code: a Gaussian q(z|x), a point, or draws from an implicit q(z|x).

Symbols: B images, D latent_dim, K draws.
"""

import math
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from vae.model.config import Kind

Floats = NDArray[np.float32]
Form = Literal["gaussian", "point", "implicit"]
FORMS: dict[Kind, Form] = {"vae": "gaussian", "autoencoder": "point", "avb": "implicit"}


class Posterior(Protocol):
    """q(z|x) of B images; pages ask it for its form, never a model for its kind."""

    @property
    def form(self) -> Form:
        """`gaussian` has a density, `implicit` only draws, `point` neither."""

    @property
    def mu(self) -> Floats:
        """Mean code, (B, D)."""

    @property
    def sd(self) -> Floats:
        """Standard deviation in each dimension, (B, D), in prior standard deviations; 0 for a point."""

    def sample(self, count: int, noise: np.random.Generator) -> Floats:
        """z ~ q(z|x), (K, B, D)."""

    def kl_per_dim(self) -> Floats | None:
        """KL(q(z|x) || N(0, I)) in each dimension, (B, D) nats; None without a closed form, 0 for a point."""


@dataclass(frozen=True)
class Gaussian:
    """N(mu, diag(exp(log_var))), (B, D) each; Kingma and Welling, Auto-Encoding Variational Bayes (2014)."""

    mu: Floats
    log_var: Floats
    form: Form = "gaussian"
    log_var_bound: float = math.inf  # beyond ± this no log_var is said
    log_var_max: float = math.inf  # nor above this

    def bounded(self, mu: Floats, log_var: Floats) -> "Gaussian":
        """Another q within the same bound, (B, D) each."""
        return replace(self, mu=mu, log_var=np.clip(log_var, *self.log_var_range))

    @property
    def log_var_range(self) -> tuple[float, float]:
        """The least and the greatest log_var that the encoder can say."""
        return -self.log_var_bound, min(self.log_var_bound, self.log_var_max)

    @property
    def sd(self) -> Floats:
        """exp(log_var / 2), (B, D)."""
        return np.exp(0.5 * self.log_var)

    def sample(self, count: int, noise: np.random.Generator) -> Floats:
        """mu + sd * eps, (K, B, D)."""
        return self.mu + self.sd * noise.standard_normal((count, *self.mu.shape), np.float32)

    def kl_per_dim(self) -> Floats:
        """Appendix B of the source, (B, D) nats; expm1 keeps it exact near the prior."""
        return 0.5 * (np.square(self.mu) + np.expm1(self.log_var) - self.log_var)


@dataclass(frozen=True)
class Point:
    """The code of an autoencoder: a point mu (B, D), which costs nothing to say."""

    mu: Floats
    form: Form = "point"

    @property
    def sd(self) -> Floats:
        """0, (B, D)."""
        return np.zeros_like(self.mu)

    def sample(self, count: int, noise: np.random.Generator) -> Floats:
        """Each time the same, (K, B, D)."""
        return np.broadcast_to(self.mu, (count, *self.mu.shape)).copy()

    def kl_per_dim(self) -> Floats:
        """0, (B, D): the loss of an autoencoder has no KL."""
        return np.zeros_like(self.mu)


@dataclass(frozen=True)
class Draws:
    """Draws z (S, B, D) from an implicit q(z|x), whose density nobody knows; Mescheder et al. (2017)."""

    z: Floats
    form: Form = "implicit"

    @property
    def mu(self) -> Floats:
        """Mean of the draws, (B, D)."""
        return self.z.mean(axis=0)

    @property
    def sd(self) -> Floats:
        """Standard deviation of the draws, (B, D)."""
        return self.z.std(axis=0)

    def sample(self, count: int, noise: np.random.Generator) -> Floats:
        """Draws taken from those that are there, with replacement, others for each image, (K, B, D)."""
        images = np.arange(self.z.shape[1])
        return self.z[noise.integers(len(self.z), size=(count, len(images))), images]

    def kl_per_dim(self) -> None:
        """Unknown."""
        return
