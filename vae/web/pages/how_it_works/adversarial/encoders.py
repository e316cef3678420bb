"""Three encoders and the clouds they can draw; made up, no model plays a part."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple, cast

import streamlit as st

from vae.analysis.estimates import nearest
from vae.explorer import Explorer
from vae.figures.theory import encoders as charts
from vae.latent import implicit
from vae.latent.implicit import Floats, Shape
from vae.web.kit import address, html
from vae.web.pages.how_it_works import code

WORDS = r"""
The true posterior $p(z\mid x)$ may have any form: an arc, two modes, a ring (grey). The encoder of a VAE can
only answer with **one Gaussian** whose axes lie along those of $z$. What the Gaussian cannot follow is lost:
the gap between the ELBO and $\log p(x)$ cannot close, however well the encoder is trained.

- **Gaussian head.** The network gives two numbers for each dimension, mu and sd. The noise comes **after**
  the network: it is shifted and stretched, nothing else.
- **Implicit.** The noise goes **into** the network, beside the image: $z = f(x, \varepsilon)$. The network
  can bend it and tear it apart. Every cloud is possible.
- **Sum of bent noises**, as our models have it:
  $z = z_0(x) + \sum_i a_i(x)\, v_i(\varepsilon_i)$. Small networks $v_i$ bend the noise, the same for all
  images; an image only says where, $z_0$, and how much of each, $a_i$. It can do less than any $f$, but all
  images share one batch of noise, which is cheap, and its mean and variance are sums of known ones:
$$
\mathbb E[z] = z_0 + \sum_i a_i\,\mathbb E[v_i], \qquad
\operatorname{Var}[z] = \sum_i a_i^2 \operatorname{Var}[v_i]
$$

**Move the slider.** The Gaussian stays an ellipse and covers what is not asked for; the number below says
how many nats that costs.

The price of an implicit encoder: nobody can write down its **density**. $\log q(z\mid x)$, which the KL
needs, is unknown; only draws are at hand. The next part gets the KL from draws alone.
"""
SOURCE = (
    "Mescheder, Nowozin and Geiger, Adversarial Variational Bayes, 2017, section 3.1; the sum: their "
    "published code."
)
SHAPES: dict[str, str] = {"banana": "Arc", "modes": "Two modes", "ring": "Ring"}
COUNT = 1500
BEND_HELP = "0: the cloud asked for is a Gaussian; 1: it has the whole shape."
SHAPE_HELP = "The form of the true posterior that the encoders have to draw."
MISSED_HELP = (
    "KL from the cloud asked for to the best Gaussian, which has its mean and sd in each dimension. The "
    f"cloud's entropy is estimated from {COUNT:,} draws by their nearest neighbours."
)
STATIC = {"displayModeBar": False}


class Flow(NamedTuple):
    """An encoder, drawn from the top to the bottom: rows of (kind, words, shape)."""

    name: str
    rows: Sequence[Sequence[tuple[str, str, str]]]


FLOWS = {
    "gaussian": Flow(
        "Gaussian head",
        (
            (("data", "x", "784"),),
            (("network", "network", "784 → 2 + 2"),),
            (("data", "mu", "2"), ("data", "sd", "2"), ("noise", "eps", "2")),
            (("sum", "z = mu + sd · eps", "2"),),
        ),
    ),
    "network": Flow(
        "Implicit",
        (
            (("data", "x", "784"), ("noise", "eps", "16")),
            (("network", "network f", "784 + 16 → 2"),),
            (("sum", "z = f(x, eps)", "2"),),
        ),
    ),
    "basis": Flow(
        "Sum of bent noises",
        (
            (("data", "x", "784"), ("noise", "eps₁ … eps₈", "8 × 8")),
            (("network", "network", "784 → 2 + 8 · 2"), ("network", "v₁ … v₈", "8 → 2 each")),
            (("data", "z₀", "2"), ("data", "a₁ … a₈", "8 × 2"), ("data", "v₁ … v₈", "8 × 2")),
            (("sum", "z = z₀ + Σ aᵢ · vᵢ", "2"),),
        ),
    ),
}


@st.fragment
def figure(_: Explorer) -> None:
    """The encoders beside each other, each above its cloud."""
    bend = address.number("bend", 0.8, 0.0, 1.0)
    with st.container(horizontal=True, gap="medium", key="theory-bend"):
        shape = address.choose("Asked for", "cloud_shape", SHAPES, "banana", SHAPE_HELP)
        st.slider("Bend", 0.0, 1.0, step=0.05, width=260, help=BEND_HELP, **bend.widget())
    asked, clouds = _clouds(cast(Shape, shape), bend.value)
    for column, (name, flow) in zip(st.columns(3), FLOWS.items(), strict=True):
        with column:
            st.html(_drawn(flow))
            moments = (asked.mean(axis=0), asked.std(axis=0)) if name == "gaussian" else None
            chart = charts.cloud(clouds[name], asked, moments)
            st.plotly_chart(chart, key=f"theory-cloud-{name}", config=STATIC)
    st.caption("Grey: the cloud asked for. Red: draws of each encoder; ellipses at 1 and 2 sd.")
    missed = implicit.missed(asked, nearest.entropy(asked))
    html.facts(html.Fact("lost by the best Gaussian", f"{max(missed, 0):.2f}", "nats", MISSED_HELP))
    code.beside("latent/implicit.py", "gaussian", "network", "basis")


def _clouds(shape: Shape, bend: float) -> tuple[Floats, dict[str, Floats]]:
    """Codes (COUNT, 2) asked for, and drawn by each encoder that does its best."""
    asked = implicit.network(shape, bend, COUNT, seed=10)
    mean, sd = asked.mean(axis=0), asked.std(axis=0)
    return asked, {
        "gaussian": implicit.gaussian(mean, sd, COUNT),
        "network": implicit.network(shape, bend, COUNT),
        "basis": implicit.basis(shape, bend, COUNT),
    }


def _drawn(flow: Flow) -> str:
    """HTML of an encoder, its data and networks with their shapes."""
    rows = "".join(f"<div>{''.join(_box(*box) for box in row)}</div>" for row in flow.rows)
    return f'<div class="theory-encoder"><h3>{escape(flow.name)}</h3>{rows}</div>'


def _box(kind: str, words: str, shape: str) -> str:
    return f'<span class="{kind}">{escape(words)}<small>{escape(shape)}</small></span>'
