"""Charts of the chapter on sampling: estimates that spread, a coin and its relaxation, a KL that falls."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from vae.figures.drawing import Drawing
from vae.figures.layout import finite, plain_layout
from vae.figures.theme import FOLLOWED, KL_COLOUR, NEUTRAL

COLOURS = (FOLLOWED, KL_COLOUR, NEUTRAL)
STRIP = 0.32  # half the height of a row of dots, of 1 from row to row


def strips(
    groups: Mapping[str, ArrayLike], middle: float, reach: float, unit: str, *, height: int
) -> Drawing:
    """Estimates (G,) of one number by several ways, a row of dots for each, the first one above.

    The axis goes from middle - reach to middle + reach, and a line marks its middle.

    Raises:
        ValueError: for estimates that are not finite numbers.
    """
    fig = plain_layout(Drawing(), height, {"l": 112, "r": 14, "t": 6, "b": 46})
    for row, (name, values) in enumerate(groups.items()):
        found = finite(values, name, None)
        fig.add_scatter(
            x=found,
            y=np.random.default_rng(row).uniform(-STRIP, STRIP, len(found)) - row,
            name=name,
            mode="markers",
            marker={"size": 5, "color": COLOURS[row % len(COLOURS)], "opacity": 0.5},
            hovertemplate=f"{name}: %{{x:.1f}} {unit}<extra></extra>",
        )
    line = {"color": NEUTRAL, "width": 1.5, "dash": "dot"}
    fig.add_shape(type="line", x0=middle, x1=middle, y0=0, y1=1, yref="paper", line=line)
    ends = [middle - reach, middle + reach]
    fig.update_xaxes(title={"text": unit, "standoff": 6}, range=ends, fixedrange=True, zeroline=False)
    rows = {"tickvals": [-row for row in range(len(groups))], "ticktext": list(groups)}
    lanes = {"range": [0.5 - len(groups), 0.5], "showgrid": False, "zeroline": False, "fixedrange": True}
    return fig.update_yaxes(**rows, **lanes).update_layout(showlegend=False, dragmode=False)


def draws_by_probability(
    p: ArrayLike, z: ArrayLike, at: float, dots: ArrayLike, *, height: int = 330
) -> Drawing:
    """z against p (P,) of draws with fixed noise (R, P); dots (R,) where p is `at`.

    Raises:
        ValueError: for numbers that are not finite, or shapes that do not fit.
    """
    across = finite(p, "p", None)
    curves = finite(z, "z", None, len(across))
    fig = _by_probability(at, "z of each draw", height)
    for curve in curves:
        line = {"color": KL_COLOUR, "width": 1.5}
        fig.add_scatter(x=across, y=curve, mode="lines", line=line, opacity=0.75, hoverinfo="skip")
    places = {"x": np.full(len(curves), at), "y": finite(dots, "dots", len(curves))}
    fig.add_scatter(**places, mode="markers", marker={"size": 9, "color": FOLLOWED}, hoverinfo="skip")
    return fig.update_yaxes(range=[-0.06, 1.06])


def losses_by_probability(
    p: ArrayLike, losses: Mapping[str, ArrayLike], at: float, *, height: int = 330
) -> Drawing:
    """Expected losses (P,) against p (P,), by name, the first one dotted.

    Raises:
        ValueError: for numbers that are not finite, or another count of them than p has.
    """
    across = finite(p, "p", None)
    fig = _by_probability(at, "expected loss", height)
    for (name, values), colour, dash in zip(
        losses.items(), (NEUTRAL, KL_COLOUR), ("dot", "solid"), strict=False
    ):
        fig.add_scatter(
            x=across,
            y=finite(values, name, len(across)),
            name=name,
            mode="lines",
            line={"color": colour, "width": 2.5, "dash": dash},
            hovertemplate=f"{name}, p = %{{x:.2f}}: %{{y:.3f}}<extra></extra>",
        )
    legend = {"x": 0, "y": 1, "yanchor": "top", "bgcolor": "rgba(0,0,0,0)"}
    return fig.update_layout(showlegend=True, legend=legend)


def _by_probability(at: float, title: str, height: int) -> Drawing:
    """Axes with a line at the chosen p."""
    fig = plain_layout(Drawing(), height, {"l": 56, "r": 12, "t": 10, "b": 46})
    line = {"color": NEUTRAL, "width": 1.5, "dash": "dot"}
    fig.add_shape(type="line", x0=at, x1=at, y0=0, y1=1, yref="paper", line=line)
    probability = {"text": "p, the probability of 1", "standoff": 6}
    fig.update_xaxes(title=probability, range=[0, 1], showgrid=False, fixedrange=True)
    fig.update_yaxes(title={"text": title, "standoff": 6}, fixedrange=True, zeroline=False)
    return fig.update_layout(showlegend=False, dragmode=False)


def terms_by_decoder(decoders: Sequence[str], nll: ArrayLike, kl: ArrayLike, *, height: int = 240) -> Drawing:
    """nll and KL (M,), nats per image, of one model for each decoder: bars that add up to -ELBO.

    Raises:
        ValueError: for numbers that are not finite, or another count of them than there are decoders.
    """
    fig = plain_layout(Drawing(), height, {"l": 178, "r": 14, "t": 26, "b": 44})
    for name, values, colour in (("nll", nll, NEUTRAL), ("KL", kl, KL_COLOUR)):
        costs = finite(values, name, len(decoders))
        fig.add_bar(
            x=costs,
            y=list(decoders),
            orientation="h",
            name=name,
            marker={"color": colour},
            hovertemplate=f"%{{y}}: {name} %{{x:.1f}} nats<extra></extra>",
        )
    fig.update_xaxes(title={"text": "nats per test image", "standoff": 6}, fixedrange=True)
    fig.update_yaxes(autorange="reversed", fixedrange=True)
    legend = {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "bgcolor": "rgba(0,0,0,0)"}
    return fig.update_layout(barmode="stack", bargap=0.35, showlegend=True, legend=legend, dragmode=False)
