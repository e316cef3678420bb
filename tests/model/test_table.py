"""Codes as tables: every column of every image, with the file that it is."""

import csv
from io import BytesIO

import numpy as np
import pytest
from pyarrow import parquet

from vae.images.dataset import Dataset
from vae.images.spec import ImageSpec
from vae.model.codes import Codes
from vae.model.outside import table

SPEC = ImageSpec(8, 8, 1)
PETS = Dataset("pets", SPEC, ("cat", "dog"))
NAMES = ("cats/a, b.png", 'dogs/"x".png', "猫/三.png")
NOISE = np.random.default_rng(0)
CODES = Codes(
    NOISE.standard_normal((3, 2), np.float32),
    NOISE.random((3, 2), np.float32),
    np.array([0, 1, 0]),
    np.array([1.5, 2.25, 1 / 3], np.float32),
    np.array([0.5, 0.1, 0.2], np.float32),
    {2: NOISE.standard_normal((3, 2), np.float32)},
    NAMES,
)


def test_csv_gives_back_every_number_and_name() -> None:
    rows = list(csv.DictReader(table.csv_bytes(CODES, PETS).decode().splitlines()))
    assert [row["name"] for row in rows] == list(NAMES)
    assert [row["class"] for row in rows] == ["cat", "dog", "cat"]
    assert [int(row["index"]) for row in rows] == [0, 1, 2]
    for column, values in (("mu_2", CODES.mu[:, 1]), ("sd_1", CODES.sd[:, 0]), ("nll", CODES.nll)):
        np.testing.assert_array_equal(np.array([row[column] for row in rows], np.float32), values)
    np.testing.assert_array_equal(
        np.array([row["tsne2_1"] for row in rows], np.float32), CODES.embeddings[2][:, 0]
    )


def test_parquet_has_the_same_columns() -> None:
    found = parquet.read_table(BytesIO(table.parquet_bytes(CODES, PETS)))
    first = next(csv.reader(table.csv_bytes(CODES, PETS).decode().splitlines()))
    assert found.column_names == first
    assert found["name"].to_pylist() == list(NAMES)
    np.testing.assert_array_equal(found["mu_1"].to_numpy(), CODES.mu[:, 0])
    assert str(found["mu_1"].type) == "float"


@pytest.mark.parametrize("make", [table.csv_bytes, table.parquet_bytes])
def test_what_is_unknown_is_left_out(make: object) -> None:
    bare = Codes(CODES.mu, CODES.sd)
    assert list(table.columns(bare, Dataset("blobs", SPEC))) == [
        "index",
        "split",
        "mu_1",
        "mu_2",
        "sd_1",
        "sd_2",
    ]
    assert make(bare, Dataset("blobs", SPEC))  # type: ignore[operator]
