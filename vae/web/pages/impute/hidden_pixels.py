"""The choice of the pixels to hide: the source's block, rows, pixels at random, or what a brush painted."""

import numpy as np
import streamlit as st

from vae.images import masks
from vae.web.kit import address
from vae.web.pages.impute import brush

KINDS = {"block": "Block", "rows": "Rows", "random": "Random", "brush": "Brush"}
PAD = "impute.brush"
LAST_ROW = 27
HALF = (14, LAST_ROW)

KIND_HELP = (
    "Which pixels are hidden. Block: the source article's, pixels 300 to 399 counted row by row. "
    "Brush: paint them yourself."
)
ROWS_HELP = "First and last hidden row, counted from 0 at the top."
SHARE_HELP = "Share of the pixels that are hidden, drawn at random, the same ones in all images."


def choose() -> address.Shared[str]:
    """The widget for the kind of mask."""
    kind = address.choice("mask", tuple(KINDS), "block")
    st.segmented_control(
        "Hidden pixels",
        tuple(KINDS),
        format_func=lambda name: KINDS[name],
        required=True,
        help=KIND_HELP,
        **kind.widget(),
    )
    return kind


def mask(kind: str) -> masks.Mask:
    """Draw the widgets that this kind of mask needs, and return the mask (28, 28)."""
    if kind == "rows":
        return _rows()
    if kind == "random":
        return _random()
    return _painted().value if kind == "brush" else masks.block()


def show_pad(image: np.ndarray) -> None:
    """The pad of the brush, over an image (28, 28) in [0, 1]."""
    painted = _painted()
    brush.pad(image, painted.value, PAD, painted.set)


def name(hidden: masks.Mask) -> str:
    """Which pixels a mask hides, as short as can be said."""
    if (hidden == masks.block()).all():
        return "the source's block"
    rows = np.flatnonzero(hidden.all(axis=1))
    if len(rows) and (hidden == masks.rows(rows[0], rows[-1])).all():
        return f"rows {rows[0]} to {rows[-1]}" if len(rows) > 1 else f"row {rows[0]}"
    return words(hidden)


def words(hidden: masks.Mask) -> str:
    """How many pixels are hidden."""
    count = int(hidden.sum())
    return f"{count} of {hidden.size} pixels hidden ({count / hidden.size:.0%})"


def _rows() -> masks.Mask:
    span = address.Shared("rows", HALF, _read_span, lambda ends: "-".join(map(str, ends))).look_up()
    st.slider("Hidden rows", 0, LAST_ROW, width=180, help=ROWS_HELP, **span.widget())
    return masks.rows(*span.value)


def _read_span(text: str) -> tuple[int, int]:
    ends = [int(part) for part in text.split("-") if part.isdecimal() and len(part) <= 2]
    if len(ends) != 2 or text.count("-") != 1 or not 0 <= ends[0] <= ends[1] <= LAST_ROW:
        raise ValueError(f"two rows from 0 to {LAST_ROW} with a hyphen between, the first one first")
    return ends[0], ends[1]


def _random() -> masks.Mask:
    share = address.integer("hidden_percent", 50, 5, 95)
    seed = address.integer("mask_seed", 0, 0, 9999)
    st.slider("Hidden share", 5, 95, step=5, format="%d %%", width=150, help=SHARE_HELP, **share.widget())
    st.button(
        "Other pixels",
        help="Draw other pixels to hide.",
        on_click=lambda: seed.set((seed.value + 1) % 10_000),
    )
    return masks.scattered(share.value / 100, seed.value)


def _painted() -> address.Shared[masks.Mask]:
    """The mask that the brush has painted so far, at first the source's block."""
    return address.Shared("painted", masks.block(), _read_mask, masks.to_text).look_up()


def _read_mask(text: str) -> masks.Mask:
    try:
        return masks.from_text(text)
    except ValueError:
        raise ValueError(f"a mask of {masks.DIGITS} hexadecimal digits") from None
