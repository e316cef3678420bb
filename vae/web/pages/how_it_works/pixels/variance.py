"""Where the variance of a Gaussian pixel comes from: given, learnt for all or for each, or made from z."""

import math

import streamlit as st

from vae.explorer import Explorer
from vae.web.kit import address, html
from vae.web.pages.how_it_works import code, studied

WAYS = {
    "given": "Given, ½",
    "one": "One, learnt",
    "each": "One for each pixel",
    "network": "A network of z",
}
HEADER = (
    html.Fact("Variance"),
    html.Fact("nll", "", "nats"),
    html.Fact("KL", "", "nats"),
    html.Fact("−ELBO", "", "nats", "Of densities: below 0 where a density exceeds 1."),
    html.Fact("residual", "", "sd", "Root of the mean squared error of the decoded means, grey levels."),
    html.Fact(
        "(residual ÷ sd)²",
        "",
        "mean",
        "1 where the sd that the model gives is that of its own residuals. Pixels at the smallest sd that is "
        "allowed are left out.",
    ),
)
RESIDUAL_HELP = "Of test images, decoded from the mean code; with a drawn code it is a little more."
WORDS = r"""
A Gaussian pixel needs a standard deviation $\sigma$. Where does it come from?

- **Given.** "Squared error" means $\sigma^2 = \tfrac12$, an sd of 0.71. The residuals are far smaller, so the
  model claims much more doubt than it has: it is **miscalibrated**. The last column would be 1 for a model
  that knows its own error; the KL it can afford is small.
- **One, learnt.** A single number for all pixels, fitted with the weights. Now the claimed sd agrees with the
  residuals *on average*.
- **One for each pixel.** The corner of an image is always black and could be known for certain, the middle
  could not.
- **A network of z.** The decoder has two outputs for each pixel, mean and log variance,
  $p(x\mid z) = \mathcal N\big(\mu(z), \operatorname{diag}\sigma^2(z)\big)$. It is sure of the
  background and doubts the stroke.

**Choose a way** and look at the third row: black is certain, white is an sd of ½ or more.

**A trap.** Where pixels are always black, $\sigma$ can shrink without end and the density grow without bound,
so the nats measure mostly the border. The sd is kept above a smallest value here. Nats of densities
compare with each other only at the same one.
"""
SOURCE = "Kingma and Welling, Auto-Encoding Variational Bayes, 2014, appendix C.2 (Gaussian decoder)."


@st.fragment
def figure(explorer: Explorer) -> None:
    """Means and sds of ten test images, and the scores of all ways."""
    study = studied.look_up("pixel-variance")
    if study is None:
        return
    help_ = "Where the decoder's variance comes from. A model was trained for each."
    way = address.choose("Variance of a pixel", "variance", WAYS, "network", help_)
    rows = [("test images", study.images("in")), ("mean", study.images(f"mean-{way}"))]
    studied.strips([*rows, ("sd", study.images(f"sd-{way}"))], "Means and standard deviations of the pixels")
    html.table(HEADER, [_row(name, study.said["ways"][key]) for key, name in WAYS.items()])
    said = study.said
    studied.caption(
        study,
        f"{said['latent_dim']} latent dimensions, one hidden layer of {said['hidden']}, {said['epochs']} "
        f"epochs. Nats per test image, densities of grey levels in [0, 1], {said['samples']} samples of z; "
        f"no sd below {said['least_sd']:g}.",
    )
    _calibration(explorer)
    code.beside("training/studies/pixel_variance.py", "Model.decode", "Model.nll")


def _calibration(explorer: Explorer) -> None:
    """The sd that the chosen model claims, beside its residuals, where it has Gaussian pixels."""
    likelihood = explorer.likelihood
    if likelihood is None or likelihood.name != "gaussian" or "mse" not in explorer.metrics:
        return
    residual_sd = math.sqrt(explorer.metrics["mse"])
    html.facts(
        html.Fact(f"sd of a pixel under {explorer.title}", f"{likelihood.pixel_sd:.3f}", "grey levels"),
        html.Fact("sd of its residuals", f"{residual_sd:.3f}", "grey levels", RESIDUAL_HELP),
    )


def _row(name: str, scores: dict[str, float]) -> list[str]:
    nll, kl = scores["nll"], scores["kl"]
    nats = (f"{value:.1f}".replace("-", "−") for value in (nll, kl, nll + kl))
    return [name, *nats, f"{scores['residual_sd']:.3f}", f"{scores['standardised']:.2f}"]
