"""Several processes train one model as one process does."""

import multiprocessing
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from vae import train
from vae.images import sets
from vae.model import checkpoint
from vae.model.config import ModelConfig
from vae.training.parallel.draws import SharedGenerator, bernoulli, normal, uniform
from vae.training.parallel.team import Team, join, leave
from vae.training.run import Run, fit
from vae.training.settings import TrainConfig

pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # of Python 3.12

CPU = torch.device("cpu")
PATIENCE = 120.0  # seconds
CONFIG = TrainConfig(
    model=ModelConfig(2, (16,)), dataset="digits", epochs=20, batch_size=50, ema=0.9, clip=5.0, warp=0.4
)
WORDS = (
    "--dataset digits --latent-dim 2 --hidden 16 --epochs 20 --batch-size 50 --ema 0.9 --clip 5 --warp 0.4"
)
SETTINGS = (*WORDS.split(), "--precision", "float32", "--device", "cpu")


def start(work: Callable[[], object], restarts: int = 0) -> list[ForkProcess]:
    """Two processes in the environment that torchrun gives them; forked, as torch is there already."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    common = {"WORLD_SIZE": 2, "MASTER_ADDR": "localhost", "MASTER_PORT": port}
    context, team = multiprocessing.get_context("fork"), []
    for rank in (0, 1):
        names = {**common, "RANK": rank, "LOCAL_RANK": rank, "TORCHELASTIC_RESTART_COUNT": restarts}
        team.append(context.Process(target=in_environment, args=(names, work)))
        team[-1].start()
    return team


def in_environment(names: dict[str, Any], work: Callable[[], object]) -> None:
    os.environ.update({name: str(value) for name, value in names.items()})
    work()


def gradients(team: Team) -> list[Tensor]:
    """Of the loss of a batch of 50 images in float64, over all processes of the team, and its terms."""
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
    def write() -> None:
        team = join(CPU)
        torch.save(gradients(team), tmp_path / str(team.rank))
        leave()

    for process in start(write):
        process.join(PATIENCE)
        assert process.exitcode == 0
    alone = gradients(Team())
    for rank in (0, 1):
        together = torch.load(tmp_path / str(rank), weights_only=True)
        assert len(together) == len(alone) == 9
        for one, other in zip(alone, together, strict=True):
            assert (one - other).abs().max() <= 1e-12 * one.abs().max()


def test_two_processes_one_killed_end_as_one_process_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The second is killed in mid-course and the first gives up; both are started again, as torchrun does."""
    out, alone = (tmp_path / f"{name}.safetensors" for name in ("two", "one"))
    monkeypatch.setattr(sys, "argv", ["train", *SETTINGS, "--out", str(out)])
    first, second = start(train.main)
    while not (out.exists() and len(history(out)) > 0):
        assert first.is_alive()
        time.sleep(0.005)
    os.kill(second.pid or 0, signal.SIGKILL)
    first.join(PATIENCE)
    assert first.exitcode == 1
    assert "Another of the 2 processes has ended" in capfd.readouterr().err
    assert 0 < len(history(out)) < CONFIG.epochs
    for process in start(train.main, restarts=1):
        process.join(PATIENCE)
        assert process.exitcode == 0
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
