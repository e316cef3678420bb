"""Why z must be continuous: a coin's outcome jumps, and a jump has no slope."""

import numpy as np
import streamlit as st

from vae.explorer import Explorer
from vae.figures.theory import sampling as charts
from vae.latent.gradients import coin, gaussian
from vae.web.kit import address, html
from vae.web.kit.format import signed
from vae.web.kit.html import Fact
from vae.web.pages.how_it_works import code

WORDS = r"""
A Gaussian $z$ glides: move its mean a little and every draw moves a little with it. That is what the pathwise
gradient follows.

Let $z$ be a **coin** instead, 1 with probability $p$ and 0 otherwise. With fixed noise $u$, the outcome is
$$
z = 1 \;\text{ where }\; \operatorname{logit} p + \operatorname{logit} u > 0, \quad\text{else } 0
$$
On the left each line is one draw. **Move $p$:** the outcome stays, then jumps. Its slope is 0 wherever it
has one, so the pathwise gradient is 0 whatever the loss is. That is not noisy, it is **wrong**: on the right
the expected loss rises with $p$ (dotted).

- The **score function** never looks at the slope, and is right for a coin as well; only noisier.
- A **relaxed coin** replaces the jump by a sigmoid of some temperature. **Raise the temperature:** a gradient
  comes through, but it is that of another loss (solid). Cold, it is nearly right and spreads far; hot, it is
  calm and wrong.

So a VAE's code is a Gaussian, and not "this digit, that style" as a choice out of a list. Codes that are
choices need one of these ways around.
"""
SOURCE = (
    "Maddison, Mnih and Teh, The Concrete Distribution, 2017; Jang, Gu and Poole, Categorical "
    "Reparameterization with Gumbel-Softmax, 2017. The loss, (z − 0.45)²: Tucker et al., REBAR, 2017."
)
TEMPERATURES = (0.0, 0.1, 0.2, 0.5, 1.0, 2.0)
DRAWS, LINES, PLACES = 20_000, 9, 199
NOISE = (np.arange(DRAWS) + 0.5) / DRAWS  # evenly spaced, so that means are exact to three digits
P_HELP = "The probability that the coin shows 1."
TEMPERATURE_HELP = "0 is the coin itself; the warmer, the smoother the sigmoid in its place."
SPREAD_HELP = "Standard deviation of the estimate that a single draw gives."
STATIC = {"displayModeBar": False}


@st.fragment
def figure(explorer: Explorer) -> None:
    """Draws and expected loss against p, and the gradient at p by each way; no model plays a part."""
    p = address.number("p", 0.6, 0.05, 0.95)
    temperature = address.choice("coin_temperature", TEMPERATURES, 0.0)
    with st.container(horizontal=True, gap="medium", key="theory-coin"):
        st.slider("p, the probability of 1", 0.05, 0.95, step=0.01, width=280, help=P_HELP, **p.widget())
        st.select_slider(
            "Temperature", TEMPERATURES, width=280, help=TEMPERATURE_HELP, **temperature.widget()
        )
    left, right = st.columns(2)
    across = np.linspace(0.005, 0.995, PLACES)
    few = (np.arange(LINES)[:, None] + 0.5) / LINES
    lines = coin.relaxed(across, few, temperature.value)
    dots = coin.relaxed(p.value, few[:, 0], temperature.value)
    losses = {"coin": coin.loss(0) + coin.gradient() * across}
    if temperature.value:
        losses["relaxed coin"] = _relaxed_loss(temperature.value)
    with left:
        chart = charts.draws_by_probability(across, lines, p.value, dots)
        st.plotly_chart(chart, key="theory-coin-draws", config=STATIC)
    with right:
        chart = charts.losses_by_probability(across, losses, p.value)
        st.plotly_chart(chart, key="theory-coin-loss", config=STATIC)
    _numbers(p.value, temperature.value)
    code.beside("latent/gradients/coin.py", "relaxed", "pathwise", "score")


@st.cache_data(show_spinner=False)
def _relaxed_loss(temperature: float) -> np.ndarray:
    """Expected loss of the relaxed coin at each place of p, (PLACES,)."""
    across = np.linspace(0.005, 0.995, PLACES)
    return np.array([coin.loss(coin.relaxed(p, NOISE[::20], temperature)).mean() for p in across])


def _numbers(p: float, temperature: float) -> None:
    """The gradient at p by each way: its mean over the draws, and the spread of one."""
    ways = {
        "pathwise, coin": coin.pathwise(p, NOISE, 0),
        "score function, coin": coin.score(p, NOISE),
    }
    if temperature:
        ways[f"pathwise, relaxed at {temperature:g}"] = coin.pathwise(p, NOISE, temperature)
    rows = [
        [words, signed(float(values.mean()), 3), f"{gaussian.deviation(values):.3f}"]
        for words, values in ways.items()
    ]
    truth = ["the truth", signed(coin.gradient(), 3), ""]
    header = [Fact("d expected loss / d p"), Fact("on average"), Fact("spread of one draw", help=SPREAD_HELP)]
    html.table(header, [truth, *rows])
