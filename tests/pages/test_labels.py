"""Labels: the table against the file that ships, galleries to follow, a model without a measurement."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.visiting import address, facts, pictures, rows, run, visit
from vae import explorer, labels, neighbours
from vae.data import LabelledImages
from vae.web import datasets

DEEP, FLAT = "mnist-vae-20d", "mnist-vae-2d"


@pytest.fixture(autouse=True)
def mnist(monkeypatch: pytest.MonkeyPatch, digits: np.ndarray) -> LabelledImages:
    """Digits in the role of MNIST's test images: the tests need no data set."""
    items = LabelledImages(np.resize(digits, (10_000, 28, 28)), np.arange(10_000) % 10)
    monkeypatch.setattr(datasets, "images", lambda dataset, split="test": items)
    return items


def value(at: AppTest, label: str) -> str:
    return next(said for name, said, _ in facts(at) if name == label)


@pytest.mark.parametrize("method", labels.METHODS)
def test_the_table_holds_means_and_spreads_of_what_ships(method: str) -> None:
    at = visit("labels", DEEP, learner=method)
    done = labels.shipped(explorer.load(DEEP))
    assert done is not None
    table = {row[0]: row for row in rows(at)}
    for place, count in enumerate(done.counts):
        shares = 100 * done.accuracies(method, "pixels")[place]
        assert table[f"{count:,}"][2] == f"{np.mean(shares):.1f} ± {np.std(shares, ddof=1):.1f}"
    codes = 100 * done.accuracies(method, "codes")[1].mean()
    assert any(f"**{codes:.1f} %** of the test images" in block.value for block in at.markdown)


def test_the_most_surprising_image_is_followed_at_first_and_another_after_a_click(
    mnist: LabelledImages,
) -> None:
    at = visit("labels", DEEP)
    codes = explorer.load(DEEP).codes()
    order = np.argsort(-(codes.nll + codes.kl))
    assert address(at, "image") == str(order[0])
    assert value(at, "Surprise, rank") == "1"
    at.button(key=f"odd.{order[5]}").click()
    run(at)
    assert address(at, "image") == str(order[5])
    assert value(at, "Surprise, rank") == "6"
    np.testing.assert_allclose(pictures(at, "original")[0], 255 * mnist.images[order[5]], atol=0.501)
    near = neighbours.nearest(codes.mu, codes.mu[order[5:6]], own=order[5:6])[0][0]
    agreeing = (codes.labels[near] == codes.labels[order[5]]).sum()
    assert value(at, "Neighbours of its label") == str(agreeing)


def test_a_suspicious_image_has_a_majority_against_its_label() -> None:
    at = visit("labels", FLAT, odd="suspicious")
    assert int(value(at, "Neighbours of its label")) < 5
    codes = explorer.load(FLAT).codes()
    image = int(address(at, "image"))
    others = codes.labels[neighbours.nearest(codes.mu, codes.mu[[image]], own=[image])[0][0]].tolist()
    most = max(set(others), key=others.count)
    words = f"labelled {codes.labels[image]}, {others.count(most)} of 10 neighbours say {most}"
    assert any(words in (button.help or "") for button in at.button)


def test_without_the_data_set_reconstructions_stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "images", lambda dataset, split="test": None)
    at = visit("labels", DEEP, image="4")
    model = explorer.load(DEEP)
    shown = pictures(at, "reconstruction (the original is not here)")[0]
    np.testing.assert_allclose(shown, 255 * model.decode(model.codes().mu[4:5])[0], atol=0.501)


def test_a_model_without_a_measurement_says_how_to_make_one() -> None:
    at = visit("labels", "mnist-pca-2d")
    assert "Nothing is measured for mnist-pca-2d yet" in at.info[0].value
    assert any(code.value == "python -m vae.labels mnist-pca-2d" for code in at.code)
    assert any(button.label == "Measure" for button in at.button)
