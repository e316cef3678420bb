"""The body of Inference: a search for one image's best q(z|x), the true posterior, and the mean gain.

The search needs PyTorch, which is imported when it begins and not with the page.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import ArrayLike

from vae import amortisation, evidence, figures, latent, true_posterior
from vae.figures import inference as drawing
from vae.web import frame, job_panel, parts, source
from vae.web.recompute import Job

if TYPE_CHECKING:
    from vae.explorer import Explorer
    from vae.models import VAE
    from vae.true_posterior import TruePosterior

CHART, GAINS = "inference-search", "inference-gains"  # keys
UNDER_WAY, OWN = "inference.under_way.", "inference.own."  # session, by the model's fingerprint
DRAWS = 5000  # of z under each q, for the importance-weighted bounds
DRAWN_FOR = (1, 10, 100)  # k of the bounds
SHOWN, SHARE = 250, 0.9995  # cells per side of the contours at most, and the share of p(z|x) they may hold
AROUND = 1.2  # widths of the view by which the contours go on beyond it, for a chart that is not square
ELSEWHERE = 0.2  # share of p(z|x) within 2 sd of q below which q is at the wrong place
NATS = "nats"

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
    parts.Fact("k", help=BOUND_HELP),
    parts.Fact("encoder's q", unit=NATS, help="Draws from the encoder's q."),
    parts.Fact("after search", unit=NATS, help="Draws from the q that the search found."),
)


@dataclass(frozen=True)
class Exact:
    """What a grid over the plane knows of one image; before and after the search."""

    posterior: "TruePosterior"
    kl: tuple[float, float]  # KL(q || p(z|x)), nats
    within: tuple[float, float]  # share of p(z|x) in q's ellipse of 2 sd


@dataclass(frozen=True)
class Inferred:
    """One image's search, in T states; nats."""

    steps: np.ndarray  # (T,)
    mu: np.ndarray  # (T, D)
    log_var: np.ndarray  # (T, D)
    elbo: np.ndarray  # (T,)
    elbo_error: tuple[float, float]  # standard errors of its ends, 0 in a plane
    gain_error: float
    bounds: tuple[tuple[tuple[float, float], ...], ...]  # of encoder's q and of the last: with error, by k
    exact: Exact | None  # of a plane only

    @property
    def gain(self) -> float:
        """What the ELBO gained."""
        return float(self.elbo[-1] - self.elbo[0])


def show(explorer: "Explorer") -> None:
    """Everything below the heading."""
    if not explorer.has_posterior:
        st.info(
            f"{explorer.name} is an autoencoder: its code is a point, so there is no q(z|x) to search for "
            "and no ELBO. Choose a VAE at the top."
        )
        return
    if explorer.latent_dim < 2:
        st.info("This page draws two dimensions of z, and this model has one. Choose another at the top.")
        return
    followed = source.choose_test_image(explorer)
    with st.spinner(
        "Searching the best q(z|x) for this image, 300 steps, and adding up p(z|x)", show_time=True
    ):
        found = infer(explorer.fingerprint, followed.pixels, explorer)
    picture, side = frame.columns()
    with picture:
        st.plotly_chart(figure(found), key=CHART, config=figures.CONFIG)
        st.caption(_words(explorer.latent_dim, found))
    with side:
        parts.picture(followed.pixels, followed.caption, 148)
        parts.facts(*_facts(found))
        _show_bounds(found)
    _show_gap(explorer, found)


@st.cache_data(show_spinner=False, max_entries=64)
def infer(fingerprint: str, pixels: np.ndarray, _explorer: "Explorer") -> Inferred:
    """Search for an image (28, 28) in [0, 1]; in a plane find its true posterior too."""
    import torch

    from vae import refine

    torch.set_num_threads(1)  # its steps are small: more threads would wait for each other
    found = refine.search(_network(fingerprint, _explorer.name), pixels[None])
    mu, log_var = found.mu[:, 0], found.log_var[:, 0]
    ends = [(mu[k], log_var[k]) for k in (0, -1)]
    return Inferred(
        steps=found.steps,
        mu=mu,
        log_var=log_var,
        elbo=found.elbo[:, 0],
        elbo_error=(float(found.elbo_error[0, 0]), float(found.elbo_error[-1, 0])),
        gain_error=float(found.gain_error[0]),
        bounds=tuple(_bounds(_explorer, pixels, *end) for end in ends),
        exact=_exact(_explorer, pixels, ends) if _explorer.latent_dim == 2 else None,
    )


