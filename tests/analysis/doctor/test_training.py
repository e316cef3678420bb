"""What a training left behind: losses that differ on purpose, gains, histories that broke or turned."""

import numpy as np
import pytest
import torch

from vae.analysis.doctor import training
from vae.model.protocol import Likelihood

RNG = np.random.default_rng(0)


def losses(mean: float, count: int = 2000) -> np.ndarray:
    return mean + 10 * RNG.standard_normal(count)


def test_the_baseline_is_the_cost_of_the_mean_image() -> None:
    x = RNG.random((300, 4, 4, 1))
    mean = torch.from_numpy(x.mean(axis=0)).expand(300, 4, 4, 1)
    target = torch.from_numpy(x)
    bernoulli = torch.nn.functional.binary_cross_entropy(mean, target, reduction="sum").item() / 300
    assert training.baseline(x, Likelihood("bernoulli")) == pytest.approx(bernoulli, rel=1e-6)
    gaussian = -torch.distributions.Normal(mean, 0.3).log_prob(target).sum().item() / 300
    assert training.baseline(x, Likelihood("gaussian", 0.3)) == pytest.approx(gaussian, rel=1e-6)


@pytest.mark.parametrize(
    ("gap", "gravity"), [(0, "well"), (8, "well"), (20, "note"), (40, "serious"), (70, "grave")]
)
def test_new_images_beside_those_trained_on(gap: float, gravity: str) -> None:
    assert training.generalisation(losses(100), losses(100 + gap), base=200).gravity == gravity


def test_a_difference_within_its_error_says_nothing() -> None:
    assert training.generalisation(losses(100, 8), losses(101, 8), base=120).gravity == "well"
    found = training.generalisation(
        losses(100, 8), losses(101, 8), base=103
    )  # about a third of what it knows
    assert found.gravity == "note"
    assert "too few to tell" in found.meaning


def test_of_a_few_new_images_nobody_can_tell() -> None:
    few = np.linspace(70, 170, 40)  # their mean is 120 ± 4.7
    found = training.generalisation(np.full(400, 109.0), few, base=150.0)
    assert found.gravity == "note"
    assert "40 test images are too few to tell" in found.meaning
    assert training.generalisation(np.full(400, 109.0), np.tile(few, 10), base=150.0).gravity == "note"
    assert "chance" not in training.generalisation(np.full(400, 109.0), np.tile(few, 10), base=150.0).meaning


def test_worse_than_the_mean_image_on_new_images_is_grave() -> None:
    assert training.generalisation(losses(100), losses(300), base=200).gravity == "grave"
    found = training.generalisation(losses(300), losses(310), base=200)
    assert found.gravity == "grave"
    assert found.value == pytest.approx(-110, abs=1)


@pytest.mark.parametrize(("gain", "gravity"), [(4, "well"), (20, "note"), (45, "serious")])
def test_the_gain_of_a_search(gain: float, gravity: str) -> None:
    gains = gain * RNG.exponential(size=100)
    assert training.amortisation(gains, 100.0, "100 images").gravity == gravity
    assert training.amortisation(gains, -5.0, "100 images").gravity == "unasked"
    excused = training.amortisation(gains, 100.0, "100 images", by_weight=True)
    assert excused.gravity == ("well" if gravity == "well" else "note")
    assert ("another weight of the KL" in excused.meaning) == (gravity != "well")


def rows(*totals: float) -> list[dict[str, float]]:
    return [{"nll": total - 5, "kl": 5.0} for total in totals]


def test_histories() -> None:
    assert training.history(rows(200, 150, 120, 110), 1.0).gravity == "well"
    turned = training.history(rows(200, 110, 120, 150), 1.0)
    assert turned.gravity == "serious"
    assert turned.value == pytest.approx(40 / 90)
    broken = training.history([*rows(200, 150), {"nll": float("nan"), "kl": 3.0}], 1.0)
    assert broken.gravity == "grave"
    assert "epoch 3 is no number" in broken.meaning
    assert training.history([*rows(200, 150), {"nll": 100.0}], 1.0).gravity == "grave"
    assert training.history([], 1.0).gravity == "unasked"
    tested = [{"nll": 100.0, "kl": 3.0, "test_nll": nll, "test_kl": 5.0} for nll in (210.0, 170.0, 190.0)]
    overfitted = training.history(tested, 1.0)  # on new images it ended half way back
    assert overfitted.gravity == "serious"
    assert overfitted.value == pytest.approx(20 / 40)
    assert "losses of test images" in overfitted.meaning


def test_the_history_of_test_images_goes_first() -> None:
    learnt = rows(200, 150, 100, 50)
    for row, test in zip(learnt, (200, 150, 160, 190), strict=True):
        row |= {"test_nll": test - 5.0, "test_kl": 5.0}
    assert training.history(learnt, 1.0).gravity == "serious"
