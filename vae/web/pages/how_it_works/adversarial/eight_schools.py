"""Eight schools: one posterior with two modes, and what each method makes of it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from vae.analysis.studies.study import Study
from vae.explorer import Explorer
from vae.figures.theory.eight_schools import Axis, Trained, posteriors
from vae.web.kit import address, html
from vae.web.pages.how_it_works import code, layout, studied

WORDS = r"""
Eight schools each coached pupils for a test. Of each we know the measured gain $y_i$ and its standard error
$s_i$, and ask how good coaching is in general, $\mu$, and how much schools differ, $\tau$:
$$
\mu, \tau, \eta_i \sim \mathcal N(0, 1), \qquad y_i \sim \mathcal N(\mu + \tau\eta_i,\ s_i^2)
$$
There is no image, no decoder to learn and no $x$: only a posterior of ten numbers, to be found by $q(z)$.

**Why it has two modes.** $\tau$ may be negative here. Turn the signs of $\tau$ and of all $\eta_i$ and every
product $\tau\eta_i$ stays: the data cannot tell the two apart. So the posterior is its own mirror image.

**Press Play**, or move the slider over the training.

- **HMC** walks through both modes and stays true to the posterior, but gives draws only, no formula. It
  lies on the outlines, which are exact: here $\eta$ can be integrated out by hand.
- **Mean-field VB**, a Gaussian with independent dimensions, takes one mode, too narrow and upright.
- **Full-rank VB**, any Gaussian, tilts as the mode does, but has one mode itself: it takes one of the two,
  or, in its second run, lies over both and the gap between them.
- **AVB** makes $z$ from noise by a network, so $q$ may have any shape. Both modes come out, about alike
  in weight: the last to come right, as little of $q$ crosses the gap between them.
- **AVB + AC**, with adaptive contrast, leaves the critic less to tell: the same $q$ comes out, and its curve
  falls first.
"""
SOURCE = (
    "Mescheder, Nowozin and Geiger, Adversarial Variational Bayes, 2017, section 6.2; data after Rubin, "
    "Estimation in parallel randomized experiments, 1981, scaled as in the authors' notebook."
)
METHODS = {
    "mean-field": "Mean-field VB",
    "full-rank": "Full-rank VB",
    "avb": "AVB",
    "avb-ac": "AVB + AC",
}
PLANES = {"mu-tau": "μ and τ", "tau-eta1": "τ and η₁"}
NAMES = {"mu-tau": ("μ", "τ"), "tau-eta1": ("τ", "η₁")}
PLANE_HELP = (
    "Two of the ten numbers: the mean and the spread of schools, or the spread and the first school's η."
)
KL_HELP = "KL(q || posterior) of all ten numbers, estimated from the distances of neighbours among draws."
PLANE_KL_HELP = "The same of mu and tau alone, where the posterior's density is exact."
POSITIVE_HELP = "One half in the posterior: both modes weigh the same."
FRAME_MS = 300
HEADER = (
    html.Fact("Method"),
    html.Fact("KL to HMC", "", "nats", KL_HELP),
    html.Fact("KL of μ, τ", "", "nats", PLANE_KL_HELP),
    html.Fact("τ > 0", "", "share of draws", POSITIVE_HELP),
    html.Fact("time", "", "s of CPU"),
)


def show(_: Explorer) -> None:
    """The densities over the training, the numbers at its end, and the words."""
    layout.chapter(_figure, WORDS, SOURCE)


@st.fragment
def _figure() -> None:
    study = studied.look_up("eight-schools")
    if study is None:
        return
    plane = address.choose("Density of", "schools_plane", PLANES, "mu-tau", PLANE_HELP)
    studied.played(_chart(study, plane), f"theory-schools-{plane}", FRAME_MS)
    html.table(HEADER, _rows(study))
    _caption(study)
    code.beside("training/studies/eight_schools/adversarial.py", "Implicit", "Game.loss", "Game.critic_loss")


def _chart(study: Study, plane: str) -> Any:
    said = study.said
    x, y = (Axis(name, *ends) for name, ends in zip(NAMES[plane], said["planes"][plane], strict=True))
    methods = [
        Trained(name, _density(study, plane, key), [run["kl_by_step"] for run in said["methods"][key]])
        for key, name in METHODS.items()
    ]
    still = [(name, _density(study, plane, name.lower())[0]) for name in ("HMC", "Exact")]
    return posteriors((x, y), still, methods, said["steps"])


def _density(study: Study, plane: str, key: str) -> np.ndarray:
    """Densities (T, G, G), kept as bytes: 255 times the root of the share of the highest."""
    share = study.arrays[f"{plane}/{key}"] / 255
    return np.asarray(study.said["densest"][plane] * share**2)


def _rows(study: Study) -> list[list[str]]:
    """Each method's numbers, one for each run, and those of exact draws taken for a method."""
    hmc = study.said["hmc"]
    shares = ", ".join(f"{share:.2f}" for share in hmc["positive"])
    runs = [_row(name, study.said["methods"][key]) for key, name in METHODS.items()]
    monte_carlo = ["HMC, by chain", "", "", shares, f"{hmc['seconds']:.0f}"]
    return [monte_carlo, *runs, ["exact draws", f"{hmc['kl_from_exact']:.2f}", "", "0.50", ""]]


def _row(name: str, runs: list[Mapping[str, float]]) -> list[str]:
    def each(key: str, digits: int) -> str:
        return ", ".join(f"{run[key]:.{digits}f}" for run in runs)

    return [name, each("kl", 2), each("kl_plane", 2), each("positive", 2), each("seconds", 0)]


def _caption(study: Study) -> None:
    said, hmc = study.said, study.said["hmc"]
    r_hat = max(hmc["r_hat"].values())
    n_eff = ", ".join(f"{hmc['n_eff'][key]:,.0f} for {name}" for key, name in (("mu", "μ"), ("tau", "τ")))
    draws = said["draws"]
    studied.caption(
        study,
        f"A number for each run of {said['steps'][-1]:,} steps; densities are those of the first. HMC: "
        f"{hmc['sampler']}, {hmc['chains']} chains of {hmc['draws']:,} draws after {hmc['warm_up']:,} to "
        f"warm up, target acceptance {hmc['target_accept']}, {hmc['divergences']} divergences, R-hat at most "
        f"{r_hat:.3f}, effective sample size {n_eff}. It has the mean of μ at {hmc['mu']:.3f}; exact: "
        f"{said['exact']['mu']:.3f}. KL by the estimator of Wang, Kulkarni and Verdú from "
        f"{draws['at_the_end']:,} draws each ({draws['on_the_way']:,} in the curves), "
        f"{said['neighbours']} neighbours.",
    )
