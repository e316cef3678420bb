"""The stages of a network against what PyTorch's layers give, and their words."""

from dataclasses import replace
from typing import get_args

import pytest
import torch
from torch import nn

from tests.twins import TWINS, Twin
from vae.images.spec import ImageSpec
from vae.model.config import Coder, ModelConfig
from vae.model.stages import Stage, in_words, stages
from vae.training.networks import FromCanvas, Residual

LAYERS = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)


@pytest.mark.parametrize("coder", get_args(Coder))
@pytest.mark.parametrize("twin", TWINS.values(), ids=list(TWINS))
@torch.no_grad()
def test_a_stage_has_the_shape_that_torchs_layers_give(twin: Twin, coder: Coder) -> None:
    values = torch.zeros(1, twin.config.image_spec.size if coder == "encoder" else twin.config.latent_dim)
    expected = [Stage(tuple(values.shape[1:]))]
    for module in getattr(twin.in_torch(), coder):
        values = module(values)
        expected += [Stage(())] if isinstance(module, LAYERS) else []
        expected[-1] = _after(module, values, expected[-1])
    assert [replace(stage, by=None) for stage in stages(twin.config, coder)] == expected


def _after(module: nn.Module, values: torch.Tensor, stage: Stage) -> Stage:
    """What a module leaves of a stage; flattened and cropped values are no stage of their own."""
    shape = stage.shape if isinstance(module, nn.Flatten | FromCanvas) else tuple(values.shape[1:])
    blocks = stage.blocks + isinstance(module, Residual)
    weights = stage.weights + sum(parameter.numel() for parameter in module.parameters())
    return Stage(shape, None, blocks, weights)


@pytest.mark.parametrize(
    ("config", "encoder", "decoder"),
    [
        (
            ModelConfig(50, (256,), "tanh", encoder_hidden=(256,), encoder_activation="relu"),
            "784 → 256 → 50 + 50, relu",
            "50 → 256 → 784, tanh",
        ),
        (
            ModelConfig(20, (256, 64, 32), network="residual"),
            "28 × 28 grey → 32 × 14 × 14 (1 residual block) → 64 × 7 × 7 (2 residual blocks) → 256 → "
            "20 + 20, silu",
            "20 → 256 → 64 × 7 × 7 (2 residual blocks) → 32 × 14 × 14 (1 residual block) → 28 × 28 grey, "
            "silu",
        ),
        (
            ModelConfig(3, (8,), "relu", kind="autoencoder", network="conv", image_spec=ImageSpec(9, 16, 3)),
            "9 × 16 RGB → 8 × 5 × 8 → 3, relu",
            "3 → 8 × 5 × 8 → 9 × 16 RGB, relu",
        ),
        (ModelConfig(2, (), likelihood="gaussian", kind="autoencoder"), "784 → 2, linear", "2 → 784, linear"),
    ],
    ids=["own encoder", "residual", "conv", "linear"],
)
def test_a_network_in_words(config: ModelConfig, encoder: str, decoder: str) -> None:
    assert in_words(config, "encoder") == encoder
    assert in_words(config, "decoder") == decoder
