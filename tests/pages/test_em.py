"""The posterior that the walk is given, against weighted draws of codes."""

import numpy as np
import pytest

from vae import explorer
from vae.images.dataset import ImageSet
from vae.web.pages.how_it_works.derivation import em


@pytest.mark.parametrize("index", [3, 8])
def test_the_grid_has_the_mean_and_spread_of_weighted_draws(mnist: ImageSet, index: int) -> None:
    model, pixels = explorer.load("seed-vae-2d"), mnist.floats(index)
    found = em.grid(model.fingerprint, pixels, model)
    centre, wide = np.array(found["mean"]), 2 * np.array(found["spread"])
    noise = np.random.default_rng(0).standard_normal((4000, 2))
    z = centre + wide * noise
    log_w = -model.nll(pixels, z) - 0.5 * np.square(z).sum(axis=1) + 0.5 * np.square(noise).sum(axis=1)
    weights = np.exp(log_w - log_w.max())
    weights /= weights.sum()
    mean = weights @ z
    spread = np.sqrt(weights @ np.square(z - mean))
    error = spread / np.sqrt(1 / np.square(weights).sum())  # by the effective number of draws
    assert (np.abs(np.array(found["mean"]) - mean) < 4 * error).all()
    np.testing.assert_allclose(found["spread"], spread, rtol=0.1)


def test_the_grid_moves_while_its_border_holds_some_of_the_posterior(mnist: ImageSet) -> None:
    model, pixels = explorer.load("seed-vae-2d"), mnist.floats(3)
    found = em.grid(model.fingerprint, pixels, model)
    heights = np.exp(np.array(found["log_joint"])).reshape(em.SIDE, em.SIDE)
    assert heights.max() == 1
    assert heights[1:-1, 1:-1].sum() > (1 - em.BORDER) * heights.sum()
    assert heights.sum() > em.ENOUGH
    first, last = (np.array(found[name]) for name in ("low", "high"))
    row, column = np.unravel_index(heights.argmax(), heights.shape)
    z = first + (last - first) * np.array([column, row]) / (em.SIDE - 1)  # z1 along a row, z2 upward
    peak = -model.nll(pixels, z[None])[0] - 0.5 * np.square(z).sum()
    away = z + 0.5 * np.array(found["spread"])
    assert peak > -model.nll(pixels, away[None])[0] - 0.5 * np.square(away).sum()
