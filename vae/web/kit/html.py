"""Small parts of a page: images shown large and crisp, numbers with their units, buttons that come again.

Images are (H, W, C) in [0, 1], C 1 or 3.
"""

import re
from collections.abc import Callable, Sequence
from html import escape
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from vae.images.export import data_uri, png
from vae.web.kit import values
from vae.web.kit.address import Shared
from vae.web.kit.words.glossary import hint

WIDEST = 1000  # CSS pixels of a sheet's place in a wide window, about
PICTURE = 168  # CSS pixels of an image in a wide window


class Fact(NamedTuple):
    """A row of a list of numbers; `help` explains the label when it is pointed at or touched."""

    label: str
    value: str = ""
    unit: str = ""
    help: str = ""


Cell = str | Fact  # of a table


def plain_markdown(words: str) -> str:
    """Markdown that reads as these words, whatever stands in them."""
    return re.sub(r"([\\`*_{}\[\]<>()#+\-.!|~$:&@^=])", r"\\\1", " ".join(words.split()))


def picture_label(image: np.ndarray, words: str) -> str:
    """Label of a button that is a picture: an image, named by words."""
    return f"![{plain_markdown(words)}]({data_uri(png(image))})"


def picture_html(image: np.ndarray, caption: str, size: int = 196) -> str:
    """HTML of an image, `size` CSS pixels wide, pixels crisp, framed, the caption below."""
    words = escape(caption)
    return (
        f'<figure class="vae-picture" style="width:{size}px">'
        f'<img src="{data_uri(png(image))}" alt="{words}" width="{size}">'
        f"<figcaption>{words}</figcaption></figure>"
    )


def picture(image: np.ndarray, caption: str, size: int = 196) -> None:
    """Show an image, `size` CSS pixels wide; images that are compared get the same size."""
    st.html(picture_html(image, caption, size))


def pictures(*images: tuple[np.ndarray, str], size: int = 148) -> None:
    """Show several images with their captions side by side, wrapping on a narrow window."""
    shown = "".join(picture_html(image, caption, size) for image, caption in images)
    st.html(f'<div class="vae-pictures">{shown}</div>')


def sheet(image: np.ndarray, caption: str) -> None:
    """Show a large image, many small ones side by side, as wide as its place."""
    words = escape(caption)
    picture = f"{_wide_html(image, words)}<figcaption>{words}</figcaption>"
    st.html(f'<figure class="vae-picture">{picture}</figure>')


def bare_sheet(image: np.ndarray, words: str) -> None:
    """Show a large image as `sheet` does, without a caption: something lies over it."""
    st.html(f'<div class="vae-picture">{_wide_html(image, escape(words))}</div>')


def _wide_html(image: np.ndarray, words: str) -> str:
    """An image as wide as its place, kept while it loads; of a very wide one the pixels are averaged."""
    height, width = image.shape[:2]
    style = ' style="image-rendering:auto"' * (width > WIDEST)
    return f'<img src="{data_uri(png(image))}" alt="{words}" width="{width}" height="{height}"{style}>'


def animation(content: bytes, still: np.ndarray, caption: str) -> None:
    """Show an animated WebP, which `st.image` would freeze; where less motion is asked for, an image."""
    words = escape(caption)
    moving = f'<img class="moving" src="{data_uri(content, "image/webp")}" alt="{words}">'
    standing = f'<img class="still" src="{data_uri(png(still))}" alt="{words}">'
    st.html(f'<figure class="vae-picture">{moving}{standing}<figcaption>{words}</figcaption></figure>')


def facts(*rows: Fact) -> None:
    """Show numbers one below the other, digits aligned: label, value, unit."""
    st.html(f'<dl class="vae-facts">{"".join(map(_fact_html, rows))}</dl>')


def table(header: Sequence[Fact], rows: Sequence[Sequence[Cell]]) -> None:
    """Show a table of numbers, the first column words; of the header, label, unit and help are used."""
    st.html(table_html(header, rows))


def table_html(header: Sequence[Fact], rows: Sequence[Sequence[Cell]]) -> str:
    """HTML of such a table."""
    top = "".join(f"<th>{_label_html(fact)}<small>{escape(fact.unit)}</small></th>" for fact in header)
    body = "".join(f"<tr>{''.join(f'<td>{_cell_html(cell)}</td>' for cell in row)}</tr>" for row in rows)
    inside = f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="vae-table" role="group" aria-label="Table" tabindex="0">{inside}</div>'


def _cell_html(cell: Cell) -> str:
    """A text, or of a fact its value with the unit small behind it."""
    return escape(cell) if isinstance(cell, str) else _value_html(cell)


def _value_html(fact: Fact) -> str:
    return escape(fact.value) + (f" <small>{escape(fact.unit)}</small>" if fact.unit else "")


def _fact_html(fact: Fact) -> str:
    return f"<div><dt>{_label_html(fact)}</dt><dd>{_value_html(fact)}</dd></div>"


def _label_html(fact: Fact) -> str:
    """The label, with its explanation if it has one."""
    return hint(fact.label, fact.help) if fact.help else escape(fact.label)


def picture_button(
    image: np.ndarray,
    words: str,
    *,
    key: str,
    is_chosen: bool,
    help: str,
    on_click: Callable[..., None],
    args: tuple[Any, ...] = (),
) -> None:
    """A button that is a picture.

    Arguments:
        image: The picture.
        words: What it shows; text, whatever stands in it.
        key: The button's key.
        is_chosen: Whether it is the one that is followed, which has the accent colour.
        help: What a click does; text, too.
        on_click: What is called then,
        args: with these arguments.
    """
    st.button(
        picture_label(image, words),
        key=key,
        help=plain_markdown(help),
        type="primary" if is_chosen else "secondary",
        on_click=on_click,
        args=args,
    )


def next_seed_button(label: str, seed: Shared[int], help: str) -> None:
    """A button that goes on to the next seed; after the last one comes 0."""
    st.button(label, help=help, on_click=lambda: seed.set((seed.value + 1) % (values.LAST_SEED + 1)))


def download(
    label: str,
    make: Callable[[], bytes],
    file: str,
    mime: str,
    key: str | None = None,
    help: str = "Made when you ask for it.",
) -> None:
    """A button that downloads a file, which is made when it is asked for."""
    st.download_button(label, make, file, mime, key=key, on_click="ignore", help=help)
