"""Compare: one image in several models, its numbers against the models' own, clicks that link the maps."""

import re
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.visiting import address, facts, html, pictures, run, visit
from vae import explorer
from vae.analysis import classifier, noise, reconstruction
from vae.analysis.coding import linear
from vae.analysis.studies import study
from vae.images import export, preparation, sets
from vae.images.dataset import ImageSet
from vae.web.kit import datasets
from vae.web.live import Pick, chart

PICKED = f"compare-mnist-vae-2d{chart.PICKED}"
MODELS = ("mnist-pca-2d", "mnist-ae-2d", "mnist-vae-2d", "mnist-beta-vae-2d")


@pytest.fixture(autouse=True)
def mnist(monkeypatch: pytest.MonkeyPatch, digits: np.ndarray) -> ImageSet:
    """Digits in the role of MNIST's test images: the tests need no data set."""
    items = ImageSet(np.resize(digits, (10_000, 28, 28, 1)), np.arange(10_000) % 10)
    monkeypatch.setattr(datasets, "find", lambda dataset: (dataset, items))
    return items


def maps(at: AppTest) -> list[Any]:
    """The charts that show the image among the codes of a model."""
    keys = {f"compare-{name}" for name in explorer.model_names()}
    return [chart for chart in at.get("plotly_chart") if chart.key in keys]


def elbo_in_words(model: explorer.Explorer, x: np.ndarray) -> str:
    """The ELBO of an image over the draws that the page takes, with its error; none of an autoencoder."""
    terms = model.evaluate(x[None], reconstruction.DRAWS)
    words = f"{terms.elbo[0]:.1f} ± {terms.nll_error[0]:.1f}".replace("-", "−")
    return words if terms.has_elbo else "none"


def test_every_model_shows_the_image_its_reconstruction_and_its_numbers(mnist: ImageSet) -> None:
    at = visit("compare", image="3")
    assert len(maps(at)) == len(MODELS)
    said = facts(at)
    errors = [value for label, value, _ in said if label == "Error (MSE)"]
    elbos = [value for label, value, _ in said if label == "ELBO"]
    x = mnist.floats(3)
    for name, error, elbo in zip(MODELS, errors, elbos, strict=True):
        model = explorer.load(name)
        back = model.decode(model.encode(x[None]).mu)[0]
        assert error == f"{np.mean((back - x) ** 2):.4f}"
        assert elbo == elbo_in_words(model, x)
    back = explorer.load(MODELS[0]).decode(explorer.load(MODELS[0]).encode(x[None]).mu)[0]
    np.testing.assert_allclose(pictures(at, "reconstruction")[0], 255 * back[..., 0], atol=0.501)


def test_an_uploads_numbers_are_the_models_own(mnist: ImageSet) -> None:
    at = visit("compare", source="upload")
    assert not [label for label, _, _ in facts(at) if label == "ELBO"]  # nothing is compared yet
    buffer = BytesIO()
    export.picture(mnist.floats(3)).save(buffer, "PNG")
    at.file_uploader[0].upload("three.png", buffer.getvalue(), "image/png")
    run(at)
    x = preparation.prepare(export.picture(mnist.floats(3)), sets.dataset("mnist")).pixels
    said = [value for label, value, _ in facts(at) if label == "ELBO"]
    for name, elbo in zip(MODELS, said, strict=True):
        assert elbo == elbo_in_words(explorer.load(name), x)


def test_a_click_on_one_map_is_followed_in_all() -> None:
    at = visit("compare", source="draw")
    at.session_state[PICKED] = Pick((0.5, 0.5), index=77)
    at.run()
    assert not at.exception
    assert address(at, "image") == "77"
    assert address(at, "source") == ""  # back at its default: a test image


