"""The codes of all images together, q(z), beside the prior: moments, quantiles, MMD and holes.

What is drawn from the prior is decoded well where codes of images lie. mean KL(q(z|x) || p) is the mutual
information of image and code, and KL(q(z) || p) on top (Hoffman and Johnson, ELBO surgery, 2016): the second
part is paid for nothing. A Gaussian with the mean m and covariance S of q(z) is at least that far from the
prior, since of all densities with these moments it has the largest entropy:

    KL(q(z) || p) >= (tr S + m'm - D - log det S) / 2.

Sources: Gretton et al., A Kernel Two-Sample Test (2012), equation 3, for the unbiased MMD²; Rosca,
Lakshminarayanan and Mohamed, Distribution Matching in Variational Inference (2018), for holes; Wang, Kulkarni
and Verdú, Divergence estimation via k-nearest-neighbor distances (2009), for densities from neighbours.

Symbols: z (N, D) draws of q(z), p (M, D) draws of the prior N(0, I).
"""

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vae.analysis.doctor.finding import Finding, graded, unasked

Floats = NDArray[np.floating]

SHARES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)  # of which quantiles are shown
LEAST = 0.5  # nats below which a difference in moments is no one's loss
ASIDE = 3.0  # nats for the mean alone: where draws of the prior fall, codes are 20 times rarer on average
WASTE, MUCH, MOST = 0.1, 0.25, 0.5  # of the rate, paid for the difference in moments alone
SHIFTED, APART = 0.5, 1.0  # prior standard deviations that each dimension may be off, by its MMD
NEIGHBOURS = 8
RARE, FARTHER = 10.0, 1.5  # times rarer, times farther than the prior's own draws
SOME, MANY, HALF = 0.05, 0.2, 0.5  # of the prior's draws
TINY = 1e-9
FEW = 500  # codes, whose neighbours lie too far from each other to outline a hole
SHOWN = 12  # draws of the prior around which codes are rarest
NO_PRIOR = "The codes of an autoencoder are matched to no prior, so none is to be kept to."


def moments(z: Floats, rate: float | None, is_point: bool = False) -> Finding:
    """How many nats the mean and covariance of q(z) cost at least, beyond the prior's.

    The estimate is too large by about D (D + 3) / (4 N), which is taken off. Below LEAST nats nobody gains
    by another prior. WASTE of the rate is a note, MUCH serious, MOST grave: none of the healthy models of
    digits comes to 4 %, the emoji in 32 dimensions to 14 %. A mean that costs ASIDE nats by itself is
    serious: the shipped ones cost 0 to 0.1, that of the emoji 2.6.
    """
    if is_point:
        return unasked("moments", NO_PRIOR)
    count, dims = z.shape
    mean, covariance = z.mean(axis=0), np.atleast_2d(np.cov(z, rowvar=False))
    log_det = float(np.linalg.slogdet(covariance)[1])
    nats = 0.5 * (float(np.trace(covariance) + mean @ mean) - dims - log_det)
    nats = max(0.0, nats - dims * (dims + 3) / (4 * count))
    quantiles = np.quantile(z, SHARES, axis=0).T
    normal = np.array([NormalDist().inv_cdf(share) for share in SHARES])
    arrays = {"quantiles": quantiles, "prior": normal}
    share = nats / rate if rate else 0.0
    gravity = "well" if nats < LEAST else graded(share, WASTE, MUCH, MOST)
    if float(mean @ mean) / 2 >= ASIDE and gravity in ("well", "note"):
        gravity = "serious"
    worst = int(np.abs(quantiles[:, 1:-1] - normal[1:-1]).max(axis=1).argmax())
    sd = np.sqrt(np.diag(covariance))
    part = f", {share:.0%} of the KL," if rate else ""
    words = (
        f"At least this{part} is spent on how all codes differ from the prior, and says nothing of an image. "
        f"Dimension {worst + 1} differs most: mean {mean[worst]:.2f}, sd {sd[worst]:.2f} instead of 0 and 1."
    ).replace("-", "−")
    change = ""
    if gravity != "well":
        words += " Draws from the prior fall where few codes lie."
        change = "Weigh the KL more, train on more images, or draw from a density fitted to the codes."
    return Finding("moments", gravity, f"{nats:.2f}", "nats at least", words, change, nats, arrays)


