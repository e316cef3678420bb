"""The choice of a test image: a gallery of small pictures to click, and the number of the image."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from vae.images import export, sets
from vae.images.dataset import Dataset, ImageSet
from vae.images.names import apart
from vae.web.kit import address, datasets, html, values
from vae.web.selection import given
from vae.web.selection.given import Given
from vae.web.selection.sources import origin

Ints = NDArray[np.int64]

GALLERY = 12  # pictures at most; of more classes a menu chooses some
CLASSES = "example.classes"  # session: the widget's value
CLASSES_HELP = "Which classes the pictures are of."


@dataclass(frozen=True)
class Examples:
    """The test images to choose from, and the one chosen."""

    dataset: Dataset
    items: ImageSet
    chosen: address.Shared[int]

    def caption(self, index: int) -> str:
        """An image in words, with its true class where it has one."""
        names, words = self.items.names, f"test image {index} of {self.dataset.name}"
        words = words if names is None else f"{words}, {apart(names[index])}"
        return words if self.items.labels is None else f"{words}, {self._phrase(index)}"

    @cached_property
    def members(self) -> list[Ints]:
        """Indices of the images of each class, ascending; without labels all are of one class."""
        labels = self.items.labels
        if labels is None:
            return [np.arange(len(self.items))]
        return [np.flatnonzero(labels == label) for label in range(len(self.dataset.class_names or ()))]

    @property
    def group(self) -> int:
        """The first of the classes whose pictures are in the gallery, the chosen image's among them."""
        return self._label - self._label % GALLERY

    def gallery(self) -> list[int]:
        """An image of each of some classes, the k-th of each; without labels images in their order.

        Among them is the chosen one.
        """
        if self.items.labels is None:
            first = self.chosen.value - self.chosen.value % GALLERY
            return list(range(first, min(first + GALLERY, len(self.items))))
        k = int(np.searchsorted(self.members[self._label], self.chosen.value))
        members = self.members[self.group : self.group + GALLERY]
        return [int(indices[k % len(indices)]) for indices in members if len(indices)]

    def after(self) -> int:
        """The image to choose for another gallery: the next of its class; without labels one further on."""
        indices = self.members[self._label]
        step = 1 if self.items.labels is not None else GALLERY
        return int(indices[(np.searchsorted(indices, self.chosen.value) + step) % len(indices)])

    def first_of(self, group: int) -> int:
        """The first image of a group of classes."""
        return int(next(indices[0] for indices in self.members[group:] if len(indices)))

    @property
    def _label(self) -> int:
        """The class of the chosen image, 0 without labels."""
        labels = self.items.labels
        return 0 if labels is None else int(labels[self.chosen.value])

    def _phrase(self, index: int) -> str:
        assert self.items.labels is not None
        return self.dataset.phrase(int(self.items.labels[index]))


def examples(dataset: Dataset, first: int = 0) -> Examples:
    """The test images of a data set, or of another one where they are not on this machine.

    `first` is the image that the page begins with, while none was chosen.
    """
    shown, items = datasets.examples(dataset)
    return Examples(shown, items, values.image(len(items), min(first, len(items) - 1)))


def chosen(dataset: Dataset) -> Given | None:
    """The test image that was chosen, for models of a data set; None if none was, or it is not here.

    A point z that was chosen since takes its place. Where the page has a choice of the images' data set, it
    is one of that; else no other set's image passes for one of the model's own.
    """
    is_passed = address.is_kept("z") and "image" not in address.said()
    if is_passed or not address.is_kept("image"):
        return None
    name = address.said().get("images", "")
    asked = sets.dataset(name) if name in sets.fitting(dataset.image_spec) else dataset
    found = datasets.find(asked)
    if found is None or found[0].name != asked.name:
        return None
    of, items = found
    return take(Examples(of, items, values.image(len(items))), dataset)


def choose(shown: Examples) -> None:
    """Small pictures to click, a button for other ones, and the number of the image."""
    if len(shown.members) > GALLERY:
        _choose_classes(shown)
    indices = shown.gallery()
    with st.container(key="gallery", horizontal=True, gap="xxsmall", width="content"):
        for slot, index in enumerate(indices):
            _picture_button(shown, index, slot)
    what = "next test images" if shown.items.labels is None else "next test image of each class"
    st.button(
        f"Another {len(indices)}",
        help=f"Show the {what}.",
        on_click=lambda: follow(shown.after()),
    )
    choose_number(shown.chosen, len(shown.items))


def choose_number(chosen: address.Shared[int], count: int) -> None:
    """The widget for the number of a test image, of `count`."""
    widget = chosen.widget()

    def commit() -> None:
        number = st.session_state[widget["key"]]
        if number is not None:
            follow(number)

    st.number_input(
        "Test image",
        0,
        count - 1,
        width=132,
        label_visibility="collapsed",
        help=f"Number of the test image, 0 to {count - 1:,}.",
        **widget | {"on_change": commit},
    )


def follow(index: int) -> None:
    """Follow a test image from now on, and no image of the user's own."""
    origin.follow("example", str(index))


def take(shown: Examples, dataset: Dataset) -> Given:
    """The chosen test image for a model of `dataset`; one of another set is prepared for it."""
    index = shown.chosen.value
    caption = shown.caption(index)
    if shown.dataset.name == dataset.name:
        return given.ready(shown.items.floats(index), caption, index)
    return given.from_picture(export.picture(shown.items.floats(index)), caption, dataset)


def _choose_classes(shown: Examples) -> None:
    """A menu of the classes, some at a time."""
    names = shown.dataset.class_names or ()
    st.session_state[CLASSES] = shown.group
    st.selectbox(
        "Classes",
        range(0, len(names), GALLERY),
        format_func=lambda first: f"{names[first]} to {names[min(first + GALLERY, len(names)) - 1]}",
        key=CLASSES,
        on_change=lambda: follow(shown.first_of(st.session_state[CLASSES])),
        label_visibility="collapsed",
        width=165,
        help=CLASSES_HELP,
    )


def _picture_button(shown: Examples, index: int, slot: int) -> None:
    """A button that is a picture; the chosen one's has the accent colour."""
    labels = shown.items.labels
    words = shown.caption(index)
    html.picture_button(
        shown.items.floats(index),
        words,
        key=f"example.{slot if labels is None else int(labels[index])}",
        is_chosen=index == shown.chosen.value and origin.source().value == origin.DEFAULT,
        help=f"Follow {words}.",
        on_click=follow,
        args=(index,),
    )
