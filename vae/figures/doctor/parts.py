"""What the small figures are made of: lines, bars, shares below a value; the same height for all."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.figures.drawing import Drawing
from vae.figures.layout import plain_layout
from vae.figures.theme import FOLLOWED, KL_COLOUR, NEUTRAL

HEIGHT = 210  # pixels
COLOURS = (FOLLOWED, NEUTRAL, KL_COLOUR)  # of this model, of what it should be, of a third thing
Curve = tuple[ArrayLike, ArrayLike]
Props = dict[str, Any]


def small(across: str, up: str) -> Drawing:
    """An empty figure with the names of its axes."""
    fig = plain_layout(Drawing(), HEIGHT, {"l": 48, "r": 10, "t": 24, "b": 40})
    axis = {"fixedrange": True, "zeroline": False, "automargin": False}
    fig.update_xaxes(title={"text": across, "standoff": 4}, showgrid=False, nticks=6, **axis)
    fig.update_yaxes(title={"text": up, "standoff": 4}, nticks=5, **axis)
    legend = {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "bgcolor": "rgba(0,0,0,0)"}
    return fig.update_layout(dragmode=False, legend=legend, font={"size": 12})


def lines(curves: Mapping[str, Curve], across: str, up: str, words: str) -> Drawing:
    """A line for each curve (x, y); `words` is what a point says, in plotly's template."""
    fig = small(across, up)
    for (name, (x, y)), colour in zip(curves.items(), COLOURS, strict=False):
        fig.add_scatter(
            x=np.asarray(x, np.float64),
            y=np.asarray(y, np.float64),
            mode="lines",
            name=name,
            line={"color": colour, "width": 2},
            hovertemplate=f"{name}: {words}<extra></extra>",
        )
    return fig.update_layout(showlegend=len(curves) > 1)


def shares(values: Mapping[str, NDArray[np.floating]], across: str, unit: str) -> Drawing:
    """For each name the share of its values (N,) below a value: far apart curves are different things."""
    curves = {name: (np.sort(each), np.linspace(0, 100, len(each)).round(1)) for name, each in values.items()}
    return lines(curves, across, "share below (%)", f"%{{y:.0f}} % below %{{x:.4~g}} {unit}")


def bars(values: ArrayLike, labels: Sequence[str], across: str, up: str, words: str) -> Drawing:
    """A bar for each value (N,) with its label."""
    heights = np.asarray(values, np.float64)
    fig = small(across, up).add_bar(
        x=np.arange(len(heights)),
        y=heights,
        marker={"color": KL_COLOUR, "line": {"width": 0}},
        customdata=list(labels),
        hovertemplate=f"{words}<extra></extra>",
    )
    return fig.update_layout(showlegend=False, bargap=0.25)


def mark(fig: Drawing, x: float, words: str, colour: str = FOLLOWED) -> Drawing:
    """An upright line at x, with words above it."""
    fig.add_shape(
        type="line", x0=x, x1=x, y0=0, y1=1, yref="paper", line={"color": colour, "width": 2, "dash": "dot"}
    )
    return fig.add_annotation(
        text=words, x=x, y=1, yref="paper", yanchor="bottom", showarrow=False, font={"size": 12}
    )
