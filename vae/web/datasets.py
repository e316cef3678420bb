"""Images of data sets, read once for all sessions, and the offer to fetch a set that is not here."""

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from vae.data import LabelledImages

SIZES = {"mnist": "11 MB", "fashion-mnist": "30 MB", "kmnist": "21 MB"}


def images(dataset: str, split: str = "test") -> "LabelledImages | None":
    """The images of a data set, None if they are not on this machine or damaged, which is then said."""
    from vae import data

    if not data.available(dataset):
        return None
    try:
        return _read(dataset, split)
    except data.DataError as error:
        st.warning(str(error))
        return None


def examples(dataset: str) -> "tuple[str, LabelledImages]":
    """Test images to look at, with their set's name: `dataset`, else the digits that scikit-learn ships."""
    found = images(dataset)
    return (dataset, found) if found is not None else ("digits", _read("digits", "test"))


def offer_download(dataset: str) -> None:
    """Offer to fetch the data set if it is not on this machine; says so if there is no network."""
    from vae import data

    if data.available(dataset):
        return
    st.caption(f"The original {dataset} images are not on this machine. Everything else works without them.")
    size = f" ({SIZES[dataset]})" if dataset in SIZES else ""
    if st.button(f"Download {dataset}{size}", key=f"download.{dataset}"):
        _fetch(dataset)


def _fetch(dataset: str) -> None:
    from vae import data

    try:
        with st.spinner(f"Fetching {dataset}", show_time=True):
            data.load(dataset, download=True)
    except data.DataError as error:
        st.error(str(error))
        return
    st.rerun()


@st.cache_resource(show_spinner=False, max_entries=8)
def _read(dataset: str, split: str) -> "LabelledImages":
    from vae import data

    return data.load(dataset, split)
