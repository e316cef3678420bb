"""The networks in NumPy against those in PyTorch, for images of any size; how much memory they take."""

import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tests.twins import TWINS, Twin
from vae.images.spec import ImageSpec
from vae.model import numpy_vae
from vae.model.config import ModelConfig, tensor_shapes
from vae.model.numpy_vae import NumpyImplicit, NumpyModel

Floats = NDArray[np.float32]
close = np.testing.assert_allclose


@pytest.fixture(params=TWINS.values(), ids=list(TWINS))
def twin(request: pytest.FixtureRequest) -> Twin:
    found: Twin = request.param
    return found


def test_the_tensors_have_the_names_and_shapes_of_torchs(twin: Twin) -> None:
    state = twin.in_torch().state_dict()
    assert tensor_shapes(twin.config) == {name: tuple(tensor.shape) for name, tensor in state.items()}


@torch.no_grad()
def test_the_encoder_is_torchs(twin: Twin) -> None:
    q, expected = twin.in_numpy().encode(twin.images), twin.in_torch().encode(rows(twin.images))
    close(q.mu, expected.mu, rtol=1e-4, atol=1e-5)
    close(q.sd, expected.sd, rtol=1e-4, atol=1e-5)
    assert np.abs(q.mu).max() > 0.1


@torch.no_grad()
def test_the_decoder_is_torchs(twin: Twin) -> None:
    decoded, expected = twin.in_numpy().decode(twin.z), twin.in_torch().decode(torch.from_numpy(twin.z))
    assert decoded.dtype == np.float32
    assert decoded.shape == twin.images.shape
    close(decoded, expected.reshape(decoded.shape), atol=1e-5)
    assert decoded.std(axis=0).max() > 0.05


def test_the_nll_and_its_gradient_are_torchs(twin: Twin) -> None:
    z = torch.from_numpy(twin.z).requires_grad_()
    nll = twin.in_torch().nll(z, rows(twin.images))
    (slope,) = torch.autograd.grad(-nll.sum(), z)
    model = twin.in_numpy()
    close(model.nll(twin.images, twin.z), nll.detach(), rtol=1e-5)
    close(model.log_likelihood_gradient(twin.images, twin.z), slope, rtol=1e-3, atol=2e-3)
    one = twin.images[:1].repeat(len(twin.z), axis=0)
    close(model.nll(twin.images[:1], twin.z), model.nll(one, twin.z), rtol=1e-6)


def rows(images: Floats) -> torch.Tensor:
    return torch.from_numpy(images).flatten(1)


Run = Callable[[NumpyModel | NumpyImplicit, Twin], Floats]


@pytest.mark.parametrize(
    "run",
    [
        lambda model, twin: model.encode(twin.images).mu,
        lambda model, twin: model.decode(twin.z),
        lambda model, twin: model.nll(twin.images, twin.z),
        lambda model, twin: model.log_likelihood_gradient(twin.images[:1], twin.z),
    ],
    ids=["encode", "decode", "nll", "gradient"],
)
def test_batches_change_nothing(twin: Twin, monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    whole = run(twin.in_numpy(), twin)
    monkeypatch.setattr(numpy_vae, "BATCH_BYTES", 1)
    close(run(twin.in_numpy(), twin), whole, rtol=1e-4, atol=1e-4)


def test_no_rows_give_none(twin: Twin) -> None:
    model, spec = twin.in_numpy(), twin.config.image_spec
    assert model.decode(twin.z[:0]).shape == (0, *spec.shape)
    assert model.encode(twin.images[:0]).mu.shape == (0, twin.config.latent_dim)
    assert model.nll(twin.images[:0], twin.z[:0]).shape == (0,)


def test_the_layers_for_the_browser_are_the_stored_ones(twin: Twin) -> None:
    """But that the browser has a weight of the noise in each dimension, whatever the model has."""
    networks = twin.in_numpy().networks()
    stored = [tensor for name, tensor in twin.weights.items() if name.split(".")[0] in ("encoder", "decoder")]
    if twin.name == "avb":  # 3 numbers of the centre, then one for each of 4 functions
        repeated = [0, 1, 2, *(3 + k for k in range(4) for _ in range(3))]
        stored[4:6] = [tensor[repeated] for tensor in stored[4:6]]
    layers = [part for layer in (*networks.encoder, *networks.decoder) for part in layer]
    assert all(np.array_equal(ours, theirs) for ours, theirs in zip(layers, stored, strict=True))


def test_memory_is_bounded_whatever_the_number_of_images(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numpy_vae, "BATCH_BYTES", 4_000_000)
    config = ModelConfig(32, (256, 128, 64, 32), network="conv", image_spec=ImageSpec(64, 64, 3))
    weights = {name: np.zeros(shape, np.float32) for name, shape in tensor_shapes(config).items()}
    model, z = NumpyModel(config, weights), np.zeros((60, 32), np.float32)
    images = model.decode(z)
    tracemalloc.start()
    try:
        model.decode(z)
        decoding = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        model.encode(images)
        encoding = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    most = 4 * numpy_vae.BATCH_BYTES + 2 * images.nbytes
    assert decoding < most
    assert encoding < most


@pytest.mark.parametrize(
    ("sides", "hidden", "deepest", "canvas"),
    [
        ((28, 28), (8, 4), (7, 7), (28, 28)),
        ((21, 13), (8, 4, 2), (3, 2), (24, 16)),
        ((64, 64), (8,) * 6, (1, 1), (64, 64)),
        ((8, 128), (8,), (4, 64), (8, 128)),
        ((33, 8), (8,) * 5, (2, 1), (64, 32)),
    ],
)
def test_the_canvas_is_the_next_multiple_of_what_is_halved(
    sides: tuple[int, int], hidden: tuple[int, ...], deepest: tuple[int, int], canvas: tuple[int, int]
) -> None:
    config = ModelConfig(hidden=hidden, network="conv", image_spec=ImageSpec(*sides, 3))
    assert (config.deepest, config.canvas) == (deepest, canvas)


@pytest.mark.parametrize("hidden", [(), (8,) * 7, (2049,), (0,)])
def test_a_convolutional_network_halves_one_to_six_times(hidden: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="hidden must be 1 to 6 widths from 1 to 2048"):
        ModelConfig(hidden=hidden, network="conv")


def test_a_model_may_not_have_more_weights_than_fit_into_memory() -> None:
    with pytest.raises(ValueError, match="may have 100,000,000 weights"):
        ModelConfig(hidden=(2048,), image_spec=ImageSpec(128, 128, 3))
