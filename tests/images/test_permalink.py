"""An image as text for an address, there and back."""

import zlib
from base64 import urlsafe_b64encode

import numpy as np
import pytest

from vae.images import permalink


@pytest.mark.parametrize("shape", [(28, 28, 1), (9, 17, 1), (8, 8, 3)])
def test_any_levels_come_back_as_they_were(shape: tuple[int, ...]) -> None:
    levels = np.random.default_rng(0).integers(0, 256, shape)
    text = permalink.to_text((levels / 255).astype(np.float32))
    assert text is not None
    assert set(text) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
    back = permalink.from_text(text)
    np.testing.assert_array_equal(np.rint(255 * back), levels)
    np.testing.assert_array_equal(back, (levels / 255).astype(np.float32))


def test_no_grey_image_of_28_pixels_is_too_long_and_noise_in_colours_is() -> None:
    noise = np.random.default_rng(1).random((64, 64, 3)).astype(np.float32)
    assert len(permalink.to_text(noise[:28, :28, :1]) or "") in range(1000, 1101)
    assert permalink.to_text(noise) is None
    blank = permalink.to_text(np.zeros((64, 64, 3), np.float32))
    assert blank is not None
    assert len(blank) < 100


def deflated(content: bytes) -> str:
    packer = zlib.compressobj(wbits=-15)
    return urlsafe_b64encode(packer.compress(content) + packer.flush()).decode()


@pytest.mark.parametrize(
    "text",
    [
        *("", "?", "é", "AAAA", "!!!!", "A" * 2000),
        deflated(b"\x1c\x1c"),
        deflated(bytes([28, 28, 1]) + bytes(783)),
        deflated(bytes([28, 28, 2]) + bytes(28 * 28 * 2)),
        deflated(bytes([255, 255, 3]) + bytes(10**6)),
    ],
    ids=range(10),
)
def test_what_is_no_image_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="image"):
        permalink.from_text(text)
