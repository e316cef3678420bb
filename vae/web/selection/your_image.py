"""The image that the user drew, uploaded or chose on any page: all pages know it, until it is let go.

`current` is the image, `followed` the same as the encoder gets it, `posterior` where it lies. Its picture
stands beside the model picker.
"""

from html import escape

import streamlit as st

from vae.explorer import Explorer
from vae.images.export import data_uri, png
from vae.images.spec import Floats
from vae.latent import neighbours
from vae.model.posterior import Posterior
from vae.web.kit.words.glossary import around
from vae.web.selection import given
from vae.web.selection.given import Given, InputImage
from vae.web.selection.sources import drawing, origin, strange_image, test_image, upload

PLACE = "your_image.place"  # session: where its picture is
LET_GO_HELP = "Let this image go: every page shows its own examples again."
NOT_LINKED = " It is too large for an address: a link to this page does not carry it."


def current(explorer: Explorer) -> Given | None:
    """The image, prepared for the model's data set; None if none was chosen, or there is no ink in it.

    A test image of the data set has its index, an image of the user's own has none.
    """
    kind, dataset = origin.source().value, explorer.dataset
    if kind == "example":
        return test_image.chosen(dataset)
    take = {"strange": strange_image.take, "upload": upload.take, "draw": drawing.take}[kind]
    found = take(dataset)
    return found if found is not None and found.has_ink else None


def followed(explorer: Explorer) -> InputImage | None:
    """The image as the encoder gets it, with its caption; None without one."""
    found = current(explorer)
    return None if found is None else given.prepared(found)


def own(explorer: Explorer) -> InputImage | None:
    """As `followed`, but None for a test image, which the maps show in any case."""
    image = followed(explorer)
    return None if image is None or image.given.index is not None else image


def posterior(explorer: Explorer, image: InputImage) -> Posterior:
    """q(z|x) of one image: mu and sd are (1, D)."""
    return _encoded(explorer.fingerprint, image.pixels, explorer)


def nearest(explorer: Explorer, image: InputImage) -> int:
    """The test image with the nearest code: the image's place on a map that has none for new images."""
    if image.given.index is not None:
        return image.given.index
    return int(neighbours.closest(explorer.codes("test").mu, posterior(explorer, image).mu)[0])


def show(explorer: Explorer) -> None:
    """Its small picture beside the model picker, and a button to let it go; nothing while there is none.

    The place is kept: a fragment in which another image is chosen calls `show_again`.
    """
    st.session_state[PLACE] = st.empty()
    show_again(explorer)
    st.button("Let go", key="let-go", on_click=let_go, help=LET_GO_HELP)


def show_again(explorer: Explorer) -> None:
    """Its picture as it is now, in the place beside the model picker."""
    image, place = followed(explorer), st.session_state.get(PLACE)
    if place is None:
        return
    if image is None:
        place.empty()
        return
    words = f"Your image: {image.given.caption}.{_unlinked()}"
    picture = f'<img src="{data_uri(png(image.pixels))}" alt="{escape(words)}">'
    place.html(around(picture, words, "your-image"))


def let_go() -> None:
    """Forget the image on all pages."""
    origin.let_go()
    upload.forget()


def _unlinked() -> str:
    return NOT_LINKED if origin.source().value == "upload" and not upload.is_linked() else ""


@st.cache_resource(show_spinner=False, max_entries=64)
def _encoded(fingerprint: str, pixels: Floats, _explorer: Explorer) -> Posterior:
    return _explorer.encode(pixels[None])
