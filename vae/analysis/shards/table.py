"""A shard as a Parquet file: a row for each image, whole or not there."""

import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae.analysis.shards.batch import Batch, Images, Shard, ShardError
from vae.model.tensor_file import remove_stale

Floats = NDArray[np.float32]
KEY = b"vae.encode"  # of what a file says about itself


@dataclass(frozen=True)
class Posteriors:
    """q(z|x) of B images.

    Arguments:
        mu: Mean code, (B, D).
        sd: Standard deviation in each dimension, (B, D); 0 for a point.
        kl: KL(q(z|x) || p(z)), (B,) nats per image, where it has a closed form.
    """

    mu: Floats
    sd: Floats
    kl: Floats | None


Encode = Callable[[NDArray[np.uint8]], Posteriors]


def write(path: Path, images: Images, shard: Shard, model: str, encode: Encode) -> int | None:
    """Write the shard of the images' codes, atomically; returns its rows, None where it was there already.

    Arguments:
        path: Where it is written.
        images: All images.
        shard: Which of them.
        model: The model's fingerprint.
        encode: q(z|x) of images (B, H, W, C) in bytes.

    Raises:
        ShardError: if there is a file already that is of something else, or the disk is full.
    """
    about = {"model": model, "images": images.fingerprint, "shard": shard.number, "of": shard.count}
    if path.exists():
        _check(path, about)
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_stale(path)
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        rows = _fill(temporary, images.batches(shard), encode, about)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise ShardError(f"{path} could not be written: {error.strerror}.") from error
    finally:
        temporary.unlink(missing_ok=True)
    return rows


def _check(path: Path, about: Mapping[str, Any]) -> None:
    """That a file is the shard that would be written."""
    import pyarrow.parquet

    try:
        said = pyarrow.parquet.read_schema(path).metadata or {}
        known = json.loads(said.get(KEY, b"{}"))
    except (OSError, ValueError) as error:  # pyarrow's own are among them
        raise ShardError(f"{path} is damaged: {error}. Remove it and start again.") from error
    if known != about:
        raise ShardError(f"{path} is of another model or of other images; choose another --to.")


def _fill(path: Path, batches: Iterator[Batch], encode: Encode, about: Mapping[str, Any]) -> int:
    """Write all batches; returns the number of rows."""
    import pyarrow.parquet

    writer, rows = None, 0
    try:
        for batch in batches:
            table = _table(batch, encode(batch.pixels), about)
            writer = writer or pyarrow.parquet.ParquetWriter(path, table.schema, compression="zstd")
            writer.write_table(table)
            rows += len(table)
    finally:
        if writer:
            writer.close()
    if not writer:
        raise ShardError("This shard has no images; ask for fewer shards.")
    return rows


def _table(batch: Batch, codes: Posteriors, about: Mapping[str, Any]) -> Any:
    """A pyarrow table; of an image that cannot be used the codes are null."""
    import pyarrow

    faulty = np.array([bool(fault) for fault in batch.faults])
    count, latent_dim = codes.mu.shape

    def floats(values: Floats) -> Any:
        return pyarrow.array(np.ascontiguousarray(values), pyarrow.float32(), mask=faulty)

    columns = {
        "index": pyarrow.array(np.asarray(batch.index), pyarrow.int64()),
        "name": pyarrow.array(batch.names, pyarrow.string()),
        "split": pyarrow.array([batch.split] * count, pyarrow.string()),
        "label": pyarrow.array(batch.labels, pyarrow.int64()),
        "class": pyarrow.array(batch.classes, pyarrow.string()),
        **{f"mu_{k + 1}": floats(codes.mu[:, k]) for k in range(latent_dim)},
        **{f"sd_{k + 1}": floats(codes.sd[:, k]) for k in range(latent_dim)},
        "kl": pyarrow.nulls(count, pyarrow.float32()) if codes.kl is None else floats(codes.kl),
        "fault": pyarrow.array([fault or None for fault in batch.faults], pyarrow.string()),
    }
    table = pyarrow.table(columns)
    return table.replace_schema_metadata({KEY: json.dumps(about)})
