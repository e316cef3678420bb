"""What Inference shows of an image's two searches: a picture, its words, numbers, what to beware of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from vae import figures
from vae.analysis.inference_gap import CLEAR, DRAWN_FOR, DRAWS, Inferred
from vae.figures import posterior_search as drawing
from vae.latent import true_posterior
from vae.latent.importance import Estimate
from vae.latent.true_posterior import TruePosterior
from vae.web.kit import html
from vae.web.kit.format import plus_minus

SHOWN, SHARE = 250, 0.9995  # cells per side of the contours at most, and the share of p(z|x) they may hold
AROUND = 1.2  # widths of the view by which the contours go on beyond it, for a chart that is not square
NATS, LEAST = "nats", 0.01  # the unit, and the least error that is told
HEIGHT = 680  # px of the chart
ENCODER, PEAK = "from the encoder's q", "from the peak"

CAPPED = (
    f" **Finer cells would be more than {true_posterior.MOST:,}, so the grid stops here: "
    "log p(x) is known no better than that.**"
)

Table = tuple[list[html.Fact], list[list[str]]]  # header and rows
View = tuple[tuple[float, float], tuple[float, float]]  # lowest and highest corner

ELBO_HELP = "Evidence lower bound under this q: −nll − KL, higher is better, never above log p(x)."
PEAK_HELP = (
    "A second search starts at the highest peak of p(z|x) that is found, with a Gaussian as wide as the "
    "peak's curvature says. A search ends in a local optimum: of two, the better one counts."
)
GAIN_HELP = (
    "ELBO of the better search − ELBO of the encoder's q: what the encoder leaves on the table for this "
    "image, its part of the amortisation gap."
)
GAP_HELP = (
    "log p(x) − ELBO, which is KL(q ‖ p(z|x)). What stays after the search is due to q's form, a Gaussian "
    "with independent dimensions, or to a better q that both searches missed."
)
GRID_HELP = (
    "p(x|z) p(z) added up over a grid of the plane, fine where it is not negligible and wide enough that its "
    "border holds nothing; ± is what halving its cells changed last. Below: less the ELBO above."
)
DRAWN_HELP = (
    f"The mean of p(x, z) / r(z) over {4 * DRAWS:,} draws of z from r, in equal parts the encoder's q, both "
    "q's found, and the prior. It errs low where all four miss a part of p(z|x). Below: less the ELBO"
)
OTHER_HELP = (
    f"{DRAWN_HELP} by the trapezoidal rule under q. Nothing is shared with the other column but the model, "
    "so where the two agree both are right."
)
MASS_HELP = "Share of the true posterior within the ellipse of 2 sd. A Gaussian's own ellipse holds 86 %."


@dataclass(frozen=True)
class Answer:
    """What the page shows of a search, ready to be sent to any session."""

    figure: figures.Drawing
    names: list[str]  # of its frames
    caption: str
    warnings: list[str]
    facts: list[html.Fact]
    gaps: Table
    bounds: list[list[str]]  # rows of the table
    gain: float  # nats


def answer(latent_dim: int, found: Inferred) -> Answer:
    """All of it, for a model with so many dimensions of z."""
    return Answer(
        figure=figure(found),
        names=[f"{count:.0f}" for count in found.steps],
        caption=_words(latent_dim, found),
        warnings=warnings(found),
        facts=_facts(found),
        gaps=_gaps(found),
        bounds=_bound_rows(found),
        gain=found.gain.value,
    )


# The picture ---------------------------------------------------------------------------------------------


def figure(found: Inferred) -> figures.Drawing:
    """The search animated: in a plane over the true posterior, else in the two dimensions that moved most."""
    axes = found.moved_most
    ways = [
        drawing.Way(name, climb.mu[:, axes], climb.sd[:, axes], climb.elbo)
        for name, climb in ((ENCODER, found.from_encoder), (PEAK, found.from_peak))
    ]
    view = drawing.surroundings(ways)
    true = None
    if found.plane is not None:
        view = _with_the_posterior(found.plane.posterior, view)
        true = contours(found.plane.posterior, *view)
    fig = drawing.search(
        found.steps,
        ways,
        view=view,
        axes=axes,
        true=true,
        log_evidence=found.log_evidence.value,
        height=HEIGHT,
    )
    return fig.update_layout(uirevision=" ".join(f"{value:.4f}" for value in ways[0].mu[0]))


def _with_the_posterior(posterior: TruePosterior, view: View) -> View:
    """The view, widened to the true posterior where most of that lies outside."""
    low, high = np.array(view)
    inside = ((posterior.centres > low) & (posterior.centres < high)).all(axis=1)
    if posterior.probability[inside].sum() > 0.5:
        return view
    lowest, highest = posterior.box(SHARE)
    (x0, y0), (x1, y1) = np.minimum(low, lowest).tolist(), np.maximum(high, highest).tolist()
    return (x0, y0), (x1, y1)


def contours(posterior: TruePosterior, low: ArrayLike, high: ArrayLike) -> drawing.Contours:
    """The true posterior in and around a view from one corner to the other."""
    corners = np.array([low, high])
    around, edge = AROUND * (corners[1] - corners[0]).max(), 2 * posterior.width
    lowest, highest = posterior.box(SHARE)
    low = np.maximum(corners[0] - around, lowest - edge)
    high = np.minimum(corners[1] + around, highest + edge)
    x, y, depth = posterior.depth(low, high, SHOWN)
    return drawing.Contours(x, y, np.minimum(depth, 9.0))


def _words(latent_dim: int, found: Inferred) -> str:
    """What is drawn."""
    said = (
        "q(z|x) as ellipses of 1 and 2 sd, on its way through "
        f"{found.steps[-1]} steps of Adam on its own mu and log_var. Red: from the encoder's q, which stays "
        "dotted. Green: from the peak of p(z|x). " + _range_in_words(*found.log_var_range)
    )
    if found.plane is None:
        return said + (
            f"Shown are the two dimensions of {latent_dim} whose q changed most. The true posterior is not "
            "drawn: a grid with only ten places for each dimension would have "
            f"10^{latent_dim} places to decode."
        )
    posterior = found.plane.posterior
    return said + (
        "Blue: the true posterior p(z|x) by quadrature, to 1, 2 and 3 sd-equivalents "
        f"(density exp(−d²/2) of its highest), from {len(posterior.log_joint):,} cells "
        f"{posterior.width:.1g} wide." + (CAPPED if posterior.is_capped else "")
    )


def _range_in_words(least: float, most: float) -> str:
    if not np.isfinite(least):
        return ""
    return f"Both keep to what the encoder can say, log_var between −{-least:g} and {most:g}. "


def warnings(found: Inferred) -> list[str]:
    """What should not be overlooked."""
    said, left = [], found.gaps[1]
    if found.fell_short > CLEAR:
        said.append(
            f"The search from the encoder's q ended in a local optimum, {found.fell_short:.1f} nats below "
            "the search from the peak of p(z|x)."
        )
    if found.plane is not None and left.value > CLEAR:
        said.append(
            f"{left.value:.1f} nats stay between log p(x) and the better ELBO: no q of this form and of the "
            "widths the encoder can say comes near p(z|x) here, or both searches missed one that does."
        )
    if found.disagreement:
        said.append(
            f"The two ways to log p(x) − ELBO differ by {found.disagreement:.2f} nats, more than their "
            "errors explain: the draws miss a part of p(z|x) that the grid holds, or the reverse."
        )
    return said


# The numbers ---------------------------------------------------------------------------------------------


def _facts(found: Inferred) -> list[html.Fact]:
    rows = [
        html.Fact("ELBO, encoder's q", _nats(found.from_encoder.first), NATS, ELBO_HELP),
        html.Fact("ELBO, search from there", _nats(found.from_encoder.last), NATS, ELBO_HELP),
        html.Fact("ELBO, search from the peak", _nats(found.from_peak.last), NATS, PEAK_HELP),
        html.Fact("Gain", _nats(found.gain), NATS, GAIN_HELP),
    ]
    if found.plane is None:
        return rows
    inside = " → ".join(f"{share:.0%}" for share in found.plane.within)
    return [*rows, html.Fact("p(z|x) within 2 sd of q", inside, help=MASS_HELP)]


def _gaps(found: Inferred) -> Table:
    """log p(x), and how far below it the encoder's q and the better one stay; of a plane in two ways."""
    columns = [(found.log_evidence, found.gaps)]
    header = [
        html.Fact("log p(x) − ELBO", help=GAP_HELP),
        html.Fact("by draws", unit=NATS, help=f"{DRAWN_HELP} above."),
    ]
    if found.other_gaps is not None:
        columns.append((found.drawn_evidence, found.other_gaps))
        header[1:] = [
            html.Fact("by a grid", unit=NATS, help=GRID_HELP),
            html.Fact("by draws", unit=NATS, help=OTHER_HELP),
        ]
    words = "log p(x)", "encoder's q", "after search"
    numbers = zip(*([level, *gaps] for level, gaps in columns), strict=True)
    rows = [[_nats(found).replace("± ", "±\u00a0") for found in row] for row in numbers]  # where it may wrap
    return header, [[word, *row] for word, row in zip(words, rows, strict=True)]


def _bound_rows(found: Inferred) -> list[list[str]]:
    """The importance-weighted bounds, k by k."""
    return [
        [str(k), *map(_nats, ends)]
        for k, ends in zip(DRAWN_FOR, zip(*found.bounds, strict=True), strict=True)
    ]


def _nats(found: Estimate) -> str:
    """A number with its standard error, which is never told to be 0."""
    return plus_minus(found.value, max(found.error, LEAST))
