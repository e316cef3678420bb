"""The body of Inference: a search for one image's best q(z|x), the true posterior, and the mean gain."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import ArrayLike
from streamlit.delta_generator import DeltaGenerator

from vae import figures
from vae.analysis import inference_gap
from vae.analysis.inference_gap import DRAWN_FOR, DRAWS, Inferred
from vae.errors import Unusable
from vae.explorer import Explorer
from vae.figures import posterior_search as drawing
from vae.images.spec import Floats
from vae.jobs.job import Job
from vae.latent import true_posterior
from vae.latent.true_posterior import TruePosterior
from vae.web.kit import frame, html, job_panel
from vae.web.kit.format import plus_minus, signed
from vae.web.pages.inference import searches
from vae.web.pages.inference.searches import Key, Shelf
from vae.web.selection import input_image

CHART, GAINS = "inference-search", "inference-gains"  # keys
UNDER_WAY, OWN = "inference.under_way.", "inference.own."  # session, by the model's fingerprint
STOPPED = "inference.stopped"  # session: the key of the search that the user stopped
SHOWN, SHARE = 250, 0.9995  # cells per side of the contours at most, and the share of p(z|x) they may hold
AROUND = 1.2  # widths of the view by which the contours go on beyond it, for a chart that is not square
NATS = "nats"
HEIGHT = 680  # px of the chart, and of what stands in its place
WAITING = "Waiting for another search on this machine"
DOING = "Searching the best q(z|x) for this image, 300 steps"
STOP_HELP = "Ends the search. So does another image, another model or another page."

CAPPED = (
    f" **Finer cells would be more than {true_posterior.MOST:,}, so the grid stops here: "
    "log p(x) is known no better than that.**"
)

View = tuple[tuple[float, float], tuple[float, float]]  # lowest and highest corner

ELBO_HELP = "Evidence lower bound under this q: −nll − KL, higher is better, never above log p(x)."
GAIN_HELP = "What the encoder leaves on the table for this image: its part of the amortisation gap."
EVIDENCE_HELP = "log p(x): p(x|z) p(z) added up over a grid of the plane, fine where it is not negligible."
DIFFERENCE_HELP = (
    "log p(x) − ELBO, which is KL(q ‖ p(z|x)). What the search leaves is due to q's form: a Gaussian with "
    "independent dimensions."
)
KL_HELP = "KL(q ‖ p(z|x)) added up under q itself, without the ELBO: the line above, computed another way."
MASS_HELP = "Share of the true posterior within the ellipse of 2 sd. A Gaussian's own ellipse holds 86 %."
MEASURE_HELP = (
    "Searches for the first 1,000 test images, beside the page, which stays usable. "
    "It takes minutes and can be stopped."
)
BOUND_HELP = (
    "The mean log of the mean of k weights p(x, z) / q(z|x), z drawn from q (Burda et al., 2016). For k = 1 "
    "it is the ELBO; it rises to log p(x) with k."
)
BOUNDS = (
    html.Fact("k", help=BOUND_HELP),
    html.Fact("encoder's q", unit=NATS, help="Draws from the encoder's q."),
    html.Fact("after search", unit=NATS, help="Draws from the q that the search found."),
)


@dataclass(frozen=True)
class Answer:
    """What the page shows of a search, ready to be sent to any session."""

    figure: figures.Drawing
    caption: str
    facts: list[html.Fact]
    bounds: list[list[str]]  # rows of the table
    gain: float  # nats


ANSWERS: Shelf[Answer] = Shelf(most=64)


def show(explorer: Explorer) -> None:
    """Everything below the heading."""
    if explorer.latent_dim < 2:
        st.info("This page draws two dimensions of z, and this model has one. Choose another at the top.")
        return
    image = input_image.choose_test_image(explorer)
    picture, side = frame.columns()
    with side:
        html.picture(image.pixels, image.caption, explorer.image_spec.css_width(148))
    with picture:
        found = _search(explorer, image.pixels)
    if found is not None:
        with picture:
            st.caption(found.caption)
        with side:
            html.facts(*found.facts)
            _show_bounds(found.bounds)
    _show_gap(explorer, found.gain if found else None)


def _search(explorer: Explorer, pixels: Floats) -> Answer | None:
    """Draw the search, found by any session before or now; None where the user has stopped it."""
    key = searches.key_of(explorer, pixels)
    place = st.empty()
    found = ANSWERS.get(key)
    if found is None and st.session_state.get(STOPPED) == key:
        _offer_again(place)
        return None
    if found is None:
        found = _find(explorer, pixels, key, place)
    place.plotly_chart(found.figure, key=CHART, config=figures.CONFIG)
    return found


def _find(explorer: Explorer, pixels: Floats, key: Key, place: DeltaGenerator) -> Answer:
    """Search now, telling how far it is where the chart will be."""
    with place.container(height=HEIGHT, border=False, vertical_alignment="center"):
        bar = st.progress(0.0, DOING)
        st.button("Stop", on_click=_stop, args=(key,), help=STOP_HELP)
    tell = searches.in_words(lambda share, words: bar.progress(share, f"{DOING}: {words}"))
    return ANSWERS.fill(
        key,
        compute=lambda: _answer(explorer.latent_dim, inference_gap.infer(explorer, pixels, tell)),
        wait=lambda: bar.progress(0.0, WAITING),
    )


def _stop(key: Key) -> None:
    st.session_state[STOPPED] = key


def _offer_again(place: DeltaGenerator) -> None:
    with place.container(
        height=HEIGHT, border=False, vertical_alignment="center", horizontal_alignment="center"
    ):
        st.caption("The search was stopped.")
        st.button("Search again", on_click=lambda: st.session_state.pop(STOPPED))


def _answer(latent_dim: int, found: Inferred) -> Answer:
    return Answer(figure(found), _words(latent_dim, found), _facts(found), _bound_rows(found), found.gain)


# The picture ---------------------------------------------------------------------------------------------


def figure(found: Inferred) -> figures.Drawing:
    """The search animated: in a plane over the true posterior, else in the two dimensions that moved most."""
    axes = found.moved_most
    mu, sd = found.mu[:, axes], found.sd[:, axes]
    view = drawing.surroundings(mu, sd)
    contours, level = None, None
    if found.exact is not None:
        posterior = found.exact.posterior
        view = _with_the_posterior(posterior, view)
        contours, level = _contours(posterior, *view), posterior.log_evidence
    fig = drawing.search(
        found.steps,
        mu,
        sd,
        found.elbo,
        view=view,
        axes=axes,
        true=contours,
        log_evidence=level,
        height=HEIGHT,
    )
    return fig.update_layout(uirevision=" ".join(f"{value:.4f}" for value in mu[0]))


def _with_the_posterior(posterior: TruePosterior, view: View) -> View:
    """The view, widened to the true posterior where most of that lies outside."""
    low, high = np.array(view)
    inside = ((posterior.centres > low) & (posterior.centres < high)).all(axis=1)
    if posterior.probability[inside].sum() > 0.5:
        return view
    lowest, highest = posterior.box(SHARE)
    (x0, y0), (x1, y1) = np.minimum(low, lowest).tolist(), np.maximum(high, highest).tolist()
    return (x0, y0), (x1, y1)


def _contours(posterior: TruePosterior, low: ArrayLike, high: ArrayLike) -> drawing.Contours:
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
        "Red: q(z|x) as ellipses of 1 and 2 sd, dotted where the encoder puts it, bold on its way through "
        f"{found.steps[-1]} steps of Adam on its own mu and log_var. "
    )
    if found.exact is None:
        return said + (
            f"Shown are the two dimensions of {latent_dim} whose q changed most. The true posterior and "
            "log p(x) are not drawn: a grid with only ten places for each dimension would have "
            f"10^{latent_dim} places to decode."
        )
    posterior = found.exact.posterior
    if found.is_elsewhere:
        said = f"**Most of p(z|x) lies elsewhere: the search found a nearby local optimum.** {said}"
    return said + (
        "Blue: the true posterior p(z|x) by quadrature, to 1, 2 and 3 sd-equivalents "
        "(density exp(−d²/2) of its highest). "
        f"Grid error: halving the cells to {posterior.width:.1g} wide, {len(posterior.log_joint):,} of them, "
        f"changed log p(x) by {posterior.grid_error:.1g} nats." + (CAPPED if posterior.is_capped else "")
    )


# The numbers ---------------------------------------------------------------------------------------------


def _facts(found: Inferred) -> list[html.Fact]:
    first, last = float(found.elbo[0]), float(found.elbo[-1])
    rows = [
        html.Fact("ELBO, encoder's q", _nats(first, found.elbo_error[0]), NATS, ELBO_HELP),
        html.Fact("ELBO after search", _nats(last, found.elbo_error[1]), NATS, ELBO_HELP),
        html.Fact("Gain", _nats(found.gain, found.gain_error), NATS, GAIN_HELP),
    ]
    if found.exact is None:
        return rows
    level, (before, after) = found.exact.posterior.log_evidence, found.exact.kl
    inside = " → ".join(f"{share:.0%}" for share in found.exact.within)
    return [
        *rows,
        html.Fact("log p(x), exact", signed(level), NATS, EVIDENCE_HELP),
        html.Fact(
            "log p(x) − ELBO", f"{signed(level - first)} → {signed(level - last)}", NATS, DIFFERENCE_HELP
        ),
        html.Fact("KL(q ‖ p(z|x))", f"{signed(before)} → {signed(after)}", NATS, KL_HELP),
        html.Fact("p(z|x) within 2 sd of q", inside, help=MASS_HELP),
    ]


def _bound_rows(found: Inferred) -> list[list[str]]:
    """The importance-weighted bounds, k by k."""
    return [
        [str(k), *(_nats(value, error) for value, error in ends)]
        for k, ends in zip(DRAWN_FOR, zip(*found.bounds, strict=True), strict=True)
    ]


def _show_bounds(rows: list[list[str]]) -> None:
    st.markdown("**Importance-weighted bound of log p(x)**")
    html.table(BOUNDS, rows)
    st.caption(f"± standard error, {DRAWS:,} draws of z in groups of k, seed 0.")


def _nats(value: float, error: float) -> str:
    """A number with its standard error, which is 0 where nothing was drawn."""
    return plus_minus(value, error or None)


def _show_gap(explorer: Explorer, gain: float | None) -> None:
    """The mean gain over test images, as it ships or as measured here, with this image's among them."""
    st.subheader("The amortisation gap", anchor=False)
    measured = _measured(explorer)
    if measured is None:
        st.caption("No mean over many images ships with this model. Measure it here, or by this command:")
        st.code(f"python -m vae.gap {explorer.name}", language="bash")
    else:
        st.markdown(
            f"Mean gain over the {measured.data}: **{measured.mean:.2f} ± {measured.error:.2f} nats per "
            f"image** (± standard error), from an ELBO of {signed(measured.elbo)} under the encoder's q."
        )
        st.plotly_chart(
            figures.distribution(measured.gains, gain, quantity="gain of the ELBO (nats per image)"),
            key=GAINS,
            config=figures.CONFIG | {"displayModeBar": False},
        )
        st.caption(
            "A search finds a local optimum near the encoder's q, not always the best q, to which the gap is "
            "at least this. Measured by this command:"
        )
        st.code(measured.command, language="bash")
    key = UNDER_WAY + explorer.fingerprint
    if not job_panel.show(key, "Searching for 1,000 test images"):
        st.button("Measure it here", on_click=_measure, args=(key, explorer.name), help=MEASURE_HELP)


def _measured(explorer: Explorer) -> inference_gap.Amortisation | None:
    """What this session has measured, else what ships with the model."""
    done = job_panel.take(UNDER_WAY + explorer.fingerprint)
    if done is not None and done.result is not None:
        st.session_state[OWN + explorer.fingerprint] = inference_gap.from_json(done.result)
    own: inference_gap.Amortisation | None = st.session_state.get(OWN + explorer.fingerprint)
    if own is not None:
        return own
    try:
        return inference_gap.load(explorer.name, explorer.fingerprint)
    except Unusable as error:
        st.warning(str(error))
        return None


def _measure(key: str, model: str) -> None:
    st.session_state[key] = Job("gap", model)
