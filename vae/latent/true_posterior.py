"""The true posterior p(z|x) of one image by quadrature, for one or two latent dimensions. NumPy only, nats.

p(z|x) = p(x|z) p(z) / p(x) has no formula, but in a plane it can be added up. It is narrow and may have
several peaks far apart, so the plane is searched in square cells that are halved where p(x, z) is not
negligible.

Symbols: x an image, z a code, D latent_dim, K codes, C cells, h their width in prior standard deviations.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.latent.importance import Estimate

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LogLikelihood = Callable[[Floats], NDArray[np.floating]]  # log p(x|z) of the image for codes (K, D) -> (K,)
Gaussian = tuple[ArrayLike, ArrayLike]  # mu (D,) and sd (D,)

LOG_TWO_PI = float(np.log(2 * np.pi))
REACH = 6.0  # prior standard deviations that are searched at first
WIDEST = 0.1  # width of the first cells
NEGLIGIBLE = 18.0  # nats below the highest cell: what is left out is 1e-8 of it for each cell
BORDER, GROWTH = 25.0, 5  # the cells grow by so many where one at the border has more than e^-BORDER of all
UNEVEN = 60.0  # nats by which a peak may stand above the middle of a first cell; a quarter for each halving
ENOUGH = 40  # cells for each dimension; there are ENOUGH ** D at least
CLOSE = 1e-3  # nats by which the last halving may change log p(x)
HALVINGS = 7
MOST = 200_000  # cells at most
BEYOND = 7.0  # half width of the quadrature under q, in its sd
NODES = (
    28,
    112,
)  # of it for each dimension: the least, and the most, where a wide q asks for steps of `WIDEST`


@dataclass(frozen=True)
class TruePosterior:
    """p(z|x) in cells of width h; cell i holds the place (i + 1/2) h; where there is none p is negligible."""

    index: Ints  # (C, D)
    width: float
    log_joint: Floats  # (C,) log p(x, z) in the middle of each cell
    grid_error: float  # nats by which log p(x) changed when the cells were last halved
    is_capped: bool = False  # whether finer cells, which the search asked for, would have been more than MOST

    @property
    def centres(self) -> Floats:
        """Codes in the middle of the cells, (C, D)."""
        return middles(self.index, self.width)

    @property
    def peak(self) -> Floats:
        """The middle of the highest cell, (D,)."""
        return self.centres[self.log_joint.argmax()]

    @property
    def log_evidence(self) -> float:
        """log p(x), nats. It errs low where a peak lies far from the prior's mean and from each q."""
        return _log_sum(self.log_joint, self.width, self.index.shape[1])

    @property
    def probability(self) -> Floats:
        """Share of p(z|x) in each cell, (C,)."""
        shares = np.exp(self.log_joint - self.log_joint.max())
        return shares / shares.sum()

    def mass_within(self, mu: ArrayLike, sd: ArrayLike, radius: float) -> float:
        """Share of p(z|x) within `radius` standard deviations of N(mu, diag(sd²)), in [0, 1]."""
        noise = (self.centres - np.asarray(mu, np.float64)) / np.asarray(sd, np.float64)
        return float(self.probability[np.square(noise).sum(axis=1) <= radius**2].sum())

    def box(self, share: float = 0.999) -> tuple[Floats, Floats]:
        """Lowest and highest corner, each (D,), around the densest cells that hold this share of p(z|x)."""
        order = np.argsort(-self.log_joint)
        count = int(np.searchsorted(np.cumsum(self.probability[order]), share)) + 1
        chosen = self.centres[order[:count]]
        return chosen.min(axis=0), chosen.max(axis=0)

    def depth(self, low: ArrayLike, high: ArrayLike, most: int) -> tuple[Floats, Floats, Floats]:
        """How deep below its peak p(z|x) lies between two corners (2,): x (W,), y (H,) and depth (H, W).

        The depth d is counted such that the density is exp(-d²/2) of the highest: for a Gaussian, d is the
        number of standard deviations from its mean. Infinity where the density is negligible. Of more than
        `most` cells along a side several are joined, and the highest stands for them: no peak is lost.
        """
        first, last = (
            np.floor(np.asarray(each, np.float64) / self.width).astype(int) for each in (low, high)
        )
        joined = -(-int((last - first + 1).max()) // most)  # cells along each side of a pixel
        shape = -(-(last - first + 1) // joined)
        depth = np.full(shape, np.inf)
        inside = ((self.index >= first) & (self.index <= last)).all(axis=1)
        below = np.sqrt(2 * (self.log_joint.max() - self.log_joint[inside]))
        np.minimum.at(depth, tuple(((self.index[inside] - first) // joined).T), below)
        x, y = (
            (start + (np.arange(count) + 0.5) * joined) * self.width
            for start, count in zip(first, shape, strict=True)
        )
        return x, y, depth.T


def find(log_likelihood: LogLikelihood, latent_dim: int, near: Sequence[Gaussian] = ()) -> TruePosterior:
    """p(z|x) where it is not negligible: the region searched grows while its border holds a part of it.

    It begins within `REACH` of the prior's mean and within 3 sd of each q `near`, no more than `REACH` around
    a q's mean, however wide that is. There are no more than `MOST` cells.

    Raises:
        ValueError: for other than one or two latent dimensions.
    """
    if latent_dim not in (1, 2):
        raise ValueError(f"quadrature needs 1 or 2 latent dimensions, got {latent_dim}")
    index, heights = _grown(log_likelihood, _first_cells(latent_dim, near))
    width, before = WIDEST, np.inf
    for halving in range(HALVINGS + 1):
        slack = NEGLIGIBLE + UNEVEN / 4**halving
        kept = heights > heights.max() - slack
        index, heights = index[kept], heights[kept]
        evidence = _log_sum(heights, width, latent_dim)
        change, before = abs(evidence - before), evidence
        is_fine = change < CLOSE and len(index) >= ENOUGH**latent_dim
        is_capped = not is_fine and len(index) * 2**latent_dim > MOST
        if halving == HALVINGS or is_fine or is_capped:
            break
        index, width = _halves(index), width / 2
        heights = _log_joint(log_likelihood, middles(index, width))
    return TruePosterior(index, width, heights, change, is_capped)


def elbo(log_likelihood: LogLikelihood, mu: ArrayLike, sd: ArrayLike) -> Estimate:
    """E[log p(x, z) - log q(z|x)] under q = N(mu, diag(sd²)) by the trapezoidal rule, nats.

    log p(x) less this is KL(q(z|x) || p(z|x)) (Kingma and Welling, 2014, equation 1). It is the mean over two
    lattices of places, one amid the other; the error is half their difference.
    """
    mean, spread = np.asarray(mu, np.float64), np.asarray(sd, np.float64)
    nodes = np.clip(np.ceil(2 * BEYOND * spread / WIDEST), *NODES).astype(int)
    values = []
    for shift in (0.0, 0.5):
        ticks = [BEYOND * (2 * (np.arange(count) + shift) / count - 1) for count in nodes]
        noise = np.array(list(product(*ticks)))
        log_normal = _log_normal(noise)
        log_ratio = _log_joint(log_likelihood, mean + spread * noise) - log_normal + np.log(spread).sum()
        shares = np.exp(log_normal)
        values.append(float(shares @ log_ratio / shares.sum()))
    first, second = values
    return Estimate((first + second) / 2, abs(first - second) / 2)


def middles(index: Ints, width: float) -> Floats:
    """The middle of cells along each axis."""
    return np.asarray((index + 0.5) * width, np.float64)


def _first_cells(latent_dim: int, near: Sequence[Gaussian]) -> Ints:
    """Cells of the prior's disc, and those around each q."""
    side = round(REACH / WIDEST)
    blocks = [_block(np.full(latent_dim, -side), np.full(latent_dim, side - 1))]
    blocks[0] = blocks[0][np.square(middles(blocks[0], WIDEST)).sum(axis=1) <= REACH**2]
    for mu, sd in near:
        mean = np.asarray(mu, np.float64)
        reach = np.minimum(3 * np.asarray(sd, np.float64), REACH)
        low, high = ((mean + sign * reach) / WIDEST for sign in (-1, 1))
        blocks.append(_block(np.floor(low).astype(int), np.floor(high).astype(int)))
    return np.unique(np.concatenate(blocks), axis=0)


def _grown(log_likelihood: LogLikelihood, index: Ints) -> tuple[Ints, Floats]:
    """The first cells and their heights, with more cells as long as one at the border is not negligible."""
    heights = _log_joint(log_likelihood, middles(index, WIDEST))
    while len(index) < MOST:
        high = index[heights > np.logaddexp.reduce(heights) - BORDER]
        more = _new(_around(_at_border(high, index)), index)
        if not len(more):
            break
        index = np.concatenate([index, more])
        heights = np.append(heights, _log_joint(log_likelihood, middles(more, WIDEST)))
    return index, heights


def _at_border(cells: Ints, index: Ints) -> Ints:
    """Those of the cells that have a neighbour which is none of `index`."""
    beside = np.array([sign * axis for axis in np.eye(index.shape[1], dtype=np.int64) for sign in (-1, 1)])
    outside = ~np.isin(_keys(cells[:, None] + beside), _keys(index))
    return cells[outside.any(axis=1)]


def _around(cells: Ints) -> Ints:
    """All cells within GROWTH of these, (C, D)."""
    steps = np.array(list(product(range(-GROWTH, GROWTH + 1), repeat=cells.shape[1])))
    return (cells[:, None] + steps).reshape(-1, cells.shape[1])


def _new(cells: Ints, index: Ints) -> Ints:
    """Those of the cells that are none of `index`, each once."""
    found = np.unique(cells, axis=0)
    return found[~np.isin(_keys(found), _keys(index))]


def _keys(index: Ints) -> Ints:
    """A number for each of the cells (..., D), (...)."""
    return np.asarray(index @ (np.int64(1) << (32 * np.arange(index.shape[-1]))))


def _block(low: Ints, high: Ints) -> Ints:
    """All cells from corner low (D,) to corner high (D,), both included."""
    ranges = (np.arange(first, last + 1) for first, last in zip(low, high, strict=True))
    return np.stack(np.meshgrid(*ranges, indexing="ij"), axis=-1).reshape(-1, len(low))


def _halves(index: Ints) -> Ints:
    """The cells of half the width that fill these (C, D)."""
    corners = np.array(list(product((0, 1), repeat=index.shape[1])))
    return (2 * index[:, None] + corners).reshape(-1, index.shape[1])


def _log_joint(log_likelihood: LogLikelihood, z: Floats) -> Floats:
    """log p(x, z) for codes (K, D), (K,)."""
    return np.asarray(log_likelihood(z), np.float64) + _log_normal(z)


def _log_normal(z: Floats) -> Floats:
    """log N(z; 0, I) for z (K, D), (K,)."""
    return -0.5 * (np.square(z) + LOG_TWO_PI).sum(axis=1)


def _log_sum(heights: Floats, width: float, latent_dim: int) -> float:
    """log of the integral over the cells."""
    return float(np.logaddexp.reduce(heights) + latent_dim * np.log(width))
