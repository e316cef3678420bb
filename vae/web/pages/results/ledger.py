"""The ledger: what the source articles state and show on MNIST, beside ours, and its measurement anew."""

import json
from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from vae.analysis import classifier, imputation
from vae.analysis.adversarial import comparison
from vae.analysis.sources import ledger, lines, passed, row
from vae.analysis.studies import study
from vae.errors import Unusable
from vae.jobs.job import Job
from vae.model import catalogue
from vae.web.kit import html, job_panel, loaders, navigation

UNDER_WAY, OWN = "ledger.under_way", "ledger.own"  # session: the measurement, and the texts of its rows
MEASURE_HELP = (
    "Measures again all that needs no training, beside the page, which stays usable: the models' scores on "
    "the 10,000 test images, restored pixels, and paths. It takes minutes and can be stopped."
)


def show() -> None:
    """The ledger's tables, where the model that repeats an article's recipe is there."""
    if lines.RECIPE not in loaders.described():
        return
    st.header("MNIST, beside the source articles", anchor=False)
    st.markdown(
        "On the MNIST test images, nats per image, where a figure says nothing else; lower is better. Loss "
        "is nll + KL, reconstruction nll. An article's KL is its loss less its reconstruction."
    )
    done = job_panel.take(UNDER_WAY)
    if done is not None and done.result is not None:
        st.session_state[OWN] = json.loads(done.result)
    own: dict[str, list[list[str]]] | None = st.session_state.get(OWN)
    try:
        tables: Mapping[str, Sequence[Sequence[str]]] = own if own is not None else _ledger(_changed_ns())
    except Unusable as error:
        st.warning(str(error))
        return
    for number, (title, rows) in enumerate(tables.items(), start=1):
        st.markdown(f"**{title}**")
        with st.container(key=f"ledger-{number}", gap="xsmall"):
            _draw(rows)
    if own is not None:
        st.caption("Measured here just now, but for what only a training measures.")
    with st.container(horizontal=True, vertical_alignment="center"):
        if not job_panel.show(UNDER_WAY, "Measuring the ledger"):
            st.button("Measure again", on_click=_measure, help=MEASURE_HELP)
        st.page_link(
            navigation.page("how_it_works").file,
            label="All figures of the sources, and where each is shown",
            query_params={"step": "sources"},
        )


def _draw(rows: Sequence[Sequence[str]]) -> None:
    """A table whose last column numbers the commands, each of which stands below it once."""
    commands = list(dict.fromkeys(row[-1] for row in rows))
    numbers = {command: str(number) for number, command in enumerate(commands, start=1)}
    said = [at for at in range(len(row.HEADER)) if any(each[at] for each in rows)]
    cells = [[*_plain(each[:-1]), numbers[each[-1]]] for each in rows]
    html.table([html.Fact(row.HEADER[at]) for at in said], [[each[at] for at in said] for each in cells])
    shown = "".join(f"<li><code>{escape(command)}</code></li>" for command in _plain(commands))
    st.html(f'<ol class="vae-commands">{shown}</ol>')


def _measure() -> None:
    st.session_state[UNDER_WAY] = Job("ledger")


@st.cache_data(show_spinner=False, max_entries=2)
def _ledger(changed_ns: tuple[int, ...]) -> dict[str, list[tuple[str, ...]]]:
    """The texts of the ledger's lines; the times of the last changes make a new release a new key."""
    return {title: [line.cells() for line in lines] for title, lines in ledger.tables().items()}


def _changed_ns() -> tuple[int, ...]:
    """When the ledger's files last changed; a folder does when a file is put into it, which writing is."""
    written = classifier.PATH, comparison.PATH
    folders = (
        catalogue.MODELS,
        imputation.FOLDER,
        passed.FOLDER,
        study.FOLDER,
        *(each.parent for each in written),
    )
    return tuple(folder.stat().st_mtime_ns for folder in folders if folder.is_dir())


def _plain(cells: Sequence[str]) -> list[str]:
    """Texts without Markdown's marks of code."""
    return [cell.replace("`", "") for cell in cells]
