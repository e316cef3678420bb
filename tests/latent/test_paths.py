"""Grids, paths and means of latent space against loops and formulas."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.spatial import KDTree
from scipy.stats import gaussian_kde

from vae import explorer
from vae.latent import paths
from vae.latent.paths import Floats, Ints

rng = np.random.default_rng(0)


def test_grid_grows_with_the_second_axis_in_rows_and_the_first_in_columns() -> None:
    codes = paths.grid(side=5, extent=2.0)
    assert codes.shape == (5, 5, 2)
    ticks = [-2.0, -1.0, 0.0, 1.0, 2.0]
    for i in range(5):
        for j in range(5):
            assert_allclose(codes[i, j], [ticks[j], ticks[i]])


def test_grid_in_two_of_many_coordinates_holds_the_others_at_a_code() -> None:
    at = rng.normal(size=6)
    codes = paths.grid(side=3, extent=1.5, axes=(4, 1), at=at, latent_dim=6)
    assert_allclose(codes[0, 2, [4, 1]], [1.5, -1.5])
    assert_allclose(codes[:, :, [0, 2, 3, 5]], np.broadcast_to(at[[0, 2, 3, 5]], (3, 3, 4)))


def test_a_plane_through_two_codes_holds_both_and_zero() -> None:
    a, b = rng.normal(size=(2, 9))
    origin, directions = paths.plane_through(a, b)
    assert_allclose(directions @ directions.T, np.eye(2), atol=1e-12)
    for z in (a, b, np.zeros(9)):
        _, residual, _, _ = np.linalg.lstsq(directions.T, z - origin, rcond=None)
        assert residual.sum() < 1e-20
    along = directions @ (b - a)
    assert_allclose(along, [float(np.linalg.norm(b - a)), 0.0], atol=1e-12)  # across is the path
    assert directions[1] @ origin > 0  # upward leads away from zero


def test_a_plane_s_grid_steps_along_its_directions() -> None:
    origin, directions = rng.normal(size=6), rng.normal(size=(2, 6))
    codes = paths.plane_grid(3, 1.5, origin, directions)
    for i in range(3):
        for j in range(3):
            expected = origin + 1.5 * (j - 1) * directions[0] + 1.5 * (i - 1) * directions[1]
            assert_allclose(codes[i, j], expected)


def test_a_sheet_of_a_grid_has_z2_upward() -> None:
    """Each code is drawn as a picture of its own z2, so the sheet shows which way z2 points."""
    codes = paths.grid(side=4, extent=3.0)
    images = np.broadcast_to(codes[:, :, 1, None, None], (4, 4, 2, 2))
    sheet = paths.tile(images[::-1])
    assert_allclose(sheet[0], 3.0)
    assert_allclose(sheet[-1], -3.0)


def test_tile_matches_loops() -> None:
    images = rng.integers(0, 256, size=(3, 4, 5, 6), dtype=np.uint8)
    expected = np.vstack([np.hstack(list(row)) for row in images])
    sheet = paths.tile(images)
    assert sheet.dtype == np.uint8
    assert_array_equal(sheet, expected)


def test_linear_path_starts_at_a_and_ends_at_b() -> None:
    a, b = rng.normal(size=(2, 7))
    path = paths.linear_path(a, b, frames=81)
    assert path.shape == (81, 7)
    assert_array_equal(path[[0, -1]], [a, b])
    for k in range(81):
        assert_allclose(path[k], (1 - k / 80) * a + k / 80 * b, atol=1e-15)


def test_spherical_path_turns_at_constant_speed_with_linear_norm() -> None:
    a, b = 2.0 * rng.normal(size=20), 0.5 * rng.normal(size=20)
    path = paths.spherical_path(a, b, frames=41)
    t = np.linspace(0, 1, 41)
    norms = np.linalg.norm(path, axis=1)
    assert_allclose(norms, (1 - t) * np.linalg.norm(a) + t * np.linalg.norm(b))
    full = np.arccos(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
    turned = np.arccos(np.clip(path @ a / norms / np.linalg.norm(a), -1, 1))
    assert_allclose(turned, t * full, atol=1e-7)
    assert_allclose(path[[0, -1]], [a, b])


def test_spherical_path_stays_in_the_plane_of_its_ends() -> None:
    a, b = rng.normal(size=(2, 5))
    path = paths.spherical_path(a, b, frames=9)
    assert np.linalg.matrix_rank(np.vstack([a, b, path]), tol=1e-9) == 2


def test_spherical_path_in_the_plane_is_a_known_arc() -> None:
    path = paths.spherical_path([2, 0], [0, 2], frames=3)
    assert_allclose(path, [[2, 0], [np.sqrt(2), np.sqrt(2)], [0, 2]], atol=1e-12)


@pytest.mark.parametrize(
    ("a", "b"), [([0, 0], [1, 2]), ([1, 2], [0, 0]), ([1, 2], [2, 4]), ([1, 2], [-1, -2]), ([1, 2], [1, 2])]
)
def test_spherical_path_is_straight_where_its_ends_span_no_plane(a: list[float], b: list[float]) -> None:
    assert_array_equal(paths.spherical_path(a, b, 5), paths.linear_path(a, b, 5))


def test_spherical_path_is_accurate_for_a_tiny_angle() -> None:
    a, b = np.array([1.0, 0.0]), np.array([np.cos(1e-5), np.sin(1e-5)])
    path = paths.spherical_path(a, b, 3)
    assert_allclose(path[1], [np.cos(5e-6), np.sin(5e-6)], atol=1e-15)


def test_class_means_match_a_loop() -> None:
    mu, labels = rng.normal(size=(500, 3)), rng.integers(0, 10, size=500)
    expected = [mu[labels == digit].mean(axis=0) for digit in range(10)]
    assert_allclose(paths.class_means(mu.astype(np.float32), labels), expected, atol=1e-6)


def test_class_means_of_a_missing_class_are_nan() -> None:
    means = paths.class_means([[1.0, 2.0], [3.0, 4.0]], [2, 2])
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
def test_class_peaks_are_where_a_kernel_density_is_highest_among_the_classs_own(dims: int) -> None:
    points, labels = two_peaks(dims)
    peaks = paths.class_peaks(points, labels)
    assert np.isnan(np.delete(peaks, [2, 5, 7], axis=0)).all()
    for label, heap in ((2, -3.0), (5, 0.0)):
        own = points[labels == label]
        density = gaussian_kde(own.T, 0.15)
        highest = own[density(own.T).argmax()]
        assert np.abs(highest - heap).max() < 0.6  # the oracle finds the larger heap
        assert np.linalg.norm(peaks[label] - highest) < 0.6
    assert_allclose(peaks[7], [9.0] * dims, atol=0.6)  # its larger heap lies among another class
    assert all((points == peak).all(axis=1).any() for peak in peaks[[2, 5, 7]])
    assert_array_equal(paths.class_peaks(points.astype(np.float32), labels), peaks.astype(np.float32))


def test_class_peaks_of_few_or_equal_points() -> None:
    peaks = paths.class_peaks([[1.0, 2.0], [30.0, -4.0]], [4, 0])
    assert_allclose(peaks[[4, 0]], [[1.0, 2.0], [30.0, -4.0]])
    assert_allclose(paths.class_peaks(np.full((9, 3), 2.5), [1] * 9)[1], 2.5)


@pytest.mark.parametrize("name", ["mnist-vae-2d", "seed-vae-2d"])
def test_around_each_class_peak_most_codes_are_of_the_class(name: str) -> None:
    codes = explorer.load(name).codes()
    tree = KDTree(codes.mu)
    for label, peak in enumerate(paths.class_peaks(codes.mu, codes.labels)):
        for count in (10, 50):
            _, near = tree.query(peak, count)
            assert (codes.labels[near] == label).mean() > 0.7


def test_first_of_each_class_matches_a_loop() -> None:
    labels = np.concatenate([rng.integers(0, 10, size=200), np.arange(10)])
    expected = [labels.tolist().index(digit) for digit in range(10)]
    assert_array_equal(paths.first_of_each_class(labels), expected)


def test_first_of_each_class_names_the_class_that_is_missing() -> None:
    with pytest.raises(ValueError, match="no image of class 3, 7"):
        paths.first_of_each_class([0, 1, 2, 4, 5, 6, 8, 9])


def test_all_pairs_has_starts_in_rows_and_ends_in_columns() -> None:
    ends = rng.normal(size=(4, 3))
    pairs = paths.all_pairs(ends, frames=6)
    assert pairs.shape == (6, 4, 4, 3)
    for i in range(4):
        for j in range(4):
            assert_allclose(pairs[:, i, j], paths.linear_path(ends[i], ends[j], 6))


def test_prior_samples_are_standard_normal_and_repeatable() -> None:
    z = paths.prior_samples(20_000, 2, seed=3)
    assert_array_equal(z, paths.prior_samples(20_000, 2, seed=3))
    assert_allclose(z.mean(axis=0), 0, atol=0.03)
    assert_allclose(np.cov(z.T), np.eye(2), atol=0.04)


def test_posterior_samples_have_the_posteriors_moments() -> None:
    mu, log_var = np.array([1.0, -2.0]), np.log([0.25, 4.0])
    z = paths.posterior_samples(mu, log_var, 20_000, seed=1)
    assert_allclose(z.mean(axis=0), mu, atol=0.05)
    assert_allclose(z.var(axis=0), [0.25, 4.0], rtol=0.05)
    assert not np.array_equal(z, paths.posterior_samples(mu, log_var, 20_000, seed=2))


BAD: list[tuple[str, Callable[[], object], str]] = [
    ("one code per side", lambda: paths.grid(1), "at least 2 codes"),
    ("negative extent", lambda: paths.grid(3, -1.0), "positive number"),
    ("infinite extent", lambda: paths.grid(3, float("inf")), "positive number"),
    ("equal axes", lambda: paths.grid(3, axes=(1, 1)), "two different coordinates"),
    ("axis out of range", lambda: paths.grid(3, axes=(0, 2)), "two different coordinates below 2"),
    ("short at", lambda: paths.grid(3, at=[0.0], latent_dim=2), "at must have 2 coordinates"),
    ("plane through one code", lambda: paths.plane_through([1, 2], [1, 2]), "two different codes"),
    ("plane in line with 0", lambda: paths.plane_through([1, 2], [2, 4]), "not in line with 0"),
    ("NaN in at", lambda: paths.grid(3, at=[np.nan, 0.0]), "at must hold finite numbers"),
    ("three axes of images", lambda: paths.tile(np.zeros((2, 3, 4))), r"\(R, C, H, W\)"),
    ("one frame", lambda: paths.linear_path([0.0], [1.0], 1), "at least 2 frames"),
    ("ends that differ", lambda: paths.linear_path([0.0], [1.0, 2.0], 3), "same shape"),
    ("infinite end", lambda: paths.spherical_path([0.0], [np.inf], 3), "b must hold finite numbers"),
    ("matrix as end", lambda: paths.linear_path([[0.0]], [[1.0]], 3), r"a must have shape \(D,\)"),
    (
        "labels that do not match",
        lambda: paths.class_means([[0.0]], [1, 2]),
        "1 rows but there are 2 labels",
    ),
    ("vector of codes", lambda: paths.class_means([0.0], [1]), r"mu must have shape \(N, D\)"),
    ("label 10", lambda: paths.class_means([[0.0]], [10]), "between 0 and 9"),
    ("broken labels", lambda: paths.first_of_each_class([0.5]), "whole numbers"),
    ("NaN in ends", lambda: paths.all_pairs([[np.nan]], 3), "ends must hold finite numbers"),
    ("no samples", lambda: paths.prior_samples(0, 2, 0), "at least 1"),
    ("moments that differ", lambda: paths.posterior_samples([0.0], [0.0, 0.0], 3, 0), "same shape"),
]


@pytest.mark.parametrize(("call", "reason"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_bad_input_is_refused_in_one_sentence(call: Callable[[], object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        call()
    assert "\n" not in str(caught.value)
