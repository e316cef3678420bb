"""The image that a page follows: a test image, a strange one, an upload, or a drawing.

Without an upload, a drawing, or ink in it, nothing is followed.
"""

import streamlit as st

from vae.explorer import Explorer
from vae.images.dataset import Dataset, with_article
from vae.web.kit import values
from vae.web.selection import given, your_image
from vae.web.selection.given import InputImage
from vae.web.selection.sources import drawing, origin, strange_image, test_image, upload

SOURCE = "widget.source"  # key


def choose(
    explorer: Explorer,
    plane: str | None,
    tsne: bool = False,
    dataset: Dataset | None = None,
    first: int = 0,
) -> InputImage | None:
    """Draw the widgets that choose an image, and return the image; None, and why, if there is none.

    While it is drawn its posterior moves on the chart with the key `plane`: a latent plane, or the t-SNE map.
    The test images are those of `dataset`, by default of the model's own; the page begins with the `first`.
    """
    your_image.show_again(explorer)
    row = st.container(horizontal=True, key="source", vertical_alignment="center", gap="medium")
    with row:
        kind = _choose_source(explorer)
    if kind == "draw":
        found = drawing.draw(explorer, plane, tsne)
    elif kind == "strange":
        with row:
            strange_image.choose()
        found = strange_image.take(explorer.dataset)
    elif kind == "upload":
        with row:
            upload.choose(explorer.dataset)
        found = upload.show(explorer.dataset)
    else:
        examples = test_image.examples(dataset or explorer.dataset, first)
        with row:
            test_image.choose(examples)
        found = test_image.take(examples, explorer.dataset)
    if found is None:
        return None
    with row:
        return given.choose_preparation(found)


def choose_number(explorer: Explorer, count: int) -> int:
    """Draw the widgets that choose one of `count` test images by its number: their pixels are not here."""
    your_image.show_again(explorer)
    with st.container(horizontal=True, key="source", vertical_alignment="center", gap="medium"):
        _choose_source(explorer)
        chosen = values.image(count)
        test_image.choose_number(chosen, count)
    return chosen.value


def choose_test_image(explorer: Explorer) -> InputImage:
    """Draw the widgets that choose a test image; the user's own image is followed until one is chosen."""
    your_image.show_again(explorer)
    own = your_image.own(explorer)
    examples = test_image.examples(explorer.dataset)
    with st.container(horizontal=True, key="source", vertical_alignment="center", gap="small"):
        test_image.choose(examples)
        found = test_image.take(examples, explorer.dataset) if own is None else own.given
        return given.choose_preparation(found)


def source(explorer: Explorer) -> str:
    """Where the image comes from, one of `origin.SOURCES`: no drawing where there is none and can be none."""
    kind = origin.source().value
    has_pad = drawing.is_possible(explorer)
    is_void = kind == "draw" and not has_pad and drawing.take(explorer.dataset) is None
    return origin.DEFAULT if is_void else kind


def _choose_source(explorer: Explorer) -> str:
    kind = source(explorer)
    can_draw = drawing.is_possible(explorer)
    drawn = f", or {with_article(explorer.dataset.noun)} that you draw" if can_draw else ""
    st.session_state[SOURCE] = kind
    st.segmented_control(
        "Input",
        [each for each in origin.SOURCES if each != "draw" or can_draw or kind == "draw"],
        format_func=origin.SOURCES.__getitem__,
        required=True,
        key=SOURCE,
        on_change=lambda: origin.turn_to(st.session_state[SOURCE]),
        label_visibility="collapsed",
        help="Follow one of the test images, a picture of a kind that the model has never seen, "
        f"{'' if can_draw else 'or '}a picture of yours{drawn}.",
    )
    return kind
