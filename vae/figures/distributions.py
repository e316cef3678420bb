"""Numbers as charts: a distribution with one image marked, the KL of each dimension."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.figures.drawing import Drawing
from vae.figures.theme import FOLLOWED, NEUTRAL, coordinate, finite, plain_layout

INACTIVE_BELOW = 0.01
"""Nats below which a dimension carries nothing about the image and counts as inactive."""

ROUNDING = 1e-6  # a KL of 0 in float32 may come out that far below it
ACTIVE = "#5b78c7"


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


def kl_bars(kl_per_dim: ArrayLike, *, ordered: bool = True, height: int = 240) -> Drawing:
    """Mean KL of each latent dimension (D,), in nats per image; inactive ones (below 0.01 nats) get a cross.

    `ordered` sorts the dimensions from the most to the least informative.

    Raises:
        ValueError: for a KL that is not (D,) finite numbers, or is negative.
    """
    kl = finite(kl_per_dim, "kl_per_dim", None)
    if (kl < -ROUNDING).any():
        raise ValueError("kl_per_dim must not be negative")
    order = np.argsort(-kl, kind="stable") if ordered else np.arange(len(kl))
    inactive = kl[order] < INACTIVE_BELOW
    fig = Drawing().add_bar(
        x=[str(dim + 1) for dim in order],
        y=kl[order],
        text=np.where(inactive, "×", "").tolist(),
        textposition="outside",
        marker={"color": np.where(inactive, NEUTRAL, ACTIVE).tolist(), "line": {"width": 0}},
        customdata=[coordinate(int(dim)) for dim in order],
        hovertemplate="%{customdata} carries %{y:.2f} nats per image on average<extra></extra>",
        cliponaxis=False,
    )
    plain_layout(fig, height, {"l": 50, "r": 8, "t": 24, "b": 44})
    axis = {"fixedrange": True, "automargin": False}
    fig.update_xaxes(title={"text": "dimension of z", "standoff": 6}, type="category", tickangle=0, **axis)
    top = 1.08 * max(float(kl.max()), INACTIVE_BELOW)
    fig.update_yaxes(title={"text": "KL (nats per image)", "standoff": 6}, range=[0, top], **axis)
    fig.update_layout(dragmode=False, showlegend=False, bargap=0.25)
    return _note_inactive(fig, int(inactive.sum()))


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


def _note_inactive(fig: Drawing, count: int) -> Drawing:
    """How many dimensions are inactive, at the top right; nothing where none is."""
    if count == 0:
        return fig
    return fig.add_annotation(
        text=f"× {count} inactive (below {INACTIVE_BELOW} nats)",
        x=1,
        xref="paper",
        xanchor="right",
        y=1,
        yref="paper",
        yanchor="bottom",
        showarrow=False,
    )
