"""Samples of a model, drawn once for all sessions."""

import streamlit as st

from vae.analysis.noise import Samples, Settings, sample
from vae.explorer import Explorer


@st.cache_data(show_spinner=False, max_entries=8)  # of 25 MB at most
def kept(fingerprint: str, settings: Settings, _explorer: Explorer) -> Samples:
    """The samples of the model with that fingerprint, drawn once."""
    return sample(_explorer, settings)
