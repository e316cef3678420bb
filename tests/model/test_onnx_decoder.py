"""Decoders that PyTorch wrote as ONNX become layers that the browser runs, or are left to the server."""

import warnings
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from vae.images.dataset import Dataset
from vae.images.spec import Floats, ImageSpec
from vae.model.numpy_layers import sigmoid
from vae.model.onnx import decoder, pair
from vae.model.onnx.convention import Convention, Output
from vae.model.protocol import Networks, RunsInBrowser

D = 5
MNIST, RGB = ImageSpec(28, 28, 1), ImageSpec(16, 16, 3)


def normalised(channels: int) -> nn.BatchNorm2d:
    """A batch normalisation that has learnt something."""
    made = nn.BatchNorm2d(channels)
    for tensor, low, high in (
        *((made.running_mean, -1, 1), (made.running_var, 0.5, 2)),
        *((made.weight.data, 0.5, 2), (made.bias.data, -1, 1)),
    ):
        assert tensor is not None
        tensor.uniform_(low, high)
    return made


def from_row(channels: int, side: int, *layers: nn.Module) -> nn.Sequential:
    """A dense layer to maps, then others."""
    dense = nn.Linear(D, channels * side * side)
    return nn.Sequential(dense, nn.Unflatten(1, (channels, side, side)), *layers)


def transposed() -> nn.Sequential:
    """As many examples have it."""
    first, second = nn.ConvTranspose2d(8, 6, 4, 2, 1), nn.ConvTranspose2d(6, 1, 4, 2, 1)
    return from_row(8, 7, nn.ReLU(), first, nn.ReLU(), second, nn.Sigmoid())


def normalised_and_leaky() -> nn.Sequential:
    """No activation behind the dense layer, kernels of 3, batch normalisations, a convolution at the end."""
    first = nn.ConvTranspose2d(8, 6, 3, 2, 1, output_padding=1), normalised(6), nn.LeakyReLU()
    second = nn.ConvTranspose2d(6, 4, 3, 2, 1, output_padding=1), normalised(4), nn.LeakyReLU(0.2)
    return from_row(8, 4, *first, *second, nn.Conv2d(4, 3, 3, padding=1), nn.Tanh())


def enlarged() -> nn.Sequential:
    """Maps that are enlarged before convolutions; logits."""
    first = nn.Upsample(scale_factor=2), nn.Conv2d(8, 6, 3, padding=1), nn.ELU(0.7)
    return from_row(8, 7, nn.SiLU(), *first, nn.Upsample(scale_factor=2), nn.Conv2d(6, 1, 5, padding=2))


def from_one_place() -> nn.Sequential:
    """Without a dense layer, a batch normalisation behind an activation."""
    first = nn.ConvTranspose2d(D, 8, 4, 1, 0, bias=False), normalised(8), nn.ReLU()
    second = nn.ConvTranspose2d(8, 6, 4, 2, 1, bias=False), nn.Softplus(), normalised(6)
    last = nn.ConvTranspose2d(6, 3, 4, 2, 1), nn.Sigmoid()
    return nn.Sequential(nn.Unflatten(1, (D, 1, 1)), *first, *second, *last)


class Cropped(nn.Module):
    """Larger than the image, scaled behind the last activation, and given as rows."""

    def __init__(self) -> None:
        super().__init__()
        self.maps = from_row(4, 8, nn.Tanh(), nn.ConvTranspose2d(4, 5, 2, 2), nn.ConvTranspose2d(5, 1, 2, 2))

    def forward(self, z: Tensor) -> Tensor:
        """Means, (B, H W)."""
        return ((torch.tanh(self.maps(z)[:, :, :28, :28]) + 1) / 2).reshape(-1, 784)


def of_rows() -> nn.Sequential:
    """Dense layers only, channels behind one another."""
    normal = nn.BatchNorm1d(30)
    torch.nn.init.uniform_(normal.weight, 0.5, 2)
    last = nn.Linear(30, RGB.size), nn.Unflatten(1, (3, 16, 16))
    return nn.Sequential(nn.Linear(D, 30), nn.LeakyReLU(0.1), normal, *last)


class Residual(nn.Module):
    """What passes a convolution by."""

    def __init__(self) -> None:
        super().__init__()
        self.maps, self.same, self.last = from_row(1, 28), nn.Conv2d(1, 1, 3, padding=1), nn.Sigmoid()

    def forward(self, z: Tensor) -> Tensor:
        """Means, (B, 1, 28, 28)."""
        maps = self.maps(z)
        return self.last(maps + self.same(maps))


