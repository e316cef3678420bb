"""The facade of the package: trained models by name, NumPy in and NumPy out.

    from vae import explorer

    model = explorer.load("mnist-vae-2d")
    mu, log_var = model.encode(images)      # images (N, 28, 28) in [0, 1]
    pictures = model.decode([[0.0, 1.0]])   # (1, 28, 28)

An input of a wrong shape or range raises ValueError with one sentence.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from vae import checkpoint, codes, data, latent
from vae.checkpoint import Checkpoint, CheckpointError, model_names
from vae.codes import Codes
from vae.evaluate import evaluate
from vae.models import IMAGE_SIDE, PIXELS

__all__ = ["CheckpointError", "Codes", "Evaluation", "Explorer", "Layer", "load", "model_names"]

Floats = NDArray[np.float32]
FARTHEST = 1e6  # prior standard deviations; beyond, float32 activations could overflow to NaN
Layer = tuple[NDArray[np.float16], NDArray[np.float16]]  # weight (out, in), bias (out,)


@dataclass(frozen=True)
class Evaluation:
    """The terms of the ELBO of N images, nats per image."""

    nll: Floats  # (N,)
    kl: Floats  # (N,)
    kl_per_dim: Floats  # (N, D)

    @property
    def elbo(self) -> Floats:
        """Evidence lower bound, (N,) nats per image, higher is better."""
        return -(self.nll + self.kl)


class Explorer:
    """A trained model and what ships with it. Read-only, so that threads may share it."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self._path = path
        self._checkpoint: Checkpoint = checkpoint.load(path)
        self._model = self._checkpoint.model.requires_grad_(False)

    @property
    def latent_dim(self) -> int:
        """Number of dimensions D of z."""
        return self._model.config.latent_dim

    @property
    def likelihood(self) -> str:
        """`bernoulli` or `gaussian`."""
        return self._model.config.likelihood

    @property
    def activation(self) -> str:
        """Name of the activation between the layers."""
        return self._model.config.activation

    @property
    def dataset(self) -> str:
        """Name of the data set that the model was trained on."""
        return self._checkpoint.description.dataset

    @property
    def command(self) -> str:
        """The command that trained the model."""
        return self._checkpoint.description.command

    @property
    def metrics(self) -> dict[str, Any]:
        """Test metrics as `vae.evaluate` prints them, and the training history."""
        return self._checkpoint.description.metrics

    @property
    def fingerprint(self) -> str:
        """sha256 of the tensors."""
        return self._checkpoint.fingerprint

    @property
    def card(self) -> str:
        """The model card, Markdown; empty where none lies beside the checkpoint."""
        path = self._path.with_suffix(".md")
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    def encode(self, images: ArrayLike) -> tuple[Floats, Floats]:
        """Posterior of images (N, 28, 28) in [0, 1]: mu and log_var, each (N, D)."""
        posterior = self._model.encode(_pixels(images))
        return posterior.mu.numpy(), posterior.log_var.numpy()

    def decode(self, z: ArrayLike) -> Floats:
        """E[x|z] for codes z (N, D): images (N, 28, 28) in [0, 1]."""
        array = np.asarray(z, dtype=np.float64)
        if array.ndim != 2 or array.shape[1] != self.latent_dim:
            raise ValueError(f"z must have shape (N, {self.latent_dim}), got {array.shape}")
        if not (np.abs(array) <= FARTHEST).all():  # also catches NaN
            raise ValueError(f"z must hold numbers between -{FARTHEST:,.0f} and {FARTHEST:,.0f}")
        pixels = self._model.decode(torch.from_numpy(array.astype(np.float32, order="C")))
        return pixels.numpy().reshape(-1, IMAGE_SIDE, IMAGE_SIDE)

    def evaluate(self, images: ArrayLike, samples: int = 10, seed: int = 0) -> Evaluation:
        """The ELBO's terms for images (N, 28, 28) in [0, 1], nats per image, over `samples` draws of z."""
        terms = evaluate(self._model, _pixels(images), samples, seed)
        return Evaluation(terms.nll.numpy(), terms.kl.numpy(), terms.kl_per_dim.numpy())

    def codes(self, split: str = "test") -> Codes:
        """Codes of the model's own data set; those of the test images ship with it."""
        return self._test_codes if split == "test" else self._encode_split(split)

    @cached_property
    def _test_codes(self) -> Codes:
        path = self._path.with_suffix(".codes.safetensors")
        return codes.load(path, self.fingerprint) if path.is_file() else self._encode_split("test")

    def _encode_split(self, split: str) -> Codes:
        images = data.load(self.dataset, split)
        terms = evaluate(self._model, _pixels(images.images))
        return Codes(
            terms.mu.numpy(), terms.log_var.numpy(), images.labels, terms.nll.numpy(), terms.kl.numpy()
        )

    def embedding(self, dims: int = 2) -> Floats:
        """Shipped t-SNE coordinates of the test images' mu, (N, dims).

        Raises:
            CheckpointError: if none ship with the model; compute them with `vae.embedding`.
        """
        try:
            return self.codes("test").embeddings[dims]
        except KeyError as error:
            raise CheckpointError(f"{self.name} ships no t-SNE coordinates in {dims}-D.") from error

    def class_means(self) -> Floats:
        """Mean of mu over the test images of each class, (10, D)."""
        return latent.class_means(self.codes("test").mu, self.codes("test").labels).astype(np.float32)

    def kl_per_dim(self) -> Floats:
        """KL of each dimension, mean over the test images, (D,) nats per image."""
        test = self.codes("test")
        kl = 0.5 * (np.square(test.mu) + np.expm1(test.log_var) - test.log_var)
        return kl.mean(axis=0).astype(np.float32)

    def grid(
        self, side: int, extent: float = 2.0, axes: tuple[int, int] = (0, 1), at: ArrayLike | None = None
    ) -> Floats:
        """Sheet (28 side, 28 side) of decoded means over [-extent, extent]², the second axis upward."""
        z = latent.grid(side, extent, axes, at, self.latent_dim)
        images = self.decode(z.reshape(-1, self.latent_dim)).reshape(side, side, IMAGE_SIDE, IMAGE_SIDE)
        return latent.tile(images[::-1]).astype(np.float32)

    def decoder_layers(self) -> list[Layer]:
        """Weights of the decoder, from z to logits, for running it elsewhere."""
        return _layers(self._model.decoder)

    def encoder_layers(self) -> list[Layer]:
        """Weights of the encoder, from pixels to mu and raw; log_var is 8 tanh(raw / 8)."""
        return _layers(self._model.encoder)


def load(name_or_path: str | Path) -> Explorer:
    """The model of that name in `assets/models`, or at that path.

    Raises:
        CheckpointError: if there is none, or it is damaged.
    """
    path = checkpoint.model_path(name_or_path)
    return Explorer(path.stem, path)


def _pixels(images: ArrayLike) -> Tensor:
    array = np.asarray(images, dtype=np.float32)
    if array.ndim != 3 or array.shape[1:] != (IMAGE_SIDE, IMAGE_SIDE):
        raise ValueError(f"images must have shape (N, {IMAGE_SIDE}, {IMAGE_SIDE}), got {array.shape}")
    if array.size and not (array.min() >= 0 and array.max() <= 1):  # also catches NaN
        raise ValueError("pixels must lie in [0, 1]")
    return torch.from_numpy(array.reshape(-1, PIXELS).copy())  # a copy, as theirs may be read-only


def _layers(network: nn.Sequential) -> list[Layer]:
    linear = [layer for layer in network if isinstance(layer, nn.Linear)]
    return [(layer.weight.half().numpy(), layer.bias.half().numpy()) for layer in linear]
