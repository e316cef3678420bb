"""The critic of the study: what ships beside the exact log ratio, and its scores against draws."""

import math

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import norm

from vae.analysis.studies import study as studies
from vae.training.studies.adversarial import critic
from vae.training.studies.adversarial.critic import Mixture


@pytest.fixture(scope="module")
def shipped() -> studies.Study:
    return studies.read("critic")


def density(said: dict, mean: float, sd: float, z: np.ndarray | float) -> np.ndarray:
    """The study's q by SciPy."""
    weights, peaks, spread = (np.array(said["density"][name]) for name in ("weights", "peaks", "peak_sd"))
    scale = sd / np.sqrt((weights * peaks**2).sum() + spread**2)
    parts = [w * norm.pdf(z, mean + scale * at, scale * spread) for w, at in zip(weights, peaks, strict=True)]
    return np.sum(parts, axis=0)


def kl(said: dict, mean: float, sd: float) -> float:
    def slope(z: float) -> float:
        q = float(density(said, mean, sd, z))
        return q * (math.log(q) - norm.logpdf(z)) if q > 1e-300 else 0.0

    ends = mean - 6 * sd, mean + 6 * sd
    return float(quad(slope, *ends, limit=400, points=[mean - sd, mean, mean + sd])[0])


def test_the_shipped_critic_is_the_log_ratio_within_the_error_that_is_said(shipped: studies.Study) -> None:
    said, z = shipped.said, shipped.arrays["z"].astype(np.float64)
    watched = said["watched"]
    q = density(said, watched["mean"], watched["sd"], z)
    truth = np.log(q) - norm.logpdf(z)
    away = shipped.arrays["t"][-1].astype(np.float64) - truth
    error = np.sqrt((q * away**2).sum() / q.sum())
    assert error == pytest.approx(watched["scores"]["error"][-1], abs=3e-3)
    assert error < 0.05
    assert np.abs(shipped.arrays["t"][0]).max() == 0  # and at first it knows nothing
    assert watched["scores"]["loss"][0] == pytest.approx(2 * math.log(2))


def test_the_kl_s_that_ship_are_those_of_the_densities(shipped: studies.Study) -> None:
    said = shipped.said
    assert said["watched"]["kl"] == pytest.approx(
        kl(said, said["watched"]["mean"], said["watched"]["sd"]), abs=1e-4
    )
    for mean, row in zip(said["means"], said["true_kl"], strict=True):
        assert row == pytest.approx([kl(said, mean, sd) for sd in said["sds"]], abs=1e-4)
    assert said["watched"]["scores"]["kl"][-1] == pytest.approx(said["watched"]["kl"], abs=0.03)


def test_with_adaptive_contrast_the_kl_is_right_for_every_width(shipped: studies.Study) -> None:
    said, true = shipped.said, np.array(shipped.said["true_kl"])[..., None]
    wrong = {name: np.abs(np.array(each["kl"]) - true) for name, each in said["contrasts"].items()}
    assert wrong["adaptive"].max() < 0.03
    narrow = said["sds"].index(0.05)
    assert wrong["prior"][:, narrow].min() > 10 * wrong["adaptive"][:, narrow].max()
    loss = np.array(said["contrasts"]["adaptive"]["loss"])
    assert np.ptp(loss) < 0.01  # its task is the same


def test_the_scores_are_means_over_draws() -> None:
    torch.manual_seed(0)
    q = Mixture(0.4, 0.9)
    network, r = critic.train(q, adaptive=True, steps=5, seed=0)
    found = critic.score(network, r, q)
    z, noise = q.parts.sample((10_000, 1)), torch.randn(10_000, 1)
    with torch.no_grad():
        on_q, on_p = network(0.0, r.standardised(z)), network(0.0, noise)
        said = critic.estimate(network, r, z[:, 0])
    binary = torch.nn.functional.binary_cross_entropy_with_logits
    loss = binary(on_q, torch.ones_like(on_q)) + binary(on_p, torch.zeros_like(on_p))
    assert found.loss == pytest.approx(loss.item(), abs=0.01)
    assert found.accuracy == pytest.approx(
        0.5 * ((on_q > 0).float().mean() + (on_p < 0).float().mean()).item(), abs=0.005
    )
    assert found.kl == pytest.approx(said.mean().item(), abs=0.03)
    assert found.error == pytest.approx((said - q.log_ratio(z[:, 0])).square().mean().sqrt().item(), abs=0.03)


def test_the_moments_of_q_are_those_that_are_asked_for() -> None:
    parts = Mixture(2.0, 0.1).parts
    assert parts.mean.item() == pytest.approx(2.0)
    assert parts.stddev.item() == pytest.approx(0.1, rel=1e-5)
