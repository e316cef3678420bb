"""Marks on plotly charts, picks on them, and the place of a map or grid with its live view.

Streamlit draws a chart from scratch when anything in its figure changes, and its zoom is lost. It reports
clicks only as selections of points, for which plotly draws all points again, and none in 3-D. So marks are
laid over the chart in the browser, follow its zoom, and tell of clicks to the pixel, also between points.

On a map what is under the pointer is decoded live: the live view tells of picks then. Where that has not
started, the marks tell, and the server draws what was picked.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import ArrayLike

from vae.explorer import Explorer
from vae.figures import CONFIG, Drawing
from vae.images.export import data_uri, png
from vae.images.spec import Floats
from vae.web import live
from vae.web.kit.component import component, script

MARKS, LIVE = ".marks", ".live"  # the components, by the chart's key
PICKED = ".picked"  # session, by the chart's key: a pick not yet taken
SERVED = ".served"  # session, by the chart's key: whether the last click came past the live view


@dataclass(frozen=True)
class Pin:
    """A picture pinned on a chart, with q(z|x) around its place.

    Arguments:
        place: (2,) or (3,).
        picture: (H, W, C) in [0, 1].
        words: What it is.
        sd: (2,), half the axes of an ellipse around the place; None for none.
        cloud: (K, 2), draws from an implicit q(z|x); None for none.
        on_click: What is called when the picture is clicked.
    """

    place: ArrayLike
    picture: Floats
    words: str
    sd: ArrayLike | None
    cloud: ArrayLike | None
    on_click: Callable[[], object]

    def data(self) -> dict[str, Any]:
        """What the browser is told of it."""
        return {
            "place": _rounded(self.place),
            "picture": data_uri(png(self.picture)),
            "words": self.words,
            "sd": _rounded(self.sd),
            "cloud": _rounded(self.cloud, 3),
        }


def show(
    fig: Drawing,
    key: str,
    place: ArrayLike | None,
    label: str = "",
    circles: Iterable[tuple[float, str]] = (),
    cloud: ArrayLike | None = None,
    pin: Pin | None = None,
) -> None:
    """Show a chart under that key, a place on it marked; see `mark`."""
    with st.container(key="stage"):
        st.plotly_chart(fig, height="stretch", key=key, config=CONFIG)
    mark(key, place, label, circles, cloud, pin)


def mark(
    key: str,
    place: ArrayLike | None,
    label: str = "",
    circles: Iterable[tuple[float, str]] = (),
    cloud: ArrayLike | None = None,
    pin: Pin | None = None,
) -> None:
    """Mark a place (2,) or (3,) on the chart with this key; `circles` are radii around the origin and labels.

    `cloud` (K, 2) are draws from the posterior of what is marked.
    Where the user has zoomed, the view moves to another place. It also listens to clicks, unless a live view
    does. To be called once for a chart, in its fragment.
    """
    data = {
        "chart": key,
        "place": _rounded(place),
        "label": label,
        "circles": [{"radius": radius, "label": name} for radius, name in circles],
        "cloud": _rounded(cloud, 3),
        "pin": None if pin is None else pin.data(),
    }

    def picked() -> None:
        st.session_state[key + PICKED] = live.pick_of(key + MARKS)

    def pin_clicked() -> None:
        if pin is not None:
            pin.on_click()

    component("vae_marks", script("live/marks_stub.js"))(
        key=key + MARKS,
        data=data,
        on_pick_change=picked,
        on_pin_change=pin_clicked,
    )


def take_pick(key: str) -> live.Pick | None:
    """What was picked past a live view on the chart with this key since the last call, None for nothing."""
    pick: live.Pick | None = st.session_state.pop(key + PICKED, None)
    if pick is not None:
        st.session_state[key + SERVED] = True
    return pick


def serve(key: str, draw: Callable[[], object]) -> None:
    """Draw what was clicked on the chart with this key if no live view did; hidden once there is one."""
    if st.session_state.get(key + SERVED):
        with st.container(key=f"served-{key}"):
            draw()


def under_pointer(
    explorer: Explorer,
    key: str,
    z: ArrayLike,
    on_pick: Callable[[live.Pick], object],
    *,
    axes: tuple[int, ...] = (0, 1),
    dims: int = 2,
    base: ArrayLike | None = None,
    directions: ArrayLike | None = None,
    ticks: ArrayLike | None = None,
    places: str | None = None,
    image: int | None = None,
    originals: Mapping[str, Any] | None = None,
    own: Mapping[str, Any] | None = None,
    together: str | None = None,
    sheet: Mapping[str, Any] | None = None,
    on_window: Callable[[], None] | None = None,
    on_ends: Callable[[], None] | None = None,
) -> None:
    """The live view of the chart with this key, z (D,) while no pointer is over it; see `live.plane`.

    What `on_window` and `on_ends` are called for is told by `live.window_of` and `live.ends_of` under the key
    with `LIVE` at its end.
    """

    def picked() -> None:
        pick = live.pick_of(key + LIVE)
        if pick is not None:
            st.session_state[key + SERVED] = False
            on_pick(pick)

    live.plane(
        explorer,
        key,
        key + LIVE,
        axes=axes,
        dims=dims,
        base=base,
        directions=directions,
        ticks=ticks,
        z=z,
        places=places,
        image=image,
        originals=originals,
        own=own,
        together=together,
        sheet=sheet,
        on_change=picked,
        on_window=on_window,
        on_ends=on_ends,
    )


def _rounded(numbers: ArrayLike | None, decimals: int = 4) -> list[Any] | None:
    return None if numbers is None else np.asarray(numbers, dtype=float).round(decimals).tolist()
