"""Reconstruct in a real browser: uploads, what is said of bad ones, drawings that stay, one height."""

import io
import re
from base64 import b64decode

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.browser.conftest import Server, Visit, Visits
from vae.images import preparation, sets

MODEL = "mnist-vae-2d"
PREPARED = "img[alt^='input after preprocessing']"
RECONSTRUCTION = "img[alt^='reconstruction']"
DRAWN = "img[alt='input: your drawing']"


def photo() -> Image.Image:
    """Dark ink on light paper without symmetry: a right angle at the lower left, a dot at the upper right."""
    picture = Image.new("L", (220, 160), 235)
    draw = ImageDraw.Draw(picture)
    draw.line([(40, 20), (40, 120), (120, 120)], fill=25, width=12)
    draw.ellipse([(100, 20), (120, 40)], fill=25)
    return picture


def file_of(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def upload(visit: Visit, content: bytes, name: str = "mine.png") -> None:
    file = FilePayload(name=name, mimeType="image/png", buffer=content)
    with visit.run():
        visit.page.locator("[data-testid=stFileUploader] input[type=file]").set_input_files([file])


def pixels(page: Page, selector: str) -> np.ndarray:
    """What the picture's data URI holds, (H, W) in 0 to 255."""
    source = page.locator(selector).first.get_attribute("src") or ""
    return np.asarray(Image.open(io.BytesIO(b64decode(source.partition(",")[2]))).convert("L"))


def painted(picture: Locator) -> np.ndarray:
    """What the screen shows of a picture, averaged over the 28 × 28 fields, (28, 28) in 0 to 255."""
    screen = Image.open(io.BytesIO(picture.screenshot())).convert("L")
    return np.asarray(screen.resize((28, 28), Image.Resampling.BOX))


MIDDLES = """(selectors) => selectors.flatMap((selector) => [...document.querySelectorAll(selector)])
    .map((part) => part.getBoundingClientRect()).map((box) => box.top + box.height / 2)"""


def middles(page: Page, *selectors: str) -> list[float]:
    """Heights of the middles of all these elements, CSS pixels, read at one moment: a page may still grow."""
    for selector in selectors:
        page.wait_for_selector(selector)
    found: list[float] = page.evaluate(MIDDLES, list(selectors))
    return found


def draw_a_seven(visit: Visit) -> None:
    pad = visit.page.get_by_label("Drawing area")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    mouse = visit.page.mouse
    with visit.run():
        for k, (x, y) in enumerate([(0.25, 0.25), (0.75, 0.25), (0.6, 0.5), (0.45, 0.85)]):
            mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=5)
            if k == 0:
                mouse.down()
        mouse.up()


@pytest.mark.parametrize("turned", [False, True], ids=["upright", "EXIF"])
def test_an_uploaded_picture_stands_as_it_was_drawn(server: Server, visits: Visits, turned: bool) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by a quarter to the right
    stored = photo().transpose(Image.Transpose.ROTATE_90) if turned else photo()
    visit = visits(server, f"reconstruct?model={MODEL}&source=upload")
    upload(visit, file_of(stored, exif=exif) if turned else file_of(stored))
    expected = np.round(255 * preparation.prepare(photo(), sets.dataset("mnist")).pixels[..., 0])
    sent = pixels(visit.page, PREPARED)
    np.testing.assert_allclose(sent, expected, atol=1)
    seen = painted(visit.page.locator(PREPARED))
    assert np.corrcoef(seen.ravel(), expected.ravel())[0, 1] > 0.95
    for wrong in (expected[::-1], expected[:, ::-1], expected.T):
        assert np.corrcoef(seen.ravel(), wrong.ravel())[0, 1] < 0.8


def of_a_phone() -> bytes:
    """A photo with the grain of a phone's, 12 megapixels and more than 5 MB."""
    grain = np.random.default_rng(0).normal(0, 9, (3000, 4000, 3)).astype(np.float32)
    picture = photo().resize((4000, 3000), Image.Resampling.BICUBIC)
    rough = (np.asarray(picture, np.float32)[..., None] + grain).clip(0, 255).astype(np.uint8)
    return file_of(Image.fromarray(rough), "JPEG", quality=96)


def test_a_phones_photo_is_taken_and_a_refused_file_is_no_result(server: Server, visits: Visits) -> None:
    visit = visits(server, f"reconstruct?model={MODEL}&source=upload")
    page, result = visit.page, visit.page.locator(RECONSTRUCTION)
    expect(page.get_by_text("at most 25 MB")).to_have_count(1 + 1)  # beforehand; the other waits, unseen
    refused = page.locator(".source-refused")
    expect(refused).to_be_hidden()
    content = of_a_phone()
    assert len(content) > 5 * 2**20
    upload(visit, content, "IMG_0001.jpg")
    expect(page.locator("img[alt='as given: IMG_0001.jpg, 4000 × 3000 pixels']")).to_be_visible()
    expect(result).to_be_visible()
    page.locator("[data-testid=stFileUploader] input[type=file]").set_input_files(
        [FilePayload(name="IMG_0002.heic", mimeType="image/heic", buffer=b"HEIC")]
    )  # which the uploader itself refuses
    expect(refused).to_contain_text("please choose a PNG, JPEG, WebP, GIF or BMP image of at most 25 MB.")
    expect(refused).to_be_visible()
    expect(result).to_be_hidden()
    upload(visit, file_of(photo()))
    expect(refused).to_be_hidden()
    expect(result).to_be_visible()
    upload(visit, file_of(photo())[:300], "<img src=x onerror=alert(1)>.png")
    alert = page.locator("[data-testid=stAlert]")
    expect(alert).to_have_count(1)
    expect(alert).to_contain_text("damaged or incomplete")
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
    expect(result).to_have_count(0)
    upload(visit, file_of(Image.new("L", (300, 200), 230)), "blank.png")
    expect(alert).to_contain_text("No ink was found in this picture")
    expect(result).to_have_count(0)


