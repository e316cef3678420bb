"""Test images of data sets, read once for all sessions."""

import streamlit as st

from vae.images import sets
from vae.images.dataset import Dataset, ImageSet
from vae.web.kit import html


def images(name: str) -> ImageSet | None:
    """The test images of a data set, None if they are not on this machine or damaged, which is then said."""
    if not sets.available(name):
        return None
    try:
        return _read(name, sets.version(name))
    except sets.DataError as error:
        st.warning(str(error))
        return None


def find(dataset: Dataset) -> tuple[Dataset, ImageSet] | None:
    """Test images to look at, with their set: `dataset`, else one that ships with images of that shape."""
    for name in (dataset.name, *sets.fitting(dataset.image_spec)):
        if (found := images(name)) is not None:
            return (sets.dataset(name) if name in sets.names() else dataset), found
    return None


def absent(dataset: Dataset) -> str | None:
    """That a model's own images are not on this machine, and what stands in, in words; None if they are."""
    if sets.available(dataset.name):
        return None
    name, fetch, instead = html.plain_markdown(dataset.name), "", ""
    if dataset.name in sets.DATASETS:
        fetch = f" `python -m vae.data {dataset.name}` fetches them."
    if others := list(filter(sets.available, sets.fitting(dataset.image_spec))):
        instead = f" Where an image is needed to begin with, it is one of {html.plain_markdown(others[0])}."
    return (
        f"The images of {name}, which this model has learnt from, are not on this machine: their codes stand "
        f"without the originals.{instead}{fetch}"
    )


def examples(dataset: Dataset) -> tuple[Dataset, ImageSet]:
    """As `find`; where there are none this is said, and the page ends there."""
    if (found := find(dataset)) is not None:
        return found
    name = html.plain_markdown(dataset.name)
    st.info(f"No test images on this machine have the shape of those of {name}, and one is needed here.")
    st.stop()


@st.cache_resource(show_spinner=False, max_entries=8)
def _read(name: str, version: int) -> ImageSet:
    return sets.load(name)
