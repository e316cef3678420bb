"""A trained model's networks in NumPy, for looking at it: no PyTorch to import, which takes seconds.

The weights are those of `vae.training.vae.VAE`, which says what the functions mean; all is float32.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vae.images.spec import ImageSpec
from vae.model import likelihood
from vae.model.config import PIXEL_LOG_VAR_RANGE, Coder, ModelConfig, layers
from vae.model.numpy_layers import ACTIVATIONS, SLOPES, double, doubled_from, halve, linear, sigmoid
from vae.model.posterior import Gaussian, Point
from vae.model.protocol import Likelihood, Networks

Floats = NDArray[np.float32]
BATCH_BYTES = 32_000_000  # of what a layer holds of a batch: more would leave the caches, at last the memory


class NumpyModel:
    """The model with these weights, a `vae.model.protocol.Model`. Read-only, so that threads may share it."""

    def __init__(
        self, config: ModelConfig, weights: Mapping[str, NDArray[Any]], fingerprint: str = ""
    ) -> None:
        self.config, self.fingerprint = config, fingerprint
        self._weights = {name: np.asarray(weight, np.float32) for name, weight in weights.items()}
        self._batch = max(1, BATCH_BYTES // (4 * _widest(config)))

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
        outputs = self._in_batches(run, self.image_spec.flatten(images))
        if self.config.kind == "autoencoder":
            return Point(outputs)
        mu, raw = np.split(outputs, 2, axis=1)
        bound = np.float32(self.config.log_var_bound)
        return Gaussian(mu, bound * np.tanh(raw / bound))

    def decode(self, z: Floats) -> Floats:
        """E[x|z], (B, D) -> (B, H, W, C), in [0, 1] but for a model without hidden layers."""
        return self.image_spec.unflatten(self._in_batches(lambda rows: self._mean(self._outputs(rows)), z))

    def nll(self, images: Floats, z: Floats) -> Floats:
        """-log p(x|z) of images (B, H, W, C), or of one (1, H, W, C), for codes (B, D), (B,) nats."""
        return self._in_batches(self._nll, z, self._targets(images, z))

    def log_likelihood_gradient(self, images: Floats, z: Floats) -> Floats:
        """Gradient in z of log p(x|z), (B, D) nats per prior standard deviation; arguments as of `nll`."""
        return self._in_batches(self._gradient, z, self._targets(images, z))

    def networks(self) -> Networks:
        """Its layers in float16."""
        encoder, decoder = (
            [(weight.astype(np.float16), bias.astype(np.float16)) for weight, bias in self.layers(coder)]
            for coder in ("encoder", "decoder")
        )
        mean: Literal["sigmoid", "linear"] = "sigmoid" if self.config.hidden else "linear"
        return Networks(encoder, decoder, self.config.activation, mean, self.config.log_var_bound)

    def layers(self, coder: Coder) -> list[tuple[Floats, Floats]]:
        """Weight and bias of each layer of the encoder or decoder, as PyTorch has them."""
        names = [layer.name for layer in layers(self.config, coder)]
        return [(self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]) for name in names]

    def _in_batches(self, run: Callable[..., Floats], *rows: Floats) -> Floats:
        """What `run` gives for all rows, a batch at a time."""
        count = max(1, len(rows[0]))
        starts = range(0, count, self._batch)
        return np.concatenate([run(*(each[k : k + self._batch] for each in rows)) for k in starts])

    def _targets(self, images: Floats, z: Floats) -> Floats:
        """The images as rows, one for each code."""
        rows = self.image_spec.flatten(images)
        return np.broadcast_to(rows, (len(z), rows.shape[1]))

    def _nll(self, z: Floats, x: Floats) -> Floats:
        outputs = self._outputs(z)
        if self.config.likelihood == "bernoulli":
            terms = likelihood.bernoulli_nll(outputs, x)
        else:
            terms = likelihood.gaussian_nll(self._mean(outputs), x, self._pixel_log_var())
        return terms.sum(axis=1, dtype=np.float32)

    def _gradient(self, z: Floats, x: Floats) -> Floats:
        slope = SLOPES[self.config.activation]
        *before, outputs = self._decoder_states(z)
        gradient = self._on_canvas(self._outputs_gradient(self._rows(outputs), x))
        (first, _), *others = self.layers("decoder")
        backward = doubled_from if self.config.network == "conv" else np.matmul
        for (weight, _), values in zip(reversed(others), reversed(before), strict=True):
            gradient = backward(gradient, weight) * slope(values)
        if self.config.network == "conv":
            gradient = gradient.swapaxes(0, 1).reshape(len(z), len(first))
        return gradient @ first

    def _outputs_gradient(self, outputs: Floats, x: Floats) -> Floats:
        """Gradient of log p(x|z) in the decoder's outputs, all (B, H W C)."""
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

    def _outputs(self, z: Floats) -> Floats:
        """What the decoder gives, (B, D) -> (B, H W C)."""
        return self._rows(self._decoder_states(z)[-1])

    def _decoder_states(self, z: Floats) -> list[Floats]:
        """What enters each activation of the decoder, and at last its outputs: (B, width) or feature maps."""
        activate = ACTIVATIONS[self.config.activation]
        is_conv = self.config.network == "conv"
        forward = double if is_conv else linear
        first, *others = self.layers("decoder")
        values = linear(z, *first)
        if is_conv:
            maps = values.reshape(len(z), self.config.hidden[0], *self.config.deepest)
            values = maps.swapaxes(0, 1)
        states = [values]
        for layer in others:
            states.append(forward(activate(states[-1]), *layer))
        return states

    def _mlp_encoder(self, x: Floats) -> Floats:
        activate = ACTIVATIONS[self.config.activation]
        first, *others = self.layers("encoder")
        values = linear(x, *first)
        for layer in others:
            values = linear(activate(values), *layer)
        return values

    def _conv_encoder(self, x: Floats) -> Floats:
        activate = ACTIVATIONS[self.config.activation]
        *convolutions, last = self.layers("encoder")
        maps = self._on_canvas(x)
        for layer in convolutions:
            maps = activate(halve(maps, *layer))
        return linear(maps.swapaxes(0, 1).reshape(len(x), last[0].shape[1]), *last)

    def _on_canvas(self, rows: Floats) -> Floats:
        """Rows (B, H W C) as what the outer layer has: of conv (C, B, H', W'), zeros beyond the image."""
        if self.config.network == "mlp":
            return rows
        spec = self.image_spec
        canvas = np.zeros((spec.channels, len(rows), *self.config.canvas), np.float32)
        canvas[:, :, : spec.height, : spec.width] = np.moveaxis(spec.unflatten(rows), 3, 0)
        return canvas

    def _rows(self, outputs: Floats) -> Floats:
        """What the outer layer has as rows (B, H W C): the inverse of `_on_canvas`."""
        if self.config.network == "mlp":
            return outputs
        spec = self.image_spec
        return spec.flatten(np.moveaxis(outputs[:, :, : spec.height, : spec.width], 0, 3))


def _widest(config: ModelConfig) -> int:
    """The most numbers that a layer holds for an image: of a convolution what its 16 taps see."""
    if config.network == "mlp":
        return max(config.image_spec.size, *config.hidden, 1)
    height, width = config.canvas
    channels, halved = (config.image_spec.channels, *reversed(config.hidden)), height * width // 4
    return max(16 * count * halved >> 2 * k for k, count in enumerate(channels))