KNOWN: dict[Callable[[], nn.Module], tuple[ImageSpec, Output]] = {
    transposed: (MNIST, "unit"),
    normalised_and_leaky: (RGB, "signed"),
    enlarged: (MNIST, "logits"),
    from_one_place: (RGB, "unit"),
    Cropped: (MNIST, "unit"),
    of_rows: (RGB, "logits"),
}
UNKNOWN: dict[str, Callable[[], nn.Module]] = {
    "residual": Residual,
    "bilinear": lambda: from_row(
        1, 14, nn.Upsample(scale_factor=2, mode="bilinear"), nn.Conv2d(1, 1, 3, padding=1)
    ),
    "grouped": lambda: from_row(
        4, 14, nn.ConvTranspose2d(4, 4, 4, 2, 1, groups=2), nn.Conv2d(4, 1, 1)
    ),
    "strided": lambda: from_row(1, 56, nn.Conv2d(1, 1, 4, 2, 1)),
    "dilated": lambda: from_row(1, 28, nn.Conv2d(1, 1, 3, padding=2, dilation=2)),
    "gelu": lambda: from_row(4, 14, nn.GELU(), nn.ConvTranspose2d(4, 1, 4, 2, 1)),
}  # fmt: skip


def written(network: nn.Module, example: Tensor, name: str = "z") -> bytes:
    """The network as PyTorch's first exporter writes it, which leaves batch normalisations as they are."""
    with warnings.catch_warnings(), TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        warnings.simplefilter("ignore")  # that there is another exporter
        torch.onnx.export(
            network.eval(),
            (example,),
            path,
            input_names=[name],
            dynamic_axes={name: {0: "B"}},
            dynamo=False,
            opset_version=17,
        )
        return path.read_bytes()


def read(build: Callable[[], nn.Module], spec: ImageSpec, output: Output) -> tuple[Networks | None, Floats]:
    """What is known of a network with random weights, and the means (B, H W C) that torch has for codes."""
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = build()
        content = written(network, torch.zeros(2, D))
        used_to = Convention("first", "unit", output)
        means = used_to.means(network(torch.from_numpy(codes())).numpy(), spec)
    return decoder.known(content, used_to, spec, codes(), means), means.reshape(len(means), -1)


def codes() -> Floats:
    """(B, D)."""
    return 2 * np.random.default_rng(0).standard_normal((4, D), np.float32)


@pytest.mark.parametrize("build", KNOWN, ids=lambda build: build.__name__)
def test_the_layers_of_a_decoder_give_what_torch_gives(build: Callable[[], nn.Module]) -> None:
    found, means = read(build, *KNOWN[build])
    assert found is not None
    assert means.std() > 0.01
    rows = decoder.outputs(found.decoder, found.settings, codes())
    rows = sigmoid(rows) if found.mean == "sigmoid" else rows
    np.testing.assert_allclose(rows, means, atol=2e-3)  # of weights in float16


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_the_browser_cannot_run_is_left_to_the_server(name: str) -> None:
    assert read(UNKNOWN[name], MNIST, "logits")[0] is None


def test_layers_that_give_other_images_are_not_used() -> None:
    content = written(transposed(), torch.zeros(2, D))
    z = codes()
    (means,) = pair.Network(content).run(z)
    means = means.transpose(0, 2, 3, 1)
    assert decoder.known(content, Convention(), MNIST, z, means) is not None
    means[0, 0, 0, 0] += 3e-4
    assert decoder.known(content, Convention(), MNIST, z, means) is None


def test_a_decoder_that_would_take_too_long_is_left_to_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    products = D * 8 * 49 + 8 * 6 * 16 * 49 + 6 * 16 * 196
    for most, is_known in ((products, True), (products - 1, False)):
        monkeypatch.setattr(decoder, "MOST_PRODUCTS", most)
        assert (read(transposed, MNIST, "unit")[0] is not None) == is_known


def test_a_pair_of_convolutions_has_a_decoder_for_the_browser_and_no_encoder() -> None:
    encoder = nn.Sequential(nn.Conv2d(1, 4, 3, 2, 1), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 196, D))
    contents = written(encoder, torch.zeros(2, 1, 28, 28), "x"), written(transposed(), torch.zeros(2, D))
    model = pair.Pair(*contents, pair.Description(Dataset("tiles", MNIST, None, "CC0"), D, "point")).model()
    assert isinstance(model, RunsInBrowser)
    found = model.networks()
    assert (len(found.encoder), len(found.decoder)) == (0, 3)
