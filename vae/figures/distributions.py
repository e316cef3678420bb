"""Numbers as charts: a distribution with one image marked, q(z|x) dimension by dimension."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.figures.drawing import Drawing
from vae.figures.layout import finite, plain_layout
from vae.figures.theme import FOLLOWED, NEUTRAL

Props = dict[str, Any]
BAND = {"fillcolor": NEUTRAL, "opacity": 0.14, "line": {"width": 0}, "layer": "below"}


@dataclass(frozen=True)
class Histogram:
    """Counts of values between evenly spaced edges."""

    counts: NDArray[np.int64]  # (bins,)
    edges: NDArray[np.float64]  # (bins + 1,)

    @property
    def centres(self) -> NDArray[np.float64]:
        """Middle of each bin, (bins,)."""
        return (self.edges[:-1] + self.edges[1:]) / 2


def distribution(
    values: ArrayLike,
    value: float | None = None,
    *,
    bins: int = 60,
    label: str = "This image",
    quantity: str = "−ELBO (nats per image)",
    items: str = "test images",
    height: int = 220,
) -> Drawing:
    """Histogram of values (N,) in nats per image, a red line at `value`; bars beyond it are stronger.

    A value far outside the others is marked at the edge of the chart, with its number.

    Raises:
        ValueError: for values that are not (N,) finite numbers, or a value that is not finite.
    """
    numbers = finite(values, "values", None)
    data = _histogram(numbers, bins)
    beyond = np.zeros(bins, dtype=bool) if value is None else data.centres > finite(value, "value")
    fig = Drawing().add_bar(
        x=data.centres,
        y=data.counts,
        width=np.diff(data.edges),
        marker={"color": NEUTRAL, "opacity": np.where(beyond, 0.9, 0.45), "line": {"width": 0}},
        customdata=np.stack([data.edges[:-1], data.edges[1:]], axis=1),
        hovertemplate=f"%{{y}} of {len(numbers):,} {items} lie between "
        "%{customdata[0]:.0f} and %{customdata[1]:.0f} nats<extra></extra>",
    )
    plain_layout(fig, height, {"l": 8, "r": 8, "t": 26, "b": 44})
    low, high = _limits(data.edges, value)
    axis = {"fixedrange": True, "automargin": False, "zeroline": False}
    fig.update_xaxes(title={"text": quantity, "standoff": 6}, range=[low, high], showgrid=False, **axis)
    fig.update_yaxes(showgrid=False, showticklabels=False, rangemode="tozero", **axis)
    fig.update_layout(dragmode=False, showlegend=False, bargap=0)
    return fig if value is None else _mark(fig, float(value), low, high, label)


def dimensions(
    mu: ArrayLike, sd: ArrayLike, draws: ArrayLike, order: ArrayLike, title: str, *, height: int = 420
) -> Drawing:
    """Each dimension of q(z|x): mu ± sd as a bar, draws of z as dots, ± 1 sd of the prior as a band.

    Arguments:
        mu: Mean of q(z|x), (D,).
        sd: Its standard deviations, (D,).
        draws: Draws of z, (K, D).
        order: The dimensions from left to right, (D,).
        title: What the axis of dimensions says.
        height: Pixels.
    """
    places, D = np.asarray(order), np.size(order)
    means, spreads = finite(mu, "mu", D)[places], finite(sd, "sd", D)[places]
    z = finite(draws, "draws", None, D)[:, places]
    fig = Drawing().add_trace(_dots(z)).add_trace(_intervals(means, spreads, places))
    fig.add_trace(_means(means)).add_shape(type="rect", xref="x domain", x0=0, x1=1, y0=-1, y1=1, **BAND)
    plain_layout(fig, height, {"l": 46, "r": 8, "t": 8, "b": 46})
    ticks = {"tickvals": list(range(D)), "ticktext": [str(dim + 1) for dim in places], "tickangle": 0}
    axis = {"title": {"text": title, "standoff": 6}, "showgrid": False, "zeroline": False, "fixedrange": True}
    fig.update_xaxes(range=[-0.6, D - 0.4], **axis, **ticks)
    reach = 1.08 * max(3.0, float(np.abs(z).max()), float((np.abs(means) + spreads).max()))
    up = {"text": "z (prior standard deviations)", "standoff": 6}
    fig.update_yaxes(title=up, range=[-reach, reach], zeroline=True, fixedrange=True)
    return fig.update_layout(showlegend=False, dragmode=False, bargap=0.3)


def _dots(draws: NDArray[np.float64]) -> Props:
    """Draws (K, D) as faint dots, spread a little within their column."""
    K, D = draws.shape
    spread = np.linspace(-0.22, 0.22, K)[np.random.default_rng(0).permutation(K)]
    return {
        "type": "scattergl",
        "x": np.repeat(np.arange(D), K) + np.tile(spread, D),
        "y": draws.T.ravel().astype(np.float32),
        "mode": "markers",
        "name": "repeated encodings",
        "hoverinfo": "skip",
        "marker": {"size": 3, "color": FOLLOWED, "opacity": 0.35},
    }


def _intervals(mu: NDArray[np.float64], sd: NDArray[np.float64], order: NDArray[Any]) -> Props:
    """mu ± sd of each dimension."""
    return {
        "type": "bar",
        "x": np.arange(len(order)),
        "base": mu - sd,
        "y": 2 * sd,
        "name": "mu ± sd",
        "customdata": np.stack([order + 1, mu, sd], axis=1),
        "hovertemplate": "z %{customdata[0]}: mu %{customdata[1]:.2f}, "
        "sd %{customdata[2]:.2f}<extra></extra>",
        "marker": {"color": "rgba(232,17,45,0.28)", "line": {"color": FOLLOWED, "width": 1.25}},
    }


def _means(mu: NDArray[np.float64]) -> Props:
    """mu of each dimension as a short line."""
    return {
        "type": "scatter",
        "x": np.arange(len(mu)),
        "y": mu,
        "mode": "markers",
        "name": "mu",
        "hoverinfo": "skip",
        "marker": {"symbol": "line-ew", "size": 11, "line": {"color": FOLLOWED, "width": 2.5}},
    }


def _histogram(numbers: NDArray[np.float64], bins: int) -> Histogram:
    """Counts of numbers (N,) in `bins` equal steps from the lowest to the highest."""
    counts, edges = np.histogram(numbers, bins=bins)
    return Histogram(counts.astype(np.int64), edges)


def _limits(edges: NDArray[np.float64], value: float | None) -> tuple[float, float]:
    """Range of x: the histogram's, widened by up to a third on the side where the value lies outside."""
    low, high = float(edges[0]), float(edges[-1])
    spread = high - low
    margin = 0.02 * spread
    if value is None:
        return low - margin, high + margin
    return max(min(low, value), low - spread / 3) - margin, min(max(high, value), high + spread / 3) + margin


def _mark(fig: Drawing, value: float, low: float, high: float, label: str) -> Drawing:
    """A red line at the value, or near the edge where it lies outside the chart, and its number above."""
    inset = 0.004 * (high - low)
    place = min(max(value, low + inset), high - inset)
    share = (place - low) / (high - low)
    anchor = "left" if share < 0.3 else "right" if share > 0.7 else "center"
    outside = "" if place == value else ", off the chart"
    fig.add_shape(
        name="value",
        type="line",
        x0=place,
        x1=place,
        y0=0,
        y1=1,
        yref="paper",
        line={"color": FOLLOWED, "width": 2.5},
    )
    return fig.add_annotation(
        text=f"{label}: {value:,.1f} nats{outside}",
        x=place,
        xanchor=anchor,
        y=1,
        yref="paper",
        yanchor="bottom",
        showarrow=False,
        font={"size": 13},
    )
