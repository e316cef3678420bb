"""Rate against distortion of models trained with different betas."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from vae.figures.drawing import Drawing
from vae.figures.layout import plain_layout
from vae.figures.theme import FOLLOWED, KL_COLOUR, NEUTRAL

COLOURS = (NEUTRAL, KL_COLOUR)


class Point(NamedTuple):
    """A trained model: its dimensions and beta, its KL and nll in nats per image, its units in use."""

    latent_dim: int
    beta: float
    rate: float
    distortion: float
    active_units: int


def rate_distortion(points: Sequence[Point], chosen: Point, *, height: int = 400) -> Drawing:
    """A curve for each number of dimensions, and through the chosen point the line of equal -ELBO."""
    fig = plain_layout(Drawing(), height, {"l": 58, "r": 14, "t": 10, "b": 48})
    for place, latent_dim in enumerate(sorted({point.latent_dim for point in points})):
        curve = sorted(point for point in points if point.latent_dim == latent_dim)
        colour = COLOURS[place % len(COLOURS)]
        fig.add_scatter(
            x=[point.rate for point in curve],
            y=[point.distortion for point in curve],
            customdata=np.array([[point.beta, point.rate + point.distortion] for point in curve]),
            mode="lines+markers",
            name=f"{latent_dim} dimensions",
            line={"color": colour, "width": 2.5},
            marker={"size": 8},
            hovertemplate="β = %{customdata[0]}: KL %{x:.1f} nats, nll %{y:.1f} nats, "
            "−ELBO %{customdata[1]:.1f} nats<extra></extra>",
        )
    _equal_elbo(fig, points, chosen)
    fig.add_scatter(
        x=[chosen.rate],
        y=[chosen.distortion],
        mode="markers",
        showlegend=False,
        hoverinfo="skip",
        marker={"size": 14, "color": FOLLOWED},
    )
    fig.update_xaxes(
        title={"text": "rate: KL, nats per test image", "standoff": 6}, fixedrange=True, rangemode="tozero"
    )
    distortion = {"text": "distortion: nll, nats per test image", "standoff": 6}
    fig.update_yaxes(title=distortion, fixedrange=True, automargin=False, zeroline=False)
    legend = {"x": 1, "xanchor": "right", "y": 1, "yanchor": "top", "bgcolor": "rgba(0,0,0,0)"}
    return fig.update_layout(dragmode=False, showlegend=True, legend=legend)


def _equal_elbo(fig: Drawing, points: Sequence[Point], chosen: Point) -> None:
    """The line through the chosen point on which nll + KL is the same, as far as the points reach."""
    loss, rates = chosen.rate + chosen.distortion, [point.rate for point in points]
    distortions = [point.distortion for point in points]
    low, high = max(min(rates), loss - max(distortions)), min(max(rates), loss - min(distortions))
    fig.add_scatter(
        x=[low, high],
        y=[loss - low, loss - high],
        mode="lines",
        name=f"−ELBO = {loss:.1f} nats",
        line={"color": FOLLOWED, "width": 1.5, "dash": "dot"},
        hoverinfo="skip",
    )
