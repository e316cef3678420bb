"""AVB beside VAEs on MNIST: log p(x) beside the paper's table 2, and how far apart the classes lie."""

from pathlib import Path

import streamlit as st

from vae.analysis.adversarial import comparison
from vae.analysis.adversarial.comparison import Comparison
from vae.errors import Unusable
from vae.explorer import Explorer
from vae.figures.theory import critic as charts
from vae.web.kit import html
from vae.web.kit.html import Fact

WORDS = r"""
What is such an encoder worth? Two claims, measured on MNIST, pixels in black and white.

**A higher likelihood.** The bound cannot tell, since AVB has none: nll $+$ KL by the critic is an
**estimate** (≈ in the table), and the paper's own lie above $\log p(x)$ where the critic said too little.
So $\log p(x)$ itself is estimated in another way, without encoder and critic: **annealed importance
sampling** leads draws of the prior to the posterior in many small steps, and weighs them. On average it errs
low. The **gap** says by how much at most: on images that the model has drawn itself, the same steps backward
err high.

**Classes further apart.** No model saw a label. How well do its codes keep the digits apart? 10-NN is the
share of codes whose ten nearest others vote for the right digit; the silhouette compares the distance to the
own class with that to the next one.

**A critic's health** is in its loss. At $2\log 2 = 1.386$ nats it knows nothing; near 0 it is sure of
everything. With adaptive contrast a loss a little below $2\log 2$ is right: there is little to tell apart. If
it rises to $2\log 2$ while the KL's estimate moves, the encoder runs away from its critic.
"""
SOURCE = (
    "Mescheder, Nowozin and Geiger, Adversarial Variational Bayes, 2017, table 2; Neal, Annealed Importance "
    "Sampling, 2001; Wu et al., On the Quantitative Analysis of Decoder-Based Generative Models, 2017."
)
HELP = {
    "bound": "−(nll + KL): the ELBO of a VAE. ≈ marks an estimate by a critic, which is no bound.",
    "log p(x) by AIS": "By annealed importance sampling; errs low on average.",
    "gap of AIS": "By how much chains backward lie above chains forward, on images drawn from the model.",
    "training": "Of one model. The paper's had far more steps than ours.",
    "silhouette": "Of the means of q(z|x), from −1 to 1. Higher: classes further apart.",
    "one draw": "Silhouette of one draw of each q(z|x).",
}
NATS = ("bound", "log p(x) by AIS", "gap of AIS")
SHARES = ("10-NN, mean code", "10-NN, one draw")


def figure(explorer: Explorer) -> None:
    """Both tables, and the critic of the chosen model while it was trained."""
    try:
        found = _shipped(_stamp(comparison.PATH))
    except Unusable as error:
        st.info(str(error))
        return
    html.table(_header(comparison.LIKELIHOOD), [list(row) for row in comparison.likelihood_rows(found)])
    if found is None:
        st.info(f"Of our own models nothing is measured here yet: `{comparison.COMMAND}` does it.")
    else:
        html.table(_header(comparison.SEPARATION), [list(row) for row in comparison.separation_rows(found)])
        st.caption(f"{found.data}. {found.sampling}. Ours by `{found.command}`, seed {found.seed}.")
    _health(explorer)


def _header(names: tuple[str, ...]) -> list[Fact]:
    units = dict.fromkeys(NATS, "nats per image") | dict.fromkeys(SHARES, "%")
    return [Fact(name, unit=units.get(name, ""), help=HELP.get(name, "")) for name in names]


def _health(explorer: Explorer) -> None:
    """The critic's loss and the KL's estimate, epoch by epoch, of a model that had a critic."""
    history = explorer.metrics.get("history", [])
    if len(history) < 2 or "critic_loss" not in history[0]:
        st.caption("Choose a model of AVB at the top to see its critic while it was trained.")
        return
    chart = charts.health(*([entry[name] for entry in history] for name in ("kl", "kl_least", "critic_loss")))
    st.markdown(f"**The critic of {html.plain_markdown(explorer.title)}, epoch by epoch**")
    st.plotly_chart(chart, key="theory-health", config={"displayModeBar": False})


def _stamp(path: Path) -> float:
    return path.stat().st_mtime if path.is_file() else 0.0


@st.cache_resource(show_spinner=False)
def _shipped(stamp: float) -> Comparison | None:
    return comparison.shipped()
