"""Codes as a table to take along: a row for each image, CSV or Parquet."""

import csv
from io import BytesIO, StringIO
from typing import Any

import numpy as np

from vae.images.dataset import Dataset
from vae.model.codes import Codes


def csv_bytes(codes: Codes, dataset: Dataset, split: str = "test") -> bytes:
    """The table of `columns` as CSV, UTF-8, empty where a value is unknown."""
    found = columns(codes, dataset, split)
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(found)
    writer.writerows(zip(*(_words(values) for values in found.values()), strict=True))
    return text.getvalue().encode()


def parquet_bytes(codes: Codes, dataset: Dataset, split: str = "test") -> bytes:
    """The table of `columns` as a Parquet file."""
    import pyarrow
    from pyarrow import parquet

    file = BytesIO()
    parquet.write_table(pyarrow.table(dict(columns(codes, dataset, split))), file)
    return file.getvalue()


def columns(codes: Codes, dataset: Dataset, split: str = "test") -> dict[str, Any]:
    """Columns by name, (N,) each.

    `index` counts the split's images, `name` is an image's file, `label` and `class` are its class, `mu_1` to
    `mu_D` and `sd_1` to `sd_D` its q(z|x), `nll` and `kl` nats per image, `tsne2_1` and the like a map's
    coordinates. What is unknown is left out.
    """
    count = len(codes)
    found: dict[str, Any] = {"index": np.arange(count)}
    if codes.names is not None:
        found["name"] = list(codes.names)
    found["split"] = [split] * count
    if codes.labels is not None:
        found["label"] = codes.labels
        if dataset.class_names:
            found["class"] = [dataset.class_names[label] for label in codes.labels]
    arrays = {"mu": codes.mu, "sd": codes.sd}
    for name, array in (*arrays.items(), ("nll", codes.nll), ("kl", codes.kl), *_maps(codes)):
        if array is not None:
            found |= {name: array} if array.ndim == 1 else _numbered(name, array)
    return found


def _maps(codes: Codes) -> list[tuple[str, Any]]:
    return [(f"tsne{dims}", places) for dims, places in codes.embeddings.items()]


def _numbered(name: str, array: Any) -> dict[str, Any]:
    return {f"{name}_{k + 1}": np.ascontiguousarray(column) for k, column in enumerate(array.T)}


def _words(values: Any) -> list[Any]:
    """Values as a text has them: reals with as many digits as tell float32 apart."""
    if isinstance(values, np.ndarray) and values.dtype.kind == "f":
        return [f"{value:.9g}" for value in values]
    return list(values)
