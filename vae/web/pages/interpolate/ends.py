"""The ends of a path: test images by class or number, the user's own image, or places dragged to on a plane.

Where the user has chosen an image, on any page, the path starts there until another start is chosen.
"""

from typing import Any, Literal

import numpy as np
import streamlit as st

from vae.explorer import Explorer
from vae.images.names import apart
from vae.web.kit import address, html, values
from vae.web.kit.address import Shared
from vae.web.pages.interpolate.path import End
from vae.web.selection import your_image
from vae.web.selection.given import InputImage
from vae.web.selection.sources import origin, upload

Name = Literal["start", "end"]

LETTERS: dict[Name, str] = {"start": "A", "end": "B"}  # on the handles
YOURS = "yours"  # in the address, for the user's image
DEFAULTS: dict[Name, int] = {"start": 0, "end": 7}  # the source's classes, and images without labels
SHORT = 2  # characters of class names for which a narrow menu is wide enough
MENU = 500  # files at most in a menu
DRAGGED = "dragged"
YOURS_HELP = "The image that you chose on another page; off, a test image by its number."
DRAGGED_HELP = " This end was dragged elsewhere: choose {what} to put it back on a test image."


def choose(explorer: Explorer) -> tuple[End, End]:
    """Widgets for both ends: two classes and, in a menu, which of their images; or two images."""
    if not explorer.can("labels"):
        return _choose_number(explorer, "start"), _choose_number(explorer, "end")
    start, end = _choose_class(explorer, "start"), _choose_class(explorer, "end")
    with st.popover("Images", help="Other test images of the two classes; at first it is the first of each."):
        return _choose_member(explorer, "start", start), _choose_member(explorer, "end", end)


def lead(explorer: Explorer, start: int, end: int) -> None:
    """Have the path lead from one test image to another, each the first of its class where there are any."""
    for name, image in zip(LETTERS, (start, end), strict=True):
        if explorer.can("labels"):
            _class_of(explorer, name).set(int(explorer.codes("test").known_labels[image]))
        else:
            _number_of(explorer, name).set(image)
    address.forget(*(f"{name}_{what}" for name in LETTERS for what in ("nth", "z")))


def _class_of(explorer: Explorer, name: Name) -> Shared[int | str]:
    """The class of an end, or YOURS."""
    classes, image = range(len(explorer.class_names or ())), your_image.followed(explorer)
    default = min(DEFAULTS[name], len(classes) - 1)
    if image is None:
        return address.choice(name, classes, default)
    return address.choice(name, (*classes, YOURS), YOURS if name == "start" else default)


def _choose_class(explorer: Explorer, name: Name) -> int | str:
    names, image, noun = explorer.class_names or (), your_image.followed(explorer), explorer.dataset.noun
    label, is_dragged = _class_of(explorer, name), _is_dragged(explorer, name)
    widget = label.widget()
    if is_dragged:
        st.session_state[widget["key"]] = None  # it is at no test image; choosing one leads back
    is_narrow = image is None and max(map(len, names)) <= SHORT
    st.selectbox(
        f"{LETTERS[name]}: {name} {noun}",
        [*range(len(names)), *([YOURS] if image else [])],
        format_func=lambda option: names[option] if isinstance(option, int) else _called(explorer, image),
        width=112 if is_narrow else 170,
        placeholder=DRAGGED,
        help=f"The path runs between the codes of two images. As {name} take a test image of a {noun}, or "
        "draw one or choose one on another page: it can then be chosen here."
        + DRAGGED_HELP.format(what=f"a {noun}")
        * is_dragged,
        **widget | {"on_change": address.then_forget(label.commit, f"{name}_nth", f"{name}_z")},
    )
    return label.value


def _called(explorer: Explorer, image: InputImage | None) -> str:
    """The user's image in words, an upload with its file's name."""
    if image is None or image.given.index is None:
        file = upload.file_name() if origin.source().value == "upload" else ""
        return f"your image, {file}" if file else "your image"
    return explorer.about(image.given.index)


def _yours(explorer: Explorer) -> End | None:
    """The user's image as an end, None where none was chosen."""
    image = your_image.followed(explorer)
    return (
        None if image is None else End(_called(explorer, image), your_image.posterior(explorer, image).mu[0])
    )


