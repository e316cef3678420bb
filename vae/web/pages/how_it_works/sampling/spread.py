"""How far the gradient of one draw lies from the true one, by two ways, and what more draws change."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from vae.explorer import Explorer
from vae.figures.theory import sampling as charts
from vae.latent import importance, prior
from vae.latent.gradients import gaussian
from vae.latent.gradients.gaussian import Estimates
from vae.web.kit import address, html
from vae.web.kit.format import signed
from vae.web.kit.html import Fact
from vae.web.pages.how_it_works import code, layout
from vae.web.selection import input_image

WORDS = r"""
Training needs the gradient of a mean over draws. There are two ways to it, and both are right **on average**.

**Pathwise**, through the draw: $z = \mu + \sigma\odot\varepsilon$ moves as $\mu$ does, so
$$
\nabla_\mu\, \mathbb E_q[\log p(x\mid z)] = \mathbb E\big[\nabla_z \log p(x\mid z)\big]
$$
It uses the slope of the decoder: every draw says in which direction the image fits better.

**Score function** (REINFORCE, black-box VI), around the draw:
$$
\nabla_\mu\, \mathbb E_q[\log p(x\mid z)] = \mathbb E_q\big[\log p(x\mid z)\,\nabla_\mu \log q(z\mid x)\big]
$$
It needs no slope, so the decoder may be a black box. But a draw says only how well it did, and many must be
compared to find a direction. Taking off a **baseline**, the mean of $\log p(x\mid z)$ over other draws,
helps: what all draws share carries no direction.

**Move L**, the draws in a step. Each dot is a step's estimate. All come nearer to the truth as
$1/\sqrt L$; the differences between the ways stay.

- The ELBO's **expected value does not change** with $L$, only its spread does. With the $L$ draws inside the
  log the bound itself rises: see the chapter Likelihood.
- $L = 1$ is enough for training: a batch of 100 images is a mean over 100 draws already. Scores take more.
"""
SOURCE = (
    "Kingma and Welling, Auto-Encoding Variational Bayes, 2014, sections 2.2 to 2.4; Ranganath, Gerrish and "
    "Blei, Black Box Variational Inference, 2014; Mohamed et al., Monte Carlo Gradient Estimation in Machine "
    "Learning, 2020."
)
DRAWS, STEPS = 500, 300  # of z, of which the steps take theirs
PER_STEP = (1, 2, 5, 10, 20, 50, 100)
WIDE = 3.2  # standard deviations of a single draw's estimate that a chart shows
WAYS = {"pathwise": "pathwise", "baseline": "score, baseline", "score": "score"}
L_HELP = "How many draws of z one step averages over."
ONE_HELP = "Root mean square distance of a single draw's gradient from the mean, over all dimensions of z."
STEP_HELP = "The same of the mean of L draws: that of a single one divided by the root of L."
NEEDED_HELP = "How many draws this way needs to be as near to the truth as one draw of the pathwise gradient."
INSIDE_HELP = (
    f"Expected log of the mean of L weights p(x, z) / q(z|x), from {DRAWS:,} draws; Burda et al., "
    "Importance Weighted Autoencoders, 2016."
)
STATIC = {"displayModeBar": False}


class Found(NamedTuple):
    """The estimates of one image, the log weights (K,) of their draws, and the dimension that is shown."""

    estimates: Estimates
    log_weights: np.ndarray
    axis: int


def figure(explorer: Explorer) -> None:
    """The estimates of steps of L draws, for a test image and the chosen model's decoder."""
    if not layout.missing(explorer, "sampling", "gaussian", "likelihood", "gradient"):
        _figure(explorer)


@st.fragment
def _figure(explorer: Explorer) -> None:
    followed = input_image.choose_test_image(explorer)
    draws = address.choice("draws", PER_STEP, PER_STEP[0])
    st.select_slider("L, draws of z in a step", PER_STEP, help=L_HELP, **draws.widget())
    found = estimates(explorer.fingerprint, followed.pixels, explorer)
    all_draws, (of_elbo, of_gradient) = found.estimates, _charts(found, draws.value)
    st.markdown(f"**ELBO of the image**, {STEPS} steps of L = {draws.value}")
    st.plotly_chart(of_elbo, key="theory-elbo-spread", config=STATIC)
    st.markdown(
        f"**Its gradient in mu{'₁₂₃₄₅₆₇₈₉'[found.axis] if found.axis < 9 else f'[{found.axis + 1}]'}**"
    )
    st.plotly_chart(of_gradient, key="theory-gradient-spread", config=STATIC)
    _numbers(all_draws, draws.value)
    inside = importance.importance_weighted_bound(found.log_weights, draws.value)[0]
    html.facts(
        Fact("ELBO, the mean over all steps", signed(float(all_draws.elbo.mean()), 1), "nats"),
        Fact(f"with {draws.value} inside the log", signed(inside, 1), "nats", INSIDE_HELP),
    )
    code.beside("latent/gradients/gaussian.py", "estimates")


@st.cache_data(show_spinner=False, max_entries=32)
def estimates(fingerprint: str, pixels: np.ndarray, _explorer: Explorer) -> Found:
    """For an image (H, W, C) under the encoder's q; shown is the dimension that says most of the image."""
    q = _explorer.encode(pixels[None])
    mu, sd = q.mu[0], q.sd[0]
    eps = prior.samples(DRAWS, _explorer.latent_dim, seed=0)  # independent, as the baseline asks for
    z = mu + sd * eps
    log_p = -_explorer.nll(pixels, z)
    found = gaussian.estimates(log_p, _explorer.log_likelihood_gradient(pixels, z), mu, sd, eps)
    return Found(
        found, importance.log_weights(log_p, z, mu, sd), int((np.square(mu) - 2 * np.log(sd)).argmax())
    )


def _charts(found: Found, draws: int) -> tuple[charts.Drawing, charts.Drawing]:
    """Of the ELBO and of its gradient, on axes that single draws just fill."""
    single, axis = found.estimates, found.axis
    elbo = gaussian.steps(single.elbo, draws, STEPS)
    ways = {
        words: gaussian.steps(getattr(single, name)[:, axis], draws, STEPS) for name, words in WAYS.items()
    }
    above = charts.strips(
        {"ELBO": elbo}, single.elbo.mean(), WIDE * gaussian.deviation(single.elbo), "nats", height=120
    )
    reach = WIDE * gaussian.deviation(single.score[:, axis])
    middle, unit = single.pathwise[:, axis].mean(), "nats per prior standard deviation"
    return above, charts.strips(ways, middle, reach, unit, height=260)


def _numbers(single: Estimates, draws: int) -> None:
    """How far each way spreads, over all dimensions."""
    header = [
        Fact("way"),
        Fact("one draw", unit="nats", help=ONE_HELP),
        Fact(f"L = {draws}", unit="nats", help=STEP_HELP),
        Fact("as good as one pathwise", unit="draws", help=NEEDED_HELP),
    ]
    least = gaussian.deviation(single.pathwise)
    rows = []
    for name, words in WAYS.items():
        spread = gaussian.deviation(getattr(single, name))
        needed = (spread / least) ** 2
        rows.append([words, f"{spread:.1f}", f"{spread / draws**0.5:.2f}", f"{needed:,.0f}"])
    html.table(header, rows)
