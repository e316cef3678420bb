"""A picture of the user's: read once, when it arrives, and kept in the session.

Another page or another model leaves it where it is. A file that cannot be used takes the place of the upload
before it. The address holds what the model gets of it, if that is small enough: all that a link can carry.
"""

from dataclasses import dataclass, field

import streamlit as st
from PIL import Image

from vae.images import permalink, uploads
from vae.images.dataset import Dataset
from vae.web.kit import html
from vae.web.selection import given
from vae.web.selection.given import Given
from vae.web.selection.sources import origin

SUFFIXES = ["png", "jpg", "jpeg", "webp", "gif", "bmp"]
UPLOADER, UPLOAD, PROBLEM = "upload.file", "upload.picture", "upload.problem"  # keys
KEPT_SIDE = 2048  # pixels at most of what the session keeps of a picture
SHOWN_NAME = 32  # characters of a file's name
LINKED = "your picture"  # the caption of one that came with a link, which has no file's name
TERMS = "PNG, JPEG, WebP, GIF or BMP, at most 25 MB. It is shown to you alone and not stored."
REFUSED = (  # what the browser itself refuses never comes here: the style sheet shows this with its red line
    "This file cannot be used: please choose a PNG, JPEG, WebP, GIF or BMP image of at most 25 MB."
)


@dataclass(frozen=True)
class Kept:
    """An upload, and what was made of it so far.

    `made` is by the data set that it was made for; `texts` are those that the address held, empty where what
    was made is too large for it.
    """

    picture: Image.Image  # mode RGB
    name: str  # of the file, short
    caption: str
    notices: tuple[str, ...]
    made: dict[str, Given] = field(default_factory=dict)
    texts: set[str] = field(default_factory=set)

    def prepared(self, dataset: Dataset) -> Given:
        """The picture for models of a data set."""
        if dataset.name not in self.made:
            self.made[dataset.name] = given.from_picture(self.picture, self.caption, dataset, self.notices)
        return self.made[dataset.name]

    def text(self, dataset: Dataset) -> str:
        """What models of a data set get, as the address holds it; empty where that is too large."""
        made = self.prepared(dataset)
        text = permalink.to_text(given.prepared(made).pixels) if made.has_ink else None
        self.texts.add(text or "")
        return text or ""


def choose(dataset: Dataset) -> None:
    """The widget that takes a file."""
    st.file_uploader(
        "A picture",
        SUFFIXES,
        key=UPLOADER,
        on_change=_read,
        args=(dataset,),
        label_visibility="collapsed",
        max_upload_size=uploads.MAX_BYTES // 2**20,
    )


def show(dataset: Dataset) -> Given | None:
    """The last upload, if it could be used and has ink, with what there is to say about it."""
    st.html(f'<p class="source-refused" role="alert">{REFUSED}</p>')
    found = take(dataset)
    with st.container(key="upload-said"):
        if found is None:
            _ask(dataset)
            return None
        if found.has_ink:
            for notice in found.notices:
                st.info(notice)
            return found
        st.warning(no_ink(dataset))
        html.picture(found.picture, f"as given: {found.caption}", html.PICTURE)
    return None


def take(dataset: Dataset) -> Given | None:
    """The last upload for models of a data set, or what a link has carried of one; None if there is none."""
    text = origin.picture("upload")
    kept: Kept | None = st.session_state.get(UPLOAD)
    if kept is not None and text.value in kept.texts:
        text.set(kept.text(dataset))
        return kept.prepared(dataset)
    return given.from_text(text.value, LINKED, dataset) if text.value else None


def file_name() -> str:
    """The name of the upload's file; empty where it came with a link, which has none."""
    kept: Kept | None = st.session_state.get(UPLOAD)
    return kept.name if kept is not None and origin.picture("upload").value in kept.texts else ""


def forget() -> None:
    """Drop the upload, and what was wrong with a file."""
    for key in (UPLOAD, PROBLEM):
        st.session_state.pop(key, None)


def is_linked() -> bool:
    """Whether the address carries the upload."""
    return bool(origin.picture("upload").value)


def no_ink(dataset: Dataset) -> str:
    """Why a blank picture is not encoded."""
    return (
        "No ink was found in this picture, so there is nothing to encode: please take one of a single "
        f"{dataset.noun}, dark on plain light paper or light on dark, that fills a good part of it."
    )


def _ask(dataset: Dataset) -> None:
    """What is wanted, and what was wrong with the file that is there."""
    if st.session_state.get(UPLOADER) is not None and PROBLEM in st.session_state:
        st.error(st.session_state[PROBLEM])
    what = f"a photo or a scan of one {dataset.noun}" if dataset.drawable else "a picture"
    st.caption(f"Choose {what}: {TERMS}")


def _read(dataset: Dataset) -> None:
    """Read the file that arrived, or keep what is wrong with it; the picture before it goes in any case."""
    file = st.session_state[UPLOADER]
    forget()
    origin.follow("upload", "")
    if file is None:
        return
    try:
        read = uploads.read_upload(file.getvalue())
    except uploads.ImageError as error:
        st.session_state[PROBLEM] = str(error)
        return
    name = _short(file.name)
    caption = f"{name}, {read.image.width} × {read.image.height} pixels"
    picture = read.image.copy()
    picture.thumbnail((KEPT_SIDE, KEPT_SIDE))
    kept = st.session_state[UPLOAD] = Kept(picture, name, caption, read.notices)
    origin.follow("upload", kept.text(dataset))


def _short(name: str) -> str:
    """A file's name without what a reader would stumble over, at most SHOWN_NAME characters."""
    plain = "".join(character for character in name if character.isprintable())
    return plain if len(plain) <= SHOWN_NAME else f"{plain[:SHOWN_NAME]}…"
