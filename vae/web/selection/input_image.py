"""The image that Reconstruct follows: a test image, an upload, or a drawing.

An upload is read once, when it arrives, and kept in the session as arrays, a drawing as it came from the pad:
another page or another model leave both where they are. A file that cannot be used takes the place of the
upload before it, and without an upload, a drawing, or ink in it, nothing is followed.
"""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from PIL import Image

from vae.explorer import Explorer
from vae.images import uploads
from vae.images.sets import CLASS_NAMES, ImageSet
from vae.web import live
from vae.web.kit import address, datasets, html

KINDS = {"example": "Test image", "upload": "Upload", "draw": "Draw"}
SUFFIXES = ["png", "jpg", "jpeg", "webp", "gif", "bmp"]
UPLOAD, PROBLEM, DRAWING = "reconstruct.upload", "reconstruct.problem", "reconstruct.drawing"
UPLOADER, PAD = "reconstruct.uploader", "reconstruct.pad"
CLASSES = 10
SHOWN_SIDE = (
    392  # pixels at most of a picture as it was given: twice its size on the page, for dense displays
)
SHOWN_NAME = 32  # characters of a file's name

CHOOSE = (
    "Choose a photo or a scan of one digit: PNG, JPEG, WebP, GIF or BMP, at most 25 MB. "
    "It is shown to you alone and not stored."
)
REFUSED = (  # what the browser itself refuses never comes here: the style sheet shows this with its red line
    "This file cannot be used: please choose a PNG, JPEG, WebP, GIF or BMP image of at most 25 MB."
)
NO_INK = (
    "No ink was found in this picture, so there is nothing to encode: please take one of a single digit, "
    "dark on plain light paper or light on dark, that fills a good part of it."
)
PREPARE_HELP = (
    "MNIST's digits are white on black, fill a box of 20 × 20 pixels and have their centre of mass in the "
    "middle of 28 × 28 pixels. The model knows no other. Switched off, the picture is only scaled to 28 × 28."
)


@dataclass(frozen=True)
class Given:
    """A picture as it was given, and what can be made of it for the encoder."""

    picture: np.ndarray  # (H, W) in [0, 1], at most SHOWN_SIDE high and wide
    caption: str
    scaled: uploads.Preparation  # to 28 × 28 and nothing else
    prepared: uploads.Preparation | None = None  # as MNIST; None: it came in the form that the encoder knows
    notices: tuple[str, ...] = ()  # sentences for the user
    index: int | None = None  # of a test image of the model's own data set


@dataclass(frozen=True)
class Followed:
    """The image that is followed."""

    given: Given
    pixels: np.ndarray  # (28, 28) in [0, 1], the encoder's input
    caption: str  # what `pixels` are, with the steps that made them of the picture


@dataclass(frozen=True)
class Examples:
    """The test images to choose from, and the one chosen."""

    dataset: str
    items: ImageSet
    class_names: tuple[str, ...]
    chosen: address.Shared[int]

    def caption(self, index: int) -> str:
        """An image in words, with its true class."""
        return f"test image {index} of {self.dataset}, {_article(self.class_names[self.items.labels[index]])}"

    def members(self, label: int) -> np.ndarray:
        """Indices of the images of a class, ascending."""
        return np.flatnonzero(self.items.labels == label)

    def ten(self) -> list[int]:
        """One image of each class: the k-th of each, where the chosen image is the k-th of its own."""
        label = self.items.labels[self.chosen.value]
        k = int(np.searchsorted(self.members(label), self.chosen.value))
        members = [self.members(each) for each in range(CLASSES)]
        return [int(indices[k % len(indices)]) for indices in members if len(indices)]

    def next_of_its_class(self) -> int:
        """The image after the chosen one in its class; after the last, the first."""
        indices = self.members(self.items.labels[self.chosen.value])
        return int(indices[(np.searchsorted(indices, self.chosen.value) + 1) % len(indices)])


# Choosing ------------------------------------------------------------------------------------------------


