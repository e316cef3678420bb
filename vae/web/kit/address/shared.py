"""A value of the address: what the address says, else what this session kept, else its default.

After the browser's Back or Forward the address alone counts, since it says all of what was shown then. What
cannot be used is dropped without a word: the page goes on with the value that it had. The widget that shows a
value has a key of its own, which Streamlit may forget at a page change.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import streamlit as st

from vae.web.kit import menus
from vae.web.kit.address import bar

T = TypeVar("T")

KEPT = "shared."
KEPT_FOR_MODEL = "shared.model_bound."
MODEL_SHOWN = "address.model_shown"  # session: whose points are kept


@dataclass(frozen=True)
class Shared(Generic[T]):
    """One value of the address; made by the functions of `kinds`, which also look it up.

    `parse` reads its text or raises ValueError; `show` writes it. A `model_bound` value, such as a point of
    the latent space, is dropped when another model is chosen.
    """

    name: str
    default: T
    parse: Callable[[str], T]
    show: Callable[[T], str] = str
    model_bound: bool = False

    @property
    def value(self) -> T:
        """The value in use; one kept under other bounds, by a model with more images say, is not."""
        kept = self._read(st.session_state.get(self._kept_key))
        return self.default if kept is None else kept

    def set(self, value: T) -> None:
        """Use another value, a clicked one for example; one out of bounds changes nothing."""
        if self._read(self.show(value)) is None:
            return
        text = self.show(value)
        if bar.write({self.name: None if text == self.show(self.default) else text}):
            st.session_state[self._kept_key] = text

    def widget(self) -> dict[str, Any]:
        """`key` and `on_change` for the widget that shows and changes this value."""
        st.session_state[self._widget_key] = self.value
        return {"key": self._widget_key, "on_change": self.commit}

    def menu_widget(self, is_blank: bool = False) -> dict[str, Any]:
        """As `widget`, for a widget in a menu; a blank one shows no value."""
        shown = None if is_blank else self.value
        key = menus.key(self._widget_key, shown)
        st.session_state[key] = shown

        def commit() -> bool:
            is_taken = self._take_over(st.session_state[key])
            menus.changed(self._widget_key, self.value)
            return is_taken

        return {"key": key, "on_change": commit}

    def commit(self) -> bool:
        """Take over what was chosen in the widget, unless it was emptied or only repeats what it showed."""
        return self._take_over(st.session_state[self._widget_key])

    def _take_over(self, chosen: T | None) -> bool:
        """Whether it is a choice: beside an old address the widgets say what they showed with it."""
        if chosen is None or self.show(chosen) == self.echo():
            return False
        self.set(chosen)
        return True

    def echo(self) -> str | None:
        """The text that the browser's widgets may still show, None where they have heard it all."""
        echoed = bar.echoed()
        return None if echoed is None else echoed.get(self.name, self.show(self.default))

    def look_up(self) -> "Shared[T]":
        """Find the value; what the session kept and the address does not say yet is written there."""
        asked = bar.said().get(self.name)
        if asked is not None:
            self._take(asked)
        elif bar.is_history():
            st.session_state.pop(self._kept_key, None)
        elif (used := self.show(self.value)) != self.show(self.default):
            bar.write({self.name: used})
        return self

    def _take(self, asked: str) -> None:
        """Keep what the address says, unless it cannot be used: then it stays there until the next change."""
        unusable = st.session_state.setdefault(bar.UNUSABLE, set())
        value = self._read(asked)
        if value is None:
            unusable.add(self.name)
            return
        unusable.discard(self.name)
        st.session_state[self._kept_key] = self.show(value)

    def _read(self, text: str | None) -> T | None:
        if text is None:
            return None
        try:
            return self.parse(text)
        except ValueError:
            return None

    @property
    def _kept_key(self) -> str:
        return (KEPT_FOR_MODEL if self.model_bound else KEPT) + self.name

    @property
    def _widget_key(self) -> str:
        return "widget." + self.name


def hear() -> None:
    """Hear Back and Forward before anything is drawn, and drop what was kept of the view that was left.

    Of what comes later nobody would know where the run is broken off by another action.
    """
    for name in bar.left():
        _drop(name)


def forget_model_bound() -> None:
    """Drop what belongs to the model that was shown so far: its points."""
    forget(*(str(key).removeprefix(KEPT_FOR_MODEL) for key in st.session_state if _is_model_bound(key)))


def leave_model_bound(model: str) -> None:
    """Forget the points that this session kept of another model than this one, which a link may have opened.

    Those in the address came with the link.
    """
    if st.session_state.setdefault(MODEL_SHOWN, model) != model:
        for key in [key for key in st.session_state if _is_model_bound(key)]:
            del st.session_state[key]
    st.session_state[MODEL_SHOWN] = model


def is_kept(name: str) -> bool:
    """Whether the address or this session holds the value, so that it is not at its default."""
    if name in bar.said():
        return True
    return not bar.is_history() and any(key + name in st.session_state for key in (KEPT, KEPT_FOR_MODEL))


def forget(*names: str) -> None:
    """Drop values: they go back to their defaults."""
    for name in names:
        _drop(name)
    bar.write(dict.fromkeys(names))


def then_forget(commit: Callable[[], bool], *names: str) -> Callable[[], None]:
    """The callback of a widget that takes over its value by `commit` and, if it did, drops other values."""

    def take() -> None:
        if commit():
            forget(*names)

    return take


def _drop(name: str) -> None:
    for kept in (KEPT, KEPT_FOR_MODEL):
        st.session_state.pop(kept + name, None)


def _is_model_bound(key: object) -> bool:
    return str(key).startswith(KEPT_FOR_MODEL)
