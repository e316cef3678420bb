"""A small classifier that reads digits, for judging what a decoder draws. Inference in NumPy, no PyTorch.

    python -m vae.classifier      # trains it on MNIST, and says how often it is right on the test images

One hidden layer: p(digit|x) = softmax(W₂ relu(W₁ x + b₁) + b₂). It learns from warped copies of the training
images, half of them blurred, since a decoder's mean is softer than handwriting.
"""

import argparse
import json
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as parse
from safetensors.numpy import save as serialise

from vae import data
from vae.checkpoint import CheckpointError, read_bounded, write_atomically
from vae.config import PIXELS

if TYPE_CHECKING:
    from torch import Tensor

Floats = NDArray[np.float32]

PATH = Path(__file__).parents[1] / "assets" / "classifier" / "mnist.safetensors"
DATASETS = ("mnist", "digits")  # whose images show digits
COMMAND = "python -m vae.classifier"
CLASSES, HIDDEN = 10, 128
SHAPES = {
    "0.weight": (HIDDEN, PIXELS),
    "0.bias": (HIDDEN,),
    "2.weight": (CLASSES, HIDDEN),
    "2.bias": (CLASSES,),
}
EPOCHS, BATCH, RATE = 30, 100, 1e-3
BLUR = (0.25, 0.5, 0.25)  # across and down, twice: a standard deviation of one pixel
WAY_OUT = f"Train it anew with `{COMMAND}`."


@dataclass(frozen=True)
class Classifier:
    """A trained classifier and its accuracy, the share of test images read right, by data set."""

    weights: dict[str, Floats]
    accuracy: dict[str, float]

    def probabilities(self, images: ArrayLike) -> Floats:
        """p(digit|x) for images (N, 28, 28) in [0, 1], (N, 10)."""
        x = np.asarray(images, np.float32).reshape(-1, PIXELS)
        hidden = np.maximum(x @ self.weights["0.weight"].T + self.weights["0.bias"], 0)
        logits = hidden @ self.weights["2.weight"].T + self.weights["2.bias"]
        exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True))

    def digits(self, images: ArrayLike) -> NDArray[np.int64]:
        """The most probable digit of images (N, 28, 28) in [0, 1], (N,)."""
        return self.probabilities(images).argmax(axis=1)


def merge_runs(digits: Iterable[int]) -> tuple[int, ...]:
    """The digits in their order, equal ones that follow each other merged: 0 0 6 6 0 becomes 0 6 0."""
    return tuple(int(digit) for digit, _ in groupby(digits))


def save(path: Path, classifier: Classifier) -> None:
    """Write the weights in float16, the accuracy and the command that trained it."""
    stored: dict[str, NDArray[Any]] = {name: w.astype(np.float16) for name, w in classifier.weights.items()}
    said = {"command": COMMAND, "accuracy": json.dumps(classifier.accuracy)}
    write_atomically(path, serialise(stored, said))


def load(path: Path = PATH) -> Classifier:
    """Read the classifier.

    Raises:
        CheckpointError: if the file is missing or damaged.
    """
    content = read_bounded(path)
    try:
        weights = {name: weight.astype(np.float32) for name, weight in parse(content).items()}
        header = json.loads(content[8 : 8 + struct.unpack("<Q", content[:8])[0]])
        accuracy = {
            str(name): float(share) for name, share in json.loads(header["__metadata__"]["accuracy"]).items()
        }
    except (SafetensorError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{path.name} cannot be read as a classifier: {error}. {WAY_OUT}") from error
    shapes = {name: weight.shape for name, weight in weights.items()}
    if shapes != SHAPES or not all(np.isfinite(weight).all() for weight in weights.values()):
        raise CheckpointError(f"{path.name} holds no classifier of digits. {WAY_OUT}")
    return Classifier(weights, accuracy)


def accuracy(classifier: Classifier, dataset: str) -> float:
    """Share of the data set's test images that the classifier reads right, in [0, 1].

    Raises:
        DataError: if the data set is not here.
    """
    test = data.load(dataset, "test")
    return float((classifier.digits(test.images) == test.labels).mean())


def train(epochs: int = EPOCHS, seed: int = 0, dataset: str = "mnist") -> dict[str, Floats]:
    """Weights of a classifier trained on a data set's training images.

    Raises:
        DataError: if the data set is not here.
    """
    import torch
    from torch import nn

    from vae.augment import warp

    items = data.load(dataset, "train")
    x, labels = torch.from_numpy(items.images.reshape(-1, PIXELS)), torch.from_numpy(items.labels)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(PIXELS, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, CLASSES))
    steps = epochs * (len(x) // BATCH)
    optimiser = torch.optim.Adam(model.parameters(), RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(epochs):
        for index in torch.randperm(len(x))[: len(x) // BATCH * BATCH].split(BATCH):
            loss = nn.functional.cross_entropy(model(_soften(warp(x[index]))), labels[index])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return {name: weight.numpy() for name, weight in model.state_dict().items()}


def _soften(x: "Tensor") -> "Tensor":
    """Images (B, 784), every second one blurred."""
    import torch
    from torch.nn import functional

    kernel = torch.outer(torch.tensor(BLUR), torch.tensor(BLUR))[None, None]
    blurred = x[::2].reshape(-1, 1, 28, 28)
    for _ in range(2):
        blurred = functional.conv2d(blurred, kernel, padding=1)
    softened = x.clone()
    softened[::2] = blurred.reshape(-1, PIXELS)
    return softened


def main(arguments: list[str] | None = None) -> None:
    """Command line: train, measure and write the classifier."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=PATH)
    args = parser.parse_args(arguments)
    try:
        weights = train(args.epochs, args.seed)
    except data.DataError as error:
        sys.exit(str(error))
    stored = {name: weight.astype(np.float16).astype(np.float32) for name, weight in weights.items()}
    measured = {name: accuracy(Classifier(stored, {}), name) for name in DATASETS}
    save(args.out, Classifier(stored, measured))
    for name, share in measured.items():
        print(f"{share:.2%} of the test images of {name} read right")


if __name__ == "__main__":
    main()
