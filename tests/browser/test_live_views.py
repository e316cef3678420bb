"""The live views beside the plane: paths, sliders, all pairs, drawing."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.apps.random_model import RandomModel
from tests.browser.conftest import Server, Visits
from tests.browser.live_page import LEVEL, LivePage, pixels
from tests.images import drawings

Open = Callable[..., LivePage]


@pytest.fixture
def show(live_server: Server, visits: Visits) -> Open:
    """Opens a view over 300 points and waits until it is ready."""

    def show(query: str) -> LivePage:
        live = LivePage(visits(live_server, f"?points=300&{query}", width=1280, height=1200))
        live.wait_for_view()
        return live

    return show


def test_the_path_morphs_while_t_is_dragged(show: Open) -> None:
    live = show("view=path&dim=20&path=spherical")
    box = live.page.locator("input.t").bounding_box()
    assert box is not None
    sent, images = live.visit.sent, set()
    middle = box["y"] + box["height"] / 2
    live.page.mouse.move(box["x"] + 8, middle)
    live.page.mouse.down()
    for step in range(1, 13):
        live.page.mouse.move(box["x"] + 8 + step * (box["width"] - 16) / 12, middle)
        live.next_frame()
        images.add(live.image().tobytes())
    assert live.visit.sent == sent
    assert len(images) >= 8
    live.page.mouse.up()
    a, b, t = live.answer("path")
    assert t == pytest.approx(1, abs=0.01)
    model = RandomModel(latent_dim=20)
    assert a == pytest.approx(model.class_means()[0], abs=1e-3)
    live.wait_for_image(model.decode(np.array([b])))


@pytest.mark.parametrize("path", ["linear", "spherical"])
def test_the_middle_of_a_path(show: Open, path: str) -> None:
    live = show(f"view=path&dim=20&path={path}")
    live.page.locator("input.t").fill("0.5")
    a, b = RandomModel(latent_dim=20).class_means()[[0, 7]].astype(float)
    middle = (a + b) / 2
    if path == "spherical":  # half way between the directions, half way between the lengths
        lengths = np.linalg.norm(a), np.linalg.norm(b)
        direction = a / lengths[0] + b / lengths[1]
        middle = direction / np.linalg.norm(direction) * np.mean(lengths)
    live.wait_for_image(RandomModel(latent_dim=20).decode(middle[None]))


def test_a_path_plays_to_its_end(show: Open) -> None:
    live = show("view=path&dim=20")
    live.page.get_by_role("button", name="2×").click()
    live.page.get_by_role("button", name="Play").click()
    expect(live.page.get_by_role("button", name="Pause")).to_be_visible()
    expect(live.page.get_by_role("button", name="Play")).to_be_visible()
    expect(live.page.locator("output")).to_have_text("t 1.00")


def test_arrow_keys_step_t(show: Open) -> None:
    live = show("view=path&dim=20")
    live.page.locator("input.t").focus()
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowRight", "ArrowLeft"):
        live.page.keyboard.press(key)
    expect(live.page.locator("output")).to_have_text("t 0.11")
    assert live.answer("path")[2] > 0


def test_an_end_of_the_path_can_be_dragged(show: Open) -> None:
    live = show("view=path")
    start, end = RandomModel().class_means()[[0, 7]]
    left, top = live.window(*end)
    live.page.mouse.move(left, top)
    live.page.mouse.down()
    live.page.mouse.move(left - 60, top - 40, steps=5)
    live.page.mouse.up()
    a, b, _ = live.answer("path")
    assert a == pytest.approx(start, abs=1e-3)
    assert b == pytest.approx(live.data(left - 60, top - 40), abs=1e-3)
    last = pixels(live.page.locator(".strip canvas").last)
    assert np.abs(last.ravel() - RandomModel().decode(np.array([b]))[0]).max() < 1.6 * LEVEL


def test_an_end_that_is_dragged_again_before_python_answers_stays_in_the_hand(show: Open) -> None:
    live = show("view=path")
    left, top = live.window(*RandomModel().class_means()[7])
    live.page.mouse.move(left, top)
    live.page.mouse.down()
    live.page.mouse.move(left - 40, top - 20, steps=3)
    live.page.mouse.up()
    live.page.mouse.down()
    live.page.mouse.move(left - 60, top - 30, steps=3)
    live.wait_for_run(2)  # the answer to the first drag
    live.visit.settle()
    live.page.mouse.move(left - 80, top - 60, steps=3)
    with live.visit.run():
        live.page.mouse.up()
    _, b, _ = live.answer("path")
    assert b == pytest.approx(live.data(left - 80, top - 60), abs=1e-3)


def test_sliders_stand_in_the_order_of_kl_and_decode_live(show: Open) -> None:
    live = show("view=sliders&dim=20")
    model = RandomModel(latent_dim=20)
    z = model.points(300)[0][0]
    live.wait_for_image(model.decode(z[None]))
    digits = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
    names = live.page.locator(".row .name").all_inner_texts()
    order = [int(name.translate(digits)[1:]) - 1 for name in names]
    assert order == sorted(range(20), key=lambda k: -model.kl_per_dim()[k])
    assert live.page.locator(".row.inactive").count() == 2
    live.page.locator(".row input").first.focus()
    live.page.keyboard.press("End")
    z[order[0]] = 3.0
    live.wait_for_image(model.decode(z[None]))
    assert live.answer("code") == pytest.approx(z, abs=1e-3)


def test_a_strip_shows_its_dimension_follows_the_others_and_sets_its_slider(show: Open) -> None:
    live = show("view=sliders&dim=20")
    model, rows = RandomModel(latent_dim=20), live.page.locator(".row")
    z = model.points(300)[0][0].astype(float)
    order = sorted(range(20), key=lambda k: -model.kl_per_dim()[k])
    assert_strip_shows(live, 4, model, z, order[4])
    rows.nth(1).locator("input").focus()
    with live.visit.run():
        live.page.keyboard.press("Home")
    z[order[1]] = -3.0
    assert_strip_shows(live, 4, model, z, order[4])
    box = rows.nth(4).locator("canvas").bounding_box()
    assert box is not None
    with live.visit.run():  # the tenth of thirteen images: 1.5
        live.page.mouse.click(box["x"] + box["width"] * 9.5 / 13, box["y"] + box["height"] / 2)
    z[order[4]] = 1.5
    assert live.answer("code") == pytest.approx(z, abs=0.02)
    assert float(rows.nth(4).locator("input").input_value()) == pytest.approx(1.5, abs=0.02)
    knob = rows.nth(4).locator("i").bounding_box()
    assert knob is not None
    assert knob["x"] + knob["width"] / 2 == pytest.approx(box["x"] + box["width"] * 9.5 / 13, abs=1)


def assert_strip_shows(live: LivePage, row: int, model: RandomModel, z: np.ndarray, axis: int) -> None:
    """A row's strip has what NumPy decodes where only its coordinate changes."""
    codes = np.repeat(z[None], 13, axis=0)
    codes[:, axis] = np.linspace(-3, 3, 13)
    expected = model.decode(codes).reshape(13, 28, 28).transpose(1, 0, 2).reshape(28, 364)
    live.page.wait_for_function("window.__latentLive.stats().decodes >= 260")  # all strips, once
    for _ in range(200):
        shown = pixels(live.page.locator(".row").nth(row).locator("canvas"))[..., 0]
        if np.abs(shown - expected).max() < 1.6 * LEVEL:
            return
        live.next_frame()
    raise AssertionError("the strip shows something else")


