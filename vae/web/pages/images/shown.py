"""The set that is shown: its images with the names of their files, its report, the way on and the way out."""

from contextlib import suppress
from html import escape

import streamlit as st

from vae.errors import Unusable
from vae.images import sets
from vae.images.dataset import ImageSet
from vae.images.export import data_uri, png
from vae.images.own import manifest, reading
from vae.images.own.manifest import REPORT, OwnImagesError
from vae.logbook import folder
from vae.logbook.folder import ALIVE
from vae.web.kit import address, datasets, frame, html, loaders, navigation
from vae.web.pages.images import form, numbers, under_way

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
REMOVE_HELP = "Takes the set from the disk and from every menu. Your own files stay as they are."


def show() -> None:
    """The images of the chosen set beside its numbers; at first of the user's newest."""
    own = manifest.names()
    default = max(own, key=manifest.version, default=EXAMPLE)
    names = [*own, *(name for name in sets.names() if name not in own and sets.available(name))]
    chosen = address.choice("data", names, default)
    if (done := st.session_state.pop(under_way.DONE, "")) in own:
        chosen.set(done)
    with st.container(key="controls-images", horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.selectbox("Data set", names, help=SET_HELP, width=260, **chosen.widget())
        _offer(chosen.value)
    picture, side = frame.columns()
    with picture, st.container(key="images-sheet"):
        test = datasets.images(chosen.value)  # says what is wrong with a set that is damaged
        if test is not None:
            _draw(chosen.value, test)
    with side:
        if test is not None:
            numbers.show(chosen.value, test)
        with st.expander("What is read", expanded=not own):
            st.markdown(WHAT_IS_READ)


def _offer(name: str) -> None:
    """The way on and, of the user's own, the report and the way out."""
    is_own = manifest.exists(name)
    if sets.available(name, "train") and st.button(
        "Train with it", type="primary" if is_own else "secondary", help=TRAIN_HELP
    ):
        st.switch_page(navigation.page("train").file, query_params={"data": name})
    if not is_own:
        return
    path = manifest.folder(name) / REPORT
    if path.is_file():
        html.download("Report", path.read_bytes, f"{name}-{REPORT}", "text/csv", help=numbers.REPORT_HELP)
    with st.popover("Remove", key=f"remove-{name}", help=REMOVE_HELP):  # of the next set it is closed
        st.markdown(html.plain_markdown(_lost(name)))
        st.button("Remove the data set", on_click=_remove, args=(name,))


def _lost(name: str) -> str:
    """What goes with a set, and what stays without it."""
    models = [model for model, record in loaders.described().items() if record.dataset.name == name]
    trainings = [book.name for book in folder.trained_on(name) if book.state not in ("done", *ALIVE)]
    said = [REMOVE_HELP, "Nothing brings it back but reading them again."]
    if models:
        said.append(f"Models trained on it stay, without their original images: {', '.join(models)}.")
    if trainings:
        said.append(f"Trainings on it that are not done cannot go on: {', '.join(trainings)}.")
    return " ".join(said)


def _remove(name: str) -> None:
    """Take the set away, unless a training needs it; why not is said at the form."""
    needed = [book.name for book in folder.trained_on(name) if book.state in ALIVE]
    try:
        if needed:
            raise OwnImagesError(f"{needed[0]} is being trained on {name}; stop it first.")
        reading.remove(name)
    except Unusable as error:
        st.session_state[form.FAULT] = str(error)
        return
    address.forget("data")


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
