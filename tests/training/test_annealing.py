"""Annealed importance sampling against marginals that are known: in closed form, and by quadrature."""

import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.special import expit, logsumexp
from scipy.stats import multivariate_normal, norm
from torch import Tensor

from tests.conftest import model_of
from vae import evaluate as command
from vae.images.spec import ImageSpec
from vae.model.config import ModelConfig
from vae.training.likelihood import annealing, evidence, quadrature
from vae.training.vae import VAE

Floats = NDArray[np.float64]
DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
CHAINS, IMAGES, NOISE = 16, 12, 0.5


class LinearGaussian:
    """x = W z + noise, whose marginal is N(0, W Wᵀ + noise² I): images (B, P) and their codes."""

    def __init__(self, device: str = "cpu") -> None:
        noise = np.random.default_rng(0)
        self.weight = noise.standard_normal((6, 3))
        self.z = noise.standard_normal((IMAGES, 3))
        self.x = self.z @ self.weight.T + NOISE * noise.standard_normal((IMAGES, 6))
        self._tensors = [
            torch.tensor(each, dtype=torch.float32, device=device) for each in (self.x, self.weight)
        ]

    def __call__(self, z: Tensor) -> Tensor:
        x, weight = self._tensors
        return torch.distributions.Normal(z @ weight.T, NOISE).log_prob(x).sum(dim=-1)

    @property
    def log_evidence(self) -> Floats:
        covariance = self.weight @ self.weight.T + NOISE**2 * np.eye(6)
        return np.asarray(multivariate_normal(np.zeros(6), covariance).logpdf(self.x))


def errors(log_w: Tensor, exact: Floats) -> tuple[float, float]:
    """Mean of weights over their expectations less 1, all chains and images, and its standard error."""
    relative = np.exp(log_w.cpu().numpy() - exact)
    by_image = relative.mean(axis=0)
    return float(by_image.mean() - 1), float(by_image.std(ddof=1) / math.sqrt(len(by_image)))


@pytest.mark.parametrize("device", DEVICES)
def test_the_weights_are_unbiased_in_both_directions(device: str) -> None:
    made, generator = LinearGaussian(device), torch.Generator(device).manual_seed(0)
    log_w, sizes = annealing.forward(made, (CHAINS, IMAGES, 3), 120, generator)
    begin = torch.tensor(made.z, dtype=torch.float32, device=device).expand(CHAINS, -1, -1)
    back = annealing.reverse(made, begin, sizes, generator)
    for weights, exact in ((log_w, made.log_evidence), (back, -made.log_evidence)):
        off, error = errors(weights, exact)
        assert abs(off) < 4 * error
        assert error < 0.15


def test_more_steps_come_nearer_from_below_and_from_above() -> None:
    made, gaps = LinearGaussian(), []
    for steps in (10, 80):
        generator = torch.Generator().manual_seed(1)
        log_w, sizes = annealing.forward(made, (CHAINS, IMAGES, 3), steps, generator)
        begin = torch.tensor(made.z, dtype=torch.float32).expand(CHAINS, -1, -1)
        back = annealing.reverse(made, begin, sizes, generator)
        exact = made.log_evidence
        gaps.append((exact - log_w.mean(dim=0).numpy(), -back.mean(dim=0).numpy() - exact))
    for few, many in zip(*gaps, strict=True):
        assert 0 < many.mean() < 0.5 * few.mean()


