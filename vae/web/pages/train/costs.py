"""What the recipes cost on this machine: measured once for each, a second of steps, and kept on the disk."""

import json
from collections.abc import Mapping

import streamlit as st

from vae import home
from vae.images import sets
from vae.images.dataset import Dataset
from vae.jobs.job import Job
from vae.logbook import folder, recipes
from vae.logbook.folder import ALIVE
from vae.logbook.recipes import Settings

FILE = "rates.json"
JOB = "train.rates."  # session, by the shape of the images: the measurement under way
SEEN = "train.seen"  # session: whether the page has been shown before


def rates() -> dict[str, float]:
    """Images a second by `recipes.key`, as far as they were measured here."""
    try:
        return dict(json.loads((home.folder("runs") / FILE).read_text()))
    except (OSError, ValueError):
        return {}


def seconds(settings: Settings, dataset: Dataset, known: Mapping[str, float]) -> float | None:
    """How long a training takes here, None while nobody knows."""
    rate = known.get(recipes.key(settings, dataset.image_spec))
    if rate is None:
        return None
    train, test = counts(dataset.name)
    return recipes.seconds(settings, rate, train, test)


def words(settings: Settings, dataset: Dataset, known: Mapping[str, float]) -> str:
    """The same for people; empty while nobody knows."""
    found = seconds(settings, dataset, known)
    return "" if found is None else f"about {recipes.duration(found)}"


def counts(dataset: str) -> tuple[int, int]:
    """Numbers of training and test images of a set."""
    return _counts(dataset, sets.version(dataset))


@st.cache_resource(show_spinner=False, max_entries=64)
def _counts(dataset: str, version: int) -> tuple[int, int]:
    train, test = (len(sets.load(dataset, split)) for split in ("train", "test"))
    return train, test


@st.fragment(run_every=1.0)
def measure(dataset: Dataset, wanted: list[Settings]) -> None:
    """Measure what is not known yet, beside the page, from its second run on; then the page runs again.

    Not while a training is under way: it would be slowed, and the measurement wrong.
    """
    key = JOB + dataset.name
    if _is_busy():
        st.session_state.pop(key, None)  # stops it
        st.caption("How long they take here is measured once no training is under way.")
        return
    job: Job | None = st.session_state.get(key)
    if job is not None:
        if not job.has_ended:
            st.caption(f"Measuring how fast this machine trains: {job.share:.0%}.")
            return
        del st.session_state[key]
        if job.result is not None:
            keep(json.loads(job.result))
        st.session_state[SEEN] = None  # a measurement that failed is not tried again at once
        st.rerun()
    if SEEN not in st.session_state:
        st.session_state[SEEN] = True
    elif st.session_state[SEEN]:
        st.session_state[key] = Job("rates", dataset.name, json.dumps([vars(each) for each in wanted]))
    st.caption("How long they take here is measured in a moment.")


def keep(found: Mapping[str, float]) -> None:
    """Keep what was measured, beside what is known."""
    place = home.folder("runs")
    place.mkdir(parents=True, exist_ok=True)
    folder.write_quickly(place / FILE, json.dumps({**rates(), **found}))


def _is_busy() -> bool:
    return any(book.state in ALIVE for book in folder.books())