def test_sliders_go_to_zero_to_the_prior_and_back(show: Open) -> None:
    live = show("view=sliders&dim=20")
    model = RandomModel(latent_dim=20)
    with live.visit.run():
        live.page.get_by_role("button", name="Reset to 0").click()
    live.wait_for_image(model.decode(np.zeros((1, 20))))
    with live.visit.run():
        live.page.get_by_role("button", name="Draw from the prior").click()
    live.page.get_by_text(re.compile(r"^code \[(?!0(\.0)?, 0(\.0)?,)")).wait_for()  # no longer the zeros
    z = np.array(live.answer("code"))
    assert len(set(z)) == 20
    live.wait_for_image(model.decode(z[None]))
    live.page.get_by_role("button", name="Back to test image 0").click()
    live.wait_for_image(model.decode(model.points(300)[0][:1]))


def test_all_pairs_move_a_hundred_images_a_frame_when_they_are_played(show: Open) -> None:
    live = show("view=pairs&dim=20")
    for _ in range(5):
        live.next_frame()
    assert live.stats()["decodes"] == 100  # nothing plays by itself
    live.page.get_by_role("button", name="Play").click()
    live.page.wait_for_function("window.__latentLive.stats().decodes > 1000")
    assert live.stats()["decodes"] % 100 == 0
    live.page.locator("input.t").fill("0.25")
    live.next_frame()
    shown = pixels(live.page.locator("canvas.many"))[29 * 2 :, 29 * 7 :][:28, :28]  # row 2, column 7
    means = RandomModel(latent_dim=20).class_means()
    expected = RandomModel(latent_dim=20).decode(0.75 * means[[2]] + 0.25 * means[[7]])
    assert np.abs(shown.ravel() - expected[0]).max() < 1.6 * LEVEL


