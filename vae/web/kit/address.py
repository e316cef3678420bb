"""Values that live in the address, so that every view is a permalink and all pages agree on what they show.

A value is what the address says, else what this session kept, else its default. After the browser's Back or
Forward the address alone counts, since it says all of what was shown then. Defaults stay out of the address.
What cannot be used is dropped without a word: the page goes on with the value that it had. A browser sends
its address with each action: with one that follows before the answer to the last is there, an old address,
which is no wish. The widget that shows a value has a key of its own, which Streamlit may forget
at a page change:

    start = state.integer("start", 0, low=0, high=9)
    st.selectbox("Start digit", range(10), **start.widget())
    figure = draw(start.value)
"""

import math
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from vae.web.kit import menus

T = TypeVar("T")

KEPT = "shared."
KEPT_FOR_MODEL = "shared.model_bound."
MODEL_SHOWN = "address.model_shown"  # session: whose points are kept
UNUSABLE = "address.unusable"  # session: names in the address whose text cannot be used
ANSWERED = 1.0  # seconds after which a browser has had the answer to Back or Forward
HEARD = "address.heard"  # session: `_Heard`


@dataclass(frozen=True)
class Shared(Generic[T]):
    """One value of the address; made by the functions below, which also look it up.

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
        st.session_state[self._kept_key] = text
        write({self.name: None if text == self.show(self.default) else text})

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
        echoed = _heard().echoed
        return None if echoed is None else echoed.get(self.name, self.show(self.default))

    def look_up(self) -> "Shared[T]":
        """Find the value; what the session kept and the address does not say yet is written there."""
        asked = said().get(self.name)
        if asked is not None:
            self._take(asked)
        elif _is_history():
            st.session_state.pop(self._kept_key, None)
        elif (used := self.show(self.value)) != self.show(self.default):
            write({self.name: used})
        return self

    def _take(self, asked: str) -> None:
        """Keep what the address says, unless it cannot be used: then it stays there until the next change."""
        unusable = st.session_state.setdefault(UNUSABLE, set())
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


@dataclass
class _Heard:
    """What is known of the address that a browser shows of a page.

    It says one of `words`, oldest first, the last of which is this session's last word. `links` are addresses
    of the same page that the page leads to: one of those is always a wish. `message` is the browser's last;
    its widgets may still say what the address `echoed` says, None where they are up to date. `left` was the
    last word before the last Back or Forward, and `left_at` when, in seconds.
    """

    page: str
    words: list[dict[str, str]]
    message: object
    links: list[dict[str, str]] = field(default_factory=list)
    is_unsent: bool = False
    echoed: dict[str, str] | None = None
    left: dict[str, str] | None = None
    left_at: float = -math.inf


def _heard() -> _Heard:
    """What is known by now: a word that the browser may still say is no wish, but of Back and Forward."""
    now = st.query_params.to_dict()
    context = get_script_run_ctx()
    page, message = ("", None) if context is None else (context.page_script_hash, context.context_info)
    heard: _Heard | None = st.session_state.get(HEARD)
    if heard is None or heard.page != page:
        # Of another page's address the browser may have got a word last, and made this page's address of it.
        heard = st.session_state[HEARD] = _Heard(page, [now], message, is_unsent=heard is not None)
    is_new = message is None or message is not heard.message
    heard.message = message
    if now not in heard.words or (is_new and (now in heard.links or _is_history())):
        # A link of the same page does not change the bar, and one of our words may reach it after Back.
        if _is_history():
            heard.left, heard.left_at = heard.words[-1], time.monotonic()
        heard.words, heard.is_unsent, heard.echoed = [*heard.words, now], True, None
    elif is_new:
        heard.words = heard.words[heard.words.index(now) :]
        heard.is_unsent = len(heard.words) > 1  # may have been lost; where it was not nothing happens
        is_back = time.monotonic() - heard.left_at < ANSWERED
        heard.echoed = now if now != heard.words[-1] else heard.left if is_back else None
    _send(heard)
    return heard


def _send(heard: _Heard) -> None:
    """Tell the browser the last word, but not from a callback."""
    context = get_script_run_ctx()
    if heard.is_unsent and (context is None or context.has_script_started):
        st.query_params.from_dict(heard.words[-1])
        heard.is_unsent = False


def said() -> dict[str, str]:
    """What the address says: this session's last word, though the browser may not have heard it yet."""
    return dict(_heard().words[-1])


