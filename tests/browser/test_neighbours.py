"""The reading of a code in the browser against the server's, and how long it takes in a frame."""

from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import ROOT, Server, Visits
from tests.browser.live_page import LivePage
from vae import explorer
from vae.latent import neighbours
from vae.web.server import javascript

CLASSES = ("0", "1", "2", "Ankle boot")
AN_EIGHT = 61  # a test image
READ = """([sources, codes, latentDim, spacing, names, places]) => {
    const { readingOf, namesOf, supportOf } =
        new Function(`${sources}; return { readingOf, namesOf, supportOf };`)();
    const mu = Float32Array.from(codes.flatMap(([code]) => code));
    const labels = Uint8Array.from(codes.map(([, label]) => label));
    const test = { mu, labels, latentDim, spacing };
    const readings = places.map((place) => readingOf(test, Float32Array.from(place)));
    return readings.map((each) => ({ ...each, names: namesOf(each, names), support: supportOf(each) }));
}"""
MILLISECONDS = """([sources, latentDim]) => {
    const { readingOf } = new Function(`${sources}; return { readingOf };`)();
    const normal = () => Array.from({ length: 4 }, Math.random).reduce((sum, each) => sum + each - 0.5, 0);
    const mu = Float32Array.from({ length: 10000 * latentDim }, normal);
    const test = { mu, labels: new Uint8Array(10000), latentDim, spacing: 1 };
    const took = Array.from({ length: 300 }, () => {
        const z = Float32Array.from({ length: latentDim }, normal);
        const start = performance.now();
        for (let k = 0; k < 5; k += 1) readingOf(test, z);
        return (performance.now() - start) / 5;
    });
    return took.sort((a, b) => a - b)[150];
}"""


@pytest.fixture(scope="module")
def sources() -> str:
    return javascript.link(ROOT / "assets" / "live" / "neighbours.js")


@pytest.mark.parametrize("latent_dim", [2, 20])
def test_browser_and_server_read_the_same(browser: Browser, sources: str, latent_dim: int) -> None:
    rng = np.random.default_rng(latent_dim)
    codes = (
        rng.integers(-3, 4, (500, latent_dim)).astype(np.float16) / 4
    )  # so coarse that many lie equally far
    labels = rng.integers(0, len(CLASSES), 500)
    places = [*codes[:20], *rng.normal(size=(60, latent_dim)), *rng.integers(-3, 4, (20, latent_dim)) / 4]
    places += [np.full(latent_dim, 6.0)]
    spacing = 0.8
    page = browser.new_page()
    argument: list[Any] = [
        sources,
        list(zip(codes.tolist(), labels.tolist(), strict=True)),
        latent_dim,
        spacing,
    ]
    read = page.evaluate(READ, [*argument, CLASSES, [place.tolist() for place in places]])
    page.close()
    for place, there in zip(places, read, strict=True):
        here = neighbours.read(codes, labels, place.astype(np.float32), spacing)
        assert (there["names"], there["support"]) == (here.names(CLASSES), here.support)
        assert (tuple(there["classes"]), there["votes"]) == (here.classes, here.votes)
        assert (there["count"], there["isFar"]) == (here.count, here.is_far)
        assert there["distance"] == pytest.approx(here.distance, abs=1e-6)
    assert any(" or " in there["names"] for there in read)
    assert read[-1]["isFar"]


@pytest.mark.parametrize("latent_dim", [2, 20])
def test_ten_thousand_codes_are_read_within_a_frame(browser: Browser, sources: str, latent_dim: int) -> None:
    page = browser.new_page()
    milliseconds = page.evaluate(MILLISECONDS, [sources, latent_dim])
    page.close()
    assert milliseconds < 2


@pytest.mark.parametrize(
    ("page", "name"),
    [("latent_map", "mnist-vae-2d"), ("latent_map", "mnist-vae-20d"), ("sliders", "mnist-vae-20d")],
)
def test_a_page_says_what_the_neighbours_of_an_eight_say(
    server: Server, visits: Visits, page: str, name: str
) -> None:
    """Its code under mnist-vae-2d lies nearest to the mean of the fives."""
    model = explorer.load(name)
    live = LivePage(visits(server, f"{page}?model={name}&image={AN_EIGHT}"))
    live.wait_for_view()
    reading = model.read(model.codes().mu[AN_EIGHT])
    assert reading.classes == (8,)
    expect(live.page.locator(".reading")).to_contain_text(f"reads as8{reading.support}")
    expect(live.page.locator(".unseen[role=status]")).to_contain_text(f"reads as 8, {reading.support}")
    kinds = [key.split(":")[0] for key in live.stats()["parcelKeys"]]
    assert kinds.count("codes") == 1