def choose(
    explorer: Explorer, plane: str | None, tsne: bool = False, dataset: str | None = None
) -> Followed | None:
    """Draw the widgets that choose an image, and return the image; None, and why, if there is none.

    While it is drawn its posterior moves on the chart with the key `plane`: a latent plane, or the t-SNE map.
    The test images are those of `dataset`, of the model's own unless told.
    """
    examples = _examples(dataset or explorer.dataset)
    row = st.container(horizontal=True, key="source", vertical_alignment="center", gap="medium")
    with row:
        kind = _choose_kind()
        if kind == "example":
            _choose_example(examples)
        elif kind == "upload":
            _choose_upload()
    if kind == "draw":
        given = _draw(explorer, plane, tsne)
    else:
        given = _upload() if kind == "upload" else _example(examples, explorer)
    if given is None:
        return None
    with row:
        return _prepare(given)


def choose_number(count: int) -> int:
    """Draw the widgets that choose one of `count` test images by its number: their pixels are not here."""
    with st.container(horizontal=True, key="source", vertical_alignment="center", gap="medium"):
        _choose_kind()
        chosen = address.integer("image", 0, 0, count - 1)
        _number(chosen, count)
    return chosen.value


def choose_test_image(explorer: Explorer) -> Followed:
    """Draw the widgets that choose a test image, and return it."""
    examples = _examples(explorer.dataset)
    with st.container(horizontal=True, key="source", vertical_alignment="center", gap="small"):
        _choose_example(examples)
        return _prepare(_example(examples, explorer))


def class_names(dataset: str) -> tuple[str, ...]:
    """Names of the classes of a data set."""
    return CLASS_NAMES[dataset]


def _examples(dataset: str) -> Examples:
    name, items = datasets.examples(dataset)
    chosen = address.integer("image", 0, 0, len(items.labels) - 1)
    return Examples(name, items, class_names(name), chosen)


def _choose_kind() -> str:
    kind = address.choice("source", tuple(KINDS), "example")
    st.segmented_control(
        "Input",
        tuple(KINDS),
        format_func=lambda each: KINDS[each],
        required=True,
        label_visibility="collapsed",
        help="Follow one of the test images, a picture of yours, or a digit that you draw.",
        **kind.widget(),
    )
    return kind.value


def _choose_example(examples: Examples) -> None:
    """Ten small pictures to click, one of each class, and the number of the image."""
    with st.container(horizontal=True, key="gallery", gap="xxsmall", width="content"):
        for index in examples.ten():
            _example_button(examples, index)
    st.button(
        "Another ten",
        help="Show the next test image of each class.",
        on_click=lambda: examples.chosen.set(examples.next_of_its_class()),
    )
    _number(examples.chosen, len(examples.items.labels))


def _number(chosen: address.Shared[int], count: int) -> None:
    st.number_input(
        "Test image",
        0,
        count - 1,
        width=132,
        label_visibility="collapsed",
        help=f"Number of the test image, 0 to {count - 1:,}.",
        **chosen.widget(),
    )


def _example_button(examples: Examples, index: int) -> None:
    """A button that is a picture; the chosen one's has the accent colour."""
    words = examples.caption(index)
    st.button(
        html.picture_label(examples.items.floats(index), words),
        key=f"reconstruct.example.{examples.class_names[examples.items.labels[index]]}",
        help=html.plain_markdown(f"Follow {words}."),
        type="primary" if index == examples.chosen.value else "secondary",
        on_click=examples.chosen.set,
        args=(index,),
    )


def _choose_upload() -> None:
    st.file_uploader(
        "A picture of a digit",
        SUFFIXES,
        key=UPLOADER,
        on_change=_take_upload,
        label_visibility="collapsed",
    )


def _draw(explorer: Explorer, plane: str | None, tsne: bool) -> Given | None:
    """The pad, whose networks run in the browser and which keeps its strokes there; the drawing on it."""
    live.weights(explorer, encoder=True)
    places = live.places(explorer, "tsne", explorer.embedding(2)) if tsne else None
    held = DRAWING in st.session_state and live.drawing_of(PAD) is None
    drawn = live.draw(explorer, PAD, plot_key=plane, places=places, held=held, on_change=_forget_drawing)
    if drawn is not None:
        st.session_state[DRAWING] = _ready(drawn, "your drawing")
    given: Given | None = st.session_state.get(DRAWING)
    st.caption("Draw a digit on the black field. At the end of each stroke all below follows your drawing.")
    return given