@st.cache_resource(show_spinner=False, max_entries=4)
def _network(fingerprint: str, name: str) -> "VAE":
    """The model in PyTorch; never changed, so that threads may share it."""
    from vae import checkpoint, models

    read = checkpoint.load(checkpoint.model_path(name))
    return models.build(read.description.config, read.weights)


def _bounds(
    explorer: "Explorer", pixels: np.ndarray, mu: np.ndarray, log_var: np.ndarray
) -> tuple[tuple[float, float], ...]:
    """The importance-weighted bound from draws of q = N(mu, exp(log_var)) and its error, for each k."""
    z = latent.posterior_samples(mu, log_var, DRAWS, seed=0)
    log_w = evidence.log_weights(-explorer.nll(pixels, z), z, mu, log_var)
    return tuple(evidence.importance_weighted_bound(log_w, k) for k in DRAWN_FOR)


def _exact(explorer: "Explorer", pixels: np.ndarray, ends: list[tuple[np.ndarray, np.ndarray]]) -> Exact:
    """The true posterior by quadrature, and how far q is from it at both ends of the search."""

    def log_likelihood(z: np.ndarray) -> np.ndarray:
        return -explorer.nll(pixels, z)

    posterior = true_posterior.find(log_likelihood, 2, ends)
    level = posterior.log_evidence
    first, last = (true_posterior.kl_to_posterior(log_likelihood, level, *end) for end in ends)
    before, after = (posterior.mass_within(*end, 2.0) for end in ends)
    return Exact(posterior, (first, last), (before, after))


# The picture ---------------------------------------------------------------------------------------------


def figure(found: Inferred) -> "drawing.go.Figure":
    """The search animated: in a plane over the true posterior, else in the two dimensions that moved most."""
    axes = moved_most(found)
    mu, log_var = found.mu[:, axes], found.log_var[:, axes]
    view = drawing.surroundings(mu, np.exp(0.5 * log_var))
    contours, level = None, None
    if found.exact is not None:
        posterior = found.exact.posterior
        view = _with_the_posterior(posterior, view)
        contours, level = _contours(posterior, *view), posterior.log_evidence
    fig = drawing.search(
        found.steps, mu, log_var, found.elbo, view=view, axes=axes, true=contours, log_evidence=level
    )
    return fig.update_layout(uirevision=" ".join(f"{value:.4f}" for value in mu[0]))


def _with_the_posterior(posterior: "TruePosterior", view: View) -> View:
    """The view, widened to the true posterior where most of that lies outside."""
    low, high = np.array(view)
    inside = ((posterior.centres > low) & (posterior.centres < high)).all(axis=1)
    if posterior.probability[inside].sum() > 0.5:
        return view
    lowest, highest = posterior.box(SHARE)
    (x0, y0), (x1, y1) = np.minimum(low, lowest).tolist(), np.maximum(high, highest).tolist()
    return (x0, y0), (x1, y1)


def moved_most(found: Inferred) -> tuple[int, int]:
    """The two dimensions whose q changed most, by KL(q after || q before) of each; of a plane both."""
    if found.mu.shape[1] == 2:
        return 0, 1
    change = found.log_var[-1] - found.log_var[0]
    away = np.square(found.mu[-1] - found.mu[0]) * np.exp(-found.log_var[0])
    kl = 0.5 * (away + np.expm1(change) - change)
    first, second = sorted(np.argsort(-kl)[:2].tolist())
    return first, second


