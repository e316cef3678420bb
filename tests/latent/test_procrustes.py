import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes

from vae.latent import procrustes


def drawn(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def test_the_rotation_is_scipys() -> None:
    points, onto = drawn(50, 3), drawn(50, 3, seed=1)
    np.testing.assert_allclose(
        procrustes.rotation(points, onto), orthogonal_procrustes(points, onto)[0], atol=1e-12
    )


@pytest.mark.parametrize("mirror", [1.0, -1.0])
def test_a_turned_map_is_turned_back(mirror: float) -> None:
    turn = np.array([[np.cos(2.0), -np.sin(2.0)], [mirror * np.sin(2.0), mirror * np.cos(2.0)]])
    mu = drawn(200, 2)
    plane = procrustes.plane(mu @ turn).turned(mu @ turn, mu)
    np.testing.assert_allclose(plane.places(mu @ turn), mu, atol=1e-12)


@pytest.mark.parametrize("dims", [1, 2, 3, 20])
def test_a_place_on_the_plane_leads_back_to_its_code(dims: int) -> None:
    mu = drawn(100, dims)
    plane = procrustes.plane(mu, np.arange(100) % 4, 4)
    z = plane.centre + np.array([0.7, -1.2]) @ plane.basis
    expected = [0.7, -1.2] if dims > 1 else [0.7, 0.0]
    np.testing.assert_allclose(plane.places(z[None])[0], expected, atol=1e-12)


@pytest.mark.parametrize("dims", [2, 3, 20])
def test_codes_beside_the_prior_lie_there_on_the_map(dims: int) -> None:
    """The prior's mean is the origin, from which its standard deviations are counted."""
    mu = drawn(100, dims) + 7
    plane = procrustes.plane(mu).turned(mu, drawn(100, 2))
    np.testing.assert_allclose(plane.places(np.zeros((1, dims))), 0, atol=1e-12)
    if dims > 2:  # the plane goes through the mean of the codes
        place = plane.places(mu.mean(axis=0)[None])[0]
        np.testing.assert_allclose(plane.centre + place @ plane.basis, mu.mean(axis=0), atol=1e-12)


def test_the_plane_of_many_dimensions_is_that_of_the_classes() -> None:
    """The classes differ in dimensions 4 and 7 only, all others spread more widely."""
    labels = np.arange(600) % 6
    mu = 3 * drawn(600, 10)
    mu[:, [4, 7]] = drawn(6, 2, seed=1)[labels] * 4
    basis = procrustes.plane(mu, labels, 6).basis
    assert np.linalg.norm(basis[:, [4, 7]]) ** 2 > 1.9  # of 2, were nothing else in it
    widest = procrustes.plane(mu).basis
    assert np.linalg.norm(widest[:, [4, 7]]) ** 2 < 1.5


def test_a_class_without_an_image_is_left_out() -> None:
    plane = procrustes.plane(drawn(60, 5), np.arange(60) % 3, 9)
    assert np.isfinite(plane.basis).all()
    single = procrustes.plane(drawn(60, 5), np.zeros(60, np.int64), 1)
    np.testing.assert_allclose(single.basis @ single.basis.T, np.eye(2), atol=1e-12)
