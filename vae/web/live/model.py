"""What the live views need of a model; `vae.explorer.Explorer` has it all."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Layer = tuple[NDArray[np.float16], NDArray[np.float16]]  # weight (out, in), bias (out,)


class Model(Protocol):
    """A trained model with an encoder and a decoder that are multi-layer perceptrons."""

    @property
    def fingerprint(self) -> str:
        """Hash of the tensors: the same for the same networks only."""

    @property
    def latent_dim(self) -> int:
        """Number of dimensions D of z."""

    @property
    def activation(self) -> str:
        """Name of the activation between the layers: silu, softplus, tanh or relu."""

    @property
    def dataset(self) -> str:
        """Name of the data set, which names the classes."""

    def decoder_layers(self) -> Sequence[Layer]:
        """Layers from z to logits."""

    def encoder_layers(self) -> Sequence[Layer]:
        """Layers from pixels to (mu, raw) with log_var = 8 tanh(raw / 8)."""

    def class_means(self) -> Floats:
        """Mean code of each class, (classes, D)."""

    def kl_per_dim(self) -> Floats:
        """Mean KL of each dimension, (D,) nats per image."""
