"""The codes of a data set under a model: posteriors, labels and the ELBO's terms, kept beside the checkpoint.

They let the explorer show ten thousand images' places and nats where the data set itself is not at hand.
"""

import json
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load as parse
from safetensors.numpy import save as serialise

from vae.model.checkpoint import CheckpointError, read_bounded, write_atomically

Floats = NDArray[np.float32]
REQUIRED, OPTIONAL = {"mu", "log_var"}, {"labels", "nll", "kl", "tsne2", "tsne3"}
WAY_OUT = "Make it anew with `python -m vae.release`."


@dataclass(frozen=True)
class Codes:
    """Posteriors q(z|x), labels and ELBO terms of N images, and embeddings of mu by dimensions."""

    mu: Floats  # (N, D)
    sd: Floats  # (N, D) standard deviations of q(z|x), 0 where a code is a point
    labels: NDArray[np.int64] | None = None  # (N,), where the images have some
    nll: Floats | None = None  # (N,) nats per image, where the model has a likelihood
    kl: Floats | None = None  # (N,) nats per image, where the KL has a closed form
    embeddings: dict[int, Floats] = field(default_factory=dict)  # t-SNE, (N, 2) and (N, 3)

    def __post_init__(self) -> None:
        arrays = (self.mu, self.sd, self.labels, self.nll, self.kl, *self.embeddings.values())
        for array in arrays:  # shared by all who look at a model
            if array is not None:
                array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.mu)

    @property
    def known_labels(self) -> NDArray[np.int64]:
        """The labels, (N,).

        Raises:
            ValueError: where there are none; ask the model for its ability `labels`.
        """
        if self.labels is None:
            raise ValueError("these images have no labels")
        return self.labels

    @property
    def loss(self) -> Floats:
        """nll + kl, (N,) nats per image, lower is better: -ELBO, where codes are points the nll.

        Raises:
            ValueError: where it is unknown; ask the model for its abilities.
        """
        if self.nll is None or self.kl is None:
            raise ValueError("the ELBO's terms of these images are unknown")
        return self.nll + self.kl


def save(path: Path, codes: Codes, fingerprint: str) -> None:
    """Write the codes (posteriors in float16) with the fingerprint of the model that made them."""
    posterior: dict[str, NDArray[Any]] = {
        "mu": codes.mu.astype(np.float16),
        "log_var": _log_var(codes.sd).astype(np.float16),
    }
    known = {"nll": codes.nll, "kl": codes.kl} | {f"tsne{dims}": at for dims, at in codes.embeddings.items()}
    posterior |= {name: values.astype(np.float32) for name, values in known.items() if values is not None}
    if codes.labels is not None:
        posterior["labels"] = codes.labels.astype(np.uint8)
    write_atomically(path, serialise(posterior, {"model": fingerprint}))


def load(path: Path, fingerprint: str) -> Codes:
    """Read the codes that the model with this fingerprint made.

    Raises:
        CheckpointError: if the file is missing, damaged, or belongs to another model.
    """
    data = read_bounded(path)
    try:
        arrays = parse(data)
        header = struct.unpack("<Q", data[:8])[0]
        metadata = json.loads(data[8 : 8 + header]).get("__metadata__") or {}
        _check(arrays)
    except (SafetensorError, KeyError, ValueError, TypeError) as error:
        raise CheckpointError(f"{path.name} cannot be read as codes: {error}. {WAY_OUT}") from error
    if metadata.get("model") != fingerprint:
        raise CheckpointError(f"{path.name} belongs to another model than the one beside it. {WAY_OUT}")
    floats = {name: array.astype(np.float32) for name, array in arrays.items() if name != "labels"}
    embeddings = {dims: floats.pop(f"tsne{dims}") for dims in (2, 3) if f"tsne{dims}" in floats}
    sd = np.exp(0.5 * floats.pop("log_var"))
    labels = arrays["labels"].astype(np.int64) if "labels" in arrays else None
    return Codes(sd=sd, labels=labels, embeddings=embeddings, **floats)


def embedded_dims(path: Path) -> tuple[int, ...]:
    """Numbers of dimensions of the t-SNE coordinates in a file of codes; none in one that cannot be read."""
    try:
        with safe_open(path, "numpy") as file:
            names = set(file.keys())
    except (OSError, SafetensorError):
        return ()
    return tuple(dims for dims in (2, 3) if f"tsne{dims}" in names)


def _check(arrays: dict[str, NDArray[Any]]) -> None:
    if not REQUIRED <= arrays.keys() <= REQUIRED | OPTIONAL:
        odd = ", ".join(sorted(REQUIRED ^ (arrays.keys() - OPTIONAL))[:4])[:200]
        raise ValueError(f"missing or unknown arrays ({odd})")
    count, dims = arrays["mu"].shape
    shapes = {"mu": (count, dims), "log_var": (count, dims), "tsne2": (count, 2), "tsne3": (count, 3)}
    for name, array in arrays.items():
        if array.shape != shapes.get(name, (count,)):
            raise ValueError(f"{name} has shape {array.shape}")
        if array.dtype.kind != ("u" if name == "labels" else "f"):
            raise ValueError(f"{name} has type {array.dtype}")
        if not (np.isfinite(array) | ((name == "log_var") & np.isneginf(array))).all():
            raise ValueError(f"{name} holds values that are not finite")
    if not count:
        raise ValueError("no images")


def _log_var(sd: Floats) -> Floats:
    """2 log sd, -inf where a code is a point."""
    with np.errstate(divide="ignore"):
        return 2 * np.log(sd)
