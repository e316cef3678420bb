"""Encoders that do not mirror their decoder."""

from typing import Any

import streamlit as st

from vae.explorer import Explorer
from vae.web.kit import address, html
from vae.web.pages.how_it_works import studied

MODELS = {
    "source": "ReLU encoder, tanh decoder",
    "mirrored": "tanh, mirrored",
    "large-encoder": "large encoder",
    "large-decoder": "large decoder",
}
HEADER = (
    html.Fact("Networks"),
    html.Fact("encoder", "", "weights"),
    html.Fact("decoder", "", "weights"),
    html.Fact("nll", "", "nats"),
    html.Fact("KL", "", "nats"),
    html.Fact("−ELBO", "", "nats"),
    html.Fact("in use", "", "of 50", "Dimensions whose mean KL is at least 0.01 nats."),
)
WORDS = r"""
Nothing in the ELBO asks the encoder to be the decoder's mirror image. The encoder has to answer with a mean
and a log variance for each dimension; the decoder has to make an image of a code. What is between them is
free: other widths, other activations, convolutions on one side only.

After lecture notes on autoencoders: 784-256-(50 + 50), a **ReLU encoder** of 256 units that gives 50 means
and 50 log variances, and a **tanh decoder** of 256 units. (The notes have ReLU inside the decoder and tanh at
its output, which would give grey levels below 0; here the output is the mean of a Bernoulli pixel.) Beside it
the same with tanh on both sides, one with a large encoder and a small decoder, and the other way round.

**Choose one** and compare the rows of the table. A small encoder costs little here; a small decoder costs
much, and no encoder makes up for it, since only the decoder knows what an image looks like. Of the 50
dimensions about 30 are in use: the KL has made the others give up.
"""
SOURCE = "Kingma and Welling, Auto-Encoding Variational Bayes, 2014, appendix C."


@st.fragment
def figure(_: Explorer) -> None:
    """Pictures of the chosen pair of networks, and the scores of all."""
    study = studied.look_up("asymmetric")
    if study is None:
        return
    help_ = "Which encoder and decoder made the pictures. A pair was trained for each."
    pair = address.choose("Networks", "pair", MODELS, "source", help_)
    rows = [("test images", study.images("in")), ("reconstructed", study.images(f"out-{pair}"))]
    studied.strips([*rows, ("drawn from the prior", study.images(f"noise-{pair}"))], "Its pictures")
    html.table(HEADER, [_row(name, study.said["models"][key]) for key, name in MODELS.items()])
    studied.caption(
        study,
        f"{study.said['latent_dim']} latent dimensions, one hidden layer each way, "
        f"{study.said['epochs']} epochs; nats per test image, {study.said['samples']} samples of z.",
    )


def _row(name: str, scores: dict[str, Any]) -> list[str]:
    nll, kl = scores["nll"], scores["kl"]
    nats = (f"{value:.1f}" for value in (nll, kl, nll + kl))
    weights = (f"{scores[coder]:,}" for coder in ("encoder", "decoder"))
    return [name, *weights, *nats, str(scores["active_units"])]
