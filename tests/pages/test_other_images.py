"""Pages that follow an image: with RGB images, without labels, and without a likelihood or a Gaussian."""

import io
from html import unescape

import numpy as np
import pytest
from PIL import Image

from tests.pages import strangers
from tests.pages.visiting import address, facts, html, pictures, run, visit
from vae.images import masks, sets
from vae.images.spec import ImageSpec
from vae.web.kit import datasets
from vae.web.pages.impute import brush

SHAPES, BLOBS, FOREIGN, BENT = strangers.NAMES
HIDDEN = (64, 92, 158)  # the blue of hidden pixels
pytestmark = pytest.mark.usefixtures("others")


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


# --- Reconstruct ------------------------------------------------------------------------------------------


def test_a_colour_image_is_followed_in_colour() -> None:
    at = visit("reconstruct", SHAPES, image="7")
    image = strangers.items("shapes").pixels[7]
    np.testing.assert_array_equal(pictures(at, "input: test image 7 of shapes, a shape 7")[0], image)
    model = strangers.model(SHAPES)
    back = model.decode(model.encode(image[None] / 255).mu)[0]
    np.testing.assert_allclose(pictures(at, "reconstruction")[0], 255 * back, atol=0.51)
    assert "layers unknown" in html(at)
    assert "the colour to expect at each of 64 × 64 pixels" in html(at)


def test_of_sixty_classes_twelve_are_shown_and_a_menu_has_the_others() -> None:
    at = visit("reconstruct", SHAPES, image="67")  # the second image of class 7
    shown = [button.key for button in at.button if str(button.key).startswith("example.")]
    assert shown == [f"example.{label}" for label in range(12)]
    assert "test image 63 of shapes, a shape 3" in at.button(key="example.3").label
    at.selectbox(key="example.classes").set_value(24)
    run(at)
    assert address(at, "image") == "24"
    assert next(button.key for button in at.button if str(button.key).startswith("example.")) == "example.24"


def test_without_labels_the_gallery_goes_by_number() -> None:
    at = visit("reconstruct", BLOBS, image="30")
    assert [at.button(key=f"example.{slot}").label.split("]")[0] for slot in (0, 11)] == [
        "![test image 24 of blobs",
        "![test image 35 of blobs",
    ]
    next(button for button in at.button if button.label == "Another 12").click()
    run(at)
    assert address(at, "image") == "42"
    assert "Reads as" not in html(at)


def test_an_upload_keeps_its_colours_and_is_resized() -> None:
    at = visit("reconstruct", SHAPES, source="upload")
    at.file_uploader[0].upload("red.png", png(Image.new("RGB", (90, 90), (200, 30, 10))), "image/png")
    run(at)
    (found,) = pictures(at, "input after resizing")
    assert found.shape == (64, 64, 3)
    np.testing.assert_array_equal(found[32, 32], (200, 30, 10))
    assert not [toggle for toggle in at.toggle if toggle.label == "Prepare as MNIST"]


def test_where_no_test_images_are_an_upload_is_still_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "images", lambda name: None)
    monkeypatch.setattr(sets, "fitting", lambda spec: ())
    at = visit("reconstruct", BLOBS)
    assert "No test images on this machine" in at.info[0].value
    at = visit("reconstruct", BLOBS, source="upload")
    at.file_uploader[0].upload("grey.png", png(Image.new("RGB", (90, 60), "grey")), "image/png")
    run(at)
    assert not any("on this machine" in info.value for info in at.info)
    assert len(pictures(at, "reconstruction")) == 1


def test_where_no_test_images_are_models_are_compared_by_their_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "images", lambda name: None)
    monkeypatch.setattr(sets, "fitting", lambda spec: ())
    at = visit("compare", SHAPES, image="5", models=SHAPES)
    model = strangers.model(SHAPES)
    (shown,) = pictures(at, "reconstruction (the original is not here)")
    expected = 255 * model.decode(model.codes().mu[[5]])[0]
    np.testing.assert_allclose(shown, expected, atol=0.501)


def test_what_cannot_be_drawn_or_run_in_the_browser_has_no_pad() -> None:
    at = visit("reconstruct", SHAPES, source="draw")
    assert at.segmented_control(key="widget.source").options == ["Test image", "Strange image", "Upload"]
    assert at.segmented_control(key="widget.source").value == "example"


