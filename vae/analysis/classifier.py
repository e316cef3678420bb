"""A small classifier that reads digits, for judging what a decoder draws. Inference in NumPy, no PyTorch.

It belongs to the data sets that show digits; others have none. One hidden layer:
p(digit|x) = softmax(W₂ relu(W₁ x + b₁) + b₂). It learns from warped copies of the training images, half of
them blurred, since a decoder's mean is softer than handwriting.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.assets import ASSETS
from vae.images import sets
from vae.model import tensor_file

Floats = NDArray[np.float32]

PIXELS = sets.dataset("mnist").image_spec.size
PATH = ASSETS / "classifier" / "mnist.safetensors"
DATASETS = ("mnist", "digits")  # whose images show digits
COMMAND = "python -m vae.classifier"
CLASSES, HIDDEN = 10, 128
SHAPES = {
    "0.weight": (HIDDEN, PIXELS),
    "0.bias": (HIDDEN,),
    "2.weight": (CLASSES, HIDDEN),
    "2.bias": (CLASSES,),
}
WAY_OUT = f"Train it again with `{COMMAND}`."


@dataclass(frozen=True)
class Classifier:
    """A trained classifier and its test accuracy, in [0, 1], by data set."""

    weights: dict[str, Floats]
    accuracy: dict[str, float]

    @property
    def classes(self) -> int:
        """Number of classes that it tells apart."""
        return len(self.weights["2.bias"])

    def probabilities(self, images: ArrayLike) -> Floats:
        """p(class|x) for images (N, 28, 28, 1) in [0, 1], (N, classes)."""
        x = np.asarray(images, np.float32).reshape(-1, PIXELS)
        hidden = np.maximum(x @ self.weights["0.weight"].T + self.weights["0.bias"], 0)
        logits = hidden @ self.weights["2.weight"].T + self.weights["2.bias"]
        exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True))

    def labels(self, images: ArrayLike) -> NDArray[np.int64]:
        """The most probable class of images (N, 28, 28, 1) in [0, 1], (N,)."""
        return self.probabilities(images).argmax(axis=1)


def save(path: Path, classifier: Classifier) -> None:
    """Write the weights in float16, the accuracy and the command that trained it."""
    stored: dict[str, NDArray[Any]] = {name: w.astype(np.float16) for name, w in classifier.weights.items()}
    said = {"command": COMMAND, "accuracy": json.dumps(classifier.accuracy)}
    tensor_file.write_atomically(path, tensor_file.packed(stored, said))


def load(dataset: str) -> Classifier | None:
    """The classifier of a data set's images, None if there is none.

    Raises:
        CheckpointError: if its file is missing or damaged.
    """
    return read(PATH) if dataset in DATASETS else None


def read(path: Path) -> Classifier:
    """The classifier in a file.

    Raises:
        CheckpointError: if the file is missing or damaged.
    """
    with tensor_file.opened(path, WAY_OUT) as file:
        if {name: entry.shape for name, entry in file.entries.items()} != SHAPES:
            raise file.refusal("holds no classifier of digits")
        weights = {name: weight.astype(np.float32) for name, weight in file.tensors().items()}
        if not all(np.isfinite(weight).all() for weight in weights.values()):
            raise file.refusal("holds no classifier of digits: its weights are not finite")
        try:
            said = json.loads(file.metadata["accuracy"])
            accuracy = {str(name): float(share) for name, share in said.items()}
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise file.refusal(f"cannot be read as a classifier: {error}") from error
    return Classifier(weights, accuracy)


def accuracy(classifier: Classifier, dataset: str) -> float:
    """Test accuracy of the classifier on a data set, in [0, 1].

    Raises:
        DataError: if the data set is not here.
    """
    test = sets.load(dataset, "test")
    return float((classifier.labels(test.floats()) == test.labels).mean())
