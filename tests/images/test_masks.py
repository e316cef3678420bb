"""Masks: which pixels are hidden, and masks as text."""

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vae.images import masks
from vae.images.spec import ImageSpec

MNIST, WIDE, LARGE = ImageSpec(28, 28, 1), ImageSpec(20, 12, 1), ImageSpec(128, 128, 3)
TEXTS = json.loads(Path(__file__).with_suffix(".json").read_text())
"""Masks as lists of hidden pixels, and as text; the browser's twin is held to them too."""


def disc(spec: ImageSpec, radius: float) -> masks.Mask:
    """What a brush leaves."""
    down, across = np.indices((spec.height, spec.width))
    return np.asarray(np.hypot(down - spec.height / 2, across - spec.width / 2) < radius)


def test_the_block_is_the_sources_pixels_300_to_399() -> None:
    assert np.flatnonzero(masks.block().ravel()).tolist() == list(range(300, 400))
    assert masks.has_block(MNIST)
    assert not masks.has_block(WIDE)


def test_at_first_the_block_or_the_middle_is_hidden() -> None:
    np.testing.assert_array_equal(masks.default(MNIST), masks.block())
    hidden = masks.default(WIDE)
    assert np.argwhere(hidden).min(axis=0).tolist() == [5, 3]
    assert np.argwhere(hidden).max(axis=0).tolist() == [14, 8]
    assert hidden.sum() == 10 * 6


@pytest.mark.parametrize("spec", [MNIST, WIDE, LARGE])
def test_rows_are_counted_from_the_top(spec: ImageSpec) -> None:
    hidden = masks.rows(spec, 3, 5)
    assert hidden.shape == (spec.height, spec.width)
    assert hidden[3:6].all()
    assert hidden.sum() == 3 * spec.width


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 1.0])
@pytest.mark.parametrize("spec", [MNIST, WIDE, LARGE])
def test_the_share_of_scattered_pixels_is_exact_and_the_seed_decides_which(
    spec: ImageSpec, share: float
) -> None:
    hidden = masks.scattered(spec, share, seed=4)
    assert hidden.shape == (spec.height, spec.width)
    assert hidden.mean() == pytest.approx(share, abs=1e-9)
    np.testing.assert_array_equal(hidden, masks.scattered(spec, share, seed=4))
    assert share in (0.0, 1.0) or (hidden != masks.scattered(spec, share, seed=5)).any()


def test_scattered_pixels_are_spread_evenly() -> None:
    counts = np.sum([masks.scattered(MNIST, 0.3, seed) for seed in range(400)], axis=0)
    spread = np.sqrt(400 * 0.3 * 0.7)
    assert np.abs((counts - 120) / spread).max() < 5


@pytest.mark.parametrize("each", TEXTS, ids=lambda each: str(each["text"])[:20])
def test_masks_are_written_as_the_fixture_says(each: dict[str, Any]) -> None:
    height, width = each["shape"]
    spec = ImageSpec(height, width, 1)
    hidden = np.zeros(spec.height * spec.width, bool)
    hidden[each["hidden"]] = True
    assert masks.to_text(hidden.reshape(spec.height, spec.width)) == each["text"]
    np.testing.assert_array_equal(masks.from_text(each["text"], spec).ravel(), hidden)


@pytest.mark.parametrize("spec", [MNIST, WIDE, LARGE])
def test_a_mask_survives_as_text(spec: ImageSpec) -> None:
    for hidden in (
        *(masks.scattered(spec, share, seed=1) for share in (0, 0.4, 1)),
        masks.rows(spec, 0, 3),
        masks.rows(spec, 3, spec.height - 1),
        np.indices((spec.height, spec.width)).sum(axis=0) % 2 == 0,  # the longest text
    ):
        text = masks.to_text(hidden)
        assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        np.testing.assert_array_equal(masks.from_text(text, spec), hidden)


def test_what_a_brush_leaves_is_short() -> None:
    assert len(masks.to_text(disc(MNIST, 8))) < 60
    assert len(masks.to_text(disc(LARGE, 40))) < 250  # in hexadecimal digits 4096


def test_a_mask_in_hexadecimal_digits_is_still_read() -> None:
    """As addresses held it before: four pixels a digit, the first pixel the highest bit."""
    for hidden in (masks.block(), masks.scattered(MNIST, 0.4, seed=1), disc(MNIST, 8)):
        bits = "".join("1" if each else "0" for each in hidden.ravel())
        text = "".join(f"{int(bits[k : k + 4], 2):x}" for k in range(0, 784, 4))
        np.testing.assert_array_equal(masks.from_text(text, MNIST), hidden)
    with pytest.raises(ValueError, match="20 × 12"):
        masks.from_text(text, WIDE)


def text_of(*content: int) -> str:
    return base64.urlsafe_b64encode(bytes(content)).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        *("", "A", "é", "AA==", "A" * 196, "0" * 195 + "\n", "0" * 197, "!" * 8),
        text_of(240),  # ends within a number
        text_of(0xEF, 1),  # 239 pixels of 240
        text_of(0xF1, 1),
        text_of(10, 0, 0xE6, 1),  # a run of none: not as it would be written
        text_of(0xF0, 0x81, 0),  # 240 with a digit too many
        text_of(*[0xFF] * 300),
        "A" * 10**6,
    ],
)
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="20 × 12 pixels"):
        masks.from_text(text, WIDE)


def test_masks_that_no_image_has_are_refused() -> None:
    for first, last in [(-1, 3), (5, 4), (20, 28), (0, 28)]:
        with pytest.raises(ValueError, match="between 0 and 27"):
            masks.rows(MNIST, first, last)
    with pytest.raises(ValueError, match="share"):
        masks.scattered(MNIST, 1.1, 0)


@pytest.mark.parametrize("channels", [1, 3])
def test_hidden_pixels_are_coloured_in_all_channels(channels: int) -> None:
    images = np.random.default_rng(0).uniform(size=(2, 20, 12, channels)).astype(np.float32)
    hidden = masks.rows(WIDE, 5, 7)
    shown = masks.coloured(images, hidden, (255, 0, 51))
    assert shown.shape == (2, 20, 12, 3)
    np.testing.assert_allclose(shown[:, 5:8], np.broadcast_to([1, 0, 0.2], (2, 3, 12, 3)))
    np.testing.assert_allclose(shown[:, :5], np.broadcast_to(images[:, :5], (2, 5, 12, 3)))
