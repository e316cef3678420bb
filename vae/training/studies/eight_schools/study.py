"""Each way to the posterior of eight schools, and how far it is from Monte Carlo while it is trained.

T training steps at which q is looked at, S seeds, G cells per side of a density's picture.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from vae.analysis.estimates import nearest
from vae.training.studies.eight_schools import adversarial, exact, gaussian, hmc
from vae.training.studies.eight_schools.method import STEPS, Fit
from vae.training.studies.eight_schools.model import MU, TAU, S, Y
from vae.training.studies.fitting import SEED

Floats = NDArray[np.float64]

METHODS: dict[str, Callable[[int], Fit]] = {
    "mean-field": partial(gaussian.fit, full_rank=False),
    "full-rank": partial(gaussian.fit, full_rank=True),
    "avb": partial(adversarial.fit, adaptive=False),
    "avb-ac": partial(adversarial.fit, adaptive=True),
}
RUNS = {"mean-field": 2, "full-rank": 2, "avb": 2, "avb-ac": 2}  # runs, their seeds counted from SEED
LOOKED_AT = (
    *(0, 50, 100, 200, 300, 500, 700),
    *(1000, 1500, 2000, 3000, 4000, 5000, 7000, 10_000, 13_000, 16_000, STEPS),
)
PLANES = {"mu-tau": (MU, TAU), "tau-eta1": (TAU, 2)}  # coordinates of z across and up
VIEW = {MU: (-0.75, 2.25), TAU: (-2.5, 2.5), 2: (-3.4, 3.4)}
CELLS = 40
AT_THE_END, ON_THE_WAY, PICTURED = 20_000, 4_000, 50_000
"""Draws of q and as many of the posterior in each KL (in ten dimensions unequal numbers bias it), and of a
picture."""
SMOOTHING = 1.0  # sd in cells of the Gaussian that smooths a picture


class Watched(NamedTuple):
    """What a fit gave: KL to Monte Carlo (T,), pictures (T, G, G) by plane, its last draws, CPU seconds."""

    kl: list[float]
    pictures: dict[str, Floats]
    last: Floats
    seconds: float


def run() -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """The posterior exactly and by Monte Carlo, and each method's distance, shape and time."""
    chains, truth = hmc.sample(SEED), exact.posterior()
    flat = chains.draws.reshape(-1, chains.draws.shape[-1])
    reference, independent = flat[:: len(flat) // AT_THE_END], truth.draws(AT_THE_END, SEED)
    pictures = {f"{plane}/hmc": picture(flat, plane)[None] for plane in PLANES}
    pictures |= {f"{plane}/exact": _exact_picture(truth, plane)[None] for plane in PLANES}
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in METHODS}
    for name, fit in METHODS.items():
        for seed in range(SEED, SEED + RUNS[name]):
            watched = watch(fit(seed), reference)
            results[name].append(_judged(watched, seed, truth, reference, independent))
            if seed == SEED:
                pictures |= {f"{plane}/{name}": each for plane, each in watched.pictures.items()}
    said = {
        "data": f"eight schools, y = {Y}, s = {S}",
        "steps": LOOKED_AT,
        "draws": {"on_the_way": ON_THE_WAY, "at_the_end": AT_THE_END, "pictured": PICTURED},
        "neighbours": nearest.NEIGHBOURS,
        "planes": {plane: [VIEW[axis] for axis in axes] for plane, axes in PLANES.items()},
        "hmc": chains.said | {"kl_from_exact": nearest.kl(independent, reference)},
        "exact": truth.moments() | {"log_evidence": truth.log_evidence},
        "methods": results,
    }
    return said | {"densest": _densest(pictures)}, _packed(pictures)


def watch(fit: Fit, reference: Floats) -> Watched:
    """A fit, looked at on its way."""
    few = reference[:: len(reference) // ON_THE_WAY]
    seconds, kl = 0.0, []
    pictures: dict[str, list[Floats]] = {plane: [] for plane in PLANES}
    for step in range(LOOKED_AT[-1] + 1):
        began = time.process_time()
        draw = next(fit)
        seconds += time.process_time() - began
        if step in LOOKED_AT:
            z = draw(PICTURED).double().numpy()
            kl.append(nearest.kl(z[:ON_THE_WAY], few))
            for plane in PLANES:
                pictures[plane].append(picture(z, plane))
    return Watched(kl, {plane: np.stack(each) for plane, each in pictures.items()}, z, seconds)


def picture(z: Floats, plane: str) -> Floats:
    """The density (G, G) of draws z (N, D) in a plane, smoothed, the second coordinate down."""
    across, up = PLANES[plane]
    edges = [np.linspace(*VIEW[axis], CELLS + 1) for axis in (up, across)]
    counts, *_ = np.histogram2d(z[:, up], z[:, across], edges)
    area = np.prod([edge[1] - edge[0] for edge in edges])
    return np.asarray(gaussian_filter(counts, SMOOTHING, mode="constant") / len(z) / area)


def _exact_picture(truth: exact.Posterior, plane: str) -> Floats:
    """The exact density at the middle of each cell, (G, G)."""
    across, up = (_middles(*VIEW[axis]) for axis in PLANES[plane])
    if plane == "tau-eta1":
        return truth.tau_eta_density(across, up)
    return np.exp(truth.log_density(across, up[:, None]))


def _middles(low: float, high: float) -> Floats:
    edges = np.linspace(low, high, CELLS + 1)
    return (edges[:-1] + edges[1:]) / 2


def _judged(
    watched: Watched, seed: int, truth: exact.Posterior, reference: Floats, independent: Floats
) -> dict[str, Any]:
    """What is said of a fit: its KL, nats, to Monte Carlo and to exact draws, and that of mu and tau alone.

    Of mu and tau the density of the posterior is known, so only an entropy in the plane is estimated.
    """
    z = watched.last[:AT_THE_END]
    in_plane = watched.last[:, [MU, TAU]]
    return {
        "seed": seed,
        "kl": nearest.kl(z, reference),
        "kl_exact": nearest.kl(z, independent),
        "kl_plane": float(-nearest.entropy(in_plane) - truth.log_density(*in_plane.T).mean()),
        "kl_by_step": [round(value, 4) for value in watched.kl],
        "positive": float((watched.last[:, TAU] > 0).mean()),
        "seconds": round(watched.seconds, 1),
    }


def _densest(pictures: dict[str, Floats]) -> dict[str, float]:
    """The highest density of all pictures of a plane, by plane."""
    return {
        plane: max(float(each.max()) for name, each in pictures.items() if name.startswith(plane))
        for plane in PLANES
    }


def _packed(pictures: dict[str, Floats]) -> dict[str, NDArray[Any]]:
    """As bytes, 255 times the root of a density's share of the highest."""
    densest = _densest(pictures)
    share = {name: each / densest[name.partition("/")[0]] for name, each in pictures.items()}
    return {name: np.rint(255 * np.sqrt(each)).astype(np.uint8) for name, each in share.items()}
