"""The choice of the pixels to hide: rows, the source's block, pixels at random, or what a brush painted."""

import numpy as np
import streamlit as st

from vae.images import masks
from vae.images.spec import Floats, ImageSpec
from vae.web.kit import address, html, values
from vae.web.pages.impute import brush

KINDS = {"rows": "Rows", "block": "Block", "random": "Random", "brush": "Brush"}
PAD = "impute.brush"

BLOCK_HELP = "Block: the source article's, pixels 300 to 399 counted row by row. "
ROWS_HELP = "First and last hidden row, counted from 0 at the top."
SHARE_HELP = "Share of the pixels that are hidden, drawn at random, the same ones in all images."


def choose(spec: ImageSpec) -> address.Shared[str]:
    """The widget for the kind of mask; the source's block is one of its own images only."""
    kinds = tuple(each for each in KINDS if each != "block" or masks.has_block(spec))
    kind = address.choice("mask", kinds, kinds[0])
    block = BLOCK_HELP if masks.has_block(spec) else ""
    st.segmented_control(
        "Hidden pixels",
        kinds,
        format_func=lambda name: KINDS[name],
        required=True,
        help=f"Which pixels are hidden. {block}Brush: paint them yourself.",
        **kind.widget(),
    )
    return kind


def mask(kind: str, spec: ImageSpec) -> masks.Mask:
    """Draw the widgets that this kind of mask needs, and return the mask (H, W)."""
    if kind == "rows":
        return _rows(spec)
    if kind == "random":
        return _random(spec)
    return _painted(spec).value if kind == "brush" else masks.block()


def show_pad(image: Floats, spec: ImageSpec) -> None:
    """The pad of the brush, over an image (H, W, C) in [0, 1]."""
    painted = _painted(spec)
    brush.pad(image, spec, painted.value, PAD, painted.set)


def name(hidden: masks.Mask, spec: ImageSpec) -> str:
    """Which pixels a mask hides, as short as can be said."""
    if masks.has_block(spec) and (hidden == masks.block()).all():
        return "the source's block"
    rows = np.flatnonzero(hidden.all(axis=1))
    if len(rows) and (hidden == masks.rows(spec, rows[0], rows[-1])).all():
        return f"rows {rows[0]} to {rows[-1]}" if len(rows) > 1 else f"row {rows[0]}"
    return words(hidden)


def words(hidden: masks.Mask) -> str:
    """How many pixels are hidden."""
    count = int(hidden.sum())
    return f"{count:,} of {hidden.size:,} pixels hidden ({count / hidden.size:.0%})"


def _rows(spec: ImageSpec) -> masks.Mask:
    last_row = spec.height - 1

    def read(text: str) -> tuple[int, int]:
        ends = [int(part) for part in text.split("-") if part.isdecimal() and len(part) <= 3]
        if len(ends) != 2 or text.count("-") != 1 or not 0 <= ends[0] <= ends[1] <= last_row:
            raise ValueError(f"two rows from 0 to {last_row} with a hyphen between, the first one first")
        return ends[0], ends[1]

    half = (spec.height // 2, last_row)
    span = address.Shared("rows", half, read, lambda ends: "-".join(map(str, ends))).look_up()
    st.slider("Hidden rows", 0, last_row, width=180, help=ROWS_HELP, **span.widget())
    return masks.rows(spec, *span.value)


def _random(spec: ImageSpec) -> masks.Mask:
    share = address.integer("hidden_percent", 50, 5, 95)
    seed = address.integer("mask_seed", 0, 0, values.LAST_SEED)
    st.slider("Hidden share", 5, 95, step=5, format="%d %%", width=150, help=SHARE_HELP, **share.widget())
    html.next_seed_button("Other pixels", seed, "Draw other pixels to hide.")
    return masks.scattered(spec, share.value / 100, seed.value)


def _painted(spec: ImageSpec) -> address.Shared[masks.Mask]:
    """The mask that the brush has painted so far."""

    def read(text: str) -> masks.Mask:
        return masks.from_text(text, spec)

    return address.Shared("painted", masks.default(spec), read, masks.to_text).look_up()
