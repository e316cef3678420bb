"""Warped copies, grey and in colour: small, random, repeatable, and still images."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy import ndimage

from vae.training import augment
from vae.training.augment import STROKES, WIDE, Strength, hue_rotation, warp, warp_colour


def blob(row: int, column: int) -> torch.Tensor:
    """One image (1, 1, 28, 28) with a soft spot at that place."""
    rows, columns = np.mgrid[:28, :28]
    spot = np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 8.0)
    return torch.from_numpy(spot.astype(np.float32))[None, None]


def test_warped_images_stay_in_range_and_differ_from_one_another() -> None:
    x = blob(9, 20).repeat(16, 1, 1, 1)
    warped = warp(x, torch.Generator().manual_seed(0))
    assert warped.shape == x.shape
    assert warped.min() >= 0
    assert warped.max() <= 1
    assert len(torch.unique(warped, dim=0)) == 16


def test_the_same_generator_warps_alike() -> None:
    x = blob(9, 20).repeat(4, 1, 1, 1)
    first, second = (warp(x, torch.Generator().manual_seed(7)) for _ in range(2))
    torch.testing.assert_close(first, second, rtol=0, atol=0)


@pytest.mark.parametrize("strength", [STROKES, WIDE])
def test_a_spot_moves_by_no_more_than_the_limits_add_up_to(strength: Strength) -> None:
    place = np.array([9.0, 20.0])
    spots = blob(9, 20).repeat(200, 1, 1, 1)
    warped = warp(spots, torch.Generator().manual_seed(1), strength=strength).numpy().reshape(-1, 28, 28)
    moves = [np.abs(np.array(ndimage.center_of_mass(image)) - place) for image in warped]
    reach = np.abs(place - 13.5).max()
    most = strength.shift + reach * (np.sin(strength.turn) + strength.stretch + strength.shear)
    assert np.max(moves) < 1.1 * most
    assert np.mean(moves) > 0.3  # it does move


def test_no_warp_is_the_identity() -> None:
    x = torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(warp(x, strength=Strength(0, 0, 0, 0)), x, rtol=0, atol=1e-5)


def test_a_turn_keeps_distances_in_an_image_that_is_not_square() -> None:
    turn_only = Strength(math.radians(40), 0, 0, 0)
    rows, columns = np.mgrid[:24, :60]
    image = np.exp(-((rows - 11.5) ** 2 + (columns - 36.5) ** 2) / 8.0)  # 7 pixels from the middle
    x = torch.from_numpy(image.astype(np.float32))[None, None].repeat(30, 1, 1, 1)
    turned = warp(x, torch.Generator().manual_seed(0), strength=turn_only).numpy()[:, 0]
    away = np.array([ndimage.center_of_mass(each) for each in turned]) - (11.5, 29.5)
    np.testing.assert_allclose(np.hypot(*away.T), 7, atol=0.05)
    assert np.abs(away[:, 0]).max() > 3


def test_the_ground_of_a_warped_image_is_the_one_asked_for() -> None:
    x = torch.ones(20, 3, 16, 24)
    torch.testing.assert_close(warp(x, torch.Generator().manual_seed(0), ground=1.0), x)


# In colour -----------------------------------------------------------------------------------------------


def spot(row: int, column: int, colour: tuple[float, float, float]) -> torch.Tensor:
    """One image (1, 3, 48, 64), white with a soft spot of that colour."""
    rows, columns = np.mgrid[:48, :64]
    ink = np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 8.0)
    image = 1 - ink * (1 - np.array(colour)[:, None, None])
    return torch.from_numpy(image.astype(np.float32))[None]


def draw(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_colour_copies_stay_in_range_differ_and_are_repeatable() -> None:
    x = spot(20, 40, (1, 0, 0)).repeat(16, 1, 1, 1)
    copies = warp_colour(x, draw(0))
    assert copies.shape == x.shape
    assert copies.min() >= 0
    assert copies.max() <= 1
    assert len(torch.unique(copies, dim=0)) == 16
    torch.testing.assert_close(warp_colour(x, draw(0)), copies, rtol=0, atol=0)


@pytest.mark.parametrize("ground", [0.0, 0.25, 1.0])
def test_the_ground_comes_in_from_outside(ground: float) -> None:
    x = torch.full((50, 3, 48, 64), ground)
    torch.testing.assert_close(warp_colour(x, draw(1), ground), x, rtol=0, atol=1e-5)


def test_greys_stay_grey_and_colours_change() -> None:
    grey, red = (warp_colour(spot(24, 32, c).repeat(20, 1, 1, 1), draw(2)) for c in ((0.2,) * 3, (1, 0, 0)))
    torch.testing.assert_close(grey[:, 0], grey[:, 1], rtol=0, atol=1e-5)
    torch.testing.assert_close(grey[:, 0], grey[:, 2], rtol=0, atol=1e-5)
    greens, blues = (red[:, channel].amin(dim=(1, 2)) for channel in (1, 2))
    assert (greens - blues).abs().max() > 0.05


def test_half_of_the_copies_are_mirrored_and_a_spot_moves_little_otherwise() -> None:
    place = np.array([10.0, 50.0])
    copies = warp_colour(spot(10, 50, (0, 0, 0)).repeat(200, 1, 1, 1), draw(3)).numpy()
    centres = np.array([ndimage.center_of_mass(1 - copy[0]) for copy in copies])
    mirrored = centres[:, 1] < 32
    assert 70 < mirrored.sum() < 130
    centres[mirrored, 1] = 63 - centres[mirrored, 1]
    moves = np.hypot(*(centres - place).T)
    reach = np.hypot(*(place - (23.5, 31.5)))
    assert moves.max() < 4 * math.sqrt(2) * 1.2 + reach * (0.15 + math.sin(math.radians(12)))
    assert moves.mean() > 1


def test_without_limits_a_copy_is_the_image_or_its_mirror_image(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COLOUR_TURN", "COLOUR_SHIFT", "HUE"):
        monkeypatch.setattr(augment, name, 0.0)
    for name in ("SMALLEST", "LARGEST"):
        monkeypatch.setattr(augment, name, 1.0)
    x = torch.rand(8, 3, 48, 48, generator=draw(4))
    copies = warp_colour(x, draw(5))
    offs = torch.stack([(copies - version).abs().amax(dim=(1, 2, 3)) for version in (x, x.flip(3))])
    assert offs.min(dim=0).values.max() < 1e-5
    assert 0 < offs.argmin(dim=0).sum() < 8


def test_a_third_of_a_full_turn_makes_red_green_and_green_blue() -> None:
    turned = hue_rotation(torch.tensor([2 * math.pi / 3]))[0] @ torch.eye(3)
    torch.testing.assert_close(turned, torch.eye(3)[:, [1, 2, 0]], rtol=0, atol=1e-6)


def test_turning_hues_keeps_greys_and_distances_of_colours() -> None:
    turned = hue_rotation(torch.tensor([0.3, -1.2, 2.9]))
    torch.testing.assert_close(turned @ torch.ones(3), torch.ones(3, 3))
    torch.testing.assert_close(turned @ turned.mT, torch.eye(3).expand(3, 3, 3), rtol=0, atol=1e-6)


@pytest.mark.parametrize("size", [(28, 28), (64, 40)])
def test_places_are_those_of_pytorch(size: tuple[int, int]) -> None:
    affine = torch.randn(5, 2, 3)
    places = (affine.view(-1, 3) @ augment._places(*size, affine.device)).view(5, 2, *size)
    expected = F.affine_grid(affine, [5, 1, *size], align_corners=False)
    torch.testing.assert_close(places.permute(0, 2, 3, 1), expected, atol=1e-5, rtol=1e-5)
