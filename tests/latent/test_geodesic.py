"""Geodesics against decoders whose shortest paths are known: a plane, a sphere, a wall with a door."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from vae.latent import geodesic, paths

Floats = NDArray[np.float64]
STRETCH = np.random.default_rng(0).normal(size=(2, 5))


def linear(z: Floats) -> Floats:
    """Any linear decoder, (N, 2) -> (N, 5): its metric is the same everywhere."""
    return z @ STRETCH


def sphere(z: Floats) -> Floats:
    """Longitude and latitude to a place on the unit sphere."""
    longitude, latitude = z[:, 0], z[:, 1]
    ring = np.cos(latitude)
    return np.stack([ring * np.cos(longitude), ring * np.sin(longitude), np.sin(latitude)], axis=1)


def wall(z: Floats) -> Floats:
    """A plane with a ridge along x = 0 that is high everywhere but at y = 1."""
    x, y = z[:, 0], z[:, 1]
    ridge = 10 * np.exp(-np.square(x / 0.2)) * (1 - np.exp(-np.square((y - 1) / 0.4)))
    return np.stack([x, y, ridge], axis=1)


def waves(z: Floats) -> Floats:
    """A plane with hills and valleys."""
    x, y = z[:, 0], z[:, 1]
    return np.stack([x, y, np.sin(3 * x) * np.cos(3 * y)], axis=1)


def length(decode: geodesic.Decoder, path: Floats) -> float:
    return float(geodesic.speeds(decode(path)).mean())


def test_on_a_linear_decoder_it_is_the_straight_line_at_constant_speed() -> None:
    surface = geodesic.surface(linear, [-2, -2], [2, 2], side=21)
    a, b = [-1.3, -0.7], [1.7, 0.9]
    path = geodesic.shortest_path(surface, a, b, 31)
    assert_allclose(path, paths.linear_path(a, b, 31), atol=1e-3)


def test_on_a_sphere_it_is_the_great_circle() -> None:
    surface = geodesic.surface(sphere, [-2.5, -1.4], [2.5, 1.4], side=61)
    a, b = [-1.2, 0.5], [1.2, 0.6]
    path = geodesic.shortest_path(surface, a, b, 101)
    start, end = sphere(np.array([a, b]))
    angle = np.arccos(start @ end)
    assert length(sphere, path) == pytest.approx(angle, rel=2e-3)
    assert length(sphere, paths.linear_path(a, b, 101)) > 1.05 * angle
    normal = np.cross(start, end) / np.linalg.norm(np.cross(start, end))
    assert np.abs(sphere(path) @ normal).max() < 0.02  # all places lie in the plane of the great circle
    speeds = geodesic.speeds(sphere(path))
    assert speeds.max() / speeds.min() < 1.05


def test_it_goes_through_the_door_of_a_wall() -> None:
    surface = geodesic.surface(wall, [-1.5, -1.5], [1.5, 1.5], side=61)
    a, b = [-1.0, -0.5], [1.0, -0.5]
    path = geodesic.shortest_path(surface, a, b, 81)
    door = path[np.abs(path[:, 0]).argmin()]
    assert door[1] == pytest.approx(1.0, abs=0.25)
    assert length(wall, path) < 0.3 * length(wall, paths.linear_path(a, b, 81))
    assert_allclose(path[[0, -1]], [a, b])


def test_on_a_coarse_grid_it_is_never_longer_than_the_straight_line_and_its_speed_is_even() -> None:
    surface = geodesic.surface(waves, [-2, -2], [2, 2], side=5)
    for a, b in np.random.default_rng(2).uniform(-1.9, 1.9, size=(6, 2, 2)):
        path = geodesic.shortest_path(surface, a, b, 41)
        assert length(waves, path) <= length(waves, paths.linear_path(a, b, 41)) * 1.001
        speeds = geodesic.speeds(waves(path))
        assert speeds.std() / speeds.mean() < 0.1


def test_relaxing_never_makes_a_path_longer_and_ends_at_a_local_minimum() -> None:
    rng = np.random.default_rng(1)
    rough = paths.linear_path([-1, 0.2], [1, -0.3], 21)
    rough[1:-1] += 0.05 * rng.normal(size=(19, 2))
    path = geodesic.relax(sphere, rough, [-2, -1.4], [2, 1.4])
    energy = np.square(np.diff(sphere(path), axis=0)).sum()
    assert energy < np.square(np.diff(sphere(rough), axis=0)).sum()
    for _ in range(20):
        tried = path.copy()
        tried[1:-1] += 0.02 * rng.normal(size=(19, 2))
        assert np.square(np.diff(sphere(tried), axis=0)).sum() > energy


def test_the_edges_of_the_surface_are_the_distances_of_decoded_neighbours() -> None:
    side = 7
    surface = geodesic.surface(sphere, [-1, -1], [1, 0.5], side=side)
    x = sphere(surface.codes)
    assert_allclose(surface.lengths, np.linalg.norm(x[surface.rows] - x[surface.columns], axis=1), atol=1e-12)
    middle = side * (side // 2) + side // 2
    assert ((surface.rows == middle) | (surface.columns == middle)).sum() == 16
    pairs = {frozenset(pair) for pair in zip(surface.rows.tolist(), surface.columns.tolist(), strict=True)}
    assert len(pairs) == len(surface.rows)


def test_ends_at_one_place_and_ends_beyond_the_grid() -> None:
    surface = geodesic.surface(linear, [-1, -1], [1, 1], side=11)
    assert_allclose(geodesic.shortest_path(surface, [0.2, 0.3], [0.2, 0.3], 5), [[0.2, 0.3]] * 5, atol=1e-9)
    far = geodesic.shortest_path(surface, [0.0, 0.0], [3.0, 3.0], 9)
    assert_allclose(far, paths.linear_path([0.0, 0.0], [3.0, 3.0], 9), atol=1e-2)


def test_speed_on_a_linear_decoder_is_the_length_of_its_velocity() -> None:
    a, b = np.array([0.3, -1.0]), np.array([1.0, 2.0])
    expected = np.linalg.norm((b - a) @ STRETCH)
    assert_allclose(geodesic.speeds(linear(paths.linear_path(a, b, 11))), expected)
    assert_allclose(geodesic.speeds(linear(paths.linear_path(a, b, 11)), duration=2.0), expected / 2)


def test_speed_matches_the_jacobian_times_the_velocity() -> None:
    a, b, frames = np.array([-0.5, 0.2]), np.array([0.7, 0.9]), 201
    path = paths.linear_path(a, b, frames)
    middle = (path[1:] + path[:-1]) / 2
    ring = np.cos(middle[:, 1])  # the sphere's metric is diag(cos² latitude, 1)
    velocity = b - a
    expected = np.sqrt(np.square(ring * velocity[0]) + velocity[1] ** 2)
    assert_allclose(geodesic.speeds(sphere(path)), expected, rtol=1e-4)
