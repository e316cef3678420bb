"""Shards of codes: each image exactly once, whole or not there; of data sets and of archives."""

import io
import os
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet
import pytest
from PIL import Image

from vae import encode, explorer
from vae.analysis.shards import table
from vae.analysis.shards.batch import Shard
from vae.images import sets

MODEL = "digits-vae-2d"


def rows_of(folder: Path) -> list[dict[str, Any]]:
    """Of all shards in a folder, in the order of their names."""
    return [
        row
        for path in sorted(folder.glob("*.parquet"))
        for row in pyarrow.parquet.read_table(path).to_pylist()
    ]


def codes_of(rows: Sequence[dict[str, Any]], part: str) -> np.ndarray:
    return np.array([[row[f"{part}_1"], row[f"{part}_2"]] for row in rows])


def png(image: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image[..., 0]).save(buffer, "PNG")
    return buffer.getvalue()


def pack(path: Path, files: dict[str, bytes]) -> None:
    with tarfile.open(path, "w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def test_the_shards_of_a_data_set_hold_each_image_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in (2, 0, 1):
        encode.main([MODEL, "--shard", f"{number}/3", "--to", str(tmp_path)])
    rows, counts = rows_of(tmp_path), {split: len(sets.load("digits", split)) for split in sets.SPLITS}
    assert [(row["split"], row["index"]) for row in rows] == [
        (split, index) for split in sets.SPLITS for index in range(counts[split])
    ]
    model, test = explorer.load(MODEL), sets.load("digits", "test")
    q = model.encode(test.floats())
    own = rows[counts["train"] :]
    np.testing.assert_allclose(codes_of(own, "mu"), q.mu, atol=1e-3)
    np.testing.assert_allclose(codes_of(own, "sd"), q.sd, rtol=1e-3)
    kl = q.kl_per_dim()
    assert kl is not None
    np.testing.assert_allclose([row["kl"] for row in own], kl.sum(axis=1), rtol=1e-3)
    assert test.labels is not None
    assert [row["label"] for row in own] == test.labels.tolist()
    assert [row["class"] for row in own] == [str(label) for label in test.labels]
    capsys.readouterr()
    written = (tmp_path / f"{MODEL}-00001-of-00003.parquet").stat()
    encode.main([MODEL, "--shard", "1/3", "--to", str(tmp_path)])
    assert "is there already" in capsys.readouterr().out
    assert (tmp_path / f"{MODEL}-00001-of-00003.parquet").stat() == written


def test_a_killed_shard_leaves_nothing_and_is_written_by_the_next_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object) -> Any:
        raise Killed

    words = [MODEL, "--shard", "0/2", "--split", "test", "--to", str(tmp_path)]
    with monkeypatch.context() as patched:
        patched.setattr(table, "_table", killed)
        with pytest.raises(Killed):
            encode.main(words)
    left = tmp_path / f"{MODEL}-00000-of-00002.parquet.0f0f.tmp"
    left.write_bytes(b"of a job that kill -9 ended")
    os.utime(left, (0, 0))
    assert rows_of(tmp_path) == []
    encode.main(words)
    assert len(rows_of(tmp_path)) == len(sets.load("digits", "test")) // 2
    assert not left.exists()


def test_a_shard_of_something_else_is_not_taken_for_done(tmp_path: Path) -> None:
    words = ["--shard", "0/1", "--split", "test", "--to", str(tmp_path)]
    encode.main([MODEL, *words])
    with pytest.raises(SystemExit, match="is of another model or of other images; choose another --to"):
        encode.main([MODEL, *words, "--split", "all"])
    path = tmp_path / f"{MODEL}-00000-of-00001.parquet"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(SystemExit, match=r"is damaged: .* Remove it and start again"):
        encode.main([MODEL, *words])


def test_archives_are_read_sample_by_sample(tmp_path: Path) -> None:
    test = sets.load("digits", "test")
    for archive in range(3):
        files: dict[str, bytes] = {}
        for k in range(archive, 12, 3):
            files |= {f"a.b/{k:04d}.png": png(test.pixels[k]), f"a.b/{k:04d}.cls": str(k % 10).encode()}
        pack(tmp_path / f"part-{archive:02d}.tar", files)
    place, to = str(tmp_path / "part-{00..02}.tar"), tmp_path / "codes"
    for number in range(2):
        encode.main([MODEL, "--shard", f"{number}/2", "--images", place, "--to", str(to)])
    rows = sorted(rows_of(to), key=lambda row: str(row["name"]))
    assert [row["name"] for row in rows] == [f"a.b/{k:04d}.png" for k in range(12)]
    assert [(row["label"], row["class"], row["split"]) for row in rows] == [
        (k % 10, None, f"part-{k % 3:02d}.tar")
        for k in range(12)  # the archives name no class
    ]
    q = explorer.load(MODEL).encode(test.floats(slice(12)))
    np.testing.assert_allclose(codes_of(rows, "mu"), q.mu, atol=1e-3)
    with pytest.raises(SystemExit, match="There are 3 archives for 4 shards"):
        encode.main([MODEL, "--shard", "0/4", "--images", str(tmp_path), "--to", str(to)])


def test_what_is_wrong_in_an_archive_is_said(tmp_path: Path) -> None:
    good = png(sets.load("digits", "test").pixels[0])
    pack(
        tmp_path / "a.tar",
        {"1.png": good, "2.png": good[:80], "3.txt": b"words", "4.png": b"", "4.cls": b"cat"},
    )
    words = [MODEL, "--shard", "0/1", "--images", str(tmp_path / "a.tar"), "--to", str(tmp_path)]
    encode.main(words)
    rows = rows_of(tmp_path)
    assert [row["name"] for row in rows] == ["1.png", "2.png", "4.png"]
    assert (
        [row["fault"] is None for row in rows]
        == [row["mu_1"] is not None for row in rows]
        == [True, False, False]
    )
    assert "damaged or incomplete PNG" in rows[1]["fault"]
    assert rows[2]["class"] == "cat"
    (tmp_path / "b.tar").write_bytes((tmp_path / "a.tar").read_bytes()[:700])
    with pytest.raises(SystemExit, match=r"b\.tar cannot be read to its end"):
        encode.main([*words[:3], "--images", str(tmp_path / "b.tar"), "--to", str(tmp_path / "b")])
    assert list((tmp_path / "b").iterdir()) == []


@pytest.mark.parametrize("text", ["3/3", "-1/3", "1", "0/0", "a/b", "1/2/3"])
def test_a_shard_that_does_not_exist(text: str) -> None:
    with pytest.raises(ValueError, match="shard"):
        Shard.of(text)


@pytest.mark.parametrize(("total", "count"), [(10, 3), (2, 5), (1_000_000_007, 64)])
def test_rows_are_shared_out_once_and_evenly(total: int, count: int) -> None:
    parts = [Shard(number, count).rows(total) for number in range(count)]
    assert [part.start for part in parts] == [0, *(part.stop for part in parts[:-1])]
    assert parts[-1].stop == total
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
