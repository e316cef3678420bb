"""A model of somebody else's becomes one of the explorer's: what it is used to, its code, its weights."""

import re
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from onnx import TensorProto, helper
from safetensors.torch import load_file, save_file
from sklearn.neighbors import KNeighborsClassifier

from vae import bring, explorer
from vae.images import sets
from vae.images.spec import Floats, ImageSpec
from vae.model import catalogue
from vae.model.codes import Codes
from vae.model.onnx.convention import Convention
from vae.model.onnx.network import Network
from vae.model.tensor_file import CheckpointError
from vae.training.bringing import bringing, module
from vae.training.bringing.bringing import free_path
from vae.training.bringing.detecting import detect
from vae.training.bringing.raw import BringError, Raw
from vae.training.bringing.spread import log_var_of, with_log_var

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

class Alone(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.mu, self.spread = nn.Linear(784, 8), nn.Linear(8, 2), nn.Linear(8, 2)
        self.decoder = nn.Linear(2, 784)

    def encode(self, x):
        hidden = self.hidden(x.flatten(1)).tanh()
        return self.mu(hidden), nn.functional.softplus(self.spread(hidden))

class Blank(Alone):
    def decode(self, z):
        return self.decoder(z) / 0

class Odd(Alone):
    def encode(self, x):
        hidden = self.hidden(x).tanh()
        return self.mu(hidden), self.spread(hidden), hidden

class Only(Alone):
    def encode(self, x):
        return super().encode(x)[0]

class Deciding(Only):
    def decode(self, z):
        return self.decoder(z) if z.sum() > 0 else self.decoder(-z)
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
    other = "with channels first, pixels in [0, 1], the decoder gives means in [0, 1]"
    assert f"{other}, a reconstruction is off by 0.0000" in found.notices[0]


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


def test_a_reading_that_is_asked_for_and_cannot_be_is_refused_with_its_error() -> None:
    images = smooth(60, SPEC)
    used_to = exact(Convention("first", "unit", "logits"), images)
    loud = Raw(used_to.encode, lambda z: 9 * used_to.decode(z))
    outputs = loud.decode(loud.encode(Convention().entering(images, True))[0]).reshape(60, 3, 8, 10)
    off = np.square(outputs.transpose(0, 2, 3, 1) - images).mean()
    with pytest.raises(BringError, match=f"off by {off:.4f} per pixel.*cannot be off by more than 1; with"):
        detect(loud, images, SPEC, {"channels": "first", "pixels": "unit", "output": "unit"})


@pytest.mark.parametrize(("asked", "words"), [("first", "channels first"), ("last", "channels last")])
def test_an_order_that_networks_do_not_take_is_named_once(asked: str, words: str) -> None:
    images = smooth(4, SPEC)

    def other_only(values: Floats) -> list[Floats]:
        if (values.shape[1] == 3) == (asked == "first"):
            raise ValueError("another order")
        return [values.mean(axis=(1, 2, 3), keepdims=True).reshape(-1, 1)]

    one_way = Raw(other_only, lambda z: np.repeat(z, 240, axis=1), (False,))
    with pytest.raises(BringError, match=f"^With {words} the networks cannot be run"):
        detect(one_way, images, SPEC, {"channels": asked})


@pytest.fixture(scope="module")
def alone(mine: tuple[Path, Path]) -> Path:
    """Weights of the modules that say a standard deviation."""
    noise = torch.Generator().manual_seed(0)
    shapes = {"hidden": (8, 784), "mu": (2, 8), "spread": (2, 8), "decoder": (784, 2)}
    state = {f"{name}.weight": torch.randn(shape, generator=noise) / 30 for name, shape in shapes.items()}
    state |= {f"{name}.bias": torch.full(shape[:1], 0.1) for name, shape in shapes.items()}
    save_file(state, mine[0].with_name("alone.safetensors"))
    return mine[0].with_name("alone.safetensors")


def command(mine: tuple[Path, Path], alone: Path, function: str, *asked: str) -> list[str]:
    usual = ["--pixels", "unit", "--output", "logits", "--images", "digits", "--name", "mine"]
    return [f"{mine[0]}:{function}", str(alone), *usual, *asked]


def test_a_standard_deviation_is_read_as_the_user_says(
    mine: tuple[Path, Path], alone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_HOME", str(tmp_path))
    with pytest.raises(SystemExit, match=r"positive throughout, .* by --spread sd or --spread variance"):
        bring.main(command(mine, alone, "Alone"))
    assert not list(tmp_path.rglob("*.md"))
    bring.main(command(mine, alone, "Alone", "--spread", "sd"))
    namespace: dict[str, Any] = {}
    exec(compile(MODULE, "mine", "exec"), namespace)
    theirs = namespace["Alone"]()
    theirs.load_state_dict(load_file(alone))
    x = sets.load("digits").floats(slice(0, 20))
    with torch.no_grad():
        normal = torch.distributions.Normal(*theirs.encode(torch.from_numpy(x)))
        kl = torch.distributions.kl_divergence(normal, torch.distributions.Normal(0.0, 1.0))
    q = explorer.load("mine").encode(x)
    np.testing.assert_allclose(q.sd, normal.scale, rtol=1e-5)
    np.testing.assert_allclose(np.asarray(q.kl_per_dim()), kl, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("spread", ["sd", "variance", "log_var"])
def test_an_encoder_in_onnx_is_made_to_give_log_var(spread: Any) -> None:
    rows = np.random.default_rng(0).uniform(0.1, 2, (5, 3)).astype(np.float32)
    port = partial(helper.make_tensor_value_info, elem_type=TensorProto.FLOAT, shape=["B", 3])
    nodes = [helper.make_node("Neg", ["x"], ["mu"]), helper.make_node("Identity", ["x"], ["spread"])]
    graph = helper.make_graph(nodes, "encoder", [port("x")], [port("mu"), port("spread")])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    mu, log_var = Network(with_log_var(made.SerializeToString(), spread)).run(rows)
    meant = {"sd": np.log(rows**2), "variance": np.log(rows), "log_var": rows}
    np.testing.assert_array_equal(mu, -rows)
    np.testing.assert_allclose(log_var, meant[spread], atol=1e-6)
    np.testing.assert_allclose(log_var_of(torch.from_numpy(rows), spread), meant[spread], atol=1e-6)


@pytest.mark.parametrize(
    ("function", "asked", "code", "reason"),
    [
        (
            "Blank",
            ("--spread", "sd"),
            3,
            "decoder gives NaN or infinite numbers for 200 of 200 codes of these",
        ),
        ("Blank", ("--spread", "log_var"), 3, "decoder gives NaN or infinite numbers"),
        ("Only", ("--spread", "sd"), 1, "the encoder gives one, mu"),
        ("Odd", (), 1, r"not \(Tensor, Tensor, Tensor\) \(and before: my_vae\.py, .* shapes cannot be mult"),
        ("Deciding", (), 1, "decoder to ONNX: its code decides by numbers that it computes"),
    ],
)
def test_what_cannot_be_brought_is_said_in_a_sentence_and_nothing_is_written(
    function: str,
    asked: tuple[str, ...],
    code: int,
    reason: str,
    mine: tuple[Path, Path],
    alone: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("VAE_HOME", str(tmp_path))
    with pytest.raises(SystemExit) as caught:
        bring.main(command(mine, alone, function, *asked))
    said = capfd.readouterr()
    by_itself = isinstance(caught.value.code, str)  # which Python prints, and ends with 1
    assert (1 if by_itself else caught.value.code) == code
    assert re.search(reason, str(caught.value.code) if by_itself else said.err)
    assert len(said.err.splitlines()) == (not by_itself)  # and nothing of the exporter
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    if function == "Deciding":
        assert "The encoder gives mu alone: it is brought as an autoencoder" in said.out
        assert "Without --likelihood, bernoulli or the sd of a pixel, no nats can be shown" in said.out


def test_a_t_sne_says_how_far_it_is_and_what_is_interrupted_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In 3-D: that in 2-D was there."""
    monkeypatch.setattr(bringing, "PROGRESS_SECONDS", 0.0)
    mu = np.random.default_rng(0).standard_normal((40, 4)).astype(np.float32)
    told: list[str] = []

    def tell(sentence: str) -> None:
        told.append(sentence)
        if sentence.startswith("3-D: "):
            raise KeyboardInterrupt

    found = bringing._embedded(Codes(mu, mu, None), tell)
    assert told[1:3] == ["2-D: 1%", "2-D: 3%"]
    assert told[-3:-1] == ["2-D: 100%", "3-D: 1%"]
    assert told[-1].endswith("the model is written without it in 3-D")
    assert found.embeddings.keys() == {2}


@pytest.mark.parametrize(
    ("ending", "content"),
    [
        (".pt", lambda module: module.state_dict()),
        (".ckpt", lambda module: {"state_dict": module.state_dict(), "epoch": 3}),
        (".pth", lambda module: module),
    ],
)
def test_the_ways_to_convert_a_pickle_do_so(ending: str, content: Any, tmp_path: Path) -> None:
    """Of a state_dict, a checkpoint of Lightning and a whole module."""
    linear = torch.nn.Linear(3, 2)
    torch.save(content(linear), tmp_path / f"theirs{ending}")
    with pytest.raises(CheckpointError) as caught:
        catalogue.refuse_pickle(tmp_path / f"theirs{ending}")
    lines = re.findall(r"`weights = (.*?)`", str(caught.value))
    way = lines[[".pt", ".ckpt", ".pth"].index(ending)]
    weights = eval(way, {"torch": torch, "FILE": tmp_path / f"theirs{ending}"})
    save_file(weights, tmp_path / "mine.safetensors")
    torch.testing.assert_close(load_file(tmp_path / "mine.safetensors"), dict(linear.state_dict()))


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
