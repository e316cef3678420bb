"""Few labels and odd images, against scikit-learn's own calls, brute force, and made examples."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from vae import explorer, labels
from vae.analysis import few_labels
from vae.images import sets
from vae.images.sets import LabelledImages
from vae.latent import neighbours
from vae.model.checkpoint import CheckpointError
from vae.model.codes import Codes

RNG = np.random.default_rng(0)


def test_as_many_labels_of_each_class_are_drawn_and_the_seed_decides_which() -> None:
    classes = RNG.integers(0, 10, 500)
    index = few_labels.labelled(classes, 4, seed=1)
    assert len(set(index.tolist())) == 40
    assert np.bincount(classes[index]).tolist() == [4] * 10
    np.testing.assert_array_equal(index, few_labels.labelled(classes, 4, seed=1))
    assert set(index) != set(few_labels.labelled(classes, 4, seed=2))


@pytest.mark.parametrize(("each", "k"), [(1, 1), (10, 3), (100, 10), (1000, 10)])
def test_few_labels_of_a_class_ask_few_neighbours(each: int, k: int) -> None:
    assert few_labels.neighbours_for(each) == k


def test_a_mislabelled_code_in_a_cluster_is_suspicious_and_a_border_is_not() -> None:
    mu = np.concatenate([RNG.normal(0, 0.1, (20, 2)), RNG.normal(9, 0.1, (20, 2))])
    classes = np.repeat([0, 1], 20)
    classes[7] = 1  # sits among the zeros
    index, votes = few_labels.suspicious(classes, neighbours.nearest(mu, mu, own=np.arange(40))[0])
    assert index.tolist() == [7]
    assert votes.tolist() == [10]
    even = np.array([[1, 2], [0, 2], [0, 1]])  # one vote of two is no majority
    assert few_labels.suspicious(np.array([0, 1, 2]), even)[0].tolist() == []


def test_the_most_surprising_cost_most_nats() -> None:
    nll, kl = RNG.uniform(50, 150, 30).astype(np.float32), RNG.uniform(1, 9, 30).astype(np.float32)
    mu = np.zeros((30, 2), np.float32)
    for log_var in (mu, np.full_like(mu, -np.inf)):
        order, nats = few_labels.surprising(Codes(mu, log_var, np.zeros(30, int), nll, kl))
        assert order[0] == (nll + kl).argmax()
        np.testing.assert_array_equal(nats, np.sort(nll + kl)[::-1])


def test_the_accuracy_of_neighbours_is_the_share_of_right_votes() -> None:
    train, test = RNG.normal(size=(80, 2)), RNG.normal(size=(30, 2))
    classes, truth = RNG.integers(0, 3, 80), RNG.integers(0, 3, 30)
    near = np.argsort(np.linalg.norm(test[:, None] - train[None], axis=-1), axis=1)[:, :10]
    votes = [np.bincount(classes[row], minlength=3).argmax() for row in near]
    assert few_labels.knn_accuracy(train, classes, test, truth) == pytest.approx(np.mean(votes == truth))


def test_the_experiment_is_that_of_the_classifiers_themselves(
    saved: Path, digits: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = {"train": LabelledImages(digits, np.arange(len(digits)) % 10)}
    items["test"] = LabelledImages(digits[::-1].copy(), (np.arange(len(digits)) % 10)[::-1].copy())
    monkeypatch.setattr(sets, "load", lambda name, split: items[split])
    told: list[float] = []
    model = explorer.load(saved)
    done = few_labels.experiment(model, seeds=2, on_progress=told.append)
    assert done.counts == (10, 100)  # fifty images of each class
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)
    index = few_labels.labelled(items["train"].labels, 1, seed=1)
    pixels, after = (items[split].images.reshape(-1, 784) for split in ("train", "test"))
    truth = items["test"].labels
    learner = LogisticRegression(max_iter=few_labels.ITERATIONS).fit(
        pixels[index], items["train"].labels[index]
    )
    assert done.accuracies("logistic", "pixels")[0, 1] == pytest.approx(learner.score(after, truth), abs=1e-4)
    mu, mu_after = (model.encode(items[split].images)[0] for split in ("train", "test"))
    votes = KNeighborsClassifier(1).fit(mu[index], items["train"].labels[index])
    assert done.accuracies("knn", "codes")[0, 1] == pytest.approx(votes.score(mu_after, truth), abs=1e-4)
    assert few_labels.from_json(few_labels.to_json(done)) == done


def test_sixty_classes_get_one_label_each_and_more(
    saved: Path, digits: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    classes = np.arange(len(digits)) % 60 + 3  # the first numbers name no class
    monkeypatch.setattr(sets, "load", lambda name, split: LabelledImages(digits, classes))
    monkeypatch.setattr(few_labels, "ITERATIONS", 300)
    done = few_labels.experiment(explorer.load(saved), seeds=1)
    assert done.counts == (60,)  # eight images of a class do not make ten
    assert done.accuracies("knn", "pixels").shape == (1, 1)
    assert done.accuracies("knn", "pixels")[0, 0] > 2 / 60  # the labelled ones are among those read


def test_without_a_draw_of_labels_there_is_no_experiment(saved: Path) -> None:
    with pytest.raises(SystemExit, match="seeds must be at least 1, got 0"):
        labels.main([str(saved), "--seeds", "0"])


def test_what_ships_is_of_the_model_that_ships() -> None:
    assert set(few_labels.measured()) == set(explorer.model_names())
    for name in few_labels.measured():
        done = few_labels.shipped(explorer.load(name))
        assert done is not None, f"{name} has changed: run `python -m vae.labels {name}`"
        assert done.counts == tuple(count for count in (10, 100, 1_000, 10_000) if count <= done.train_images)
        for method in few_labels.METHODS:
            for representation in few_labels.REPRESENTATIONS:
                shape = done.accuracies(method, representation).shape
                assert shape == (len(done.counts), few_labels.SEEDS)


def test_an_experiment_of_other_weights_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = json.loads((few_labels.FOLDER / "mnist-vae-20d.json").read_text())
    (tmp_path / "mnist-vae-20d.json").write_text(json.dumps(said | {"fingerprint": "other"}))
    monkeypatch.setattr(few_labels, "FOLDER", tmp_path)
    assert few_labels.shipped(explorer.load("mnist-vae-20d")) is None


@pytest.mark.parametrize(
    "change",
    [{"counts": 5}, {"accuracy": {}}, {"accuracy": {"logistic": {"codes": [[2]]}}}, {"other": 1}, None],
)
def test_a_damaged_experiment_gets_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, object] | None
) -> None:
    said = json.loads((few_labels.FOLDER / "mnist-vae-2d.json").read_text())
    (tmp_path / "mnist-vae-2d.json").write_text(json.dumps(said | change) if change else "{")
    monkeypatch.setattr(few_labels, "FOLDER", tmp_path)
    sentence = r"mnist-vae-2d\.json is damaged; run `python -m vae\.labels mnist-vae-2d`"
    with pytest.raises(CheckpointError, match=sentence):
        few_labels.shipped(explorer.load("mnist-vae-2d"))
