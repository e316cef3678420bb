"""The place of a map or grid: a chart as high as the window allows, to be clicked, with marks laid over it.

With the live view on, the browser decodes what is under the pointer. Where it cannot, clicks come by another
way, `clicks`, and the server draws what they choose.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from vae.web import clicks, live, state
from vae.web.frame import ASSETS

if TYPE_CHECKING:
    import plotly.graph_objects as go
    from numpy.typing import ArrayLike

    from vae.explorer import Explorer

LIVE_HELP = "Decode in the browser what is under the pointer. Switched off, the server decodes after a click."
SERVED = ".served"  # session, by the chart's key: whether the last click came past the live view


@dataclass(frozen=True)
class LiveView:
    """Whether the browser decodes what is under the pointer: the choice, and its value as the page began."""

    choice: state.Shared[bool]
    is_on: bool


def live_view() -> LiveView:
    """Look up whether the live view is on. Outside of fragments."""
    choice = state.flag("live", True)
    return LiveView(choice, choice.value)


def bring_decoder(view: LiveView, explorer: "Explorer") -> None:
    """Bring the decoder to the browser, if the live view is on. Outside of fragments, at the page's end.

    It takes longer to arrive than a chart, which is therefore sent before.
    """
    if view.is_on:
        live.weights(explorer)


def choose_live(view: LiveView) -> None:
    """The switch of the live view."""
    st.toggle("Live", help=LIVE_HELP, **view.choice.widget())
    if view.choice.value != view.is_on:
        st.rerun()  # of the whole page, since the decoder is brought outside of the fragment


def show(
    fig: "go.Figure",
    key: str,
    place: "ArrayLike | None",
    label: str = "",
    circles: Iterable[tuple[float, str]] = (),
) -> None:
    """Show a chart under that key, a place on it marked; see `clicks.mark`."""
    from vae.figures import CONFIG

    st.html(ASSETS / "stage.css")
    with st.container(key="stage"):
        st.plotly_chart(fig, height="stretch", key=key, config=CONFIG)
    x, y = fig.layout.xaxis, fig.layout.yaxis
    clicks.mark(key, place, label, circles, (x.range, y.range) if x.constrain == "range" else None)


def take_click(key: str) -> clicks.Click | None:
    """The click on the chart with this key since the last call, None if there was none."""
    click = clicks.take(key)
    if click is not None:
        st.session_state[key + SERVED] = True
    return click


def is_served(key: str) -> bool:
    """Whether the server has to draw what was clicked, since the live view does not do it."""
    return bool(st.session_state.get(key + SERVED))


def under_pointer(
    explorer: "Explorer",
    key: str,
    z: "ArrayLike",
    on_pick: Callable[[live.Pick], object],
    *,
    axes: tuple[int, int] = (0, 1),
    base: "ArrayLike | None" = None,
    places: str | None = None,
) -> None:
    """The live view of the chart with this key, z (D,) while no pointer is over it; see `live.plane`."""

    def picked() -> None:
        pick = live.pick_of(key + ".live", explorer)
        if pick is not None:
            st.session_state[key + SERVED] = False
            on_pick(pick)

    live.plane(explorer, key, key + ".live", axes=axes, base=base, z=z, places=places, on_change=picked)
