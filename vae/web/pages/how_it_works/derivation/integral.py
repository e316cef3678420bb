"""Maximum likelihood: the integral over all codes, and what it costs to guess it."""

import numpy as np
import streamlit as st

from vae import figures
from vae.analysis import marginal_likelihood
from vae.explorer import Explorer
from vae.figures import derivation as charts
from vae.images.spec import CHANNELS
from vae.model import likelihood
from vae.web.kit import html
from vae.web.kit.format import signed
from vae.web.pages.how_it_works import code, layout
from vae.web.selection import input_image

REPEATS, DRAWS = 6, 1000
PRIOR, ENCODER = "codes from prior", "codes from encoder"
WORDS = r"""
Fit the decoder by **maximum likelihood**: choose its weights $\theta$ such that the training images are as
probable as they can be.
$$
\max_\theta \; \sum_n \log p_\theta(x_n)
$$
The model makes an image in two steps. It draws a code $z$ from the prior $p(z) = \mathcal N(0, I)$; then it
draws the pixels from $p_\theta(x\mid z)$, which the decoder gives. Any code might have made the image $x$,
so all of them count:
$$
p_\theta(x) = \int p_\theta(x\mid z)\, p(z)\, dz
$$
The decoder is a neural network, so the integral has **no formula**. Could it be guessed, as the mean of
$p_\theta(x\mid z)$ over codes drawn from the prior? That is right in the long run. But nearly every code
makes another image, and the few that count are hardly ever drawn.

**Look at the lines:** each is one attempt to guess $\log p(x)$ for the chosen image. The **grey** ones draw
codes from the prior. They start far too low, jump at each lucky draw, and disagree. The **red** ones draw
from the encoder, which knows where to look, and weigh each code by $p(z)/q(z\mid x)$ to make up for it. The
more dimensions $z$ has, the more hopeless is the prior: choose a model with 20 of them at the top of the
page. Should red end below grey, the encoder looks in the wrong place, as it may for images unlike those it
was trained on.
"""
MAP = r"""
**MAP** gives the weights a prior, too, and maximises $\log p_\theta(x) + \log p(\theta)$: the same integral
is in the way. The next step shows what people did about it before there were VAEs.
"""
GREY = r"""
**Grey pixels.** This model's likelihood is for pixels that are black or white. On grey ones the
cross-entropy is the mean cost of pixels **binarised at random**, each white with the probability of its
grey level. As a density of grey levels it is **not normalised**: its integral over all grey images is far
from 1. So $\log p(x)$ and the ELBO are lower bounds of the mean $\log p$ of images binarised at random, and
no log densities of the grey image.
"""
SOURCE = "Weighted draws: Burda, Grosse and Salakhutdinov, Importance Weighted Autoencoders, 2016."
GREY_SOURCE = "The integral: Loaiza-Ganem and Cunningham, The continuous Bernoulli, 2019."
INTEGRAL_HELP = (
    "The logarithm of the integral of exp(−cross-entropy) over all images with grey levels from 0 to 1, for "
    "the image decoded from the encoder's mean. A density has 0 here."
)


def show(explorer: Explorer) -> None:
    """The guesses for one image, and the words."""
    figure, words = layout.columns()
    with words:
        is_grey = _is_bernoulli(explorer)
        layout.words(WORDS + MAP + GREY * is_grey)
        layout.source(f"{SOURCE} {GREY_SOURCE}" if is_grey else SOURCE)
    with figure:
        _figure(explorer)


@st.fragment
def _figure(explorer: Explorer) -> None:
    given = explorer.likelihood
    if layout.missing(explorer, "likelihood", "gaussian", "likelihood") or given is None:
        return
    followed = input_image.choose_test_image(explorer)
    prior, encoder = _guesses(explorer.fingerprint, followed.pixels, explorer)
    groups = [(PRIOR, figures.theme.NEUTRAL, prior), (ENCODER, figures.FOLLOWED, encoder)]
    st.plotly_chart(charts.evidence_guesses(groups), key="theory-guesses", config={"displayModeBar": False})
    st.caption(
        f"{followed.caption.removeprefix('input: ').capitalize()}. {REPEATS} attempts each way; thick: their "
        f"median. “{explorer.title}”: "
        f"{given.name} likelihood, {CHANNELS[explorer.image_spec.channels]} pixels."
    )
    html.facts(
        *(
            html.Fact(f"{DRAWS:,} {name}", f"{signed(low, 1)} to {signed(high, 1)}", "nats")
            for name, low, high in ((name, *_range(curves)) for name, _, curves in groups)
        ),
        *_normaliser(explorer, followed.pixels),
    )
    code.beside("latent/importance.py", "log_weights", "running_estimates")


def _is_bernoulli(explorer: Explorer) -> bool:
    return explorer.likelihood is not None and explorer.likelihood.name == "bernoulli"


def _normaliser(explorer: Explorer, pixels: np.ndarray) -> tuple[html.Fact, ...]:
    """How far the likelihood of grey pixels is from a density, for the image decoded from the mean."""
    if not _is_bernoulli(explorer):
        return ()
    mean = explorer.decode(explorer.encode(pixels[None]).mu)
    integral = float(likelihood.bernoulli_log_integral(likelihood.logit(mean)).sum())
    return (
        html.Fact(
            "log ∫ p(x|z) dx, grey pixels", f"{integral:,.0f}".replace("-", "−"), "nats", INTEGRAL_HELP
        ),
    )


def _range(curves: np.ndarray) -> tuple[float, float]:
    """Lowest and highest of the last estimates of (R, K)."""
    return float(curves[:, -1].min()), float(curves[:, -1].max())


@st.cache_data(show_spinner="Decoding 12,000 codes", max_entries=64)
def _guesses(fingerprint: str, pixels: np.ndarray, _explorer: Explorer) -> tuple[np.ndarray, np.ndarray]:
    """Estimates of log p(x) (R, K), nats, by codes from the prior and by codes from the encoder."""
    return marginal_likelihood.guesses(_explorer, pixels, REPEATS, DRAWS)
