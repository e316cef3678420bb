"""Values that live in the address, so that every view is a permalink and all pages agree on what they show.

A value is what the address says, else what this session kept, else its default. It is validated, then written
back to both. The widget that shows it has a key of its own, which Streamlit may forget at a page change:

    start = state.integer("start", 0, low=0, high=9)
    st.selectbox("Start digit", range(10), **start.widget())
    figure = draw(start.value)

What cannot be used is answered with one sentence, and the page goes on with the value it had.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import streamlit as st

T = TypeVar("T")

KEPT = "shared."
KEPT_FOR_MODEL = "shared.model_bound."
NOTICE = "notice."


@dataclass(frozen=True)
class Shared(Generic[T]):
    """One value of the address; made by the functions below, which also look it up.

    `parse` reads its text or raises ValueError, saying what the text should be; `show` writes it.
    A `model_bound` value, such as a point of the latent space, is dropped when another model is chosen.
    """

    name: str
    default: T
    parse: Callable[[str], T]
    show: Callable[[T], str] = str
    model_bound: bool = False

    @property
    def value(self) -> T:
        """The value in use."""
        return self.parse(st.session_state[self._kept_key])

    def set(self, value: T) -> None:
        """Use another value, a clicked one for example; one out of bounds is refused with a sentence."""
        st.session_state.pop(NOTICE + self.name, None)
        self._use(self.show(value))

    def replace(self, value: T, reason: str) -> None:
        """Use another value than the one asked for, and say why until a value is chosen."""
        self.set(value)
        st.session_state[NOTICE + self.name] = reason
        self._tell()

    def widget(self) -> dict[str, Any]:
        """`key` and `on_change` for the widget that shows and changes this value."""
        st.session_state[self._widget_key] = self.value
        return {"key": self._widget_key, "on_change": self.commit}

    def commit(self) -> None:
        """Take over what was chosen in the widget; one that was emptied changes nothing."""
        chosen = st.session_state[self._widget_key]
        if chosen is not None:
            self.set(chosen)

    def look_up(self) -> "Shared[T]":
        """Find the value and write it to session and address; show the sentence if one is due."""
        self._use(st.query_params.get(self.name))
        self._tell()
        return self

    def _tell(self) -> None:
        if notice := st.session_state.get(NOTICE + self.name):
            st.warning(notice)

    @property
    def _kept_key(self) -> str:
        return (KEPT_FOR_MODEL if self.model_bound else KEPT) + self.name

    @property
    def _widget_key(self) -> str:
        return "widget." + self.name

    def _use(self, text: str | None) -> None:
        used = self._kept_or_default()
        if text is not None:
            try:
                used = self.show(self.parse(text))
            except ValueError as error:
                notice = f"`{_quotable(self.name, text)}` is not {error}. Shown instead: `{used}`."
                st.session_state[NOTICE + self.name] = notice
        st.session_state[self._kept_key] = used
        if st.query_params.get(self.name) != used:
            st.query_params[self.name] = used

    def _kept_or_default(self) -> str:
        kept = st.session_state.get(self._kept_key)
        try:
            return self.show(self.default if kept is None else self.parse(kept))
        except ValueError:  # kept under other bounds, for instance by a model with fewer dimensions
            return self.show(self.default)


def choice(name: str, options: Sequence[T], default: T, model_bound: bool = False) -> Shared[T]:
    """One of a few options, written as `str` writes them."""
    texts = {str(option): option for option in options}

    def parse(text: str) -> T:
        if text not in texts:
            raise ValueError(f"one of {', '.join(texts)}")
        return texts[text]

    return Shared(name, default, parse, model_bound=model_bound).look_up()


def integer(name: str, default: int, low: int, high: int, model_bound: bool = False) -> Shared[int]:
    """A whole number from `low` to `high`, both included."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return int(text)

    return Shared(name, default, parse, model_bound=model_bound).look_up()


def number(name: str, default: float, low: float, high: float, model_bound: bool = False) -> Shared[float]:
    """A number from `low` to `high`, both included, kept to four significant digits."""

    def parse(text: str) -> float:
        value = _float(text)
        if not low <= value <= high:
            raise ValueError(f"a number from {low:g} to {high:g}")
        return value

    return Shared(name, default, parse, _short, model_bound).look_up()


def flag(name: str, default: bool = False) -> Shared[bool]:
    """Yes or no, written 1 or 0."""

    def parse(text: str) -> bool:
        if text not in ("0", "1"):
            raise ValueError("0 or 1")
        return text == "1"

    return Shared(name, default, parse, lambda value: str(int(value))).look_up()


def vector(
    name: str, length: int, default: Sequence[float] | None = None, limit: float = 20.0
) -> Shared[tuple[float, ...]]:
    """A point of a latent space with `length` dimensions, in prior standard deviations; 0 unless told else.

    Written as numbers with commas between, four significant digits each, none beyond ±`limit`.
    """

    def parse(text: str) -> tuple[float, ...]:
        values = tuple(_float(part) for part in text.split(","))
        if len(values) != length or not all(abs(value) <= limit for value in values):
            numbers = "one number" if length == 1 else f"{length} numbers with commas between"
            raise ValueError(f"{numbers}, each from −{limit:g} to {limit:g}")
        return values

    def show(values: Sequence[float]) -> str:
        return ",".join(_short(value) for value in values)

    origin = (0.0,) * length
    return Shared(
        name, origin if default is None else tuple(default), parse, show, model_bound=True
    ).look_up()


def forget_model_bound() -> None:
    """Drop what belongs to the model that was shown so far: its points and their sentences."""
    for key in [str(key) for key in st.session_state]:
        if key.startswith(KEPT_FOR_MODEL):
            name = key.removeprefix(KEPT_FOR_MODEL)
            del st.session_state[key]
            st.session_state.pop(NOTICE + name, None)
            st.query_params.pop(name, None)


def is_kept(name: str) -> bool:
    """Whether the address or this session holds the value, so that it is not at its default."""
    return name in st.query_params or any(key + name in st.session_state for key in (KEPT, KEPT_FOR_MODEL))


def forget(name: str) -> None:
    """Drop one value and its sentence: it goes back to its default."""
    for key in (KEPT + name, KEPT_FOR_MODEL + name, NOTICE + name):
        st.session_state.pop(key, None)
    st.query_params.pop(name, None)


def forget_notices() -> None:
    """Drop all sentences about values that could not be used; a page does so when it is opened."""
    for key in [str(key) for key in st.session_state]:
        if key.startswith(NOTICE):
            del st.session_state[key]


def _short(value: float) -> str:
    """Four significant digits; a negative zero is a zero."""
    return f"{value + 0.0:.4g}"


def _float(text: str) -> float:
    """The number that `text` writes; NaN, which no bounds admit, if it writes none."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def _quotable(name: str, text: str) -> str:
    """What the address said, short and safe between backticks of Markdown."""
    plain = "".join(character for character in text if character.isprintable() and character != "`")
    return f"{name}={plain[:40]}{'…' if len(plain) > 40 else ''}"