def write(changes: dict[str, str | None]) -> None:
    """Change the address in one step, None for what leaves it; what it held in vain leaves it too.

    From a callback it is sent by the run that follows: a run that was asked for meanwhile would break the
    callback off there.
    """
    unusable: set[str] = st.session_state.pop(UNUSABLE, set())
    before = said()
    after = {name: text for name, text in (before | changes).items() if text is not None}
    for name in unusable - changes.keys():
        after.pop(name, None)
    if after != before:
        heard = _heard()
        heard.words.append(after)
        heard.is_unsent = True
        _send(heard)


def link(file: str, label: str, query: Mapping[str, str], help: str | None = None) -> None:
    """A link to an address, of the same page perhaps."""
    st.page_link(file, label=label, query_params=dict(query), help=help)
    if query not in (links := _heard().links):
        links.append(dict(query))


def choice(name: str, options: Sequence[T], default: T, model_bound: bool = False) -> Shared[T]:
    """One of a few options, written as `str` writes them."""
    texts = {str(option): option for option in options}

    def parse(text: str) -> T:
        if text not in texts:
            raise ValueError(text)
        return texts[text]

    return Shared(name, default, parse, model_bound=model_bound).look_up()


def choose(label: str, name: str, options: Mapping[T, str], default: T, help: str) -> T:
    """One of a few options, which a row of their names shows under the label."""
    chosen = choice(name, tuple(options), default)
    st.segmented_control(
        label,
        tuple(options),
        format_func=options.__getitem__,
        required=True,
        help=help,
        **chosen.widget(),
    )
    return chosen.value


def integer(name: str, default: int, low: int, high: int, model_bound: bool = False) -> Shared[int]:
    """A whole number from `low` to `high`, both included."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise ValueError(text)
        return int(text)

    return Shared(name, default, parse, model_bound=model_bound).look_up()


def number(name: str, default: float, low: float, high: float, model_bound: bool = False) -> Shared[float]:
    """A number from `low` to `high`, both included, kept to four significant digits."""

    def parse(text: str) -> float:
        value = _float(text)
        if not low <= value <= high:
            raise ValueError(text)
        return value

    return Shared(name, default, parse, _short, model_bound).look_up()


def flag(name: str, default: bool = False) -> Shared[bool]:
    """Yes or no, written 1 or 0."""

    def parse(text: str) -> bool:
        if text not in ("0", "1"):
            raise ValueError(text)
        return text == "1"

    return Shared(name, default, parse, lambda value: str(int(value))).look_up()


def vector(
    name: str, length: int, default: Sequence[float] | None = None, limit: float = 20.0
) -> Shared[tuple[float, ...]]:
    """A point of a latent space with `length` dimensions, in prior standard deviations; 0 by default.

    Written as numbers with commas between, four significant digits each, none beyond ±`limit`.
    """

    def parse(text: str) -> tuple[float, ...]:
        values = tuple(_float(part) for part in text.split(","))
        if len(values) != length or not all(abs(value) <= limit for value in values):
            raise ValueError(text)
        return values

    def show(values: Sequence[float]) -> str:
        return ",".join(_short(value) for value in values)

    origin = (0.0,) * length
    return Shared(
        name, origin if default is None else tuple(default), parse, show, model_bound=True
    ).look_up()


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
    if name in said():
        return True
    return not _is_history() and any(key + name in st.session_state for key in (KEPT, KEPT_FOR_MODEL))


def forget(*names: str) -> None:
    """Drop values: they go back to their defaults."""
    for name in names:
        st.session_state.pop(KEPT + name, None)
        st.session_state.pop(KEPT_FOR_MODEL + name, None)
    write(dict.fromkeys(names))


def then_forget(commit: Callable[[], bool], *names: str) -> Callable[[], None]:
    """The callback of a widget that takes over its value by `commit` and, if it did, drops other values."""

    def take() -> None:
        if commit():
            forget(*names)

    return take


def _is_model_bound(key: object) -> bool:
    return str(key).startswith(KEPT_FOR_MODEL)


def _is_history() -> bool:
    """Whether this run answers the browser's Back or Forward."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def _short(value: float) -> str:
    """Four significant digits; a negative zero is a zero."""
    return f"{value + 0.0:.4g}"


def _float(text: str) -> float:
    """The number that `text` writes; NaN, which no bounds admit, if it writes none."""
    try:
        return float(text)
    except ValueError:
        return math.nan
