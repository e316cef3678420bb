"""Accuracy against the number of labels, on a log axis, with the spread over the draws of the labels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from vae.figures.drawing import Drawing
from vae.figures.theme import finite, plain_layout

COLOURS = ("#e8112d", "#5b78c7", "#94a4a2")
SYMBOLS = ("circle", "square", "diamond")


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
    fig = plain_layout(Drawing(), height, {"l": 58, "r": 14, "t": 10, "b": 48})
    shift = np.linspace(-0.025, 0.025, len(learners))  # decades, so that the bars stand beside each other
    for place, learner in enumerate(learners):
        shares = 100 * finite(learner.accuracy, learner.name, len(labels), None)
        colour, many = COLOURS[place % len(COLOURS)], shares.shape[1] > 1
        spread = shares.std(axis=1, ddof=1) if many else np.zeros(len(labels))
        said = "%{y:.1f} ± %{customdata[1]:.1f} % right" if many else "%{y:.1f} % right"
        fig.add_scatter(
            x=labels * 10 ** shift[place],
            y=shares.mean(axis=1),
            error_y={"array": spread, "thickness": 1.5, "width": 4},
            mode="lines+markers",
            name=learner.name,
            line={"color": colour, "width": 2.5},
            marker={"size": 9, "symbol": SYMBOLS[place % len(SYMBOLS)]},
            customdata=np.stack([labels, spread], axis=1),
            hovertemplate=f"{learner.name}, %{{customdata[0]:,}} labels: {said}<extra></extra>",
        )
    ticks = [f"{int(count):,}" for count in labels]
    title = {"text": "labels (log scale), as many of each class", "standoff": 6}
    fig.update_xaxes(
        title=title, type="log", tickvals=labels, ticktext=ticks, fixedrange=True, showgrid=False
    )
    right = {"text": "test images read right (%)", "standoff": 6}
    fig.update_yaxes(title=right, fixedrange=True, zeroline=False, automargin=False)
    legend = {"x": 1, "xanchor": "right", "y": 0.02, "yanchor": "bottom", "bgcolor": "rgba(0,0,0,0)"}
    return fig.update_layout(dragmode=False, showlegend=True, legend=legend)
