"""Few labels and odd images, against scikit-learn's own calls, brute force, and made examples."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from vae import data, explorer, labels, neighbours
from vae.codes import Codes
from vae.data import LabelledImages

RNG = np.random.default_rng(0)


def test_as_many_labels_of_each_class_are_drawn_and_the_seed_decides_which() -> None:
    classes = RNG.integers(0, 10, 500)
    index = labels.labelled(classes, 40, seed=1)
    assert len(set(index.tolist())) == 40
    assert np.bincount(classes[index]).tolist() == [4] * 10
    np.testing.assert_array_equal(index, labels.labelled(classes, 40, seed=1))
    assert set(index) != set(labels.labelled(classes, 40, seed=2))


@pytest.mark.parametrize(("count", "k"), [(10, 1), (100, 3), (1000, 10), (10_000, 10)])
def test_few_labels_ask_few_neighbours(count: int, k: int) -> None:
    assert labels.neighbours_for(count) == k


def test_a_mislabelled_code_in_a_cluster_is_suspicious_and_a_border_is_not() -> None:
    mu = np.concatenate([RNG.normal(0, 0.1, (20, 2)), RNG.normal(9, 0.1, (20, 2))])
    classes = np.repeat([0, 1], 20)
    classes[7] = 1  # sits among the zeros
    index, votes = labels.suspicious(classes, neighbours.nearest(mu, mu, own=np.arange(40))[0])
    assert index.tolist() == [7]
    assert votes.tolist() == [10]
    even = np.array([[1, 2], [0, 2], [0, 1]])  # one vote of two is no majority
    assert labels.suspicious(np.array([0, 1, 2]), even)[0].tolist() == []


def test_the_most_surprising_cost_most_nats() -> None:
    nll, kl = RNG.uniform(50, 150, 30).astype(np.float32), RNG.uniform(1, 9, 30).astype(np.float32)
    mu = np.zeros((30, 2), np.float32)
    for log_var in (mu, np.full_like(mu, -np.inf)):
        order, nats = labels.surprising(Codes(mu, log_var, np.zeros(30, int), nll, kl))
        assert order[0] == (nll + kl).argmax()
        np.testing.assert_array_equal(nats, np.sort(nll + kl)[::-1])


def test_the_accuracy_of_neighbours_is_the_share_of_right_votes() -> None:
    train, test = RNG.normal(size=(80, 2)), RNG.normal(size=(30, 2))
    classes, truth = RNG.integers(0, 3, 80), RNG.integers(0, 3, 30)
    near = np.argsort(np.linalg.norm(test[:, None] - train[None], axis=-1), axis=1)[:, :10]
    votes = [np.bincount(classes[row], minlength=3).argmax() for row in near]
    assert labels.knn_accuracy(train, classes, test, truth) == pytest.approx(np.mean(votes == truth))


def test_the_experiment_is_that_of_the_classifiers_themselves(
    saved: Path, digits: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = {"train": LabelledImages(digits, np.arange(len(digits)) % 10)}
    items["test"] = LabelledImages(digits[::-1].copy(), (np.arange(len(digits)) % 10)[::-1].copy())
    monkeypatch.setattr(data, "load", lambda name, split: items[split])
    told: list[float] = []
    model = explorer.load(saved)
    done = labels.experiment(model, seeds=2, on_progress=told.append)
    assert done.counts == tuple(count for count in labels.COUNTS if count <= len(digits) // 10 * 10)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)
    index = labels.labelled(items["train"].labels, 10, seed=1)
    pixels, after = (items[split].images.reshape(-1, 784) for split in ("train", "test"))
    truth = items["test"].labels
    learner = LogisticRegression(max_iter=labels.ITERATIONS).fit(pixels[index], items["train"].labels[index])
    assert done.accuracies("logistic", "pixels")[0, 1] == pytest.approx(learner.score(after, truth), abs=1e-4)
    mu, mu_after = (model.encode(items[split].images)[0] for split in ("train", "test"))
    votes = KNeighborsClassifier(1).fit(mu[index], items["train"].labels[index])
    assert done.accuracies("knn", "codes")[0, 1] == pytest.approx(votes.score(mu_after, truth), abs=1e-4)
    assert labels.from_json(labels.to_json(done)) == done


def test_what_ships_is_of_the_model_that_ships() -> None:
    assert "mnist-vae-20d" in labels.measured()
    for name in labels.measured():
        done = labels.shipped(explorer.load(name))
        assert done is not None, f"{name} has changed: run `python -m vae.labels {name}`"
        assert done.counts == labels.COUNTS
        for method in labels.METHODS:
            for representation in labels.REPRESENTATIONS:
                assert done.accuracies(method, representation).shape == (4, labels.SEEDS)


def test_an_experiment_of_other_weights_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = json.loads((labels.FOLDER / "mnist-vae-20d.json").read_text())
    (tmp_path / "mnist-vae-20d.json").write_text(json.dumps(said | {"fingerprint": "other"}))
    monkeypatch.setattr(labels, "FOLDER", tmp_path)
    assert labels.shipped(explorer.load("mnist-vae-20d")) is None
