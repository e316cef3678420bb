"""Models, loaded once for all sessions: what is returned here is shared, so it is read and never changed."""

import streamlit as st

from vae import explorer as facade
from vae.errors import Unusable
from vae.explorer import Explorer
from vae.model import catalogue, codes
from vae.model.catalogue import Record, Role


def model_names() -> tuple[str, ...]:
    """Names of the released models in `assets/models`: the catalogue's in its order, then all others."""
    names = catalogue.released_names()
    return tuple(dict.fromkeys([name for name in catalogue.titled() if name in names] + list(names)))


def favoured(role: Role) -> tuple[str, ...]:
    """Names of the released models in a role, in its order."""
    names = model_names()
    return tuple(name for name in catalogue.favoured(role) if name in names)


def explorer(name: str) -> Explorer:
    """The explorer of a model, reopened when its file or its codes have changed.

    Raises:
        CheckpointError: if the file cannot be used.
        DataError: if the codes of its test images neither ship with it nor can be computed.
    """
    return _explorer(name, catalogue.changed_ns(catalogue.model_path(name)))


def open_model(name: str) -> Explorer | str:
    """The explorer of a model, or the sentence why it cannot be used."""
    try:
        return explorer(name)
    except Unusable as error:
        return str(error)


def describe(name: str) -> Record | str:
    """What a model says about itself, without opening it, or the sentence why it cannot be read."""
    try:
        return _record(name, catalogue.changed_ns(catalogue.model_path(name)))
    except Unusable as error:
        return str(error)


def title(name: str) -> str:
    """A model's name for people, without opening it; its name where it cannot be read."""
    found = describe(name)
    return found.title if isinstance(found, Record) else name


def described() -> dict[str, Record]:
    """What each released model says about itself; those that cannot be read are left out."""
    found = {name: describe(name) for name in model_names()}
    return {name: record for name, record in found.items() if isinstance(record, Record)}


def has_map(name: str, record: Record) -> bool:
    """Whether the model's codes can be shown in a plane without computing one."""
    if record.latent_dim == 2:
        return True
    return 2 in _embedded_dims(name, catalogue.changed_ns(catalogue.model_path(name)))


@st.cache_resource(show_spinner=False, max_entries=16)
def _explorer(name: str, changed_ns: tuple[int, ...]) -> Explorer:
    """The times of the files' last changes make a changed file a new key."""
    opened = facade.load(name)
    opened.codes()  # read now, so that a page meets no damaged file later
    return opened


@st.cache_resource(show_spinner=False, max_entries=256)
def _record(name: str, changed_ns: tuple[int, ...]) -> Record:
    return catalogue.describe(catalogue.model_path(name))


@st.cache_resource(show_spinner=False, max_entries=256)
def _embedded_dims(name: str, changed_ns: tuple[int, ...]) -> tuple[int, ...]:
    return codes.embedded_dims(catalogue.codes_path(catalogue.model_path(name)))
