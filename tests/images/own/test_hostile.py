"""Hostile and damaged files are left out and named; what was there stays, and half a set is never offered."""

import io
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from threading import Timer
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from filelock import FileLock
from PIL import Image

from tests.images.own.conftest import levels, png, write
from vae import data
from vae.images import sets
from vae.images.own import adding, manifest, reading, store
from vae.images.own.adding import Stopped
from vae.images.own.manifest import OwnImagesError
from vae.images.own.plan import Batch
from vae.images.own.reading import Progress, Reading, Stage, Task
from vae.images.own.sources import pictures
from vae.images.own.sources.pictures import AT_ONCE

ROOT = Path(__file__).parents[3]
GOOD = {f"{at}.png": png(at + 30) for at in range(4)}


def saved(picture: Image.Image, kind: str, **more: object) -> bytes:
    content = io.BytesIO()
    picture.save(content, kind, **more)
    return content.getvalue()


def report(name: str = "mine") -> dict[str, str]:
    text = (manifest.folder(name) / manifest.REPORT).read_text(encoding="utf-8")
    return {line.split(",")[0]: line for line in text.splitlines()}


def test_a_folder_of_everything(tmp_path: Path) -> None:
    path = write(
        tmp_path / "in",
        {
            **GOOD,
            "empty.png": b"",
            "half.png": png()[:60],
            "words.png": b"no picture",
            "deep.png": saved(Image.fromarray(np.full((28, 28), 40_000, np.uint16)), "PNG"),
            "film.gif": saved(
                Image.new("L", (28, 28), 10),
                "GIF",
                save_all=True,
                append_images=[Image.new("L", (28, 28), 99)],
            ),
            "wide.png": png(size=(400, 3)),
            "palette.png": png(1, mode="P"),
            "clear.png": png(7, mode="LA"),
            "Ω ليل 猫\u202e\n.png": png(77),
            ".DS_Store": b"x",
        },
    )
    (path / "link.png").symlink_to(path / "0.png")
    (path / "out").symlink_to("/etc")
    os.mkfifo(path / "pipe.png")
    (path / os.fsdecode(b"caf\xe9.png")).write_bytes(png(78))
    found = adding.add("mine", path, side=28, channels=1)
    said, middle = report(), levels("mine")
    reasons = {
        "empty.png": "empty",
        "half.png": "damaged or incomplete PNG",
        "words.png": "a text file",
        "wide.png": "too narrow",
        "link.png": "a link",
        "out": "a link",
        "pipe.png": "no file",
    }
    for name, reason in reasons.items():
        assert "skipped" in said[name]
        assert reason in said[name]
        assert name not in middle
    assert found.skipped == len(reasons)
    assert middle["deep.png"] == round(40_000 / 257)
    assert (middle["film.gif"], "first frame" in said["film.gif"]) == (10, True)
    assert middle["Ω ليل 猫\ufffd\ufffd.png"] == 77
    assert middle["caf\ufffd.png"] == 78
    assert ".DS_Store" not in said


def test_an_archive_of_traps(tmp_path: Path) -> None:
    path = tmp_path / "in.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in GOOD.items():
            archive.writestr(name, content)
        for name in ("../up.png", "/root.png", "C:\\windows.png", "a/../../b.png"):
            archive.writestr(zipfile.ZipInfo(name), png())
        link = zipfile.ZipInfo("link.png")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("large.png", bytes(26 * 2**20))
        archive.writestr("inner.zip", b"PK\x03\x04")
        archive.writestr("__MACOSX/0.png", b"x")
    found = adding.add("mine", path)
    said = report()
    assert (found.train + found.test, found.skipped) == (4, 7)
    for name in ("../up.png", "/root.png", "C:/windows.png", "a/../../b.png"):
        assert "leads out of the archive" in said[name]
    assert "a link" in said["link.png"]
    assert "too large (26.0 MB)" in said["large.png"]
    assert "a ZIP archive" in said["inner.zip"]
    assert not (tmp_path / "up.png").exists()


