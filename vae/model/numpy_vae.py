"""A trained model's networks in NumPy, for looking at it: no PyTorch to import, which takes seconds.

The weights are those of `vae.training.vae.VAE`, which says what the functions mean; all is float32.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from vae.images.spec import ImageSpec
from vae.model.config import (
    CONV_SIDE,
    IMAGE_SIDE,
    KERNEL,
    LOG_VAR_BOUND,
    PIXEL_LOG_VAR_RANGE,
    PIXELS,
    ModelConfig,
)
from vae.model.posterior import Gaussian, Point
from vae.model.protocol import Likelihood, Networks

Floats = NDArray[np.float32]
CONV_PLACES = {"encoder": (1, 3, 6), "decoder": (0, 3, 5)}  # of the layers with weights
BATCH = 250
LOG_TWO_PI = float(np.log(2 * np.pi))


class NumpyModel:
    """The model with these weights, a `vae.model.protocol.Model`. Read-only, so that threads may share it."""

    def __init__(
        self, config: ModelConfig, weights: Mapping[str, NDArray[Any]], fingerprint: str = ""
    ) -> None:
        self.config, self.fingerprint = config, fingerprint
        self._weights = {name: np.asarray(weight, np.float32) for name, weight in weights.items()}

    @property
    def image_spec(self) -> ImageSpec:
        """The shape of its images."""
        return self.config.image_spec

    @property
    def latent_dim(self) -> int:
        """Number of dimensions D of z."""
        return self.config.latent_dim

    @property
    def likelihood(self) -> Likelihood:
        """p(x|z), of a pixel around its mean."""
        if self.config.likelihood == "bernoulli":
            return Likelihood("bernoulli")
        return Likelihood("gaussian", float(np.exp(0.5 * self._pixel_log_var())))

    def encode(self, images: Floats) -> Gaussian | Point:
        """q(z|x) of images (B, H, W, C); of an autoencoder the point."""
        run = self._conv_encoder if self.config.network == "conv" else self._mlp_encoder
        outputs = _in_batches(run, self.image_spec.flatten(images))
        if self.config.kind == "autoencoder":
            return Point(outputs)
        mu, raw = np.split(outputs, 2, axis=1)
        return Gaussian(mu, LOG_VAR_BOUND * np.tanh(raw / LOG_VAR_BOUND))

    def decode(self, z: Floats) -> Floats:
        """E[x|z], (B, D) -> (B, H, W, C), in [0, 1] but for a model without hidden layers."""
        return self.image_spec.unflatten(self._mean(self._outputs(z)))

    def nll(self, images: Floats, z: Floats) -> Floats:
        """-log p(x|z) of images (B, H, W, C), or of one (1, H, W, C), for codes (B, D), (B,) nats."""
        outputs, x = self._outputs(z), self.image_spec.flatten(images)
        if self.config.likelihood == "bernoulli":
            terms = softplus(outputs) - x * outputs
        else:
            log_var = self._pixel_log_var()
            terms = 0.5 * ((x - self._mean(outputs)) ** 2 * np.exp(-log_var) + log_var + LOG_TWO_PI)
        return terms.sum(axis=1, dtype=np.float32)

    def log_likelihood_gradient(self, images: Floats, z: Floats) -> Floats:
        """Gradient in z of log p(x|z), (B, D) nats per prior standard deviation; arguments as of `nll`."""
        slope = SLOPES[self.config.activation]
        backward = _doubled_from if self.config.network == "conv" else np.matmul
        *before, outputs = self._decoder_states(z)
        (first, _), *others = self.layers("decoder")
        x = self.image_spec.flatten(images)
        gradient = self._outputs_gradient(outputs.reshape(len(z), -1), x).reshape(outputs.shape)
        for (weight, _), values in zip(reversed(others), reversed(before), strict=True):
            gradient = backward(gradient, weight) * slope(values)
        return gradient.reshape(len(z), len(first)) @ first

    def networks(self) -> Networks:
        """Its layers in float16."""
        encoder, decoder = (
            [(weight.astype(np.float16), bias.astype(np.float16)) for weight, bias in self.layers(name)]
            for name in ("encoder", "decoder")
        )
        mean: Literal["sigmoid", "linear"] = "sigmoid" if self.config.hidden else "linear"
        return Networks(encoder, decoder, self.config.activation, mean, LOG_VAR_BOUND)

    def layers(self, network: str) -> list[tuple[Floats, Floats]]:
        """Weight and bias of each layer of the `encoder` or `decoder`, as PyTorch has them."""
        is_conv = self.config.network == "conv"
        places = CONV_PLACES[network] if is_conv else range(0, 2 * len(self.config.hidden) + 1, 2)
        return [self._layer(f"{network}.{k}") for k in places]

    def _outputs(self, z: Floats) -> Floats:
        return _in_batches(lambda rows: self._decoder_states(rows)[-1].reshape(len(rows), PIXELS), z)

    def _decoder_states(self, z: Floats) -> list[Floats]:
        """What enters each activation of the decoder, and at last its outputs; (B, ...) each."""
        activate = ACTIVATIONS[self.config.activation]
        forward = _double if self.config.network == "conv" else _linear
        first, *others = self.layers("decoder")
        values = _linear(z, *first)
        if self.config.network == "conv":
            values = values.reshape(len(z), self.config.hidden[0], CONV_SIDE, CONV_SIDE)
        states = [values]
        for layer in others:
            states.append(forward(activate(states[-1]), *layer))
        return states

    def _outputs_gradient(self, outputs: Floats, x: Floats) -> Floats:
        """Gradient of log p(x|z) in the decoder's outputs, all (B, 784)."""
        mean = self._mean(outputs)
        if self.config.likelihood == "bernoulli":
            return x - mean
        slope = mean * (1 - mean) if self.config.hidden else np.float32(1)
        return (x - mean) * slope * np.float32(np.exp(-self._pixel_log_var()))

    def _mean(self, outputs: Floats) -> Floats:
        return sigmoid(outputs) if self.config.hidden else outputs

    def _pixel_log_var(self) -> float:
        if self.config.learns_pixel_variance:
            return float(np.clip(self._weights["pixel_log_var"], *PIXEL_LOG_VAR_RANGE))
        return float(np.log(self.config.pixel_variance))

    def _layer(self, name: str) -> tuple[Floats, Floats]:
        return self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]

    def _mlp_encoder(self, x: Floats) -> Floats:
        activate = ACTIVATIONS[self.config.activation]
        first, *others = self.layers("encoder")
        values = _linear(x, *first)
        for layer in others:
            values = _linear(activate(values), *layer)
        return values

    def _conv_encoder(self, x: Floats) -> Floats:
        activate = ACTIVATIONS[self.config.activation]
        *convolutions, (weight, bias) = self.layers("encoder")
        values = x.reshape(-1, 1, IMAGE_SIDE, IMAGE_SIDE)
        for layer in convolutions:
            values = activate(_halve(values, *layer))
        return values.reshape(len(values), weight.shape[1]) @ weight.T + bias


