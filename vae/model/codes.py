"""The codes of a data set under a model: posteriors, labels and the ELBO's terms, kept beside the checkpoint.

They let the explorer show ten thousand images' places and nats where the data set itself is not at hand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae.images.names import Names, pack
from vae.model import tensor_file
from vae.model.tensor_file import CheckpointError, Entry, Tensors, write_atomically

Floats = NDArray[np.float32]
EMBEDDINGS = {"tsne2", "tsne3"}
NAMES = "names"  # of the files, as `vae.images.names` packs them
MOST_IMAGES = 1_000_000
LARGEST = {"mu": 65_504.0, "log_var": 80.0, "tsne2": 1e6, "tsne3": 1e6}  # beyond what any model gives
TYPES = {"labels": ("U8", "U16"), NAMES: ("U8",)}  # of those that are no real numbers
WAY_OUT = "Recreate it with `python -m vae.release`."


@dataclass(frozen=True)
class Codes:
    """Posteriors q(z|x), labels, ELBO terms and names of N images, and embeddings of mu by dimensions."""

    mu: Floats  # (N, D)
    sd: Floats  # (N, D) standard deviations of q(z|x), 0 where a code is a point
    labels: NDArray[np.int64] | None = None  # (N,), where the images have some
    nll: Floats | None = None  # (N,) nats per image, where the model has a likelihood
    kl: Floats | None = None  # (N,) nats per image, where the KL has a closed form
    embeddings: dict[int, Floats] = field(default_factory=dict)  # t-SNE, (N, 2) and (N, 3)
    names: Sequence[str] | None = None  # (N,), which file each image is, where they are files

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
        """nll + kl, (N,) nats per image, lower is better: -ELBO; the nll of points, and where kl is unknown.

        Raises:
            ValueError: where it is unknown; ask the model for its abilities.
        """
        if self.nll is None:
            raise ValueError("the ELBO's terms of these images are unknown")
        return self.nll if self.kl is None else self.nll + self.kl


@dataclass(frozen=True)
class Expected:
    """What the codes of a model must be.

    Arguments:
        fingerprint: That of the model.
        latent_dim: Number of dimensions D of z.
        classes: Number of classes of its data set, 0 where images have no labels.
        terms: Which terms of the ELBO the model knows, of `nll` and `kl`.
    """

    fingerprint: str
    latent_dim: int
    classes: int
    terms: frozenset[str] = frozenset({"nll", "kl"})

    @property
    def arrays(self) -> set[str]:
        """The arrays that must be there."""
        return {"mu", "log_var", *self.terms} | ({"labels"} if self.classes else set())


def joined(
    parts: Sequence[Codes], labels: NDArray[np.int64] | None, names: Sequence[str] | None = None
) -> Codes:
    """The codes of some images after those of others, all under one model, with labels and names of all."""

    def column(name: str) -> Floats | None:
        arrays = [getattr(part, name) for part in parts]
        return None if arrays[0] is None else np.concatenate(arrays)

    mu, sd = (np.concatenate([getattr(part, name) for part in parts]) for name in ("mu", "sd"))
    return Codes(mu, sd, labels, column("nll"), column("kl"), names=names)


def save(path: Path, codes: Codes, fingerprint: str) -> None:
    """Write the codes (posteriors in float16) with the fingerprint of the model that made them."""
    halved = ("mu", "log_var")
    arrays: dict[str, NDArray[Any]] = {
        name: values.astype(np.float16 if name in halved else np.float32)
        for name, values in _numbers(codes).items()
    }
    if codes.labels is not None:
        arrays["labels"] = codes.labels.astype(np.min_scalar_type(codes.labels.max(initial=0)))
    if codes.names is not None:
        arrays[NAMES] = pack(codes.names)
    write_atomically(path, tensor_file.packed(arrays, {"model": fingerprint}))


def check(codes: Codes) -> None:
    """Whether a file of codes may hold these.

    Raises:
        ValueError: naming what is not finite, or too large.
    """
    _check_values(_numbers(codes), 0)


def load(path: Path, expected: Expected) -> Codes:
    """Read the codes of a model.

    Raises:
        CheckpointError: if the file is missing, damaged, or belongs to another model.
    """
    with tensor_file.opened(path, WAY_OUT) as file:
        if file.metadata.get("model") != expected.fingerprint:
            raise file.refusal("belongs to another model than the one beside it")
        try:
            _check_entries(file.entries, expected)
            arrays = file.tensors()
            _check_values(arrays, expected.classes)
        except ValueError as error:
            raise file.refusal(f"cannot be read as codes: {error}") from error
    floats = {
        name: array.astype(np.float32) for name, array in arrays.items() if name not in ("labels", NAMES)
    }
    embeddings = {dims: floats.pop(f"tsne{dims}") for dims in (2, 3) if f"tsne{dims}" in floats}
    sd = np.exp(0.5 * floats.pop("log_var"))
    labels = arrays["labels"].astype(np.int64) if "labels" in arrays else None
    names = Names(arrays[NAMES]) if NAMES in arrays else None
    return Codes(sd=sd, labels=labels, embeddings=embeddings, names=names, **floats)


def embedded_dims(path: Path) -> tuple[int, ...]:
    """Numbers of dimensions of the t-SNE coordinates in a file of codes; none in one that cannot be read."""
    try:
        with tensor_file.opened(path, WAY_OUT) as file:
            return tuple(dims for dims in (2, 3) if f"tsne{dims}" in file.entries)
    except CheckpointError:
        return ()


def _numbers(codes: Codes) -> dict[str, NDArray[Any]]:
    """What is known of the codes, all but labels and names."""
    known = {"mu": codes.mu, "log_var": _log_var(codes.sd), "nll": codes.nll, "kl": codes.kl}
    known |= {f"tsne{dims}": at for dims, at in codes.embeddings.items()}
    return {name: values for name, values in known.items() if values is not None}


def _check_entries(entries: Mapping[str, Entry], expected: Expected) -> None:
    """Names, shapes and types, before anything is read."""
    optional = EMBEDDINGS | {NAMES}
    if not expected.arrays <= entries.keys() <= expected.arrays | optional:
        odd = ", ".join(sorted(expected.arrays ^ (entries.keys() - optional))[:4])[:200]
        raise ValueError(f"missing or unknown arrays ({odd})")
    count, dims = (*entries["mu"].shape, 0)[0], expected.latent_dim
    if not 0 < count <= MOST_IMAGES:
        raise ValueError(f"mu has shape {entries['mu'].shape}")
    shapes = {"mu": (count, dims), "log_var": (count, dims), "tsne2": (count, 2), "tsne3": (count, 3)}
    for name, entry in entries.items():
        if entry.shape != shapes.get(name, (count,)) and (name != NAMES or len(entry.shape) != 1):
            raise ValueError(f"{name} has shape {entry.shape}")
        if entry.dtype not in TYPES.get(name, ("F16", "F32")):
            raise ValueError(f"{name} has type {entry.dtype}")


def _check_values(arrays: Tensors, classes: int) -> None:
    for name, array in arrays.items():
        is_variance = name == "log_var"  # that of a point is -inf
        if not (np.isfinite(array) | (is_variance & np.isneginf(array))).all():
            raise ValueError(f"{name} holds values that are not finite")
        if float((array if is_variance else np.abs(array)).max(initial=0)) > LARGEST.get(name, 1e12):
            raise ValueError(f"{name} holds values that are too large")
    if NAMES in arrays and len(Names(arrays[NAMES])) != len(arrays["mu"]):
        raise ValueError(f"there are {len(arrays['mu']):,} images and names of other ones")
    if classes and arrays["labels"].max() >= classes:
        raise ValueError(f"a label is {arrays['labels'].max()}, the data set has {classes} classes")


def _log_var(sd: Floats) -> Floats:
    """2 log sd, -inf where a code is a point."""
    with np.errstate(divide="ignore"):
        return 2 * np.log(sd)
