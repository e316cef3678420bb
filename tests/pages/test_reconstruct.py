"""Reconstruct: where the image comes from, what is kept, and numbers against the explorer's own."""

import io
import json
from base64 import b64decode
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw
from streamlit.testing.v1 import AppTest

from tests.pages import visiting
from tests.pages.visiting import PICTURE, address, html
from vae import explorer
from vae.analysis import reconstruction
from vae.analysis.coding import compression
from vae.images import export, permalink, preparation, resize, sets, strange, uploads
from vae.images.dataset import MNIST_SPEC, ImageSet
from vae.web.kit import datasets
from vae.web.pages.reconstruct.reconstruction import typical_words
from vae.web.selection.sources import upload as upload_

FLAT, DEEP = "mnist-vae-2d", "mnist-vae-20d"
pytestmark = pytest.mark.usefixtures("mnist")


def visit(model: str = FLAT, **query: str) -> AppTest:
    at = visiting.visit("reconstruct", model, **query)
    return waiting(at) if query.get("source") in ("upload", "draw") else healthy(at)


def healthy(at: AppTest) -> AppTest:
    """An image is followed."""
    assert not at.exception
    assert len(at.get("plotly_chart")) == 3
    return at


def waiting(at: AppTest) -> AppTest:
    """No image is followed: no pictures, no numbers, but the map if the view has one."""
    assert not at.exception
    views = at.segmented_control(key="widget.posterior")
    assert len(at.get("plotly_chart")) == (views.value != "dimensions")
    assert not any("reconstruction" in words for _, words in PICTURE.findall(html(at)))
    assert 'class="flow-terms"' not in html(at)
    return at


def shown(at: AppTest, caption: str) -> np.ndarray:
    """Grey levels (H, W, 1), 0 to 255, of the first picture whose caption begins so."""
    content = next(data for data, words in PICTURE.findall(html(at)) if words.startswith(caption))
    return np.asarray(Image.open(io.BytesIO(b64decode(content))).convert("L"))[..., None]


def assert_shows(picture: np.ndarray, image: np.ndarray) -> None:
    """The picture (H, W, C) in 0 to 255 is the image in [0, 1], rounded."""
    np.testing.assert_allclose(picture, 255 * image, atol=0.501)


def upload(at: AppTest, content: bytes, name: str = "mine.png") -> AppTest:
    return healthy(send(at, content, name))


def send(at: AppTest, content: bytes, name: str = "mine.png") -> AppTest:
    at.file_uploader[0].upload(name, content, "image/png")
    return at.run()


def prepared(image: Image.Image) -> np.ndarray:
    """A picture as MNIST's own were prepared, (28, 28, 1)."""
    return preparation.prepare(image, sets.dataset("mnist")).pixels


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def photo() -> Image.Image:
    """Dark ink on light paper, off the centre, without symmetry: an L with a dot."""
    picture = Image.new("L", (220, 160), 235)
    draw = ImageDraw.Draw(picture)
    draw.line([(40, 20), (40, 120), (110, 120)], fill=25, width=12)
    draw.ellipse([(90, 30), (110, 50)], fill=25)
    return picture


# --- The address ------------------------------------------------------------------------------------------


def test_a_link_shows_the_image_it_names(mnist: ImageSet) -> None:
    at = visit(image="17")
    assert not at.warning
    np.testing.assert_array_equal(shown(at, "input: test image 17 of mnist, a 7"), mnist.pixels[17])
    assert address(at, "image") == "17"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("image", "nan"),
        ("image", "-1"),
        ("image", "99999999"),
        ("source", "<b>x</b>"),
        ("repeats", "0"),
        ("repeats", "1e9"),
        ("noise", "x"),
        ("posterior", "neighbours"),
        ("model", "../x"),
    ],
)
def test_a_bad_value_is_dropped(name: str, value: str) -> None:
    at = visit(**({"model": value} if name == "model" else {name: value}))
    assert len(at.warning) == (name == "model")
    assert shown(at, "reconstruction").shape == (28, 28, 1)


@pytest.mark.parametrize("view", ["dimensions", "neighbours"])
def test_a_model_of_many_dimensions_has_views_of_its_own(view: str) -> None:
    at = visit(DEEP, posterior=view)
    assert not at.warning
    assert at.segmented_control(key="widget.posterior").options == ["Each dimension", "t-SNE map"]


