"""Where the image of the user comes from, and which one it is. Both live in the address.

Each source has a value there that tells which image of it is meant. Only the source in use has its own in the
address; what the others had stays with the session, so that one can go back to them.
"""

import streamlit as st

from vae.images import permalink
from vae.web.kit import address, values
from vae.web.kit.address import KEPT, KEPT_FOR_MODEL, Shared

SOURCES = {"example": "Test image", "strange": "Strange image", "upload": "Upload", "draw": "Draw"}
NAMES = {"example": "image", "strange": "strange", "upload": "upload", "draw": "drawing"}  # in the address
DEFAULT = "example"
FIRST = "0"  # the default test image, which stays out of the address


def source() -> Shared[str]:
    """Where the image comes from, one of SOURCES."""
    return values.source(tuple(SOURCES))


def picture(kind: str) -> Shared[str]:
    """The text of an upload or a drawing, see `vae.images.permalink`; empty for none."""

    def parse(text: str) -> str:
        if text:
            permalink.from_text(text)
        return text

    return Shared(NAMES[kind], "", parse).look_up()


def turn_to(kind: str) -> None:
    """Use a source, with the image that it had."""
    st.session_state[KEPT + "source"] = kind
    address.write({"source": None if kind == DEFAULT else kind, **_without(kind)})


def follow(kind: str, text: str) -> None:
    """Follow an image of a source: the one that `text` says, in the address; empty for the source's default.

    It is what all pages follow then, and not the test image or the point before.
    """
    st.session_state[KEPT + "source"] = kind
    _keep(NAMES[kind], text)
    said = None if text in ("", FIRST) else text
    changes = _without(kind) | {NAMES[kind]: said, "source": None if kind == DEFAULT else kind}
    st.session_state.pop(KEPT_FOR_MODEL + "z", None)
    if kind != DEFAULT:
        _keep("image", "")
        changes["image"] = None
    address.write({**changes, "z": None})


def let_go() -> None:
    """Follow no image of the user's any more."""
    address.forget("source", *NAMES.values())


def _keep(name: str, text: str) -> None:
    """Keep a value with the session; an empty one is dropped."""
    if text:
        st.session_state[KEPT + name] = text
    else:
        st.session_state.pop(KEPT + name, None)


def _without(kind: str) -> dict[str, None]:
    """The values of the other sources leave the address; a test image may be followed beside a drawing."""
    return dict.fromkeys(name for each, name in NAMES.items() if each not in (kind, DEFAULT))
