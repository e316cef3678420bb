"""Test images of data sets, read once for all sessions."""

import streamlit as st

from vae.images import sets
from vae.images.dataset import Dataset, ImageSet


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


def examples(dataset: Dataset) -> tuple[Dataset, ImageSet]:
    """As `find`; where there are none this is said, and the page ends there."""
    if (found := find(dataset)) is not None:
        return found
    st.info(f"The test images of {dataset.name} are not on this machine, and no others have their shape.")
    st.stop()


@st.cache_resource(show_spinner=False, max_entries=8)
def _read(name: str, version: int) -> ImageSet:
    return sets.load(name)
