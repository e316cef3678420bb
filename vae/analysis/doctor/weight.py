"""Which weight of the KL a model was trained with, read off the model itself; rate and distortion.

At the optimum of nll + beta KL nothing is gained by making all q(z|x) a little wider or narrower. With z =
mu + exp(t w / 2) sd eps, where w (B, D) is how far log_var follows the encoder's last layer,

    d/dt E[nll] + beta d/dt KL = 0 at t = 0,    d/dt KL = sum_d w (sd² - 1) / 2,

so beta is a ratio of two means over images, of which the first is a difference of nlls for the same eps. It
needs no gradient, and no word of how the model was trained: of the shipped models that were trained with 1, 4
and 30 it says 0.78 to 0.98, 3.9 and 28. Images that the encoder has not seen, and a training that was not
finished, move it by as much as that; a factor of 3 they do not explain.

Sources: Kumar and Poole, On Implicit Regularization in beta-VAEs (2020), section 3, the optimal covariance;
Alemi et al., Fixing a Broken ELBO (2018), rate and distortion.

Symbols: B images, D latent_dim, P numbers of an image. Nats per image.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vae.analysis.doctor import conventions
from vae.analysis.doctor.finding import Finding, Gravity, unasked
from vae.model.posterior import Gaussian

Floats = NDArray[np.floating]
Nll = Callable[[NDArray[np.float32]], NDArray[np.float32]]

STEP = 0.1  # t, of log_var
LEAST_SLOPE = (
    0.02  # nats that a unit of t changes the KL by, below which q(z|x) is the prior and says nothing
)
OFF, FAR, LOST = 3.0, 10.0, 100.0  # factors between the weight that is read and the one that is meant
ALIKE = 1.5  # factor within which the weight is that of a known convention
TINY = 1e-9
ERRORS = 3  # standard errors below 0 at which a weight is none
NO_WEIGHT = "Wider q(z|x) would better both KL and reconstructions, so their widths fit no weight of the KL."
NO_WEIGHT_WAY = (
    "Look whether mu and log_var come out in this order, and whether the decoder fits the encoder."
)
NO_WIDTH = (
    "The widths of q(z|x) are the prior's or at their bound, so no weight of the KL can be read off them."
)
WITHIN = "is, within the factor of three that images and an unfinished training explain"
POOR = 1.0  # nats of each dimension below which a large weight has cost the code its content
ABOVE = 0.1  # of what was learnt, that siblings reach beyond the model at its rate


class Weight(NamedTuple):
    """The weight that the widths betray, and its standard error over the images."""

    beta: float
    error: float


class Sibling(NamedTuple):
    """A model of the same data, likelihood and latent_dim: its beta, its KL and nll in nats per image."""

    beta: float
    rate: float
    distortion: float
    name: str = ""


def implied(q: Gaussian, nll: Nll, noise: np.random.Generator, draws: int = 1) -> Weight | None:
    """The weight of the KL for which the widths of q(z|x) (B, D) are best; None where q is the prior.

    `nll` gives -log p(x|z) (B,) of the images that q is of. A draw comes with its mirror image.
    """
    follows = np.ones_like(q.mu)
    if np.isfinite(q.log_var_bound):
        follows = 1 - np.square(q.log_var / q.log_var_bound)
    follows = np.where(q.log_var < q.log_var_range[1], follows, 0)
    slopes = np.zeros(len(q.mu))
    for _ in range(draws):
        eps = noise.standard_normal(q.mu.shape, np.float32)
        for away in (eps, -eps):
            wide, narrow = (
                nll(q.mu + q.sd * np.exp(t * follows / 2) * away).astype(np.float64) for t in (STEP, -STEP)
            )
            slopes += (wide - narrow) / (4 * STEP * draws)
    kl = (follows * (np.square(q.sd) - 1)).sum(axis=1, dtype=np.float64) / 2
    if abs(kl.mean()) < LEAST_SLOPE:
        return None
    beta = -slopes.sum() / kl.sum()
    return Weight(float(beta), float(np.sqrt(np.square(slopes + beta * kl).sum()) / abs(kl.sum())))


def is_off(found: Weight) -> bool:
    """Whether the weight that the widths betray is none that a training with 1 leaves."""
    return not 1 / OFF < found.beta < OFF


def fits_none(found: Weight) -> bool:
    """Whether no weight of the KL explains the widths: it would be below 0, beyond the error."""
    return found.beta < -ERRORS * found.error


def _marked(found: Weight, wanted: float) -> dict[str, NDArray[np.floating]]:
    """What a figure on a log axis shows, nothing of a weight that is not above 0."""
    return {"found": np.array(found), "meant": np.array([1.0, wanted])} if found.beta > 0 else {}


def loss(found: Weight | None, meant: float | None, rate: float, size: int, latent_dim: int) -> Finding:
    """Whether the KL weighs what it should: 1, or the beta that was `meant`, None where nobody says one.

    A large beta that was meant is a choice as long as each dimension still says POOR nats: 30 is right for
    two dimensions of an image with 12,288 numbers. A small one is not: the codes leave the prior and draws
    of it decode badly, whoever meant it, by OFF a note, by FAR serious, by LOST grave.
    """
    if found is None:
        return unasked("loss", NO_WIDTH)
    wanted = 1.0 if meant is None else meant
    arrays = _marked(found, wanted)
    if fits_none(found):
        return Finding("loss", "serious", "none", "fits", NO_WEIGHT, NO_WEIGHT_WAY, found.beta)
    number = _factor(max(found.beta, 0.0))
    gravity = _loss_gravity(found.beta, wanted, rate / latent_dim)
    said = "The widths of q(z|x) fit a loss in which the KL has this weight."
    if gravity == "well":
        words = f"{said} It {'should be 1' if wanted == 1 else f'was trained with {wanted:g}'}, and {WITHIN}."
        return Finding("loss", gravity, number, "β on the scale of nats", words, "", found.beta, arrays)
    if gravity == "note" and meant is not None and 1 / OFF < found.beta / wanted < OFF:
        words = f"{said} It was trained so, with β = {wanted:g}: its ELBO is not what training raised."
        return Finding("loss", gravity, number, "β on the scale of nats", words, "", found.beta, arrays)
    words = f"{said} {_consequence(found.beta)}{_named(found.beta, size, latent_dim)}"
    return Finding(
        "loss", gravity, number, "β on the scale of nats", words, _way(found.beta), found.beta, arrays
    )


def assumed(found: Mapping[str, Weight]) -> Finding:
    """The weight that the widths betray under each loss that a model may have been trained with, by its name.

    Nobody says which it was, so the one nearest to 1 counts; without a rate the large weights are notes only.
    """
    if not found:
        return unasked("loss", NO_WIDTH)
    if all(fits_none(each) for each in found.values()):
        return Finding("loss", "serious", "none", "fits", NO_WEIGHT, NO_WEIGHT_WAY)
    nearest = min(found.values(), key=lambda weight: abs(np.log(max(weight.beta, TINY))))
    said = ", ".join(f"{_factor(weight.beta)} for {name}" for name, weight in found.items())
    words = f"Its likelihood is not known. The widths of q(z|x) are right for a KL that weighs {said}."
    gravity: Gravity = "well" if 1 / OFF < nearest.beta < OFF else "note"
    if nearest.beta <= 1 / FAR:
        gravity = "grave" if nearest.beta <= 1 / LOST else "serious"
    change = ""
    if gravity != "well":
        words = f"{words} {_consequence(nearest.beta)}"
        change = "Look up in your code how the loss is averaged, and put it into the calculator."
    arrays = _marked(nearest, 1.0)
    number = _factor(max(nearest.beta, 0.0))
    return Finding("loss", gravity, number, "β on the scale of nats", words, change, nearest.beta, arrays)


def rate_distortion(
    rate: float, distortion: float, siblings: Sequence[Sibling], learnt: float | None
) -> Finding:
    """Where the model lies beside siblings that were trained with other betas.

    `learnt`: by how much its nll is below that of the mean of all images. It is a note if the curve through
    the siblings passes ABOVE of that below the model at its rate: the same nats of code could say more.
    """
    betas = {sibling.beta for sibling in siblings}
    if len(betas) < 3:
        why = "Here are no three models of these images with as many dimensions, but other weights of the KL."
        return unasked("rate", why)
    curve = sorted(siblings, key=lambda sibling: sibling.rate)
    arrays = {
        "rates": np.array([each.rate for each in curve]),
        "distortions": np.array([each.distortion for each in curve]),
        "betas": np.array([each.beta for each in curve]),
        "own": np.array([rate, distortion]),
    }
    like = min(curve, key=lambda sibling: abs(np.log(max(sibling.rate, 1e-3) / max(rate, 1e-3))))
    reached = float(np.interp(rate, arrays["rates"], arrays["distortions"]))
    behind = distortion - reached
    is_behind = learnt is not None and behind > ABOVE * learnt
    words = (
        f"Its code says this much of an image; {distortion:.1f} nats of it stay. Of {len(curve)} siblings "
        f"that of β = {like.beta:g} says as much; {reached:.1f} stay."
    )
    change = "Train longer or with wider networks: siblings make more of the same rate." if is_behind else ""
    gravity: Gravity = "note" if is_behind else "well"
    return Finding("rate", gravity, f"{rate:.1f}", "nats of rate", words, change, rate, arrays)


def _loss_gravity(beta: float, wanted: float, rate_of_each: float) -> Gravity:
    if beta <= 1 / LOST:
        return "grave"
    if beta <= 1 / FAR:
        return "serious"
    if beta >= OFF and rate_of_each < POOR:
        return "serious"
    if not 1 / OFF < beta / wanted < OFF:
        return "serious" if not 1 / FAR < beta / wanted < FAR else "note"
    return "note" if not 1 / OFF < beta < OFF else "well"


def _consequence(beta: float) -> str:
    if beta < 1:
        return (
            "Nats of code are too cheap: the codes leave the prior, and what is drawn from it decodes badly."
        )
    return "Nats of code are too dear: the code says less than it could, and images blur."


def _named(beta: float, size: int, latent_dim: int) -> str:
    """The conventions that train such a weight, where there are some."""
    for words, usual in conventions.usual(size, latent_dim).items():
        if usual != 1 and 1 / ALIKE < beta / usual < ALIKE:
            return f" A loss of weight 1 with {words}, does that: β = {_factor(usual)}."
    return ""


def _way(beta: float) -> str:
    right = (
        "sum nll over all pixels and KL over all dimensions, average both over images, and weigh the KL by 1"
    )
    if beta < 1e-4:
        return f"{right[0].upper()}{right[1:]}: see below."
    return f"Multiply the weight of the KL in your code by {_factor(1 / beta)}; or {right}: see below."


def _factor(value: float) -> str:
    """A positive number with three digits."""
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"
