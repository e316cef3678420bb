"""Which training is shown, how it stands, and what can be done about it."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from vae.errors import Unusable
from vae.jobs import durable
from vae.logbook import folder, recipes, turn
from vae.logbook.folder import ALIVE, Beat, Logbook, State
from vae.model import catalogue
from vae.web.kit import address, html, loaders
from vae.web.pages.train import picture
from vae.web.selection import removal

POLL_SECONDS = 1.0
RUN_HELP = "All trainings on this machine, the newest first. Each has an address of its own."
PAUSE_HELP = "Ends the process now. The epoch that it is in is begun again at Resume."
STOP_HELP = "Ends it now; the model of the last whole epoch joins the list of every page."
RESUME_HELP = "Goes on from the last whole epoch, as if it had never been interrupted."
REMOVE_HELP = "Takes the training and its epochs from the disk. A model that came of it stays."
DOING: dict[State, str] = {  # while no speed is known
    "starting": "Starting",
    "waiting": "Waiting",
    "training": "Training",
    "packing": "Measuring and packing the model",
}
WANTED = {"pause": "Pausing", "stop": "Stopping"}  # from the click on


def show() -> None:
    """The training that the address names, else the newest; a recorded one where there is none."""
    names = folder.names()
    if not names:
        picture.recorded()
        return
    run, name = address.choice("run", names, ""), chosen(names)
    row = st.container(horizontal=True, vertical_alignment="center", gap="medium", key="train-bar")
    with row:
        widget = run.widget()
        st.session_state[widget["key"]] = name
        st.selectbox("Training", names, width=260, label_visibility="collapsed", help=RUN_HELP, **widget)
    book = folder.Logbook(name)
    with row:
        (_watched if book.state in ALIVE else _settled)(book)
    picture.show(book)


def chosen(names: Sequence[str]) -> str:
    """Which of these trainings is shown: that of the address, else the newest; "" where there is none."""
    return address.choice("run", names, "").value or (names[0] if names else "")


@st.fragment(run_every=POLL_SECONDS)
def _watched(book: Logbook) -> None:
    """How a training under way stands."""
    state = book.state
    if state not in ALIVE:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="train-status"):
        beat = book.beat
        st.progress(beat.share if beat else 0.0, words(book, state, beat))
        if state != "packing":
            st.button("Pause", on_click=partial(book.want, "pause"), help=PAUSE_HELP)
            st.button("Stop", on_click=partial(book.want, "stop"), help=STOP_HELP)


def _settled(book: Logbook) -> None:
    """How a training ended, and the way on."""
    state = book.state
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="train-status"):
        with st.container(key="train-said"):
            st.markdown(html.plain_markdown(book.sentence))
        if book.name in loaders.model_names():
            st.page_link("pages/latent_map.py", label="Open on Latent map", query_params={"model": book.name})
        if state != "done":
            st.button("Resume", type="primary", on_click=durable.resume, args=(book,), help=RESUME_HELP)
        with st.popover("Remove", key=f"remove-{book.name}", help=REMOVE_HELP):  # of the next it is closed
            st.markdown(f"{REMOVE_HELP} Nothing brings the epochs back.")
            st.button("Remove it", on_click=_remove, args=(book,))
            if catalogue.is_own(book.name):
                st.divider()
                removal.show(book.name)


def words(book: Logbook, state: State, beat: Beat | None) -> str:
    """How far it is: epoch, speed, time left; or what it was asked to do."""
    if state != "packing" and (wanted := book.wanted):
        return WANTED[wanted]
    if state == "waiting":
        before = turn.place(book)
        others = f"{before} training{'s' * (before != 1)} before it"
        return f"Waiting: {others}" if before else "Waiting for its turn"
    if state != "training" or beat is None or not beat.rate:
        return DOING.get(state, "")
    epochs = book.setting("--epochs")
    found = f"Epoch {beat.epoch + 1} of {epochs} · {beat.rate:,.0f} images a second"
    left = seconds_left(book, beat)
    return found if left is None else f"{found} · {recipes.duration(left)} left"


def seconds_left(book: Logbook, beat: Beat) -> float | None:
    """From the share done and the images a second; None while nobody knows."""
    lines = book.progress
    if not beat.share or len(lines) < 2:
        return None
    took, epochs = lines[-1]["seconds"], lines[-1]["epoch"]
    total = int(book.setting("--epochs")) * took / epochs
    return max(1.0, total * (1 - beat.share))


def _remove(book: Logbook) -> None:
    try:
        book.remove()
    except Unusable as error:
        st.session_state["train.fault"] = str(error)
        return
    address.forget("run")
