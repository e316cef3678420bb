"""Test images of data sets, read once for all sessions."""

import streamlit as st

from vae.images import sets
from vae.images.dataset import ImageSet


def images(dataset: str) -> ImageSet | None:
    """The test images of a data set, None if they are not on this machine or damaged, which is then said."""
    if not sets.available(dataset):
        return None
    try:
        return _read(dataset)
    except sets.DataError as error:
        st.warning(str(error))
        return None


def examples(dataset: str) -> tuple[str, ImageSet]:
    """Test images to look at, with their set's name: `dataset`, else MNIST, whose images are always here."""
    found = images(dataset)
    return (dataset, found) if found is not None else ("mnist", _read("mnist"))


@st.cache_resource(show_spinner=False, max_entries=8)
def _read(dataset: str) -> ImageSet:
    return sets.load(dataset)
