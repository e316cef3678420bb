"""Strips of images below each other, and below each image what a classifier reads."""

from html import escape
from typing import NamedTuple

import numpy as np
import streamlit as st

from vae.analysis import classifier
from vae.analysis.classifier import Classifier
from vae.errors import Unusable
from vae.images.export import data_uri, png
from vae.web.live import cells
from vae.web.pages.impute.batch import Batch

COLUMNS = ".st-key-cells-strips {{ --columns: {} }}"
READING = "Below an image: what a classifier reads, in red where it reads the original otherwise."


class Strip(NamedTuple):
    """Images (B, H, W, C) beside each other; masked ones are not to be read."""

    name: str
    images: np.ndarray
    is_readable: bool = True


def show(strips: list[Strip], dataset: str, batch: Batch) -> bool:
    """Show the strips, the originals first; a click follows a column. Returns whether they are read."""
    reader = _reader(dataset)
    labels = [reader.labels(strip.images) if reader and strip.is_readable else None for strip in strips]
    figures = "".join(_figure(strip, read, labels[0]) for strip, read in zip(strips, labels, strict=True))
    count = len(batch.names)
    with st.container(key="strips", gap=None), st.container(key="cells-strips", gap=None):
        st.html(f'<style>{COLUMNS.format(count)}</style><div class="vae-strips">{figures}</div>')
        cells.choose(
            "choose-strips",
            columns=count,
            rows=1,
            labels=[f"Follow {name}" for name in batch.names],
            chosen=batch.column,
            name="Images to follow",
            on_choose=batch.choose,
        )
    return reader is not None


def _reader(dataset: str) -> Classifier | None:
    """The classifier of a data set's images, None where there is none; a damaged one is said to be so."""
    try:
        return classifier.load(dataset)
    except Unusable as error:
        st.warning(str(error))
        return None


def _figure(strip: Strip, read: np.ndarray | None, original: np.ndarray | None) -> str:
    name, source = escape(strip.name), data_uri(png(np.concatenate(list(strip.images), axis=1)))
    words = "" if read is None or original is None else f"<p>{_words(read, original)}</p>"
    return (
        f'<figure><figcaption>{name}</figcaption><div><img src="{source}" alt="{name}">{words}</div></figure>'
    )


def _words(read: np.ndarray, original: np.ndarray) -> str:
    """The classes (B,) as read, marked where the original reads otherwise."""
    tags = ["span" if same else "b" for same in read == original]
    return "".join(f"<{tag}>{label}</{tag}>" for tag, label in zip(tags, read, strict=True))
