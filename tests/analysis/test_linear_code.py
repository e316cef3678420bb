"""Linear codes, against scikit-learn's PCA, plain arithmetic, and the models that ship."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from vae import explorer
from vae.analysis.coding import linear
from vae.images import sets
from vae.training.studies import linear_code
from vae.training.studies.fitting import Digits, Labelled


def test_the_errors_are_those_of_scikit_learn_s_pca(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear_code, "SIZES", (0, 1, 5, 784))
    items = sets.load("mnist", "test")
    train, test = (
        Labelled(torch.from_numpy(items.floats(part)).flatten(1), torch.zeros(300))
        for part in (slice(1000), slice(1000, 1300))
    )
    said, arrays = linear_code.run(Digits(train, test))
    x = test.x.numpy().astype(float)
    for place, k in enumerate(said["sizes"][1:3], start=1):
        pca = PCA(k, svd_solver="full").fit(train.x.numpy())
        left = x - pca.inverse_transform(pca.transform(x))
        assert arrays["squared"][k] == pytest.approx(np.mean(left**2), rel=1e-4)
        assert arrays["absolute"][place] == pytest.approx(np.abs(left).mean(), rel=1e-3)
    assert arrays["squared"][784] == pytest.approx(0, abs=1e-8)


def test_the_shipped_components_leave_the_error_that_is_told() -> None:
    """Rounded to bytes they are still those of the model that was made in closed form."""
    code, x = linear.load(), sets.load("mnist", "test").floats()
    assert code.squared[2] == pytest.approx(explorer.load("mnist-pca-2d").metrics["mse"], rel=1e-4)
    np.testing.assert_allclose(code.axes @ code.axes.T, np.eye(len(code.axes)), atol=0.02)
    for k in (2, 32, 128):
        centred = x.reshape(len(x), -1) - code.mean
        backs = centred @ np.linalg.pinv(code.axes[:k]) @ code.axes[:k]  # the best in their span
        shown = np.mean([np.mean((code.reconstruct(image, k) - image) ** 2) for image in x[:50]])
        assert shown < 1.02 * np.mean((backs[:50] - centred[:50]) ** 2)
        assert np.mean((backs - centred) ** 2) == pytest.approx(code.squared[k], rel=0.005)


def test_errors_fall_with_the_size_and_are_known_for_both_powers() -> None:
    code = linear.load()
    for power in (1, 2):
        sizes, errors = code.errors(power)
        assert (sizes[0], sizes[-1], len(sizes)) == (0, 784, len(errors))
        assert (np.diff(errors) <= 1e-9).all()
    assert code.shown_sizes[0] == 1
    image = sets.load("mnist", "test").floats(0)
    assert code.reconstruct(image, code.shown_sizes[-1]) is image


def test_another_scale_gives_the_same_pictures() -> None:
    rng = np.random.default_rng(0)
    z, weight = rng.normal(size=(5, 2)), rng.normal(size=(9, 2))
    codes, decoder = linear.scaled(z, weight, 2.0)
    np.testing.assert_allclose(codes @ decoder.T, z @ weight.T, rtol=1e-5)
    assert np.linalg.norm(codes) == pytest.approx(2 * np.linalg.norm(z))


@pytest.mark.parametrize("power", [1, 2])
def test_no_other_picture_has_a_smaller_error_than_the_best(power: int) -> None:
    rng = np.random.default_rng(0)
    images = rng.beta(0.3, 0.6, (25, 3, 3, 1)).astype(np.float32)
    best = linear.best_constant(images, power)
    least = linear.error(images, best, power)
    assert least == pytest.approx(np.mean(np.abs(images.astype(float) - best) ** power))
    for _ in range(50):
        other = best + 0.05 * rng.normal(size=best.shape).astype(np.float32)
        assert linear.error(images, other, power) >= least
    assert linear.error(images, linear.best_constant(images, 3 - power), power) > least