def test_a_strange_image_is_followed_and_said_to_be_one() -> None:
    at = visit(source="strange", strange="chessboard")
    given = shown(at, "as given: chessboard")
    assert given.shape == (280, 280, 1)
    np.testing.assert_array_equal(given[..., 0], strange.picture("chessboard"))
    assert_shows(
        shown(at, "input after resizing"), resize.fit(strange.picture("chessboard"), MNIST_SPEC).pixels
    )
    assert "does not look like a digit" in at.warning[0].value
    at.button(key="strange.bag").click()
    visiting.run(at)
    assert address(at, "strange") == "bag"


# --- Numbers ----------------------------------------------------------------------------------------------


def nats_in_words(model: explorer.Explorer, image: np.ndarray) -> str:
    """nll + KL of an image over the draws that the page takes, with its error."""
    terms = model.evaluate(image[None], reconstruction.DRAWS)
    nll, kl, error = (float(each[0]) for each in (terms.nll, terms.kl, terms.nll_error))
    return f"{nll:.1f} + {kl:.1f} = {nll + kl:.1f} ± {error:.1f}"


@pytest.mark.parametrize("name", [FLAT, DEEP])
def test_a_test_images_nats_have_their_error(name: str, mnist: ImageSet) -> None:
    at = visit(name, image="3")
    model = explorer.load(name)
    assert nats_in_words(model, mnist.floats(3)) in html(at)
    codes, loss = model.codes("test"), -float(model.evaluate(mnist.floats([3]), reconstruction.DRAWS).elbo[0])
    assert typical_words(float(np.mean(codes.loss > loss))) in [each.value for each in at.header]


@pytest.mark.parametrize("name", [FLAT, DEEP])
def test_an_uploads_nats_are_the_explorers(name: str) -> None:
    at = upload(visit(name, source="upload"), encoded(photo()))
    model = explorer.load(name)
    assert nats_in_words(model, prepared(photo())) in html(at)
    elbo = float(model.evaluate(prepared(photo())[None], reconstruction.DRAWS).elbo[0])
    share = np.mean(-model.codes("test").loss < elbo)
    assert typical_words(float(share)) in [each.value for each in at.header]


@pytest.mark.parametrize("name", [FLAT, DEEP])
def test_the_pictures_are_the_decoders(name: str, mnist: ImageSet) -> None:
    at = visit(name, image="3", repeats="40", noise="2")
    model = explorer.load(name)
    q = model.encode(mnist.floats(slice(3, 4)))
    draws = q.sample(40, np.random.default_rng(2))[:, 0]
    assert_shows(shown(at, "reconstruction"), model.decode(q.mu)[0])
    decoded = model.decode(np.concatenate([q.mu, draws[: reconstruction.DECODED]]))[1:]
    for number, image in enumerate(decoded, start=1):
        assert_shows(shown(at, f"z number {number}"), image)


def test_ten_test_images_stand_above_their_reconstructions() -> None:
    at, model, items = visit(DEEP), explorer.load(DEEP), sets.load("mnist")
    assert items.labels is not None
    firsts = [int(np.flatnonzero(items.labels == label)[0]) for label in range(10)]
    sheet = shown(at, "Above test images, the first of each class")
    assert sheet.shape == (56, 280, 1)
    np.testing.assert_array_equal(sheet[:28, 84:112], items.pixels[firsts[3]])
    assert_shows(sheet[28:, 84:112], model.decode(model.encode(items.floats(firsts)).mu)[3])
    assert "Download PNG, 1120 × 224 pixels" in [each.proto.label for each in at.get("download_button")]


def test_the_code_is_compared_with_files(mnist: ImageSet) -> None:
    at = visit(image="3")
    kept = {row[0]: row[1:] for row in visiting.rows(at)}
    for each in compression.sizes(explorer.load(FLAT), mnist.floats(3)):
        size, error = kept[each.name]
        assert float(size) == pytest.approx(each.bytes, abs=0.051)
        assert error == (f"{each.error:.4f}" if each.error else "none")


def test_the_map_holds_the_posterior_and_its_draws(mnist: ImageSet) -> None:
    at = visit(image="3", repeats="40")
    q = explorer.load(FLAT).encode(mnist.floats(slice(3, 4)))
    mu, sd = q.mu, q.sd[0]
    figure = json.loads(at.get("plotly_chart")[0].proto.spec)
    rings = {each["name"]: each for each in figure["layout"]["shapes"]}
    for count in (1, 2):
        ring = rings[f"posterior {count} sd"]
        low, high = np.array([ring["x0"], ring["y0"]]), np.array([ring["x1"], ring["y1"]])
        np.testing.assert_allclose(low, mu[0] - count * sd, atol=1e-5)
        np.testing.assert_allclose(high, mu[0] + count * sd, atol=1e-5)
    cloud = next(each for each in figure["data"] if each["name"] == "repeated encodings")
    assert len(np.frombuffer(b64decode(cloud["x"]["bdata"]), cloud["x"]["dtype"])) == 40


