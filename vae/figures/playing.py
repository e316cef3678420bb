"""Controls of an animated figure: play, pause, and a slider over its states, above the picture."""

from collections.abc import Sequence
from typing import Any

from vae.figures.drawing import Drawing
from vae.figures.theme import CLEAR, NEUTRAL

FRAME_MS = 70
ROOM = 72  # px above the picture, the top margin


def handle(fig: Drawing) -> Drawing:
    """What controls of the page's own need to play the frames: a button of plotly's, which the page hides."""
    button = {"label": "", "method": "animate", "args": [None]}
    place = {"x": 0, "xanchor": "left", "y": 1, "yanchor": "top"}
    return fig.update_layout(updatemenus=[{"type": "buttons", "buttons": [button], **place}])


def controls(
    fig: Drawing, names: Sequence[str], prefix: str, *, active: int = 0, frame_ms: int = FRAME_MS
) -> Drawing:
    """Play, pause and a slider over the frames of these names; `prefix` stands before the one shown."""
    # redraw: without it plotly drops the contours when other traces move
    timing = {"frame": {"duration": frame_ms, "redraw": True}, "transition": {"duration": 0}}
    play = {"label": "Play", "method": "animate", "args": [None, timing | {"mode": "immediate"}]}
    at_once = {"frame": {"duration": 0, "redraw": True}, "transition": {"duration": 0}, "mode": "immediate"}
    pause = {"label": "Pause", "method": "animate", "args": [[None], at_once]}
    steps = [{"label": name, "method": "animate", "args": [[name], at_once]} for name in names]
    quiet = {"color": NEUTRAL, "size": 13}
    above: dict[str, Any] = {"y": 1, "yanchor": "bottom"}
    buttons = {
        "type": "buttons",
        "direction": "left",
        "buttons": [play, pause],
        "showactive": False,
        "x": 0,
        "xanchor": "left",
        "pad": {"b": 14},
        "font": quiet,
        "bgcolor": CLEAR,
        "bordercolor": NEUTRAL,
        **above,
    }
    slider = {
        "steps": steps,
        "active": active,
        "x": 0.46,
        "len": 0.54,
        "pad": {"b": 4, "t": 0},
        "currentvalue": {"prefix": prefix, "font": quiet, "xanchor": "left", "offset": 8},
        "font": {"color": CLEAR, "size": 1},
        "tickcolor": CLEAR,
        "ticklen": 0,
        "minorticklen": 0,
        **above,
    }
    return fig.update_layout(updatemenus=[buttons], sliders=[slider], showlegend=False)
