"""The errors of the three ways over test images: as they ship, and measured here for the mask in use."""

import time
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import streamlit as st

from vae import imputation, masks
from vae.checkpoint import CheckpointError
from vae.web import parts
from vae.web.recompute import EARLY, SLOTS, TURN_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from vae.explorer import Explorer

Request = tuple[str, str, int, str]  # model, mask, steps, data set
OWN = "impute.own"  # session: the last measurement on the page, with what it is of
FEWEST, MOST, IMAGES = 100, 2000, 300
UNIT = "per hidden pixel"
COUNT_HELP = "How many test images, the first ones. More take longer and give a smaller standard error."
HEADER = (
    parts.Fact("Hidden pixels"),
    parts.Fact("Images", unit="test"),
    parts.Fact("One pass", unit=UNIT, help="Hidden pixels black, encoded and decoded once."),
    parts.Fact(
        "Iterated",
        unit=UNIT,
        help="Encoded and decoded again and again, the visible pixels kept. It takes the means, no draws.",
    ),
    parts.Fact(
        "Sampled chain",
        unit=UNIT,
        help="The same with draws of z and x. The mean of what is decoded in the second half of the steps.",
    ),
    parts.Fact(
        "Iterating helps", unit="of the images", help="Share of images with a smaller error than one pass."
    ),
)


def show(explorer: "Explorer", images: "np.ndarray", dataset: str, hidden: masks.Mask, steps: int) -> None:
    """The table, and below it the way to measure the mask in use."""
    st.subheader("Error on the hidden pixels", anchor=False)
    table = st.container()
    request = (explorer.fingerprint, masks.to_text(hidden), steps, dataset)
    _offer(explorer, images, hidden, steps, request)
    with table:
        _show_table(explorer, steps, request)


def _show_table(explorer: "Explorer", steps: int, request: Request) -> None:
    """What ships with the model, what was measured on the page, and the command that measures all."""
    shipped = _shipped(explorer)
    own = st.session_state.get(OWN)
    rows = [row(words, found) for words, found in shipped.get("masks", {}).items()]
    if own and own[0] == request:
        rows.append(row("the mask above, measured here", own[1]))
    if rows:
        parts.table(HEADER, rows)
        st.caption(_words(shipped, steps, bool(own and own[0] == request)))
    if shipped:
        st.code(shipped["command"], language="bash")
    else:
        st.caption("No errors over the whole test set ship with this model; this command measures them.")
        st.code(f"python -m vae.imputation {explorer.name}", language="bash")


def _shipped(explorer: "Explorer") -> dict[str, Any]:
    """What ships with the model, empty where nothing does; a damaged file gets its sentence."""
    try:
        return imputation.shipped(explorer) or {}
    except CheckpointError as error:
        st.error(str(error))
        return {}


def row(words: str, found: dict[str, Any]) -> list[str]:
    """A row of the table: means ± standard errors."""
    ways = (found[way] for way in ("one_pass", "iterated", "chain"))
    errors = [f"{mean:.4f} ± {error:.4f}" for mean, error in ways]
    return [words, f"{found['images']:,}", *errors, f"{found['improved']:.0%}"]


def _words(shipped: dict[str, Any], steps: int, has_own: bool) -> str:
    """What the numbers are."""
    said = ["Mean squared error per hidden pixel ± standard error, grey levels in [0, 1], lower is better."]
    if shipped:
        said.append(
            f"Measured on {shipped['data']}, {shipped['steps']} steps, seed {shipped['seed']}, "
            "by the command below."
        )
    if has_own:
        said.append(f"Measured here: {steps} steps.")
    return " ".join(said)


def _offer(
    explorer: "Explorer",
    images: "np.ndarray",
    hidden: masks.Mask,
    steps: int,
    request: Request,
) -> None:
    """A button that measures the errors for the mask in use, with progress."""
    if not hidden.any():
        st.caption("No pixel is hidden, so there is no error to measure.")
        return
    most = min(MOST, len(images))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        count = st.slider(
            "Test images", min(FEWEST, most - 1), most, min(IMAGES, most), 20, width=230, help=COUNT_HELP
        )
        asked = st.button(
            "Measure the mask above",
            help="Restores so many test images in the three ways. Any other action on the page stops it.",
        )
    if asked:
        found = _measure(explorer, images[:count], hidden, steps)
        st.session_state[OWN] = (request, imputation.summary(found, hidden))


def _measure(explorer: "Explorer", images: "np.ndarray", hidden: masks.Mask, steps: int) -> imputation.Errors:
    """The errors of the three ways, the share done and the time left told meanwhile."""
    place = st.empty()
    with place.container():
        bar = st.progress(0.0, "Waiting for another computation on this machine")
        st.button("Stop", help="Ends the measurement; the table stays as it is.")
    with _turn(bar.progress):
        began = time.monotonic()

        def tell(share: float) -> None:
            left = (time.monotonic() - began) * (1 - share) / max(share, EARLY)
            bar.progress(share, f"{len(images):,} test images: {share:.0%}, {left:.0f} s left")

        found = imputation.errors(explorer, images, hidden, steps, on_progress=tell)
    place.empty()
    return found


@contextmanager
def _turn(tell: Callable[[float], object]) -> "Iterator[None]":
    """Wait until few enough computations run on this machine; `tell` lets Streamlit end the wait."""
    while not SLOTS.acquire(timeout=TURN_SECONDS):
        tell(0.0)
    try:
        yield
    finally:
        SLOTS.release()
