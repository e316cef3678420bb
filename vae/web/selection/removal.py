"""A model of the user's own is taken away, after it was said what is lost."""

import streamlit as st

from vae.errors import Unusable
from vae.model import catalogue
from vae.web.kit import address

LOST = (
    "Takes the model from the disk and from every menu, with its codes, its card and its examination. "
    "Nothing brings it back."
)


def show(name: str) -> None:
    """What is lost, and the button; to stand in a popover."""
    st.markdown(LOST)
    if st.button("Remove the model", key=f"remove-model-{name}"):
        try:
            catalogue.remove(name)
        except Unusable as error:
            st.error(str(error))
            return
        address.forget("model")
        st.rerun()
