"""A critic while it learns to tell q from p, and what its T is worth as log q - log p.

Symbols: G places of z, S recorded steps, W sds of q. Nats.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.figures import playing
from vae.figures.drawing import Drawing
from vae.figures.layout import finite, plain_layout
from vae.figures.theme import CLEAR, FOLLOWED, KL_COLOUR, NEUTRAL

Floats = NDArray[np.floating]
Props = dict[str, Any]

PRIOR_COLOUR, Q_COLOUR = NEUTRAL, "#d08a1d"
CONTRAST_COLUMNS = ((0.0, 0.46), (0.54, 1.0))  # shares of the width
ROWS = ((0.70, 1.0), (0.35, 0.61), (0.0, 0.24))  # shares of the height, from below
MARGIN = {"l": 56, "r": 12, "t": 12, "b": 46}
AT_CHANCE = 2 * float(np.log(2))  # loss of a critic that knows nothing, nats
HIGHEST, LOWEST = 3.5, -4.5  # of a log ratio that is shown


class Learning(NamedTuple):
    """A critic's T (S, G) after some steps (S,), its estimate of the KL and its loss (S,), beside the truth.

    Arguments:
        z: Places (G,).
        p: Density of the prior (G,).
        q: Density of q (G,).
        log_ratio: log q - log p (G,), the optimum of T.
        steps: Steps after which the critic is shown (S,).
        t: What it then says (S, G).
        estimate: Mean of T under q (S,), nats.
        loss: Its loss (S,), nats.
        kl: KL(q || p), nats.
        at_chance: The loss of one who knows nothing, nats.
    """

    z: ArrayLike
    p: ArrayLike
    q: ArrayLike
    log_ratio: ArrayLike
    steps: Sequence[int]
    t: ArrayLike
    estimate: ArrayLike
    loss: ArrayLike
    kl: float
    at_chance: float


def learning(critic: Learning, *, height: int = 578) -> Drawing:
    """Densities and the critic's sigmoid, T beside its optimum, the estimate and the loss over the steps.

    The steps are frames, which the page plays; the last one is shown at first.

    Raises:
        ValueError: for shapes that do not match or numbers that are not finite.
    """
    z = finite(critic.z, "z", None)
    p, q, truth = (
        finite(getattr(critic, name), name, len(z)).astype(np.float32) for name in ("p", "q", "log_ratio")
    )
    t = finite(critic.t, "t", len(critic.steps), len(z))
    fig = plain_layout(Drawing(), height, MARGIN)
    _line(fig, z, p, "p(z)", PRIOR_COLOUR, fill=True)
    _line(fig, z, q, "q(z|x)", Q_COLOUR, fill=True)
    _line(fig, z, q / (p + q), "q / (p + q), the best answer", KL_COLOUR, dash="dot")
    _line(fig, z, truth, "log q − log p", KL_COLOUR, dash="dot", row=2)
    passed = _place(critic.steps)
    for name, values, colour in (
        ("estimate of the KL", critic.estimate, FOLLOWED),
        ("loss", critic.loss, NEUTRAL),
    ):
        _line(fig, passed, finite(values, name, len(passed)), f"{name}, nats", colour, row=3)
    still = len(fig.data)
    for trace in _state(critic, t, passed, len(passed) - 1):
        fig.add_trace(trace)
    moving = list(range(still, len(fig.data)))
    frames = [
        {"name": f"{step:,}", "traces": moving, "data": _state(critic, t, passed, k)}
        for k, step in enumerate(critic.steps)
    ]
    fig.animate(frames)
    for level, words, colour in (
        (critic.kl, "KL(q ‖ p)", KL_COLOUR),
        (critic.at_chance, "2 log 2: knows nothing", NEUTRAL),
    ):
        _level(fig, level, words, colour)
    _axes(fig, z, critic)
    return playing.handle(fig)


class Contrasted(NamedTuple):
    """What a critic is shown and what it makes of it.

    Arguments:
        title: Its contrast, in words.
        z: Places of z around q (G,).
        q: Density of q (G,), of any height.
        against: Density of its contrast (G,), in the same unit.
        log_ratio: log q - log p (G,).
        said: What stands for that (G,).
    """

    title: str
    z: ArrayLike
    q: ArrayLike
    against: ArrayLike
    log_ratio: ArrayLike
    said: ArrayLike


def contrasts(both: Sequence[Contrasted], *, height: int = 452) -> Drawing:
    """Two critics beside each other: above what they tell apart, below the log ratio that they stand for.

    Raises:
        ValueError: for shapes that do not match or numbers that are not finite.
    """
    fig = plain_layout(Drawing(), height, {"l": 56, "r": 12, "t": 84, "b": 46})
    heights = _heights(both)
    for column, each in enumerate(both):
        _contrast_curves(fig, each, column)
        _contrast_axes(fig, each, column, heights)
    return _legend(fig, y=1.08)


def errors(
    sds: ArrayLike, by_contrast: Mapping[str, ArrayLike], chosen: float, *, height: int = 250
) -> Drawing:
    """The KL's estimate less the true KL (W, seeds), nats, against the sd of q (W,): the mean, and each seed.

    Raises:
        ValueError: for shapes that do not match or numbers that are not finite.
    """
    widths = finite(sds, "sds", None)
    fig = plain_layout(Drawing(), height, {"l": 56, "r": 12, "t": 30, "b": 46})
    for (name, values), colour in zip(by_contrast.items(), (NEUTRAL, FOLLOWED), strict=False):
        found = finite(values, name, len(widths), None)
        _line(fig, widths, found.mean(axis=1), name, colour)
        seeds = {"mode": "markers", "marker": {"size": 6, "color": colour}, "showlegend": False}
        x = np.repeat(widths, found.shape[1])
        words = f"{name}, sd %{{x}}: %{{y:+.2f}} nats<extra></extra>"
        fig.add_scatter(x=x, y=found.ravel(), name=f"{name}, seeds", hovertemplate=words, **seeds)
    line = {"color": NEUTRAL, "width": 1.5, "dash": "dot"}
    fig.add_shape(type="line", x0=chosen, x1=chosen, y0=0, y1=1, yref="paper", line=line)
    title = {"text": "sd of q (log scale)", "standoff": 4}
    ticks = {"tickvals": widths.tolist(), "ticktext": [f"{width:g}" for width in widths]}
    fig.update_xaxes(title=title, type="log", fixedrange=True, showgrid=False, **ticks)
    fig.update_yaxes(title={"text": "error of the KL, nats", "standoff": 4}, fixedrange=True)
    return _legend(fig, y=1.0)


def health(kl: ArrayLike, least: ArrayLike, loss: ArrayLike, *, height: int = 300) -> Drawing:
    """The critic's KL and loss after each epoch (E,), nats, and the least KL (E,) that q's moments allow.

    Raises:
        ValueError: for shapes that do not match or numbers that are not finite.
    """
    estimate = finite(kl, "kl", None)
    epochs = np.arange(1.0, len(estimate) + 1)
    fig = plain_layout(Drawing(), height, {"l": 56, "r": 56, "t": 34, "b": 46})
    _line(fig, epochs, estimate, "KL, an estimate", FOLLOWED)
    _line(fig, epochs, finite(least, "least", len(epochs)), "least for q's moments", FOLLOWED, dash="dot")
    right = _curve(epochs, finite(loss, "loss", len(epochs)), "critic's loss", NEUTRAL, 1) | {"yaxis": "y2"}
    fig.add_trace(right)
    level = {"type": "line", "x0": 0, "x1": 1, "y0": AT_CHANCE, "y1": AT_CHANCE, "xref": "paper"}
    fig.add_shape(**level, yref="y2", line={"color": NEUTRAL, "width": 1.5, "dash": "dot"})
    shared = {"fixedrange": True, "automargin": False, "zeroline": False}
    fig.update_xaxes(title={"text": "epoch", "standoff": 4}, showgrid=False, fixedrange=True)
    fig.update_yaxes(title={"text": "KL, nats per image", "standoff": 4}, rangemode="tozero", **shared)
    ticks = {"range": [0, 1.1 * AT_CHANCE], "tickvals": [0, 0.5, 1, AT_CHANCE], "tickformat": ".2f"}
    side = {"title": {"text": "critic's loss, nats", "standoff": 4}, "overlaying": "y", "side": "right"}
    fig.update_layout(yaxis2={**shared, **side, "showgrid": False, **ticks})
    return _legend(fig, y=1.0)


def _state(critic: Learning, t: Floats, passed: Floats, k: int) -> list[Props]:
    """What moves: the sigmoid and T after recorded step k, and where that is among the steps."""
    z = np.asarray(critic.z, np.float32)
    curves = (
        ("sigmoid of T", 1 / (1 + np.exp(-t[k])), 1),
        ("T", t[k], 2),
    )
    lines = [_curve(z, values.astype(np.float32), name, FOLLOWED, row) for name, values, row in curves]
    estimate, loss = (float(np.asarray(values)[k]) for values in (critic.estimate, critic.loss))
    dots = {"x": [float(passed[k])] * 2, "y": [estimate, loss], "mode": "markers", "hoverinfo": "skip"}
    marker = {"size": 10, "color": [FOLLOWED, NEUTRAL]}
    now = {"type": "scatter", **dots, "marker": marker, "name": "now", "showlegend": False, **_on(3)}
    return [*lines, now]


def _line(
    fig: Drawing,
    x: Floats,
    y: Floats,
    name: str,
    colour: str,
    fill: bool = False,
    row: int = 1,
    dash: str = "solid",
    showlegend: bool = True,
) -> None:
    trace = _curve(x, y, name, colour, row, dash) | {"showlegend": showlegend}
    fig.add_trace(trace | ({"fill": "tozeroy", "fillcolor": _pale(colour)} if fill else {}))


def _curve(x: Floats, y: Floats, name: str, colour: str, row: int, dash: str = "solid") -> Props:
    line = {"color": colour, "width": 2.5, "dash": dash}
    words = f"{name}: %{{y:.2f}}<extra></extra>"
    return {"type": "scatter", "x": x, "y": y, "mode": "lines", "name": name, "line": line} | {
        "hovertemplate": words,
        **_on(row),
    }


def _on(row: int) -> Props:
    """The axes of a row, those of the first one unnamed."""
    return {} if row == 1 else {"xaxis": f"x{row}", "yaxis": f"y{row}"}


def _axis(letter: str, row: int) -> str:
    return f"{letter}axis{'' if row == 1 else row}"


def _pale(colour: str) -> str:
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"


def _level(fig: Drawing, level: float, words: str, colour: str) -> None:
    """A line that the steps' curves are compared with."""
    ends = {"type": "line", "x0": 0, "x1": 1, "y0": level, "y1": level, "xref": "x3 domain", "yref": "y3"}
    fig.add_shape(**ends, line={"color": colour, "width": 1.5, "dash": "dot"}, name=words)
    place = {"x": 1, "y": level, "xref": "x3 domain", "yref": "y3", "xanchor": "right", "yanchor": "bottom"}
    fig.add_annotation(text=words, showarrow=False, font={"size": 12, "color": colour}, **place)


