"""Small networks of each sort that torch, NumPy and the browser all have to run alike, and inputs for them.

The weights are those that float16 has, as in shipped files. They are large enough that every layer matters.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vae.images.spec import ImageSpec
from vae.model.config import KERNEL, SMALL_KERNEL, ModelConfig, tensor_shapes
from vae.model.numpy_vae import NumpyImplicit, NumpyModel
from vae.training.vae import Trainable, build

Floats = NDArray[np.float32]
COUNT = 5


@dataclass(frozen=True)
class Twin:
    """One model, to be run by each of the three."""

    name: str
    config: ModelConfig

    @cached_property
    def weights(self) -> dict[str, NDArray[np.float16]]:
        """The tensors by name."""
        noise = np.random.default_rng(0)
        shapes = tensor_shapes(self.config)
        return {name: _tensor(noise, shape).astype(np.float16) for name, shape in shapes.items()}

    @cached_property
    def images(self) -> Floats:
        """Noise, (COUNT, H, W, C) in [0, 1], with black and white among it."""
        levels = np.random.default_rng(1).uniform(-0.2, 1.2, (COUNT, *self.config.image_spec.shape))
        return levels.clip(0, 1).astype(np.float32)

    @cached_property
    def z(self) -> Floats:
        """Codes, (COUNT, D), the origin first."""
        z = 1.5 * np.random.default_rng(2).standard_normal((COUNT, self.config.latent_dim), np.float32)
        z[0] = 0
        return z

    def in_numpy(self) -> NumpyModel | NumpyImplicit:
        """The model that the server runs; its `networks()` are those of the browser."""
        kind = NumpyImplicit if self.config.kind == "avb" else NumpyModel
        return kind(self.config, self.weights, f"twin-{self.name}")

    def in_torch(self) -> Trainable:
        """The model that is trained."""
        return build(self.config, self.weights)


def _tensor(noise: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
    if len(shape) < 2 or shape[1:-1] == (1,):  # biases
        return noise.normal(0, 0.3, shape)
    taps = 1 if len(shape) < 4 else {KERNEL: 4, SMALL_KERNEL: 9}[shape[-1]]  # that meet in an output
    fan_in = taps * shape[1]
    return noise.normal(0, 1.5 / np.sqrt(fan_in), shape)


TWINS = {
    twin.name: twin
    for twin in (
        Twin("mlp", ModelConfig(2, (7, 9), image_spec=ImageSpec(20, 12, 1))),
        Twin("linear", ModelConfig(3, (), likelihood="gaussian", pixel_variance=0.5, kind="autoencoder")),
        Twin("conv grey", ModelConfig(4, (8, 6), "softplus", network="conv")),
        Twin(
            "conv RGB",
            ModelConfig(5, (8, 6, 4), "tanh", "gaussian", network="conv", image_spec=ImageSpec(32, 24, 3)),
        ),
        Twin("padded", ModelConfig(3, (6, 5, 4), network="conv", image_spec=ImageSpec(21, 13, 3))),
        Twin(
            "one halving",
            ModelConfig(2, (5,), "relu", kind="autoencoder", network="conv", image_spec=ImageSpec(9, 16, 1)),
        ),
        Twin(
            "own encoder",
            ModelConfig(
                2,
                (7, 9),
                "tanh",
                encoder_hidden=(8,),
                encoder_activation="relu",
                log_var_bound=16.0,
                log_var_max=0.5,
            ),
        ),
        Twin("residual", ModelConfig(4, (12, 6, 5), network="residual")),
        Twin(
            "residual RGB, padded",
            ModelConfig(3, (7, 20, 6, 5), "softplus", network="residual", image_spec=ImageSpec(21, 13, 3)),
        ),
        Twin(
            "one residual block",
            ModelConfig(
                2,
                (9, 4),
                "relu",
                "gaussian",
                network="residual",
                kind="autoencoder",
                image_spec=ImageSpec(9, 16, 1),
            ),
        ),
        Twin("avb", ModelConfig(3, (7, 9), kind="avb", noise_bases=4, noise_dim=5)),
        Twin(
            "avb-dimension",
            ModelConfig(3, (7, 9), kind="avb", noise_bases=4, noise_dim=5, noise_scale="dimension"),
        ),
    )
}
