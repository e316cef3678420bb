"""What all figures share in form: margins, legends, the axes of a latent plane, checked inputs."""

from html import escape
from unicodedata import east_asian_width

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.figures.drawing import Drawing
from vae.figures.theme import CLEAR, FOLLOWED, NEUTRAL

Point = tuple[float, float]

SHORT = 2  # characters that fit on a disc


def class_sign(name: str, label: int) -> str:
    """What stands for a class where a long name has no room: the name if short enough, else its number."""
    return name if len(name) <= SHORT else str(label)


def letters(text: str) -> int:
    """How wide a text is, in letters: a Chinese or Japanese sign takes the place of two."""
    return len(text) + sum(east_asian_width(sign) in "WF" for sign in text)


def shortened(text: str, most: int) -> str:
    """The text if it is at most so many letters wide, else its beginning and an ellipsis."""
    if letters(text) <= most:
        return text
    while letters(text) > most - 1:
        text = text[:-1]
    return f"{text.rstrip()}…"


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


def plain_text(words: str) -> str:
    """A text of plotly's that reads as these words, whatever stands in them: plotly takes some tags."""
    return escape(words, quote=False)


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


def class_legend(fig: Drawing) -> Drawing:
    """Legend of the classes in the margin above, for a saved picture: a page has its own."""
    return fig.update_layout(
        showlegend=True,
        legend={
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "yref": "container",
            "y": 1,
            "yanchor": "top",
            "itemsizing": "constant",
            "itemwidth": 30,
            "tracegroupgap": 0,
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
