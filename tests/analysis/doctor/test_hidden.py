"""Hidden units: dead and doubled on purpose; what flows through the layers against PyTorch's."""

import numpy as np
import pytest
import torch

from tests.conftest import model_of
from vae.analysis.doctor import hidden
from vae.analysis.doctor.hidden import Activations
from vae.model.config import ModelConfig
from vae.model.numpy_vae import NumpyModel

RNG = np.random.default_rng(0)
LIVE = RNG.standard_normal((300, 20))


def layer(dead: int = 0, doubled: int = 0, first: bool = False) -> Activations:
    values = LIVE.copy()
    values[:, :dead] = 0.3
    values[:, dead : dead + doubled] = 2 * LIVE[:, -1:]
    return Activations("decoder 1", values, first)


@pytest.mark.parametrize(
    ("count", "gravity"), [(0, "well"), (3, "well"), (6, "note"), (12, "note"), (19, "serious")]
)
def test_dead_and_doubled_units_are_counted(count: int, gravity: str) -> None:
    dead = hidden.hidden([layer(), layer(dead=count)])
    assert dead.gravity == gravity
    assert dead.value == pytest.approx(count / 20)
    assert hidden.hidden([layer(doubled=count)]).gravity == gravity
    assert hidden.hidden([layer(doubled=count, first=True)]).gravity == "well"
    assert hidden.hidden([layer(dead=20)]).gravity == "serious"


def test_units_that_are_still_beside_a_few_lively_ones_are_counted() -> None:
    values = LIVE * np.where(np.arange(20) < 15, 1e-6, 1.0)
    assert hidden.hidden([Activations("decoder 2", values)]).value == pytest.approx(0.75)


@pytest.mark.parametrize("activation", ["relu", "silu", "tanh", "softplus"])
def test_the_units_are_those_of_the_networks(activation: str) -> None:
    model = model_of(ModelConfig(latent_dim=3, hidden=(16, 24), activation=activation))
    networks = NumpyModel(model.config, {k: np.asarray(v) for k, v in model.weights().items()}).networks()
    z = RNG.standard_normal((9, 3)).astype(np.float32)
    found = hidden.activations(networks, np.zeros((9, 28, 28, 1), np.float32), z)
    assert found is not None
    assert [(each.name, each.values.shape[1]) for each in found] == [
        ("encoder 1", 24),
        ("encoder 2", 16),
        ("decoder 1", 16),
        ("decoder 2", 24),
    ]
    flow, exact = torch.from_numpy(z), []
    for module in list(model.decoder)[:-1]:
        flow = module(flow)
        if not isinstance(module, torch.nn.Linear):
            exact.append(flow)
    for each, other in zip(found[2:], exact, strict=True):
        np.testing.assert_allclose(each.values, other.detach().numpy(), atol=5e-3)  # of float16 weights


def test_convolutions_are_left_out() -> None:
    model = model_of(ModelConfig(latent_dim=3, hidden=(8, 4), network="conv"))
    networks = NumpyModel(model.config, {k: np.asarray(v) for k, v in model.weights().items()}).networks()
    assert hidden.activations(networks, np.zeros((2, 28, 28, 1)), np.zeros((2, 3))) is None
