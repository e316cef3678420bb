"""Models made for a test: any log p(x|z), and any q(z|x), of a black image."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy.stats import norm

from vae.images.spec import ImageSpec
from vae.model.posterior import Floats, Gaussian
from vae.model.protocol import Likelihood

BLACK = ImageSpec(8, 8, 1)


@dataclass(frozen=True)
class Made:
    """A model with any log p(x|z), its gradient by differences, and any q(z|x)."""

    log_likelihood: Callable[[np.ndarray], np.ndarray]  # of codes (K, D)
    q: Gaussian
    likelihood: Likelihood = field(default_factory=lambda: Likelihood("bernoulli"))
    image_spec: ImageSpec = BLACK
    latent_dim: int = 2
    fingerprint: str = "made"

    def encode(self, images: Floats) -> Gaussian:
        return self.q

    def decode(self, z: Floats) -> Floats:
        raise NotImplementedError

    def nll(self, images: Floats, z: Floats) -> Floats:
        return np.asarray(-self.log_likelihood(z.astype(np.float64)), np.float32)

    def log_likelihood_gradient(self, images: Floats, z: Floats) -> Floats:
        steps, at = 1e-4 * np.eye(z.shape[1]), z.astype(np.float64)
        sides = [self.log_likelihood(at + step) - self.log_likelihood(at - step) for step in steps]
        return np.stack(sides, axis=1).astype(np.float32) / np.float32(2e-4)


IMAGE = np.zeros((1, *BLACK.shape), np.float32)


def q_of(mu: list[float], sd: list[float], bound: float = 8.0) -> Gaussian:
    log_var = 2 * np.log(np.array([sd], np.float32))
    return Gaussian(np.array([mu], np.float32), log_var, log_var_bound=bound)


NEAR_THE_MINOR_MODE = q_of([-1.2, 0.6], [0.3, 0.3])


def two_modes(z: np.ndarray) -> np.ndarray:
    """The posterior's mass is at (2, -1); a second peak at (-1, 0.5) holds e^-9 of it."""
    far, near = (norm.logpdf(z, place, 0.05).sum(axis=1) for place in ([2, -1], [-1, 0.5]))
    return np.asarray(np.logaddexp(far, near - 10))


def evidence_of_two_modes() -> float:
    """log p(x): the integral of N(z; m, s²) N(z; 0, 1) is N(m; 0, 1 + s²)."""
    far, near = (norm.logpdf(place, 0, np.sqrt(1 + 0.05**2)).sum() for place in ([2, -1], [-1, 0.5]))
    return float(np.logaddexp(far, near - 10))
