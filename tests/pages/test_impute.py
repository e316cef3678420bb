"""Impute: what is restored, the masks in the address, the brush, the table of errors."""

import json
import re
import time
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from tests.pages.visiting import address, html, pictures, rows, run, visit
from vae import explorer
from vae.analysis import classifier, imputation
from vae.images import masks, permalink
from vae.images.dataset import ImageSet
from vae.images.spec import ImageSpec
from vae.web.pages.impute import batch, brush, errors, hidden_pixels

MODEL = "mnist-vae-2d"
SPEC = ImageSpec(28, 28, 1)
pytestmark = pytest.mark.usefixtures("mnist")


def strip(at: AppTest, name: str) -> np.ndarray:
    """The strip of images with that name, (28, 420, C) in [0, 1]."""
    found = pictures(at, name)[-1] / 255  # after the pictures of the followed image
    return found.reshape(*found.shape[:2], -1)


def captions(at: AppTest) -> str:
    return " ".join(caption.value for caption in at.caption)


def beside(images: np.ndarray) -> np.ndarray:
    return np.concatenate(list(images), axis=1)


def test_the_strips_are_the_originals_the_masked_and_the_three_restorations(mnist: ImageSet) -> None:
    at = visit("impute", image="3", mask="rows", rows="10-15", steps="4")
    images, hidden, model = mnist.floats(slice(15)), masks.rows(SPEC, 10, 15), explorer.load(MODEL)
    np.testing.assert_allclose(strip(at, "original"), beside(images), atol=0.002)
    assert (strip(at, "masked")[10:16] == np.array([64, 92, 158]) / 255).all()
    one = imputation.one_pass(model, images, hidden).images
    np.testing.assert_allclose(strip(at, "one pass"), beside(one), atol=0.003)
    iterated = imputation.iterate(model, images, hidden, 4).images
    np.testing.assert_allclose(strip(at, "iterated, 4 steps"), beside(iterated), atol=0.003)
    error = imputation.error(iterated[3:4], images[3:4], hidden)[0]
    assert f"iterated: error {error:.4f}" in html(at)
    assert "168 of 784 pixels hidden (21%)" in captions(at)


def test_the_followed_image_stands_first_hidden_restored_and_original(mnist: ImageSet) -> None:
    at = visit("impute", image="3", steps="4")
    images, hidden = mnist.floats(slice(15)), masks.rows(SPEC, 14, 27)  # the lower half, at first
    chain = imputation.impute(explorer.load(MODEL), images, hidden, 4).chain
    assert chain is not None
    masked, restored, original = (pictures(at, name)[0] for name in ("hidden", "restored", "original"))
    assert ((masked == [64, 92, 158]).all(axis=-1) == hidden).all()
    np.testing.assert_allclose(restored, 255 * chain.images[3, ..., 0], atol=0.6)
    np.testing.assert_allclose(original, 255 * images[3, ..., 0], atol=0.501)
    error = imputation.error(chain.images[3:4], images[3:4], hidden)[0]
    assert f"restored (chain): error {error:.4f}" in html(at)
    assert any(heading.value == "The chain of test image 3" for heading in at.header)


def test_a_drawing_of_the_users_own_is_restored_before_fourteen_test_images(mnist: ImageSet) -> None:
    drawing = mnist.floats(37)
    at = visit("impute", steps="2", source="draw", drawing=permalink.to_text(drawing) or "")
    images = np.concatenate([drawing[None], mnist.floats(slice(14))])
    np.testing.assert_allclose(strip(at, "original"), beside(images), atol=0.002)
    one = imputation.one_pass(explorer.load(MODEL), images, masks.rows(SPEC, 14, 27)).images
    np.testing.assert_allclose(strip(at, "one pass"), beside(one), atol=0.003)
    np.testing.assert_allclose(pictures(at, "original, your image")[0], 255 * drawing[..., 0], atol=0.501)
    assert "Your image, and test images 0 to 13 of mnist" in captions(at)


def test_the_sources_block_is_hidden_where_it_is_asked_for() -> None:
    shown = strip(visit("impute", mask="block"), "masked")[:, :28]
    assert ((shown == np.array([64, 92, 158]) / 255).all(axis=-1) == masks.block()).all()


def test_the_whole_output_shows_what_is_decoded_everywhere(mnist: ImageSet) -> None:
    at = visit("impute", mask="block", whole="1", steps="2")
    decoded = imputation.one_pass(explorer.load(MODEL), mnist.floats(slice(15)), masks.block()).decoded
    np.testing.assert_allclose(strip(at, "one pass"), beside(decoded), atol=0.003)


def test_below_each_image_stands_what_a_classifier_reads_red_where_the_original_is_another(
    mnist: ImageSet,
) -> None:
    at = visit("impute", mask="rows", rows="14-27", steps="1")
    reader = classifier.read(classifier.PATH)
    images = mnist.floats(slice(15))
    one = imputation.one_pass(explorer.load(MODEL), images, masks.rows(SPEC, 14, 27)).images
    read, original = reader.labels(one), reader.labels(images)
    words = re.search(r'alt="one pass"><p>(.*?)</p>', html(at))
    assert words is not None
    assert re.findall(r">(\d)<", words[1]) == [str(label) for label in read]
    assert words[1].count("<b>") == (read != original).sum() > 0
    assert not re.search(r'alt="masked"><p>', html(at))
    assert "what a classifier reads" in captions(at)


