"""Self-describing checkpoints: safetensors with validated metadata, written atomically.

Version 2 has the shape of the images and the data set in it, and its hash covers all that it says. Version 1
named one of four data sets of 28 × 28 grey images.
"""

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae.images import sets
from vae.images.dataset import MNIST_SPEC, Dataset
from vae.images.sets import DataError
from vae.images.spec import ImageSpec
from vae.model import tensor_file
from vae.model.config import ModelConfig, tensor_shapes
from vae.model.tensor_file import TensorFile, Tensors, tensor_hash, write_atomically

FORMAT, VERSION = "vae-explorer", "2"
TYPES = ("F16", "F32")  # safetensors' names of float16 and float32
MOST_CLASSES, LONGEST_NAME, LONGEST_TEXT = 256, 80, 20_000
LATER_SETTINGS = {
    "encoder_hidden": (),
    "encoder_activation": "",
    "log_var_bound": 8.0,
    "log_var_max": 16.0,  # none, as the bound is 16 at most
    "noise_bases": 8,
    "noise_dim": 8,
    "noise_scale": "shared",
}
NUMBERS = (  # among the metrics
    *(
        "elbo",
        "nll",
        "kl",
        "kl_estimate",
        "kl_least",
        "kl_neighbours",
        "mse",
        "knn_accuracy",
        "active_units",
        "varying_units",
    ),
    *("images", "samples", "seconds", "steps", "train_images", "train_nll", "train_kl"),
)
MARKUP = frozenset('\\`*[]<>$~|:;&"')
WAY_OUT = "Restore the file, or train a model with `python -m vae.train`."


@dataclass(frozen=True)
class Description:
    """What a checkpoint says about itself."""

    config: ModelConfig
    dataset: Dataset
    command: str
    seed: int
    metrics: dict[str, Any] = field(default_factory=dict)  # test metrics, see `vae.training.evaluation`
    value_range: tuple[float, float] = (0.0, 1.0)

    def __post_init__(self) -> None:
        if self.dataset.image_spec != self.config.image_spec:
            ours, theirs = self.config.image_spec.words, self.dataset.image_spec.words
            raise ValueError(f"a model of images {ours} cannot be trained on images {theirs}")


@dataclass(frozen=True)
class Checkpoint:
    """A model's weights read from a file, as they are stored, its description and their fingerprint."""

    weights: Tensors
    description: Description
    fingerprint: str


def save(path: Path, weights: Tensors, description: Description, dtype: type = np.float32) -> None:
    """Write the weights as dtype, with the description, atomically."""
    write_atomically(path, packed(weights, description, dtype))


def packed(weights: Tensors, description: Description, dtype: type = np.float32) -> bytes:
    """The content of a checkpoint: the weights as dtype, with the description.

    Raises:
        TypeError, ValueError: for a description that could not be read again.
    """
    stored: dict[str, NDArray[Any]] = {name: np.asarray(weight, dtype) for name, weight in weights.items()}
    entries = asdict(description)
    del entries["config"]["image_spec"], entries["dataset"]["image_spec"]  # which are the same one
    entries["image_spec"] = asdict(description.config.image_spec)
    metadata = {name: json.dumps(entry) for name, entry in entries.items()}
    _version_2(metadata)
    metadata |= {"format": FORMAT, "version": VERSION}
    return tensor_file.packed(stored, metadata | {"sha256": _file_hash(metadata, stored)})


