"""Writing a checkpoint: at any moment, a kill or a full disk leaves a file that loads."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from vae.model import catalogue, checkpoint, tensor_file
from vae.model.checkpoint import Description
from vae.training.vae import VAE

ROOT = Path(__file__).parents[2]


def test_a_stale_temporary_is_ignored_and_removed_by_a_later_write(
    saved: Path, model: VAE, description: Description
) -> None:
    names = ("tiny.safetensors.tmp", "tiny.safetensors.12.tmp", "tiny.safetensors.34.tmp", "other.56.tmp")
    old, stale, fresh, foreign = (saved.with_name(name) for name in names)
    for path in (old, stale, fresh, foreign):
        path.write_bytes(b"half a file")
        if path != fresh:
            os.utime(path, (1, 1))
    assert checkpoint.load(saved).description == description
    assert catalogue.model_names(saved.parent) == ("tiny",)
    checkpoint.save(saved, model.weights(), replace(description, seed=8))
    assert checkpoint.load(saved).description.seed == 8
    assert sorted(saved.parent.iterdir()) == sorted(
        (saved, fresh, foreign)
    )  # fresh: another may be writing it


def test_writers_of_one_path_do_not_meet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, flush = tmp_path / "shared.json", os.fsync

    def another_writes_meanwhile(descriptor: int) -> None:
        monkeypatch.setattr(os, "fsync", flush)
        tensor_file.write_atomically(path, b"the other's")
        assert path.read_bytes() == b"the other's"
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", another_writes_meanwhile)
    tensor_file.write_atomically(path, b"the last one's")
    assert path.read_bytes() == b"the last one's"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("broken", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file_and_no_temporary(
    saved: Path, model: VAE, description: Description, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os if broken == "fsync" else Path, broken, full)
    before = saved.read_bytes()
    with pytest.raises(OSError, match="No space left"):
        checkpoint.save(saved, model.weights(), replace(description, seed=8))
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


KILLS = """
import os, random, signal, sys, time
from dataclasses import replace
from pathlib import Path
import torch
from vae.model import checkpoint
from vae.training.vae import VAE

path, rounds = Path(sys.argv[1]), int(sys.argv[2])
first = checkpoint.load(path).description
model = VAE(first.config)

def write_for_ever():
    for seed in range(100, 10**6):
        checkpoint.save(path, model.weights(), replace(first, seed=seed))

def kill_at_the_flush():
    os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
    write_for_ever()

def child(run):
    pid = os.fork()
    if pid == 0:
        run()
        os._exit(1)
    return pid

seeds = [first.seed]
while len(seeds) <= rounds or max(seeds) < 100:  # until a kill came after a whole write, too
    pid = child(write_for_ever)
    time.sleep(random.Random(len(seeds)).uniform(0.005, 0.05))
    os.kill(pid, signal.SIGKILL)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    seeds.append(checkpoint.load(path).description.seed)  # raises if it is neither the old file nor a new one
before = path.read_bytes()
assert os.waitstatus_to_exitcode(os.waitpid(child(kill_at_the_flush), 0)[1]) == -signal.SIGKILL
assert path.read_bytes() == before
assert list(path.parent.glob("*.tmp"))
checkpoint.save(path, model.weights(), replace(first, seed=-1))
assert checkpoint.load(path).description.seed == -1
print("survived")
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs POSIX signals")
def test_a_kill_at_any_moment_leaves_a_file_that_loads(saved: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLS, str(saved), "15"],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.stdout.strip() == "survived", done.stderr
