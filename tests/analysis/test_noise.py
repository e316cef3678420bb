"""Noise decoded, against SciPy and a count."""

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray
from scipy.stats import entropy

from tests.pages import strangers
from vae.analysis import noise
from vae.analysis.classifier import Classifier
from vae.analysis.noise import Settings
from vae.latent import prior


def test_a_sheet_holds_the_decoded_draws_in_their_order() -> None:
    model = strangers.model("shapes-2d")
    found = noise.sample(model, Settings(3, 0.5, seed=4))
    means = model.decode(0.5 * prior.samples(9, 2, 4))
    assert found.means.shape == (192, 192, 3)
    np.testing.assert_array_equal(found.means[64:128, 128:], means[5])
    assert found.draws is not None
    assert found.cut is not None
    assert 0 < found.cut < 0.5
    np.testing.assert_allclose((found.draws - found.means).std(), 0.2, atol=0.06)  # the model's pixel sd, cut


def test_without_a_likelihood_there_are_means_only() -> None:
    found = noise.sample(strangers.model("foreign-3d"), Settings(2, 1.0, 0))
    assert found.means.shape == (40, 24, 1)
    assert (found.draws, found.cut) == (None, None)


@pytest.mark.parametrize("shares", [[0.1] * 10, [0.5, 0.5, 0, 0], [1.0, 0.0], [0.2, 0.3, 0.5]])
def test_the_kl_from_uniform_is_scipy_s(shares: list[float]) -> None:
    expected = entropy(shares, [1 / len(shares)] * len(shares))
    assert noise.kl_from_uniform(shares) == pytest.approx(expected, abs=1e-12)


class Brightness(Classifier):
    """Two classes: dark, and bright with the mean level as its probability."""

    classes = 2

    def probabilities(self, images: ArrayLike) -> NDArray[np.float32]:
        bright = np.asarray(images, np.float32).mean(axis=(1, 2, 3))
        return np.stack([1 - bright, bright], axis=1)


def test_a_reading_counts_what_the_classifier_says() -> None:
    model = strangers.model("blobs-3d")
    found = noise.read_noise(model, Brightness({}, {}))
    level = model.decode(prior.samples(noise.DRAWS, 3, 0)).mean(axis=(1, 2, 3))
    assert found.shares.tolist() == pytest.approx([(level <= 0.5).mean(), (level > 0.5).mean()])
    assert found.unsure == pytest.approx(((level > 0.4) & (level < 0.6)).mean())


def test_the_unsure_are_those_of_no_likely_class() -> None:
    grey = np.full((4, 2, 2, 1), [[[[0.1]]], [[[0.45]]], [[[0.55]]], [[[0.9]]]], np.float32)
    assert noise.read(grey, Brightness({}, {})).unsure == 0.5


@pytest.mark.parametrize("draws", [500, 2000])
def test_chance_alone_moves_the_shares_so_far_from_uniform(draws: int) -> None:
    rng = np.random.default_rng(0)
    drawn = [noise.kl_from_uniform(each / draws) for each in rng.multinomial(draws, [0.1] * 10, 2000)]
    assert noise.chance_kl(draws, 10) == pytest.approx(np.mean(drawn), rel=0.05)
