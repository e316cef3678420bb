"""What a study found, on the page: its numbers looked up once, its images in strips, and its command."""

from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st

from vae.analysis.studies import study as studies
from vae.analysis.studies.study import Name, Study
from vae.errors import Unusable
from vae.figures.drawing import Drawing
from vae.images.export import data_uri, png
from vae.web.live import play


def look_up(name: Name) -> Study | None:
    """The study of that name; None after a sentence in its place that says why not."""
    try:
        return _read(name)
    except Unusable as error:
        st.info(str(error))
        return None


@st.cache_resource(show_spinner=False)
def _read(name: Name) -> Study:
    return studies.read(name)


def played(chart: Drawing, key: str, frame_ms: int) -> None:
    """A chart whose frames, if any, are the steps of a training; the last one is shown at first."""
    names = [frame.name for frame in chart.frames]
    if names:
        play.show(key, "Play the training", names, "after step ", at=len(names) - 1, frame_ms=frame_ms)
    st.plotly_chart(chart, key=key, config={"displayModeBar": False})


def caption(study: Study, words: str) -> None:
    """Small words below a figure, and the command that repeats its numbers."""
    said = study.said
    st.caption(
        f"{words} Data: {said['data']}. Trained and measured by `{said['command']}`, seed {said['seed']}."
    )


def strips(rows: Sequence[tuple[str, np.ndarray]], label: str) -> None:
    """Rows of images (K, H, W, C), each with its name; a narrow window swipes them."""
    shown = "".join(_strip(name, images) for name, images in rows)
    group = f'<div class="vae-strips" tabindex="0" role="group" aria-label="{escape(label)}">'
    st.html(f"{group}<div>{shown}</div></div>")


def _strip(name: str, images: np.ndarray) -> str:
    words, source = escape(name), data_uri(png(np.concatenate(list(images), axis=1)))
    return f'<figure><figcaption>{words}</figcaption><img src="{source}" alt="{words}"></figure>'
