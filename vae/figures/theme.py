"""What all figures share: colours, plotly's configuration, the layout of a latent plane, checked inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.figures.drawing import Drawing

CLASS_COLOURS = (
    "#3f90da",
    "#ffa90e",
    "#bd1f01",
    "#94a4a2",
    "#832db6",
    "#a96b59",
    "#e76300",
    "#b9ac70",
    "#717581",
    "#92dadd",
)
"""Colour of each class on every page: Petroff's sequence for colour-blind readers (arXiv:2107.02270)."""

FOLLOWED = "#e8112d"
"""Red for the one thing that is followed: a path, a chosen z, this image among all others."""

CASING = "rgba(255,255,255,0.92)"
"""Light line under a dark or red one, so that it stands out from any class colour in both themes."""

FAINT = "rgba(255,255,255,0.45)"
"""The same under a dashed line, where it must not become a line of its own on a dark page."""

INK = "#1b1f24"
"""Text on a light disc, the same in both themes because the disc is."""

HIDDEN_COLOUR = (64, 92, 158)  # of hidden pixels, which would look like black ones
NEUTRAL = "#868b98"
"""Bars and thin lines, of equal contrast on white and on near-black."""

CLEAR = "rgba(0,0,0,0)"

CONFIG: dict[str, Any] = {
    "scrollZoom": True,
    "displaylogo": False,
    "doubleClick": "reset",
    "modeBarButtonsToRemove": [
        "select2d",
        "lasso2d",
        "zoom2d",
        "pan2d",
        "autoScale2d",
        "orbitRotation",
        "tableRotation",
        "pan3d",
        "zoom3d",
        "resetCameraLastSave3d",
    ],
    "toImageButtonOptions": {"format": "png", "scale": 2, "filename": "vae-explorer"},
}
"""Configuration for `st.plotly_chart(config=...)`: the wheel zooms, dragging pans, a double click resets."""

Point = tuple[float, float]


def finite(values: ArrayLike, name: str, *shape: int | None) -> NDArray[np.float64]:
    """Values as float64 of the given shape, where None is any length of at least 1; all finite.

    Raises:
        ValueError: naming the array, for another shape or for numbers that are not finite.
    """
    array = np.asarray(values, dtype=np.float64)
    fits = len(shape) == array.ndim and 0 not in array.shape
    if not fits or any(want not in (None, got) for want, got in zip(shape, array.shape, strict=True)):
        wanted = ", ".join("N" if length is None else str(length) for length in shape)
        raise ValueError(f"{name} must have shape ({wanted}{',' * (len(shape) == 1)}), got {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must hold finite numbers only, without NaN or infinity")
    return array


def subscript(number: int) -> str:
    """The number in subscript digits, for names of coordinates: 12 -> ₁₂."""
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def coordinate(axis: int) -> str:
    """Name of coordinate `axis` of z, counted from 0: z₁, z₂, ..."""
    return f"z{subscript(axis + 1)}"


def plain_layout(fig: Drawing, height: int, margin: dict[str, int]) -> Drawing:
    """Transparent background, fixed margins that nothing can push, dragging pans."""
    return fig.update_layout(
        height=height,
        margin={"pad": 0, "autoexpand": False, **margin},
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        dragmode="pan",
        hovermode="closest",
        hoverlabel={"align": "left"},
        modebar={"bgcolor": CLEAR, "color": NEUTRAL, "activecolor": FOLLOWED},
    )


def class_legend(fig: Drawing, room: int) -> Drawing:
    """Legend of the classes in one compact row, two on a narrow screen, in the lowest `room` px."""
    return fig.update_layout(
        showlegend=True,
        legend={
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "yref": "container",
            "y": 0,
            "yanchor": "bottom",
            "itemsizing": "constant",
            "itemwidth": 30,
            "tracegroupgap": 0,
            "maxheight": room,
            "bgcolor": CLEAR,
        },
    )


def plane_axes(fig: Drawing, axes: tuple[int, int], low: Point, high: Point, constrain: str) -> Drawing:
    """Linear axes of a latent plane, a unit as long across as up, from `low` (x, y) to `high`.

    constrain: "range" fills the chart and shows more of the plane, "domain" keeps the range and the picture's
    shape.
    """
    shared = {"automargin": False, "showgrid": True, "zeroline": True, "ticks": "", "constrain": constrain}
    for update, axis in zip((fig.update_xaxes, fig.update_yaxes), axes, strict=True):
        title = {"text": f"{coordinate(axis)} (prior standard deviations)", "standoff": 6}
        update(title=title, **shared)
    return set_view(fig.update_yaxes(scaleanchor="x", scaleratio=1), low, high)


def set_view(fig: Drawing, low: Point, high: Point) -> Drawing:
    """Show a plane from `low` (x, y) to `high`, in a chart of any size.

    plotly widens the ranges of the axes as the chart's shape asks for; what was meant stays in `meta`, for
    the browser to go back to (`assets/views.js`).
    """
    view = [[low[0], high[0]], [low[1], high[1]]]
    return fig.update_layout(meta={"view": view}, xaxis={"range": view[0]}, yaxis={"range": view[1]})
