"""Embeddings of codes in a plane or in space: principal components and t-SNE. NumPy in and out, no torch.

Symbols: mu posterior means (N, D), embedded in `dims` dimensions, (N, dims).
"""

from collections.abc import Callable
from itertools import count

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

# The optimisation of Belkina et al. 2019 (doi:10.1038/s41467-019-13055-y): learning rate N / exaggeration.
EARLY_STEPS, STEPS = 250, 500  # with exaggerated attraction and momentum 0.5, then without and 0.8
EXAGGERATION = 12.0
NEIGHBOURS = 3  # neighbours of a point, per unit of perplexity, that attract it
THETA = 0.8  # of Barnes-Hut: 1.7 times as fast as the usual 0.5, trustworthiness the same to 0.002
START_SPREAD = 1e-4  # standard deviation of the first coordinate at the start
JITTER = 0.01  # of the start, relative to its spread: parts equal codes and makes the seed count
PROGRESS_EVERY = 10  # steps
PARALLEL_FROM = 2000  # points; below, threads cost more than they save


def pca(mu: ArrayLike, dims: int = 2) -> Floats:
    """Coordinates of codes mu (N, D) on their first principal components, (N, dims), in units of mu.

    Raises:
        ValueError: if mu is not a matrix of finite numbers, or has fewer than `dims` columns.
    """
    return pca_project(mu, mu, dims)


def pca_project(mu: ArrayLike, z: ArrayLike, dims: int = 2) -> Floats:
    """Coordinates of codes z (K, D) on the first principal components of mu (N, D), (K, dims), as `pca`'s."""
    codes = _matrix(mu)
    if not 1 <= dims <= codes.shape[1]:
        raise ValueError(f"codes with {codes.shape[1]} dimensions have no {dims} principal components")
    return ((_matrix(z) - codes.mean(axis=0)) @ principal_axes(codes)[:, :dims]).astype(np.float32)


def principal_axes(codes: Doubles) -> Doubles:
    """Principal axes of codes (N, D) as columns (D, D), largest variance first, largest entry positive."""
    _, axes = np.linalg.eigh(np.cov(codes, rowvar=False, bias=True).reshape(codes.shape[1], -1))
    axes = axes[:, ::-1]
    largest = np.abs(axes).argmax(axis=0)
    return np.asarray(axes * np.sign(axes[largest, np.arange(len(largest))]))


def largest_angle(basis: ArrayLike, other: ArrayLike) -> float:
    """Largest principal angle between the spaces that two bases (P, D) span, in degrees: 0 for the same one.

    Björck and Golub, Numerical methods for computing angles between linear subspaces (1973).
    """
    one, two = (np.linalg.qr(np.asarray(each, np.float64))[0] for each in (basis, other))
    outside = two - one @ (one.T @ two)  # whose largest singular value is the sine of the angle
    return float(np.degrees(np.arcsin(np.linalg.norm(outside, 2).clip(max=1))))


def tsne(
    mu: ArrayLike,
    dims: int = 2,
    perplexity: float = 30.0,
    seed: int = 0,
    on_progress: Callable[[float, Floats], object] | None = None,
) -> Floats:
    """t-SNE of codes mu (N, D), (N, dims), dims 2 or 3; repeatable, whatever the number of cores.

    It starts at the principal components and is turned to agree with them at the end, so that embeddings of
    other points or perplexities lie alike. `on_progress` gets the share done, in (0, 1], and where the points
    are by then, (N, dims), turned likewise; an exception from it ends the computation and reaches the caller.
    Barnes-Hut approximation (van der Maaten 2014): even 10,000 points in a plane take less time by it than by
    openTSNE's other one, interpolation on a grid.

    Raises:
        ValueError: for dims other than 2 and 3, or a perplexity that is not positive or needs more points.
    """
    # openTSNE rather than scikit-learn's, which neither reports progress nor can be stopped. Imported here
    # since that takes a second, which the principal components do not need.
    from openTSNE import TSNEEmbedding, affinity

    codes = _matrix(mu)
    _check_request(codes, dims, perplexity)
    jobs = -1 if len(codes) >= PARALLEL_FROM else 1
    attraction = affinity.PerplexityBasedNN(codes, perplexity, method="exact", n_jobs=jobs)
    start = pca_project(codes, codes, dims).astype(np.float64)
    embedding = TSNEEmbedding(
        _spread(start, seed),
        attraction,
        negative_gradient_method="bh",
        theta=THETA,
        n_jobs=jobs,
        callbacks=_teller(on_progress, start),
        callbacks_every_iters=PROGRESS_EVERY,
    )
    embedding.optimize(EARLY_STEPS, exaggeration=EXAGGERATION, momentum=0.5, inplace=True)
    embedding.optimize(STEPS, momentum=0.8, inplace=True)
    return _turned_to(np.asarray(embedding), start).astype(np.float32)


def largest_perplexity(points: int) -> float:
    """Largest perplexity that t-SNE of so many points can have: each needs three neighbours per unit."""
    return (points - 1) / NEIGHBOURS


def _check_request(codes: Doubles, dims: int, perplexity: float) -> None:
    if dims not in (2, 3):
        raise ValueError(f"t-SNE is made in 2 or 3 dimensions, not in {dims}.")
    most = largest_perplexity(len(codes))
    if not 0 < perplexity <= most:
        raise ValueError(
            f"The perplexity must be positive and at most {most:.1f} for {len(codes):,} points, "
            f"a third of their number; it is {perplexity:g}."
        )


def _teller(
    on_progress: Callable[[float, Floats], object] | None, start: Doubles
) -> Callable[..., object] | None:
    """openTSNE's callback, which counts steps anew in each phase."""
    if on_progress is None:
        return None
    calls = count(1)

    def tell(_: int, __: float, points: Doubles) -> object:
        share = min(1.0, next(calls) * PROGRESS_EVERY / (EARLY_STEPS + STEPS))
        return on_progress(share, _turned_to(np.asarray(points), start).astype(np.float32))

    return tell


def _spread(start: Doubles, seed: int) -> Doubles:
    spread = start[:, 0].std() or 1.0  # 0 if all codes are equal
    jitter = np.random.default_rng(seed).normal(scale=JITTER, size=start.shape)
    return START_SPREAD * (start / spread + jitter)


def _turned_to(points: Doubles, target: Doubles) -> Doubles:
    """Points rotated or mirrored so that they lie closest to the target (orthogonal Procrustes)."""
    left, _, right = np.linalg.svd(points.T @ target)
    return np.asarray(points @ (left @ right))


def _matrix(mu: ArrayLike) -> Doubles:
    codes = np.asarray(mu, dtype=np.float64)
    if codes.ndim != 2 or not codes.size or not np.isfinite(codes).all():
        raise ValueError(f"codes must be a matrix (N, D) of finite numbers, got shape {codes.shape}")
    return codes