def test_a_damaged_file_of_an_archive_is_left_out(tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, each in GOOD.items():
            archive.writestr(name, each)
    broken = bytearray(content.getvalue())
    broken[broken.index(GOOD["2.png"]) + 40] ^= 0xFF
    adding.add("mine", write(tmp_path, {"in.zip": bytes(broken)}) / "in.zip")
    assert "damaged within the archive" in report()["2.png"]
    assert set(levels("mine")) == {"0.png", "1.png", "3.png"}


def test_zip_bombs_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "in.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0.png", bytes(2**20))
        archive.filelist *= (
            5000  # the same megabyte again and again, as bombs whose files lie over each other
        )
    with pytest.raises(OwnImagesError, match="lie over each other"):
        adding.add("mine", path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0.png", bytes(2**20))
        archive.filelist[0].file_size = 2**33
    with pytest.raises(OwnImagesError, match=r"unpacks to [\d,]+ times its size"):
        adding.add("mine", path)


def test_what_is_removed_lies_in_the_home(tmp_path: Path, home: Path) -> None:
    """Neither what a link in a set leads to goes with it, nor what a set that is a link leads to."""
    kept = write(tmp_path / "kept", {"0.png": png(1), "1.png": png(2)})
    for name in ("linked", "holds"):
        adding.add(name, kept)
    place = home / "images"
    (place / "holds" / "link").symlink_to(kept)
    moved = (place / "linked").rename(tmp_path / "elsewhere")
    (place / "linked").symlink_to(moved)
    (place / "no set").mkdir()
    for name in ("../../kept", "no set", ".", "", "linked", "holds", "gone"):
        reading.remove(name)
    assert [path.name for path in place.iterdir()] == ["no set"]
    assert len(list(kept.iterdir())) == 2
    assert (moved / "manifest.json").is_file()


def test_a_set_that_is_read_is_not_removed(tmp_path: Path) -> None:
    adding.add("mine", write(tmp_path / "in", {f"{at}.png": png(at + 1) for at in range(3)}))
    reading.begin("mine", Task(tmp_path / "in"))
    with reading.held("mine"), pytest.raises(OwnImagesError, match="are being read into the set mine"):
        reading.remove("mine")
    assert manifest.exists("mine")


def test_a_reading_that_has_become_a_set_never_looks_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[Reading | None] = []

    def remove(folder: Path, ignore_errors: bool) -> None:
        for each in sorted(folder.rglob("*"), key=lambda path: path.name != reading.LOCK):
            if each.is_file():
                each.unlink()
                found.append(reading.look("mine"))

    path = write(tmp_path / "in", {f"{at}.png": png(at + 1) for at in range(3)})
    with monkeypatch.context() as patched:
        patched.setattr(store, "shutil", SimpleNamespace(rmtree=remove, copy=shutil.copy))
        adding.add("mine", path)
    assert manifest.exists("mine")
    assert len(found) > 5
    assert set(found) == {None}


def test_who_looks_is_not_taken_for_who_reads(tmp_path: Path) -> None:
    path = write(tmp_path / "in", {f"{at}.png": png(at + 1) for at in range(3)})
    reading.begin("mine", Task(path))
    looking = FileLock(store.part("mine") / reading.LOCK, thread_local=False)
    looking.acquire()
    Timer(0.2, looking.release).start()
    adding.add("mine", path)
    assert manifest.exists("mine")


def test_names_in_a_table_stay_in_its_folder(tmp_path: Path) -> None:
    write(tmp_path, {"secret.png": png(1)})
    path = write(tmp_path / "in", GOOD)
    (path / "link").symlink_to(tmp_path)
    names = [*GOOD, "../secret.png", str(tmp_path / "secret.png"), "link/secret.png", "gone.png"]
    write(path, {"in.csv": "\n".join(["file", *names]).encode()})
    adding.add("mine", path / "in.csv")
    assert set(levels("mine")) == set(GOOD)
    assert "No such file" in report()["gone.png"]


@pytest.mark.parametrize("count", [0, 1])
def test_less_than_two_images_are_no_set(tmp_path: Path, count: int) -> None:
    path = write(tmp_path / "in", {"words.txt": b"x", **dict(list(GOOD.items())[:count])})
    with pytest.raises(OwnImagesError, match=f"{count} could be used. Most .*: .*text file"):
        adding.add("mine", path)
    assert "mine" not in sets.names()
    assert "text file" in (store.part("mine") / manifest.REPORT).read_text()


def stop_at(done: int, stage: Stage = "reading") -> Callable[[Progress], None]:
    def on_progress(now: Progress) -> None:
        if now.stage == stage and now.done >= done:
            raise Stopped("stopped")

    return on_progress


def test_a_stopped_reading_goes_on(tmp_path: Path) -> None:
    path = write(tmp_path / "in", {f"{at:04}.png": png(at % 200 + 20) for at in range(300)})
    adding.add("whole", path)
    with pytest.raises(Stopped):
        adding.add("mine", path, on_progress=stop_at(1))
    assert not sets.available("mine")
    with (store.part("mine") / "pixels").open("ab") as file:
        file.write(b"of a batch that a kill cut short")
    told: list[Progress] = []
    adding.add("mine", path, on_progress=lambda now: told.append(now))
    assert (
        min(each.done for each in told if each.stage == "reading") > AT_ONCE
    )  # the first batch was not read again
    assert levels("mine") == levels("whole")
    assert report() == report("whole")
    assert not store.part("mine").exists()


def test_a_reading_that_was_stopped_while_images_are_put_in_order_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "in", {f"{at:04}.png": png(at % 200 + 20) for at in range(300)})
    adding.add("whole", path)
    monkeypatch.setattr(store, "CHUNK_BYTES", 50 * 28 * 28)
    with pytest.raises(Stopped):
        adding.add("mine", path, on_progress=stop_at(100, "mixing"))
    found = reading.look("mine")
    assert found is not None
    assert found.state == "stopped"
    assert found.progress is not None
    assert (found.progress.stage, found.progress.done, found.progress.total) == ("mixing", 100, 300)
    told: list[Progress] = []
    adding.add("mine", path, on_progress=told.append)
    assert [now.done for now in told] == [
        50,
        100,
        150,
        200,
        250,
        270,
        300,
    ]  # training images, then test images
    assert levels("mine") == levels("whole")


