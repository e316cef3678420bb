"""A model of somebody else's becomes one of the explorer's: what it is used to, its code, its weights."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from sklearn.neighbors import KNeighborsClassifier

from vae import bring, explorer
from vae.images import sets
from vae.images.spec import Floats, ImageSpec
from vae.model import catalogue
from vae.model.onnx.convention import Convention
from vae.training.bringing import module
from vae.training.bringing.bringing import free_path
from vae.training.bringing.detecting import detect, spread_notices
from vae.training.bringing.raw import BringError, Raw

SPEC = ImageSpec(8, 10, 3)
MODULE = """
import torch
from torch import nn

class Mine(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 4, 4, 4), nn.Linear(4 * 49, 4)
        self.decoder = nn.Sequential(nn.Linear(2, 784), nn.Tanh())

    def encode(self, x):
        hidden = torch.relu(self.first(x))
        return torch.distributions.Normal(*self.second(hidden.view(len(x), -1)).exp().chunk(2, dim=1))

build = Mine

def noisy():
    made = Mine()
    made.encode = lambda x: (torch.randn(len(x), 2), torch.zeros(len(x), 2))
    return made

def failing():
    return 1 / 0

def three():
    made = Mine()
    made.encode = lambda x: (x, x, x)
    return made

def number():
    return 3
"""


def rank_80(images: Floats) -> Floats:
    """The first eighty principal axes of the images' rows, (size, 80)."""
    rows = images.reshape(len(images), -1)
    return np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)[2][:80].T


def smooth(count: int, spec: ImageSpec) -> Floats:
    """Images in colour that turn from one level to another, (N, H, W, C) in [0, 1]."""
    noise = np.random.default_rng(0)
    down, across = np.mgrid[: spec.height, : spec.width] / 10
    ramp = [a * down + b * across for a, b in noise.uniform(-1, 1, (count * spec.channels, 2))]
    images = 0.5 + 0.45 * np.sin(6 * np.reshape(ramp, (count, spec.channels, spec.height, spec.width)))
    return images.transpose(0, 2, 3, 1).astype(np.float32)


def exact(used_to: Convention, images: Floats) -> Raw:
    """Networks that reconstruct images to which they are used, and would not others: a mean is subtracted."""
    z_of = used_to.entering(images, True)
    axes, mean = rank_80(z_of), z_of.mean(axis=0)

    def encode(rows: Floats) -> list[Floats]:
        if rows.shape[1:] != z_of.shape[1:]:
            raise ValueError(f"rows of {rows.shape[1:]}")
        return [np.asarray((rows - mean) @ axes, np.float32)]

    def decode(z: Floats) -> Floats:
        rows = z @ axes.T + mean
        levels = (rows + 1) / 2 if used_to.pixels == "signed" else rows
        if used_to.output == "logits":
            levels = levels.clip(1e-3, 1 - 1e-3)
            return np.asarray(np.log(levels / (1 - levels)), np.float32)
        return np.asarray(2 * levels - 1 if used_to.output == "signed" else levels, np.float32)

    return Raw(encode, decode)


@pytest.mark.parametrize("channels", ["first", "last"])
@pytest.mark.parametrize("pixels", ["unit", "signed"])
@pytest.mark.parametrize("output", ["unit", "signed", "logits"])
def test_what_a_model_is_used_to_is_found_out(channels: Any, pixels: Any, output: Any) -> None:
    images = smooth(60, SPEC)
    images[:, :, :, 0] *= 0.5  # channels that differ
    used_to = Convention(channels, pixels, output)
    found = detect(exact(used_to, images), images, SPEC, {})
    assert found.convention == used_to
    assert found.notices == ()


def test_a_mismatch_with_what_was_asked_for_is_named() -> None:
    images = smooth(60, SPEC)
    asked = {"pixels": "signed"}
    found = detect(exact(Convention("first"), images), images, SPEC, asked)
    assert found.convention.pixels == "signed"
    assert "With channels first, pixels in [−1, 1]" in found.notices[0]
    assert (
        "with channels first, pixels in [0, 1], the decoder gives means in [0, 1] by 0.0000"
        in found.notices[0]
    )


def test_what_the_images_leave_open_is_asked_for() -> None:
    images = smooth(20, SPEC)
    blind = Raw(
        lambda rows: [np.zeros((len(rows), 2), np.float32)], lambda z: np.full((len(z), 240), 0.5, np.float32)
    )
    with pytest.raises(BringError, match=r"say it by --channels first\|last, --pixels unit\|signed"):
        detect(blind, images, SPEC, {})
    asked = {"channels": "first", "pixels": "unit", "output": "unit"}
    found = detect(blind, images, SPEC, asked)
    assert "no better than their mean" in found.notices[-1]