def test_bernoulli_pixels_in_one_dimension_against_quadrature() -> None:
    weight, bias = np.array([3.0, -4.0, 1.5, 6.0]), np.array([0.5, -1.0, 0.0, 2.0])
    x = np.array([[1, 0, 1, 1], [0, 1, 0, 0], [1, 1, 1, 0], [0, 0, 1, 0]], np.float64)

    def density(z: float, image: Floats) -> float:
        p = expit(weight * z + bias)
        return float(np.prod(np.where(image == 1, p, 1 - p)) * norm.pdf(z))

    exact = np.log([quad(density, -8, 8, args=(image,), epsabs=1e-12)[0] for image in x])
    tensors = [torch.tensor(each, dtype=torch.float32) for each in (weight, bias, x)]

    def log_likelihood(z: Tensor) -> Tensor:
        logits = z * tensors[0] + tensors[1]
        return torch.distributions.Bernoulli(logits=logits).log_prob(tensors[2]).sum(dim=-1)

    log_w, _ = annealing.forward(log_likelihood, (2000, 4, 1), 30, torch.Generator().manual_seed(0))
    found = annealing.estimates(log_w)
    assert (np.abs(found.value.numpy() - exact) < 4 * found.error.numpy()).all()
    assert found.error.max() < 0.02


def test_one_step_is_importance_sampling_from_the_prior() -> None:
    made, generator = LinearGaussian(), torch.Generator().manual_seed(0)
    log_w, _ = annealing.forward(made, (5, IMAGES, 3), 1, generator)
    again = torch.Generator().manual_seed(0)
    z = [torch.empty(5, IMAGES, 3).normal_(generator=again) for _ in range(2)]  # the pilot's, then its own
    torch.testing.assert_close(log_w, made(z[1]).double())


def test_step_sizes_follow_the_density_of_each_image() -> None:
    """From the prior's width to that of a posterior, 1 for one image and 0.01 for the other."""
    precision = torch.tensor([1e-6, 1e4])

    def log_likelihood(z: Tensor) -> Tensor:
        return -0.5 * precision * z.square().sum(dim=-1)

    _, sizes = annealing.forward(log_likelihood, (32, 2, 4), 400, torch.Generator().manual_seed(0))
    assert sizes.shape == (400, 2)
    wide, narrow = sizes[-100:].mean(dim=0).tolist()
    assert wide > 0.8
    assert 0.005 < narrow < 0.02  # the leapfrog is unstable beyond twice the width


def test_estimates_are_the_log_of_the_mean_its_error_and_the_chains_that_count() -> None:
    log_w = np.random.default_rng(0).normal(-900, 1.5, (7, 5))
    found = annealing.estimates(torch.from_numpy(log_w))
    np.testing.assert_allclose(found.value, logsumexp(log_w, axis=0) - math.log(7))
    w = np.exp(log_w + 900)
    np.testing.assert_allclose(found.error, w.std(axis=0, ddof=1) / w.mean(axis=0) / math.sqrt(7))
    np.testing.assert_allclose(found.effective, w.sum(axis=0) ** 2 / (w**2).sum(axis=0))
    assert annealing.estimates(torch.zeros(9, 1)).effective.item() == pytest.approx(9)


def test_beta_rises_from_0_to_1_and_slowest_at_the_ends() -> None:
    betas = np.array(annealing.schedule(50))
    assert (betas[0], betas[25], betas[50]) == pytest.approx((0, 0.5, 1))
    steps = np.diff(betas)
    assert (steps > 0).all()
    assert steps[0] < 0.2 * steps[25]


# Models


@pytest.fixture
def plane() -> VAE:
    """Of images of 8 × 8 pixels, which say much of z."""
    model = model_of(ModelConfig(2, (8,), activation="tanh", image_spec=ImageSpec(8, 8, 1)))
    with torch.no_grad():
        for weight in model.decoder.parameters():
            weight.mul_(2)
    return model.eval()


def drawn(model: VAE) -> Tensor:
    """Ten images of it, (10, P)."""
    noise = torch.Generator().manual_seed(3)
    with torch.no_grad():
        return torch.bernoulli(model.decode(torch.randn(10, 2, generator=noise)), generator=noise)


