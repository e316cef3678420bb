"""How few labels the codes of a model need.

Semi-supervised use of a VAE (Kingma et al., Semi-supervised learning with deep generative models, 2014, their
model M1): the encoder learns from all training images without labels, then a simple classifier learns from
the codes of the few that have one. Here it is compared with the raw pixels and with principal components.

Symbols: N images, D latent_dim, k neighbours. Accuracies are shares of the test images in [0, 1].
"""

import json
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.analysis import measurements
from vae.assets import ASSETS
from vae.explorer import Explorer
from vae.images import sets
from vae.images.dataset import ImageSet
from vae.latent.neighbours import NEIGHBOURS

if TYPE_CHECKING:
    from sklearn.base import ClassifierMixin

Floats = NDArray[np.floating]
Ints = NDArray[np.int64]

FOLDER = ASSETS / "labels"
LABELS_OF_EACH = (1, 10, 100, 1_000)  # labels of each class
SEEDS = 5  # draws of the labelled images
METHODS = ("logistic", "knn")
REPRESENTATIONS = ("codes", "pixels", "pca")
ITERATIONS = 1000  # of the logistic regression at most


@dataclass(frozen=True)
class Experiment:
    """Accuracy of classifiers that learnt from few labels: by method, representation, count and seed."""

    model: str
    fingerprint: str  # of the model whose codes they are
    dataset: str
    command: str
    latent_dim: int
    train_images: int
    test_images: int
    counts: tuple[int, ...]  # labels in all: 1, 10, 100, 1000 of each class that has so many
    accuracy: dict[str, dict[str, list[list[float]]]]  # method, representation, (counts, seeds)

    def accuracies(self, method: str, representation: str) -> Floats:
        """Accuracy, (counts, seeds)."""
        return np.array(self.accuracy[method][representation])


def experiment(
    model: Explorer, seeds: int = SEEDS, on_progress: Callable[[float], object] | None = None
) -> Experiment:
    """Let classifiers learn from few labels of the model's data set; `on_progress` gets the share done.

    The codes are mu; the principal components, as many as the codes have dimensions, are those of all
    training images. Each seed draws other labelled images, the same number of each class that has so many.

    Raises:
        DataError: if the images are not here.
        ValueError: for fewer than one seed, or images without labels.
    """
    if seeds < 1:
        raise ValueError(f"seeds must be at least 1, got {seeds}")
    train, test = (sets.load(model.dataset.name, split) for split in ("train", "test"))
    if train.labels is None or test.labels is None:
        raise ValueError(f"the images of {model.dataset.name} have no labels")
    images_of_each = np.unique(train.labels, return_counts=True)[1]
    each = [count for count in LABELS_OF_EACH if count <= images_of_each.max()]
    counts = tuple(int(np.minimum(count, images_of_each).sum()) for count in each)
    total = len(METHODS) * len(REPRESENTATIONS) * sum(counts) * seeds
    accuracy: dict[str, dict[str, list[list[float]]]] = {method: {} for method in METHODS}
    done = 0
    features = _representations(model, train, test)
    for (name, (x, x_test)), method in product(features.items(), METHODS):
        shares = accuracy[method][name] = [[0.0] * seeds for _ in counts]
        for (place, count), seed in product(enumerate(each), range(seeds)):
            index = labelled(train.labels, count, seed)
            learner = classifier(method, count)
            _fit(learner, x[index], train.labels[index])
            shares[place][seed] = round(float((learner.predict(x_test) == test.labels).mean()), 5)
            done += len(index)
            if on_progress:
                on_progress(done / total)
    return Experiment(
        model=model.name,
        fingerprint=model.fingerprint,
        dataset=model.dataset.name,
        command=f"python -m vae.labels {model.name}",
        latent_dim=model.latent_dim,
        train_images=len(train),
        test_images=len(test),
        counts=counts,
        accuracy=accuracy,
    )


def labelled(labels: ArrayLike, each: int, seed: int) -> Ints:
    """Indices of `each` images of every class, or all where there are fewer, drawn among labels (N,)."""
    classes = np.asarray(labels)
    rng = np.random.default_rng(seed)
    images = [np.flatnonzero(classes == label) for label in np.unique(classes)]
    return np.concatenate([rng.choice(own, min(each, len(own)), replace=False) for own in images])


def neighbours_for(each: int) -> int:
    """k of k-NN with so many labels of each class: their square root, at most 10."""
    return min(NEIGHBOURS, round(each**0.5))


def classifier(method: str, each: int) -> "ClassifierMixin":
    """A logistic regression (L2 penalty, C = 1) or k-NN for so many labels of each class, not yet trained."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier

    if method == "logistic":
        return LogisticRegression(max_iter=ITERATIONS)
    return KNeighborsClassifier(neighbours_for(each))


def shipped(model: Explorer) -> Experiment | None:
    """The experiment that ships with a model, None if there is none or the model has changed since.

    Raises:
        CheckpointError: if the file is damaged.
    """
    path, command = FOLDER / f"{model.name}.json", f"python -m vae.labels {model.name}"
    return measurements.read(path, model.fingerprint, _parse, command)


def measured() -> list[str]:
    """Names of the models with which an experiment ships."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def to_json(done: Experiment) -> str:
    """The experiment as JSON."""
    return json.dumps(asdict(done), indent=1) + "\n"


def from_json(text: str) -> Experiment:
    """The experiment in JSON.

    Raises:
        ValueError, TypeError, LookupError, AttributeError: if it is none.
    """
    return _parse(json.loads(text))


def _parse(said: dict[str, Any]) -> Experiment:
    done = Experiment(**said | {"counts": tuple(said["counts"])})
    for method in METHODS:
        for representation in REPRESENTATIONS:
            shares = done.accuracies(method, representation)
            if shares.ndim != 2 or len(shares) != len(done.counts) or not shares.size:
                raise ValueError(f"accuracies of {method} on {representation} have shape {shares.shape}")
            if not ((shares >= 0) & (shares <= 1)).all():  # also catches NaN
                raise ValueError(f"accuracies of {method} on {representation} lie outside [0, 1]")
    return done


def _representations(model: Explorer, train: ImageSet, test: ImageSet) -> dict[str, tuple[Floats, Floats]]:
    """Training and test images as codes, pixels and principal components, (N, features) each."""
    from sklearn.decomposition import PCA

    images = [items.floats() for items in (train, test)]
    pixels = [model.image_spec.flatten(each) for each in images]
    pca = PCA(model.latent_dim, random_state=0).fit(pixels[0])
    return {
        "codes": (model.encode(images[0]).mu, model.encode(images[1]).mu),
        "pixels": (pixels[0], pixels[1]),
        "pca": (pca.transform(pixels[0]), pca.transform(pixels[1])),
    }


def _fit(learner: "ClassifierMixin", x: Floats, labels: Ints) -> None:
    """Fit to x (N, features) and labels (N,); scikit-learn takes one label a class for a mistake."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The number of unique classes is greater than 50%")
        learner.fit(x, labels)
