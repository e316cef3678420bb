"""A trained model's networks in NumPy, for looking at it: no PyTorch to import, which takes seconds.

The weights are those of the models in `vae.training.vae`, which says what the functions mean; all is float32.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from vae.images.spec import ImageSpec
from vae.model import likelihood
from vae.model.config import PIXEL_LOG_VAR_RANGE, Coder, ModelConfig, implicit_shapes
from vae.model.numpy_layers import ACTIVATIONS, sigmoid, softplus
from vae.model.numpy_network import NumpyNetwork
from vae.model.posterior import Draws, Gaussian, Point
from vae.model.protocol import Likelihood, Networks

Floats = NDArray[np.float32]
DRAWS = 128  # of an implicit posterior for each image
BATCH_BYTES = 32_000_000  # of what a layer holds of a batch: more would leave the caches, at last the memory


class NumpyGenerative:
    """p(x|z) with these weights, and the encoder's network. Read-only, so that threads may share it."""

    def __init__(
        self, config: ModelConfig, weights: Mapping[str, NDArray[Any]], fingerprint: str = ""
    ) -> None:
        self.config, self.fingerprint = config, fingerprint
        tensors = {name: np.asarray(weight, np.float32) for name, weight in weights.items()}
        self._encoder, self._decoder = (NumpyNetwork(config, coder, tensors) for coder in get_args(Coder))
        self._learnt_log_var = tensors.get("pixel_log_var")
        self._batch = max(1, BATCH_BYTES // (4 * max(self._encoder.widest, self._decoder.widest)))

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

    def decode(self, z: Floats) -> Floats:
        """E[x|z], (B, D) -> (B, H, W, C), in [0, 1] but for a model without hidden layers."""
        return self.image_spec.unflatten(
            self._in_batches(lambda rows: self._mean(self._decoder.outputs(rows)), z)
        )

    def nll(self, images: Floats, z: Floats) -> Floats:
        """-log p(x|z) of images (B, H, W, C), or of one (1, H, W, C), for codes (B, D), (B,) nats."""
        return self._in_batches(self._nll, z, self._targets(images, z))

    def log_likelihood_gradient(self, images: Floats, z: Floats) -> Floats:
        """Gradient in z of log p(x|z), (B, D) nats per prior standard deviation; arguments as of `nll`."""
        return self._in_batches(self._gradient, z, self._targets(images, z))

    def networks(self) -> Networks:
        """Its layers in float16."""
        encoder, decoder = (
            [(weight.astype(np.float16), bias.astype(np.float16)) for weight, bias in network.weights]
            for network in (self._encoder, self._decoder)
        )
        return Networks(
            encoder,
            decoder,
            self.config.activation_of("encoder"),
            self.config.activation_of("decoder"),
            "sigmoid" if self.config.hidden else "linear",
            self.config.log_var_bound,
            self.config.log_var_max,
        )

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
        outputs = self._decoder.outputs(z)
        if self.config.likelihood == "bernoulli":
            terms = likelihood.bernoulli_nll(outputs, x)
        else:
            terms = likelihood.gaussian_nll(self._mean(outputs), x, self._pixel_log_var())
        return terms.sum(axis=1, dtype=np.float32)

    def _gradient(self, z: Floats, x: Floats) -> Floats:
        return self._decoder.gradient(z, lambda outputs: self._outputs_gradient(outputs, x))

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
        if self._learnt_log_var is not None:
            return float(np.clip(self._learnt_log_var, *PIXEL_LOG_VAR_RANGE))
        return float(np.log(self.config.pixel_variance))


class NumpyModel(NumpyGenerative):
    """A VAE or an autoencoder with these weights, a `vae.model.protocol.Model`."""

    def encode(self, images: Floats) -> Gaussian | Point:
        """q(z|x) of images (B, H, W, C); of an autoencoder the point."""
        outputs = self._in_batches(self._encoder.outputs, self.image_spec.flatten(images))
        if self.config.kind == "autoencoder":
            return Point(outputs)
        mu, raw = np.split(outputs, 2, axis=1)
        bound, most = np.float32(self.config.log_var_bound), np.float32(self.config.log_var_max)
        log_var = np.minimum(bound * np.tanh(raw / bound), most)
        return Gaussian(mu, log_var, log_var_bound=float(bound), log_var_max=float(most))


class NumpyImplicit(NumpyGenerative):
    """A model of Adversarial Variational Bayes with these weights, a `vae.model.protocol.Model`."""

    def __init__(
        self, config: ModelConfig, weights: Mapping[str, NDArray[Any]], fingerprint: str = ""
    ) -> None:
        super().__init__(config, weights, fingerprint)
        self._basis = basis(config, weights, fixed_noise(config.noise_bases, config.noise_dim))

    def encode(self, images: Floats) -> Draws:
        """Draws from q(z|x) of images (B, H, W, C), by the same noise for all of them and each time."""
        outputs = self._in_batches(self._encoder.outputs, self.image_spec.flatten(images))
        centre, raw = np.split(outputs, [self.latent_dim], axis=1)
        bases = self.config.noise_bases
        scale = softplus(raw - 1).reshape(len(raw), bases, raw.shape[1] // bases)  # (B, I, D or 1)
        scales = np.broadcast_to(scale, (len(raw), bases, self.latent_dim))
        spread = scales.transpose(2, 0, 1) @ self._basis.transpose(2, 0, 1)  # (D, B, S)
        return Draws(centre + spread.transpose(2, 1, 0))

    def networks(self) -> Networks:
        """Its layers in float16, with a weight for each dimension, and what its functions of noise give."""
        found = super().networks()
        *before, (weight, bias) = found.encoder
        head = self._in_each_dimension(weight), self._in_each_dimension(bias)
        return replace(found, encoder=[*before, head], noise=self._basis)

    def _in_each_dimension(self, array: NDArray[np.float16]) -> NDArray[np.float16]:
        """The encoder's last weights or biases (D + ..., ...) as of `noise_scale` dimension."""
        if self.config.noise_scale == "dimension":
            return array
        centre, raw = np.split(array, [self.latent_dim])
        return np.concatenate([centre, raw.repeat(self.latent_dim, axis=0)])


@cache
def fixed_noise(bases: int, noise_dim: int) -> Floats:
    """What the functions of noise are given where a model is looked at, (bases, S, noise_dim)."""
    noise = np.random.default_rng(0).standard_normal((bases, DRAWS, noise_dim), np.float32)
    noise.setflags(write=False)
    return noise


def basis(config: ModelConfig, weights: Mapping[str, NDArray[Any]], noise: Floats) -> Floats:
    """v_i(eps_i), (bases, S, D), of noise eps (bases, S, noise_dim)."""
    activate, values = ACTIVATIONS[config.activation_of("encoder")], noise
    tensors = [np.asarray(weights[name], np.float32) for name in implicit_shapes(config)]
    for k, (weight, bias) in enumerate(zip(tensors[::2], tensors[1::2], strict=True)):
        values = (activate(values) if k else values) @ weight + bias
    return values
