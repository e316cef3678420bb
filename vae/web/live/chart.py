"""The place of a map or grid: a chart as high as the window allows, to be clicked, with marks laid over it.

The browser decodes what is under the pointer, by the live view. Where that has not started, clicks come by
another way, `clicks`, and the server draws what they choose until the live view is there.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import streamlit as st
from numpy.typing import ArrayLike

from vae.explorer import Explorer
from vae.figures import CONFIG, Drawing
from vae.web import live
from vae.web.live import clicks

SERVED = ".served"  # session, by the chart's key: whether the last click came past the live view


def show(
    fig: Drawing,
    key: str,
    place: ArrayLike | None,
    label: str = "",
    circles: Iterable[tuple[float, str]] = (),
) -> None:
    """Show a chart under that key, a place on it marked; see `clicks.mark`."""
    with st.container(key="stage"):
        st.plotly_chart(fig, height="stretch", key=key, config=CONFIG)
    clicks.mark(key, place, label, circles)


def take_click(key: str) -> clicks.Click | None:
    """The click on the chart with this key since the last call, None if there was none."""
    click = clicks.take(key)
    if click is not None:
        st.session_state[key + SERVED] = True
    return click


def serve(key: str, draw: Callable[[], object]) -> None:
    """Draw what was clicked on the chart with this key if no live view did; hidden once there is one."""
    if st.session_state.get(key + SERVED):
        with st.container(key="served"):
            draw()


def under_pointer(
    explorer: Explorer,
    key: str,
    z: ArrayLike,
    on_pick: Callable[[live.Pick], object],
    *,
    axes: tuple[int, int] = (0, 1),
    base: ArrayLike | None = None,
    directions: ArrayLike | None = None,
    places: str | None = None,
    image: int | None = None,
    originals: Mapping[str, Any] | None = None,
) -> None:
    """The live view of the chart with this key, z (D,) while no pointer is over it; see `live.plane`."""

    def picked() -> None:
        pick = live.pick_of(key + ".live", explorer)
        if pick is not None:
            st.session_state[key + SERVED] = False
            on_pick(pick)

    live.plane(
        explorer,
        key,
        key + ".live",
        axes=axes,
        base=base,
        directions=directions,
        z=z,
        places=places,
        image=image,
        originals=originals,
        on_change=picked,
    )
