"""Several processes train one model as one process does."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from vae.images import sets
from vae.model import checkpoint
from vae.model.config import ModelConfig
from vae.training.parallel.draws import SharedGenerator, bernoulli, normal, uniform
from vae.training.parallel.team import Team
from vae.training.run import Run, fit
from vae.training.settings import TrainConfig

CPU = torch.device("cpu")
PATIENCE = 120.0  # seconds
TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "--max-restarts=1")
CONFIG = TrainConfig(
    model=ModelConfig(2, (16,)), dataset="digits", epochs=20, batch_size=50, ema=0.9, clip=5.0, warp=0.4
)
WORDS = (
    "--dataset digits --latent-dim 2 --hidden 16 --epochs 20 --batch-size 50 --ema 0.9 --clip 5 --warp 0.4"
)
SETTINGS = (*WORDS.split(), "--precision", "float32", "--device", "cpu")


def gradients(team: Team) -> list[Tensor]:
    """Of the loss of a batch of 24 images in float64, over all processes of the team, and its terms."""
    run = Run(CONFIG, 50, CPU, team)
    run.model.double()
    x = torch.rand(50, 784, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    figures = run._gradients(team.own(x))
    found = [figures, *(weight.grad for weight in run.model.parameters() if weight.grad is not None)]
    team.average(found)
    return found


@pytest.mark.parametrize(
    "draw",
    [
        lambda rows, generator: normal(rows, generator),
        lambda rows, generator: uniform(len(rows), 6, rows.device, generator),
        lambda rows, generator: bernoulli(rows, generator),
    ],
    ids=["normal", "uniform", "bernoulli"],
)
def test_the_processes_together_draw_what_one_draws(draw: Any) -> None:
    rows = torch.rand(12, 7)
    alone = torch.Generator().manual_seed(3)
    shared = [SharedGenerator.of(CPU, rank, 3).manual_seed(3) for rank in range(3)]
    for _ in range(2):
        whole = draw(rows, alone)
        for rank, generator in enumerate(shared):
            assert torch.equal(draw(rows[rank::3], generator), whole[rank::3])


def test_two_processes_have_the_gradient_of_one_in_float64(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")  # torch is there already
    team = [context.Process(target=write_gradients, args=(tmp_path, rank)) for rank in (0, 1)]
    for process in team:
        process.start()
    for process in team:
        process.join(PATIENCE)
        assert process.exitcode == 0
    alone = gradients(Team())
    for rank in (0, 1):
        together = torch.load(tmp_path / str(rank), weights_only=True)
        assert len(together) == len(alone) == 9
        for one, other in zip(alone, together, strict=True):
            assert (one - other).abs().max() <= 1e-12 * one.abs().max()


def write_gradients(folder: Path, rank: int) -> None:
    meeting = (folder / "meeting").as_uri()
    torch.distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=2)
    torch.save(gradients(Team(rank, 2)), folder / str(rank))
    torch.distributed.destroy_process_group()


def test_two_processes_one_killed_end_as_one_process_alone(tmp_path: Path) -> None:
    """The second is killed in mid-course; torchrun starts both again, and they go on after the last epoch."""
    out, alone, log = (tmp_path / name for name in ("two.safetensors", "one.safetensors", "log"))
    command = (sys.executable, *TORCHRUN, "-m", "vae.train", *SETTINGS, "--out", str(out))
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with (
        log.open("w") as file,
        subprocess.Popen(command, env=environment, stdout=file, stderr=file) as training,
    ):
        try:
            while not (out.exists() and len(history(out)) > 0):
                assert training.poll() is None, log.read_text()
                time.sleep(0.02)
            os.kill(second_of(training.pid), signal.SIGKILL)
            assert training.wait(PATIENCE) == 0, log.read_text()
        finally:
            training.terminate()
    assert "signal 9" in log.read_text().lower()
    pixels = torch.from_numpy(sets.load("digits", "train").pixels).flatten(1)
    fit(Run(CONFIG, len(pixels), CPU), pixels, alone)
    nll = [[entry["nll"] for entry in history(path)] for path in (out, alone)]
    assert nll[0] == pytest.approx(nll[1], rel=1e-5)
    weights = checkpoint.load(out).weights
    for name, weight in checkpoint.load(alone).weights.items():
        np.testing.assert_allclose(weights[name], weight, atol=1e-4)


def test_a_batch_must_be_shared_out_evenly() -> None:
    with pytest.raises(ValueError, match="batch_size must be a multiple of the 3 processes, got 50"):
        Run(CONFIG, 100, CPU, Team(0, 3))


def test_implicit_models_are_trained_by_one_process() -> None:
    config = replace(CONFIG, model=ModelConfig(2, (16,), kind="avb"))
    with pytest.raises(ValueError, match="kind must be vae or autoencoder"):
        Run(config, 100, CPU, Team(0, 2))


def history(out: Path) -> list[dict[str, float]]:
    found: list[dict[str, float]] = checkpoint.describe(out).metrics["history"]
    return found


def second_of(torchrun: int) -> int:
    """The process of rank 1 that torchrun has started."""
    for process in Path(f"/proc/{torchrun}/task/{torchrun}/children").read_text().split():
        if b"\0RANK=1\0" in Path(f"/proc/{process}/environ").read_bytes():
            return int(process)
    raise AssertionError("torchrun has no second process")
