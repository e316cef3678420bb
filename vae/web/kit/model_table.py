"""The models' scores in a table, with what they are and how they were measured."""

from collections.abc import Mapping

import streamlit as st

from vae.model.checkpoint import Description
from vae.web.kit import html

NATS = "nats per image"
KINDS = {"vae": "VAE", "autoencoder": "autoencoder"}
HEADER = (
    html.Fact("Model"),
    html.Fact("Kind", help="A VAE's code is a distribution, an autoencoder's a point."),
    html.Fact(
        "D",
        unit="dims",
        help="Dimensions of z; in brackets the active units, whose posterior mean has a variance above 0.01.",
    ),
    html.Fact("Likelihood", help="Of the pixels. Nats under different likelihoods cannot be compared."),
    html.Fact(
        "−ELBO",
        unit=NATS,
        help="nll plus KL, lower is better: an upper bound of −log p(x). An autoencoder has none.",
    ),
    html.Fact(
        "nll", unit=NATS, help="Reconstruction: −log p(x|z), averaged over draws of z from the encoder."
    ),
    html.Fact(
        "KL",
        unit=NATS,
        help="How far the encoder's q(z|x) is from the prior: what the code tells of the image.",
    ),
    html.Fact(
        "MSE",
        unit="per pixel",
        help="Squared error of the mean decoded from mu, grey levels in [0, 1]; the same for all models.",
    ),
    html.Fact(
        "10-NN",
        unit="% right",
        help="Share of the test images for whose digit the 10 nearest training codes vote.",
    ),
)


def show(models: Mapping[str, Description]) -> None:
    """The table of these models by their names, and the conditions of the measurement below it."""
    html.table(HEADER, [row(name, description) for name, description in models.items()])
    for conditions in dict.fromkeys(map(_conditions, models.values())):
        st.caption(conditions)


def row(name: str, description: Description) -> list[str]:
    """The texts of a model's row, in the order of `HEADER`; a dash for what it does not have."""
    said, config = description.metrics, description.config
    has_posterior, active = config.kind == "vae", said.get("active_units")
    return [
        name,
        KINDS[config.kind],
        f"{config.latent_dim}" + (f" ({active})" if active is not None else ""),
        config.likelihood,
        _number(-said["elbo"] if has_posterior and "elbo" in said else None),
        _number(said.get("nll")),
        _number(said.get("kl") if has_posterior else None),
        _number(said.get("mse"), 4),
        _number(100 * said["knn_accuracy"] if "knn_accuracy" in said else None, 1),
    ]


def _number(value: float | None, decimals: int = 2) -> str:
    return "–" if value is None else f"{value:.{decimals}f}".replace("-", "−")


def _conditions(description: Description) -> str:
    """Under which conditions a model's numbers were measured, one sentence."""
    said, likelihood = description.metrics, description.config.likelihood
    return (
        f"Means over the {said.get('images', 0):,} test images of {description.dataset}, {likelihood} "
        f"likelihood on grey pixels, {said.get('samples', 0)} draws of z for each image. Not comparable with "
        "numbers on binarised images."
    )
