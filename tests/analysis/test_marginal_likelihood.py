"""Estimates of log p(x) of one image, against the quadrature in a plane and the terms of the ELBO."""

import numpy as np
import pytest

from tests.conftest import model_of
from vae import explorer
from vae.analysis import marginal_likelihood
from vae.explorer import Explorer
from vae.images.dataset import Dataset
from vae.images.spec import ImageSpec
from vae.latent import true_posterior
from vae.model.config import ModelConfig
from vae.model.numpy_vae import NumpyModel

SPEC = ImageSpec(8, 10, 3)


@pytest.fixture(scope="module")
def model() -> Explorer:
    """A model of small RGB images with weights at random: its posterior is near its prior."""
    config = ModelConfig(2, (6,), image_spec=SPEC)
    made = NumpyModel(config, model_of(config).weights(), "fingerprint")
    return explorer.explore(made, "small", Dataset("small", SPEC))


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    return np.random.default_rng(0).uniform(size=SPEC.shape).astype(np.float32)


def test_both_ways_of_guessing_reach_the_quadrature(model: Explorer, image: np.ndarray) -> None:
    exact = true_posterior.find(lambda z: -model.nll(image, z), 2).log_evidence
    from_prior, from_encoder = marginal_likelihood.guesses(model, image, repeats=3, draws=500)
    assert from_prior.shape == from_encoder.shape == (3, 500)
    np.testing.assert_allclose(from_prior[:, -1], exact, atol=0.2)
    np.testing.assert_allclose(from_encoder[:, -1], exact, atol=0.2)


def test_at_width_one_the_terms_are_those_of_the_encoder_s_q(model: Explorer, image: np.ndarray) -> None:
    found = marginal_likelihood.terms_by_width(model, image, (0.1, 1.0, 5.0), draws=1000, weighted=1000)
    q = model.encode(image[None])
    nll = model.nll(image, q.sample(1000, np.random.default_rng(1))[:, 0])
    assert found.nll[1] == pytest.approx(nll.mean(), abs=float(5 * nll.std() * (2 / 1000) ** 0.5))
    kl = q.kl_per_dim()
    assert kl is not None
    assert found.kl[1] == pytest.approx(float(kl.sum()), rel=1e-4)
    assert (found.log_evidence > -(found.nll + found.kl) - 0.05).all()
