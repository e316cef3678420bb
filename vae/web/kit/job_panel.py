"""A computation under way, on a page: how far it is, the time left, a stop; or why nothing came of it."""

from collections.abc import Callable
from weakref import WeakSet

import streamlit as st

from vae.jobs.job import Job

POLL_SECONDS = 0.5
STOP_HELP = "Ends the computation; what is shown stays as it is."


def take(key: str) -> Job | None:
    """The job that the session keeps under that key, if it has a result, which is handed out once."""
    job: Job | None = st.session_state.get(key)
    if job is None or job.result is None:
        return None
    del st.session_state[key]
    return job


def show(key: str, doing: str, advice: str = "", picture: Callable[[Job], object] | None = None) -> bool:
    """Whether the job under that key is under way, which is shown; one that failed says why.

    `doing` says in words what it computes, `advice` what to do where it failed. `picture` draws what it has
    found so far, again and again.
    """
    job: Job | None = st.session_state.get(key)
    if job is None:
        return False
    if not job.has_ended:
        _watch(key, doing, picture)
        return True
    if job.was_stopped:
        st.caption("Stopped; what is shown is from before.")
    elif job.was_refused:
        del st.session_state[key]  # said once: a place may be free by the next run of the page
        st.warning(job.error)
    else:
        st.error(f"The computation failed: {job.error} {advice}".strip())
    return False


@st.fragment(run_every=POLL_SECONDS)
def _watch(key: str, doing: str, picture: Callable[[Job], object] | None) -> None:
    job: Job = st.session_state[key]
    if job.has_ended:
        st.rerun()
    _watched().add(job)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.progress(job.share, f"{doing}: {job.status}")
        st.button("Stop", on_click=job.stop, help=STOP_HELP)
    if picture is not None:
        picture(job)


def _stop_all(jobs: WeakSet[Job]) -> None:
    for job in jobs:
        job.stop()


@st.cache_resource(scope="session", show_spinner=False, on_release=_stop_all)
def _watched() -> WeakSet[Job]:
    """The jobs that this tab has shown, stopped when it is closed or loaded anew.

    Streamlit keeps the session for minutes, and with it they would keep others waiting for a turn.
    """
    return WeakSet()
