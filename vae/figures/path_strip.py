"""A path frame by frame: its pictures, what is read on them, and below, on the same axis, numbers along t."""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.figures.drawing import Drawing
from vae.figures.layout import SHORT, finite, plain_layout, plain_text, shortened
from vae.figures.palette import class_colours
from vae.figures.theme import FOLLOWED, KL_COLOUR, NEUTRAL
from vae.images.export import data_uri, png

EVERY = 0.1  # of t between two pictures
PICTURES, READ, RIBBON, CURVE, GAP, FOOT = 84, 42, 8, 84, 30, 42  # pixels from top to bottom
PERCENT, NAME = 10, 11  # sizes of letters
ROOM = 4.5  # of these letters below a picture, on a phone


class Reading(NamedTuple):
    """What a classifier reads on each of T frames: class (T,) and probability (T,), with the names."""

    labels: NDArray[np.int64]
    probability: NDArray[np.floating]
    class_names: Sequence[str]


class Curve(NamedTuple):
    """A number along the path: its name with the unit, places t (K,) and values (K,), a level to compare."""

    name: str
    t: ArrayLike
    values: ArrayLike
    level: float | None = None
    level_name: str = ""


def path_strip(images: ArrayLike, reading: Reading | None, curves: Sequence[Curve]) -> Drawing:
    """Frames (T, H, W, C) of a path at even steps of t from 0 to 1, eleven of them drawn; curves below.

    Under each picture stand the class read on it and its probability, a long name once under all pictures
    that are read alike one after the other; the ribbon has the colour of the class read on each of the T
    frames.

    Raises:
        ValueError: for images of another shape, or numbers that are not finite.
    """
    frames = finite(images, "images", None, None, None, None)
    head = PICTURES + (READ + RIBBON if reading else 0)
    height = head + len(curves) * (GAP + CURVE) + FOOT
    fig = plain_layout(Drawing(), height, {"l": 38, "r": 6, "t": 0, "b": FOOT})
    inner = height - FOOT
    _draw_pictures(fig, frames, 1 - PICTURES / inner)
    if reading:
        _write_reading(fig, reading, (inner - PICTURES) / inner, (inner - head) / inner, RIBBON / inner)
    for place, curve in enumerate(curves):
        top = inner - head - GAP - place * (GAP + CURVE)
        _draw_curve(fig, curve, place + 2, ((top - CURVE) / inner, top / inner))
    title = {"text": "t, from A to B", "standoff": 6}
    fig.update_xaxes(
        title=title,
        range=[-EVERY / 2, 1 + EVERY / 2],
        dtick=0.2,
        showgrid=False,
        zeroline=False,
        anchor="free",
    )
    fig.update_xaxes(
        fixedrange=True, automargin=False, position=0, unifiedhovertitle={"text": "t = %{x:.2f}"}
    )
    return fig.update_layout(hovermode="x unified", hoversubplots="axis", dragmode=False, showlegend=False)


def _draw_pictures(fig: Drawing, frames: NDArray[np.float64], bottom: float) -> None:
    """Eleven frames at their t, as large as the row or their share of its width allows."""
    for t in np.arange(0, 1 + EVERY / 2, EVERY):
        fig.add_layout_image(
            source=data_uri(png(frames[round(t * (len(frames) - 1))])),
            xref="x",
            yref="paper",
            x=t,
            y=1,
            xanchor="center",
            yanchor="top",
            sizex=0.94 * EVERY,
            sizey=1 - bottom,
            sizing="contain",
        )


