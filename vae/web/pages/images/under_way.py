"""The sets that are being read or were stopped: how far, the time left, a stop; why one failed."""

import streamlit as st

from vae.errors import Unusable
from vae.images.own import manifest, reading
from vae.images.own.manifest import REPORT
from vae.images.own.reading import Reading
from vae.jobs import reader
from vae.web.kit import html

LOOK_SECONDS = 0.5
DONE = "images.done"  # session: the set that was finished while the page looked on
STOP_HELP = "What was read is kept: it goes on from there."
GO_ON_HELP = "Reads on where it was stopped."
DISCARD_HELP = "Removes what was read of this set so far. The files themselves stay where they are."


def show() -> None:
    """A row for each; while one is read the rows are drawn anew again and again."""
    names = reading.names()
    with st.container(key="images-under-way"):
        if any(_is_alive(reading.look(name)) for name in names):
            _watch(names)
        else:
            for name in names:
                _row(name)


@st.fragment(run_every=LOOK_SECONDS)
def _watch(names: tuple[str, ...]) -> None:
    if done := [name for name in names if manifest.exists(name)]:
        st.session_state[DONE] = done[-1]
        st.rerun()
    if not any(_is_alive(reading.look(name)) for name in names):
        st.rerun()
    for name in names:
        _row(name)


def _is_alive(found: Reading | None) -> bool:
    return found is not None and found.state in ("reading", "mixing")


def _row(name: str) -> None:
    found = reading.look(name)
    if found is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key=f"reading-{name}"):
        if found.state == "failed":
            st.error(f"**{name}**: {html.plain_markdown(found.said)}")
            if found.likely is not None:
                black, white = found.likely
                st.button(
                    f"Yes: black is {black:g}, white {white:.4g}",
                    key=f"levels-{name}",
                    on_click=_go_on,
                    args=(name, found.likely),
                )
        else:
            st.progress(_share(found), _words(found))
            if found.state == "stopped":
                st.button("Go on", key=f"go-on-{name}", help=GO_ON_HELP, on_click=_go_on, args=(name,))
            else:
                st.button("Stop", key=f"stop-{name}", help=STOP_HELP, on_click=reading.stop, args=(name,))
        if not _is_alive(found):
            _offer_report(name)
            with st.popover("Discard", key=f"ask-{name}", help=DISCARD_HELP):
                st.markdown(DISCARD_HELP)
                st.button("Discard it", key=f"discard-{name}", on_click=reading.discard, args=(name,))


def _offer_report(name: str) -> None:
    path = reading.report(name)
    if path.is_file() and path.stat().st_size:
        html.download("Report", path.read_bytes, f"{name}-{REPORT}", "text/csv", key=f"report-{name}")


def _go_on(name: str, levels: tuple[float, float] | None = None) -> None:
    """Read on; with levels, by these."""
    try:
        task = reading.task(name)
        reader.begin(name, task if levels is None else task.with_levels(levels))
    except (Unusable, OSError) as error:
        reading.fail(name, str(error), None)


def _share(found: Reading) -> float:
    done = found.progress
    return 0.0 if done is None or not done.total else min(1.0, done.done / done.total)


def _words(found: Reading) -> str:
    """How far it is, for people."""
    done = found.progress
    if done is None:
        return f"**{found.name}**: " + ("stopped" if found.state == "stopped" else "looking at what there is")
    what = "all are read, put into random order " if done.stage == "mixing" else ""
    counted = f"**{found.name}**: {what}{done.done:,} of {done.total:,}"
    if found.state == "stopped":
        return f"{counted}, stopped"
    left = done.seconds_left
    if left is None:
        return counted
    minutes, seconds = divmod(round(left), 60)
    return f"{counted}, {f'{minutes} min ' if minutes else ''}{seconds} s left"