def test_a_test_image_is_read_by_its_neighbours_without_itself() -> None:
    codes = explorer.load(DEEP).codes()
    at = visit(DEEP, image="3")
    near = np.linalg.norm(codes.mu - codes.mu[3], axis=1).argsort()[1:11]
    votes = np.bincount(codes.known_labels[near])
    assert f"<dd>{votes.argmax()} <small>{votes.max()} of 10 neighbours</small>" in html(at)


@pytest.mark.parametrize(
    ("share", "words"),
    [(0, "0 %"), (0.0001, "less than 1 %"), (0.834, "83 %"), (0.9999, "over 99 %"), (1, "100 %")],
)
def test_shares_are_put_into_words(share: float, words: str) -> None:
    assert typical_words(share) == f"More typical than {words} of the test images"


# --- Test images ------------------------------------------------------------------------------------------


def test_a_click_on_a_picture_follows_it(mnist: ImageSet) -> None:
    at = visit(image="17")
    healthy(at.button(key="example.3").click().run())
    assert address(at, "image") == "13"
    np.testing.assert_array_equal(shown(at, "input: test image 13 of mnist, a 3"), mnist.pixels[13])


def test_another_ten_shows_the_next_of_each_class() -> None:
    at = visit(image="17")
    next(button for button in at.button if button.label == "Another 10").click()
    healthy(at.run())
    assert address(at, "image") == "27"
    assert "test image 20 of mnist, a 0" in at.button(key="example.0").label


def test_after_the_last_of_a_class_comes_the_first(mnist: ImageSet) -> None:
    at = visit(image=str(len(mnist) - 1))
    next(button for button in at.button if button.label == "Another 10").click()
    healthy(at.run())
    assert address(at, "image") == "9"


def test_images_of_another_set_are_prepared(monkeypatch: pytest.MonkeyPatch, mnist: ImageSet) -> None:
    monkeypatch.setattr(datasets, "find", lambda dataset: (sets.dataset("digits"), mnist))
    at = visit(image="17")
    expected = prepared(export.picture(mnist.floats(17)))
    assert_shows(shown(at, "input after preprocessing"), expected)


# --- Uploads ----------------------------------------------------------------------------------------------


def test_an_upload_is_prepared_and_followed() -> None:
    at = upload(visit(source="upload"), encoded(photo()))
    pixels = prepared(photo())
    assert_shows(shown(at, "input after preprocessing"), pixels)
    assert shown(at, "as given: mine.png, 220 × 160 pixels").shape == (160, 220, 1)
    model = explorer.load(FLAT)
    reconstruction = model.decode(model.encode(pixels[None]).mu)[0]
    assert_shows(shown(at, "reconstruction"), reconstruction)


def test_preparation_can_be_switched_off() -> None:
    at = upload(visit(source="upload"), encoded(photo()))
    healthy(at.toggle(key="widget.prepare").set_value(False).run())
    expected = preparation.prepare(photo(), sets.dataset("mnist"), as_given=True).pixels
    assert_shows(shown(at, "input without preprocessing: scaled to 28×20"), expected)
    assert address(at, "prepare") == "0"


@pytest.mark.parametrize("content", [b"", b"no image", encoded(photo())[:200]], ids=["empty", "text", "half"])
def test_a_file_that_cannot_be_read_gets_a_sentence_and_no_result(content: bytes) -> None:
    at = upload(visit(source="upload"), encoded(photo()))
    waiting(send(at, content, "other.png"))
    with pytest.raises(uploads.ImageError) as refused:
        uploads.read_upload(content)
    assert [error.value for error in at.error] == [str(refused.value)]
    assert "mine.png" not in html(at)
    waiting(at.selectbox(key="widget.model").set_value(DEEP).run())  # the file before it does not come back
    assert len(at.error) == 1
    upload(at, encoded(photo()), "third.png")
    assert not at.error


def test_the_sentence_about_a_bad_file_goes_with_the_file() -> None:
    at = waiting(send(visit(source="upload", image="17"), b"no image"))
    assert len(at.error) == 1
    at.switch_page("app.py").run()
    at.switch_page("pages/reconstruct.py")
    waiting(at.run())
    assert not at.error


