"""Generate: the sheets against draws and decoders of their own, the two models, the address."""

import numpy as np
import pytest

from tests.pages.visiting import address, html, pictures, run, visit
from vae import explorer
from vae.analysis.noise import Settings, sample
from vae.latent import prior
from vae.web.pages import generate

CROSS, SQUARED = "mnist-vae-2d", "mnist-mse-vae-2d"


def tiled(images: np.ndarray, side: int) -> np.ndarray:
    return images.reshape(side, side, 28, 28).transpose(0, 2, 1, 3).reshape(28 * side, 28 * side)


def test_a_sheet_of_means_decodes_scaled_draws_of_the_prior() -> None:
    model = explorer.load(CROSS)
    found = sample(model, Settings(8, 0.5, seed=3))
    z = 0.5 * np.random.default_rng(3).standard_normal((64, 2))
    np.testing.assert_array_equal(found.means[..., 0], tiled(model.decode(z), 8))
    assert found.draws is not None
    assert set(np.unique(found.draws)) == {0.0, 1.0}
    assert found.cut == 0


def test_at_temperature_0_all_images_are_the_same() -> None:
    found = sample(explorer.load(CROSS), Settings(8, 0.0, seed=3))
    first = found.means[:28, :28]
    # the same but for the last digits: a product of matrices may add up its edges in another order
    np.testing.assert_allclose(found.means, np.tile(first, (8, 8, 1)), atol=1e-6)
    assert found.draws is not None
    assert (found.draws[:28, :28] != found.draws[28:56, :28]).any()  # their pixels are drawn all the same


def test_a_gaussian_draw_is_cut_to_be_shown_and_the_share_is_told() -> None:
    model = explorer.load(SQUARED)
    found = sample(model, Settings(8, 1.0, seed=0))
    assert found.draws is not None
    assert found.draws.min() == 0
    assert found.draws.max() == 1
    cut = np.isin(found.draws, (0.0, 1.0)).mean()
    assert found.cut == pytest.approx(cut, abs=1e-3)
    assert f"{found.cut:.0%} of the pixels" in generate.draw_words(model, found)


def test_both_models_decode_the_same_codes() -> None:
    at = visit("generate", beside=SQUARED, seed="5", samples="8")
    z = prior.samples(64, 2, seed=5)
    for name, shown in zip((CROSS, SQUARED), pictures(at, "E[x|z]"), strict=True):
        means = explorer.load(name).decode(z)
        np.testing.assert_allclose(shown, 255 * tiled(means, 8), atol=0.501)
    assert "same codes z" in at.caption[-1].value
    assert "squared error (MSE), Gaussian pixels, fixed sd 0.71" in at.markdown[-1].value


def test_draw_again_takes_the_next_seed_into_the_address() -> None:
    at = visit("generate", seed="9")
    before = html(at)
    button = next(button for button in at.button if button.label == "Draw again")
    button.click()
    run(at)
    assert address(at, "seed") == "10"
    assert html(at) != before


def test_models_of_different_sizes_are_said_to_differ_and_an_autoencoder_to_have_no_prior() -> None:
    at = visit("generate", "mnist-vae-20d", beside="mnist-ae-2d")
    words = at.caption[-1].value
    assert "different numbers of dimensions" in words
    assert "mnist-ae-2d is an autoencoder: it has no prior" in words.replace("\\", "")