def test_an_upload_stays_when_the_model_changes(server: Server, visits: Visits) -> None:
    visit = visits(server, f"reconstruct?model={MODEL}&source=upload")
    upload(visit, file_of(photo()))
    before, reconstruction = pixels(visit.page, PREPARED), pixels(visit.page, RECONSTRUCTION)
    with visit.run():
        visit.choose_model("mnist-vae-20d")
    np.testing.assert_array_equal(pixels(visit.page, PREPARED), before)
    assert not np.array_equal(pixels(visit.page, RECONSTRUCTION), reconstruction)


def test_a_drawing_is_followed_through_the_model(server: Server, visits: Visits) -> None:
    visit = visits(server, f"reconstruct?model={MODEL}&source=draw")
    expect(visit.page.locator(DRAWN)).to_have_count(0)
    expect(visit.page.locator(RECONSTRUCTION)).to_have_count(0)
    draw_a_seven(visit)
    drawn = pixels(visit.page, DRAWN)
    assert drawn.shape == (28, 28)
    assert (drawn > 128).sum(axis=1).argmax() < 12  # the longest row is the bar of the 7, at its top
    expect(visit.page.locator("[data-testid=stException]")).to_have_count(0)


BRIGHT = """(pad) => pad.getContext("2d").getImageData(0, 0, pad.width, pad.height).data
    .filter((value, at) => at % 4 === 0 && value > 128).length"""


def test_a_drawing_is_on_the_pad_again_until_it_is_cleared(server: Server, visits: Visits) -> None:
    visit = visits(server, f"reconstruct?model={MODEL}&source=draw")
    page = visit.page
    pad, clear = page.get_by_label("Drawing area"), page.get_by_role("button", name="Clear")
    draw_a_seven(visit)
    before, bright = pixels(page, DRAWN), pad.evaluate(BRIGHT)
    assert bright > 1000
    for leave in ("another page", "reload"):
        if leave == "reload":
            page.reload()
        else:
            visit.follow("Sliders")
            expect(pad).to_have_count(0)
            visit.follow("Reconstruct")
        expect(clear).to_be_enabled()
        assert pad.evaluate(BRIGHT) == bright
        page.wait_for_selector(DRAWN)
        np.testing.assert_array_equal(pixels(page, DRAWN), before)
    reading = page.locator(".live .reading")
    expect(reading).to_be_visible()
    expect(reading.locator("strong")).to_have_text(re.compile("[0-9]"))
    clear.click()
    expect(page.locator(DRAWN)).to_have_count(0)
    expect(page.locator(RECONSTRUCTION)).to_have_count(0)
    expect(reading).to_be_hidden()
    expect(page.locator(".live .numbers dd")).to_have_count(0)
    pad.click()  # a dot
    page.wait_for_selector(DRAWN)
    assert pixels(page, DRAWN).max() > 128
    visit.follow("Sliders")
    expect(pad).to_have_count(0)
    visit.follow("Reconstruct")
    page.wait_for_selector(DRAWN)
    clear.click()  # on a pad that has told Python nothing yet
    expect(page.locator(DRAWN)).to_have_count(0)
    page.reload()
    expect(clear).to_be_disabled()
    expect(page.get_by_text("Draw a digit on the black field.")).to_be_visible()
    expect(page.locator(DRAWN)).to_have_count(0)


def test_a_click_on_a_picture_follows_it_and_is_in_the_address(server: Server, visits: Visits) -> None:
    visit = visits(server, f"reconstruct?model={MODEL}")
    with visit.run():
        visit.page.get_by_role("button", name=", a 4").click()
    expect(visit.page.locator("img[alt*=', a 4']").last).to_be_visible()
    assert "image=" in visit.page.url
    chosen = visit.page.locator(".st-key-gallery button[kind=primary] img").first
    expect(chosen).to_have_attribute("alt", re.compile(", a 4$"))
    with visit.run():
        visit.page.reload()
    expect(chosen).to_have_attribute("alt", re.compile(", a 4$"))


def test_the_flow_stands_at_one_height(server: Server, visits: Visits) -> None:
    page = visits(server, f"reconstruct?model={MODEL}", width=1360).page
    plot = ".st-key-reconstruct-map .draglayer > .xy .nsewdrag"
    heights = middles(page, ".flow-side .vae-picture img", ".flow-shape", plot)
    assert len(heights) >= 5
    assert max(heights) - min(heights) < 2


def test_on_a_phone_input_and_result_stand_side_by_side_and_stay_in_sight(
    server: Server, visits: Visits
) -> None:
    visit = visits(server, f"reconstruct?model={MODEL}", width=400, height=800)
    page = visit.page
    row = (".flow-in .flow-group > .vae-picture img", ".flow-shape", ".flow-out img")
    plane = ".st-key-reconstruct-map .js-plotly-plot"
    for down in (0, 700):
        page.evaluate(f"document.querySelector('.stMain').scrollTo(0, {down})")
        heights = middles(page, *row)
        assert len(heights) == 4
        assert max(heights) - min(heights) < 2
        assert 40 < min(heights) <= max(heights) < 740
    assert middles(page, plane)[0] > max(heights)
    with visit.run():
        page.get_by_text("Upload", exact=True).click()
    upload(visit, file_of(photo()))
    (given,) = middles(page, ".flow-given img")
    heights = middles(page, *row)
    assert given < min(heights)
    assert max(heights) - min(heights) < 2
    assert page.evaluate("document.querySelector('.stMain').scrollWidth") <= 400
