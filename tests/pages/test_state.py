"""Shared values: the address before the session before the default, validated; defaults are not written."""

import json
from typing import Any

import pytest
from streamlit.proto.ClientState_pb2 import ContextInfo
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
from streamlit.testing.v1 import AppTest

from vae.web.kit.address import bar

SCRIPT = """
import streamlit as st
from vae.web.kit import address

start = address.integer("start", 0, low=0, high=9)
mode = address.choice("mode", ["linear", "spherical"], "linear")
t = address.number("t", 0.5, low=0.0, high=1.0)
loop = address.flag("loop")
z = address.vector("z", 2, default=(0.5, 0.0))
st.selectbox("Start", range(10), **start.widget())
st.segmented_control("Mode", ["linear", "spherical"], **mode.widget())
st.slider("t", 0.0, 1.0, **t.widget())
st.toggle("Loop", **loop.widget())
st.button("Click", on_click=lambda: z.set((1.23456, -0.0)))
st.button("Far", on_click=lambda: z.set((1e9, 0.0)))
st.button("Other model", on_click=address.forget_model_bound)
st.json({"start": start.value, "mode": mode.value, "t": t.value, "loop": loop.value, "z": z.value})
"""


def run(**query: str) -> AppTest:
    at = AppTest.from_string(SCRIPT)
    for name, value in query.items():
        at.query_params[name] = value
    return at.run()


def values(at: AppTest) -> dict[str, Any]:
    assert not at.exception
    return dict(json.loads(at.json[0].value))


def in_address(at: AppTest) -> dict[str, str]:
    return {name: value[-1] if isinstance(value, list) else value for name, value in at.query_params.items()}


DEFAULTS = {"start": 0, "mode": "linear", "t": 0.5, "loop": False, "z": [0.5, 0.0]}


def test_defaults_are_used_and_stay_out_of_the_address() -> None:
    at = run()
    assert values(at) == DEFAULTS
    assert in_address(at) == {}
    assert not at.warning


def test_a_value_that_goes_back_to_its_default_leaves_the_address_and_the_session() -> None:
    at = run(start="7")
    at.selectbox[0].set_value(0).run()
    assert in_address(at) == {}
    assert values(at.run()) == DEFAULTS


def test_opening_an_address_does_not_change_it() -> None:
    asked = {"start": "0", "mode": "spherical", "t": "0.250", "z": "1,1,1"}
    assert in_address(run(**asked)) == asked


def test_the_address_wins_and_the_widgets_show_it() -> None:
    at = run(start="7", mode="spherical", t="0.25", loop="1", z="-1.5,2")
    assert values(at) == {"start": 7, "mode": "spherical", "t": 0.25, "loop": True, "z": [-1.5, 2.0]}
    assert at.selectbox[0].value == 7
    assert at.segmented_control[0].value == "spherical"
    assert at.slider[0].value == 0.25
    assert at.toggle[0].value is True


def test_the_session_is_used_when_the_address_says_nothing() -> None:
    at = run(start="7", z="1,1")
    at.query_params.clear()
    at.run()
    assert values(at) == DEFAULTS | {"start": 7, "z": [1.0, 1.0]}
    assert in_address(at)["start"] == "7"


def test_a_widget_writes_to_the_address() -> None:
    at = run(start="7")
    at.selectbox[0].set_value(3).run()
    assert values(at)["start"] == 3
    assert in_address(at)["start"] == "3"


def test_an_emptied_widget_changes_nothing() -> None:
    at = run(mode="spherical")
    at.segmented_control[0].set_value(None).run()
    assert values(at)["mode"] == "spherical"
    assert at.segmented_control[0].value == "spherical"


def test_a_click_sets_a_vector_with_four_digits_and_no_negative_zero() -> None:
    at = run()
    at.button[0].click().run()
    assert values(at)["z"] == [1.235, 0.0]
    assert in_address(at)["z"] == "1.235,0"


BAD = [
    *[("start", text) for text in ("99", "x", "1.5", "9" * 5000, "")],
    ("mode", "curly"),
    *[("t", text) for text in ("nan", "1e999")],
    ("loop", "maybe"),
    *[("z", text) for text in ("nan", "nan,0", "1,2,3", "21,0", "")],
]


@pytest.mark.parametrize(("name", "text"), BAD)
def test_what_cannot_be_used_is_dropped_without_a_word(name: str, text: str) -> None:
    at = run(**{name: text})
    assert values(at) == DEFAULTS
    assert not at.warning
    other = at.selectbox[0] if name != "start" else at.slider[0]
    other.set_value(1).run()
    assert name not in in_address(at)


def test_what_cannot_be_used_does_not_undo_what_the_session_kept() -> None:
    at = run(start="7")
    at.query_params["start"] = "99"
    at.run()
    assert values(at)["start"] == 7


