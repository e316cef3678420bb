"""What the studies share: MNIST as tensors, a loop over its batches, and the form of a result.

Symbols: N images as rows (N, 784) in [0, 1], B of them in a batch.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vae.analysis.studies.study import levels
from vae.images import sets
from vae.images.dataset import MNIST_SPEC, ImageSet
from vae.model.config import ModelConfig
from vae.training.networks import ACTIVATIONS
from vae.training.vae import VAE

PIXELS, CLASSES = MNIST_SPEC.size, 10
SEED = 0
Maker = Callable[[Iterator[nn.Parameter]], torch.optim.Optimizer]
Loss = Callable[[Tensor, Tensor], Tensor]  # of images (B, 784) and their labels (B,)


@dataclass(frozen=True)
class Labelled:
    """N images (N, 784) in [0, 1] and their labels (N,)."""

    x: Tensor
    labels: Tensor

    def __getitem__(self, index: Any) -> "Labelled":
        return Labelled(self.x[index], self.labels[index])


@dataclass(frozen=True)
class Digits:
    """MNIST."""

    train: Labelled
    test: Labelled


def digits() -> Digits:
    """MNIST's training and test images.

    Raises:
        DataError: if the training images are not here.
    """
    return Digits(*(_labelled(sets.load("mnist", split)) for split in ("train", "test")))


def _labelled(items: ImageSet) -> Labelled:
    return Labelled(torch.from_numpy(items.floats()).flatten(1), torch.from_numpy(items.labels))


def fit(
    model: nn.Module,
    loss: Loss,
    data: Labelled,
    *,
    epochs: int,
    batch: int = 500,
    lr: float = 3e-3,
    optimizer: torch.optim.Optimizer | None = None,
) -> None:
    """Lower the mean loss by Adam with a one-cycle rate, or by the given optimizer at its constant rate."""
    count = len(data.x) // batch
    generator = torch.Generator().manual_seed(SEED)
    used = optimizer or torch.optim.Adam(model.parameters(), lr, betas=(0.9, 0.99))
    cycle = None if optimizer else torch.optim.lr_scheduler.OneCycleLR(used, lr, total_steps=epochs * count)
    for _ in range(epochs):
        for index in torch.randperm(len(data.x), generator=generator)[: count * batch].split(batch):
            with torch.autocast("cpu", torch.bfloat16):
                cost = loss(data.x[index], data.labels[index])
            used.zero_grad(set_to_none=True)
            cost.backward()
            used.step()
            if cycle:
                cycle.step()


def trained(
    config: ModelConfig, data: Labelled, *, epochs: int, batch: int = 500, make: Maker | None = None
) -> VAE:
    """A VAE whose loss, nll + beta KL, is lowered by `fit`; `make` gives another optimizer."""
    torch.manual_seed(SEED)
    model = VAE(config)

    def loss(x: Tensor, _: Tensor) -> Tensor:
        nll, posterior = model.terms(x)
        return (nll + config.beta * model.kl(posterior)).mean()

    optimizer = make(model.parameters()) if make else None
    fit(model, loss, data, epochs=epochs, batch=batch, optimizer=optimizer)
    return model.eval()


@torch.no_grad()
def decoded(model: VAE, z: Tensor) -> NDArray[np.uint8]:
    """Means (..., 28, 28) at codes (..., D), as bytes."""
    return pictures(model.decode(z.float().flatten(0, -2)).unflatten(0, z.shape[:-1]))


def perceptron(*widths: int, activation: str = "silu") -> nn.Sequential:
    """Linear layers of these widths, inputs first, with the activation between them."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), ACTIVATIONS[activation]()]
    return nn.Sequential(*layers[:-1])


def first_of_each(labels: Tensor, each: int = 1) -> Tensor:
    """Indices of the first `each` images of every digit, digit by digit."""
    return torch.cat([(labels == digit).nonzero()[:each, 0] for digit in range(CLASSES)])


def pictures(x: Tensor) -> NDArray[np.uint8]:
    """Rows (..., 784) in [0, 1] as bytes (..., 28, 28)."""
    return levels(x.detach().float().unflatten(-1, MNIST_SPEC.shape[:2]).numpy())
