"""Networks of many shapes in the browser against PyTorch: one blank page, fed with the server's bytes."""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page
from torch import nn

from tests.browser.live_page import TO_BASE64, packed
from vae.web.live import parcels

Floats = NDArray[np.float32]
BATCH = 3
ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "silu": nn.SiLU,
    "softplus": nn.Softplus,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
}

INSTALL = """async (source) => {
    const program = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
    program.default({ parentElement: document.body });
}"""
BYTES = "const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));"
RUN = f"""async ({{ parcel, rows, count }}) => {{
    {BYTES}
    const hub = window.__latentLive, provider = {{}};
    const network = await hub.get(hub.provide(provider, bytes(parcel)));
    const values = new Float32Array(bytes(rows).buffer), size = values.length / count;
    const results = [];
    if (network.decode) {{
        const {{ stride }} = network, {{ outputs }} = network.network;
        for (const _ of [0, 1]) {{ // the second time over what the first has left
            const images = network.decode(values, count);
            const image = (r) => images.slice(r * stride, r * stride + outputs);
            results.splice(0, count, ...Array.from({{ length: count }}, (_, r) => image(r)));
        }}
    }} else {{
        for (let r = 0; r < count; r += 1) {{
            const {{ mu, logVar }} = network.encode(values.slice(r * size, (r + 1) * size));
            results.push([...mu, ...logVar]);
        }}
    }}
    hub.unmount(provider);
    return ({TO_BASE64})(Float32Array.from(results.flatMap((row) => [...row])));
}}"""


@dataclass(frozen=True)
class Random:
    """An encoder and a decoder with random weights in float16, for images (N, H, W, C)."""

    height: int
    width: int
    channels: int
    hidden: tuple[int, ...]  # channels of the feature maps, those nearest z first
    latent_dim: int = 5
    activation: str = "silu"
    bound: float = 8.0

    @property
    def padded(self) -> tuple[int, int]:
        """Height and width of the canvas."""
        whole: int = 2 ** len(self.hidden)
        return -(-self.height // whole) * whole, -(-self.width // whole) * whole

    @property
    def base(self) -> tuple[int, int]:
        """Height and width of the feature maps nearest z."""
        return self.padded[0] >> len(self.hidden), self.padded[1] >> len(self.hidden)

    @cached_property
    def encoder(self) -> nn.Sequential:
        sizes = (self.channels, *reversed(self.hidden))
        parts: list[nn.Module] = []
        for inputs, outputs in pairwise(sizes):
            parts += [nn.Conv2d(inputs, outputs, 4, stride=2, padding=1), ACTIVATIONS[self.activation]()]
        flat = self.hidden[0] * self.base[0] * self.base[1]
        return halved(nn.Sequential(*parts, nn.Flatten(), nn.Linear(flat, 2 * self.latent_dim)))

    @cached_property
    def decoder(self) -> nn.Sequential:
        parts: list[nn.Module] = [
            nn.Linear(self.latent_dim, self.hidden[0] * self.base[0] * self.base[1]),
            nn.Unflatten(1, (self.hidden[0], *self.base)),
        ]
        sizes = (*self.hidden, self.channels)
        for inputs, outputs in pairwise(sizes):
            parts += [ACTIVATIONS[self.activation]()]
            parts += [nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1)]
        return halved(nn.Sequential(*parts, nn.Sigmoid()))

    @torch.no_grad()
    def encode(self, images: Floats) -> Floats:
        """(N, H, W, C) -> (N, 2D): mu and log variance."""
        down, right = self.padded[0] - self.height, self.padded[1] - self.width
        canvas = nn.functional.pad(torch.from_numpy(images).permute(0, 3, 1, 2), (0, right, 0, down))
        mu, raw = self.encoder(canvas).chunk(2, dim=1)
        outputs: Floats = torch.cat([mu, self.bound * torch.tanh(raw / self.bound)], dim=1).numpy()
        return outputs

    @torch.no_grad()
    def decode(self, z: Floats) -> Floats:
        """(N, D) -> (N, H, W, C)."""
        whole = self.decoder(torch.from_numpy(z))[:, :, : self.height, : self.width]
        images: Floats = whole.permute(0, 2, 3, 1).numpy()
        return images

    def parcel(self, kind: str) -> bytes:
        """What the server would send of the `encoder` or `decoder`."""
        header = {
            "kind": kind,
            "key": f"{kind}:{self}",
            "image": {"height": self.height, "width": self.width, "channels": self.channels},
            "activation": self.activation,
            "head": "sigmoid",
            "latent_dim": self.latent_dim,
            "log_var_bound": self.bound,
        }
        arrays: dict[str, NDArray[Any]] = {}
        layers = [part for part in getattr(self, kind) if hasattr(part, "weight")]
        for k, layer in enumerate(layers):
            arrays[f"weight{k}"] = layer.weight.detach().numpy().astype(np.float16)
            arrays[f"bias{k}"] = layer.bias.detach().numpy()
        return parcels.pack(header, arrays)


