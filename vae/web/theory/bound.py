"""Step 3, the ELBO: its derivation in five lines, and its two terms during training."""

from typing import TYPE_CHECKING

import streamlit as st

from vae.web import parts
from vae.web.theory import layout

if TYPE_CHECKING:
    from vae.explorer import Explorer

STEPS = (
    (
        "Bring in any distribution $q(z\\mid x)$: multiply and divide by it. The integral becomes a mean "
        "over draws from $q$.",
        r"\log p(x) = \log\, \mathbb E_{q}\!\left[\frac{p(x\mid z)\,p(z)}{q(z\mid x)}\right]",
    ),
    (
        "The log of a mean is at least the mean of the logs (Jensen). So this is a **lower bound**:",
        r"\log p(x) \ge \mathbb E_{q}\!\left[\log \frac{p(x\mid z)\,p(z)}{q(z\mid x)}\right]",
    ),
    (
        "Sort it into two terms. This is the **ELBO**, the evidence lower bound:",
        r"\mathrm{ELBO} = \underbrace{\mathbb E_{q}[\log p(x\mid z)]}_{-\mathrm{nll}}"
        r" - \underbrace{\mathrm{KL}\big(q(z\mid x)\,\|\,p(z)\big)}_{\mathrm{kl}}",
    ),
    (
        "What the bound misses is how far $q$ is from the true posterior. It is 0 only if they are equal:",
        r"\log p(x) - \mathrm{ELBO} = \mathrm{KL}\big(q(z\mid x)\,\|\,p(z\mid x)\big)",
    ),
)
MEANING = """
So one number serves two ends: raising the ELBO makes the images more probable, and moves $q$ toward the
true posterior. Training lowers the **loss** −ELBO = nll + KL.

- **nll**, the reconstruction term: how badly the decoder's image fits, averaged over draws of $z$.
- **KL**: how many nats the code tells of the image. At 0, $q$ is the prior and the code tells nothing.
"""
SOURCES = (
    "Derivation: Kingma and Welling, Auto-Encoding Variational Bayes, 2014. With more draws inside the log "
    "the bound gets tighter: Burda et al., 2016. Averaged over images, the KL is what the codes tell of the "
    "images plus the distance of all codes together from the prior: Hoffman and Johnson, ELBO surgery, 2016."
)


def show(explorer: "Explorer") -> None:
    """The terms during the training of the chosen model, and the derivation."""
    figure, words = layout.columns()
    with words:
        for number, (sentence, equation) in enumerate(STEPS, start=1):
            st.markdown(f"{number}. {sentence}")
            st.latex(equation)
        st.markdown(MEANING)
        st.caption(SOURCES)
    with figure:
        _figure(explorer)


def _figure(explorer: "Explorer") -> None:
    history = explorer.metrics.get("history", [])
    if not explorer.has_posterior:
        st.info("An autoencoder has no ELBO. Choose a VAE above to see the two terms during its training.")
        return
    if len(history) < 2:
        st.info(f"{explorer.name} ships no training history. Choose another model above.")
        return
    from vae.figures import theory as charts

    nll, kl = ([epoch[term] for epoch in history] for term in ("nll", "kl"))
    st.plotly_chart(charts.training_terms(nll, kl), key="theory-training", config={"displayModeBar": False})
    st.caption(
        f"{explorer.name}: mean over the training images of {explorer.dataset} in each epoch; "
        f"{explorer.likelihood} likelihood, grey pixels. A sudden step comes from changed settings, which "
        "its model card on the home page names."
    )
    parts.facts(
        parts.Fact(f"nll, epoch 1 to {len(history)}", f"{nll[0]:.1f} → {nll[-1]:.1f}", "nats per image"),
        parts.Fact(f"KL, epoch 1 to {len(history)}", f"{kl[0]:.1f} → {kl[-1]:.1f}", "nats per image"),
    )
    st.markdown(
        "**Look at the KL:** the lower it is, the lower the loss, and yet training raises it. The model pays "
        "a few nats for a code that tells more of the image, and wins back more in the reconstruction."
    )
