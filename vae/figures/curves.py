"""Curves against a count on a log axis: accuracy by the number of labels, errors by the number of steps."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.figures.drawing import Drawing
from vae.figures.layout import finite, plain_layout
from vae.figures.theme import FOLLOWED, KL_COLOUR, NEUTRAL

COLOURS = (FOLLOWED, KL_COLOUR, NEUTRAL)
SYMBOLS = ("circle", "square", "diamond")
MOST_TICKS = 9  # of a curve by steps


class Learner(NamedTuple):
    """What a classifier learnt from, and its accuracy (counts, seeds) in [0, 1]."""

    name: str
    accuracy: ArrayLike


def label_efficiency(counts: ArrayLike, learners: list[Learner], *, height: int = 460) -> Drawing:
    """Mean accuracy of each learner for each number of labels (C,), with a bar of one standard deviation.

    Raises:
        ValueError: for accuracies that are not (C, seeds) finite numbers.
    """
    labels = finite(counts, "counts", None)
    fig = plain_layout(Drawing(), height, {"l": 58, "r": 14, "t": 58, "b": 48})
    has_bars = any(np.shape(learner.accuracy)[-1] > 1 for learner in learners)
    shift = np.linspace(-0.025, 0.025, len(learners)) * has_bars  # decades, so that bars stand side by side
    for place, learner in enumerate(learners):
        shares = 100 * finite(learner.accuracy, learner.name, len(labels), None)
        colour, many = COLOURS[place % len(COLOURS)], shares.shape[1] > 1
        spread = shares.std(axis=1, ddof=1) if many else np.zeros(len(labels))
        share = "%{y:.1f} ± %{customdata[1]:.1f} %" if many else "%{y:.1f} %"
        fig.add_scatter(
            x=labels * 10 ** shift[place],
            y=shares.mean(axis=1),
            error_y={"array": spread, "thickness": 1.5, "width": 4},
            mode="lines+markers",
            name=learner.name,
            line={"color": colour, "width": 2.5},
            marker={"size": 9, "symbol": SYMBOLS[place % len(SYMBOLS)]},
            customdata=np.stack([labels, spread], axis=1),
            hovertemplate=f"{learner.name}, %{{customdata[0]:,}} labels: {share}<extra></extra>",
        )
    _axes(fig, labels, "labels (log scale), as many of each class", "test accuracy (%)")
    return _legend(fig, {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.01, "yanchor": "bottom"})


def error_by_steps(
    counts: ArrayLike, curves: Mapping[str, ArrayLike], level: float, *, height: int = 300
) -> Drawing:
    """Errors (M,) of each way of imputation after so many steps (M,), and the level of a single pass.

    Mean squared errors per hidden pixel.

    Raises:
        ValueError: for errors that are not (M,) finite numbers.
    """
    steps = finite(counts, "counts", None)
    fig = plain_layout(Drawing(), height, {"l": 62, "r": 14, "t": 10, "b": 48})
    for place, (name, errors) in enumerate(curves.items()):
        fig.add_scatter(
            x=steps,
            y=finite(errors, name, len(steps)),
            mode="lines+markers",
            name=name,
            line={"color": COLOURS[place], "width": 2.5},
            marker={"size": 8, "symbol": SYMBOLS[place]},
            hovertemplate=f"{name}, %{{x:,}} steps: %{{y:.4f}}<extra></extra>",
        )
    fig.add_scatter(
        x=steps[[0, -1]],
        y=[float(finite(level, "level"))] * 2,
        mode="lines",
        name="one pass",
        line={"color": NEUTRAL, "width": 1.5, "dash": "dot"},
        hovertemplate="one pass: %{y:.4f}<extra></extra>",
    )
    marked = steps[:: 2 if len(steps) > MOST_TICKS else 1]
    _axes(fig, marked, "steps (log scale)", "error per hidden pixel")
    return _legend(fig, {"y": 0.9, "yanchor": "top"})


def _axes(fig: Drawing, counts: NDArray[np.float64], across: str, up: str) -> None:
    """A log axis with a tick at each of the counts, and one for what is counted up."""
    fig.update_xaxes(
        title={"text": across, "standoff": 6},
        type="log",
        tickvals=counts,
        ticktext=[f"{int(count):,}" for count in counts],
        fixedrange=True,
        showgrid=False,
    )
    fig.update_yaxes(title={"text": up, "standoff": 6}, fixedrange=True, zeroline=False, automargin=False)


def _legend(fig: Drawing, place: dict[str, Any]) -> Drawing:
    """The names of the curves, by default at the right within the chart."""
    legend = {"x": 1, "xanchor": "right", "bgcolor": "rgba(0,0,0,0)", **place}
    return fig.update_layout(dragmode=False, showlegend=True, legend=legend)
