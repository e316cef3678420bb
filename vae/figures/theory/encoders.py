"""The cloud of codes that an encoder draws, beside the one that is asked for."""

from numpy.typing import ArrayLike

from vae.figures.drawing import Drawing
from vae.figures.layout import coordinate, finite, plain_layout
from vae.figures.overlays import add_ellipse
from vae.figures.theme import FOLLOWED, NEUTRAL

REACH = 3.2  # of the plane, prior standard deviations


def cloud(
    z: ArrayLike, asked: ArrayLike, ellipse: tuple[ArrayLike, ArrayLike] | None = None, *, height: int = 270
) -> Drawing:
    """Codes z (K, 2) in red over those asked for (M, 2); `ellipse` is the mu (2,) and sd (2,) of a Gaussian.

    Raises:
        ValueError: for codes of another shape, or numbers that are not finite.
    """
    fig = plain_layout(Drawing(), height, {"l": 40, "r": 6, "t": 6, "b": 40})
    for name, codes, colour, opacity in (("asked for", asked, NEUTRAL, 0.35), ("drawn", z, FOLLOWED, 0.6)):
        points = finite(codes, name, None, 2)
        marker = {"size": 3, "color": colour, "opacity": opacity}
        plain = {"mode": "markers", "name": name, "hoverinfo": "skip", "marker": marker}
        fig.add_scattergl(x=points[:, 0], y=points[:, 1], **plain)
    shared = {"range": [-REACH, REACH], "fixedrange": True, "tickvals": [-2, 0, 2], "zeroline": True}
    fig.update_xaxes(title={"text": f"{coordinate(0)} (sd)", "standoff": 4}, constrain="domain", **shared)
    fig.update_yaxes(title={"text": f"{coordinate(1)} (sd)", "standoff": 0}, scaleanchor="x", **shared)
    fig.update_layout(dragmode=False, showlegend=False)
    return fig if ellipse is None else add_ellipse(fig, *ellipse)
