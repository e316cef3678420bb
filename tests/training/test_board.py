"""What TensorBoard is told, read by its own reader."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from vae.model.config import ModelConfig
from vae.training import board
from vae.training.board import BoardError
from vae.training.evaluation import evaluate
from vae.training.run import Run, fit
from vae.training.settings import TrainConfig

CONFIG = TrainConfig(model=ModelConfig(2, (8,)), dataset="digits", epochs=2, batch_size=50)


@pytest.fixture
def pixels(digits: NDArray[Any]) -> torch.Tensor:
    return torch.from_numpy(digits[:100]).flatten(1)


def test_each_epoch_is_written_down(pixels: torch.Tensor, tmp_path: Path) -> None:
    run = Run(CONFIG, len(pixels), torch.device("cpu"))
    fit(run, pixels, tmp_path / "model.safetensors", on_epoch=board.writer(tmp_path / "board", run, pixels))
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    read = EventAccumulator(str(tmp_path / "board"))
    read.Reload()
    terms = evaluate(run.trained, pixels, samples=1, seed=0)
    for name, values in (
        ("nll/train", [entry["nll"] for entry in run.history]),
        ("ELBO/test", [terms.elbo.mean().item()]),
    ):
        found = [(event.step, event.value) for event in read.Scalars(name)][-len(values) :]
        assert found[-1][0] == 2
        np.testing.assert_allclose([value for _, value in found], values, rtol=1e-5)
    assert [event.step for event in read.Scalars("kl per dimension/2")] == [0, 1, 2]
    assert len(read.Images("samples")) == 3


def test_without_the_package_it_says_what_to_install(
    pixels: torch.Tensor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    run = Run(CONFIG, len(pixels), torch.device("cpu"))
    with pytest.raises(BoardError, match="pip install tensorboard"):
        board.writer(tmp_path, run, pixels)
