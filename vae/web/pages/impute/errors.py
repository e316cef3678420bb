"""The errors of the three ways over test images: as they ship, and measured here for the masks in use."""

import json
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from vae.analysis import imputation
from vae.errors import Unusable
from vae.explorer import Explorer
from vae.figures import CONFIG
from vae.figures.curves import error_by_steps
from vae.images import masks
from vae.images.dataset import ImageSet
from vae.jobs.job import Job
from vae.jobs.tasks import as_npy
from vae.web.kit import html, job_panel
from vae.web.kit.format import listed
from vae.web.pages.impute import hidden_pixels

UNDER_WAY, OWN = "impute.under_way.", "impute.own."  # session, by the model's fingerprint
FEWEST, MOST, IMAGES = 100, 2000, 300
UNIT = "per hidden pixel"
COUNT_HELP = "How many test images, the first ones. More take longer and give a smaller standard error."
HEADER = (
    html.Fact("Hidden pixels"),
    html.Fact("Images", unit="test"),
    html.Fact("One pass", unit=UNIT, help="Hidden pixels filled evenly, encoded and decoded once."),
    html.Fact(
        "Iterated",
        unit=UNIT,
        help="Encoded and decoded again and again, the visible pixels kept. It takes the means, no draws: "
        "it ends at a fixed point, which is not always where its error was smallest.",
    ),
    html.Fact(
        "Sampled chain",
        unit=UNIT,
        help="The same with draws of z and x. The mean of what is decoded in the second half of the steps, "
        "an estimate of E[x|visible pixels]. It takes many steps to come to rest: see the curve.",
    ),
    html.Fact(
        "Iterating helps", unit="of the images", help="Share of images with a smaller error than one pass."
    ),
)


class Request(NamedTuple):
    """What is measured: the mask as text, the steps, the data set of the images."""

    mask: str
    steps: int
    dataset: str


class Measurement(Job):
    """A measurement under way."""

    def __init__(self, model: str, images: np.ndarray, request: Request) -> None:
        """Start with images (N, H, W, C) in [0, 1]."""
        self.request, self.count = request, len(images)
        arguments = "errors", model, request.mask, str(request.steps)
        super().__init__(*arguments, given=as_npy(images))


def show(explorer: Explorer, items: ImageSet, dataset: str, hidden: masks.Mask, steps: int) -> None:
    """The table, and below it the way to measure the mask in use."""
    st.header("Error on the hidden pixels", anchor=False)
    _settle(explorer)
    _show_table(explorer, dataset)
    if not hidden.any():
        st.caption("No pixel is hidden, so there is no error to measure.")
        return
    key = UNDER_WAY + explorer.fingerprint
    job: Measurement | None = st.session_state.get(key)
    if not job_panel.show(key, f"Restoring {job.count:,} test images" if job else ""):
        _offer(explorer, items, Request(masks.to_text(hidden), steps, dataset))


def _show_table(explorer: Explorer, dataset: str) -> None:
    """What ships with the model, what was measured in this session, and the command that measures all."""
    shipped = _shipped(explorer)
    rows = [row(words, found) for words, found in shipped.get("masks", {}).items()]
    own: dict[Request, dict[str, Any]] = st.session_state.get(OWN + explorer.fingerprint, {})
    rows += [row(_name(each, explorer), found) for each, found in own.items() if each.dataset == dataset]
    if rows:
        html.table(HEADER, rows)
        st.caption(_words(shipped))
    if shipped:
        _show_curves(shipped)
    if shipped:
        st.code(shipped["command"], language="bash")
    else:
        st.caption("No errors over the whole test set ship with this model; this command measures them.")
        st.code(f"python -m vae.imputation {explorer.name}", language="bash")


def _show_curves(shipped: dict[str, Any]) -> None:
    """The errors of a shipped measurement along its steps, for each mask, side by side."""
    steps = imputation.counted(shipped["steps"])
    for place, (words, found) in zip(
        st.columns(len(shipped["masks"])), shipped["masks"].items(), strict=True
    ):
        with place:
            st.caption(f"**{html.plain_markdown(words)}**")
            fig = error_by_steps(steps, found["curve"], found["one_pass"][0])
            st.plotly_chart(fig, key=f"impute-curve-{words}", config=CONFIG | {"displayModeBar": False})
    st.caption(
        "Errors after so many steps. The chain's mean over the second half of its steps still falls when the "
        "iteration has stood still for long: compare the two at rest, not after twenty steps."
        + _last_doubling(shipped)
    )


def _last_doubling(shipped: dict[str, Any]) -> str:
    """How much the chain's errors still changed at the end, under each mask."""
    curves = [found["curve"].get("chain") for found in shipped["masks"].values()]
    changes = [f"{100 * (curve[-1] / curve[-2] - 1):+.1f}\u00a0%" for curve in curves if curve]
    if not changes:
        return ""
    return f" In the last doubling of the steps its errors changed by {listed(changes).replace('-', '−')}."


def _shipped(explorer: Explorer) -> dict[str, Any]:
    """What ships with the model, empty where nothing does; a damaged file gets its sentence."""
    try:
        return imputation.shipped(explorer) or {}
    except Unusable as error:
        st.warning(str(error))
        return {}


def row(words: str, found: dict[str, Any]) -> list[str]:
    """A row of the table: means ± standard errors, a dash for the chain of a model without a likelihood."""
    ways = (found.get(way) for way in imputation.WAYS)
    errors = ["–" if way is None else f"{way[0]:.4f} ± {way[1]:.4f}" for way in ways]
    return [words, f"{found['images']:,}", *errors, f"{found['improved']:.0%}"]


def _name(request: Request, explorer: Explorer) -> str:
    """What was measured here, in words."""
    spec = explorer.image_spec
    mask = hidden_pixels.name(masks.from_text(request.mask, spec), spec)
    return f"{mask}; {request.steps} step{'s' * (request.steps > 1)}, measured here"


def _words(shipped: dict[str, Any]) -> str:
    """What the numbers are."""
    said = "Mean squared error per hidden pixel ± standard error, levels in [0, 1], lower is better."
    if not shipped:
        return said
    return (
        f"{said} Measured on {shipped['data']}, {shipped['steps']} steps, seed {shipped['seed']}, by the "
        "command below."
    )


def _offer(explorer: Explorer, items: ImageSet, request: Request) -> None:
    """A button that measures the errors for the mask in use."""
    count = most = min(MOST, len(items))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        if most > FEWEST:
            count = st.slider("Test images", FEWEST, most, min(IMAGES, most), 20, width=230, help=COUNT_HELP)
        st.button(
            "Measure the mask above",
            on_click=_start,
            args=(explorer, items, count, request),
            help="Restores so many test images in the three ways, beside the page, which stays usable.",
        )


def _start(explorer: Explorer, items: ImageSet, count: int, request: Request) -> None:
    measurement = Measurement(explorer.name, items.floats(slice(count)), request)
    st.session_state[UNDER_WAY + explorer.fingerprint] = measurement


def _settle(explorer: Explorer) -> None:
    """Keep the result of a measurement that has ended, for the session."""
    job: Measurement | None = st.session_state.get(UNDER_WAY + explorer.fingerprint)
    done = job_panel.take(UNDER_WAY + explorer.fingerprint)
    if job is not None and done is not None and done.result is not None:
        own = st.session_state.setdefault(OWN + explorer.fingerprint, {})
        own[job.request] = json.loads(done.result)
