"""The ends of a path: test images chosen by their class, by their number, or dragged elsewhere on a plane."""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import streamlit as st

from vae.explorer import Explorer
from vae.web.kit import address, html, values
from vae.web.kit.address import Shared
from vae.web.pages.interpolate.path import End, Floats

Name = Literal["start", "end"]

DEFAULTS: dict[Name, int] = {"start": 0, "end": 7}  # the source's classes, and images without labels
MOVED = 1e-3  # prior standard deviations, at least, of an end that was dragged
SHORT = 2  # characters of class names for which a narrow menu is wide enough
DRAGGED = "dragged"
DRAGGED_HELP = " This end was dragged elsewhere: choose {what} to put it back on a test image."


def choose(explorer: Explorer) -> tuple[End, End]:
    """Widgets for both ends: two classes and, in a menu, which of their images; or two images."""
    if not explorer.can("labels"):
        return _choose_number(explorer, "start"), _choose_number(explorer, "end")
    start, end = _choose_class(explorer, "start"), _choose_class(explorer, "end")
    with st.popover("Images", help="Other test images of the two classes; at first it is the first of each."):
        return _choose_member(explorer, "start", start), _choose_member(explorer, "end", end)


def take_dragged(name: Name, before: Floats, after: Floats) -> None:
    """Go on with an end (2,) that may have been dragged elsewhere on a latent plane."""
    if abs(after - before).max() > MOVED:
        _dragged_to(name).set(after.tolist())


def _choose_class(explorer: Explorer, name: Name) -> int:
    names = explorer.class_names or ()
    label = values.end_class(name, DEFAULTS[name], len(names))
    is_dragged = _is_dragged(explorer, name)
    widget = label.widget()
    if is_dragged:
        st.session_state[widget["key"]] = None  # it is at no test image; choosing one leads back
    st.selectbox(
        f"{name.capitalize()} {explorer.dataset.noun}",
        range(len(names)),
        format_func=names.__getitem__,
        width=110 if max(map(len, names)) <= SHORT else 190,
        placeholder=DRAGGED,
        help="The path runs between the codes of two test images, one of each class."
        + DRAGGED_HELP.format(what=f"a {explorer.dataset.noun}") * is_dragged,
        **widget | {"on_change": _then_forget(label.commit, f"{name}_nth", f"{name}_z")},
    )
    return label.value


def _choose_member(explorer: Explorer, name: Name, label: int) -> End:
    codes, said = explorer.codes("test"), (explorer.class_names or ())[label]
    members = np.flatnonzero(codes.known_labels == label)
    if not len(members):
        st.info(f"There is no test image of {html.plain_markdown(said)}; the path begins at the origin.")
        return End(said, np.zeros(explorer.latent_dim, np.float32), label)
    nth = address.integer(f"{name}_nth", 1, 1, len(members))
    widget = nth.menu_widget(is_blank=_is_dragged(explorer, name))
    which = f"{name.capitalize()}: which {html.plain_markdown(said)} of {len(members):,}"
    _number(which, 1, len(members), widget, name)
    return _end(explorer, name, End(said, codes.mu[members[nth.value - 1]], label))


def _choose_number(explorer: Explorer, name: Name) -> End:
    mu = explorer.codes("test").mu
    image = address.integer(f"{name}_image", min(DEFAULTS[name], len(mu) - 1), 0, len(mu) - 1)
    widget: dict[str, Any] = image.widget()
    if _is_dragged(explorer, name):
        st.session_state[widget["key"]] = None
    _number(f"{name.capitalize()} image", 0, len(mu) - 1, widget, name, width=150)
    return _end(explorer, name, End(f"image {image.value}", mu[image.value]))


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
        width=width,
        placeholder=DRAGGED,
        help="Counted in the order of the test set.",
        **widget | {"on_change": _then_forget(widget["on_change"], f"{name}_z")},
    )


def _then_forget(commit: Callable[[], object], *names: str) -> Callable[[], None]:
    """Take over a widget's value, and drop other values."""

    def take() -> None:
        commit()
        address.forget(*names)

    return take


def _end(explorer: Explorer, name: Name, at_image: End) -> End:
    """The end at a test image's code, or where it was dragged on a latent plane."""
    if not _is_dragged(explorer, name):
        return at_image
    z = np.array(_dragged_to(name, at_image.z.tolist()).value, dtype=np.float32)
    if not explorer.can("labels"):
        return End(DRAGGED, z)
    label = explorer.read(z).classes[0]
    return End((explorer.class_names or ())[label], z, label)


def _is_dragged(explorer: Explorer, name: Name) -> bool:
    """Whether an end of the path was dragged away from its test image, on a latent plane."""
    return explorer.can("plane") and address.is_kept(f"{name}_z")


def _dragged_to(name: Name, default: list[float] | None = None) -> Shared[tuple[float, ...]]:
    return address.vector(f"{name}_z", 2, default)
