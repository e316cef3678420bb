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
    """Two classes: dark, and bright."""

    classes = 2

    def labels(self, images: ArrayLike) -> NDArray[np.int64]:
        return (np.asarray(images).mean(axis=(1, 2, 3)) > 0.5).astype(np.int64)


def test_shares_count_what_the_classifier_says() -> None:
    model = strangers.model("blobs-3d")
    shares = noise.class_shares(model, Brightness({}, {}))
    bright = model.decode(prior.samples(noise.DRAWS, 3, 0)).mean(axis=(1, 2, 3)) > 0.5
    assert shares.tolist() == pytest.approx([1 - bright.mean(), bright.mean()])