def _in_batches(run: Callable[[Floats], Floats], rows: Floats) -> Floats:
    """The outputs for all rows, a batch at a time: many rows of feature maps would not fit into memory."""
    if len(rows) <= BATCH:
        return run(rows)
    return np.concatenate([run(rows[begin : begin + BATCH]) for begin in range(0, len(rows), BATCH)])


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + exp(-x)), without overflow."""
    return 0.5 * (np.tanh(0.5 * x) + 1)


def softplus(x: Floats) -> Floats:
    """log(1 + exp(x)), without overflow; ten times as fast as `np.logaddexp`."""
    return np.maximum(x, np.float32(0)) + np.log1p(np.exp(-np.abs(x)))


ACTIVATIONS: dict[str, Callable[[Floats], Floats]] = {
    "silu": lambda x: x * sigmoid(x),
    "softplus": softplus,
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, np.float32(0)),
}


SLOPES: dict[str, Callable[[Floats], Floats]] = {  # derivatives of the activations
    "silu": lambda x: sigmoid(x) * (1 + x * sigmoid(-x)),
    "softplus": sigmoid,
    "tanh": lambda x: 1 - np.square(np.tanh(x)),
    "relu": lambda x: (x > 0).astype(np.float32),
}


def _linear(x: Floats, weight: Floats, bias: Floats) -> Floats:
    """A fully connected layer: (B, I) -> (B, O), weight (O, I)."""
    return x @ weight.T + bias


def _halve(x: Floats, weight: Floats, bias: Floats) -> Floats:
    """Convolution with stride 2 and padding 1: (B, C, H, W) -> (B, O, H/2, W/2), weight (O, C, 4, 4)."""
    padded = np.pad(np.moveaxis(x, 1, 3), ((0, 0), (1, 1), (1, 1), (0, 0)))
    seen = sliding_window_view(padded, (KERNEL, KERNEL), axis=(1, 2))[:, ::2, ::2]  # (B, H/2, W/2, C, 4, 4)
    out = seen.reshape(-1, weight[0].size) @ weight.reshape(len(weight), -1).T + bias
    return np.moveaxis(out.reshape(*seen.shape[:3], len(weight)), 3, 1)


def _double(x: Floats, weight: Floats, bias: Floats) -> Floats:
    """Transposed convolution, stride 2 and padding 1: (B, C, H, W) -> (B, O, 2H, 2W), weight (C, O, 4, 4)."""
    count, channels, height, width = x.shape
    outputs = weight.shape[1]
    out = np.zeros((count, 2 * height + 2, 2 * width + 2, outputs), np.float32)
    pixels = np.moveaxis(x, 1, 3).reshape(-1, channels)  # for one product of matrices, not one for each row
    for i, j in np.ndindex(KERNEL, KERNEL):
        spread = pixels @ np.ascontiguousarray(weight[:, :, i, j])
        into = out[:, i : i + 2 * height : 2, j : j + 2 * width : 2]
        into += spread.reshape(count, height, width, outputs)
    return np.moveaxis(out[:, 1:-1, 1:-1] + bias, 3, 1)


def _doubled_from(gradient: Floats, weight: Floats) -> Floats:
    """The adjoint of `_double`, which is `_halve`: the gradient in its input, given that in its output."""
    return _halve(gradient, weight, np.zeros(len(weight), np.float32))
