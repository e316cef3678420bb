"""Where classes lie among codes, against loops, kernel densities and the shipped codes."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.spatial import KDTree
from scipy.stats import gaussian_kde

from vae import explorer
from vae.latent import classes
from vae.latent.classes import Floats, Ints

rng = np.random.default_rng(0)


def test_means_match_a_loop() -> None:
    mu, labels = rng.normal(size=(500, 3)), rng.integers(0, 10, size=500)
    expected = [mu[labels == digit].mean(axis=0) for digit in range(10)]
    assert_allclose(classes.means(mu.astype(np.float32), labels, 10), expected, atol=1e-6)


def test_means_of_a_missing_class_are_nan() -> None:
    means = classes.means([[1.0, 2.0], [3.0, 4.0]], [2, 2], 10)
    assert_allclose(means[2], [2, 3])
    assert np.isnan(np.delete(means, 2, axis=0)).all()


def two_peaks(dims: int) -> tuple[Floats, Ints]:
    """Points of classes 2, 5 and 7 on a map, each of two heaps so unequal that its mean lies between them.

    The larger heap of class 7 lies within class 2's.
    """
    noise = np.random.default_rng(dims)
    heaps = [(2, -3.0, 700), (2, 3.0, 250), (5, 0.0, 600), (5, 6.0, 300), (7, -3.0, 400), (7, 9.0, 300)]
    points = [noise.normal(0, 0.5, (count, dims)) + [x] * dims for _, x, count in heaps]
    labels = np.repeat([label for label, _, _ in heaps], [count for _, _, count in heaps])
    return np.concatenate(points), labels


@pytest.mark.parametrize("dims", [2, 3])
def test_peaks_are_where_a_kernel_density_is_highest_among_the_classs_own(dims: int) -> None:
    points, labels = two_peaks(dims)
    peaks = classes.peaks(points, labels, 10)
    assert np.isnan(np.delete(peaks, [2, 5, 7], axis=0)).all()
    for label, heap in ((2, -3.0), (5, 0.0)):
        own = points[labels == label]
        density = gaussian_kde(own.T, 0.15)
        highest = own[density(own.T).argmax()]
        assert np.abs(highest - heap).max() < 0.6  # the oracle finds the larger heap
        assert np.linalg.norm(peaks[label] - highest) < 0.6
    assert_allclose(peaks[7], [9.0] * dims, atol=0.6)  # its larger heap lies among another class
    assert all((points == peak).all(axis=1).any() for peak in peaks[[2, 5, 7]])
    assert_array_equal(classes.peaks(points.astype(np.float32), labels, 10), peaks.astype(np.float32))


def test_peaks_of_few_or_equal_points() -> None:
    peaks = classes.peaks([[1.0, 2.0], [30.0, -4.0]], [4, 0], 10)
    assert_allclose(peaks[[4, 0]], [[1.0, 2.0], [30.0, -4.0]])
    assert_allclose(classes.peaks(np.full((9, 3), 2.5), [1] * 9, 10)[1], 2.5)


@pytest.mark.parametrize("name", ["mnist-vae-2d", "seed-vae-2d"])
def test_around_each_class_peak_most_codes_are_of_the_class(name: str) -> None:
    codes = explorer.load(name).codes()
    tree = KDTree(codes.mu)
    for label, peak in enumerate(classes.peaks(codes.mu, codes.known_labels, 10)):
        for count in (10, 50):
            _, near = tree.query(peak, count)
            assert (codes.known_labels[near] == label).mean() > 0.7


def test_first_of_each_class_matches_a_loop() -> None:
    labels = np.concatenate([rng.integers(0, 10, size=200), np.arange(10)])
    expected = [labels.tolist().index(digit) for digit in range(10)]
    assert_array_equal(classes.first_of_each(labels, 10), expected)


def test_first_of_each_class_names_the_class_that_is_missing() -> None:
    with pytest.raises(ValueError, match="no image of class 3, 7"):
        classes.first_of_each([0, 1, 2, 4, 5, 6, 8, 9], 10)


def test_sixty_classes_have_sixty_peaks_each_at_a_point_of_its_own() -> None:
    labels = np.arange(1200) % 60
    points = np.stack([labels % 8, labels // 8], axis=1) * 4.0 + rng.normal(0, 0.3, (1200, 2))
    found = classes.peaks(points, labels, 60)
    assert_allclose(found, np.stack([np.arange(60) % 8, np.arange(60) // 8], axis=1) * 4.0, atol=1.2)
    assert classes.first_of_each(labels, 60).tolist() == list(range(60))


def test_representatives_are_the_first_of_each_class_in_turn() -> None:
    assert classes.representatives([5, 5, 2, 7, 2], 5, 4).tolist() == [2, 0, 3, 2]
    assert classes.representatives(None, 100, 3).tolist() == [0, 1, 2]


BAD: list[tuple[str, Callable[[], object], str]] = [
    (
        "labels that do not match",
        lambda: classes.means([[0.0]], [1, 2], 10),
        "1 rows but there are 2 labels",
    ),
    ("vector of codes", lambda: classes.means([0.0], [1], 10), r"mu must have shape \(N, D\)"),
    ("label 10", lambda: classes.means([[0.0]], [10], 10), "between 0 and 9"),
    ("broken labels", lambda: classes.first_of_each([0.5], 10), "whole numbers"),
    ("map of four dimensions", lambda: classes.peaks(np.zeros((2, 4)), [0, 1], 2), "2 or 3 dimensions"),
]


@pytest.mark.parametrize(("call", "reason"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_bad_input_is_refused_in_one_sentence(call: Callable[[], object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        call()
    assert "\n" not in str(caught.value)
