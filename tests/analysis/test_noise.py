"""Noise decoded, against SciPy and a count."""

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray
from scipy.stats import entropy

from tests.pages import strangers
from vae import explorer
from vae.analysis import noise
from vae.analysis.classifier import Classifier
from vae.analysis.noise import Settings
from vae.latent import prior


def test_a_sheet_holds_the_decoded_draws_in_their_order() -> None:
    model = strangers.model("shapes-2d")
    found = noise.sample(model, Settings(3, 0.5, seed=4))
    np.testing.assert_array_equal(found.means, model.decode(0.5 * prior.samples(9, 2, 4)))
    sheet = noise.sheet(found.means[:8], 3)
    assert sheet.shape == (192, 192, 3)
    np.testing.assert_array_equal(sheet[64:128, 128:], found.means[5])
    assert (sheet[128:, 128:] == 0).all()  # too few: black
    assert found.draws is not None
    assert found.cut is not None
    assert 0 < found.cut < 0.5
    np.testing.assert_allclose((found.draws - found.means).std(), 0.2, atol=0.06)  # the model's pixel sd, cut


def test_without_a_likelihood_there_are_means_only() -> None:
    found = noise.sample(strangers.model("foreign-3d"), Settings(2, 1.0, 0))
    assert found.means.shape == (4, 20, 12, 1)
    assert (found.draws, found.cut) == (None, None)


def test_of_a_class_are_the_first_draws_whose_neighbours_say_so_and_their_share_is_counted() -> None:
    """Against the ten nearest codes of each draw, found one by one."""
    model, label = explorer.load("digits-vae-2d"), 7
    codes = model.codes()
    mu, labels = codes.mu.astype(float), codes.known_labels
    found = noise.draw_codes(model, Settings(8, 0.9, seed=5, label=label))
    draws = 0.9 * prior.samples(found.tried, 2, seed=5)

    def is_of_class(z: NDArray[np.float64]) -> bool:
        near = labels[np.argsort(((mu - z) ** 2).sum(axis=1), kind="stable")[:10]].tolist()
        rivals = max(near.count(other) for other in set(near) - {label} | {-1})
        return near.count(label) > rivals

    expected = draws[[is_of_class(z) for z in draws]]
    assert found.of_class == len(expected)
    assert 0 < len(found.z) == min(64, len(expected)) < found.tried
    np.testing.assert_allclose(found.z, expected[:64], rtol=1e-6)


def test_where_no_draw_is_of_the_class_there_is_no_image_and_the_search_ends() -> None:
    model = explorer.load("digits-vae-2d")
    classes = [len(noise.sample(model, Settings(8, 0.0, 0, label)).means) for label in range(10)]
    assert sorted(classes)[:9] == [0] * 9  # at T = 0 all draws are one place
    assert noise.draw_codes(model, Settings(8, 0.0, 0, int(np.argmin(classes)))).tried == noise.MOST


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
