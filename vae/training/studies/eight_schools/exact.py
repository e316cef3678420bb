"""The posterior without Monte Carlo: y_i given mu and tau is N(mu, s_i² + tau²), eta then a Gaussian.

So the posterior of (mu, tau) has two dimensions and stands on a grid.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.training.studies.eight_schools.model import LOG_2PI, D, S, Y

Floats = NDArray[np.float64]

REACH, SIDE = 6.0, 601  # of the grid, to both sides of 0; places per side


def log_marginal_joint(mu: ArrayLike, tau: ArrayLike) -> Floats:
    """log p(y, mu, tau) (...) of mu and tau (...), nats."""
    mu, tau = np.asarray(mu, np.float64)[..., None], np.asarray(tau, np.float64)[..., None]
    variance = np.square(S) + tau**2
    likelihood = -0.5 * ((np.array(Y) - mu) ** 2 / variance + np.log(variance) + LOG_2PI)
    prior = -0.5 * (mu**2 + tau**2)[..., 0] - LOG_2PI
    return np.asarray(likelihood.sum(axis=-1) + prior)


def eta_given(mu: ArrayLike, tau: ArrayLike) -> tuple[Floats, Floats]:
    """Mean and sd of the Gaussian p(eta|mu, tau, y), (..., 8) each, of mu and tau (...)."""
    mu, tau = np.asarray(mu, np.float64)[..., None], np.asarray(tau, np.float64)[..., None]
    precision = 1 + tau**2 / np.square(S)
    return tau * (np.array(Y) - mu) / np.square(S) / precision, precision**-0.5


@dataclass(frozen=True)
class Posterior:
    """p(mu, tau|y) on a grid whose places (G,) are the same for both."""

    places: Floats

    @cached_property
    def _log_joint(self) -> Floats:
        return log_marginal_joint(self.places[:, None], self.places)

    @cached_property
    def log_evidence(self) -> float:
        """log p(y), nats."""
        return float(np.logaddexp.reduce(self._log_joint, axis=None)) + 2 * math.log(self._step)

    @cached_property
    def mass(self) -> Floats:
        """Probability of each cell, (G, G): mu down, tau across."""
        weights = np.exp(self._log_joint - self._log_joint.max())
        return np.asarray(weights / weights.sum())

    @property
    def _step(self) -> float:
        return float(self.places[1] - self.places[0])

    def log_density(self, mu: ArrayLike, tau: ArrayLike) -> Floats:
        """log p(mu, tau|y) of mu and tau (...), nats."""
        return log_marginal_joint(mu, tau) - self.log_evidence

    def moments(self) -> dict[str, float]:
        """Means and sds, of |tau| as tau's own mean is 0."""
        of_mu, of_tau = self.mass.sum(axis=1), self.mass.sum(axis=0)
        mu, size = self.places @ of_mu, np.abs(self.places) @ of_tau
        variance = self.places**2 @ of_mu - mu**2
        return {"mu": float(mu), "mu_sd": math.sqrt(variance), "abs_tau": float(size)}

    def draws(self, count: int, seed: int) -> Floats:
        """Independent draws z (count, D)."""
        rng = np.random.default_rng(seed)
        cells = rng.choice(self.mass.size, count, p=self.mass.ravel())
        near = self.places[np.stack(np.unravel_index(cells, self.mass.shape))]
        mu, tau = near + rng.uniform(-0.5, 0.5, near.shape) * self._step
        mean, sd = eta_given(mu, tau)
        return np.column_stack([mu, tau, mean + sd * rng.standard_normal((count, D - 2))])

    def tau_eta_density(self, tau: ArrayLike, eta: ArrayLike) -> Floats:
        """p(tau, eta_1|y) at tau (T,) and eta_1 (E,), (E, T)."""
        across, up = np.asarray(tau, np.float64), np.asarray(eta, np.float64)
        density = np.exp(self.log_density(self.places[:, None], across))  # (G, T)
        mean, sd = (each[..., 0] for each in eta_given(self.places[:, None], across))
        gaussian = np.exp(-0.5 * ((up[:, None, None] - mean) / sd) ** 2) / sd / math.sqrt(2 * math.pi)
        return np.asarray((density * gaussian).sum(axis=1) * self._step)


def posterior(side: int = SIDE) -> Posterior:
    """On a grid with so many places per side."""
    return Posterior(np.linspace(-REACH, REACH, side))
