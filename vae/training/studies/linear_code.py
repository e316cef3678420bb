"""Linear codes of 0 to 784 numbers: components of the training images, scored on the test images."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae.training.principal import principal_components
from vae.training.studies.fitting import PIXELS, Digits

SIZES = (0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, PIXELS)
KEPT = 128  # components that ship, as bytes
LEVELS = 127  # of an entry's size


def run(data: Digits) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """The first components, and the test images' errors per pixel, squared and absolute."""
    rows = np.rint(255 * data.train.x.numpy()).astype(np.uint8)
    found = principal_components(rows, PIXELS)
    axes, centred = found.axes.astype(np.float32), data.test.x.numpy() - found.mean.astype(np.float32)
    codes = centred @ axes
    scales = np.abs(axes[:, :KEPT]).max(axis=0) / LEVELS
    return {"sizes": SIZES}, {
        "mean": found.mean.astype(np.float32),
        "axes": np.rint(axes[:, :KEPT] / scales).astype(np.int8).T,
        "scales": scales,
        "squared": squared_errors(centred, codes),
        "absolute": np.array([_absolute(centred, codes, axes, k) for k in SIZES], np.float32),
    }


def squared_errors(centred: NDArray[np.float32], codes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Squared error per pixel for each number of components, (P + 1,), of images and all their codes (N, P).

    The components are orthonormal: each takes the square of its code from the error.
    """
    held = np.square(codes, dtype=np.float64).mean(axis=0).cumsum()
    total = np.square(centred, dtype=np.float64).sum(axis=1).mean()
    return (np.maximum(total - np.append(0, held), 0) / centred.shape[1]).astype(np.float32)


def _absolute(centred: NDArray[Any], codes: NDArray[Any], axes: NDArray[Any], k: int) -> float:
    return float(np.abs(centred - codes[:, :k] @ axes[:, :k].T).mean())