def halved(network: nn.Sequential) -> nn.Sequential:
    """The same network with weights that float16 holds, large enough to tell outputs apart."""
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        for weight in network.parameters():
            fan_in = weight[0].numel() if weight.ndim > 1 else 4
            weight.copy_((2 * torch.randn_like(weight) / fan_in**0.5).half().float())
    return network


SHAPES = [
    Random(28, 28, 1, (64, 32), latent_dim=20),
    Random(64, 64, 3, (48, 32, 24, 16), latent_dim=32),
    Random(20, 12, 3, (20, 7), activation="softplus"),  # padded channels, whose softplus is not 0
    Random(9, 13, 1, (3,), latent_dim=2, activation="tanh"),  # padded and cropped
    Random(8, 128, 3, (5, 4, 16), activation="relu", bound=3.0),  # one place in a column
]
NO_SIMD = "WebAssembly.validate = () => false"


@pytest.fixture(scope="module", params=["", NO_SIMD], ids=["simd", "plain"])
def blank(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page with the program, and nothing else."""
    page = browser.new_page()
    if request.param:
        page.evaluate(request.param)
    page.evaluate(INSTALL, parcels.scripts()[0])
    yield page
    page.close()


def run(page: Page, parcel: bytes, rows: Floats) -> Floats:
    """The network's outputs, one row for each of `rows`."""
    argument = {"parcel": base64.b64encode(parcel).decode(), "rows": packed(rows), "count": len(rows)}
    return np.frombuffer(base64.b64decode(page.evaluate(RUN, argument)), np.float32).reshape(len(rows), -1)


@pytest.mark.parametrize("model", SHAPES, ids=lambda model: f"{model.height}x{model.width}x{model.channels}")
def test_a_decoder_computes_what_torch_computes(blank: Page, model: Random) -> None:
    z = np.random.default_rng(1).standard_normal((BATCH, model.latent_dim)).astype(np.float32)
    expected = model.decode(z)
    assert expected.std() > 0.05  # images that tell a wrong place apart
    decoded = run(blank, model.parcel("decoder"), z).reshape(expected.shape)
    assert np.abs(decoded - expected).max() < 1e-5


@pytest.mark.parametrize("model", SHAPES, ids=lambda model: f"{model.height}x{model.width}x{model.channels}")
def test_an_encoder_computes_what_torch_computes(blank: Page, model: Random) -> None:
    shape = (BATCH, model.height, model.width, model.channels)
    images = np.random.default_rng(2).random(shape, np.float32)
    expected = model.encode(images)
    assert expected.std(axis=0).min() > 1e-3
    encoded = run(blank, model.parcel("encoder"), images.reshape(BATCH, -1))
    assert np.abs(encoded - expected).max() < 1e-4 * np.abs(expected).max()
