"""Kill trainings and their servers at random moments, and compare with a training that nobody touched.

    python -m tests.jobs.killing --kills 50 --seed 0

A server here is a process that does what the page does: it starts the training, and looks at it every moment.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vae import home
from vae.logbook import folder, looks
from vae.logbook.folder import ALIVE, Logbook
from vae.model import catalogue, checkpoint
from vae.model.tensor_file import opened

ROOT = Path(__file__).parents[2]
SETTINGS = (
    "--dataset digits --latent-dim 2 --hidden 24 --batch-size 100 --device cpu --precision float32 --seed 3"
)
CHOICES = ("trainer", "server")
PATIENCE = 300.0  # seconds
SERVE = """
import sys, time
from vae.jobs import durable
from vae.logbook import folder

book = folder.find(sys.argv[1])
durable.resume(book)
while book.state and book.progress is not None:
    time.sleep(0.05)
"""


def trainers(name: str) -> list[int]:
    """The processes of a training."""
    wanted = [sys.executable, "-m", "vae.jobs.trainer", name]
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode(errors="replace").split("\0")[:-1]
        except OSError:
            continue
        if words == wanted:
            found.append(int(path.parent.name))
    return found


def kill(pids: list[int]) -> None:
    """At once, without a word."""
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def wait(book: Logbook, *states: str) -> None:
    """Until the training stands so."""
    deadline = time.monotonic() + PATIENCE
    while book.state not in states:
        assert time.monotonic() < deadline, (book.state, book.sentence, book.log.read_text()[-2000:])
        time.sleep(0.02)


@dataclass
class Tally:
    """What was killed, and where that found the training."""

    trainers: int = 0
    servers: int = 0
    finished: int = 0  # trainings that came to their end
    epochs: list[int] | None = None  # at which a trainer was killed


def torment(name: str, epochs: int, kills: int, rng: random.Random, longest: float, tally: Tally) -> int:
    """One training to its end, killed up to so often; returns how often it was."""
    book, done = folder.create(name, [*SETTINGS.split(), "--epochs", str(epochs)]), 0
    while book.state not in ("done", "failed"):
        server = subprocess.Popen([sys.executable, "-c", SERVE, name], cwd=ROOT)
        try:
            wait(book, *ALIVE, "done")
            if done < kills:
                done += _one_kill(book, server, rng, longest, tally)
            else:
                wait(book, "done", "failed")
        finally:
            server.kill()
            server.wait()
    assert book.state == "done", book.sentence
    tally.finished += 1
    return done


def _one_kill(
    book: Logbook, server: "subprocess.Popen[bytes]", rng: random.Random, longest: float, tally: Tally
) -> bool:
    """Kill one of the two after a while; whether there was anything to kill."""
    until, wanted = time.monotonic() + rng.uniform(0, longest), rng.choice(CHOICES)
    while time.monotonic() < until and book.state in ALIVE:
        time.sleep(0.003)
    pids = trainers(book.name)
    if not pids or book.state not in ALIVE:
        return False
    if wanted == "server":
        server.kill()
        server.wait()
        assert set(trainers(book.name)) <= set(pids)
        assert book.state in (*ALIVE, "done"), book.sentence
        tally.servers += 1
        return True
    kill(pids)
    wait(book, "killed", "done")
    check(book)
    tally.trainers += 1
    tally.epochs = [*(tally.epochs or []), len(book.progress) - 1]
    return True


def check(book: Logbook) -> None:
    """All that lies in the folder of a training that was killed can be read."""
    epochs = [line["epoch"] for line in book.progress]
    assert epochs == list(range(len(epochs)))
    if book.checkpoint.exists():
        checkpoint.load(book.checkpoint)
    for epoch in looks.epochs(book.path):
        looks.decoder(book.path, epoch)
    assert "killed" in book.sentence or book.state == "done"


def content(name: str) -> dict[str, Any]:
    """All that a training leaves, but for times and its name."""
    book = Logbook(name)
    state = torch.load(book.checkpoint.with_suffix(".resume"), weights_only=True)
    found = {"state": _plain({key: value for key, value in state.items() if key != "seconds"})}
    found["model"] = _plain(dict(checkpoint.load(book.checkpoint).weights))
    found["progress"] = [{k: v for k, v in line.items() if k != "seconds"} for line in book.progress]
    for epoch in looks.epochs(book.path):
        with opened(looks.path(book.path, epoch), "") as file:
            found[f"look {epoch}"] = _plain(dict(file.tensors()))
    released = checkpoint.load(catalogue.model_path(name))
    found["released"] = _plain(dict(released.weights))
    found["elbo"] = released.description.metrics["elbo"]
    with opened(catalogue.codes_path(catalogue.model_path(name)), "") as file:
        found["codes"] = _plain(dict(file.tensors()))
    return found


def _plain(value: Any) -> Any:
    """Arrays as their bytes, so that == compares to the bit."""
    if isinstance(value, torch.Tensor):
        value = value.numpy()
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.jobs.killing", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--longest", type=float, default=10.0, help="seconds until a kill, at most")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    rng, tally, began = random.Random(args.seed), Tally(), time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        os.environ["VAE_HOME"] = place
        assert home.folder("runs").parent == Path(place)
        torment("untouched", args.epochs, 0, rng, 1.0, tally)
        untouched, left, number = content("untouched"), args.kills, 0
        while left > 0:
            number += 1
            left -= torment(f"victim-{number}", args.epochs, left, rng, args.longest, tally)
            assert content(f"victim-{number}") == untouched, f"victim-{number} differs"
            print(f"{args.kills - left} kills, victim-{number} is as if untouched", flush=True)
    print(json.dumps({**vars(tally), "seconds": round(time.monotonic() - began)}))


if __name__ == "__main__":
    main()