def test_a_click_out_of_bounds_changes_nothing() -> None:
    at = run(z="1,1")
    at.button[1].click().run()
    assert values(at)["z"] == [1.0, 1.0]
    assert in_address(at) == {"z": "1,1"}


def test_after_back_the_address_alone_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    at = run(start="7", mode="spherical")
    monkeypatch.setattr(bar, "is_history", lambda: True)
    at.query_params.pop("start")
    at.run()
    assert values(at) == DEFAULTS | {"mode": "spherical"}
    assert in_address(at) == {"mode": "spherical"}
    monkeypatch.undo()
    assert values(at.run()) == DEFAULTS | {"mode": "spherical"}


def go_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the next runs answer the browser's Back."""
    begin = ScriptRunContext.reset

    def begin_back(context: ScriptRunContext, *given: Any, **named: Any) -> None:
        begin(context, *given, **named)
        context.context_info, context.is_history_navigation = ContextInfo(), True

    monkeypatch.setattr(ScriptRunContext, "reset", begin_back)


def test_what_was_chosen_right_before_back_is_no_wish(monkeypatch: pytest.MonkeyPatch) -> None:
    at = run(start="7", mode="spherical")
    go_back(monkeypatch)
    at.query_params["start"] = "5"
    at.segmented_control[0].set_value("linear").run()
    assert values(at) == DEFAULTS | {"start": 5, "mode": "spherical"}
    assert in_address(at) == {"start": "5", "mode": "spherical"}


def breakable() -> AppTest:
    """The script, which is broken off before it draws while the session says so."""
    return AppTest.from_string(f"""
import streamlit as st
from vae.web.kit import address

address.hear()
if "breaks" in st.session_state:
    st.stop()
{SCRIPT}""")


def test_back_counts_though_its_run_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    at = breakable()
    at.query_params["start"] = "7"
    at.run()
    go_back(monkeypatch)
    at.query_params.pop("start")
    at.session_state["breaks"] = True
    at.run()
    monkeypatch.undo()
    del at.session_state["breaks"]
    assert values(at.run()) == DEFAULTS
    assert in_address(at) == {}


def test_what_was_chosen_right_before_back_is_not_kept_where_its_run_is_broken_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at = breakable()
    at.query_params["start"] = "7"
    at.run()
    go_back(monkeypatch)
    at.query_params["start"] = "5"
    at.session_state["breaks"] = True
    at.segmented_control[0].set_value("spherical").run()
    monkeypatch.undo()
    del at.session_state["breaks"]
    assert values(at.run()) == DEFAULTS | {"start": 5}
    assert in_address(at) == {"start": "5"}


def test_an_address_that_a_stopped_run_left_is_not_this_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    begin = ScriptRunContext.reset

    def begin_before_another(context: ScriptRunContext, *given: Any, **named: Any) -> None:
        begin(context, *given, **named)
        with context.session_state.query_params() as shared:
            shared.populate_from_query_string("start=3&loop=1")

    at = run(start="7")
    monkeypatch.setattr(ScriptRunContext, "reset", begin_before_another)
    at.query_params["start"] = "5"
    at.slider[0].set_value(1.0).run()
    assert values(at) == DEFAULTS | {"start": 5, "t": 1.0}
    assert in_address(at) == {"start": "5", "t": "1"}


def test_another_model_drops_its_points_only() -> None:
    at = run(start="7", z="1,1")
    at.button[2].click().run()
    assert values(at) == DEFAULTS | {"start": 7}
    assert in_address(at) == {"start": "7"}


def test_a_value_kept_under_other_bounds_waits_until_it_can_be_used() -> None:
    at = run(z="1,1")
    at.session_state["shared.model_bound.z"] = "1,2,3"
    at.query_params.pop("z")
    at.run()
    assert values(at)["z"] == [0.5, 0.0]
    assert in_address(at) == {}
    assert not at.warning


MENU = """
import streamlit as st
from vae.web.kit import address

start = address.integer("start", 0, low=0, high=9)
st.selectbox("Start", range(10), **start.menu_widget())
st.button("Elsewhere", on_click=lambda: start.set(4))
"""


def test_a_widget_in_a_menu_has_a_new_key_once_its_value_was_changed_elsewhere() -> None:
    at = AppTest.from_string(MENU).run()
    first = at.selectbox[0].key
    at.selectbox[0].set_value(7).run()
    assert (at.selectbox[0].key, in_address(at)) == (first, {"start": "7"})
    at.button[0].click().run()
    assert at.selectbox[0].key != first
    assert (at.selectbox[0].value, in_address(at)) == (4, {"start": "4"})