def _contours(posterior: "TruePosterior", low: ArrayLike, high: ArrayLike) -> drawing.Contours:
    """The true posterior in and around a view from one corner to the other."""
    corners = np.array([low, high])
    around, edge = AROUND * (corners[1] - corners[0]).max(), 2 * posterior.width
    lowest, highest = posterior.box(SHARE)
    low = np.maximum(corners[0] - around, lowest - edge)
    high = np.minimum(corners[1] + around, highest + edge)
    x, y, depth = posterior.depth(low, high)
    stride = -(-max(depth.shape) // SHOWN)
    rows = slice(None, None, stride)
    return drawing.Contours(x[rows], y[rows], np.minimum(depth, 9.0)[rows, rows])


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
    if found.exact.within[1] < ELSEWHERE:
        said = (
            "**Most of p(z|x) lies elsewhere: the search climbed the top that is nearest to the encoder's q, "
            f"not the highest.** {said}"
        )
    return said + (
        "Blue: the true posterior p(z|x) by quadrature, to 1, 2 and 3 sd-equivalents "
        "(density exp(−d²/2) of its highest). "
        f"Grid error: halving the cells to {posterior.width:.1g} wide, {len(posterior.log_joint):,} of them, "
        f"changed log p(x) by {posterior.grid_error:.1g} nats."
    )


# The numbers ---------------------------------------------------------------------------------------------


def _facts(found: Inferred) -> list[parts.Fact]:
    first, last = float(found.elbo[0]), float(found.elbo[-1])
    rows = [
        parts.Fact("ELBO, encoder's q", nats(first, found.elbo_error[0]), NATS, ELBO_HELP),
        parts.Fact("ELBO after search", nats(last, found.elbo_error[1]), NATS, ELBO_HELP),
        parts.Fact("Gain", nats(found.gain, found.gain_error), NATS, GAIN_HELP),
    ]
    if found.exact is None:
        return rows
    level, (before, after) = found.exact.posterior.log_evidence, found.exact.kl
    inside = " → ".join(f"{share:.0%}" for share in found.exact.within)
    return [
        *rows,
        parts.Fact("log p(x), exact", nats(level), NATS, EVIDENCE_HELP),
        parts.Fact("log p(x) − ELBO", f"{nats(level - first)} → {nats(level - last)}", NATS, DIFFERENCE_HELP),
        parts.Fact("KL(q ‖ p(z|x))", f"{nats(before)} → {nats(after)}", NATS, KL_HELP),
        parts.Fact("p(z|x) within 2 sd of q", inside, help=MASS_HELP),
    ]


def _show_bounds(found: Inferred) -> None:
    """The importance-weighted bounds, k by k."""
    st.markdown("**Importance-weighted bound of log p(x)**")
    rows = [
        [str(k), *(nats(value, error) for value, error in ends)]
        for k, ends in zip(DRAWN_FOR, zip(*found.bounds, strict=True), strict=True)
    ]
    parts.table(BOUNDS, rows)
    st.caption(f"± standard error, {DRAWS:,} draws of z in groups of k, seed 0.")


def nats(value: float, error: float = 0.0) -> str:
    """Two decimals with a true minus sign, no negative zero, and a standard error if there is one."""
    shown = f"{round(value, 2) + 0.0:.2f}".replace("-", "−")
    return f"{shown} ± {error:.2f}" if error else shown


def _show_gap(explorer: "Explorer", found: Inferred) -> None:
    """The mean gain over test images, as it ships or as measured here, with this image among them."""
    st.subheader("The amortisation gap", anchor=False)
    measured = _measured(explorer)
    if measured is None:
        st.caption("No mean over many images ships with this model. Measure it here, or by this command:")
        st.code(f"python -m vae.refine {explorer.name}", language="bash")
    else:
        st.markdown(
            f"Mean gain over the {measured.data}: **{measured.mean:.2f} ± {measured.error:.2f} nats per "
            f"image** (± standard error), from an ELBO of {nats(measured.elbo)} under the encoder's q."
        )
        st.plotly_chart(
            figures.distribution(measured.gains, found.gain, quantity="gain of the ELBO (nats per image)"),
            key=GAINS,
            config=figures.CONFIG | {"displayModeBar": False},
        )
        st.caption(
            "A search ends on the top that is nearest to the encoder's q, which need not be the highest: the "
            "gap to the best q is at least this. Measured by this command:"
        )
        st.code(measured.command, language="bash")
    key = UNDER_WAY + explorer.fingerprint
    if not job_panel.show(key, "Searching for 1,000 test images"):
        st.button("Measure it here", on_click=_measure, args=(key, explorer.name), help=MEASURE_HELP)


def _measured(explorer: "Explorer") -> amortisation.Amortisation | None:
    """What this session has measured, else what ships with the model."""
    from vae.checkpoint import CheckpointError

    done = job_panel.take(UNDER_WAY + explorer.fingerprint)
    if done is not None and done.result is not None:
        st.session_state[OWN + explorer.fingerprint] = amortisation.from_json(done.result)
    own: amortisation.Amortisation | None = st.session_state.get(OWN + explorer.fingerprint)
    if own is not None:
        return own
    try:
        return amortisation.load(explorer.name, explorer.fingerprint)
    except CheckpointError as error:
        st.warning(str(error))
        return None


def _measure(key: str, model: str) -> None:
    st.session_state[key] = Job("vae.web.measure_process", "gap", model)