def load(path: Path) -> Checkpoint:
    """Read and validate a checkpoint.

    Raises:
        CheckpointError: naming the file and what is wrong with it.
    """
    if path.name.endswith(".zip"):
        raise tensor_file.CheckpointError(
            f"{path.name} is an ONNX pair; this needs a model trained here, by `python -m vae.train`."
        )
    with tensor_file.opened(path, WAY_OUT) as file:
        description = _description(file)
        _check_entries(file, tensor_shapes(description.config))
        weights = file.tensors()
        for name, weight in weights.items():
            if not np.isfinite(weight).all():
                raise file.refusal(f"has a tensor {name} with values that are not finite")
        first = file.metadata["version"] == "1"
        found = tensor_hash(weights) if first else _file_hash(file.metadata, weights)
        if found != file.metadata.get("sha256"):
            raise file.refusal("is damaged: its content does not match its sha256")
    return Checkpoint(weights, description, fingerprint(weights, description))


def describe(path: Path) -> Description:
    """What a checkpoint says about itself; its tensors are not read, which takes 100 times as long.

    Raises:
        CheckpointError: naming the file and what is wrong with it.
    """
    with tensor_file.opened(path, WAY_OUT) as file:
        return _description(file)


def fingerprint(weights: Tensors, description: Description) -> str:
    """sha256 over all that decides what a model does: configuration, data set and stored weights.

    It keys whatever is kept of a model, and binds codes and measurements to it.
    """
    config = asdict(description.config)
    for name, usual in LATER_SETTINGS.items():  # not named in the first files, whose fingerprints stay
        if config[name] == usual:
            del config[name]
    if description.config.image_spec == MNIST_SPEC:  # which version 1, whose fingerprints stay, did not name
        del config["image_spec"]
    decides = config, description.dataset.name, tensor_hash(weights)
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()


def _file_hash(metadata: Mapping[str, str], weights: Tensors) -> str:
    """sha256 over all that a file of version 2 says, and its tensors."""
    said = {name: value for name, value in metadata.items() if name != "sha256"}
    return hashlib.sha256(json.dumps([said, tensor_hash(weights)], sort_keys=True).encode()).hexdigest()


def _description(file: TensorFile) -> Description:
    if file.metadata.get("format") != FORMAT:
        raise file.refusal("is not a checkpoint of this project (unknown format)")
    version = str(file.metadata.get("version"))[:20]
    if version not in READERS:
        raise file.refusal(f"has version {version!r}, this program reads version {' and '.join(READERS)}")
    try:
        return READERS[version](file.metadata)
    except KeyError as error:
        raise file.refusal(f"describes no model that can be built: missing {error}") from error
    except (TypeError, ValueError, RecursionError) as error:
        raise file.refusal(f"describes no model that can be built: {str(error)[:200]}") from error
    except DataError as error:
        raise file.refusal(f"was trained on a data set that is unknown here: {error}".rstrip(".")) from error


def _version_1(metadata: Mapping[str, Any]) -> Description:
    return _described(metadata, MNIST_SPEC, lambda name: sets.dataset(_name(name, "dataset")))


def _version_2(metadata: Mapping[str, Any]) -> Description:
    said = json.loads(metadata["image_spec"])
    sides = [said[name] for name in ("height", "width", "channels")]
    if not all(map(is_whole, sides)):
        raise TypeError("height, width and channels must be whole numbers")
    spec = ImageSpec(*sides)
    return _described(metadata, spec, lambda said: read_dataset(said, spec))


READERS = {"1": _version_1, "2": _version_2}


def _described(
    metadata: Mapping[str, Any], spec: ImageSpec, dataset: Callable[[Any], Dataset]
) -> Description:
    """The description, in which the spec and the data set are given as the version has them."""
    names = ("config", "dataset", "command", "seed", "metrics", "value_range")
    said = {name: json.loads(metadata[name]) for name in names}
    if not isinstance(said["config"], dict):
        raise TypeError("config is not an object")
    config: dict[str, Any] = LATER_SETTINGS | said["config"]
    for name in ("hidden", "encoder_hidden"):
        config[name] = tuple(config[name])
    if not is_whole(said["seed"]):
        raise TypeError("seed is not a whole number")
    if said["value_range"] != [0.0, 1.0]:
        raise ValueError(f"value_range must be [0, 1], got {said['value_range']}")
    return Description(
        ModelConfig(**config, image_spec=spec),
        dataset(said["dataset"]),
        read_text(said["command"], "command", LONGEST_TEXT),
        said["seed"],
        read_metrics(said["metrics"]),
    )


