"""Before the VAE: EM on a mixture that moves, and a Markov chain that walks on a true posterior."""

import hashlib
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from vae.explorer import Explorer
from vae.figures import class_colours
from vae.web.pages.how_it_works import layout, moving, parts
from vae.web.pages.how_it_works.parts import Part
from vae.web.selection import input_image

EM = r"""
A hidden number behind each data point is an old problem, and this is its oldest answer: **EM**, expectation
and maximisation. Take a **mixture of Gaussians**. Each point $x$ comes from one of three parts $k$, and
nobody says from which.

- **E step:** keep the parts, find for each point the share $q(k) = p_\theta(k\mid x)$ of each part. The
  points take the colours of their shares.
- **M step:** keep the shares, choose the parts that make
  $$
  Q(\theta) = \sum_n \mathbb E_{q_n(k)}\big[\log p_\theta(x_n, k)\big]
  $$
  as high as it gets: each part takes the mean, the covariance and the number of its points.

**Watch the two curves.** $Q$ and the entropy of the shares make a bound of $\log p_\theta(x)$. The E step
lifts the bound until it touches; the M step lifts both. So the likelihood never falls. It may stop at a peak
that is not the highest: **drag the means** together, or far apart, and play again.

It is the bound of the next step, the **ELBO**, with $k$ in the place of $z$. A VAE cannot do either half as
EM does: with a network as decoder, $p_\theta(z\mid x)$ has no formula, and neither has the best $\theta$.
"""
CHAIN = r"""
**MCMC** needs no formula for $p(z\mid x)$, only how the density here compares with the density there, and
for that $p(x, z)$ will do. The **Metropolis** walk proposes a place nearby; it goes there if $p(x, z)$ is
higher, and if it is lower with the probability that the ratio of both says. In the end it has been
everywhere as often as the posterior says.

- **Move the step length.** Short steps are nearly all taken, but lead nowhere. Long ones are nearly all
  refused.
- It is right in the long run, for any form of the posterior. But the run is long, each step decodes an
  image, and every image needs a walk of its own.

**Variational inference**, the next step, replaces the walk by a search: take a simple family of
distributions $q(z\mid x)$, here Gaussians, and move it as close to $p(z\mid x)$ as it gets. The integral
over all codes becomes a mean over draws from $q$, which is sampled.
"""
EM_SOURCE = (
    "Dempster, Laird and Rubin, Maximum likelihood from incomplete data via the EM algorithm, 1977; as a "
    "bound: Neal and Hinton, A view of the EM algorithm, 1998."
)
CHAIN_SOURCE = "Metropolis and others, Equation of state calculations by fast computing machines, 1953."
SEED, POINTS = 3, 80  # of each part
PARTS = (
    ((-1.6, -0.9), ((0.5, 0.25), (0.25, 0.4))),
    ((1.3, -1.0), ((0.7, -0.45), (-0.45, 0.5))),
    ((0.2, 1.5), ((0.9, 0.0), (0.0, 0.25))),
)
"""Mean and covariance of the three Gaussians that the points are drawn from."""
MEANS = ((-1.0, 2.5), (0.0, 2.5), (1.0, 2.5))  # where EM starts
SIDE = 64  # places of the grid along an axis
REACH, MOVES = 8.0, 6  # sd that the grid goes from the mean, at first of q; how often it is laid anew at most
BORDER = 1e-3  # share of the posterior at the border of the grid that is small enough
ENOUGH = 30  # places that hold the posterior


def _em(explorer: Explorer) -> None:
    moving.figure("em", _mixture())
    st.caption(
        f"{POINTS * len(PARTS)} points drawn from three Gaussians, seed {SEED}. EM starts from three "
        "round parts of equal weight. None gets narrower than an sd of 0.05: a part that closed on a single "
        "point would make the likelihood infinite."
    )


