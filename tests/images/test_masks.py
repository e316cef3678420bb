"""Masks: which pixels are hidden, and masks as text."""

import numpy as np
import pytest

from vae.images import masks


def test_the_block_is_the_sources_pixels_300_to_399() -> None:
    flat = masks.block().ravel()
    assert np.flatnonzero(flat).tolist() == list(range(300, 400))


def test_rows_are_counted_from_the_top() -> None:
    hidden = masks.rows(3, 5)
    assert hidden[3:6].all()
    assert hidden.sum() == 3 * 28


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 1.0])
def test_the_share_of_scattered_pixels_is_exact_and_the_seed_decides_which(share: float) -> None:
    hidden = masks.scattered(share, seed=4)
    assert hidden.mean() == pytest.approx(share, abs=1e-9)
    np.testing.assert_array_equal(hidden, masks.scattered(share, seed=4))
    assert share in (0.0, 1.0) or (hidden != masks.scattered(share, seed=5)).any()


def test_scattered_pixels_are_spread_evenly() -> None:
    counts = np.sum([masks.scattered(0.3, seed) for seed in range(400)], axis=0)
    spread = np.sqrt(400 * 0.3 * 0.7)
    assert np.abs((counts - 120) / spread).max() < 5


def test_a_mask_survives_as_text() -> None:
    hidden = masks.scattered(0.4, seed=1)
    text = masks.to_text(hidden)
    assert len(text) == masks.DIGITS
    np.testing.assert_array_equal(masks.from_text(text), hidden)
    assert masks.to_text(masks.block(0, 0)).startswith("80")  # the first pixel is the highest bit


@pytest.mark.parametrize("text", ["", "0", "g" * 196, "A" * 196, "0" * 195 + "\n", "0" * 197])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="196 hexadecimal digits"):
        masks.from_text(text)


def test_masks_that_no_image_has_are_refused() -> None:
    for first, last in [(-1, 3), (5, 4), (0, 784)]:
        with pytest.raises(ValueError, match="between 0 and 783"):
            masks.block(first, last)
    with pytest.raises(ValueError, match="between 0 and 783"):
        masks.rows(20, 28)
    with pytest.raises(ValueError, match="share"):
        masks.scattered(1.1, 0)
