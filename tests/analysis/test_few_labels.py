"""Accuracy from few labels, against scikit-learn's own calls."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from vae import explorer, labels
from vae.analysis import few_labels
from vae.images import sets
from vae.images.dataset import ImageSet
from vae.model.tensor_file import CheckpointError

RNG = np.random.default_rng(0)


def test_as_many_labels_of_each_class_are_drawn_and_the_seed_decides_which() -> None:
    classes = RNG.integers(0, 10, 500)
    index = few_labels.labelled(classes, 4, seed=1)
    assert len(set(index.tolist())) == 40
    assert np.bincount(classes[index]).tolist() == [4] * 10
    np.testing.assert_array_equal(index, few_labels.labelled(classes, 4, seed=1))
    assert set(index) != set(few_labels.labelled(classes, 4, seed=2))


def test_a_class_with_fewer_images_gives_all_it_has() -> None:
    classes = np.repeat([4, 7], [3, 20])
    index = few_labels.labelled(classes, 10, seed=0)
    assert sorted(index[:3].tolist()) == [0, 1, 2]
    assert np.bincount(classes[index]).tolist() == [0] * 4 + [3, 0, 0, 10]


@pytest.mark.parametrize(("each", "k"), [(1, 1), (10, 3), (100, 10), (1000, 10)])
def test_few_labels_of_a_class_ask_few_neighbours(each: int, k: int) -> None:
    assert few_labels.neighbours_for(each) == k


def test_the_experiment_is_that_of_the_classifiers_themselves(
    saved: Path, digits: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    classes, images = np.arange(len(digits)) % 10, digits
    items = {"train": ImageSet(images, classes), "test": ImageSet(images[::-1].copy(), classes[::-1].copy())}
    monkeypatch.setattr(sets, "load", lambda name, split: items[split])
    told: list[float] = []
    model = explorer.load(saved)
    done = few_labels.experiment(model, seeds=2, on_progress=told.append)
    assert done.counts == (10, 100)  # fifty images of each class
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)
    index = few_labels.labelled(classes, 1, seed=1)
    pixels, after = (items[split].floats().reshape(-1, 784) for split in ("train", "test"))
    truth = classes[::-1]
    learner = LogisticRegression(max_iter=few_labels.ITERATIONS).fit(pixels[index], classes[index])
    assert done.accuracies("logistic", "pixels")[0, 1] == pytest.approx(learner.score(after, truth), abs=1e-4)
    mu, mu_after = (model.encode(items[split].floats()).mu for split in ("train", "test"))
    votes = KNeighborsClassifier(1).fit(mu[index], classes[index])
    assert done.accuracies("knn", "codes")[0, 1] == pytest.approx(votes.score(mu_after, truth), abs=1e-4)
    assert few_labels.from_json(few_labels.to_json(done)) == done


def test_sixty_classes_get_one_label_each_and_more(
    saved: Path, digits: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    classes = np.arange(len(digits)) % 60 + 3  # the first numbers name no class
    monkeypatch.setattr(sets, "load", lambda name, split: ImageSet(digits, classes))
    monkeypatch.setattr(few_labels, "ITERATIONS", 300)
    done = few_labels.experiment(explorer.load(saved), seeds=1)
    assert done.counts == (60,)  # eight images of a class do not make ten
    assert done.accuracies("knn", "pixels").shape == (1, 1)
    assert done.accuracies("knn", "pixels")[0, 0] > 2 / 60  # the labelled ones are among those read


def test_images_without_labels_are_refused(
    saved: Path, digits: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sets, "load", lambda name, split: ImageSet(digits, None))
    with pytest.raises(ValueError, match="the images of digits have no labels"):
        few_labels.experiment(explorer.load(saved))


def test_without_a_draw_of_labels_there_is_no_experiment(saved: Path) -> None:
    with pytest.raises(SystemExit, match="seeds must be at least 1, got 0"):
        labels.main([str(saved), "--seeds", "0"])


def labels_of(dataset: str, train_images: int) -> tuple[int, ...]:
    """How many labels 1, 10, 100 and 1,000 of each class are, as far as there are so many."""
    if dataset == "emoji":  # its classes are small: of those with fewer images all are taken
        labels = sets.load(dataset, "train").labels
        assert labels is not None
        sizes = np.bincount(labels)
        return tuple(int(np.minimum(each, sizes).sum()) for each in (1, 10, 100) if each <= sizes.max())
    return tuple(10 * each for each in (1, 10, 100, 1_000) if 10 * each <= train_images)


def test_what_ships_is_of_the_model_that_ships() -> None:
    assert set(few_labels.measured()) == set(explorer.model_names())
    for name in few_labels.measured():
        done = few_labels.shipped(explorer.load(name))
        assert done is not None, f"{name} has changed: run `python -m vae.labels {name}`"
        assert done.counts == labels_of(done.dataset, done.train_images)
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
