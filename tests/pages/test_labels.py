"""Labels: the table against the file that ships, galleries to follow, a model without a measurement."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.pages import strangers
from tests.pages.visiting import address, facts, pictures, rows, run, visit
from vae import explorer
from vae.analysis import few_labels, outliers
from vae.explorer import Explorer
from vae.figures.curves import Learner, label_efficiency
from vae.images.dataset import ImageSet
from vae.latent import neighbours
from vae.web.kit import datasets
from vae.web.pages.labels import few_labels as page
from vae.web.pages.labels import outliers as page_outliers

DEEP, FLAT = "mnist-vae-20d", "mnist-vae-2d"


@pytest.fixture(autouse=True)
def mnist(monkeypatch: pytest.MonkeyPatch, digits: np.ndarray) -> ImageSet:
    """Digits in the role of MNIST's test images: the tests need no data set."""
    items = ImageSet(np.resize(digits.reshape(-1, 28, 28, 1), (10_000, 28, 28, 1)), np.arange(10_000) % 10)
    monkeypatch.setattr(datasets, "images", lambda dataset, split="test": items)
    return items


def value(at: AppTest, label: str) -> str:
    return next(said for name, said, _ in facts(at) if name == label)


@pytest.mark.parametrize("method", few_labels.METHODS)
def test_the_table_holds_means_and_spreads_of_what_ships(method: str) -> None:
    at = visit("labels", DEEP, learner=method)
    done = few_labels.shipped(explorer.load(DEEP))
    assert done is not None
    table = {row[0]: row for row in rows(at)}
    for place, count in enumerate(done.counts):
        shares = 100 * done.accuracies(method, "pixels")[place]
        assert table[f"{count:,}"][2] == f"{np.mean(shares):.1f} ± {np.std(shares, ddof=1):.1f}"
    codes = 100 * done.accuracies(method, "codes")[1].mean()
    assert any(f"right for **{codes:.1f} %** of the test images" in block.value for block in at.markdown)


def test_the_most_surprising_image_is_followed_at_first_and_another_after_a_click(
    mnist: ImageSet,
) -> None:
    at = visit("labels", DEEP)
    codes = explorer.load(DEEP).codes()
    order = np.argsort(-codes.loss)
    assert value(at, "Surprise, rank") == "1"
    at.button(key=f"odd.{order[5]}").click()
    run(at)
    assert address(at, "image") == str(order[5])
    assert value(at, "Surprise, rank") == "6"
    np.testing.assert_allclose(pictures(at, "original")[0], 255 * mnist.floats(order[5])[..., 0], atol=0.501)
    near = neighbours.nearest(codes.mu, codes.mu[order[5:6]], own=order[5:6])[0][0]
    agreeing = (codes.known_labels[near] == codes.known_labels[order[5]]).sum()
    assert value(at, "Neighbours of its label") == str(agreeing)


def test_the_loss_has_the_error_of_its_draws(mnist: ImageSet) -> None:
    model, index = explorer.load(DEEP), 9973  # no other test caches its terms
    mnist.pixels[index] = 255 * model.decode(model.codes().mu[[index]])[0]  # like the data: no saturation
    shown, error = map(float, value(visit("labels", DEEP, image=str(index)), "−ELBO").split(" ± "))
    x = mnist.floats(index).astype(np.float64)
    q, rng = model.encode(mnist.floats(index)[None]), np.random.default_rng(17)
    mu, sd = q.mu[0].astype(np.float64), q.sd[0].astype(np.float64)
    z = mu + sd * rng.standard_normal((400, len(mu)))
    p = model.decode(z.astype(np.float32)).astype(np.float64).clip(1e-9, 1 - 1e-9)
    nll = -(x * np.log(p) + (1 - x) * np.log1p(-p)).sum(axis=(1, 2, 3))
    kl = 0.5 * (mu**2 + sd**2 - 1 - 2 * np.log(sd)).sum()
    assert error == pytest.approx(nll.std() / 10, rel=0.3, abs=0.05)  # of 100 draws, to one decimal
    assert shown == pytest.approx(nll.mean() + kl, abs=5 * error + 0.05)


def test_a_suspicious_image_has_a_majority_against_its_label() -> None:
    at = visit("labels", FLAT, odd="suspicious")
    assert int(value(at, "Neighbours of its label")) < 5
    codes = explorer.load(FLAT).codes()
    image = int(next(key for button in at.button if (key := button.key or "").startswith("odd."))[4:])
    others = codes.known_labels[neighbours.nearest(codes.mu, codes.mu[[image]], own=[image])[0][0]].tolist()
    most = max(set(others), key=others.count)
    words = f"labelled {codes.known_labels[image]}, {others.count(most)} of 10 neighbours say {most}"
    assert any(words in (button.help or "") for button in at.button)