def test_a_standard_deviation_in_the_place_of_log_var_is_named() -> None:
    sd = np.full((4, 2), 0.3, np.float32)
    (notice,) = spread_notices([np.zeros((4, 2), np.float32), sd])
    assert notice.startswith("The encoder's second output is positive throughout, 0.3 to 0.3")
    assert spread_notices([sd, np.log(sd)]) == []


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A user's file of code, and weights for its module, among them some to reconstruct digits by."""
    folder = tmp_path_factory.mktemp("mine")
    code, weights = folder / "my_vae.py", folder / "weights.safetensors"
    code.write_text(MODULE, encoding="utf-8")
    pixels = 2 * sets.load("digits", "train").floats()[..., 0].reshape(-1, 784) - 1
    mean = torch.from_numpy(pixels.mean(axis=0).clip(-0.99, 0.99))
    noise = torch.Generator().manual_seed(0)
    state = {
        "first.weight": torch.randn(4, 1, 4, 4, generator=noise) / 4,
        "first.bias": torch.zeros(4),
        "second.weight": torch.randn(4, 196, generator=noise) / 200,
        "second.bias": torch.tensor([-3.0, -3.0, -1.0, -1.0]),
        "decoder.0.weight": torch.randn(784, 2, generator=noise) / 1000,
        "decoder.0.bias": mean.atanh(),
    }
    save_file(state, weights)
    return code, weights


def test_a_module_is_brought_with_its_codes_and_its_card(
    mine: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("VAE_HOME", str(tmp_path))
    code, weights = mine
    asked = ["--pixels", "signed", "--output", "signed", "--likelihood", "0.3"]
    bring.main([f"{code}:build", str(weights), "--images", "digits", "--name", "mine", *asked])
    said = capsys.readouterr().out
    assert "The pair gives what the module gives" in said
    assert "Pages decode it in the browser" in said
    assert "mine" in catalogue.released_names()
    found, test = explorer.load("mine"), sets.load("digits")
    assert found.abilities == {"posterior", "gaussian", "likelihood", "browser", "plane", "labels"}
    assert "pixels in [−1, 1], the decoder gives means in [−1, 1]" in found.record.card
    namespace: dict[str, Any] = {}
    exec(compile(MODULE, "mine", "exec"), namespace)  # the module itself says what the codes must be
    theirs = namespace["build"]()
    theirs.load_state_dict(load_file(weights))
    with torch.no_grad():
        q = theirs.encode(torch.from_numpy(2 * test.floats()[..., 0][:, None] - 1))
        means = theirs.decoder(torch.zeros(1, 2)).reshape(28, 28) / 2 + 0.5
    train = sets.load("digits", "train")
    with torch.no_grad():
        near = theirs.encode(torch.from_numpy(2 * train.floats()[..., 0][:, None] - 1)).loc
    nearest = KNeighborsClassifier(10).fit(near, train.labels)
    assert abs(nearest.score(q.loc, test.labels) - found.metrics["knn_accuracy"]) < 0.01  # but for ties
    np.testing.assert_allclose(found.codes().mu, q.loc, atol=2e-3)  # which are kept in float16
    np.testing.assert_allclose(found.codes().sd, q.scale, rtol=5e-3)
    np.testing.assert_allclose(found.decode(np.zeros((1, 2)))[0, :, :, 0], means, atol=1e-5)
    bring.main([str(tmp_path / "models" / "mine.onnx.zip"), "--images", "digits", "--name", "again"])
    np.testing.assert_array_equal(explorer.load("again").codes().mu, found.codes().mu)
    with pytest.raises(SystemExit, match="There is a model mine already"):
        bring.main([f"{code}:build", str(weights), "--images", "digits", "--name", "mine"])


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        ("noisy", "The encoder draws noise"),
        ("failing", r"my_vae\.py, line 23: ZeroDivisionError: division by zero"),
        ("three", r"encode must give mu and log_var, or mu alone, not \(Tensor, Tensor, Tensor\)"),
        ("number", "gives int, not a torch.nn.Module"),
        ("nothing", "has no function nothing"),
    ],
)
def test_code_that_cannot_be_used_is_named_in_one_sentence(
    function: str, reason: str, mine: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_HOME", str(tmp_path))
    with pytest.raises(SystemExit, match=reason):
        bring.main([f"{mine[0]}:{function}", str(mine[1]), "--images", "digits", "--name", "other"])
    assert not list(tmp_path.rglob("*.onnx.zip"))


def test_weights_that_do_not_fit_are_named(mine: tuple[Path, Path], tmp_path: Path) -> None:
    save_file({"first.weight": torch.zeros(4, 1, 4, 4), "odd": torch.zeros(1)}, tmp_path / "odd.safetensors")
    with pytest.raises(SystemExit, match=r"odd\.safetensors does not fit the module: decoder\.0\.bias"):
        bring.main(
            [f"{mine[0]}:build", str(tmp_path / "odd.safetensors"), "--images", "digits", "--name", "a"]
        )
    wrapped = {f"module.{name}": tensor for name, tensor in load_file(mine[1]).items()}
    save_file(wrapped, tmp_path / "wrapped.safetensors")
    module.load(f"{mine[0]}:build", tmp_path / "wrapped.safetensors")
    with pytest.raises(SystemExit, match="may be a pickle"):
        bring.main([f"{mine[0]}:build", str(tmp_path / "odd.pt"), "--images", "digits", "--name", "a"])


@pytest.mark.parametrize("name", ["", "../mine", "Mine", "a b", "x" * 61, "mnist-vae-2d"])
def test_a_name_that_cannot_be_given(name: str) -> None:
    with pytest.raises(BringError, match=r"cannot be a model's name|already"):
        free_path(name)
