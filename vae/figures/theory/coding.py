"""Charts of codes: the error that is left by their size, their scale, and the loss over a training."""

from collections.abc import Sequence
from typing import NamedTuple

from numpy.typing import ArrayLike

from vae.figures.drawing import Drawing
from vae.figures.layout import finite, plain_layout
from vae.figures.theme import FOLLOWED, KL_COLOUR, NEUTRAL

MARGIN = {"l": 58, "r": 12, "t": 12, "b": 46}
COLOURS = (FOLLOWED, KL_COLOUR)
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 784)  # ticks of the numbers in a code


class Training(NamedTuple):
    """A model's loss (E,) on the images that it learns and on others, nats per image."""

    name: str
    train: Sequence[float]
    test: Sequence[float]


def error_by_size(
    sizes: ArrayLike, errors: ArrayLike, chosen: int, quantity: str, *, height: int = 300
) -> Drawing:
    """Errors per pixel (S,) that codes of so many numbers (S,), 1 or more, leave; the chosen one is marked.

    Raises:
        ValueError: for numbers that are not finite, or of which the chosen size is none.
    """
    counts = finite(sizes, "sizes", None)
    left = finite(errors, "errors", len(counts))
    if chosen not in counts:
        raise ValueError(f"the chosen size must be one of the sizes, got {chosen}")
    fig = plain_layout(Drawing(), height, MARGIN)
    words = f"%{{x:,}} numbers: {quantity} %{{y:.4f}} per pixel<extra></extra>"
    line = {"color": NEUTRAL, "width": 2.5}
    fig.add_scatter(x=counts, y=left, mode="lines", line=line, hovertemplate=words)
    dot = {"size": 11, "color": FOLLOWED}
    fig.add_scatter(x=[chosen], y=left[counts == chosen], mode="markers", marker=dot, hovertemplate=words)
    title = {"text": "numbers in the code (log scale)", "standoff": 6}
    ticks = [f"{size}" for size in SIZES]
    fig.update_xaxes(title=title, type="log", tickvals=SIZES, ticktext=ticks, fixedrange=True, showgrid=False)
    error = {"text": f"{quantity} per pixel", "standoff": 6}
    fig.update_yaxes(title=error, fixedrange=True, rangemode="tozero", automargin=False)
    return fig.update_layout(dragmode=False, showlegend=False)


def scaled_codes(z: ArrayLike, chosen: ArrayLike, reach: float, *, height: int = 300) -> Drawing:
    """Codes (N, 2) in a plane whose axes always reach as far, to both sides; the chosen one (2,) is red.

    Raises:
        ValueError: for codes of another shape, or numbers that are not finite.
    """
    points, followed = finite(z, "z", None, 2), finite(chosen, "chosen", 2)
    fig = plain_layout(Drawing(), height, MARGIN)
    cloud = {"size": 3, "color": NEUTRAL, "opacity": 0.6}
    plain = {"mode": "markers", "hoverinfo": "skip"}
    fig.add_scattergl(x=points[:, 0], y=points[:, 1], marker=cloud, **plain)
    fig.add_scatter(x=followed[:1], y=followed[1:], marker={"size": 11, "color": FOLLOWED}, **plain)
    shared = {"range": [-reach, reach], "fixedrange": True}
    fig.update_xaxes(title={"text": "code, first number", "standoff": 6}, constrain="domain", **shared)
    fig.update_yaxes(
        title={"text": "second number", "standoff": 6}, scaleanchor="x", automargin=False, **shared
    )
    return fig.update_layout(dragmode=False, showlegend=False)


def overfitting(epochs: ArrayLike, trainings: Sequence[Training], *, height: int = 380) -> Drawing:
    """The loss after each of some epochs (E,): of the training images dotted, of the test images solid.

    Raises:
        ValueError: for losses that are not (E,) finite numbers.
    """
    passed = finite(epochs, "epochs", None)
    fig = plain_layout(Drawing(), height, {**MARGIN, "t": 48})
    for training, colour in zip(trainings, COLOURS, strict=False):
        for kind, losses, dash in (("training", training.train, "dot"), ("test", training.test, "solid")):
            name = f"{training.name}, {kind} images"
            fig.add_scatter(
                x=passed,
                y=finite(losses, name, len(passed)),
                mode="lines",
                name=name,
                line={"color": colour, "width": 2.5, "dash": dash},
                hovertemplate=f"{name}, epoch %{{x}}: %{{y:.1f}} nats<extra></extra>",
            )
    ticks = [epoch for epoch in (1, 3, 10, 30, 100, 300, 1000) if epoch <= passed[-1]]
    title = {"text": "epoch (log scale)", "standoff": 6}
    fig.update_xaxes(
        title=title, type="log", tickvals=ticks, ticktext=[*map(str, ticks)], fixedrange=True, showgrid=False
    )
    nats = {"text": "loss, nats per image", "standoff": 6}
    ends = [losses[-1] for each in trainings for losses in (each.train, each.test)]
    view = [0.8 * min(ends), 1.3 * max(ends)]  # the first epochs cost more
    fig.update_yaxes(title=nats, fixedrange=True, zeroline=False, automargin=False, range=view)
    legend = {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "bgcolor": "rgba(0,0,0,0)"}
    return fig.update_layout(dragmode=False, showlegend=True, legend=legend)