def test_a_model_in_the_plane_against_quadrature(plane: VAE) -> None:
    side, step = np.linspace(-6, 6, 241, retstep=True)
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    x = drawn(plane)
    with torch.no_grad():
        p = plane.decode(torch.tensor(grid, dtype=torch.float32)).double().numpy()
    bits = x.numpy()[:, None]
    log_joint = np.log(np.where(bits == 1, p, 1 - p)).sum(axis=-1) + norm.logpdf(grid).sum(axis=-1)
    exact = logsumexp(log_joint, axis=1) + 2 * math.log(step)
    told: list[float] = []
    found = evidence.evidence(plane, x, 16, 40, seed=0, on_progress=told.append)
    np.testing.assert_allclose(quadrature.log_p(plane, x), exact, atol=1e-3)
    off = found.log_p.value.numpy() - exact
    assert abs(off.mean()) < 4 * float(found.log_p.error.square().sum().sqrt() / 10)
    assert found.log_p.error.max() < 0.3
    assert found.gap.shape == (10,)
    assert 0 < found.gap.mean() < 0.2
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_batches_of_images_change_little(plane: VAE, monkeypatch: pytest.MonkeyPatch) -> None:
    x = drawn(plane)
    whole = evidence.evidence(plane, x[:6], 16, 12)
    monkeypatch.setitem(evidence.ROWS, "cpu", 64)
    parts = evidence.evidence(plane, x[:6], 16, 12)
    assert parts.gap.shape == whole.gap.shape
    torch.testing.assert_close(parts.log_p.value, whole.log_p.value, atol=1.0, rtol=0)


def test_the_summary_is_of_means_and_their_errors() -> None:
    columns = [
        torch.tensor([-90.0, -100.0, -110.0]),
        torch.tensor([0.3, 0.4, 1.2]),
        torch.tensor([4.0, 2, 3]),
    ]
    log_p = annealing.Estimates(*columns)
    said = evidence.summary(evidence.Evidence(log_p, torch.tensor([0.5, 1.5]), 8, 500))
    assert said["log_p"] == pytest.approx(-100)
    assert said["error"] == pytest.approx(10 / math.sqrt(3))
    assert said["error_of_chains"] == pytest.approx(1.3 / 3)
    assert (said["effective_chains"], said["gap"], said["simulated"]) == pytest.approx((3, 1, 2))


def test_images_are_spread_evenly() -> None:
    np.testing.assert_array_equal(evidence.spread(500, 50), np.arange(0, 500, 10))
    np.testing.assert_array_equal(evidence.spread(7, 3), [0, 2, 4])
    for count in (1, 501):
        with pytest.raises(ValueError, match="images must be from 2 to 500"):
            evidence.spread(500, count)


@pytest.mark.parametrize(
    ("config", "chains", "steps", "sentence"),
    [
        (ModelConfig(2, (4,), likelihood="gaussian"), 4, 4, "Bernoulli"),
        (ModelConfig(2, (4,), kind="autoencoder"), 4, 4, r"no p\(z\)"),
        (ModelConfig(2, (4,)), 1, 4, "chains must be at least 2, got 1"),
        (ModelConfig(2, (4,)), 4, 1, "steps must be at least 2, got 1"),
    ],
)
def test_what_has_no_such_evidence(config: ModelConfig, chains: int, steps: int, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        evidence.evidence(model_of(config), torch.zeros(1, 784), chains, steps)


def test_the_command_says_all_that_is_needed_to_repeat_it(
    saved: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = "--ais --images 3 --chains 4 --steps 5 --seed 2 --device cpu"
    for more in ("--json", ""):
        monkeypatch.setattr(sys, "argv", ["evaluate", str(saved), *words.split(), *more.split()])
        command.main()
    out = capsys.readouterr().out
    said, end = json.JSONDecoder().raw_decode(out)
    text = out[end:]
    assert said["data"] == "digits test, spread evenly, binarised at random, seed 2"
    assert [said[key] for key in ("images", "chains", "steps", "seed", "device")] == [3, 4, 5, 2, "cpu"]
    assert f"log p(x)  {said['log_p']:9.3f}" in text
    assert "4 chains of 5 steps of 10 leapfrogs, from the prior, seed 2" in text