def test_a_drawing_is_encoded_stroke_by_stroke_and_reaches_python(show: Open) -> None:
    live = show("view=draw")
    box = live.page.locator("canvas.pad").bounding_box()
    assert box is not None
    seen = set()
    for stroke in ([(0.3, 0.2), (0.7, 0.2), (0.4, 0.5)], [(0.3, 0.35), (0.6, 0.35)]):
        places = [(box["x"] + u * box["width"], box["y"] + v * box["width"]) for u, v in stroke]
        live.page.mouse.move(*places[0])
        live.page.mouse.down()
        for place in places[1:]:
            live.page.mouse.move(*place, steps=5)
            live.next_frame()
            seen.add(live.image(1).tobytes())
        with live.visit.run():
            live.page.mouse.up()
    assert len(seen) == 3
    image = live.image(0).reshape(28, 28)
    mu, _ = RandomModel().encode(image.reshape(1, 784))
    live.wait_for_image(RandomModel().decode(mu), index=1)
    shape, total = live.answer("drawing")
    assert shape == [28, 28, 1]
    assert total == pytest.approx(image.sum(), abs=0.5)
    live.page.get_by_role("button", name="Clear").click()
    live.page.get_by_text("drawing None").wait_for()


@pytest.mark.parametrize("name", drawings.DRAWINGS)
def test_a_drawing_is_placed_as_mnist_places_it(show: Open, name: str) -> None:
    """And as the picture of a drawing is, which is uploaded: both are held to the same image."""
    live = show("view=draw")
    box = live.page.locator("canvas.pad").bounding_box()
    assert box is not None
    for stroke in drawings.DRAWINGS[name]:
        places = [(box["x"] + x * box["width"] / 28, box["y"] + y * box["height"] / 28) for x, y in stroke]
        live.page.mouse.move(*places[0])
        live.page.mouse.down()
        for place in places[1:]:
            live.page.mouse.move(*place)
        live.page.mouse.up()
    live.next_frame()
    image = live.image(0).reshape(28, 28)
    expected = drawings.prepared(drawings.DRAWINGS[name])
    assert drawings.centre_of_mass(image) == pytest.approx([drawings.CENTRE] * 2, abs=0.1)
    assert np.abs(image - expected).mean() < 0.01
    live.page.get_by_text("Centre and scale").click()
    live.next_frame()
    given = drawings.inked([drawings.curve(stroke) for stroke in drawings.DRAWINGS[name]], 28, drawings.PEN)
    assert np.abs(live.image(0).reshape(28, 28) - given).mean() < 0.01