def test_without_the_original_images_a_click_is_followed_by_the_shipped_codes(
    monkeypatch: pytest.MonkeyPatch, digits: np.ndarray
) -> None:
    items = ImageSet(digits, np.arange(len(digits)) % 10)
    monkeypatch.setattr(datasets, "find", lambda dataset: (sets.dataset("digits"), items))
    at = visit("compare", images="digits")
    at.session_state[PICKED] = Pick((0.5, 0.5), index=1234, hit=True)
    at.run()
    assert not at.exception
    assert (address(at, "images"), address(at, "image")) == ("mnist", "1234")
    assert not at.warning
    said = [(label, value) for label, value, _ in facts(at)]
    shown = pictures(at, "reconstruction (the original is not here)")
    for k, name in enumerate(MODELS):
        model = explorer.load(name)
        codes = model.codes()
        np.testing.assert_allclose(shown[k], 255 * model.decode(codes.mu[[1234]])[0, ..., 0], atol=0.501)
        elbo = f"{-codes.loss[1234]:.1f}".replace("-", "−") if "vae" in name else "none"
        assert [value for label, value in said if label == "ELBO"][k] == elbo
    assert ("Error (MSE)", "unknown") in said


def test_pca_in_closed_form_and_by_gradient_descent_make_the_same_error() -> None:
    closed, descended = (
        explorer.load(name).metrics["mse"] for name in ("mnist-pca-2d", "mnist-linear-ae-2d")
    )
    assert descended == pytest.approx(closed, rel=1e-3)


def test_both_linear_autoencoders_span_the_same_subspace() -> None:
    """The singular values of Q1'Q2 are the cosines of the angles between their decoders' planes."""
    planes = [
        np.linalg.qr(explorer.load(name).networks().decoder[0][0].astype(float))[0]
        for name in ("mnist-pca-2d", "mnist-linear-ae-2d")
    ]
    cosines = np.linalg.svd(planes[0].T @ planes[1])[1]
    said = {label: value for label, value, _ in facts(visit("compare"))}
    angle = float(said["Largest angle between their planes"])
    assert angle == pytest.approx(np.degrees(np.arccos(cosines.min())), abs=0.05)
    assert angle < 2.5


def test_the_page_s_own_model_is_among_the_compared_and_those_in_the_address_are_checked() -> None:
    at = visit("compare", "mnist-gaussian-vae-2d")
    standard = [*MODELS[:3], "mnist-gaussian-vae-2d"]
    assert list(at.multiselect[0].value) == standard
    at = visit("compare", "mnist-gaussian-vae-2d", models="mnist-vae-2d,nothing")
    assert list(at.multiselect[0].value) == standard


def test_all_models_can_be_cleared_and_the_page_says_so() -> None:
    at = visit("compare")
    at.multiselect(key="widget.models").set_value([]).run()
    assert not at.exception
    assert not at.multiselect(key="widget.models").value
    assert not maps(at)
    assert "Choose one to 4 above" in at.info[0].value
    assert "models" in at.query_params
    at.multiselect(key="widget.models").set_value(["mnist-ae-2d"]).run()
    assert len(maps(at)) == 1


def test_the_code_s_size_and_the_power_of_the_error_are_in_the_address() -> None:
    at = visit("compare", image="3", size="32", power="1")
    code, x = linear.load(), sets.load("mnist").floats(3)
    np.testing.assert_allclose(
        pictures(at, "after 32 numbers")[0], 255 * code.reconstruct(x, 32)[..., 0], atol=0.501
    )
    at.select_slider(key="widget.size").set_value(784)
    run(at)
    np.testing.assert_array_equal(pictures(at, "after 784 numbers")[0], sets.load("mnist").pixels[3, ..., 0])
    assert any(label == "Absolute error of the median" for label, _, _ in facts(at))


@pytest.mark.parametrize("scale", ["1", "4"])
def test_a_code_of_another_scale_makes_the_same_picture(scale: str) -> None:
    at = visit("compare", image="3", scale=scale)
    model = explorer.load("mnist-pca-2d")
    x = sets.load("mnist").floats(3)
    shown = pictures(at, f"codes × {scale}, decoder ÷\u00a0{scale}")[0]
    np.testing.assert_allclose(shown, 255 * model.decode(model.encode(x[None]).mu)[0, ..., 0], atol=0.501)
    spread = next(float(value) for label, value, _ in facts(at) if label == "Spread of the first number")
    assert spread == pytest.approx(float(scale) * model.codes().mu[:2000, 0].std(), abs=0.005)


