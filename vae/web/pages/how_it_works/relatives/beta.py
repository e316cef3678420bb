"""A family of betas: how many nats the code may say, and what that is worth in the reconstruction."""

import streamlit as st

from vae.explorer import Explorer
from vae.figures.theory import relatives as charts
from vae.figures.theory.relatives import Point
from vae.web.kit import address, html
from vae.web.pages.how_it_works import studied

WORDS = r"""
Weigh the KL in the loss by a factor $\beta$:
$$
\text{loss} = \mathrm{nll} + \beta\,\mathrm{KL}
$$
The KL is a **rate**: the nats that a code says beyond the prior. The nll is a **distortion**: what is
missing when the image is made from the code. Each $\beta$ buys at another price, and the trained models lie
on a curve.

**Move $\beta$.**

- **Small:** nats are cheap. Sharp reconstructions, but the codes leave the prior: what the prior draws was
  never trained, and its pictures fall to pieces.
- **1:** the loss is −ELBO, a bound of $-\log p(x)$. The dotted line joins all places with the same −ELBO;
  at $\beta = 1$ it touches the curve.
- **Large:** nats are dear. The code says less and less, and the pictures go toward the mean of all images.
  At the end stands **posterior collapse**: the KL is 0 and every code decodes to the same.
- With 2 dimensions the curve is nearly flat: more nats only say the same two numbers more precisely. With
  10 each nat buys more.

Where $\beta \ne 1$ training does not raise the ELBO. The points show the plain nll and KL of each model.
"""
SOURCE = "Higgins et al., beta-VAE, 2017; Alemi et al., Fixing a Broken ELBO, 2018 (rate and distortion)."
BETA_HELP = "The weight of the KL in the loss. A model was trained for each."
DIMS_HELP = "Latent dimensions of the model whose pictures are shown; the chart has both."


@st.fragment
def figure(_: Explorer) -> None:
    """The curve, and the pictures of the chosen model."""
    study = studied.look_up("beta")
    if study is None:
        return
    points = [Point(**point) for point in study.said["points"]]
    betas, dims = (
        tuple(sorted({getattr(point, name) for point in points})) for name in ("beta", "latent_dim")
    )
    beta, latent_dim = address.choice("beta", betas, 1.0), address.choice("beta_dims", dims, dims[-1])
    with st.container(horizontal=True, gap="medium", key="theory-beta"):
        st.select_slider("β", betas, help=BETA_HELP, width=320, **beta.widget())
        st.segmented_control("Latent dimensions", dims, required=True, help=DIMS_HELP, **latent_dim.widget())
    chosen = next(
        point for point in points if (point.beta, point.latent_dim) == (beta.value, latent_dim.value)
    )
    chart = charts.rate_distortion(points, chosen)
    st.plotly_chart(chart, key="theory-rate", config={"displayModeBar": False})
    key = f"{latent_dim.value}-{beta.value:g}"
    rows = [("test images", study.images("in")), ("reconstructed", study.images(f"out-{key}"))]
    studied.strips([*rows, ("drawn from the prior", study.images(f"noise-{key}"))], "Pictures of this model")
    html.facts(
        html.Fact("nll, the distortion", f"{chosen.distortion:.1f}", "nats per test image"),
        html.Fact("KL, the rate", f"{chosen.rate:.1f}", "nats per test image"),
        html.Fact("−ELBO", f"{chosen.distortion + chosen.rate:.1f}", "nats per test image"),
        html.Fact("active units", f"{chosen.active_units} of {chosen.latent_dim}"),
    )
    studied.caption(
        study,
        f"{len(points)} models with one hidden layer of {study.said['hidden']}, Bernoulli likelihood, "
        f"{study.said['epochs']} epochs each, {study.said['samples']} samples of z per image.",
    )
