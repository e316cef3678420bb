"""Networks of many shapes in the browser against PyTorch's."""

import base64
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from tests.browser.blank_page import BYTES, Floats, RandomNetworks, blank_page, provide
from tests.browser.live_page import TO_BASE64, packed

BATCH = 3
SHAPES = [
    RandomNetworks(28, 28, 1, (64, 32), latent_dim=20),
    RandomNetworks(64, 64, 3, (48, 32, 24, 16), latent_dim=32),
    RandomNetworks(20, 12, 3, (20, 7), activation="softplus"),  # padded channels, whose softplus is not 0
    RandomNetworks(9, 13, 1, (3,), latent_dim=2, activation="tanh"),  # padded and cropped
    RandomNetworks(8, 128, 3, (5, 4, 16), activation="relu", bound=3.0),  # one place in a column
]
NO_SIMD = "WebAssembly.validate = () => false"
RUN = f"""async ({{ key, rows, count }}) => {{
    {BYTES}
    const network = await window.__latentLive.get(key);
    const values = new Float32Array(bytes(rows).buffer), size = values.length / count;
    const results = [];
    if (network.decode) {{
        const {{ stride }} = network, {{ outputs }} = network.network;
        network.decode(values.map((value) => -value), count); // what it leaves behind must not matter
        const images = network.decode(values, count);
        for (let r = 0; r < count; r += 1) results.push(images.slice(r * stride, r * stride + outputs));
    }} else {{
        for (let r = 0; r < count; r += 1) {{
            const {{ mu, logVar }} = network.encode(values.slice(r * size, (r + 1) * size));
            results.push([...mu, ...logVar]);
        }}
    }}
    return ({TO_BASE64})(Float32Array.from(results.flatMap((row) => [...row])));
}}"""


@pytest.fixture(scope="module", params=["", NO_SIMD], ids=["simd", "plain"])
def blank(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page with all the networks."""
    page = blank_page(browser, request.param)
    yield page
    page.close()


def run(page: Page, model: RandomNetworks, kind: str, rows: Floats) -> Floats:
    """The outputs of the `encoder` or `decoder`, one row for each of `rows`."""
    provide(page, model.parcel(kind))
    argument = {"key": f"{kind}:{model.name}", "rows": packed(rows), "count": len(rows)}
    return np.frombuffer(base64.b64decode(page.evaluate(RUN, argument)), np.float32).reshape(len(rows), -1)


@pytest.mark.parametrize("model", SHAPES, ids=lambda model: model.name)
def test_a_decoder_computes_what_torch_computes(blank: Page, model: RandomNetworks) -> None:
    z = np.random.default_rng(1).standard_normal((BATCH, model.latent_dim)).astype(np.float32)
    expected = model.decode(z)
    assert expected.std() > 0.05  # images that tell a wrong place apart
    decoded = run(blank, model, "decoder", z).reshape(expected.shape)
    assert np.abs(decoded - expected).max() < 1e-5


@pytest.mark.parametrize("model", SHAPES, ids=lambda model: model.name)
def test_an_encoder_computes_what_torch_computes(blank: Page, model: RandomNetworks) -> None:
    shape = (BATCH, model.height, model.width, model.channels)
    images = np.random.default_rng(2).random(shape, np.float32)
    expected = model.encode(images)
    assert expected.std(axis=0).min() > 1e-3
    encoded = run(blank, model, "encoder", images.reshape(BATCH, -1))
    assert np.abs(encoded - expected).max() < 1e-4 * np.abs(expected).max()
