"""The set that is shown: its images with the names of their files, its numbers, its report, the way on."""

from contextlib import suppress
from html import escape

import streamlit as st

from vae.images import sets
from vae.images.dataset import ImageSet
from vae.images.export import data_uri, png
from vae.images.own import manifest
from vae.images.own.manifest import REPORT
from vae.web.kit import address, datasets, frame, html, navigation
from vae.web.kit.html import Fact
from vae.web.pages.images import under_way

EXAMPLE = "emoji"  # is shown where there is no set of the user's own
NUMBERS = 1_300_000  # of all pixels of the images shown
MOST = 112  # images shown
SIDE = 64  # CSS pixels of one, about
WHAT_IS_READ = """
- **ZIP**, or a folder: PNG, JPEG, WebP, GIF and BMP; the folders are the classes, or a table in it has them
- **.npz, .npy**: images (N, H, W) or (N, H, W, C), their labels beside them
- **IDX**: as MNIST's files, packed or not, images and labels
- **CSV, Parquet**: a column of file names and one of labels; Parquet may hold the pictures

Grey or RGB, of any size. What cannot be used is left out, and the report says why.
"""
SET_HELP = "Yours come first, then those that ship. All pages that offer data sets have them."
TRAIN_HELP = "Opens Train with this set chosen."
REPORT_HELP = "A line for each file: used or left out, and why."
TEST_HELP = "About a tenth of the images, drawn at random and at most 10,000, is kept for testing."


def show() -> None:
    """The images of the chosen set beside its numbers; at first of the user's newest."""
    own = manifest.names()
    default = max(own, key=manifest.version, default=EXAMPLE)
    names = [*own, *(name for name in sets.names() if name not in own and sets.available(name))]
    chosen = address.choice("data", names, default)
    if (done := st.session_state.pop(under_way.DONE, "")) in own:
        chosen.set(done)
    picture, side = frame.columns()
    with picture, st.container(key="images-sheet"):
        test = datasets.images(chosen.value)  # says what is wrong with a set that is damaged
        if test is not None:
            _draw(chosen.value, test)
    with side:
        st.selectbox("Data set", names, help=SET_HELP, **chosen.widget())
        if test is not None:
            _tell(chosen.value, test)
        with st.expander("What is read", expanded=not own):
            st.markdown(WHAT_IS_READ)


def _tell(name: str, test: ImageSet) -> None:
    """The numbers of a set, the way on and, of the user's own, the report."""
    dataset, known = sets.dataset(name), manifest.read(name) if manifest.exists(name) else None
    classes = Fact("Classes", f"{len(dataset.class_names):,}" if dataset.class_names else "none")
    if known is None:
        html.facts(Fact("Test images", f"{len(test):,}"), Fact("Each", dataset.image_spec.words), classes)
        st.caption(dataset.licence)
    else:
        html.facts(
            Fact("Training images", f"{known.train:,}"),
            Fact("Test images", f"{known.test:,}", help=TEST_HELP),
            Fact("Each", dataset.image_spec.words),
            classes,
            Fact("Left out", f"{known.skipped:,}", help=REPORT_HELP),
            Fact("Read from", known.source),
        )
        for note in known.notes:
            st.caption(html.plain_markdown(note))
    with st.container(horizontal=True):
        if sets.available(name, "train") and st.button("Train with it", type="primary", help=TRAIN_HELP):
            st.switch_page(navigation.page("train").file, query_params={"data": name})
        if known is not None:
            path = manifest.folder(name) / REPORT
            html.download("Report", path.read_bytes, f"{name}-{REPORT}", "text/csv", help=REPORT_HELP)


def _draw(name: str, test: ImageSet) -> None:
    """Some of the images, each with its file and its class; of the user's own sets training images."""
    items, kind, class_names = test, "test", sets.dataset(name).class_names
    if manifest.exists(name):
        with suppress(sets.DataError):  # the test images stand in for damaged ones
            items, kind = sets.load(name, "train"), "training"
    wide = items.pixels.shape[2]
    count = min(len(items), MOST, NUMBERS // items.pixels[0].size)
    shown = []
    for at, image in enumerate(items.floats(slice(count))):
        named = f"image {at}" if items.names is None else items.names[at]
        label = "" if items.labels is None or class_names is None else f", {class_names[items.labels[at]]}"
        words = escape(f"{named}{label}")
        place = f'alt="{words}" title="{words}" width="{wide * max(1, round(SIDE / wide))}"'
        shown.append(f'<img src="{data_uri(png(image))}" {place}>')
    said = f"{count} of the {len(items):,} {kind} images. Point at one for the name of its file."
    inside = f'<div class="images-sheet">{"".join(shown)}</div><figcaption>{said}</figcaption>'
    st.html(f'<figure class="images-shown">{inside}</figure>')
