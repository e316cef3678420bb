"""The KL divergence of two Gaussians, one of which is dragged."""

import streamlit as st

from vae.explorer import Explorer
from vae.web.kit import address
from vae.web.pages.how_it_works import code, gaussian, layout, moving

DIRECTIONS = ("qp", "pq")
WORDS = r"""
The **Kullback-Leibler divergence** says how far $q$ is from $p$, in nats:
$$
\mathrm{KL}(q\,\|\,p) = \int q(z)\,\log\frac{q(z)}{p(z)}\,dz
$$
Read it from top to bottom. Take both densities; subtract their logs to get the **log ratio**; weigh it by
$q$. The area that remains is the KL: red counts up, blue counts down.

**Drag $q$**, or press Play.

- At mean 0 and sd 1 both are equal: no ratio, no area, KL 0. Everywhere else it is positive, though parts
  of the area are not.
- A shift costs $\tfrac12\,\text{mean}^2$: twice as far away, four times the nats.
- A narrow $q$ costs, too: $-\log\text{sd}$ grows without end as sd goes to 0. So the encoder cannot make
  its codes points.
- **The direction matters.** $\mathrm{KL}(q\|p)$ punishes a $q$ that is where $p$ is not.
  $\mathrm{KL}(p\|q)$ punishes a $q$ that leaves out part of $p$: make sd small and compare.

The area is a sum over thin slices, height times **width**. Without the width the sum grows with the number
of slices and is not in nats; the article that this figure is drawn after leaves it out, and shows 37.5 times
the KL.

The KL is never negative. Its **lowest** value is looked for, its argmin; a few texts write argmax, where they
mean that of −KL.

In a VAE, $q(z\mid x)$ has a mean $\mu_d$ and an sd $\sigma_d$ for each of the $D$ dimensions, $p(z)$ is
$\mathcal N(0, I)$, and the integral has a formula, which training uses:
$$
\mathrm{KL} = \frac12 \sum_{d=1}^{D} \left(\mu_d^2 + \sigma_d^2 - \log \sigma_d^2 - 1\right)
$$
"""
SOURCE = "Kingma and Welling, Auto-Encoding Variational Bayes, 2014, appendix B."


def show(explorer: Explorer) -> None:
    """The three charts, which the browser moves, and the words."""
    layout.chapter(_figure, WORDS, SOURCE)


@st.fragment
def _figure() -> None:
    q = gaussian.look_up()
    direction = address.choice("direction", DIRECTIONS, DIRECTIONS[0])

    def left() -> None:
        q.take("kl")
        if (sent := moving.answer("kl").get("direction")) in DIRECTIONS:
            direction.set(str(sent))

    moving.figure("kl", {**q.values, "direction": direction.value}, left)
    code.beside("training/elbo.py", "Posterior.kl_per_dim", "Posterior.kl")
