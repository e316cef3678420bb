"""What the browser's address says, though it may not have heard this session's last word yet.

A browser sends its address with each action: with one that follows before the answer to the last is there, an
old address, which is no wish; what a link or Back and Forward bring is one.
"""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state.query_params import QueryParams

UNUSABLE = "address.unusable"  # session: names in the address whose text cannot be used
ANSWERED = 1.0  # seconds after which a browser has had the answer to Back or Forward
HEARD = "address.heard"  # session: `_Heard`


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
    now = _shown()
    context = get_script_run_ctx()
    page, message = ("", None) if context is None else (context.page_script_hash, context.context_info)
    heard: _Heard | None = st.session_state.get(HEARD)
    if heard is None or heard.page != page:
        # Of another page's address the browser may have got a word last, and made this page's address of it.
        heard = st.session_state[HEARD] = _Heard(page, [now], message, is_unsent=heard is not None)
    is_new = message is None or message is not heard.message
    heard.message = message
    if now not in heard.words or (is_new and (now in heard.links or is_history())):
        # A link of the same page does not change the bar, and one of our words may reach it after Back.
        if is_history():
            heard.left, heard.left_at = heard.words[-1], time.monotonic()
        heard.words, heard.is_unsent, heard.echoed = [*heard.words, now], True, None
    elif is_new:
        heard.words = heard.words[heard.words.index(now) :]
        heard.is_unsent = len(heard.words) > 1  # may have been lost; where it was not nothing happens
        is_back = time.monotonic() - heard.left_at < ANSWERED
        heard.echoed = now if now != heard.words[-1] else heard.left if is_back else None
    _send(heard)
    return heard


def _shown() -> dict[str, str]:
    """The address that the browser showed when it asked for this run.

    `st.query_params` is the session's: a run that is about to be stopped may have put its own there.
    """
    context = get_script_run_ctx()
    found = QueryParams()
    found.populate_from_query_string("" if context is None else context.query_string)
    return found.to_dict()


def _send(heard: _Heard) -> None:
    """Tell the browser the last word, but not from a callback."""
    if heard.is_unsent and _has_begun():
        st.query_params.from_dict(heard.words[-1])
        heard.is_unsent = False


def left() -> set[str]:
    """Names of the view that this run's Back or Forward left and that the address does not say any more."""
    heard = _heard()
    return set(heard.left or ()) - heard.words[-1].keys() if is_history() else set()


def said() -> dict[str, str]:
    """What the address says: this session's last word, though the browser may not have heard it yet."""
    return dict(_heard().words[-1])


def echoed() -> dict[str, str] | None:
    """The address whose values the browser's widgets may still show, None where they have heard it all."""
    return _heard().echoed


def write(changes: dict[str, str | None]) -> bool:
    """Change the address in one step, None for what leaves it; what it held in vain leaves it too.

    Returns whether that was a wish.

    From a callback it is sent by the run that follows: a run that was asked for meanwhile would break the
    callback off there. One of Back's or Forward's run answers what was done before: the address alone counts.
    """
    if is_history() and not _has_begun():
        return False
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
    return True


def link(file: str, label: str, query: Mapping[str, str], help: str | None = None) -> None:
    """A link to an address, of the same page perhaps."""
    st.page_link(file, label=label, query_params=dict(query), help=help)
    if query not in (links := _heard().links):
        links.append(dict(query))


def _has_begun() -> bool:
    """Whether the callbacks are done."""
    context = get_script_run_ctx()
    return context is None or context.has_script_started


def is_history() -> bool:
    """Whether this run answers the browser's Back or Forward."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation
