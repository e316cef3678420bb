"""What is kept of an epoch in epochs/NNNN.safetensors, to see it again: codes, map, decoder, samples.

Symbols: n images that are watched, D latent_dim, K samples.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from vae.latent.procrustes import Plane
from vae.model import tensor_file
from vae.model.tensor_file import CheckpointError

FOLDER = "epochs"
WATCHED = 2000  # test images
LEAST, MOST = 12, 120  # epochs of a training that are kept, about: as many as fit into
ROOM = 300_000_000  # bytes on the disk
EARLY = 20  # at first all are kept: most happens there
DECODER = "decoder."
WAY_OUT = "The training itself is not hurt; the epoch is left out."


@dataclass(frozen=True)
class Look:
    """An epoch.

    Arguments:
        epoch: Its number, 0 before training.
        mu: Posterior means of the watched images, (n, D).
        log_var: Their log variances, (n, D), -inf of points.
        plane: The plane of the map, turned like that of the look before.
        sheet: Samples of the same codes in each epoch, (K, H, W, C) in bytes.
        decoder: Its tensors by name.
    """

    epoch: int
    mu: NDArray[Any]
    log_var: NDArray[Any]
    plane: Plane
    sheet: NDArray[np.uint8]
    decoder: Mapping[str, NDArray[Any]]

    @property
    def places(self) -> NDArray[np.float64]:
        """Where the watched images lie on the map, (n, 2); of one dimension the sd's logarithm is upward."""
        found = self.plane.places(self.mu)
        if self.mu.shape[1] == 1:
            found[:, 1] = np.maximum(0.5 * self.log_var[:, 0].astype(np.float64), -12)
        return found


def watched(count: int) -> NDArray[np.int64]:
    """Which of so many test images are watched: at even steps."""
    return np.linspace(0, count - 1, min(count, WATCHED)).round().astype(np.int64)


def is_kept(epoch: int, epochs: int, size: int) -> bool:
    """Whether there is a look, of so many bytes, at that epoch of a training of so many epochs."""
    most = min(MOST, max(LEAST, ROOM // max(1, size)))
    return epoch <= min(EARLY, most // 3) or epoch == epochs or epoch % max(1, -(-epochs // most)) == 0


def path(run: Path, epoch: int) -> Path:
    """Where the look at an epoch lies in a training's folder."""
    return run / FOLDER / f"{epoch:04d}.safetensors"


def epochs(run: Path) -> list[int]:
    """The epochs that were looked at, 0 first."""
    return sorted(int(each.stem) for each in (run / FOLDER).glob("[0-9]*.safetensors"))


def save(run: Path, look: Look) -> None:
    """Write it, atomically."""
    arrays: dict[str, NDArray[Any]] = {
        "mu": halves(look.mu),
        "log_var": halves(look.log_var),
        "places": halves(look.places),
        "centre": look.plane.centre.astype(np.float32),
        "basis": look.plane.basis.astype(np.float32),
        "sheet": look.sheet,
        **{name: halves(tensor) for name, tensor in look.decoder.items()},
    }
    tensor_file.write_atomically(
        path(run, look.epoch), tensor_file.packed(arrays, {"epoch": str(look.epoch)})
    )


def halves(array: NDArray[Any]) -> NDArray[np.float16]:
    """The numbers as they are kept: what is too large is the largest that there is, -inf stays."""
    largest = float(np.finfo(np.float16).max)
    kept = np.where(np.isneginf(array), array, array.clip(-largest, largest))
    return kept.astype(np.float16)


def read(run: Path, epoch: int, *names: str) -> list[NDArray[Any]]:
    """Some of the arrays of an epoch, without reading the others.

    Raises:
        CheckpointError: if there is no such look, or it is damaged.
    """
    file = path(run, epoch)
    try:
        with safe_open(file, "np") as opened:
            return [np.asarray(opened.get_tensor(name)) for name in names]
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{file.name} cannot be read: {error}. {WAY_OUT}") from error


def decoder(run: Path, epoch: int) -> dict[str, NDArray[Any]]:
    """The tensors of an epoch's decoder by name, float16.

    Raises:
        CheckpointError: if there is no such look, or it is damaged.
    """
    with tensor_file.opened(path(run, epoch), WAY_OUT) as file:
        return {name: tensor for name, tensor in file.tensors().items() if name.startswith(DECODER)}
