"""The classifier of digits against torch, its accuracy against a count of its own, files that are not it."""

from pathlib import Path

import numpy as np
import pytest
import torch

from vae.analysis import classifier
from vae.analysis.classifier import SHAPES, Classifier
from vae.images import sets
from vae.model.tensor_file import CheckpointError
from vae.training.classifier import train


def random_one() -> Classifier:
    rng = np.random.default_rng(0)
    return Classifier(
        {name: rng.normal(0, 0.1, shape).astype(np.float32) for name, shape in SHAPES.items()}, {}
    )


def test_probabilities_are_those_of_the_network_in_torch() -> None:
    found, x = random_one(), np.random.default_rng(1).random((20, 28, 28, 1), dtype=np.float32)
    w = {name: torch.from_numpy(weight) for name, weight in found.weights.items()}
    hidden = torch.relu(
        torch.nn.functional.linear(torch.from_numpy(x).flatten(1), w["0.weight"], w["0.bias"])
    )
    expected = torch.nn.functional.linear(hidden, w["2.weight"], w["2.bias"]).softmax(dim=1)
    np.testing.assert_allclose(found.probabilities(x), expected.numpy(), atol=1e-5)
    assert found.labels(x).tolist() == expected.argmax(dim=1).tolist()


@pytest.mark.parametrize("dataset", classifier.DATASETS)
def test_the_shipped_accuracy_is_the_one_measured_again(dataset: str) -> None:
    if not sets.available(dataset):
        pytest.skip(f"{dataset} is not on this machine")
    found = classifier.load(dataset)
    assert found is not None
    test = sets.load(dataset, "test")
    assert test.labels is not None
    right = sum(
        int(p.argmax()) == label
        for p, label in zip(found.probabilities(test.floats()), test.labels, strict=True)
    )
    assert found.accuracy[dataset] == pytest.approx(right / len(test.labels), abs=2e-4)
    assert found.accuracy[dataset] > 0.85


def test_the_shipped_file_is_small() -> None:
    assert classifier.PATH.stat().st_size < 250_000


def test_training_learns_to_read() -> None:
    weights = train(epochs=15, dataset="digits")
    assert {name: weight.shape for name, weight in weights.items()} == SHAPES
    assert classifier.accuracy(Classifier(weights, {}), "digits") > 0.8


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    found = Classifier(random_one().weights, {"mnist": 0.5})
    classifier.save(tmp_path / "c.safetensors", found)
    read = classifier.read(tmp_path / "c.safetensors")
    assert read.accuracy == {"mnist": 0.5}
    for name, weight in found.weights.items():
        np.testing.assert_array_equal(read.weights[name], weight.astype(np.float16).astype(np.float32))


@pytest.mark.parametrize("content", [b"", b"\x02\0\0\0\0\0\0\0{}", b"\xff" * 40, None])
def test_a_file_that_is_no_classifier_is_refused_with_the_way_out(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "c.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CheckpointError, match="python -m vae"):
        classifier.read(path)


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.safetensors"
    classifier.save(path, Classifier({"0.weight": np.zeros((2, 3), np.float32)}, {}))
    with pytest.raises(CheckpointError, match="no classifier of digits"):
        classifier.read(path)


def test_data_sets_that_show_no_digits_have_no_classifier() -> None:
    assert classifier.load("kmnist") is None
    assert classifier.load("a set of one's own") is None
