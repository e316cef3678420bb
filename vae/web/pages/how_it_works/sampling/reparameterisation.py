"""Sample, then scale, so that the gradient gets through."""

import streamlit as st

from vae.explorer import Explorer
from vae.web.pages.how_it_works import code, gaussian, moving

WORDS = r"""
The nll is a mean over draws $z \sim q(z\mid x)$. Training needs to know how the loss changes with the
encoder's outputs, the **mean** and the **sd** (in equations $\mu$ and $\sigma$). But a draw happens in
between.

**Scale, then sample:** make the distribution, then draw from it. What comes out are numbers. Move the
sliders: the numbers stay where they are, so no gradient passes through them. What is left is to see how the
*probability* of each draw changes, weighed by its loss: the **score function**. It is right on average, but
strays far (the numbers after ±).

**Sample, then scale:** draw the noise first, from a fixed distribution, then shift and stretch it:
$$
z = \mu + \sigma \odot \varepsilon, \qquad \varepsilon \sim \mathcal N(0, I)
$$
Each $z$ has the same distribution as before. But now it is a smooth function of $\mu$ and $\sigma$, with
$$
\frac{\partial z}{\partial \mu} = 1, \qquad \frac{\partial z}{\partial \sigma} = \varepsilon.
$$
The gradient at $z$ passes on to the encoder. The figure takes $z^2$ as its loss: the red strokes at the
dots point where it pulls them.

Two traps:

- The factor is the **standard deviation**. A network that gives `log_var` needs $\sigma =
  \exp(\tfrac12\,\mathtt{log\_var})$; without the factor, or with the variance, it draws from another
  distribution than the one whose KL it pays for.
- The noise must be **fresh** for each draw. Noise that is drawn once and kept lets the decoder learn those
  few numbers by heart. Press the button: the gradients below change, around the same truth.
"""
SOURCE = "Kingma and Welling, Auto-Encoding Variational Bayes, 2014, section 2.4."


@st.fragment
def figure(explorer: Explorer) -> None:
    """Both ways side by side, which the browser moves; no model plays a part."""
    q = gaussian.look_up()
    moving.figure("noise", q.values, lambda: q.take("noise"))
    code.beside("training/elbo.py", "Posterior")
