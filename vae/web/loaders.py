"""Models, loaded once for all sessions: what is returned here is shared, so it is read and never changed.

Streamlit collects all garbage after every rerun, a tenth of a second with torch and plotly loaded. Freezing
what is in memory after a load takes it out of that walk: a rerun then costs 20 ms instead of 130 ms.
"""

import gc
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from vae.explorer import Explorer


FIRST = ("mnist-vae-2d", "mnist-vae-20d")  # in the choice of a model


def model_names() -> tuple[str, ...]:
    """Names of the released models in `assets/models`, our two main ones first."""
    from vae.checkpoint import released_names

    names = released_names()
    first = tuple(name for name in FIRST if name in names)
    return first + tuple(name for name in names if name not in first)


def explorer(name: str) -> "Explorer":
    """The explorer of a model, opened anew when its file or its codes have changed.

    Raises:
        CheckpointError: if the file cannot be used.
        DataError: if the codes of its test images neither ship with it nor can be computed.
    """
    from vae.checkpoint import changed_ns, model_path

    return _explorer(name, changed_ns(model_path(name)))


def open_model(name: str) -> "Explorer | str":
    """The explorer of a model, or the sentence why it cannot be used."""
    from vae.checkpoint import CheckpointError
    from vae.data import DataError

    try:
        return explorer(name)
    except (CheckpointError, DataError) as error:
        return str(error)


@st.cache_resource(show_spinner=False, max_entries=16)
def _explorer(name: str, changed_ns: tuple[int, ...]) -> "Explorer":
    """The times of the files' last changes make a changed file a new key."""
    from vae import explorer, figures  # noqa: F401 (plotly comes with figures and is to be frozen too)

    opened = explorer.load(name)
    opened.codes()  # read now, so that a page meets no damaged file later
    gc.collect()
    gc.freeze()
    return opened
