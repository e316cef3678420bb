"""A decoder that is strong enough without z leaves z alone: measured offline, drawn here."""

import streamlit as st

from vae.explorer import Explorer
from vae.figures.theory import sampling as charts
from vae.web.kit import html
from vae.web.kit.html import Fact
from vae.web.pages.how_it_works import studied

WORDS = r"""
An nll of 0 and a code that tells nothing: could a VAE have both? It could, if the decoder knew the image from
elsewhere. Let it see pixels of the image that it is to give: for each pixel those **before it**, to its left
and in some rows above. This is still a distribution,
$$
p(x\mid z) = \prod_i p(x_i \mid x_{<i},\, z),
$$
and the loss is still −ELBO. Only the number of rows differs between the models here.

**Look at the KL:** the more the decoder sees, the fewer nats the code tells. What the neighbours already say
need not be paid for a second time. −ELBO gets better all the while, so training is right to do so: the loss
asks for probable images, not for a useful code.

In the last row the decoder was first trained without a code, and the encoder joined later. Now the code is
mostly **ignored**: a decoder that can do without $z$ hardly changes with it, so the encoder finds little to
gain, and the KL pulls $q$ to the prior. Even stronger decoders bring the KL to 0, **posterior collapse**.

**Look at the images.** Each row is drawn from $p(x\mid z)$, pixel by pixel, with the code of the image above
it. Alone, the code has to say which digit it is. In the last row what is drawn has little to do with the
input.

So a plain decoder, whose pixels know nothing of each other given $z$, is not a weakness: it is what **makes**
the code carry the image. Where a strong decoder is wanted, its view is cut short, or nats are given for free.
"""
SOURCE = (
    "Bowman et al., Generating Sentences from a Continuous Space, 2016; Chen et al., Variational Lossy "
    "Autoencoder, 2017. The masked decoder: Germain et al., MADE, 2015."
)
STATIC = {"displayModeBar": False}


def figure(explorer: Explorer) -> None:
    """nll and KL for each decoder, and what they draw; no chosen model plays a part."""
    if (study := studied.look_up("strong-decoder")) is None:
        return
    points = study.said["points"]
    names = [_name(point["rows"], points[-1]["rows"], point["alone_first"]) for point in points]
    nll, kl = ([point[term] for point in points] for term in ("nll", "kl"))
    st.plotly_chart(charts.terms_by_decoder(names, nll, kl), key="theory-decoders", config=STATIC)
    drawn = [(name, study.images(f"out-{k}")) for k, name in enumerate(names)]
    studied.strips(
        [("test images", study.images("in")), *drawn], "Images drawn from the codes of those above"
    )
    header = [Fact("decoder sees"), *(Fact(words, unit="nats per image") for words in ("nll", "KL", "−ELBO"))]
    costs = zip(names, nll, kl, strict=True)
    html.table(header, [[name, f"{a:.1f}", f"{b:.2f}", f"{a + b:.1f}"] for name, a, b in costs])
    said = study.said
    studied.caption(
        study,
        f"{said['latent_dim']} latent dimensions, {said['epochs']} epochs, the last decoder as many before "
        f"without a code; {said['samples']} draws of z for each test image.",
    )


def _name(rows: int, all_rows: int, alone_first: bool) -> str:
    """What the decoder sees, and whether it learnt without z first."""
    if alone_first:
        return "the same, learnt without z"
    if rows == 0:
        return "z alone"
    if rows == all_rows:
        return "z, all pixels before"
    return f"z, {rows} row{'s' * (rows > 1)} above"