def _choose_member(explorer: Explorer, name: Name, label: int | str) -> End:
    yours = _yours(explorer)
    if not isinstance(label, int):
        assert yours is not None
        return _end(explorer, name, yours)
    codes, said = explorer.codes("test"), (explorer.class_names or ())[label]
    members = np.flatnonzero(codes.known_labels == label)
    if not len(members):
        st.info(f"There is no test image of {html.plain_markdown(said)}; the path begins at the origin.")
        return End(said, np.zeros(explorer.latent_dim, np.float32))
    nth = address.integer(f"{name}_nth", 1, 1, len(members))
    widget = nth.menu_widget(is_blank=_is_dragged(explorer, name))
    which = f"{LETTERS[name]}: which {html.plain_markdown(said)} of {len(members):,}"
    chosen = int(members[nth.value - 1])
    if codes.names is None:
        _number(which, 1, len(members), widget, name)
        return _end(explorer, name, End(said, codes.mu[chosen]))
    if len(members) > MENU:
        _number(which, 1, len(members), widget, name)
        st.caption(html.plain_markdown(codes.names[chosen]))
    else:
        _file(which, [codes.names[member] for member in members.tolist()], widget, name)
    return _end(explorer, name, End(f"{apart(said)}, {apart(codes.names[chosen])}", codes.mu[chosen]))


def _number_of(explorer: Explorer, name: Name) -> Shared[int]:
    """Which test image an end is."""
    last = len(explorer.codes("test")) - 1
    return address.integer(f"{name}_image", min(DEFAULTS[name], last), 0, last)


def _choose_number(explorer: Explorer, name: Name) -> End:
    mu, image, yours = explorer.codes("test").mu, _number_of(explorer, name), _yours(explorer)
    if yours is not None:
        is_yours = address.flag(f"{name}_{YOURS}", name == "start")
        forget = address.then_forget(is_yours.commit, f"{name}_z")
        st.toggle(
            f"{name.capitalize()} at {yours.name}",
            help=YOURS_HELP,
            **is_yours.widget() | {"on_change": forget},
        )
        if is_yours.value:
            return _end(explorer, name, yours)
    widget: dict[str, Any] = image.widget()
    if _is_dragged(explorer, name):
        st.session_state[widget["key"]] = None
    _number(f"{LETTERS[name]}: {name} image", 0, len(mu) - 1, widget, name, width=150)
    return _end(explorer, name, End(explorer.about(image.value).removeprefix("test "), mu[image.value]))


def _number(
    label: str,
    low: int,
    high: int,
    widget: dict[str, Any],
    name: Name,
    width: int | Literal["stretch"] = "stretch",
) -> None:
    st.number_input(
        label,
        low,
        high,
        None,
        width=width,
        placeholder=DRAGGED,
        help="Counted in the order of the test set.",
        **widget | {"on_change": address.then_forget(widget["on_change"], f"{name}_z")},
    )


def _file(label: str, files: list[str], widget: dict[str, Any], name: Name) -> None:
    """A menu of the images by their files, in the order of the test set; the value is the place, from 1."""
    st.selectbox(
        label,
        range(1, len(files) + 1),
        format_func=lambda nth: f"{nth}: {files[nth - 1].rpartition('/')[2]}",
        placeholder=DRAGGED,
        help="In the order of the test set. Type a part of the name to find it.",
        **widget | {"on_change": address.then_forget(widget["on_change"], f"{name}_z")},
    )


def _end(explorer: Explorer, name: Name, at_image: End) -> End:
    """The end at a test image's code, or where it was dragged on a latent plane."""
    if not _is_dragged(explorer, name):
        return at_image
    z = np.array(values.dragged_end(name).value, dtype=np.float32)
    if not explorer.can("labels"):
        return End(DRAGGED, z)
    return End((explorer.class_names or ())[explorer.read(z).classes[0]], z)


def _is_dragged(explorer: Explorer, name: Name) -> bool:
    """Whether an end of the path was dragged away from its test image, on a latent plane."""
    return explorer.can("plane") and values.dragged_end(name).value != ()