def read_dataset(said: Any, spec: ImageSpec) -> Dataset:
    """A data set as files describe it; one that is known here must have the shape and classes known here.

    Raises:
        KeyError, TypeError, ValueError: naming what is wrong with it.
    """
    names = said["class_names"]
    if names is not None:
        if not isinstance(names, list) or not 1 <= len(names) <= MOST_CLASSES:
            raise ValueError(f"class_names must be null or a list of at most {MOST_CLASSES} names")
        names = tuple(_name(name, "class_names") for name in names)
    if said["preparation"] not in ("mnist", "resize"):
        raise ValueError("preparation must be mnist or resize")
    name, noun = _plain_name(said["name"], "name"), _plain_name(said["noun"], "noun")
    licence = read_text(said["licence"], "licence", LONGEST_TEXT)
    found = Dataset(name, spec, names, licence, said["preparation"], noun)
    known = sets.dataset(name) if name in sets.names() else found
    if (known.image_spec, len(known.class_names or ())) != (spec, len(names or ())):
        raise ValueError(f"the data set {name} has other images or classes here")
    return found


def read_metrics(said: Any) -> dict[str, Any]:
    """Metrics whose numbers are numbers, or null where a model has none.

    Raises:
        TypeError: naming what is wrong with them.
    """
    if not isinstance(said, dict):
        raise TypeError("metrics is not an object")
    for name in NUMBERS:
        if said.get(name) is not None and not _is_number(said[name]):
            raise TypeError(f"metrics: {name} is not a number")
    lists = said.get("kl_per_dim", []), said.get("history", [])
    if not (all(isinstance(each, list) for each in lists) and all(_is_number(kl) for kl in lists[0])):
        raise TypeError("metrics: kl_per_dim or history is not a list of numbers")
    if not all(isinstance(epoch, dict) and all(map(_is_number, epoch.values())) for epoch in lists[1]):
        raise TypeError("metrics: an epoch of history is not an object of numbers")
    return said


def _name(value: object, name: str) -> str:
    """A name that can stand in a sentence and a menu."""
    text = read_text(value, name, LONGEST_NAME)
    if not (text.strip() and text.isprintable()):
        raise ValueError(f"{name} is empty, or has characters that cannot be printed")
    return text


def _plain_name(value: object, name: str) -> str:
    """A name that reads the same in Markdown, in HTML and in a command."""
    text = _name(value, name)
    if not MARKUP.isdisjoint(text):
        raise ValueError(f"{name} has one of the characters {' '.join(sorted(MARKUP))}")
    return text


def read_text(value: object, name: str, most: int) -> str:
    """The text.

    Raises:
        TypeError: if it is none, or too long.
    """
    if not isinstance(value, str) or len(value) > most:
        raise TypeError(f"{name} is not a text of at most {most} characters")
    return value


def is_whole(value: object) -> bool:
    """Whether it is a whole number, which True is not."""
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _check_entries(file: TensorFile, expected: Mapping[str, tuple[int, ...]]) -> None:
    """Names, shapes and types, as the header gives them, before any tensor is read."""
    if file.entries.keys() != expected.keys():
        odd = ", ".join(sorted(file.entries.keys() ^ expected.keys())[:4])[:200]
        raise file.refusal(f"has missing or unknown tensors ({odd})")
    for name, shape in expected.items():
        entry = file.entries[name]
        if entry.shape != shape:
            raise file.refusal(f"has a tensor {name} of shape {str(entry.shape)[:60]}, not {shape}")
        if entry.dtype not in TYPES:
            raise file.refusal(f"has a tensor {name} of type {entry.dtype}; {' and '.join(TYPES)} are read")
