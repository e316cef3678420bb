"""A trained model's networks in NumPy, for looking at it: no PyTorch to import, which takes seconds.

The weights are those of `vae.models.VAE`; all is float32. `vae.models` says what the functions mean.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae.config import CONV_SIDE, IMAGE_SIDE, KERNEL, LOG_VAR_BOUND, PIXEL_LOG_VAR_RANGE, ModelConfig

Floats = NDArray[np.float32]
CONV_PLACES = {"encoder": (1, 3, 6), "decoder": (0, 3, 5)}  # of the layers with weights
BATCH = 1000
LOG_TWO_PI = float(np.log(2 * np.pi))


class NumpyModel:
    """The model with these weights. Read-only, so that threads may share it."""

    def __init__(self, config: ModelConfig, weights: Mapping[str, NDArray[Any]]) -> None:
        self.config = config
        self._weights = {name: np.asarray(weight, np.float32) for name, weight in weights.items()}

    def encode(self, x: Floats) -> tuple[Floats, Floats]:
        """q(z|x) for x (B, 784): mu and log_var, each (B, D); log_var is -inf for an autoencoder."""
        run = self._conv_encoder if self.config.network == "conv" else partial(self._mlp, "encoder")
        outputs = _in_batches(run, x)
        if self.config.kind == "autoencoder":
            return outputs, np.full_like(outputs, -np.inf)
        mu, raw = np.split(outputs, 2, axis=1)
        return mu, LOG_VAR_BOUND * np.tanh(raw / LOG_VAR_BOUND)

    def decode(self, z: Floats) -> Floats:
        """E[x|z], (B, D) -> (B, 784), in [0, 1] but for a model without hidden layers."""
        return self._mean(self._outputs(z))

    def nll(self, z: Floats, x: Floats) -> Floats:
        """-log p(x|z), (B, D) and (B, 784) -> (B,) nats per image."""
        outputs = self._outputs(z)
        if self.config.likelihood == "bernoulli":
            terms = np.logaddexp(0, outputs) - x * outputs
        else:
            log_var = self._pixel_log_var()
            terms = 0.5 * ((x - self._mean(outputs)) ** 2 * np.exp(-log_var) + log_var + LOG_TWO_PI)
        return terms.sum(axis=1, dtype=np.float32)

    @property
    def pixel_sd(self) -> float:
        """Standard deviation of a pixel around its mean; of a Gaussian likelihood only."""
        return float(np.exp(0.5 * self._pixel_log_var()))

    def layers(self, network: str) -> list[tuple[Floats, Floats]]:
        """Weight and bias of each layer of the `encoder` or `decoder`, as PyTorch has them."""
        is_conv = self.config.network == "conv"
        places = CONV_PLACES[network] if is_conv else range(0, 2 * len(self.config.hidden) + 1, 2)
        return [self._layer(f"{network}.{k}") for k in places]

    def _outputs(self, z: Floats) -> Floats:
        run = self._conv_decoder if self.config.network == "conv" else partial(self._mlp, "decoder")
        return _in_batches(run, z)

    def _mean(self, outputs: Floats) -> Floats:
        return sigmoid(outputs) if self.config.hidden else outputs

    def _pixel_log_var(self) -> float:
        if self.config.learns_pixel_variance:
            return float(np.clip(self._weights["pixel_log_var"], *PIXEL_LOG_VAR_RANGE))
        return float(np.log(self.config.pixel_variance))

    def _layer(self, name: str) -> tuple[Floats, Floats]:
        return self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]

    def _mlp(self, network: str, values: Floats) -> Floats:
        activate = ACTIVATIONS[self.config.activation]
        for k, (weight, bias) in enumerate(self.layers(network)):
            values = (activate(values) if k else values) @ weight.T + bias
        return values

    def _conv_encoder(self, x: Floats) -> Floats:
        activate = ACTIVATIONS[self.config.activation]
        *convolutions, (weight, bias) = self.layers("encoder")
        values = x.reshape(-1, 1, IMAGE_SIDE, IMAGE_SIDE)
        for layer in convolutions:
            values = activate(_halve(values, *layer))
        return values.reshape(len(values), weight.shape[1]) @ weight.T + bias

    def _conv_decoder(self, z: Floats) -> Floats:
        activate = ACTIVATIONS[self.config.activation]
        (weight, bias), *convolutions = self.layers("decoder")
        values = (z @ weight.T + bias).reshape(len(z), -1, CONV_SIDE, CONV_SIDE)
        for layer in convolutions:
            values = _double(activate(values), *layer)
        return values.reshape(len(z), IMAGE_SIDE**2)


def _in_batches(run: Callable[[Floats], Floats], rows: Floats) -> Floats:
    """The outputs for all rows, a batch at a time: many rows of feature maps would not fit into memory."""
    if len(rows) <= BATCH:
        return run(rows)
    return np.concatenate([run(rows[begin : begin + BATCH]) for begin in range(0, len(rows), BATCH)])


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + exp(-x)), without overflow."""
    return 0.5 * (np.tanh(0.5 * x) + 1)


ACTIVATIONS: dict[str, Callable[[Floats], Floats]] = {
    "silu": lambda x: x * sigmoid(x),
    "softplus": lambda x: np.logaddexp(np.float32(0), x),
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, np.float32(0)),
}


def _halve(x: Floats, weight: Floats, bias: Floats) -> Floats:
    """Convolution with stride 2 and padding 1: (B, C, H, W) -> (B, O, H/2, W/2), weight (O, C, 4, 4)."""
    height, width = x.shape[2] // 2, x.shape[3] // 2
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    out = np.zeros((len(x), height, width, len(weight)), np.float32)
    for i, j in np.ndindex(KERNEL, KERNEL):
        seen = padded[:, :, i : i + 2 * height : 2, j : j + 2 * width : 2]
        out += np.moveaxis(seen, 1, 3) @ weight[:, :, i, j].T
    return np.moveaxis(out + bias, 3, 1)


def _double(x: Floats, weight: Floats, bias: Floats) -> Floats:
    """Transposed convolution, stride 2 and padding 1: (B, C, H, W) -> (B, O, 2H, 2W), weight (C, O, 4, 4)."""
    height, width = x.shape[2:]
    out = np.zeros((len(x), 2 * height + 2, 2 * width + 2, weight.shape[1]), np.float32)
    pixels = np.moveaxis(x, 1, 3)
    for i, j in np.ndindex(KERNEL, KERNEL):
        out[:, i : i + 2 * height : 2, j : j + 2 * width : 2] += pixels @ weight[:, :, i, j]
    return np.moveaxis(out[:, 1:-1, 1:-1] + bias, 3, 1)