def test_other_files_are_read_from_the_beginning(tmp_path: Path) -> None:
    path = write(tmp_path / "in", {f"{at:04}.png": png(at % 200 + 20) for at in range(200)})
    with pytest.raises(Stopped):
        adding.add("mine", path, on_progress=stop_at(1))
    write(path, {"0000a.png": png(3)})
    assert adding.add("mine", path).train + adding.add("again", path).test == 201


KILLED = """
import os, signal, sys
from pathlib import Path
from vae.images.own import adding
adding.KEEP_SECONDS = 0
seen = []
def on_progress(now):
    seen.append(now)
    if len(seen) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
adding.add("mine", Path(sys.argv[1]), on_progress=on_progress)
"""


def test_kills_lose_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "in", {f"{at:04}.png": png(at % 200 + 20) for at in range(400)})
    for at in (1, 2):
        done = subprocess.run([sys.executable, "-c", KILLED, str(path), str(at)], cwd=ROOT, check=False)
        assert done.returncode == -signal.SIGKILL
        assert sets.names() == sets.NAMES
    adding.add("mine", path)
    assert levels("mine") == {f"{at:04}.png": at % 200 + 20 for at in range(400)}


def test_the_command_stops_at_a_signal_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "in", {f"{at:04}.png": png(at % 200 + 20) for at in range(100)})
    read = pictures.batch

    def interrupted(*arguments: Any) -> Batch:
        os.kill(os.getpid(), signal.SIGTERM)
        return read(*arguments)

    monkeypatch.setattr(pictures, "batch", interrupted)
    with pytest.raises(SystemExit) as stop:
        data.main(["add", "mine", str(path)])
    assert stop.value.code == 143
    assert "the same command goes on" in capsys.readouterr().err
    monkeypatch.setattr(pictures, "batch", read)
    data.main(["add", "mine", str(path)])
    assert len(levels("mine")) == 100


def test_two_readers_of_a_set_do_not_meet(tmp_path: Path) -> None:
    path = write(tmp_path / "in", GOOD)

    def other(now: Progress) -> None:
        with pytest.raises(OwnImagesError, match="being read into the set mine already"):
            adding.add("mine", path)

    adding.add("mine", path, on_progress=other)
    with pytest.raises(OwnImagesError, match="There is a set mine already"):
        adding.add("mine", path)
    assert len(levels("mine")) == len(GOOD)


def test_too_little_disk_is_said_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adding.shutil, "disk_usage", lambda place: _Usage())
    with pytest.raises(OwnImagesError, match=r"need 0\.0 GB of disk"):
        adding.add("mine", write(tmp_path / "in", GOOD))


class _Usage:
    free = 10
