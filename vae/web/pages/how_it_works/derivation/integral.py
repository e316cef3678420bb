"""Maximum likelihood: the integral over all codes, and what it costs to guess it."""

import numpy as np
import streamlit as st

from vae import figures
from vae.analysis import marginal_likelihood
from vae.explorer import Explorer
from vae.figures import derivation as charts
from vae.images.spec import CHANNELS
from vae.web.kit import html
from vae.web.kit.format import signed
from vae.web.pages.how_it_works import layout
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
NAMED = {
    "MAP": "Gives the weights a prior, too: maximises $\\log p_\\theta(x) + \\log p(\\theta)$. "
    "The same integral is in the way.",
    "EM": "In turns: find $p(z\\mid x)$ for fixed weights, then the best weights for it. For a network, "
    "$p(z\\mid x)$ has no formula either.",
    "MCMC": "Walks at random through the codes, so that it visits them as often as $p(z\\mid x)$ says. "
    "Exact in the end, but it takes a long walk for each image.",
    "Variational inference": "Takes a simple family, such as Gaussians $q(z\\mid x)$, and moves it as close "
    "to $p(z\\mid x)$ as it gets. A search, no integral: the next step.",
}
SOURCE = "Weighted draws: Burda, Grosse and Salakhutdinov, Importance Weighted Autoencoders, 2016."


def show(explorer: Explorer) -> None:
    """The guesses for one image, and the words."""
    figure, words = layout.columns()
    with words:
        st.markdown(WORDS)
        st.markdown("**Ways that people have taken**")
        st.markdown("\n".join(f"- **{name}.** {what}" for name, what in NAMED.items()))
        st.caption(SOURCE)
    with figure:
        _figure(explorer)


@st.fragment
def _figure(explorer: Explorer) -> None:
    likelihood = explorer.likelihood
    if layout.missing(explorer, "likelihood", "gaussian", "likelihood") or likelihood is None:
        return
    followed = input_image.choose_test_image(explorer)
    prior, encoder = _guesses(explorer.fingerprint, followed.pixels, explorer)
    groups = [(PRIOR, figures.theme.NEUTRAL, prior), (ENCODER, figures.FOLLOWED, encoder)]
    st.plotly_chart(charts.evidence_guesses(groups), key="theory-guesses", config={"displayModeBar": False})
    st.caption(
        f"{followed.caption.removeprefix('input: ').capitalize()}. {REPEATS} attempts each way; thick: their "
        f"median. {explorer.name}: "
        f"{likelihood.name} likelihood, {CHANNELS[explorer.image_spec.channels]} pixels."
    )
    html.facts(
        *(
            html.Fact(f"{DRAWS:,} {name}", f"{signed(low, 1)} to {signed(high, 1)}", "nats")
            for name, low, high in ((name, *_range(curves)) for name, _, curves in groups)
        )
    )


def _range(curves: np.ndarray) -> tuple[float, float]:
    """Lowest and highest of the last estimates of (R, K)."""
    return float(curves[:, -1].min()), float(curves[:, -1].max())


@st.cache_data(show_spinner="Decoding 12,000 codes", max_entries=64)
def _guesses(fingerprint: str, pixels: np.ndarray, _explorer: Explorer) -> tuple[np.ndarray, np.ndarray]:
    """Estimates of log p(x) (R, K), nats, by codes from the prior and by codes from the encoder."""
    return marginal_likelihood.guesses(_explorer, pixels, REPEATS, DRAWS)
