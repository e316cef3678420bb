"""What is read on a path, against made examples and loops."""

import itertools

import numpy as np
import pytest

from tests.pages import strangers
from vae.analysis import path_reading
from vae.analysis.path_reading import compare, merge_runs
from vae.latent import paths


def test_runs_of_equal_labels_are_merged() -> None:
    assert merge_runs([0, 0, 6, 6, 6, 0, 7]) == (0, 6, 0, 7)
    assert merge_runs(np.array([3])) == (3,)
    assert merge_runs([]) == ()


def test_what_is_missing_and_what_comes_in() -> None:
    found = compare(read=(0, 5, 2, 7), expected=(0, 6, 2, 7))
    assert (found.missing, found.added, found.in_order) == ((6,), (5,), False)
    assert compare((0, 5, 6, 5, 7), (0, 6, 7)) == path_reading.Difference((), (5,), True)
    assert compare((0, 7, 6), (0, 6, 7)) == path_reading.Difference((), (), False)


def test_neighbours_name_the_class_that_most_of_them_carry() -> None:
    model = strangers.model("shapes-2d")
    codes = model.codes()
    z = np.array([[0.0, 0.0], [0.02, -0.01], [3.0, 3.0]])
    labels, shares = path_reading.by_neighbours(model, z)
    for place, label, share in zip(z, labels, shares, strict=True):
        near = np.argsort(np.linalg.norm(codes.mu - place, axis=1))[:10]
        votes = np.bincount(codes.known_labels[near])
        assert votes[label] == votes.max() == pytest.approx(10 * share)


def test_the_straight_path_is_as_long_as_its_steps() -> None:
    model = strangers.model("blobs-3d")
    a, b = np.array([-1.0, 0.0, 2.0]), np.array([1.0, 1.0, 0.0])
    images = model.decode(paths.spherical_path(a, b, 9))
    length, straight = path_reading.lengths(model, images, a, b)
    assert length == pytest.approx(sum(np.linalg.norm(q - p) for p, q in itertools.pairwise(images)))
    steps = model.decode(paths.linear_path(a, b, 9))
    assert straight == pytest.approx(sum(np.linalg.norm(q - p) for p, q in itertools.pairwise(steps)))
