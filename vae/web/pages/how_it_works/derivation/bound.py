"""The ELBO: its derivation, its two terms under a q made wider or narrower, and during training."""

import numpy as np
import streamlit as st

from vae.analysis import marginal_likelihood
from vae.analysis.marginal_likelihood import Widths
from vae.explorer import Explorer
from vae.figures import derivation as charts
from vae.images.spec import CHANNELS
from vae.web.kit import address, html
from vae.web.kit.format import signed
from vae.web.pages.how_it_works import code, layout, moving, parts
from vae.web.pages.how_it_works.parts import Part
from vae.web.selection import input_image

WIDTHS = tuple(round(float(width), 2) for width in np.geomspace(0.1, 10, 21))  # times the encoder's sd
DRAWS, GUESSES = 64, 1000  # of z: for the terms of each q, and for log p(x)
STATIC = {"displayModeBar": False}
WIDTH_HELP = "The standard deviations of q are those of the encoder times this number; its mean stays."
GAP_HELP = (
    "KL(q ‖ p(z|x)): how far q is from the true posterior. log p(x) itself is estimated from 1,000 weighted "
    "draws of z."
)
STEPS = (
    (
        "Bring in any distribution $q(z\\mid x)$: multiply and divide by it. The integral becomes a mean "
        "over draws from $q$.",
        r"\log p(x) = \log\, \mathbb E_{q}\!\left[\frac{p(x\mid z)\,p(z)}{q(z\mid x)}\right]",
    ),
    (
        "The log of a mean is at least the mean of the logs (Jensen). So this is a **lower bound**:",
        r"\log p(x) \ge \mathbb E_{q}\!\left[\log \frac{p(x\mid z)\,p(z)}{q(z\mid x)}\right]",
    ),
    (
        "Sort it into two terms. This is the **ELBO**, the evidence lower bound:",
        r"\mathrm{ELBO} = \underbrace{\mathbb E_{q}[\log p(x\mid z)]}_{-\mathrm{nll}}"
        r" - \underbrace{\mathrm{KL}\big(q(z\mid x)\,\|\,p(z)\big)}_{\mathrm{kl}}",
    ),
    (
        "What the bound misses is how far $q$ is from the true posterior. It is 0 only if they are equal:",
        r"\log p(x) - \mathrm{ELBO} = \mathrm{KL}\big(q(z\mid x)\,\|\,p(z\mid x)\big)",
    ),
)
MEANING = """

The **two bars** are the same −ELBO, split both ways: what training sees, nll and KL, and what it cannot see,
$-\\log p(x)$ and the gap.

While the decoder stands still, $\\log p(x)$ does, too: raising the ELBO then only moves $q$ toward the true
posterior. Training moves the decoder as well. It raises a **lower bound** of $\\log p(x)$; that the images
themselves become more probable is likely, not certain, since the gap may change instead.

Training lowers the **loss** nll + β KL, which is −ELBO where β is 1.

- **nll**, the reconstruction term: how badly the decoder's image fits, averaged over draws of $z$. This mean
  stays: no formula gives it, it is sampled.
- **KL**: what $q$ costs. At 0, $q$ is the prior and the code tells nothing of the image. On average
  over the images, the code tells **at most** so much: part of the KL may only say that all codes together
  miss the prior. To tell N images apart takes no more than $\\log N$ nats, 9.21 for 10,000.

**Make $q$ narrower or wider** with the slider. Narrow, its codes decode to the image and the nll is low, but
the KL is high. Wide, the KL is low, but many codes decode to something else. Between them lies the lowest
−ELBO, and even that does not get below $-\\log p(x)$. How near to 1 is the best width?
"""
JENSEN = r"""
Step 2 of the derivation, to be touched. Draw codes $z$ from $q$; each has a **weight**
$$
w = \frac{p(x\mid z)\,p(z)}{q(z\mid x)}
$$
and the mean of the weights is $p(x)$. The logarithm bends down, so **the log of the mean lies above the mean
of the logs** (Jensen's inequality): blue above red. The black line between them is the gap.

- **Drag a weight** to the left. One draw that fits badly pulls the mean of the logs far down and hardly
  moves the log of the mean.
- **Play** draws the weights together. Where $q$ is the true posterior, $w = p(x)$ for every $z$: all weights
  are equal, and nothing is missed.
- The mean of the logs never tells how far away the other one is: that is why −ELBO alone does not say how
  good a model is.

Here five weights are all that $q$ draws. In the model they are means over all draws, and a mean of a few
weights is itself a draw; its log lies **between** the ELBO and $\log p(x)$, on average. The guesses of the
step *Likelihood* are such logs.
"""
JENSEN_SOURCE = "Jensen, Sur les fonctions convexes, 1906."
TRAINING = """
Both terms after each epoch, as means over the training images.

**Look at the KL:** the lower it is, the lower the loss, and yet it mostly rises. The model pays a few nats
for a code that tells more of the image, and wins back more in the reconstruction.

- The aim is not that $q(z\\mid x)$ becomes the prior: if it did for every image, the codes would tell
  nothing.
- The **bound** rises while the loss falls. Whether $\\log p(x)$ rose as much, or the gap shrank, the curves
  do not say; the page *Inference* measures the gap.
"""
TRAINING_SOURCE = (
    "The loss is nll + β KL: with β other than 1 it is not −ELBO, which the grey line shows for β = 1."
)
SOURCES = (
    "Derivation: Kingma and Welling, Auto-Encoding Variational Bayes, 2014. With more draws inside the log "
    "the bound gets tighter: Burda et al., Importance Weighted Autoencoders, 2016. Averaged over images, the "
    "KL is what the codes tell of the images plus the distance of all codes together from the prior: Hoffman "
    "and Johnson, ELBO surgery, 2016. Texts that call log p(x) fixed mean it for fixed weights of the "
    "decoder."
)


