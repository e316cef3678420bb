"""A conditional VAE: the same hand writes another digit."""

import numpy as np
import streamlit as st

from vae.explorer import Explorer
from vae.web.kit import address, html
from vae.web.pages.how_it_works import code, studied

WORDS = r"""
Tell the digit $y$ to both networks, $q(z\mid x, y)$ and $p(x\mid z, y)$. The ELBO stays as it was, all of it
given $y$:
$$
\log p(x\mid y) \ge \mathbb E_q[\log p(x\mid z, y)] - \mathrm{KL}\big(q(z\mid x,y)\,\|\,p(z)\big)
$$
Since the digit is known, saying it again in $z$ would cost nats for nothing. So $z$ is left with what the
digit does not say: slant, thickness, size, roundness. **The hand that wrote it.**

**Write a 7 in this hand:** encode an image with its own digit, decode the same $z$ with another one. Each
row of the figure is one hand, each column one digit. Choose a hand and compare it with the others.
"""
SOURCE = (
    "Sohn, Lee and Yan, Learning Structured Output Representation using Deep Conditional Generative Models, "
    "2015; Kingma et al., Semi-Supervised Learning with Deep Generative Models, 2014, figure 1."
)
HAND_HELP = "A test image. Its code z is decoded with each of the ten digits."
READ_HELP = "By a classifier, for ten digits in the hands of the first 1,000 test images."


@st.fragment
def figure(_: Explorer) -> None:
    """The chosen hand, large, above the sheet of all."""
    study = studied.look_up("conditional")
    if study is None:
        return
    originals, written = study.images("in"), study.images("written")
    hand = address.integer("hand", 0, 0, len(originals) - 1)
    label = int(study.arrays["labels"][hand.value])
    with st.container(horizontal=True, gap="large", vertical_alignment="center", key="theory-hand"):
        with st.container(width=112):
            html.picture(originals[hand.value], f"test image, a {label}", 112)
        st.slider("Hand", 0, len(originals) - 1, help=HAND_HELP, width=320, **hand.widget())
    studied.strips([("this hand writes", written[hand.value])], "The ten digits in this hand")
    others = np.arange(1 - hand.value % 2, len(originals), 2)
    rows = [(f"hand {index}", np.concatenate((originals[[index]], written[index]))) for index in others]
    st.markdown("**Other hands:** the test image, then the ten digits")
    studied.strips(rows, "The ten digits in other hands, each after its test image")
    said = study.said
    html.facts(
        html.Fact("−ELBO of log p(x|y)", f"{said['nll'] + said['kl']:.1f}", "nats per test image"),
        html.Fact("KL: what z says beside the digit", f"{said['kl']:.1f}", "nats per test image"),
        html.Fact("read as the digit asked for", f"{said['read_as_asked']:.1%}", "", READ_HELP),
    )
    studied.caption(study, f"{said['latent_dim']} latent dimensions, {said['epochs']} epochs.")
    code.beside("training/studies/conditional.py", "Conditional")