def test_a_file_that_is_removed_takes_its_result_along() -> None:
    at = upload(visit(source="upload"), encoded(photo()))
    at.file_uploader[0].set_value(None)
    waiting(at.run())


BLANK = Image.new("L", (300, 200), 230)
NOISE = Image.fromarray(np.random.default_rng(0).normal(128, 40, (300, 400)).clip(0, 255).astype(np.uint8))


@pytest.mark.parametrize("picture", [BLANK, NOISE], ids=["blank", "noise"])
@pytest.mark.parametrize("prepare", ["0", "1"])
def test_a_picture_without_ink_has_no_code(picture: Image.Image, prepare: str) -> None:
    at = waiting(send(visit(source="upload", prepare=prepare), encoded(picture)))
    assert [warning.value for warning in at.warning] == [upload_.no_ink(sets.dataset("mnist"))]
    assert shown(at, "as given: mine.png").shape[1] > 0


def test_what_is_no_digit_is_called_so() -> None:
    at = upload(visit(source="upload"), encoded(checks()))
    (warning,) = at.warning
    assert warning.value.replace("\\", "").startswith(f"This does not look like a digit to {FLAT}: ")
    assert not upload(at, encoded(seven())).warning


def seven() -> Image.Image:
    picture = Image.new("L", (220, 220), 235)
    ImageDraw.Draw(picture).line([(60, 50), (160, 50), (100, 180)], fill=25, width=18, joint="curve")
    return picture


def checks() -> Image.Image:
    """Four dark squares of a board on light paper."""
    picture = Image.new("L", (200, 200), 235)
    for left, top in ((40, 40), (120, 40), (80, 80), (40, 120), (120, 120)):
        picture.paste(25, (left, top, left + 40, top + 40))
    return picture


def test_an_upload_survives_another_model_and_another_page() -> None:
    at = upload(visit(source="upload"), encoded(photo()))
    before = shown(at, "input after preprocessing")
    healthy(at.selectbox(key="widget.model").set_value(DEEP).run())
    assert address(at, "model") == DEEP
    np.testing.assert_array_equal(shown(at, "input after preprocessing"), before)
    at.switch_page("app.py").run()
    at.switch_page("pages/reconstruct.py")
    healthy(at.run())
    np.testing.assert_array_equal(shown(at, "input after preprocessing"), before)


def test_notices_are_shown() -> None:
    frames = [photo(), Image.new("L", (220, 160), 10)]
    animation = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    at = upload(visit(source="upload"), animation, "moving.gif")
    assert [info.value for info in at.info] == list(uploads.read_upload(animation).notices)
    assert at.info


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>.png", "../../etc/passwd.png", "a" * 5000 + ".png"]
)
def test_a_hostile_file_name_is_only_text(name: str) -> None:
    at = upload(visit(source="upload"), encoded(photo()), name)
    assert "<script" not in html(at)
    caption = next(words for _, words in PICTURE.findall(html(at)) if words.startswith("as given"))
    assert len(caption) < 120


# --- Drawings ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "view"), [(FLAT, "whole"), (FLAT, "close"), (DEEP, "dimensions"), (DEEP, "neighbours")]
)
def test_a_drawing_is_followed_as_it_is(mnist: ImageSet, name: str, view: str) -> None:
    at = visit(name, source="draw", posterior=view)
    assert any("Draw a digit" in caption.value for caption in at.caption)
    at.query_params["drawing"] = permalink.to_text(mnist.floats(8)) or ""
    healthy(at.run())
    np.testing.assert_array_equal(shown(at, "input: your drawing"), mnist.pixels[8])


def test_the_bars_are_told_apart_by_what_holds_in_both_themes() -> None:
    at = visit(image="3")
    chart = next(each for each in at.get("plotly_chart") if each.key == "reconstruct-typicality")
    (bars,) = json.loads(chart.proto.spec)["data"]
    sent = bars["marker"]["opacity"]
    opacity = np.frombuffer(b64decode(sent["bdata"]), sent["dtype"])
    assert set(opacity) == {opacity.min(), opacity.max()}  # of one colour: more solid, lighter in the dark
    assert opacity.argmax() > opacity.argmin()  # and those stand on the right, where nats are more
    words = " ".join(caption.value for caption in at.caption)
    assert "the more solid ones are less typical" in words
    assert "darker" not in words
