"""The models' scores in tables, with what they are and how they were measured.

Nats under different likelihoods, or of different images, cannot be compared: they never share a table.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

import streamlit as st

from vae.explorer import Record
from vae.images.spec import CHANNELS
from vae.web.kit import html
from vae.web.kit.format import signed

NATS = "nats per image"
UNKNOWN = "–"
WORDS = {
    "bernoulli": "pixels under a Bernoulli likelihood",
    "gaussian": "pixels under a Gaussian likelihood",
    None: "without a likelihood",
}
KINDS = {"gaussian": "VAE", "point": "autoencoder", "implicit": "implicit"}  # by the form of the posterior
HEADER = (
    html.Fact("Model"),
    html.Fact(
        "Kind",
        help="A VAE's code is a Gaussian, an autoencoder's a point, an implicit one known by its draws.",
    ),
    html.Fact(
        "D",
        unit="dims",
        help="Dimensions of z; in brackets the active ones, whose KL is at least 0.01 nats per image on "
        "average; of an autoencoder those whose code varies.",
    ),
    html.Fact(
        "−ELBO",
        unit=NATS,
        help="nll plus KL, lower is better: an upper bound of −log p(x). An autoencoder has none, nor has an "
        "implicit q(z|x).",
    ),
    html.Fact(
        "nll", unit=NATS, help="Reconstruction: −log p(x|z), averaged over draws of z from the encoder."
    ),
    html.Fact(
        "KL",
        unit=NATS,
        help="How far the encoder's q(z|x) is from the prior: at most that much the code tells of the image. "
        "With ≈ it is a critic's estimate, of a q(z|x) without a density: no ELBO can rest on it.",
    ),
    html.Fact(
        "MSE",
        unit="per pixel",
        help="Squared error of the mean decoded from mu, levels in [0, 1]; the same for all models.",
    ),
    html.Fact(
        "10-NN",
        unit="accuracy, %",
        help="Share of the test images for whose class the 10 nearest training codes vote.",
    ),
)


def show(models: Mapping[str, Record]) -> None:
    """A table for the models of each data set and likelihood, the conditions of the measurement below it."""
    tables = (_table(*key, group) for key, group in _groups(models.values()).items())
    st.html(f'<div class="vae-scores">{"".join(tables)}</div>')  # in one piece: nothing moves on the way


def _table(dataset: str, likelihood: str | None, records: Sequence[Record]) -> str:
    """HTML of the table of models whose nats can be compared."""
    conditions = dict.fromkeys(_conditions(record) for record in records if record.metrics)
    return (
        f"<h3>{escape(dataset)}, {WORDS[likelihood]}</h3>"
        + html.table_html(HEADER, [row(record) for record in records])
        + "".join(f"<p>{escape(sentence)}</p>" for sentence in conditions)
    )


def row(record: Record) -> list[html.Cell]:
    """A model's row, in the order of `HEADER`; a dash for what it does not have."""
    said, is_point = record.metrics, record.form == "point"
    active, elbo = said.get("active_units"), said.get("elbo")
    return [
        html.Fact("", record.title, record.name if record.title != record.name else ""),
        KINDS[record.form],
        f"{record.latent_dim}" + (f" ({active})" if active is not None else ""),
        _number(None if elbo is None or is_point else -elbo),
        _number(said.get("nll")),
        _kl(record),
        _number(said.get("mse"), 4),
        _number(100 * said["knn_accuracy"] if "knn_accuracy" in said else None, 1),
    ]


def _groups(records: Iterable[Record]) -> dict[tuple[str, str | None], list[Record]]:
    """The models by what their nats may be compared with."""
    found: dict[tuple[str, str | None], list[Record]] = {}
    for record in records:
        found.setdefault((record.dataset.name, record.likelihood), []).append(record)
    return found


def _kl(record: Record) -> str:
    """The KL in closed form, or with ≈ a critic's estimate."""
    if record.form == "implicit":
        estimate = record.metrics.get("kl_estimate")
        return UNKNOWN if estimate is None else f"≈ {_number(estimate)}"
    return _number(None if record.form == "point" else record.metrics.get("kl"))


def _number(value: float | None, decimals: int = 2) -> str:
    return UNKNOWN if value is None else signed(value, decimals)


def _conditions(record: Record) -> str:
    """Under which conditions a model's numbers were measured, one sentence."""
    said, pixels = record.metrics, CHANNELS[record.dataset.image_spec.channels]
    if record.likelihood is None:
        return f"Means over the {said.get('images', 0):,} test images of {record.dataset.name}."
    binarised = (
        "The −ELBO also bounds from above what they cost with pixels binarised at random."
        if record.likelihood == "bernoulli"
        else "Not comparable with numbers on binarised images."
    )
    return (
        f"Means over the {said.get('images', 0):,} test images of {record.dataset.name}, {record.likelihood} "
        f"likelihood on {pixels} pixels, {said.get('samples', 0)} draws of z for each image. {binarised}"
    )