# Taking in -----------------------------------------------------------------------------------------------


def _take_upload() -> None:
    """Read the file that arrived, or keep what is wrong with it; the picture before it goes in any case."""
    file = st.session_state[UPLOADER]
    for key in (UPLOAD, PROBLEM):
        st.session_state.pop(key, None)
    if file is None:
        return
    try:
        read = uploads.read_upload(file.getvalue())
        size = f"{read.image.width} × {read.image.height} pixels"
        st.session_state[UPLOAD] = _given(read.image, f"{_short(file.name)}, {size}", read.notices)
    except uploads.ImageError as error:
        st.session_state[PROBLEM] = str(error)


def _forget_drawing() -> None:
    """The pad has changed, perhaps to an empty one."""
    st.session_state.pop(DRAWING, None)


def _ready(pixels: np.ndarray, caption: str, index: int | None = None) -> Given:
    """An image (28, 28) in [0, 1] that is as the encoder knows images."""
    return Given(pixels, caption, uploads.Preparation(pixels, ()), index=index)


def _given(picture: Image.Image, caption: str, notices: tuple[str, ...] = ()) -> Given:
    """A grey picture (mode L) in all forms that the page needs."""
    shown = picture.copy()
    shown.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    return Given(
        picture=np.asarray(shown, dtype=np.float32) / 255,
        caption=caption,
        scaled=uploads.preparation(picture, mnist_style=False),
        prepared=uploads.preparation(picture),
        notices=notices,
    )


# What is followed ----------------------------------------------------------------------------------------


def _example(examples: Examples, explorer: Explorer) -> Given:
    """The chosen test image; one of another data set than the model's is to be prepared for it."""
    index = examples.chosen.value
    caption = examples.caption(index)
    if examples.dataset == explorer.dataset:
        return _ready(examples.items.floats(index), caption, index)
    return _given(Image.fromarray(examples.items.pixels[index]), caption)


def _upload() -> Given | None:
    """The last upload, if it could be used and has ink, with what there is to say about it."""
    st.html(f'<p class="source-refused" role="alert">{REFUSED}</p>')
    given: Given | None = st.session_state.get(UPLOAD)
    with st.container(key="upload-said"):
        if given is None:
            _ask_for_upload()
        elif given.prepared is None or given.prepared.has_ink:
            for notice in given.notices:
                st.info(notice)
            return given
        else:
            st.warning(NO_INK)
            html.picture(given.picture, f"as given: {given.caption}", html.PICTURE)
    return None


def _ask_for_upload() -> None:
    """What is wanted, and what was wrong with the file that is there."""
    is_there = st.session_state[UPLOADER] is not None
    if is_there and PROBLEM in st.session_state:
        st.error(st.session_state[PROBLEM])
    st.caption(CHOOSE)


def _prepare(given: Given) -> Followed:
    """The image with the preparation that the switch asks for; where none is needed there is no switch."""
    if given.prepared is None:
        return Followed(given, given.scaled.pixels, f"input: {given.caption}")
    prepare = address.flag("prepare", True)
    st.toggle("Prepare as MNIST", help=PREPARE_HELP, **prepare.widget())
    made = given.prepared if prepare.value else given.scaled
    words = "input after preprocessing" if prepare.value else "input without preprocessing"
    return Followed(given, made.pixels, f"{words}: {', '.join(made.steps)}" if made.steps else words)


def _short(name: str) -> str:
    """A file's name without what a reader would stumble over, at most SHOWN_NAME characters."""
    plain = "".join(character for character in name if character.isprintable())
    return plain if len(plain) <= SHOWN_NAME else f"{plain[:SHOWN_NAME]}…"


def _article(name: str) -> str:
    """A class in words: a 4, an 8, an Ankle boot."""
    return f"{'an' if name[:1].lower() in tuple('aeio8') else 'a'} {name}"
