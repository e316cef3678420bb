"""What the live views need of a model; `vae.explorer.Explorer` has it all."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vae.model.codes import Codes
from vae.model.config import ModelConfig

Floats = NDArray[np.float32]
Layer = tuple[NDArray[np.float16], NDArray[np.float16]]  # see `vae.explorer.Layer`


class Model(Protocol):
    """A trained model, its networks multi-layer perceptrons or convolutional."""

    @property
    def fingerprint(self) -> str:
        """Hash of the tensors: the same for the same networks only."""

    @property
    def latent_dim(self) -> int:
        """Number of dimensions D of z."""

    @property
    def config(self) -> ModelConfig:
        """What the model is."""

    @property
    def has_posterior(self) -> bool:
        """Whether q(z|x) is a distribution, not a point."""

    @property
    def activation(self) -> str:
        """Name of the activation between the layers: silu, softplus, tanh or relu."""

    @property
    def dataset(self) -> str:
        """Name of the data set, which names the classes."""

    def decoder_layers(self) -> Sequence[Layer]:
        """Layers from z to logits, of a linear model to the mean."""

    def encoder_layers(self) -> Sequence[Layer]:
        """Layers from pixels to (mu, raw) with log_var = 8 tanh(raw / 8), of an autoencoder to mu."""

    @property
    def spacing(self) -> float:
        """The distance within which the codes of the test images have another one."""

    def codes(self) -> Codes:
        """Codes of the test images and their labels."""

    def kl_per_dim(self) -> Floats:
        """Mean KL of each dimension, (D,) nats per image."""