def _axes(fig: Drawing, z: Floats, critic: Learning) -> None:
    shared = {"fixedrange": True, "zeroline": False, "automargin": False}
    across = {"range": [float(z[0]), float(z[-1])], "showgrid": False, **shared}
    last = critic.steps[-1]
    ticks = [step for step in (0, 10, 50, 200, 500, 1000, 2000, 5000) if step <= last]
    highest = 1.18 * max(critic.at_chance, float(np.max(critic.estimate)), float(np.max(critic.loss)))
    layout: Props = {
        "xaxis": {**across, "anchor": "y", "showticklabels": False},
        "xaxis2": {
            **across,
            "anchor": "y2",
            "title": {"text": "z (prior standard deviations)", "standoff": 4},
        },
        "xaxis3": {**shared, "anchor": "y3", "showgrid": False, "tickvals": _place(ticks).tolist()}
        | {"ticktext": [f"{tick:,}" for tick in ticks]}
        | {"title": {"text": "step of the critic's training (square-root scale)", "standoff": 4}},
    }
    titles = ("density; share", "nats", "nats")
    ranges = ([0, 1.04], [LOWEST, HIGHEST], [min(0.0, float(np.min(critic.estimate))), highest])
    for row, (title, view, domain) in enumerate(zip(titles, ranges, ROWS, strict=True), 1):
        up = {"title": {"text": title, "standoff": 4}, "range": view, "domain": list(domain), "nticks": 5}
        layout[_axis("y", row)] = {**shared, **up, "anchor": "x" if row == 1 else f"x{row}"}
    fig.update_layout(layout, showlegend=False, dragmode=False)


