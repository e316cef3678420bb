"""All codes beside the prior: against exact divergences, shifts that are known, and codes with a hole."""

import numpy as np
import pytest
import torch
from torch.distributions import MultivariateNormal, kl_divergence

from vae.analysis.doctor import aggregate
from vae.analysis.doctor.finding import Finding

RNG = np.random.default_rng(0)
PRIOR = RNG.standard_normal((2000, 3))


def drawn(dims: int = 3) -> np.ndarray:
    return RNG.standard_normal((2000, dims))


def test_the_nats_of_the_moments_are_those_of_a_gaussian() -> None:
    mean, half = np.array([0.5, -1.0, 0.0]), np.array([[1.5, 0, 0], [0.6, 0.8, 0], [0, 0.3, 0.5]])
    gaussian = MultivariateNormal(torch.from_numpy(mean), scale_tril=torch.from_numpy(half))
    exact = kl_divergence(gaussian, MultivariateNormal(torch.zeros(3).double(), torch.eye(3).double())).item()
    found = aggregate.moments(drawn() @ half.T + mean, rate=10.0)
    assert found.value == pytest.approx(exact, rel=0.06)


@pytest.mark.parametrize(
    ("spread", "gravity"), [(1.0, "well"), (1.9, "note"), (2.2, "serious"), (12.0, "grave")]
)
def test_codes_that_spread_beyond_the_prior_are_graver_the_farther(spread: float, gravity: str) -> None:
    rate = 3 * (np.log(spread) + 2.3)  # what spread and a width of 0.1 cost, about
    assert aggregate.moments(spread * drawn(), rate).gravity == gravity


@pytest.mark.parametrize("dims", [1, 3, 20])
@pytest.mark.parametrize("shift", [0.0, 0.4, 0.8, 1.5])
def test_the_mmd_of_a_moved_prior_is_said_as_its_shift(dims: int, shift: float) -> None:
    found = aggregate.mmd(drawn(dims) + shift, drawn(dims))
    assert found.value == pytest.approx(shift, abs=0.12)
    assert found.gravity == ("well" if shift < 0.5 else "note" if shift < 1 else "serious")


def holes(z: np.ndarray, is_point: bool = False) -> Finding:
    others = RNG.standard_normal(z.shape)
    return aggregate.holes(aggregate.near(z, PRIOR, others), z.shape[1], None, is_point)


@pytest.mark.parametrize(("aside", "gravity"), [(2.0, "well"), (3.0, "serious")])
def test_codes_beside_the_prior_are_serious_however_much_they_say(aside: float, gravity: str) -> None:
    z = np.random.default_rng(2).standard_normal((4000, 20))
    z[:, 3] += aside
    assert aggregate.moments(z, 200.0).gravity == gravity


def test_a_hole_in_the_codes_is_found() -> None:
    ring = RNG.standard_normal((5000, 3))
    ring = ring[np.linalg.norm(ring, axis=1) > 1.6][:2000]
    found = holes(ring)
    deep, within = ((np.linalg.norm(PRIOR, axis=1) < radius).mean() for radius in (1.0, 1.6))
    assert deep < (found.value or 0) < within
    assert found.is_ill
    assert holes(drawn()).gravity == "well"
    assert "large hole" not in holes(drawn()).meaning
    assert "With 40 codes only a large hole can be seen" in holes(drawn()[:40]).meaning


def test_codes_a_little_wider_than_the_prior_have_no_holes_in_many_dimensions() -> None:
    wide = 1.5 * drawn(20)  # 3,000 times rarer in the middle
    found = aggregate.near(wide, drawn(20), drawn(20))
    assert np.median(found.thinner(20)) > np.log(aggregate.RARE)
    assert aggregate.holes(found, 20, None).gravity == "well"


def test_an_autoencoder_has_no_prior_to_keep_to() -> None:
    wide = 9 * drawn()
    assert aggregate.moments(wide, None, is_point=True).gravity == "unasked"
    assert aggregate.mmd(wide, PRIOR, is_point=True).gravity == "unasked"
    far = wide + np.array([40.0, 0, 0])
    assert holes(far, is_point=True).gravity == "note"
    assert holes(far).gravity == "grave"
