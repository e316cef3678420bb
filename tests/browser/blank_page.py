"""A blank page with the live program, fed with the server's bytes, and PyTorch networks for it."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page
from torch import nn

from tests.browser.live_page import TO_BASE64, packed
from vae.web.live import payloads

Floats = NDArray[np.float32]
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
NO_SIMD = "WebAssembly.validate = () => false"
NO_WEBASSEMBLY = "delete globalThis.WebAssembly"
BYTES = "const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));"
PROVIDE = f"(parcel) => {{ {BYTES} window.__latentLive.provide({{}}, bytes(parcel)); }}"

OUTPUTS = f"""async ({{ key, rows, count }}) => {{
    {BYTES}
    const found = await window.__latentLive.get(key);
    const values = new Float32Array(bytes(rows).buffer), size = values.length / count;
    const results = [];
    for (let from = 0; from < count && found.decode; from += 100) {{
        const batch = Math.min(100, count - from), codes = values.slice(from * size, (from + batch) * size);
        const {{ stride }} = found, {{ outputs }} = found.network;
        found.decode(codes.map((value) => -value), batch); // what it leaves behind must not matter
        const images = found.decode(codes, batch);
        for (let r = 0; r < batch; r += 1) results.push(images.slice(r * stride, r * stride + outputs));
    }}
    for (let r = 0; r < count && found.encode; r += 1) {{
        const {{ mu, logVar }} = found.encode(values.slice(r * size, (r + 1) * size));
        results.push(Float32Array.from([...mu, ...logVar]));
    }}
    const width = results[0].length, all = new Float32Array(count * width);
    results.forEach((row, r) => all.set(row, r * width));
    return ({TO_BASE64})(all);
}}"""


@dataclass(frozen=True)
class RandomNetworks:
    """An encoder and a decoder with random weights in float16, for images (N, H, W, C)."""

    height: int
    width: int
    channels: int
    hidden: tuple[int, ...]  # channels of the feature maps, those nearest z first
    latent_dim: int = 5
    activation: str = "silu"
    bound: float = 8.0

    @property
    def name(self) -> str:
        """The model's name in the page."""
        return f"{self.height}x{self.width}x{self.channels}"

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
            "key": f"{kind}:{self.name}",
            "image": {"height": self.height, "width": self.width, "channels": self.channels},
            "activation": self.activation,
            "head": "sigmoid",
            "latent_dim": self.latent_dim,
            "log_var_bound": self.bound,
            "log_var_max": self.bound,
            "has_posterior": True,
            "inactive_below": 0.01,
        }
        arrays: dict[str, NDArray[Any]] = {"kl_per_dim": np.ones(self.latent_dim, np.float32)}
        layers = [part for part in getattr(self, kind) if hasattr(part, "weight")]
        for k, layer in enumerate(layers):
            arrays[f"weight{k}"] = layer.weight.detach().numpy().astype(np.float16)
            arrays[f"bias{k}"] = layer.bias.detach().numpy()
        return payloads.pack(header, arrays)


def halved(network: nn.Sequential) -> nn.Sequential:
    """The same network with weights that float16 holds, large enough to tell outputs apart."""
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        for weight in network.parameters():
            fan_in = weight[0].numel() if weight.ndim > 1 else 4
            weight.copy_((2 * torch.randn_like(weight) / fan_in**0.5).half().float())
    return network


def blank_page(browser: Browser, script: str = "") -> Page:
    """A page with the program, and nothing else; the script runs before it."""
    page = browser.new_page()
    if script:
        page.evaluate(script)
    page.evaluate(INSTALL, payloads.scripts()[0])
    return page


def provide(page: Page, parcel: bytes) -> None:
    """Hand a parcel to the program."""
    page.evaluate(PROVIDE, base64.b64encode(parcel).decode())


def outputs(page: Page, key: str, rows: NDArray[np.floating]) -> Floats:
    """What the encoder or decoder of that key makes of `rows`: one row each, mu and log_var or pixels."""
    argument = {"key": key, "rows": packed(rows), "count": len(rows)}
    content = base64.b64decode(page.evaluate(OUTPUTS, argument))
    return np.frombuffer(content, np.float32).reshape(len(rows), -1)
