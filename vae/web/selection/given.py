"""A picture as it was given, and what was made of it for an encoder."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from PIL import Image

from vae.images import export, permalink, preparation
from vae.images.dataset import Dataset
from vae.images.preparation import Preparation
from vae.images.spec import Floats
from vae.web.kit import address

SHOWN_SIDE = 392  # pixels at most of a picture as given: twice its size on the page, for dense displays


@dataclass(frozen=True)
class Given:
    """A picture as it was given, and what can be made of it for the encoder."""

    picture: Floats  # (H, W, C) in [0, 1], at most SHOWN_SIDE high and wide
    caption: str
    resized: Preparation  # to the size of the model's images and nothing else
    styled: Preparation | None = None  # as the data set's own images were made; None where that is the same
    is_ready: bool = False  # whether it came in the form that the encoder knows
    notices: tuple[str, ...] = ()  # sentences for the user
    index: int | None = None  # of a test image of the model's own data set

    @property
    def has_ink(self) -> bool:
        """Whether there is anything to encode."""
        return self.styled is None or self.styled.has_ink


@dataclass(frozen=True)
class InputImage:
    """The image that is followed."""

    given: Given
    pixels: Floats  # (H, W, C) in [0, 1], the encoder's input
    caption: str  # what `pixels` are, with the steps that made them of the picture


def ready(pixels: Floats, caption: str, index: int | None = None) -> Given:
    """An image (H, W, C) in [0, 1] that is as the encoder knows images."""
    return Given(pixels, caption, Preparation(pixels, ()), is_ready=True, index=index)


def from_picture(
    picture: Image.Image,
    caption: str,
    dataset: Dataset,
    notices: tuple[str, ...] = (),
    has_style: bool = True,
) -> Given:
    """A picture, prepared for models of a data set; without `has_style` it is resized in any case."""
    shown = picture.convert("RGB" if dataset.image_spec.channels == 3 else "L")
    shown.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    levels = np.asarray(shown, np.float32) / np.float32(255)
    return Given(
        picture=levels.reshape(*levels.shape[:2], -1),
        caption=caption,
        resized=preparation.prepare(picture, dataset, as_given=True),
        styled=preparation.prepare(picture, dataset) if has_style and dataset.drawable else None,
        notices=notices,
    )


def from_text(text: str, caption: str, dataset: Dataset) -> Given:
    """The image whose text the address holds, see `vae.images.permalink`, for models of a data set."""
    pixels = permalink.from_text(text)
    if pixels.shape == dataset.image_spec.shape:
        return ready(pixels, caption)
    return from_picture(export.picture(pixels), caption, dataset, has_style=False)


def choose_preparation(given: Given) -> InputImage:
    """The image with the preparation that the switch asks for; there is no switch without a choice."""
    if not given.is_ready and given.styled is not None:
        st.toggle("Prepare as MNIST", help=_help(given), **_is_styled().widget())
    return prepared(given)


def prepared(given: Given) -> InputImage:
    """The image as the encoder gets it, with the preparation that was asked for last."""
    if given.is_ready:
        return InputImage(given, given.resized.pixels, f"input: {given.caption}")
    made, words = given.resized, "input after resizing"
    if given.styled is not None:
        is_styled = _is_styled().value
        made = given.styled if is_styled else given.resized
        words = "input after preprocessing" if is_styled else "input without preprocessing"
    return InputImage(given, made.pixels, f"{words}: {', '.join(made.steps)}" if made.steps else words)


def _is_styled() -> address.Shared[bool]:
    return address.flag("prepare", True)


def _help(given: Given) -> str:
    height, width, _ = given.resized.pixels.shape
    return (
        "MNIST's digits are white on black, all about as large, with their centre of mass in the middle. The "
        f"model knows no other. Switched off, the picture is only scaled to {height} × {width} pixels."
    )
