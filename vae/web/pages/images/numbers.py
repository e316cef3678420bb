"""The numbers of a set: its images, its classes, and why files were left out or are not as they were."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

import numpy as np
import streamlit as st

from vae.images import sets
from vae.images.dataset import ImageSet
from vae.images.own import manifest
from vae.images.own.manifest import REPORT
from vae.web.kit import html
from vae.web.kit.html import Fact

MOST = 12  # lines that are shown at once
REPORT_HELP = "A line for each file: used or left out, and why."
REMARKS_HELP = "They are in the set, but not quite as they were. The report names them."
TEST_HELP = "About a tenth of the images, drawn at random and at most 10,000, is kept for testing."
DETAIL = re.compile(r" \([^)]*\)")  # of one file in a reason that many share


def show(name: str, test: ImageSet) -> None:
    """Of the user's own sets how many images there are and what the report says; of all their classes."""
    dataset, classes = sets.dataset(name), _classes(name, sets.version(name))
    counted = Fact("Classes", f"{len(classes):,}" if classes else "none")
    if not manifest.exists(name):
        trained = sum(count for _, count in classes) - len(test)
        html.facts(
            *([Fact("Training images", f"{trained:,}")] if trained > 0 else []),
            Fact("Test images", f"{len(test):,}"),
            Fact("Each", dataset.image_spec.words),
        )
        _show("classes", counted, classes)
        st.caption(dataset.licence)
        return
    known = manifest.read(name)
    left_out, remarks = _reasons(name, manifest.version(name))
    html.facts(
        Fact("Training images", f"{known.train:,}"),
        Fact("Test images", f"{known.test:,}", help=TEST_HELP),
        Fact("Each", dataset.image_spec.words),
    )
    _show("left-out", Fact("Left out", f"{known.skipped:,}", help=REPORT_HELP), left_out)
    if remarks:
        used = sum(count for _, count in remarks)
        _show("remarks", Fact("Used, with a remark", f"{used:,}", help=REMARKS_HELP), remarks)
    _show("classes", counted, classes)
    for said in (f"Read from {known.source}.", *known.notes):
        st.caption(html.plain_markdown(said))


def _show(key: str, title: Fact, parts: Sequence[tuple[str, int]]) -> None:
    """A number and below it what it is made of, what is beyond a dozen folded away."""
    rows = [Fact(words, f"{count:,}") for words, count in parts]
    with st.container(gap=None):
        html.facts(title)
        with st.container(key=f"images-parts-{key}", gap=None):
            if rows:
                html.facts(*rows[:MOST])
            if len(rows) > MOST:
                with st.expander(f"{len(rows) - MOST} more"):
                    html.facts(*rows[MOST:])


@st.cache_resource(show_spinner=False, max_entries=16)
def _classes(name: str, version: int) -> list[tuple[str, int]]:
    """The names of the classes, each with how many images of the splits that are here are of it."""
    class_names = sets.dataset(name).class_names or ()
    counts = np.zeros(len(class_names), np.int64)
    for split in sets.SPLITS:
        with suppress(sets.DataError):  # it is not here, or said to be damaged where its images are shown
            labels = sets.load(name, split).labels if sets.available(name, split) else None
            counts += 0 if labels is None else np.bincount(labels, minlength=len(class_names))
    return list(zip(class_names, counts.tolist(), strict=True))


@st.cache_resource(show_spinner=False, max_entries=16)
def _reasons(name: str, version: int) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """Why files were left out, and what is to be known of those that were used, each with how many."""
    skipped: Counter[str] = Counter()
    used: Counter[str] = Counter()
    path = manifest.folder(name) / REPORT
    with suppress(OSError, csv.Error), path.open(encoding="utf-8", errors="replace", newline="") as file:
        for row in csv.reader(file):
            if len(row) == 3 and row[2]:
                (used if row[1] == "used" else skipped)[DETAIL.sub("", row[2])] += 1
    return skipped.most_common(), used.most_common()