def test_without_a_likelihood_there_are_pictures_and_no_nats() -> None:
    at = visit("reconstruct", FOREIGN, image="5")
    assert pictures(at, "reconstruction")[0].shape == (20, 12)
    assert [info.value for info in at.info][-1].startswith("This model has no likelihood p(x|z)")
    assert at.info[-1].value.endswith("`python -m vae.bring … --likelihood`.")
    assert "flow-terms" not in html(at)
    assert len(pictures(at, "z number")) == 5


# --- Impute -----------------------------------------------------------------------------------------------


def test_the_middle_of_a_colour_image_is_hidden_by_the_brush_at_first() -> None:
    at = visit("impute", SHAPES, mask="brush", steps="2")
    assert at.segmented_control(key="widget.mask").options == ["Rows", "Random", "Brush"]
    masked = pictures(at, "masked")[0]
    assert masked.shape == (64, 15 * 64, 3)
    assert (masked[16:48, 16:48] == HIDDEN).all()
    original = strangers.items("shapes").pixels[0]
    np.testing.assert_array_equal(masked[:16, :64], original[:16])
    assert "1,024 of 4,096 pixels hidden (25%)" in at.caption[0].value


def test_a_painted_mask_of_another_size_is_dropped() -> None:
    painted = masks.to_text(masks.rows(strangers.RGB, 3, 9))
    at = visit("impute", SHAPES, mask="brush", painted=painted, steps="2")
    assert (pictures(at, "masked")[0][3:10] == HIDDEN).all()
    assert "140 of" not in at.caption[0].value
    small = ImageSpec(20, 12, 1)
    assert brush.read({"hidden": painted}, small) is None
    at = visit("impute", FOREIGN, mask="brush", painted=painted, steps="2")
    assert "60 of 240 pixels hidden (25%)" in at.caption[0].value


def test_without_a_likelihood_there_is_no_chain_but_an_iteration() -> None:
    at = visit("impute", FOREIGN, steps="4")
    assert not pictures(at, "sampled chain")
    assert pictures(at, "iterated, 4 steps")[0].shape == (20, 15 * 12)
    assert any("no sampled chain" in info.value for info in at.info)
    assert "The iteration of test image 0" in [each.value for each in at.header]
    assert not [button for button in at.button if button.label == "Another chain"]


# --- Inference --------------------------------------------------------------------------------------------


def test_a_colour_image_is_searched_and_stays_below_the_evidence() -> None:
    at = visit("inference", SHAPES, image="7")
    said = {
        unescape(label): float(value.split(" ±")[0].replace("−", "-")) for label, value, _ in facts(at)[:4]
    }
    found = said["ELBO, search from there"], said["ELBO, search from the peak"]
    assert said["ELBO, encoder's q"] < min(found)


def test_a_model_without_gradients_is_not_searched() -> None:
    at = visit("inference", FOREIGN)
    assert len(at.info) == 1
    assert not at.get("plotly_chart")


# --- Compare and Generate ---------------------------------------------------------------------------------


def test_models_of_the_same_image_size_can_be_compared() -> None:
    at = visit("compare", BLOBS, image="3", models=f"{BLOBS},{SHAPES}")
    assert at.multiselect[0].options == [BLOBS, SHAPES, BENT]  # its own data set first
    assert [label for label, _, _ in facts(at)].count("nll, gaussian") == 2
    assert pictures(at, "image")[0].shape == (64, 64, 3)
    assert "Rarest" not in html(at)


def test_a_model_without_a_likelihood_is_compared_by_its_error_alone() -> None:
    at = visit("compare", FOREIGN, image="3")
    said = {label: value for label, value, _ in facts(at)}
    assert (said["nll"], said["ELBO"]) == ("none", "none")
    assert f"<b>{FOREIGN}</b> <small>implicit" in html(at)


def test_means_are_generated_in_colour_and_sheets_stay_small() -> None:
    at = visit("generate", SHAPES)
    assert pictures(at, "64 new images")[0].shape == (512, 512, 3)
    assert at.segmented_control(key="widget.samples").options == ["8 × 8", "12 × 12", "16 × 16"]


def test_without_a_likelihood_no_pixels_are_drawn() -> None:
    at = visit("generate", FOREIGN)
    assert not pictures(at, "true draw")
    assert any("no draws of pixels" in caption.value for caption in at.caption)
    assert pictures(at, "64 new images")[0].shape == (160, 96)
    assert not [box for box in at.selectbox if box.label.startswith("Make")]  # there are no labels