def _write_reading(fig: Drawing, reading: Reading, top: float, bottom: float, ribbon: float) -> None:
    """Class and probability under each picture, and the ribbon of all frames."""
    steps = len(reading.labels) - 1
    frames = [round(t * steps) for t in np.arange(0, 1 + EVERY / 2, EVERY)]
    read_as = [reading.class_names[reading.labels[frame]] for frame in frames]
    is_short = max(map(len, reading.class_names)) <= SHORT
    below: dict[str, Any] = {"y": top, "yref": "paper", "yanchor": "top", "showarrow": False}
    for place, (frame, name) in enumerate(zip(frames, read_as, strict=True)):
        sign, share = plain_text(name) if is_short else "\u00a0", reading.probability[frame]
        words = f"<b>{sign}</b><br><span style='font-size:{PERCENT}px'>{share:.0%}</span>"
        fig.add_annotation(text=words, x=place * EVERY, font={"size": 17}, **below)
    for name, middle, room in [] if is_short else _runs(read_as):
        text = f"<b>{plain_text(shortened(name, room))}</b>"
        fig.add_annotation(text=text, x=middle, font={"size": NAME}, **below)
    changes = np.flatnonzero(np.diff(reading.labels)) + 1
    for first, after in pairwise([0, *changes.tolist(), steps + 1]):
        colour = class_colours(len(reading.class_names))[reading.labels[first]]
        fig.add_shape(
            name="read",
            type="rect",
            x0=max(first - 0.5, 0) / steps,
            x1=min(after - 0.5, steps) / steps,
            y0=bottom,
            y1=bottom + ribbon,
            yref="paper",
            fillcolor=colour,
            line={"width": 0},
        )
    names = [reading.class_names[label] for label in reading.labels]
    read = [
        f"{plain_text(name)} ({share:.0%})" for name, share in zip(names, reading.probability, strict=True)
    ]
    _add_axis(fig, 1, [bottom, bottom + ribbon], visible=False, range=[0, 1])
    fig.add_scatter(
        x=np.linspace(0, 1, steps + 1),
        y=np.full(steps + 1, 0.5),
        customdata=read,
        mode="markers",
        marker={"opacity": 0},
        name="read as",
        hovertemplate="%{customdata}",
    )


def _runs(names: Sequence[str]) -> Iterator[tuple[str, float, int]]:
    """Each name below the pictures once, at the middle t of its pictures, and its room in letters."""
    first = 0
    for name, run in groupby(names):
        count = len(list(run))
        yield name, EVERY * (first + (count - 1) / 2), int(ROOM * count)
        first += count


def _draw_curve(fig: Drawing, curve: Curve, axis: int, domain: tuple[float, float]) -> None:
    """One curve in a row of its own, its name above it."""
    t, values = finite(curve.t, "t", None), finite(curve.values, curve.name, None)
    everything = np.append(values, values if curve.level is None else curve.level)
    pad = 0.08 * max(float(np.ptp(everything)), 1e-6)
    limits = [everything.min() - pad, everything.max() + pad]
    _add_axis(fig, axis, list(domain), range=limits, nticks=4, zeroline=False, fixedrange=True)
    name = curve.name.partition(",")[0]
    fig.add_scatter(
        x=t,
        y=values,
        yaxis=f"y{axis}",
        mode="lines",
        name=name,
        line={"color": KL_COLOUR, "width": 2.5},
        hovertemplate="%{y:.1f}",
    )
    above: dict[str, Any] = {"y": domain[1], "yref": "paper", "yanchor": "bottom", "showarrow": False}
    fig.add_annotation(text=curve.name, x=0, xref="paper", xanchor="left", font={"size": 13}, **above)
    if curve.level is not None:
        line = {"color": FOLLOWED, "width": 1.5, "dash": "dot"}
        fig.add_shape(
            name="level", type="line", x0=0, x1=1, y0=curve.level, y1=curve.level, yref=f"y{axis}", line=line
        )
        words = f"<span style='color:{FOLLOWED}'>┈</span> {curve.level_name}"
        fig.add_annotation(
            text=words, x=1, xref="paper", xanchor="right", font={"size": 12, "color": NEUTRAL}, **above
        )


def _add_axis(fig: Drawing, number: int, domain: list[float], **settings: Any) -> None:
    name = "yaxis" if number == 1 else f"yaxis{number}"
    fig.update_layout({name: {"domain": domain, "anchor": "x", "automargin": False, **settings}})
