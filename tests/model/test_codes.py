"""The file of codes: the round trip, and the refusal of what is damaged or belongs to another model."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load as parse
from safetensors.numpy import save as serialise

from vae.model import codes
from vae.model.codes import Codes, Expected
from vae.model.tensor_file import CheckpointError

Arrays = dict[str, NDArray[Any]]
TINY = Expected("f" * 64, 2, 10)


@pytest.fixture
def path(tmp_path: Path, tiny_codes: Codes) -> Path:
    target = tmp_path / "tiny.codes.safetensors"
    codes.save(target, tiny_codes, "f" * 64)
    return target


def refused(path: Path, reason: str) -> None:
    """The file is refused with a sentence that names it, the reason and the way out."""
    with pytest.raises(CheckpointError, match=re.escape(reason)) as caught:
        codes.load(path, TINY)
    assert path.name in str(caught.value)
    assert "python -m vae." in str(caught.value)


def test_round_trip(path: Path, tiny_codes: Codes) -> None:
    loaded = codes.load(path, TINY)
    assert loaded.mu.dtype == loaded.sd.dtype == np.float32
    np.testing.assert_array_equal(loaded.mu, tiny_codes.mu.astype(np.float16))
    np.testing.assert_allclose(loaded.sd, tiny_codes.sd, rtol=1e-3)  # the log_var is float16
    for name in ("known_labels", "nll", "kl", "loss"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(tiny_codes, name))
    assert loaded.known_labels.dtype == np.int64
    assert loaded.embeddings.keys() == {2}
    np.testing.assert_array_equal(loaded.embeddings[2], tiny_codes.embeddings[2])


@pytest.mark.parametrize(("classes", "kind"), [(256, "U8"), (257, "U16")])
def test_labels_take_as_many_bytes_as_the_classes_need(tmp_path: Path, classes: int, kind: str) -> None:
    mu, labels = np.zeros((classes, 2), np.float32), np.arange(classes)
    path = tmp_path / "many.codes.safetensors"
    codes.save(path, Codes(mu, mu + 1, labels), "f" * 64)
    assert kind in path.read_bytes()[8:600].decode("latin-1")
    np.testing.assert_array_equal(
        codes.load(path, Expected("f" * 64, 2, classes, frozenset())).known_labels, labels
    )


def test_a_point_without_label_and_likelihood(tmp_path: Path) -> None:
    mu, path = np.ones((3, 2), np.float32), tmp_path / "points.codes.safetensors"
    codes.save(path, Codes(mu, np.zeros_like(mu)), "f" * 64)
    loaded = codes.load(path, Expected("f" * 64, 2, 0, frozenset()))
    assert not loaded.sd.any()
    assert all(unknown is None for unknown in (loaded.labels, loaded.nll, loaded.kl))
    with pytest.raises(ValueError, match="no labels"):
        _ = loaded.known_labels
    with pytest.raises(ValueError, match="terms of these images are unknown"):
        _ = loaded.loss


def test_codes_are_joined_in_their_order(tiny_codes: Codes) -> None:
    def part(rows: slice) -> Codes:
        nll, kl = np.asarray(tiny_codes.nll)[rows], np.asarray(tiny_codes.kl)[rows]
        return Codes(tiny_codes.mu[rows], tiny_codes.sd[rows], None, nll, kl)

    whole = codes.joined([part(slice(20)), part(slice(20, None))], tiny_codes.labels)
    for name in ("mu", "sd", "labels", "nll", "kl"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(tiny_codes, name))


def test_arrays_that_the_model_cannot_know(path: Path) -> None:
    for lacking in (Expected("f" * 64, 2, 0), Expected("f" * 64, 2, 10, frozenset({"nll"}))):
        with pytest.raises(CheckpointError, match="missing or unknown arrays"):
            codes.load(path, lacking)


def test_codes_of_another_model(path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"tiny\.codes\.safetensors belongs to another model"):
        codes.load(path, replace(TINY, fingerprint="0" * 64))


@pytest.mark.parametrize("metadata", [None, {}, {"format": "pt"}])
def test_codes_of_no_model(path: Path, metadata: dict[str, str] | None) -> None:
    path.write_bytes(serialise(parse(path.read_bytes()), metadata))
    refused(path, "belongs to another model")


def test_a_missing_file(tmp_path: Path) -> None:
    refused(tmp_path / "none.codes.safetensors", "No such file")


@pytest.mark.parametrize("size", [0, 5, 50, 400, -1])
def test_a_truncated_file(path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])
    refused(path, "cut short")


def test_a_checkpoint_is_not_codes(saved: Path) -> None:
    refused(saved, "belongs to another model")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda arrays: arrays.pop("mu"), "(mu)"),
        (lambda arrays: arrays.pop("log_var"), "(log_var)"),
        (lambda arrays: arrays.pop("labels"), "(labels)"),
        (lambda arrays: arrays.pop("nll"), "(nll)"),
        (lambda arrays: arrays.update(mu=np.ones((50, 3), np.float16)), "mu has shape (50, 3)"),
        (lambda arrays: arrays.update(extra=arrays["nll"]), "(extra)"),
        (lambda arrays: arrays.update(mu=arrays["nll"]), "mu has shape (50,)"),
        (lambda arrays: arrays.update(mu=arrays["mu"][:-1]), "has shape"),
        (lambda arrays: arrays.update(nll=arrays["nll"][:-1]), "nll has shape (49,)"),
        (lambda arrays: arrays.update(labels=arrays["labels"][:, None]), "labels has shape (50, 1)"),
        (lambda arrays: arrays.update(tsne3=arrays["tsne2"]), "tsne3 has shape (50, 2)"),
        (lambda arrays: arrays.update(labels=arrays["labels"].astype(np.float32)), "labels has type F32"),
        (lambda arrays: arrays.update(nll=arrays["nll"].astype(np.float64)), "nll has type F64"),
        (
            lambda arrays: arrays.update(labels=arrays["labels"] + np.uint8(1)),
            "a label is 10, the data set has 10 classes",
        ),
        (
            lambda arrays: arrays.update({name: array[:0] for name, array in arrays.items()}),
            "mu has shape (0, 2)",
        ),
        (
            lambda arrays: arrays.update(log_var=arrays["log_var"] + np.float16(100)),
            "log_var holds values that",
        ),
        (
            lambda arrays: arrays.update(mu=arrays["mu"].astype(np.float32) - 2e6),
            "mu holds values that are too",
        ),
        (lambda arrays: arrays.update(kl=arrays["kl"] * np.float32(np.nan)), "kl holds values that are not"),
        (lambda arrays: arrays.update(mu=arrays["mu"] * np.float16(np.inf)), "mu holds values that are not"),
    ],
)
def test_wrong_arrays(path: Path, change: Callable[[Arrays], object], reason: str) -> None:
    arrays = dict(parse(path.read_bytes()))
    change(arrays)
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    path.write_bytes(serialise(contiguous, {"model": "f" * 64}))
    refused(path, reason)


def test_the_codes_of_a_model_cannot_be_changed_by_who_looks_at_them() -> None:
    nats = np.ones(3, np.float32)
    shared = Codes(np.ones((3, 2), np.float32), np.ones((3, 2), np.float32), np.zeros(3, int), nats, nats)
    with pytest.raises(ValueError, match="read-only"):
        shared.mu[0, 0] = 2.0


def test_the_header_says_which_embeddings_there_are(path: Path, tmp_path: Path) -> None:
    assert codes.embedded_dims(path) == (2,)
    assert codes.embedded_dims(tmp_path / "none.safetensors") == ()
    path.write_bytes(path.read_bytes()[:20])
    assert codes.embedded_dims(path) == ()


def test_the_names_of_files_travel_with_the_codes(tmp_path: Path, tiny_codes: Codes) -> None:
    path, names = tmp_path / "tiny.codes.safetensors", [f"ünï/猫 {at}.png" for at in range(50)]
    codes.save(path, replace(tiny_codes, names=names), "f" * 64)
    loaded = codes.load(path, TINY).names
    assert loaded is not None
    assert list(loaded) == names
    assert (loaded[-1], loaded[3:5], len(loaded)) == (names[-1], tuple(names[3:5]), 50)
    codes.save(path, replace(tiny_codes, names=names[1:]), "f" * 64)
    refused(path, "there are 50 images and names of other ones")
