"""The likelihood of a pixel: why cross-entropy is Bernoulli and squared error is Gaussian."""

import math

import numpy as np
import streamlit as st

from vae.explorer import Explorer
from vae.figures import derivation as charts
from vae.images.dataset import ImageSet
from vae.model import likelihood
from vae.web.kit import address, datasets, html
from vae.web.pages.how_it_works import code

WORDS = r"""
The nll is $-\log p(x\mid z)$, summed over the pixels: given $z$, they are independent. What one pixel $x$
costs depends on the distribution that is chosen for it. The decoder gives its **mean** $\hat x$.

**Bernoulli: a coin** that shows white with probability $\hat x$.
$$
p(x\mid z) = \hat x^{\,x}\,(1-\hat x)^{1-x}
$$
$$
-\log p(x\mid z) = -x\log\hat x - (1-x)\log(1-\hat x)
$$
That is the **cross-entropy**. A pixel that is certain and wrong costs infinitely much.

**Gaussian: a grey level** around $\hat x$ with standard deviation $\sigma$.
$$
p(x\mid z) = \frac{1}{\sigma\sqrt{2\pi}}\; e^{-(x-\hat x)^2/2\sigma^2}
$$
$$
-\log p(x\mid z) = \frac{(x-\hat x)^2}{2\sigma^2} + \log\sigma + \tfrac12\log 2\pi
$$
That is the **squared error** with a factor and a constant. The factor matters: a small $\sigma$ makes the
reconstruction weigh more against the KL. Leaving it out silently chooses $\sigma^2 = \tfrac12$.

**Move $x$.** Both costs are lowest at $\hat x = x$ (the dots). For a grey pixel the cross-entropy does not
reach 0 there: what is left is the entropy of $x$. The Gaussian's cost can be negative, since a density can
exceed 1.

So nats under one likelihood cannot be compared with nats under the other, nor grey images with
black-and-white ones. What the decoder shows is the mean, not a draw of pixels.
"""
X_HELP = "Grey level of the pixel to be reconstructed: 0 is black, 1 is white."
SOURCE = "Kingma and Welling, Auto-Encoding Variational Bayes, 2014, appendix C."
SD_HELP = "Standard deviation σ of the Gaussian, in grey levels from 0 to 1."
FLOOR_HELP = (
    "The entropy of the grey pixels, summed over an image: the nll if the mean were the image itself."
)
BATCH = 500  # images at a time
PLACES = 397  # of the mean, from 0.005 to 0.995


def figure(explorer: Explorer) -> None:
    """The costs of a pixel under both likelihoods, and the least that grey images cost."""
    _costs()
    _floor(explorer)
    code.beside("training/elbo.py", "bernoulli_nll", "gaussian_nll")


@st.fragment
def _costs() -> None:
    x, sd = address.number("x", 0.3, 0.0, 1.0), address.number("pixel_sd", 0.4, 0.05, 1.0)
    with st.container(horizontal=True, gap="medium", key="theory-pixel"):
        st.slider("x, the pixel's grey level", 0.0, 1.0, step=0.01, width=240, help=X_HELP, **x.widget())
        st.slider("σ of the Gaussian", 0.05, 1.0, step=0.01, width=240, help=SD_HELP, **sd.widget())
    mean = np.linspace(0.005, 0.995, PLACES)
    bernoulli = likelihood.bernoulli_nll(likelihood.logit(mean), np.array(x.value))
    gaussian = likelihood.gaussian_nll(mean, np.array(x.value), 2 * math.log(sd.value))
    chart = charts.pixel_costs(mean, bernoulli, gaussian, x.value)
    st.plotly_chart(chart, key="theory-costs", config={"displayModeBar": False})


def _floor(explorer: Explorer) -> None:
    """The least nll that grey test images allow, beside what the model reaches."""
    dataset, items = datasets.examples(explorer.dataset)
    floor = _lowest(dataset.name, items)
    label = f"least Bernoulli nll, {dataset.name} test images"
    facts = [html.Fact(label, f"{floor:.2f}", "nats per image", FLOOR_HELP)]
    is_own = dataset.name == explorer.dataset.name
    is_bernoulli = explorer.likelihood is not None and explorer.likelihood.name == "bernoulli"
    if is_own and is_bernoulli and "nll" in explorer.metrics:
        reached = f"{explorer.metrics['nll']:.2f}"
        facts.append(html.Fact(f"nll of {explorer.title} on them", reached, "nats per image"))
    html.facts(*facts)


@st.cache_data(show_spinner=False, max_entries=8)
def _lowest(dataset: str, _items: ImageSet) -> float:
    """Mean over the test images of that data set of the least nll, nats per image."""
    batches = (_items.floats(slice(k, k + BATCH)) for k in range(0, len(_items), BATCH))
    return sum(float(likelihood.bernoulli_floor(batch).sum()) for batch in batches) / len(_items)
