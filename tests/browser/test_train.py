"""The page Train in a browser: the map that unfolds, its replay, an epoch's decoder under the pointer."""

import time
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE, Server, Visits, know_rates
from vae.logbook import folder, looks
from vae.model import catalogue, checkpoint
from vae.model.numpy_vae import NumpyModel

EPOCHS = 6
ADDRESS = f"train?data=digits&recipe=quick&epochs={EPOCHS}"
PIXELS = "(canvas) => [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data]"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home of its own, where the recipes' rates are known."""
    monkeypatch.setenv("VAE_HOME", str(tmp_path / "home"))
    know_rates()


def decoded(page: Page) -> np.ndarray:
    """The image at the pointer, (28, 28) in [0, 1]."""
    levels = np.array(page.locator(".preview canvas").evaluate(PIXELS)).reshape(28, 28, 4)
    return levels[..., 0] / 255


@pytest.mark.usefixtures("home")
def test_a_training_unfolds_outlives_its_server_and_is_replayed(own_server: Server, visits: Visits) -> None:
    own_server.start()
    first = folder.create("first", ["--dataset", "digits", "--epochs", "9", "--latent-dim", "2"])
    first.begin("waiting")
    with first.lock():
        visit = visits(own_server, f"{ADDRESS}&run=first")
        page = visit.page
        check_nothing_but_a_sentence(page)
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_url("**run=digits-vae-2d-mine*")
    own_server.restart()
    visit.goto(page.url.removeprefix(f"{own_server.url}/"))
    expect(page.get_by_text(f"Done: {EPOCHS} epochs")).to_be_visible(timeout=PATIENCE * 1000)
    expect(page.locator(".unfolding output")).to_have_text(f"epoch {EPOCHS} of {EPOCHS}")
    expect(page.locator(".unfolding .axes")).to_contain_text("turned like the one before")
    for epoch, key in ((EPOCHS, "End"), (1, "Home")):
        page.get_by_role("slider", name="Epoch").press(key)
        if epoch == 1:
            page.get_by_role("slider", name="Epoch").press("ArrowRight")
        expect(page.locator(".unfolding output")).to_have_text(f"epoch {epoch} of {EPOCHS}")
        assert f"/sheet/{epoch}.png" in str(page.locator(".sheet img").get_attribute("src"))
        check_pointer(page, epoch)


def check_nothing_but_a_sentence(page: Page) -> None:
    """While a training waits there are no charts, no samples, no controls of maps."""
    expect(page.get_by_text("It begins once the trainings before it have ended.")).to_be_visible()
    for part in (".side", ".sheet img", ".controls", ".stage > canvas"):
        expect(page.locator(f".unfolding {part}")).to_be_hidden()


def check_pointer(page: Page, epoch: int) -> None:
    """What is decoded at the pointer is what NumPy makes of it with that epoch's decoder."""
    path = catalogue.model_path("digits-vae-2d-mine")
    found = checkpoint.load(path)
    run = folder.find("digits-vae-2d-mine").path
    model = NumpyModel(found.description.config, {**found.weights, **looks.decoder(run, epoch)})
    canvas = page.locator(".unfolding .stage > canvas")
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.56 * box["width"], box["y"] + 0.4 * box["height"])
    text = page.locator(".preview .place").inner_text().replace("−", "-")
    x, y = map(float, text.strip("()").split(","))
    centre, basis = looks.read(run, epoch, "centre", "basis")
    expected = model.decode((centre + np.array([x, y]) @ basis).astype(np.float32)[None])[0, ..., 0]
    deadline = time.monotonic() + PATIENCE
    while np.abs(decoded(page) - expected).max() > 0.04:  # the place has two decimals
        assert time.monotonic() < deadline, np.abs(decoded(page) - expected).max()
        page.wait_for_timeout(20)
    page.mouse.move(0, 0)


def test_who_has_no_training_sees_a_recorded_one(server: Server, visits: Visits) -> None:
    page = visits(server, "train?data=digits").page
    expect(page.locator(".unfolding output")).to_have_text("epoch 20 of 20")
    page.get_by_role("button", name="Play 24 maps").click()
    expect(page.locator(".unfolding output")).not_to_have_text("epoch 20 of 20")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play 24 maps")).to_be_visible()
