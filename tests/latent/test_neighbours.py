"""Neighbours of codes and what their labels say, against brute force and scikit-learn."""

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from vae import explorer
from vae.latent import neighbours

RNG = np.random.default_rng(0)
DIGITS = tuple("0123456789")


@pytest.mark.parametrize("latent_dim", [2, 20])
def test_the_nearest_codes_are_those_of_brute_force(latent_dim: int) -> None:
    codes, z = RNG.normal(size=(700, latent_dim)), 2 * RNG.normal(size=(600, latent_dim))
    away = np.linalg.norm(z[:, None] - codes[None], axis=-1)
    order = np.argsort(away, axis=1)
    index, distance = neighbours.nearest(codes, z, 7)
    np.testing.assert_array_equal(index, order[:, :7])
    np.testing.assert_allclose(distance, np.sort(away, axis=1)[:, :7])
    np.testing.assert_array_equal(neighbours.closest(codes, z), order[:, 0])


def test_a_code_is_not_its_own_neighbour() -> None:
    codes = RNG.normal(size=(600, 3))
    away = np.linalg.norm(codes[:, None] - codes[None], axis=-1)
    np.fill_diagonal(away, np.inf)
    index, _ = neighbours.nearest(codes, codes, 5, own=np.arange(600))
    np.testing.assert_array_equal(index, np.argsort(away, axis=1)[:, :5])


def test_of_codes_equally_far_the_first_ones_come() -> None:
    around = np.array([[1.0, 0], [0, 1], [-1, 0], [0, -1]])
    index, distance = neighbours.nearest(np.tile(around, (50, 1)) + 0.1, [[0.1, 0.1]], 6)
    assert index[0].tolist() == [0, 1, 2, 3, 4, 5]
    np.testing.assert_allclose(distance, 1.0)


def test_where_there_are_few_codes_all_come() -> None:
    codes = [[0.0], [2.0], [5.0]]
    assert neighbours.nearest(codes, [[4.0]])[0].tolist() == [[2, 1, 0]]
    assert neighbours.nearest(codes, codes, own=[0, 1, 2])[0].tolist() == [[1, 2], [0, 2], [1, 0]]
    with pytest.raises(ValueError, match="no other code"):
        neighbours.nearest([[1.0]], [[0.0]], own=[0])


@pytest.mark.parametrize(
    ("labels", "names", "support"),
    [
        ([8] * 9 + [3], "8", "9 of 10 neighbours"),
        ([4] * 5 + [9] * 5, "4 or 9", "5 of 10 each"),
        ([5, 5, 5, 8, 8, 8, 3, 3, 3, 0], "3, 5 or 8", "3 of 10 each"),
        ([7] * 4 + [1] * 3 + [9] * 3, "7", "only 4 of 10 neighbours"),
        ([2, 2, 2], "2", "3 of 3 neighbours"),
    ],
)
def test_a_reading_says_how_many_agree(labels: list[int], names: str, support: str) -> None:
    codes = 0.1 * RNG.normal(size=(len(labels), 2))
    reading = neighbours.read(codes, labels, [0.0, 0.0], spacing=1.0)
    assert (reading.names(DIGITS), reading.support) == (names, support)


def test_a_place_far_from_all_codes_is_called_far() -> None:
    codes = np.zeros((20, 2))
    near, far = (neighbours.read(codes, [1] * 20, [x, 0.0], spacing=0.5) for x in (0.4, 3.21))
    assert near.support == "10 of 10 neighbours"
    assert far.support == "10 of 10 neighbours, the nearest 3.2 sd away"


def test_an_images_own_code_does_not_vote() -> None:
    codes = np.array([[0.0, 0.0], *([[0.5, 0.0]] * 5), *([[0.0, 0.7]] * 5), [9.0, 9.0]])
    labels = [3, *[6] * 5, *[1] * 5, 6]
    own = neighbours.read(codes, labels, [0.00004, -0.00004], spacing=1.0)  # rounded on its way
    assert (own.classes, own.votes, own.count) == ((1, 6), 5, 10)
    assert own.distance == pytest.approx(0.5, abs=1e-4)
    beside = neighbours.read(codes, labels, [0.001, 0.0], spacing=1.0)
    assert (beside.classes, beside.votes, beside.count) == ((6,), 5, 10)
    assert neighbours.read(codes[:1], [3], [0.0, 0.0], spacing=0.0).classes == (3,)  # there is no other


def test_codes_have_another_one_within_their_spacing() -> None:
    grid = 0.25 * np.stack(np.meshgrid(np.arange(30), np.arange(30)), axis=-1).reshape(-1, 2)
    assert neighbours.spacing(grid) == pytest.approx(0.25)
    assert neighbours.spacing([[1.0, 2.0]]) == 0


@pytest.mark.parametrize(
    ("name", "least"), [("mnist-vae-2d", 0.87), ("seed-vae-2d", 0.76), ("mnist-vae-20d", 0.95)]
)
def test_neighbours_name_the_digit_of_most_test_codes(name: str, least: float) -> None:
    """Each test code is read by the others; scikit-learn's votes are the oracle."""
    model = explorer.load(name)
    codes = model.codes()
    sample = np.arange(0, len(codes.mu), 5)
    readings = [model.read(codes.mu[index]) for index in sample]
    right = [
        reading.classes == (codes.known_labels[index],)
        for index, reading in zip(sample, readings, strict=True)
    ]
    assert np.mean(right) > least
    oracle = KNeighborsClassifier(11).fit(codes.mu, codes.labels)
    for index, reading in zip(sample[:200].tolist(), readings, strict=False):
        near = oracle.kneighbors(codes.mu[[index]], return_distance=False)[0].tolist()
        others = codes.known_labels[[each for each in near if each != index][:10]]
        assert reading.votes == np.bincount(others).max()


def test_the_accuracy_of_neighbours_is_scikit_learn_s() -> None:
    noise = np.random.default_rng(2)
    train, test = noise.normal(size=(80, 2)), noise.normal(size=(30, 2))
    classes, truth = noise.integers(0, 3, 80), noise.integers(0, 3, 30)
    oracle = KNeighborsClassifier(10).fit(train, classes).score(test, truth)
    assert neighbours.knn_accuracy(train, classes, test, truth) == pytest.approx(oracle)
