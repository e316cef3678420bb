"""Generate: the sheets against draws and decoders of their own, a class, the pinned sample, the address."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.visiting import address, facts, html, pictures, run, visit
from vae import explorer
from vae.analysis import noise
from vae.analysis.noise import Settings, sample
from vae.latent import prior
from vae.web.live import cells
from vae.web.pages.generate import pinned

CROSS, SQUARED = "mnist-vae-2d", "mnist-mse-vae-2d"
SHEET = "64 new images of "


def tiled(images: np.ndarray, side: int) -> np.ndarray:
    return images.reshape(side, side, 28, 28).transpose(0, 2, 1, 3).reshape(28 * side, 28 * side)


def captions(at: AppTest) -> str:
    return " ".join(caption.value for caption in at.caption).replace("\\", "")


def test_means_decode_scaled_draws_of_the_prior() -> None:
    model = explorer.load(CROSS)
    found = sample(model, Settings(8, 0.5, seed=3))
    z = 0.5 * np.random.default_rng(3).standard_normal((64, 2))
    np.testing.assert_array_equal(found.means, model.decode(z))
    assert found.draws is not None
    assert set(np.unique(found.draws)) == {0.0, 1.0}
    assert found.cut == 0


def test_at_temperature_0_all_images_are_the_same() -> None:
    found = sample(explorer.load(CROSS), Settings(8, 0.0, seed=3))
    # the same but for the last digits: a product of matrices may add up its edges in another order
    np.testing.assert_allclose(found.means, np.tile(found.means[:1], (64, 1, 1, 1)), atol=1e-6)
    assert found.draws is not None
    assert (found.draws[0] != found.draws[1]).any()  # their pixels are drawn all the same


def test_a_gaussian_draw_is_cut_to_be_shown_and_the_share_is_told() -> None:
    model = explorer.load(SQUARED)
    found = sample(model, Settings(8, 1.0, seed=0))
    assert found.draws is not None
    assert found.draws.min() == 0
    assert found.draws.max() == 1
    cut = np.isin(found.draws, (0.0, 1.0)).mean()
    assert found.cut == pytest.approx(cut, abs=1e-3)
    assert f"{found.cut:.0%} of the pixels" in pinned.draw_words(model, found)


def test_both_models_decode_the_same_codes_and_the_second_comes_when_it_is_asked_for() -> None:
    assert len(pictures(visit("generate"), SHEET)) == 1
    at = visit("generate", beside=SQUARED, seed="5", samples="8")
    z = prior.samples(64, 2, seed=5)
    for name, shown in zip((CROSS, SQUARED), pictures(at, SHEET), strict=True):
        means = explorer.load(name).decode(z)
        np.testing.assert_allclose(shown, 255 * tiled(means, 8), atol=0.501)
    assert "same codes z" in captions(at)
    assert "Squared error (MSE), Gaussian pixels, fixed sd 0.71" in captions(at)


def test_the_sheet_shows_true_draws_when_they_are_asked_for() -> None:
    found = sample(explorer.load(CROSS), Settings(8, 1.0, seed=0))
    assert found.draws is not None
    (shown,) = pictures(visit("generate", pixels="draw"), SHEET)
    np.testing.assert_array_equal(shown, 255 * tiled(found.draws, 8))


def test_the_pinned_sample_is_large_with_its_z_and_leads_to_the_map() -> None:
    at = visit("generate", sample="9", seed="5")
    z = prior.samples(64, 2, seed=5)[9]
    model = explorer.load(CROSS)
    np.testing.assert_allclose(pictures(at, "mean")[0], 255 * model.decode(z[None])[0, ..., 0], atol=0.501)
    said = {label: (value.replace("−", "-"), unit) for label, value, unit in facts(at)}
    assert [float(said[name][0]) for name in ("z₁", "z₂")] == pytest.approx(z, abs=0.005)
    near = np.argsort(((model.codes().mu - z) ** 2).sum(axis=1))[:10]
    votes = np.bincount(model.codes().known_labels[near], minlength=10)
    assert said["Reads as"][0] == str(votes.argmax())
    assert f"{votes.max()} of 10" in said["Reads as"][1]
    (link,) = (each.proto for each in at.get("page_link") if each.proto.label == "Open on the map")
    carried = link.query_string.partition("z=")[2].replace("%2C", ",").split(",")
    assert [float(value) for value in carried] == pytest.approx(z, rel=1e-3)


def test_a_click_pins_and_a_browser_may_send_anything() -> None:
    assert cells.read({"chosen": 63}, 64) == 63
    for bad in (None, {}, {"chosen": 64}, {"chosen": -1}, {"chosen": True}, {"chosen": "3"}, {"chosen": 1.0}):
        assert cells.read(bad, 64) is None


def test_a_7_is_made_and_the_share_of_draws_that_were_kept_is_said() -> None:
    at = visit("generate", make="7", seed="5")
    model = explorer.load(CROSS)
    drawn = noise.draw_codes(model, Settings(8, 1.0, 5, label=7))
    np.testing.assert_allclose(pictures(at, SHEET)[0], 255 * tiled(model.decode(drawn.z), 8), atol=0.501)
    assert f"{drawn.of_class:,} of {drawn.tried:,} draws" in captions(at)
    assert f"({drawn.of_class / drawn.tried:.1%})" in captions(at)
    assert next(value for label, value, _ in facts(at) if label == "Reads as") == "7"


def test_where_none_is_of_the_class_the_page_says_what_to_do() -> None:
    at = visit("generate", make="1", temperature="0")
    assert at.info[0].value.startswith(f"None of {noise.MOST:,} draws")
    assert not pictures(at, SHEET)


def test_new_draws_take_the_next_seed_into_the_address() -> None:
    at = visit("generate", seed="9")
    before = html(at)
    button = next(button for button in at.button if button.label == "New draws")
    button.click()
    run(at)
    assert address(at, "seed") == "10"
    assert html(at) != before


def test_models_of_different_sizes_are_said_to_differ_and_an_autoencoder_to_have_no_prior() -> None:
    words = captions(visit("generate", "mnist-vae-20d", beside="mnist-ae-2d"))
    assert "different numbers of dimensions" in words
    title = explorer.load("mnist-ae-2d").title
    assert f"{title} is an autoencoder: it has no prior" in words