def mmd(z: Floats, p: Floats, is_point: bool = False) -> Finding:
    """The maximum mean discrepancy of q(z) and the prior, as the shift of the prior that would be as far.

    The kernel is exp(-|a - b|² / (2 D)). As a number without unit its size says little; so it is given as
    the distance, in every dimension, by which the prior would have to be moved to have the same MMD. The
    shipped models come to 0.05 to 0.6; SHIFTED is a note, APART serious: of two densities so far from each
    other 38 % lies where the other one is denser.
    """
    if is_point:
        return unasked("mmd", NO_PRIOR)
    dims = z.shape[1]
    squared = _squared_mmd(z, p, dims)
    noise = _squared_mmd(p[::2], p[1::2], dims)
    shift = _equivalent(squared, dims) / math.sqrt(dims)
    gravity = graded(shift, SHIFTED, APART)
    words = (
        "All codes together differ from the prior as much as a prior that is moved this far in every "
        f"dimension (MMD² {squared:.4f}; of two sets of draws of the prior {abs(noise):.4f})."
    )
    change = (
        "" if gravity == "well" else "As for the moments: weigh the KL more, or fit a density to the codes."
    )
    arrays = {"radii": np.sort(np.linalg.norm(z, axis=1)), "prior": np.sort(np.linalg.norm(p, axis=1))}
    return Finding("mmd", gravity, f"{shift:.2f}", "prior standard deviations", words, change, shift, arrays)


class Near(NamedTuple):
    """Around draws of the prior (M,): the distance to the k-th nearest of `among` codes, of as many draws."""

    codes: Floats
    prior: Floats
    among: int

    def thinner(self, dims: int) -> Floats:
        """log of how much rarer codes are there than draws of the prior, (M,), an estimate."""
        return dims * np.log(self.codes / np.maximum(self.prior, TINY))


def near(z: Floats, p: Floats, others: Floats) -> Near:
    """Around draws p (M, D) of the prior: codes z (N, D), and `others` (N, D), as many draws of the prior."""
    from scipy.spatial import cKDTree  # SciPy is heavy, and pages import this package

    k = min(NEIGHBOURS, len(z))
    codes, prior = (cKDTree(each).query(p, [k])[0][:, 0] for each in (z, others))
    return Near(codes, prior, len(z))


def holes(found: Near, dims: int, pictures: NDArray[np.floating] | None, is_point: bool = False) -> Finding:
    """The share of the prior's draws around which codes are RARE times rarer than draws of the prior.

    `pictures` (SHOWN, H, W, C): what the draws are decoded to around which they are rarest, in this order.
    Both densities are read off the k-th neighbour among as many points, so that their ratio has the law of F
    with 2 k and 2 k degrees of freedom where q(z) is the prior: RARE is beyond one draw in ten thousand. In
    many dimensions a ratio of densities is large with distances that no decoder tells apart: codes must be
    FARTHER, too. The healthy models have 0 to 0.6 %, a plain autoencoder in a plane 19 %. SOME is a note,
    MANY serious, HALF grave.
    """
    is_hole = (found.thinner(dims) > math.log(RARE)) & (found.codes > FARTHER * found.prior)
    share = float(is_hole.mean())
    arrays: dict[str, NDArray[np.floating]] = {"codes": np.sort(found.codes), "prior": np.sort(found.prior)}
    if pictures is not None:
        arrays["pictures"] = pictures
    gravity = graded(share, SOME, MANY, HALF)
    if is_point and gravity != "well":
        gravity = "note"
    words = (
        f"Around these, codes are at least {max(RARE, FARTHER**dims):,.0f} times rarer than draws of the "
        f"prior, and {FARTHER:g} times as far."
    )
    if found.among < FEW:
        words += f" With {found.among:,} codes only a large hole can be seen."
    change = ""
    if gravity != "well":
        words += " There the decoder was never trained: what it paints may be anything."
        change = "Weigh the KL more, train longer, or draw from a density fitted to the codes."
    if change and is_point:
        change = "Nothing, if nothing is to be drawn: a VAE's KL keeps the codes to a prior, this has none."
    return Finding("holes", gravity, f"{share:.1%}", "of the prior's draws", words, change, share, arrays)


def _squared_mmd(first: Floats, second: Floats, dims: int) -> float:
    """Unbiased, so that it may be negative."""
    own = sum(
        (float(_kernel(each, each, dims).sum()) - len(each)) / (len(each) * (len(each) - 1))
        for each in (first, second)
    )
    return own - 2 * float(_kernel(first, second, dims).mean())


def _kernel(a: Floats, b: Floats, dims: int) -> Floats:
    squares = np.square(a).sum(axis=1)[:, None] + np.square(b).sum(axis=1) - 2 * a @ b.T
    return np.asarray(np.exp(-np.maximum(squares, 0) / (2 * dims)))


def _equivalent(squared: float, dims: int) -> float:
    """The |s| for which N(0, I) and N(s, I) have that MMD²: 2 c (1 - exp(-s² / (2 (D + 2)))).

    c = (D / (D + 2))^(D / 2) is the kernel's mean over two draws of the prior. Beyond what any shift gives
    it is 5 sd in each dimension.
    """
    most = 5 * math.sqrt(dims)
    overlap = (dims / (dims + 2)) ** (dims / 2)
    left = 1 - max(0.0, squared) / (2 * overlap)
    return min(most, math.sqrt(-2 * (dims + 2) * math.log(left))) if left > 0 else most
