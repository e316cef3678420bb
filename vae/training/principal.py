"""Principal components of images of any size, within bounded memory: a linear autoencoder in closed form."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]

MOST = 4096  # images or pixels, whichever are fewer, for an exact eigendecomposition: 134 MB
BLOCK = 4_000_000  # numbers that are widened to float64 at a time: 32 MB
SPARE, SWEEPS, CLOSE = 10, 100, 1e-9  # axes beyond those asked for; sweeps at most; relative gain at the end


@dataclass(frozen=True)
class Components:
    """The first principal components of images with P numbers each, levels in [0, 1]."""

    mean: Floats  # (P,)
    axes: Floats  # (P, k), largest variance first; the largest entry of each is positive
    residual: float  # variance that the components leave, mean over the P numbers


def principal_components(rows: Bytes, count: int) -> Components:
    """The first `count` principal components of images (N, P) in 0 to 255.

    Exact where images or pixels are few; otherwise by subspace iteration until the variance that is held
    no longer grows (Halko, Martinsson and Tropp, Finding structure with randomness, 2011, algorithm 4.4).
    """
    mean = np.concatenate([block.mean(axis=0) for _, block in _columns(rows)])
    total = sum(block.var(axis=0).sum() for _, block in _columns(rows))
    if len(rows) <= min(MOST, rows.shape[1]):
        axes = _from_gram(rows, mean, count)
    elif rows.shape[1] <= MOST:
        axes = _leading(_covariance(rows, mean), count)
    else:
        axes = _iterated(rows, mean, count)
    held = sum(np.square((block - mean) @ axes).sum() for block in _images(rows)) / len(rows)
    largest = np.abs(axes).argmax(axis=0)
    signs = np.sign(axes[largest, np.arange(axes.shape[1])])
    return Components(mean, axes * signs, float(total - held) / rows.shape[1])


def _covariance(rows: Bytes, mean: Floats) -> Floats:
    """Covariance of the pixels, (P, P)."""
    found = np.zeros((len(mean), len(mean)))
    for block in _images(rows):
        found += (block - mean).T @ (block - mean)
    return found / len(rows)


def _from_gram(rows: Bytes, mean: Floats, count: int) -> Floats:
    """Axes (P, count) by way of the products of the images with each other, (N, N)."""
    gram = np.zeros((len(rows), len(rows)))
    for columns, block in _columns(rows):
        gram += (block - mean[columns]) @ (block - mean[columns]).T
    shares = _leading(gram, count)
    axes = [(block - mean[columns]).T @ shares for columns, block in _columns(rows)]
    return np.linalg.qr(np.concatenate(axes))[0]


def _iterated(rows: Bytes, mean: Floats, count: int) -> Floats:
    """Axes (P, count) by subspace iteration."""
    noise = np.random.default_rng(0).standard_normal((rows.shape[1], count + SPARE))
    basis, before = np.linalg.qr(noise)[0], 0.0
    for _ in range(SWEEPS):
        image = np.zeros_like(basis)
        for block in _images(rows):
            image += (block - mean).T @ ((block - mean) @ basis)
        inside = basis.T @ image
        held = float(np.linalg.eigvalsh(inside)[-count:].sum())
        if held - before <= CLOSE * held:
            break
        basis, before = np.linalg.qr(image)[0], held
    return basis @ _leading(inside, count)


def _leading(symmetric: Floats, count: int) -> Floats:
    """Eigenvectors of the largest eigenvalues as columns, largest first."""
    return np.asarray(np.linalg.eigh(symmetric)[1][:, ::-1][:, :count])


def _images(rows: Bytes) -> Iterator[Floats]:
    """Levels of some images at a time, (n, P)."""
    step = max(1, BLOCK // rows.shape[1])
    return (rows[begin : begin + step] / 255 for begin in range(0, len(rows), step))


def _columns(rows: Bytes) -> Iterator[tuple[slice, Floats]]:
    """Levels of all images at some pixels at a time, (N, p)."""
    step = max(1, BLOCK // len(rows))
    places = (slice(begin, begin + step) for begin in range(0, rows.shape[1], step))
    return ((columns, rows[:, columns] / 255) for columns in places)
