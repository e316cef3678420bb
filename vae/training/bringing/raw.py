"""Networks as they come, before anyone knows what they are used to."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vae.errors import Unusable
from vae.images.spec import Floats
from vae.model.onnx.network import Network

EncoderSays = list[Floats]  # mu (B, D), and log_var of a VAE


class BringError(Unusable):
    """A model that cannot be brought; the message is one sentence for the user."""

    code = 1  # with which the command ends


class NotFinite(BringError):  # noqa: N818  # named by what it is
    """A model that gives NaN or infinite numbers."""

    code = 3


@dataclass(frozen=True)
class Raw:
    """An encoder and a decoder that raise ValueError for what they cannot take.

    Arguments:
        encode: Of images in the order and range that it is used to: its outputs.
        decode: Of codes (B, D): numbers for each pixel, in its own order and range.
        takes_rows: Whether the encoder is to be tried with images, with rows, or both.
    """

    encode: Callable[[Floats], EncoderSays]
    decode: Callable[[Floats], Floats]
    takes_rows: tuple[bool, ...] = (False, True)


def contents(*paths: Path) -> list[bytes]:
    """What is in some files.

    Raises:
        BringError: if one of them is not there.
    """
    try:
        return [path.read_bytes() for path in paths]
    except OSError as error:
        raise BringError(f"No readable file at {error.filename}: {error.strerror}.") from error


def networks(encoder: bytes, decoder: bytes) -> Raw:
    """Two networks in ONNX.

    Raises:
        BringError: if one of them cannot be run.
    """
    opened = []
    for name, content in (("encoder", encoder), ("decoder", decoder)):
        try:
            opened.append(Network(content))
        except ValueError as error:
            raise BringError(f"The {name} {error}.") from error
    first, second = opened
    return Raw(first.run, lambda z: second.run(z)[0], (first.is_flat,))
