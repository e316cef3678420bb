"""The tasks of jobs by name: bytes that are given and words in, bytes of the result out."""

import io
import json
from collections.abc import Callable
from typing import Protocol

import numpy as np

from vae import explorer
from vae.analysis import few_labels, imputation, inference_gap
from vae.analysis.doctor import examination
from vae.analysis.sources import ledger
from vae.analysis.studies.study import to_npz
from vae.images import masks, sets
from vae.latent import embedding
from vae.logbook import recipes
from vae.logbook.recipes import Settings

MANY = 60_000  # images of a set whose batches are as large as they get


class Tell(Protocol):
    """What a task tells of itself while it runs."""

    def __call__(self, share: float, so_far: bytes = b"") -> object:
        """The share done, in [0, 1], and what is found so far, which may be left out."""


def tsne(given: bytes, tell: Tell, dims: str, perplexity: str, seed: str) -> bytes:
    """Coordinates (N, dims) of codes (N, D), both as the content of a .npy file, also those so far."""

    def on_progress(share: float, points: np.ndarray) -> None:
        tell(share, as_npy(points))

    return as_npy(embedding.tsne(from_npy(given), int(dims), float(perplexity), int(seed), on_progress))


def labels_of(given: bytes, tell: Tell, model: str) -> bytes:
    """Accuracy from few labels, see `vae.analysis.few_labels`."""
    return few_labels.to_json(few_labels.experiment(explorer.load(model), on_progress=tell)).encode()


def gap_of(given: bytes, tell: Tell, model: str) -> bytes:
    """The amortisation gap, see `vae.analysis.inference_gap`."""
    return inference_gap.to_json(inference_gap.gap(explorer.load(model), on_progress=tell)).encode()


def doctor_of(given: bytes, tell: Tell, model: str) -> bytes:
    """The examination of a model, see `vae.analysis.doctor`."""
    return examination.to_npz(examination.examine(explorer.load(model), tell))


def errors_of(given: bytes, tell: Tell, model: str, mask: str, steps: str) -> bytes:
    """Errors of restored pixels of images (N, H, W, C), the content of a .npy file."""
    loaded = explorer.load(model)
    hidden = masks.from_text(mask, loaded.image_spec)
    found = imputation.errors(loaded, from_npy(given), hidden, int(steps), on_progress=tell)
    return json.dumps(imputation.summary(found, hidden)).encode()


def ledger_of(given: bytes, tell: Tell) -> bytes:
    """The ledger, measured again without training, see `vae.analysis.sources.ledger`."""
    return ledger.to_json(ledger.tables(measure=True, on_progress=tell)).encode()


def four_points_of(given: bytes, tell: Tell, seed: str, steps: str) -> bytes:
    """The study of the four points from one seed, see `vae.study`."""
    from vae.study import four_points_from  # PyTorch is heavy, and pages import this module

    found = four_points_from(int(seed), int(steps), lambda share, study: tell(share, to_npz(study)))
    return to_npz(found)


def rates_of(given: bytes, tell: Tell, dataset: str, wanted: str) -> bytes:
    """Images a second of trainings with these settings, JSON, by the keys of `vae.logbook.recipes`."""
    from vae.train import images_a_second  # PyTorch is heavy, and pages import this module

    spec, found = sets.dataset(dataset).image_spec, {}
    every = [Settings(**{**each, "hidden": tuple(each["hidden"])}) for each in json.loads(wanted)]
    for k, settings in enumerate(every):
        found[recipes.key(settings, spec)] = images_a_second(settings.words(dataset, MANY))
        tell((k + 1) / len(every))
    return json.dumps(found).encode()


TASKS: dict[str, Callable[..., bytes]] = {
    "tsne": tsne,
    "labels": labels_of,
    "gap": gap_of,
    "doctor": doctor_of,
    "errors": errors_of,
    "ledger": ledger_of,
    "four-points": four_points_of,
    "rates": rates_of,
}


def as_npy(array: np.ndarray) -> bytes:
    """The array as the content of a .npy file."""
    content = io.BytesIO()
    np.save(content, array, allow_pickle=False)
    return content.getvalue()


def from_npy(content: bytes) -> np.ndarray:
    """The array in the content of a .npy file."""
    array: np.ndarray = np.load(io.BytesIO(content), allow_pickle=False)
    return array
