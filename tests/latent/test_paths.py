"""Grids and paths of latent space against loops and formulas."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from tests.latent.spherical import CASES, Case
from vae.images import export
from vae.latent import paths

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
    codes = paths.plane_grid([[-1.5, 0, 1.5]] * 2, origin, directions)
    for i in range(3):
        for j in range(3):
            expected = origin + 1.5 * (j - 1) * directions[0] + 1.5 * (i - 1) * directions[1]
            assert_allclose(codes[i, j], expected)


def test_a_piecewise_linear_function_is_numpy_s_and_goes_on_beyond_its_knots() -> None:
    knots, values = np.array([-2.0, -0.5, 0.0, 3.0]), np.array([-1.0, -0.25, 1.0, 2.5])
    inside = np.linspace(-2, 3, 41).reshape(41, 1)
    assert_allclose(paths.piecewise_linear(inside, knots, values), np.interp(inside, knots, values))
    assert_allclose(paths.piecewise_linear([-4.0, 5.0], knots, values), [-2.0, 3.5])


def test_a_sheet_of_a_grid_has_z2_upward() -> None:
    """Each code is drawn as a picture of its own z2, so the sheet shows which way z2 points."""
    codes = paths.grid(side=4, extent=3.0)
    images = np.broadcast_to(codes[:, :, 1, None, None, None], (4, 4, 2, 2, 1))
    sheet = export.tile(images[::-1])
    assert_allclose(sheet[0], 3.0)
    assert_allclose(sheet[-1], -3.0)


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


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_spherical_paths_are_the_known_ones(case: Case) -> None:
    (a, b), expected = case.ends, case.path(9)
    assert_allclose(paths.spherical_path(a, b, 9), expected, atol=1e-11)
    rounded = paths.spherical_path(a.astype(np.float32), b.astype(np.float32), 9)
    assert_allclose(rounded, expected, atol=2e-6)


def test_spherical_path_is_accurate_for_a_tiny_angle() -> None:
    a, b = np.array([1.0, 0.0]), np.array([np.cos(1e-5), np.sin(1e-5)])
    path = paths.spherical_path(a, b, 3)
    assert_allclose(path[1], [np.cos(5e-6), np.sin(5e-6)], atol=1e-15)


def test_all_pairs_has_starts_in_rows_and_ends_in_columns() -> None:
    ends = rng.normal(size=(4, 3))
    pairs = paths.all_pairs(ends, frames=6)
    assert pairs.shape == (6, 4, 4, 3)
    for i in range(4):
        for j in range(4):
            assert_allclose(pairs[:, i, j], paths.linear_path(ends[i], ends[j], 6))


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
    ("one frame", lambda: paths.linear_path([0.0], [1.0], 1), "at least 2 frames"),
    ("ends that differ", lambda: paths.linear_path([0.0], [1.0, 2.0], 3), "same shape"),
    ("infinite end", lambda: paths.spherical_path([0.0], [np.inf], 3), "b must hold finite numbers"),
    ("matrix as end", lambda: paths.linear_path([[0.0]], [[1.0]], 3), r"a must have shape \(D,\)"),
    ("NaN in ends", lambda: paths.all_pairs([[np.nan]], 3), "ends must hold finite numbers"),
]


@pytest.mark.parametrize(("call", "reason"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_bad_input_is_refused_in_one_sentence(call: Callable[[], object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        call()
    assert "\n" not in str(caught.value)
