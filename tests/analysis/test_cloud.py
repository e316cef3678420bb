"""An implicit q(z|x) beside the true posterior, on a linear model whose every term has a formula."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from vae import explorer
from vae.analysis.estimates import cloud, nearest
from vae.images.dataset import Dataset
from vae.images.spec import Floats, ImageSpec
from vae.model.posterior import Draws
from vae.model.protocol import Likelihood

SPEC, SD = ImageSpec(8, 8, 1), 0.8
LIKELIHOOD = Likelihood("gaussian", SD)
WEIGHT = 0.3 * np.random.default_rng(1).standard_normal((SPEC.size, 2))
X = np.random.default_rng(2).random(SPEC.size)
COVARIANCE = np.linalg.inv(np.eye(2) + WEIGHT.T @ WEIGHT / SD**2)
MEAN = COVARIANCE @ WEIGHT.T @ X / SD**2
LOG_P = multivariate_normal(np.zeros(SPEC.size), WEIGHT @ WEIGHT.T + SD**2 * np.eye(SPEC.size)).logpdf(X)


@dataclass(frozen=True)
class Exact:
    """Draws from the true posterior N(MEAN, COVARIANCE), moved by `away`."""

    away: float = 0.0
    fingerprint: str = "exact"
    image_spec: ImageSpec = SPEC
    latent_dim: int = 2
    likelihood: Likelihood = LIKELIHOOD

    def encode(self, images: Floats) -> Draws:
        z = np.random.default_rng(0).multivariate_normal(MEAN, COVARIANCE, (1500, len(images)))
        return Draws((z + np.array([self.away, 0])).astype(np.float32))

    def decode(self, z: Floats) -> Floats:
        return SPEC.unflatten((z @ WEIGHT.T).astype(np.float32))

    def nll(self, images: Floats, z: Floats) -> Floats:
        away = (SPEC.flatten(images) - z @ WEIGHT.T) / SD
        return 0.5 * np.square(away).sum(axis=1) + SPEC.size * np.log(SD * np.sqrt(2 * np.pi))


def found(away: float) -> cloud.Cloud:
    model = explorer.explore(Exact(away), "exact", Dataset("made up", SPEC, None, "CC0"))
    return cloud.cloud(model, X.reshape(SPEC.shape).astype(np.float32))


def test_draws_from_the_true_posterior_leave_no_gap() -> None:
    exact = found(0.0)
    assert exact.posterior.log_evidence == pytest.approx(LOG_P, abs=1e-3)
    assert exact.gap.value == pytest.approx(0, abs=0.08)
    assert abs(exact.gap.value) < 3 * exact.gap.error
    moved = COVARIANCE.trace() + MEAN @ MEAN - 2 - np.linalg.slogdet(COVARIANCE)[1]
    assert exact.kl.value == pytest.approx(0.5 * moved, abs=0.1)


def test_another_q_leaves_the_kl_as_a_gap() -> None:
    away = 0.3
    expected = 0.5 * away**2 * np.linalg.inv(COVARIANCE)[0, 0]
    assert found(away).gap.value == pytest.approx(expected, abs=0.15)


def test_the_bias_and_the_spread_of_the_entropy_are_those_that_are_said() -> None:
    errors = [
        nearest.entropy(np.random.default_rng(seed).standard_normal((128, 2)), cloud.NEIGHBOURS)
        - np.log(2 * np.pi * np.e)
        for seed in range(200)
    ]
    assert np.mean(errors) == pytest.approx(-0.06, abs=0.02)
    assert np.std(errors) == pytest.approx(cloud.ENTROPY_ERROR / 128**0.5, abs=0.02)