def _contrast_curves(fig: Drawing, each: Contrasted, column: int) -> None:
    """A critic's two charts: the densities that it tells apart, and the log ratio with what stands for it."""
    z = finite(each.z, "z", None)
    above, below = 2 * column + 1, 2 * column + 2
    is_named = column == 0
    for name, values, colour in (("the contrast", each.against, PRIOR_COLOUR), ("q(z|x)", each.q, Q_COLOUR)):
        _line(fig, z, finite(values, name, len(z)), name, colour, True, above, showlegend=is_named)
    for name, values, colour, dash in (
        ("log q − log p", each.log_ratio, KL_COLOUR, "dot"),
        ("what stands for it", each.said, FOLLOWED, "solid"),
    ):
        _line(fig, z, finite(values, name, len(z)), name, colour, row=below, dash=dash, showlegend=is_named)


def _contrast_axes(fig: Drawing, each: Contrasted, column: int, heights: tuple[float, float]) -> None:
    """The axes of a critic's two charts, its title above them; `heights` are the ends of the lower one."""
    above, below = 2 * column + 1, 2 * column + 2
    domain = CONTRAST_COLUMNS[column]
    z = np.asarray(each.z)
    shared: Props = {"fixedrange": True, "showgrid": False}
    across = {**shared, "range": [float(z[0]), float(z[-1])], "domain": list(domain), "nticks": 5}
    axes: Props = {
        _axis("x", above): {**across, "anchor": f"y{above}", "showticklabels": False},
        _axis("x", below): {**across, "anchor": f"y{below}", "title": {"text": "z (sd)", "standoff": 4}},
        _axis("y", above): {**shared, "domain": [0.66, 1.0], "anchor": f"x{above}"}
        | {"rangemode": "tozero", "showticklabels": False},
        _axis("y", below): {"fixedrange": True, "domain": [0.0, 0.6], "anchor": f"x{below}"}
        | {"range": list(heights), "zeroline": False}
        | {"title": {"text": "" if column else "nats", "standoff": 4}},
    }
    fig.update_layout(axes)
    place = {"x": sum(domain) / 2, "y": 1.0, "xref": "paper", "yref": "paper", "yanchor": "bottom"}
    fig.add_annotation(text=each.title, showarrow=False, **place)


def _heights(both: Sequence[Contrasted]) -> tuple[float, float]:
    """What both charts of log ratios hold, less the depths where q is not."""
    high = max(float(np.max(values)) for each in both for values in (each.log_ratio, each.said))
    return high - 9.0, high + 0.7


def _legend(fig: Drawing, y: float) -> Drawing:
    legend = {"orientation": "h", "x": 0, "y": y, "yanchor": "bottom", "bgcolor": CLEAR}
    return fig.update_layout(dragmode=False, showlegend=True, legend=legend)


def _place(steps: Sequence[int]) -> Floats:
    """Where a number of steps stands on the axis."""
    return np.sqrt(np.asarray(steps, np.float64))
