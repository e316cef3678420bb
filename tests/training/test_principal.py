"""Principal components by each of the three ways, against scikit-learn's full decomposition."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.linalg import subspace_angles
from sklearn.decomposition import PCA

from vae.training import principal
from vae.training.principal import principal_components


def images(count: int, size: int) -> NDArray[np.uint8]:
    """Bytes (N, P) around a space of four dimensions."""
    rng = np.random.default_rng(0)
    space = rng.normal(size=(count, 4)) * [4, 3, 2, 1] @ np.linalg.qr(rng.normal(size=(size, 4)))[0].T
    return (110 + 40 * space + rng.normal(0, 2, space.shape)).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("count", "size", "most"),
    [(300, 90, 4096), (60, 400, 4096), (300, 200, 100)],
    ids=["covariance", "products of images", "iterated"],
)
def test_the_components_are_scikit_learn_s(
    count: int, size: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(principal, "MOST", most)
    monkeypatch.setattr(principal, "BLOCK", 3000)  # several blocks
    rows = images(count, size)
    oracle = PCA(3, svd_solver="full").fit(rows / 255)
    found = principal_components(rows, 3)
    np.testing.assert_allclose(found.mean, oracle.mean_, atol=1e-12)
    signs = np.sign((found.axes * oracle.components_.T).sum(axis=0))
    np.testing.assert_allclose(found.axes * signs, oracle.components_.T, atol=1e-4)
    assert (found.axes[np.abs(found.axes).argmax(axis=0), range(3)] > 0).all()
    back = oracle.inverse_transform(oracle.transform(rows / 255))
    assert found.residual == pytest.approx(np.square(back - rows / 255).mean(), rel=1e-6)


def test_large_images_take_no_square_of_their_size() -> None:
    """A covariance of 12,288 numbers would take 1.2 GB."""
    rows = images(40, 64 * 64 * 3)
    found = principal_components(rows, 2)
    angles = subspace_angles(found.axes, PCA(2, svd_solver="full").fit(rows / 255).components_.T)
    assert np.degrees(angles).max() < 1e-4


def test_equal_images_have_no_variance_left() -> None:
    assert principal_components(np.full((20, 30), 7, np.uint8), 2).residual == pytest.approx(0, abs=1e-12)
