"""A step captured as a CUDA graph is the step that it was captured from; needs a GPU."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from vae.model.config import ModelConfig
from vae.training.adversarial.settings import CriticConfig
from vae.training.descent.captured import Captured, is_capturing
from vae.training.run import Run
from vae.training.settings import TrainConfig

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
CONFIG = TrainConfig(
    model=ModelConfig(latent_dim=3, hidden=(64,)), epochs=2, batch_size=50, clip=1.0, ema=0.9, warp=0.5
)
ADVERSARIAL = replace(
    CONFIG,
    model=ModelConfig(latent_dim=3, hidden=(64,), kind="avb"),
    pixels="binarised",
    kl_rise=0.5,
    beta1=0.5,
    critic=CriticConfig(critic_width=32, critic_before=5, critic_steps=2),
)


def pixels(device: torch.device) -> Tensor:
    drawn = torch.rand(300, 784, generator=torch.Generator().manual_seed(0)) * 255
    return drawn.to(torch.uint8).to(device)


def test_no_graph_is_captured_on_the_cpu() -> None:
    assert not is_capturing(torch.ones(3))


@needs_gpu
@pytest.mark.parametrize("config", [CONFIG, ADVERSARIAL], ids=["vae", "avb"])
def test_the_weights_end_as_those_of_uncaptured_steps(
    config: TrainConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = torch.device("cuda")
    ends = []
    for uses_graph in (True, False):
        run = Run(config, 300, device)
        if not uses_graph:
            monkeypatch.setattr(Captured, "__init__", _uncaptured)
            monkeypatch.setattr(Captured, "__call__", lambda self, x: self.gradients(x))
        for _ in range(config.epochs):
            run.train_epoch(pixels(device), lambda *_: None)
        ends.append((run.history, run.trained.weights()))
    (history, weights), (plain_history, plain) = ends
    for epoch, other in zip(history, plain_history, strict=True):
        assert epoch == pytest.approx(other, rel=1e-4)
    for name, tensor in weights.items():
        torch.testing.assert_close(
            torch.from_numpy(tensor), torch.from_numpy(plain[name]), rtol=1e-3, atol=1e-4
        )


def _uncaptured(self: Captured, gradients: object, *_: object) -> None:
    self.__dict__["gradients"] = gradients
