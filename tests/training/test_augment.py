"""Warped copies: small, random, repeatable, and still images."""

import numpy as np
import pytest
import torch
from scipy import ndimage

from vae.training import augment
from vae.training.augment import warp


def blob(row: int, column: int) -> torch.Tensor:
    """One image (1, 784) with a soft spot at that place."""
    rows, columns = np.mgrid[:28, :28]
    spot = np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 8.0)
    return torch.from_numpy(spot.astype(np.float32)).reshape(1, -1)


def test_warped_images_stay_in_range_and_differ_from_one_another() -> None:
    x = blob(9, 20).repeat(16, 1)
    warped = warp(x, torch.Generator().manual_seed(0))
    assert warped.shape == x.shape
    assert warped.min() >= 0
    assert warped.max() <= 1
    assert len(torch.unique(warped, dim=0)) == 16


def test_the_same_generator_warps_alike() -> None:
    x = blob(9, 20).repeat(4, 1)
    first, second = (warp(x, torch.Generator().manual_seed(7)) for _ in range(2))
    torch.testing.assert_close(first, second, rtol=0, atol=0)


def test_a_spot_moves_by_no_more_than_the_limits_add_up_to() -> None:
    place = np.array([9.0, 20.0])
    warped = warp(blob(9, 20).repeat(200, 1), torch.Generator().manual_seed(1)).numpy().reshape(-1, 28, 28)
    moves = [np.abs(np.array(ndimage.center_of_mass(image)) - place) for image in warped]
    reach = np.abs(place - 13.5).max()
    most = 0.7 + reach * (np.sin(augment.TURN) + augment.STRETCH + augment.SHEAR)
    assert np.max(moves) < 1.1 * most
    assert np.mean(moves) > 0.3  # it does move


def test_no_warp_is_the_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TURN", "STRETCH", "SHEAR", "SHIFT"):
        monkeypatch.setattr(augment, name, 0.0)
    x = torch.rand(3, 784, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(warp(x), x, rtol=0, atol=1e-5)
