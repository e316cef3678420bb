"""Pixels: ranges that are wrong on purpose, noise that is known, and a blur with a known spectrum."""

import numpy as np
import pytest

from vae.analysis.doctor import pixels
from vae.model.protocol import Likelihood

RNG = np.random.default_rng(0)
MEANS = RNG.random((200, 12, 12, 1)) ** 3
X = np.clip(MEANS + 0.1 * RNG.standard_normal(MEANS.shape), 0, 1)


def test_levels_that_are_right_are_left_alone() -> None:
    assert pixels.range_of(X, MEANS).gravity == "well"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (2 * MEANS - 1, "from −1 to 1"),
        (255 * MEANS, "from 0 to 255"),
        (np.log((MEANS + 1e-6) / (1 - MEANS + 1e-6)), "logits"),
        (0.5 + 0.2 * MEANS, "other levels"),
    ],
)
def test_means_in_another_range_are_named(wrong: np.ndarray, words: str) -> None:
    found = pixels.range_of(X, wrong)
    assert found.gravity == "grave"
    assert words in found.meaning


@pytest.mark.parametrize(("contrast", "look"), [(0.8, "pale"), (1.25, "harsh")])
def test_means_of_another_contrast_are_noted(contrast: float, look: str) -> None:
    x = np.random.default_rng(4).uniform(0.2, 0.8, (50, 8, 8, 1)).astype(np.float32)
    found = pixels.range_of(x, 0.5 + contrast * (x - 0.5))
    assert found.gravity == "note"
    assert f"too {look}" in found.meaning


def test_an_encoder_that_wants_other_levels_is_found_out() -> None:
    found = pixels.range_of(X, MEANS, {"from −1 to 1": 0.2, "inverted": 3.0})
    assert found.gravity == "grave"
    assert "images from −1 to 1 the error falls to 20%" in found.meaning
    assert pixels.range_of(X, MEANS, {"from −1 to 1": 0.9}).gravity == "well"


def test_a_linear_mean_may_leave_the_range() -> None:
    wide = np.where(RNG.random(MEANS.shape) < 0.1, MEANS - 0.1, MEANS)
    assert pixels.range_of(X, wide, is_linear=True).gravity in ("well", "note")
    far = np.where(RNG.random(MEANS.shape) < 0.1, -0.2, MEANS)
    assert pixels.range_of(X, far, is_linear=True).gravity == "note"
    assert pixels.range_of(X, far).is_ill


@pytest.mark.parametrize(("sd", "gravity"), [(0.1, "well"), (0.7071, "note"), (0.02, "serious")])
def test_the_noise_of_a_pixel_beside_its_error(sd: float, gravity: str) -> None:
    means = np.full((50, 8, 8, 1), 0.5)
    x = means + 0.1 * np.sign(RNG.standard_normal(means.shape))  # each pixel exactly 0.1 off
    found = pixels.noise(x, means, Likelihood("gaussian", sd))
    assert found.gravity == gravity
    assert found.value == pytest.approx((sd / 0.1) ** 2)
    assert pixels.noise(x, means, Likelihood("bernoulli")).gravity == "unasked"


@pytest.mark.parametrize("sigma", [0.5, 0.8, 1.5, 3.0])
def test_the_frequency_at_which_a_gaussian_blur_halves_the_power(sigma: float) -> None:
    noise = RNG.standard_normal((60, 48, 48, 1))
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(48), np.fft.fftfreq(48)))
    kept = np.exp(-2 * np.square(np.pi * sigma * frequency))[..., None]
    blurred = np.fft.ifft2(np.fft.fft2(noise, axes=(1, 2)) * kept, axes=(1, 2)).real
    found = pixels.blur(noise, blurred)
    assert found.value == pytest.approx(np.sqrt(np.log(2)) / (2 * np.pi * sigma), abs=0.02)
    assert found.gravity == ("well" if sigma < 1 else "note")


def test_the_same_picture_for_all_images_is_blind() -> None:
    assert pixels.blur(X, np.broadcast_to(X.mean(axis=0), X.shape)).gravity in ("note", "serious")
    assert pixels.blur(np.full((5, 8, 8, 1), 0.5), np.full((5, 8, 8, 1), 0.5)).gravity == "unasked"
