"""A classifier that stands for the KL: how it learns, beside the exact log ratio; measured offline."""

import numpy as np
import streamlit as st

from vae.explorer import Explorer
from vae.figures.theory import critic as charts
from vae.figures.theory.critic import Learning
from vae.latent.implicit import Floats
from vae.web.kit import html
from vae.web.kit.html import Fact
from vae.web.pages.how_it_works import code, studied

WORDS = r"""
Of an implicit encoder only draws are known. But two heaps of draws can be **told apart**. Give a classifier
a code $z$ and ask: drawn from $q(z\mid x)$, or from the prior $p(z)$? It answers with a number $T$; the
sigmoid of $T$ is its probability for $q$.

With equally many of both, the best answer is
$$
\sigma(T^*) = \frac{q(z\mid x)}{q(z\mid x) + p(z)}
$$
Solve for $T^*$, and the ratio that nobody could write down stands there:
$$
\log p(z) - \log q(z\mid x) = -T^*(x, z)
$$
So the KL is the **mean of $T^*$ over draws of $q$**, and the ELBO is
$$
\mathbb E_q\big[\log p(x\mid z) - T^*(x, z)\big]
$$

**Press Play.** Above: the two densities, and the critic's sigmoid in red on its way to the best answer,
dotted. Middle: the same as $T$, on its way to $\log q - \log p$. Where no draw falls, nothing corrects it.
Below: the mean of $T$ under $q$ nears the true KL; the critic's loss starts at $2\log 2$, the loss of one
who knows nothing.

The encoder and the decoder are trained to **lower** nll $+\,T$, the critic to tell the draws apart, in turn.
That $T^*$ itself changes with $q$ can be left out: what this would add to the encoder's gradient is zero on
average.

**A warning.** The mean of $T$ is right only for the best critic. One that has not learnt enough mostly says
too little. Then −(nll $+\,T$) stands above the ELBO, and may even exceed $\log p(x)$: it is an **estimate,
not a bound**.
"""
SOURCE = "Mescheder, Nowozin and Geiger, Adversarial Variational Bayes, 2017, sections 3.1, 3.2, Algorithm 1."
ALGORITHM = """
for x in batches(images):                       # Algorithm 1
    eps = torch.randn(len(x), noise_dim)
    z = encoder(x, eps)                         # z ~ q(z|x), with a gradient
    loss = (decoder.nll(x, z) + critic(x, z)).mean()
    step(encoder, decoder, loss)                # the critic's weights stay

    z = encoder(x, torch.randn_like(eps)).detach()
    z_prior = torch.randn_like(z)
    step(critic, softplus(-critic(x, z)).mean() + softplus(critic(x, z_prior)).mean())
"""
FRAME_MS = 70
COLOURS = "Red: the critic. Blue, dotted: exact. Amber: q. Grey: p, and the critic's loss."
ERROR_HELP = "Root mean square of T − (log q − log p) over draws of q, after the last step; by quadrature."
LOSS_HELP = "Mean of −log σ(T) over draws of q and of −log(1 − σ(T)) over draws of p, added."
RIGHT_HELP = "Share of draws that the critic assigns to the right one, as many of q as of p."
KL_HELP = "Mean of T under q: an estimate, which is as good as the critic. Beside it the true KL."


def figure(_: Explorer) -> None:
    """The critic's training, played; no chosen model plays a part."""
    study = studied.look_up("critic")
    if study is None:
        return
    said = study.said
    watched, density = said["watched"], said["density"]
    z = study.arrays["z"].astype(np.float64)
    q = mixture(z, watched["mean"], watched["sd"], density)
    p = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
    scores, kl = watched["scores"], watched["kl"]
    learnt = Learning(
        z,
        p,
        q,
        np.log(q) - np.log(p),
        watched["steps"],
        study.arrays["t"],
        scores["kl"],
        scores["loss"],
        kl,
        2 * float(np.log(2)),
    )
    studied.played(charts.learning(learnt), "theory-critic", FRAME_MS)
    html.facts(
        Fact("KL, estimated by T", f"{scores['kl'][-1]:.3f}", f"nats, true {kl:.3f}", KL_HELP),
        Fact("error of T", f"{scores['error'][-1]:.3f}", "nats", ERROR_HELP),
        Fact("critic's loss", f"{scores['loss'][-1]:.3f}", "nats, 1.386 at chance", LOSS_HELP),
        Fact("right answers", f"{100 * scores['accuracy'][-1]:.0f}", "%", RIGHT_HELP),
    )
    studied.caption(
        study,
        f"{COLOURS} One dimension, one image. Critic of width {said['width']} with {said['blocks']} residual "
        f"blocks, {said['steps']:,} steps of {said['batch']} draws of each.",
    )
    with st.expander("Algorithm 1, in short"):
        st.code(ALGORITHM.strip(), language="python")
    code.beside("training/adversarial/critic.py", "Critic", "critic_loss", label="The critic's code")


def mixture(z: Floats, mean: float, sd: float, density: dict) -> Floats:
    """The study's q at z (G,): two Gaussians, as a whole of this mean and sd."""
    weights, peaks = np.array(density["weights"]), np.array(density["peaks"])
    scale = sd / np.sqrt((weights * peaks**2).sum() + density["peak_sd"] ** 2)
    width = scale * density["peak_sd"]
    away = (z[:, None] - mean - scale * peaks) / width
    return np.asarray((weights * np.exp(-0.5 * away**2)).sum(axis=1) / (width * np.sqrt(2 * np.pi)))
