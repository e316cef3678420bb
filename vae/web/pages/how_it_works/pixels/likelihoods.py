"""One network trained with cross-entropy and with squared error: planes, codes and decoded noise."""

from typing import Any

import numpy as np
import streamlit as st

from vae.analysis.studies.study import Study
from vae.explorer import Explorer
from vae.figures import CONFIG, latent_scatter
from vae.images.export import tile
from vae.web.kit import address, html
from vae.web.pages.how_it_works import studied

NAMES = {"bernoulli": "cross-entropy", "gaussian": "squared error"}
VIEWS = {"plane": "Planes, 2-D", "codes": "Codes, 2-D", "noise": "Decoded noise, 100-D"}
COLUMNS = 8  # of the sheets of decoded noise
SQUARED_ERROR_SD = 0.5**0.5  # of a pixel whose nll is the squared error plus a constant
WORDS = r"""
The same network, 784-256-z-256-784 with tanh, trained twice: with the **cross-entropy** (Bernoulli pixels)
and with the **squared error** (Gaussian pixels of variance $\tfrac12$), once with 2 and once with 100
latent dimensions.

**Planes.** 15 × 15 codes at equal steps of the prior's *mass*, not of $z$: each tile stands for 1/225 of what
the prior draws. $z_2$ grows upward.

- Under the **cross-entropy** a pixel that is certain and wrong costs many nats. It pays to say much in the
  code: the KL is the higher one in the table.
- A Gaussian pixel of variance ½ has an sd of 0.71, more than half the way from black to white, and an error
  of 0.3 costs 0.09 nats. Little is worth a nat of KL, so the code says less. The squared error may be the
  lower one all the same: it is what this model is trained for.

**100 dimensions** are more than the model uses. Where the KL of a dimension is about 0, the encoder answers
with the prior and the decoder ignores it. The table counts those in use.

**Decoded noise** shows the *mean* of each pixel and, below, a *draw* of the pixels, which is what an image
really looks like to the model: speckle under Bernoulli pixels, noise of sd 0.71 under these Gaussian ones.
"""
SOURCE = (
    "Kingma and Welling, Auto-Encoding Variational Bayes, 2014, figure 4 (planes at quantiles of the prior)."
)
HEADER = (
    html.Fact("Model"),
    html.Fact("nll", "", "nats"),
    html.Fact("KL", "", "nats"),
    html.Fact(
        "error", "", "squared, per pixel", "Of the mean decoded from mu: comparable over both likelihoods."
    ),
    html.Fact("in use", "", "dimensions", "Dimensions whose mean KL is at least 0.01 nats."),
)


@st.fragment
def figure(_: Explorer) -> None:
    """Both models beside each other in the chosen view, and the scores of all four."""
    study = studied.look_up("tanh-256")
    if study is None:
        return
    view = address.choose("View", "likelihood_view", VIEWS, "plane", "What is shown of both models.")
    places = st.columns(2)
    for place, (likelihood, name) in zip(places, NAMES.items(), strict=True):
        with place:
            st.markdown(f"**{name.capitalize()}**")
            DRAW[view](study, likelihood)
    html.table(HEADER, [_row(name, scores) for name, scores in study.said["models"].items()])
    recipe = study.said["recipe"]
    studied.caption(
        study,
        f"{recipe['optimizer']}, rate {recipe['rate']:g}, weight decay {recipe['weight_decay']:g}, batches "
        f"of {recipe['batch']}, {recipe['epochs']} epochs, as the source. nll and KL: nats "
        "per test image; an nll under one likelihood does not compare with one under the other.",
    )


def _plane(study: Study, likelihood: str) -> None:
    html.sheet(tile(study.images(f"sheet-{likelihood}-2")), "Decoder means at Gaussian quantiles, 15 × 15")


def _codes(study: Study, likelihood: str) -> None:
    mu, labels = study.arrays[f"mu-{likelihood}-2"], study.arrays["labels"]
    chart = latent_scatter(mu.astype(np.float32), labels, height=420)
    st.plotly_chart(chart, key=f"theory-codes-{likelihood}", config=CONFIG)


def _noise(study: Study, likelihood: str) -> None:
    means = study.images(f"noise-{likelihood}-100")
    html.sheet(_sheet(means), "Means E[x|z] at draws of z from the prior")
    cut = "" if likelihood == "bernoulli" else ", cut to between black and white"
    html.sheet(_sheet(_draws(means, likelihood)), f"Draws of the pixels around these means{cut}")


DRAW = {"plane": _plane, "codes": _codes, "noise": _noise}


def _sheet(images: np.ndarray) -> np.ndarray:
    return tile(images.reshape(-1, COLUMNS, *images.shape[1:]))


def _draws(means: np.ndarray, likelihood: str) -> np.ndarray:
    """Pixels drawn around the means, cut to [0, 1]; the same each time."""
    noise = np.random.default_rng(0)
    if likelihood == "bernoulli":
        return (noise.random(means.shape) < means).astype(np.float32)
    return np.clip(means + SQUARED_ERROR_SD * noise.standard_normal(means.shape), 0, 1)


def _row(name: str, scores: dict[str, Any]) -> list[str]:
    likelihood, latent_dim = name.split("-")
    numbers = (f"{scores['nll']:.1f}", f"{scores['kl']:.1f}", f"{scores['mse']:.4f}")
    return [f"{NAMES[likelihood]}, {latent_dim}-D", *numbers, f"{scores['active_units']} of {latent_dim}"]