def test_the_other_list_begins_with_its_own_first_image() -> None:
    at = visit("labels", FLAT, image="17")
    assert address(at, "image") == "17"  # brought from another page, it stays
    at.button_group(key="widget.odd").set_value("suspicious").run()
    assert not at.exception
    codes = explorer.load(FLAT).codes()
    near, _ = neighbours.nearest(codes.mu, codes.mu, own=np.arange(len(codes.mu)))
    found = outliers.suspicious(codes.known_labels, near).index
    assert address(at, "image") == ""
    assert any(heading.value.startswith(f"Test image {found[0]},") for heading in at.header)


def test_without_the_data_set_reconstructions_stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "images", lambda dataset, split="test": None)
    at = visit("labels", DEEP, image="4")
    model = explorer.load(DEEP)
    shown = pictures(at, "reconstruction (the original is not here)")[0]
    np.testing.assert_allclose(shown, 255 * model.decode(model.codes().mu[4:5])[0, ..., 0], atol=0.501)


def test_a_model_without_a_measurement_says_how_to_make_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(few_labels, "FOLDER", tmp_path)
    at = visit("labels", "mnist-pca-2d")
    title = explorer.load("mnist-pca-2d").title
    assert f"Nothing is measured for “{title}” yet" in at.info[0].value.replace("\\", "")
    assert any(code.value == "python -m vae.labels mnist-pca-2d" for code in at.code)
    assert next(each for each in at.expander if each.label == "Measure it here").proto.expanded
    assert any(button.label == "Measure" for button in at.button)


def test_a_damaged_measurement_gets_a_sentence_and_the_page_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / f"{DEEP}.json").write_text('{"model": ')
    monkeypatch.setattr(few_labels, "FOLDER", tmp_path / "labels")
    at = visit("labels", DEEP)
    said = f"labels/{DEEP}.json is damaged; run `python -m vae.labels {DEEP}`."
    assert [warning.value for warning in at.warning] == [said]
    assert not at.info
    assert value(at, "Surprise, rank") == "1"


def test_one_draw_of_labels_has_no_spread() -> None:
    shipped = few_labels.shipped(explorer.load(DEEP))
    assert shipped is not None
    one = {
        method: {name: [shares[:1] for shares in values] for name, values in of.items()}
        for method, of in shipped.accuracy.items()
    }
    table = page.rows(replace(shipped, accuracy=one), "knn")
    expected = [f"{100 * one['knn'][name][0][0]:.1f}" for name in few_labels.REPRESENTATIONS]
    assert table[0] == ["10", *expected]
    learner = Learner("codes", one["knn"]["codes"])
    assert "±" not in label_efficiency(shipped.counts, [learner]).data[0].hovertemplate


@pytest.mark.usefixtures("others")
def test_images_without_labels_get_one_sentence_and_the_surprising_ones() -> None:
    at = visit("labels", "blobs-3d")
    assert [info.value.partition(",")[0] for info in at.info] == ["The images of blobs have no labels"]
    most = int(strangers.model("blobs-3d").codes().loss.argmax())
    assert at.button(key=f"odd.{most}").proto.type == "primary"
    assert value(at, "Surprise, rank") == "1"
    assert "Neighbours of its label" not in {label for label, _, _ in facts(at)}
    (original,) = pictures(at, "original")
    np.testing.assert_allclose(original, strangers.items("blobs").pixels[most], atol=0.501)


@pytest.mark.usefixtures("others")
def test_where_nothing_tells_what_is_odd_the_page_says_so() -> None:
    at = visit("labels", "foreign-3d")
    assert (
        at.info[-1].value.replace("\\", "").startswith("“foreign-3d” has no likelihood and lines no labels")
    )
    assert not any((button.key or "").startswith("odd.") for button in at.button)


@pytest.mark.usefixtures("others")
def test_of_sixty_classes_an_image_is_called_by_its_own() -> None:
    at = visit("labels", "shapes-2d", image="75")
    assert any(heading.value == "Test image 75, labelled shape 15" for heading in at.header)


def test_only_two_models_of_the_same_images_are_named_where_nothing_is_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(few_labels, "shipped", lambda model: None)
    monkeypatch.setattr(few_labels, "measured", lambda: ("emoji-vae-32d", "mnist-pca-2d", DEEP, FLAT))
    said = visit("labels", FLAT).info[0].value.replace("\\", "")
    assert said.endswith("such as “VAE, 2-D: the clearest map” and “VAE, 20-D: sharper digits”.")
    assert visit("labels", "digits-vae-2d").info[0].value.endswith("Measure it below.")


def test_a_neighbour_is_called_by_its_class_and_its_file_without_the_folder() -> None:
    model = explorer.load("digits-vae-2d")
    codes = replace(model.codes(), names=tuple(f"some folder/{k}.JPEG" for k in range(len(model.codes()))))
    named = Explorer(model.model, model.record, lambda: codes)
    assert page_outliers._called(named, 17) == f"{codes.known_labels[17]}, 17.JPEG"