def test_another_model_restores_the_same_pixels_below(mnist: ImageSet) -> None:
    other = "mnist-gaussian-vae-2d"
    title = explorer.load(other).title
    at = visit("impute", mask="rows", rows="10-15", steps="4", impute_beside=other)
    images, hidden = mnist.floats(slice(15)), masks.rows(SPEC, 10, 15)
    found = imputation.impute(explorer.load(other), images, hidden, 4)
    np.testing.assert_allclose(
        strip(at, f"iterated, 4 steps by {title}"), beside(found.iterated.images), atol=0.003
    )
    assert found.chain is not None
    np.testing.assert_allclose(
        strip(at, f"sampled chain, mean by {title}"), beside(found.chain.images), atol=0.003
    )
    assert len(pictures(at, "iterated, 4 steps")) == 2


def test_random_pixels_and_other_ones_are_in_the_address() -> None:
    at = visit("impute", mask="random", hidden_percent="25")
    first = strip(at, "masked")
    next(button for button in at.button if button.label == "Other pixels").click()
    run(at)
    assert address(at, "mask_seed") == "1"
    assert (strip(at, "masked") != first).any()


def test_what_the_brush_painted_comes_by_the_address_and_bad_text_changes_nothing() -> None:
    painted = masks.scattered(SPEC, 0.3, seed=2)
    at = visit("impute", mask="brush", painted=masks.to_text(painted))
    shown = strip(at, "masked")[:, :28]
    assert ((shown == np.array([64, 92, 158]) / 255).all(axis=-1) == painted).all()
    at = visit("impute", mask="rows", rows="9-3")
    np.testing.assert_array_equal(strip(at, "masked"), strip(visit("impute", mask="rows"), "masked"))


def test_a_browser_may_send_anything_for_a_mask() -> None:
    good = masks.to_text(masks.block())
    np.testing.assert_array_equal(brush.read({"hidden": good}, SPEC), masks.block())
    for bad in (None, {}, {"hidden": 3}, {"hidden": "x"}, "text"):
        assert brush.read(bad, SPEC) is None


@pytest.mark.parametrize(
    ("image", "expected"), [(0, range(15)), (14, range(15)), (15, range(15, 30)), (39, range(25, 40))]
)
def test_fifteen_images_in_a_row(image: int, expected: range) -> None:
    assert batch.strip_of(image, 40) == list(expected)


def test_the_table_shows_what_ships_with_its_command() -> None:
    at = visit("impute")
    found = (imputation.shipped(explorer.load(MODEL)) or {})["masks"]
    shown = {row[0]: row for row in rows(at)}
    for words, row in found.items():
        mean, error = row["iterated"]
        assert shown[words][3] == f"{mean:.4f} ± {error:.4f}"
        assert shown[words][5] == f"{row['improved']:.0%}"
    command = f"python -m vae.imputation {MODEL} --images {imputation.IMAGES}"
    assert any(code.value == command for code in at.code)
    charts = [json.loads(chart.proto.spec)["data"] for chart in at.get("plotly_chart")[1:]]  # after the map
    assert len(charts) == len(found)
    assert [trace["name"] for trace in charts[0]] == ["iterated", "chain", "one pass"]


def test_a_mask_is_measured_beside_the_page_and_kept_for_the_session(mnist: ImageSet) -> None:
    at = visit("impute", mask="rows", rows="10-15", steps="2")
    button(at, "Measure the mask above").click()
    run(at)
    assert button(at, "Stop")  # and nothing is computed in the server's own thread
    job = at.session_state[errors.UNDER_WAY + explorer.load(MODEL).fingerprint]
    run(at.switch_page("pages/labels.py"))  # it goes on while another page is shown
    deadline = time.monotonic() + 60
    while not job.has_ended:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    at.switch_page("pages/impute.py")
    for mask in ("block", "rows"):  # measured as rows, whatever the page shows now
        at.query_params["mask"] = mask
        own = next(row for row in rows(run(at)) if row[0].startswith("rows 10 to 15; 2 steps"))
    count = int(own[1].replace(",", ""))
    images = mnist.floats(slice(count))
    found = imputation.one_pass(explorer.load(MODEL), images, masks.rows(SPEC, 10, 15)).images
    assert own[2].startswith(f"{imputation.error(found, images, masks.rows(SPEC, 10, 15)).mean():.4f}")


def button(at: AppTest, label: str) -> Button:
    return next(each for each in at.button if each.label == label)


@pytest.mark.parametrize(
    ("hidden", "name"),
    [
        (masks.block(), "the source's block"),
        (masks.rows(SPEC, 3, 9), "rows 3 to 9"),
        (masks.rows(SPEC, 4, 4), "row 4"),
        (masks.rows(SPEC, 0, 3) | masks.rows(SPEC, 9, 9), "140 of 784 pixels hidden (18%)"),
        (masks.scattered(SPEC, 0.5, 0), "392 of 784 pixels hidden (50%)"),
    ],
)
def test_a_mask_has_a_name(hidden: masks.Mask, name: str) -> None:
    assert hidden_pixels.name(hidden, SPEC) == name


def test_the_words_count_the_hidden_pixels() -> None:
    assert hidden_pixels.words(masks.block()) == "100 of 784 pixels hidden (13%)"
    assert re.match("0 of 784", hidden_pixels.words(np.zeros((28, 28), bool)))


def test_a_damaged_measurement_gets_a_sentence_and_the_page_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "imputation").mkdir()
    (tmp_path / "imputation" / f"{MODEL}.json").write_text("[]")
    monkeypatch.setattr(imputation, "FOLDER", tmp_path / "imputation")
    at = visit("impute")
    said = f"imputation/{MODEL}.json is damaged; run `python -m vae.imputation {MODEL}`."
    assert [warning.value for warning in at.warning] == [said]
    assert any(button.label == "Measure the mask above" for button in at.button)