def _walk(explorer: Explorer) -> None:
    if not layout.missing(explorer, "em", "gaussian", "likelihood", "plane"):
        _chain(explorer)


WAYS = {
    "em": Part("EM", _em, EM, EM_SOURCE),
    "walk": Part("A walk on the posterior", _walk, CHAIN, CHAIN_SOURCE),
}


def show(explorer: Explorer) -> None:
    """EM, or the walk."""
    parts.show(explorer, "before", WAYS, "Two ways to deal with hidden numbers that are older than the VAE.")


def points() -> NDArray[np.float64]:
    """Draws from the three Gaussians, (N, 2)."""
    noise = np.random.default_rng(SEED)
    return np.concatenate([noise.multivariate_normal(mean, cov, POINTS) for mean, cov in PARTS])


@st.cache_resource(show_spinner=False, max_entries=1)
def _mixture() -> dict[str, Any]:
    colours = class_colours(len(PARTS))
    return {"points": points().round(3).tolist(), "means": MEANS, "colours": colours}


@st.fragment
def _chain(explorer: Explorer) -> None:
    followed = input_image.choose_test_image(explorer)
    moving.figure("chain", grid(explorer.fingerprint, followed.pixels, explorer))
    st.caption(
        f"{followed.caption.removeprefix('input: ').capitalize()}. “{explorer.title}”: log p(x, z) was "
        f"computed at {SIDE} × {SIDE} places; the walk reads it between them and does not leave them, so it "
        "may miss a part of the posterior far away. z in prior standard deviations."
    )


@st.cache_data(show_spinner=f"Decoding {SIDE**2:,} codes", max_entries=32)
def grid(fingerprint: str, pixels: NDArray[np.float32], _explorer: Explorer) -> dict[str, Any]:
    """log p(x, z) of an image (H, W, C) on a grid around its q, less its highest value; nats.

    The grid moves on while its border holds some of the posterior, or while too few places do.
    """
    q = _explorer.encode(pixels[None])
    mu, sd = q.mu[0].astype(np.float64), q.sd[0].astype(np.float64)
    low, high = mu - REACH * sd, mu + REACH * sd
    for _ in range(MOVES):
        z = _places(low, high)
        heights = -_explorer.nll(pixels, z).astype(np.float64) - 0.5 * np.square(z).sum(axis=1)
        heights -= heights.max()
        density = np.exp(heights)
        mean, spread = _moments(z, density)
        if _share_at_the_border(density) < BORDER and density.sum() > ENOUGH:
            break
        wide = REACH * np.maximum(spread, sd)  # a peak at the border has no spread yet
        low, high = np.minimum(mu - 3 * sd, mean - wide), np.maximum(mu + 3 * sd, mean + wide)
    numbers = {"low": z[0], "high": z[-1], "mu": mu, "sd": sd, "mean": mean, "spread": spread}
    return {
        "key": f"{fingerprint} {hashlib.sha256(pixels.tobytes()).hexdigest()}",
        "side": SIDE,
        "log_joint": heights.round(2).tolist(),
        **{name: values.round(5).tolist() for name, values in numbers.items()},
    }


def _places(low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
    """Codes of a grid from corner low to corner high, (SIDE * SIDE, 2), the lowest z2 first."""
    axes = [np.linspace(first, last, SIDE) for first, last in zip(low, high, strict=True)]
    return np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)


def _share_at_the_border(density: NDArray[np.float64]) -> float:
    """How much of a density (SIDE * SIDE,) lies in the outermost places of its grid, from 0 to 1."""
    inner = density.reshape(SIDE, SIDE)[1:-1, 1:-1]
    return float(1 - inner.sum() / density.sum())


def _moments(z: NDArray[np.float64], weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Mean and standard deviation (2,) of codes (K, 2) with weights (K,)."""
    mean = np.average(z, axis=0, weights=weights)
    return mean, np.sqrt(np.average(np.square(z - mean), axis=0, weights=weights))
