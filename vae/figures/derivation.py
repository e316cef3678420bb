"""Charts for the derivation: guesses of log p(x), the ELBO's terms and gap, the price of a pixel."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray
from plotly.subplots import make_subplots

from vae.figures.layout import finite, plain_layout
from vae.figures.theme import FOLLOWED, KL_COLOUR, NEUTRAL

GAP_COLOUR = "#e6a422"  # of what the bound misses
MARGIN = {"l": 58, "r": 12, "t": 30, "b": 46}


def training_terms(nll: ArrayLike, kl: ArrayLike, *, height: int = 480) -> go.Figure:
    """The two terms of the loss after each epoch, nll (E,) and kl (E,), nats per image; epochs on a log axis.

    Raises:
        ValueError: unless both are (E,) finite numbers of one length.
    """
    reconstruction = finite(nll, "nll", None)
    divergence = finite(kl, "kl", len(reconstruction))
    fig = make_subplots(rows=2, shared_xaxes=True, vertical_spacing=0.07, row_heights=[0.6, 0.4])
    epochs = np.arange(1, len(reconstruction) + 1)
    loss = _line(epochs, reconstruction + divergence, "−ELBO = nll + KL", NEUTRAL, dash="dot")
    fig.add_trace(loss, row=1, col=1)
    fig.add_trace(_line(epochs, reconstruction, "nll", FOLLOWED), row=1, col=1)
    fig.add_trace(_line(epochs, divergence, "KL", KL_COLOUR), row=2, col=1)
    _plain(fig, height).update_layout(hovermode="x unified", hoversubplots="axis")
    ticks = [epoch for epoch in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if epoch <= len(epochs)]
    fig.update_xaxes(type="log", tickvals=ticks, fixedrange=True, showgrid=False, unifiedhovertitle=None)
    fig.update_xaxes(title={"text": "epoch (log scale)", "standoff": 6}, row=2)
    for row in (1, 2):
        fig.update_yaxes(title={"text": "nats per training image", "standoff": 6}, row=row)
    return fig.update_yaxes(fixedrange=True, rangemode="normal", zeroline=False)


def evidence_guesses(groups: Sequence[tuple[str, str, ArrayLike]], *, height: int = 430) -> go.Figure:
    """Estimates of log p(x) against the number of draws of z: groups of (name, colour, estimates (R, K)).

    Each repeat is a thin line, the median of a group a thick one.

    Raises:
        ValueError: for estimates that are not (R, K) finite numbers.
    """
    fig = go.Figure()
    for name, colour, estimates in groups:
        curves = finite(estimates, name, None, None)
        places = _log_spaced(curves.shape[1])
        x = np.append(places, np.nan)[None].repeat(len(curves), axis=0).ravel()
        y = np.pad(curves[:, places - 1], ((0, 0), (0, 1)), constant_values=np.nan).ravel()
        thin = {"color": colour, "width": 1}
        fig.add_scatter(x=x, y=y, mode="lines", line=thin, opacity=0.45, showlegend=False, hoverinfo="skip")
        middle = _line(places, np.median(curves, axis=0)[places - 1], name, colour)
        fig.add_trace(middle.update(hovertemplate=f"{name}, %{{x}} draws: %{{y:.1f}} nats<extra></extra>"))
    _plain(fig, height)
    fig.update_xaxes(title={"text": "draws of z (log scale)", "standoff": 6}, type="log", fixedrange=True)
    fig.update_xaxes(tickvals=[1, 10, 100, 1000, 10_000], showgrid=False)
    return fig.update_yaxes(title={"text": "estimate of log p(x), nats", "standoff": 6}, fixedrange=True)


def elbo_by_width(
    widths: ArrayLike, nll: ArrayLike, kl: ArrayLike, evidence: float, chosen: int, *, height: int = 360
) -> go.Figure:
    """-ELBO and nll (W,), nats, against the width of q (W,), above -log p(x), which no q gets below.

    At the width with index `chosen` a line shows the KL, which lies between the two curves.

    Raises:
        ValueError: for numbers that are not finite, or terms of another length than the widths.
    """
    factors = finite(widths, "widths", None)
    costs, divergence = (finite(values, name, len(factors)) for values, name in ((nll, "nll"), (kl, "kl")))
    bound, floor = costs + divergence, -float(finite(evidence, "evidence"))
    x = float(factors[chosen])
    fig = go.Figure(
        [_line(factors, bound, "−ELBO = nll + KL", NEUTRAL), _line(factors, costs, "nll", FOLLOWED)]
    )
    fig.add_trace(_line(factors[[0, -1]], [floor, floor], "−log p(x)", NEUTRAL, dash="dot"))
    fig.add_trace(_line([x, x], [costs[chosen], bound[chosen]], "KL", KL_COLOUR).update(line_width=6))
    dot = {"size": 11, "color": NEUTRAL}  # where q is now
    fig.add_scatter(x=[x], y=[bound[chosen]], mode="markers", marker=dot, showlegend=False, hoverinfo="skip")
    _plain(fig, height).update_layout(margin_t=52)  # two rows of the legend on a phone
    title = {"text": "width of q, times the encoder's (log scale)", "standoff": 6}
    ticks = [factor for factor in (0.1, 0.2, 0.5, 1, 2, 5, 10) if factors[0] <= factor <= factors[-1]]
    fig.update_xaxes(title=title, type="log", tickvals=ticks, fixedrange=True, showgrid=False)
    low = min(floor, float(costs.min()))
    room = max(60.0, 1.3 * (float(bound[chosen]) - low))
    nats = {"text": "nats per image", "standoff": 6}
    return fig.update_yaxes(
        title=nats, range=[low - 0.06 * room, low + room], fixedrange=True, zeroline=False
    )


def elbo_stack(nll: float, kl: float, evidence: float, *, height: int = 172) -> go.Figure:
    """One image's -ELBO, nats, split twice: into nll and KL, and into -log p(x) and the gap, KL(q || p(z|x)).

    An `evidence` that its estimate puts below the ELBO leaves no gap.

    Raises:
        ValueError: for numbers that are not finite.
    """
    cost, divergence, level = (float(finite(value, "a term")) for value in (nll, kl, evidence))
    bound = cost + divergence
    floor = min(-level, bound)
    parts = (
        ("nll", "nll + KL", 0.0, cost, FOLLOWED),
        ("KL", "nll + KL", cost, divergence, KL_COLOUR),
        ("−log p(x)", "−log p(x) + gap", 0.0, floor, NEUTRAL),
        ("gap", "−log p(x) + gap", floor, bound - floor, GAP_COLOUR),
    )
    fig = go.Figure()
    for name, row, start, length, colour in parts:
        words = f"{name}: {length:.1f} nats<extra></extra>"
        bar = go.Bar(name=name, y=[row], x=[length], base=[start], orientation="h", marker_color=colour)
        fig.add_trace(bar.update(hovertemplate=words))
    _plain(fig, height).update_layout(barmode="overlay", bargap=0.3, margin_l=110, margin_t=52)
    fig.update_xaxes(title={"text": "−ELBO, nats per image", "standoff": 6}, fixedrange=True, showgrid=False)
    return fig.update_yaxes(autorange="reversed", fixedrange=True)


def pixel_costs(
    mean: ArrayLike, bernoulli: ArrayLike, gaussian: ArrayLike, x: float, *, height: int = 430
) -> go.Figure:
    """-log p(x|z) of one pixel of grey level x against the decoder's mean (M,), for both likelihoods (M,).

    Raises:
        ValueError: for numbers that are not finite, or costs of another length than mean.
    """
    means = finite(mean, "mean", None)
    fig = go.Figure()
    for name, costs, colour in (
        ("Bernoulli", bernoulli, FOLLOWED),
        ("Gaussian", gaussian, KL_COLOUR),
    ):
        values = finite(costs, name, len(means))
        line = _line(means, values, name, colour)
        fig.add_trace(line.update(hovertemplate="mean %{x:.2f} costs %{y:.3f} nats<extra></extra>"))
        lowest = int(values.argmin())
        dot = {"size": 10, "color": colour}
        fig.add_scatter(
            x=means[[lowest]],
            y=values[[lowest]],
            mode="markers",
            marker=dot,
            showlegend=False,
            hoverinfo="skip",
        )
    fig.add_vline(float(finite(x, "x")), line={"color": NEUTRAL, "width": 1.5, "dash": "dot"})
    _plain(fig, height)
    title = {"text": "x̂, the decoder's mean for the pixel", "standoff": 6}
    fig.update_xaxes(title=title, range=[0, 1], fixedrange=True, showgrid=False)
    nats = {"text": "−log p(x|z), nats per pixel", "standoff": 6}
    return fig.update_yaxes(title=nats, range=[-2.5, 6], fixedrange=True, zeroline=True)


def _line(x: ArrayLike, y: ArrayLike, name: str, colour: str, dash: str = "solid") -> go.Scatter:
    line = {"color": colour, "width": 2.5, "dash": dash}
    return go.Scatter(x=x, y=y, mode="lines", name=name, line=line, hovertemplate="%{y:.2f} nats")


def _log_spaced(count: int) -> NDArray[np.int64]:
    """Whole numbers from 1 to count, at most 60, evenly spread on a log axis."""
    return np.unique(np.geomspace(1, count, 60).round().astype(np.int64))


def _plain(fig: go.Figure, height: int) -> go.Figure:
    """Fixed margins, the legend in a row above."""
    plain_layout(fig, height, MARGIN)
    legend = {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "bgcolor": "rgba(0,0,0,0)"}
    return fig.update_layout(dragmode=False, showlegend=True, legend=legend)