def _terms_of_an_image(explorer: Explorer) -> None:
    if not layout.missing(explorer, "elbo", "gaussian", "likelihood"):
        _widths(explorer)


def _jensen(explorer: Explorer) -> None:
    moving.figure("jensen", {})


def _training_terms(explorer: Explorer) -> None:
    if not layout.missing(explorer, "elbo", "gaussian", "likelihood"):
        _training(explorer)


DERIVATION = "\n".join(
    f"{n}. {sentence}\n   $$\n   {equation}\n   $$" for n, (sentence, equation) in enumerate(STEPS, 1)
)
PARTS = {
    "bound": Part("The bound", _terms_of_an_image, DERIVATION + MEANING, SOURCES),
    "jensen": Part("Jensen", _jensen, JENSEN, JENSEN_SOURCE),
    "training": Part("During training", _training_terms, TRAINING, TRAINING_SOURCE),
}


def show(explorer: Explorer) -> None:
    """The bound for one image, the inequality that it rests on, or its terms during training."""
    parts.show(
        explorer, "part_of_elbo", PARTS, "The bound itself, why it is one, and its terms during training."
    )


@st.fragment
def _widths(explorer: Explorer) -> None:
    """The trade between the two terms, for one image and a q of a chosen width."""
    followed = input_image.choose_test_image(explorer)
    width = address.choice("width", WIDTHS, 1.0)
    st.select_slider("Width of q, times the encoder's", WIDTHS, help=WIDTH_HELP, **width.widget())
    found, at = terms(explorer.fingerprint, followed.pixels, explorer), WIDTHS.index(width.value)
    nll, kl = float(found.nll[at]), float(found.kl[at])
    st.plotly_chart(charts.elbo_stack(nll, kl, found.log_evidence), key="theory-stack", config=STATIC)
    st.plotly_chart(charts.elbo_by_width(WIDTHS, *found, at), key="theory-widths", config=STATIC)
    elbo = -(nll + kl)
    numbers = {
        "nll": nll,
        "KL": kl,
        "ELBO = −nll − KL": elbo,
        "log p(x)": found.log_evidence,
    }
    html.facts(
        *(html.Fact(name, signed(value, 1), "nats") for name, value in numbers.items()),
        html.Fact("What the bound misses", f"{max(found.log_evidence - elbo, 0):.1f}", "nats", GAP_HELP),
    )
    code.beside("training/vae.py", "VAE.terms", "Generative.nll", "Generative.kl")


@st.cache_data(show_spinner=False, max_entries=64)
def terms(fingerprint: str, pixels: np.ndarray, _explorer: Explorer) -> Widths:
    """The terms for an image (H, W, C) under the encoder's q, made narrower and wider."""
    return marginal_likelihood.terms_by_width(_explorer, pixels, WIDTHS, DRAWS, GUESSES)


def _training(explorer: Explorer) -> None:
    """The two terms over the epochs of the model's training."""
    if not explorer.can("history"):
        st.caption(f"“{explorer.title}” ships without the history of its training.")
        return
    history = explorer.metrics["history"]
    nll, kl = ([epoch[term] for epoch in history] for term in ("nll", "kl"))
    st.plotly_chart(charts.training_terms(nll, kl, height=400), key="theory-training", config=STATIC)
    likelihood, spec = explorer.likelihood, explorer.image_spec
    name = likelihood.name if likelihood else "unknown"
    st.caption(
        f"“{explorer.title}”: mean over the training images of {explorer.dataset.name} in each epoch; "
        f"{name} likelihood, {CHANNELS[spec.channels]} pixels. A spike is a moment "
        "at which the steps were too long; a lasting fall, the end of a phase in which images were moved or "
        "another change of the settings, which its model card on Results names."
    )
    html.facts(
        html.Fact(f"nll, epoch 1 to {len(history)}", f"{nll[0]:.1f} → {nll[-1]:.1f}", "nats per image"),
        html.Fact(f"KL, epoch 1 to {len(history)}", f"{kl[0]:.1f} → {kl[-1]:.1f}", "nats per image"),
    )
