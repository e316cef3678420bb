"""The choice of a picture of no data set, which no model here has learnt: a gallery to click."""

import streamlit as st

from vae.images import resize, strange
from vae.images.dataset import MNIST_SPEC, Dataset
from vae.images.spec import Floats
from vae.web.kit import address, html
from vae.web.selection import given
from vae.web.selection.given import Given
from vae.web.selection.sources import origin


def choose() -> None:
    """Small pictures to click."""
    shown = _chosen()
    with st.container(key="gallery", horizontal=True, gap="xxsmall", width="content"):
        for name in strange.NAMES:
            html.picture_button(
                _small(name),
                name,
                key=f"strange.{name}",
                is_chosen=name == shown,
                help=f"Follow this picture, {name}.",
                on_click=origin.follow,
                args=("strange", "" if name == strange.NAMES[0] else name),
            )


def take(dataset: Dataset) -> Given:
    """The chosen picture for models of a data set."""
    name = _chosen()
    return given.from_picture(strange.picture(name), name, dataset, has_style=False)


def _chosen() -> str:
    return address.choice("strange", strange.NAMES, strange.NAMES[0]).value


@st.cache_data(show_spinner=False, max_entries=len(strange.NAMES))
def _small(name: str) -> Floats:
    return resize.fit(strange.picture(name), MNIST_SPEC).pixels
