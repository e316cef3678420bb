"""The drawing of the networks: shapes and weights against PyTorch's, and what is drawn of an autoencoder."""

import re

import pytest
from playwright.sync_api import Page, expect
from torch import nn

from tests.browser.conftest import Server, Visits
from vae.model import catalogue, checkpoint
from vae.training.vae import build

MODEL = "emoji-vae-2d"  # with convolutions


@pytest.fixture
def layers() -> list[nn.Module]:
    """The encoder's and the decoder's layers with weights."""
    saved = checkpoint.load(catalogue.model_path(MODEL))
    model = build(saved.description.config, saved.weights)
    return [layer for part in (model.encoder, model.decoder) for layer in part if hasattr(layer, "weight")]


def sizes(page: Page) -> list[str]:
    """What stands beside the bars."""
    return page.locator(".stage .size").all_text_contents()


def test_bars_say_their_shapes_and_weights(server: Server, visits: Visits, layers: list[nn.Module]) -> None:
    visit = visits(server, f"how_it_works?step=networks&model={MODEL}")
    page, sent = visit.page, visit.sent
    bars = page.locator(".stage")
    expect(bars).to_have_count(len(layers) + 2)  # the image, and z apart from mu and log_var
    said = page.locator(".words")
    places = [k for k in range(1, len(layers) + 2) if "z = μ + σ ε" not in bars.nth(k).inner_html()]
    for place, layer in zip(places, layers, strict=True):
        bars.nth(place).hover()
        count = sum(weight.numel() for weight in layer.parameters())
        expect(said).to_contain_text(f"{count:,} weights")
        if isinstance(layer, nn.Conv2d):
            assert sizes(page)[place].startswith(f"{layer.out_channels} × ")
    picture = page.locator("image.pixels").nth(1)
    before = picture.get_attribute("href")
    page.get_by_role("button", name="Draw z again").click()
    assert picture.get_attribute("href") != before
    assert visit.sent == sent


def test_an_autoencoder_has_no_noise_and_nothing_dashed(server: Server, visits: Visits) -> None:
    visit = visits(server, f"how_it_works?step=networks&model={MODEL}")
    page = visit.page
    expect(page.locator(".dashed")).to_have_count(2)
    bars = page.locator(".stage").count()
    with visit.run():
        page.get_by_role("button", name="Autoencoder", exact=True).click()
    expect(page).to_have_url(re.compile("drawn=autoencoder"))
    expect(page.locator(".stage")).to_have_count(bars - 1)
    expect(page.locator(":is(.dashed, circle.noise)")).to_have_count(0)
    expect(page.locator("circle.determined")).to_have_count(4)  # two double rings
    expect(page.get_by_role("button", name="Draw z again")).to_be_hidden()
