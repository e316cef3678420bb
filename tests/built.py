"""Small decoders of any build, layers with settings, that torch, NumPy and the browser have to run alike."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from vae.images.spec import ImageSpec
from vae.model.numpy_layers import sigmoid
from vae.model.onnx import decoder
from vae.model.protocol import Layer, Networks, Setting

Floats = NDArray[np.float32]
COUNT = 5


@dataclass(frozen=True)
class Built:
    """One decoder: the shapes of its layers' weights, transposed (in, out, k, k), with their settings."""

    name: str
    image_spec: ImageSpec
    shapes: tuple[tuple[int, ...], ...]
    settings: tuple[Setting, ...]

    @cached_property
    def layers(self) -> list[Layer]:
        """Random weights and biases that float16 has, large enough that every layer matters."""
        noise, made = np.random.default_rng(0), []
        for shape, said in zip(self.shapes, self.settings, strict=True):
            taps = shape[1] if len(shape) == 2 else shape[0] * shape[2] * shape[3] / said.stride**2
            bias = noise.normal(0, 0.3, shape[len(shape) == 4])
            weight = noise.normal(0, 1.5 / np.sqrt(taps), shape)
            made.append((weight.astype(np.float16), bias.astype(np.float16)))
        return made

    @cached_property
    def z(self) -> Floats:
        """Codes, (COUNT, D), the origin first."""
        z = 1.5 * np.random.default_rng(2).standard_normal((COUNT, self.shapes[0][1]), np.float32)
        z[0] = 0
        return z

    def networks(self) -> Networks:
        """As a model has them for the browser."""
        return Networks([], self.layers, "", "", "sigmoid", 1, 1, settings=self.settings)

    def in_numpy(self) -> Floats:
        """Means of the codes as the server checks them, (COUNT, H W C)."""
        found: Floats = sigmoid(decoder.outputs(self.layers, self.settings, self.z))
        return found

    def in_torch(self) -> Floats:
        """The same by torch's own functions, of maps that are larger than needed and cut out."""
        x = torch.from_numpy(self.z)
        for (weight, bias), said in zip(self.layers, self.settings, strict=True):
            w, b = torch.from_numpy(weight).float(), torch.from_numpy(bias).float()
            x = _activated(x, said)
            if w.ndim == 2:
                x = functional.linear(x, w, b)
                x = x if said.size is None else x.reshape(len(x), -1, *said.size)
                continue
            assert said.size is not None
            whole = functional.pad(functional.conv_transpose2d(x, w, stride=said.stride), (0, 9, 0, 9))
            down, across = (slice(said.padding, said.padding + length) for length in said.size)
            x = whole[:, :, down, across] + b[:, None, None]
        rows: Floats = torch.sigmoid(x if x.ndim == 2 else x.permute(0, 2, 3, 1).flatten(1)).numpy()
        return rows


def _activated(x: torch.Tensor, said: Setting) -> torch.Tensor:
    return {
        "leaky": lambda: functional.leaky_relu(x, said.slope),
        "elu": lambda: functional.elu(x, said.slope),
        "identity": lambda: x,
    }.get(said.activation, lambda: getattr(functional, said.activation)(x))()


def _maps(height: int, width: int, stride: int, padding: int, activation: str, slope: float = 0) -> Setting:
    return Setting(activation, slope, (height, width), stride, padding)


BUILT = {
    built.name: built
    for built in (
        Built(
            "odd sizes",  # a side of 3 becomes 5, 10 and 9
            ImageSpec(9, 13, 1),
            ((5 * 12, 3), (5, 6, 3, 3), (6, 7, 3, 3), (7, 1, 2, 2)),
            (
                Setting(size=(3, 4)),
                *(_maps(5, 7, 2, 1, "silu"), _maps(10, 14, 2, 1, "leaky", 0.2), _maps(9, 13, 1, 1, "relu")),
            ),
        ),
        Built(
            "without padding",
            ImageSpec(64, 64, 3),
            ((16, 4), (16, 12, 5, 5), (12, 7, 5, 5), (7, 6, 6, 6), (6, 3, 6, 6)),
            (
                Setting(size=(1, 1)),
                *(_maps(5, 5, 2, 0, "identity"), _maps(13, 13, 2, 0, "elu", 1.0)),
                *(_maps(30, 30, 2, 0, "softplus"), _maps(64, 64, 2, 0, "tanh")),
            ),
        ),
        Built(
            "stride 3, then scaled",
            ImageSpec(16, 12, 3),
            ((9, 2), (20 * 12, 9), (20, 18, 5, 5), (18, 18, 1, 1), (18, 3, 3, 3)),
            (
                *(Setting(), Setting("leaky", 0.01, (4, 3))),
                *(_maps(13, 10, 3, 0, "relu"), _maps(13, 10, 1, 0, "sigmoid"), _maps(16, 12, 1, 0, "tanh")),
            ),
        ),
        Built(
            "rows",
            ImageSpec(8, 10, 1),
            ((7, 3), (9, 7), (80, 9)),
            (Setting(), Setting("leaky", 0.3), Setting("elu", 0.5)),
        ),
    )
}