def test_overfitting_is_told_with_the_study_s_numbers() -> None:
    curves = study.read("overfitting").said["curves"]
    words = next(text.value for text in visit("compare").markdown if "by heart" in text.value)
    for kind in ("autoencoder", "vae"):
        test = [each["test_nll"] + each["test_kl"] for each in curves[kind]]
        train = [each["nll"] + each["kl"] for each in curves[kind]]
        assert f"{test[-1] - min(test):.0f}" in words
        assert min(test) < test[-1] > train[-1] == min(train)


def test_a_digit_model_given_other_images_says_so() -> None:
    at = visit("compare", images="fashion-mnist", models="mnist-vae-2d")
    assert "learnt from other images" in at.info[0].value


def test_a_strange_image_is_no_image_that_they_have_learnt() -> None:
    at = visit("compare", source="strange", strange="trousers", models="mnist-vae-2d")
    assert "learnt from other images" in at.info[0].value


def test_the_table_holds_the_chosen_models_and_the_noise_their_digits() -> None:
    at = visit("compare", models="mnist-vae-2d,mnist-gaussian-vae-2d,mnist-avb-2d")
    tables = re.split(
        "<h3>", next(each for each in (each.proto.body for each in at.get("html")) if "vae-scores" in each)
    )[1:]
    held = [re.findall(r"<small>(mnist-[^<]+)</small>", table) for table in tables]
    assert held == [["mnist-vae-2d", "mnist-avb-2d"], ["mnist-gaussian-vae-2d"]]  # nats that can be compared
    for name in ("mnist-vae-2d", "mnist-gaussian-vae-2d", "mnist-avb-2d"):
        assert f"<td>{explorer.load(name).metrics['mse']:.4f}</td>" in "".join(tables)
    assert html(at).count("Rarest digit") == 3


def test_an_implicit_posterior_is_compared_too(mnist: ImageSet) -> None:
    at = visit("compare", models="mnist-avb-2d", image="3")
    model, x = explorer.load("mnist-avb-2d"), mnist.floats(3)
    back = model.decode(model.encode(x[None]).mu)[0]
    np.testing.assert_allclose(pictures(at, "reconstruction")[0], 255 * back[..., 0], atol=0.501)
    np.testing.assert_allclose(pictures(at, model.title)[0], 255 * back[..., 0], atol=0.501)
    assert ("ELBO", "none", "") in facts(at)


def test_noise_shows_every_digit_with_a_vae_and_hardly_some_with_an_autoencoder() -> None:
    known = classifier.load("mnist")
    assert known is not None
    shares = {
        name: noise.read_noise(explorer.load(name), known).shares for name in ("mnist-vae-2d", "mnist-ae-2d")
    }
    assert shares["mnist-vae-2d"].sum() == pytest.approx(1)
    assert shares["mnist-vae-2d"].min() > 0.05
    assert shares["mnist-ae-2d"].min() < 0.02


def test_a_class_that_hardly_comes_from_a_vae_s_noise_is_not_denied() -> None:
    """Few of one class come from mnist-gaussian-vae-2d: no sentence may promise each as often as in data."""
    at = visit("compare", "mnist-gaussian-vae-2d", models="mnist-gaussian-vae-2d,mnist-pca-2d")
    said = {label: float(value.split(": ")[-1]) for label, value, _ in facts(at)[6:10]}
    assert said["Rarest digit"] < 4
    assert said["KL from uniform"] > 20 * 0.002
    words = " ".join(text.value for text in (*at.markdown, *at.caption))
    assert "does not make each class come as often" in words
    assert "by chance have a KL of 0.002 nats" in words
    doubt = [float(value) for label, value, _ in facts(at) if label == "Read with doubt"]
    assert doubt[1] > 30 > 10 > doubt[0]  # PCA's pictures are of no class
