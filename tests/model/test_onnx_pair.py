"""ONNX pairs: ours, run by onnxruntime, give what NumPy gives; what may not be run or read is refused."""

import json
import pickle
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper
from onnx.numpy_helper import from_array

from vae import explorer
from vae.images.dataset import Dataset
from vae.images.spec import ImageSpec
from vae.model import catalogue, checkpoint, codes
from vae.model.checkpoint import Description
from vae.model.config import ModelConfig, tensor_shapes
from vae.model.numpy_layers import ACTIVATIONS
from vae.model.onnx import export, graph, network, pair
from vae.model.onnx.convention import Convention
from vae.model.protocol import Likelihood, RunsInBrowser
from vae.model.tensor_file import CheckpointError

SPEC = ImageSpec(12, 10, 3)
SET = Dataset("tiles", SPEC, None, "CC0")
WITHOUT_LAYERS: dict[str, Any] = {"hidden": (), "kind": "autoencoder", "pixel_variance": 0.5}
KINDS: dict[str, dict[str, Any]] = {
    "mlp": {"hidden": (8, 16)},
    "tanh": {"hidden": (8,), "activation": "tanh", "encoder_hidden": (6, 5), "encoder_activation": "relu"},
    "conv": {"hidden": (6, 4), "network": "conv", "activation": "softplus"},
    "residual": {"hidden": (9, 6, 4), "network": "residual"},
    "linear": {**WITHOUT_LAYERS, "likelihood": "gaussian"},
    "implicit": {"hidden": (8,), "kind": "avb", "noise_bases": 3},
    "implicit, by dimension": {"hidden": (8,), "kind": "avb", "noise_bases": 3, "noise_scale": "dimension"},
}
Floats = np.ndarray


def saved(folder: Path, settings: dict[str, Any]) -> Path:
    """A checkpoint with random weights."""
    config = ModelConfig(latent_dim=3, image_spec=SPEC, **settings)
    noise = np.random.default_rng(0)
    weights = {
        name: noise.normal(0, 0.3, shape).astype(np.float32) for name, shape in tensor_shapes(config).items()
    }
    checkpoint.save(folder / "made.safetensors", weights, Description(config, SET, "", 0))
    return folder / "made.safetensors"


def of_one_operator(
    operator: str, inputs: list[str], shapes: tuple[Any, Any], **more: Any
) -> onnx.ModelProto:
    """A network with an input x, an output y and constants, `more`."""
    ports = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in zip("xy", shapes, strict=True)
    ]
    constants = [from_array(np.asarray(value), name) for name, value in more.items()]
    node = helper.make_node(operator, inputs, ["y"])
    made = helper.make_graph([node], "made", ports[:1], ports[1:], constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", export.OPSET)])
    model.ir_version = export.IR_VERSION
    return model


def linear_pair(convention: Convention, weight: Floats, likelihood: Likelihood | None = None) -> pair.Pair:
    """mu = W x and mean = W' z, of rows."""
    encoder = of_one_operator("MatMul", ["x", "w"], (["B", SPEC.size], ["B", 2]), w=weight)
    decoder = of_one_operator("MatMul", ["x", "w"], (["B", 2], ["B", SPEC.size]), w=weight.T)
    said = pair.Description(SET, 2, "point", likelihood, convention)
    return pair.Pair(encoder.SerializeToString(), decoder.SerializeToString(), said)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    weight = np.random.default_rng(1).normal(0, 0.05, (SPEC.size, 2)).astype(np.float32)
    path = tmp_path / "mine.onnx.zip"
    path.write_bytes(linear_pair(Convention(), weight).packed())
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_our_models_as_onnx_give_what_numpy_gives(kind: str, tmp_path: Path) -> None:
    path = saved(tmp_path, KINDS[kind])
    model, record = catalogue.read(path)
    noise = np.random.default_rng(2)
    mu = noise.standard_normal((5, 3), np.float32)
    content, apart = export.exported(path, model, mu)
    assert apart < 1e-5
    (tmp_path / "again.onnx.zip").write_bytes(content)
    again, said = catalogue.read(tmp_path / "again.onnx.zip")
    assert (said.form, said.likelihood, said.latent_dim) == (record.form, record.likelihood, 3)
    x = noise.random((5, *SPEC.shape), np.float32)
    np.testing.assert_allclose(again.decode(mu), model.decode(mu), atol=1e-5)
    if kind != "linear":  # whose means are no probabilities
        np.testing.assert_allclose(again.nll(x, mu), model.nll(x, mu), rtol=1e-4)  # type: ignore[attr-defined]
    with zipfile.ZipFile(BytesIO(content)) as files:  # as another program would run it
        session = onnxruntime.InferenceSession(files.read("decoder.onnx"))
    (means,) = session.run(None, {"z": mu})
    np.testing.assert_allclose(means, model.decode(mu).transpose(0, 3, 1, 2), atol=1e-5)


@pytest.mark.parametrize("channels", ["first", "last"])
@pytest.mark.parametrize("pixels", ["unit", "signed"])
@pytest.mark.parametrize("output", ["unit", "signed", "logits"])
def test_images_enter_and_leave_as_the_networks_are_used_to(channels: Any, pixels: Any, output: Any) -> None:
    noise = np.random.default_rng(3)
    x, weight = (
        noise.random((4, *SPEC.shape), np.float32),
        noise.normal(0, 0.1, (SPEC.size, 2)).astype(np.float32),
    )
    rows = (x.transpose(0, 3, 1, 2) if channels == "first" else x).reshape(4, -1)
    z = (2 * rows - 1 if pixels == "signed" else rows) @ weight
    made = z @ weight.T
    made = {"unit": made, "signed": made / 2 + 0.5, "logits": 1 / (1 + np.exp(-made))}[output]
    shape = (4, 3, 12, 10) if channels == "first" else (4, 12, 10, 3)
    expected = made.reshape(shape).transpose(0, 2, 3, 1) if channels == "first" else made.reshape(shape)
    model = linear_pair(Convention(channels, pixels, output), weight).model()
    np.testing.assert_allclose(model.encode(x).mu, z, atol=1e-5)
    np.testing.assert_allclose(model.decode(z.astype(np.float32)), expected, atol=1e-5)


def perceptron(activation: str, ends: str, convention: Convention) -> pair.Pair:
    """A VAE of two dense layers each way: heads of its own for mu and log_var, the end that is named."""
    noise = np.random.default_rng(5)
    shapes = {"a": (SPEC.size, 7), "m": (7, 2), "v": (7, 2), "d": (2, 6), "e": (6, SPEC.size)}
    weights = {name: noise.normal(0, 0.4 if name in "md" else 0.1, shape) for name, shape in shapes.items()}
    biases = {name + "b": noise.normal(0, 0.3, shape[1]) for name, shape in shapes.items()}
    constants = {name: value.astype(np.float32) for name, value in (weights | biases).items()}
    act = {"silu": [("Sigmoid", ["{0}"], "s{0}"), ("Mul", ["{0}", "s{0}"], "{1}")]}
    steps = act.get(activation, [(activation, ["{0}"], "{1}")])

    def nodes(*made: Any) -> list[Any]:
        return [helper.make_node(operator, inputs, [output]) for operator, inputs, output in made]

    def activated(given: str, output: str) -> list[Any]:
        return [
            (name, [each.format(given) for each in of], to.format(given, output)) for name, of, to in steps
        ]

    encoder = nodes(
        ("MatMul", ["x", "a"], "x1"), ("Add", ["x1", "ab"], "x2"), *activated("x2", "x3"),
        ("Gemm", ["x3", "m", "mb"], "mu"), ("Gemm", ["x3", "v", "vb"], "log_var"),
    )  # fmt: skip
    decoder = nodes(
        ("Gemm", ["z", "d", "db"], "z1"), *activated("z1", "z2"), ("Gemm", ["z2", "e", "eb"], "z3"),
        (ends, ["z3"], "mean"),
    )  # fmt: skip

    def content(made: list[Any], given: tuple[str, int], outputs: dict[str, int]) -> bytes:
        ports = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["B", size])
            for name, size in (given, *outputs.items())
        ]
        tensors = [from_array(value, name) for name, value in constants.items()]
        drawn = helper.make_graph(made, "made", ports[:1], ports[1:], tensors)
        model = helper.make_model(drawn, opset_imports=[helper.make_opsetid("", export.OPSET)])
        model.ir_version = export.IR_VERSION
        return bytes(model.SerializeToString())

    return pair.Pair(
        content(encoder, ("x", SPEC.size), {"mu": 2, "log_var": 2}),
        content(decoder, ("z", 2), {"mean": SPEC.size}),
        pair.Description(SET, 2, "gaussian", None, convention),
    )


@pytest.mark.parametrize("activation", ["Relu", "Tanh", "Softplus", "silu"])
@pytest.mark.parametrize(
    ("ends", "convention"),
    [
        ("Sigmoid", Convention("first", "unit", "unit")),
        ("Identity", Convention("last", "signed", "logits")),
        ("Tanh", Convention("first", "signed", "signed")),
        ("Identity", Convention("first", "signed", "signed")),
        ("Identity", Convention("last", "unit", "unit")),
    ],
)
def test_the_browser_gets_the_layers_of_a_perceptron(
    activation: str, ends: str, convention: Convention
) -> None:
    model = perceptron(activation, ends, convention).model()
    assert isinstance(model, RunsInBrowser)
    found, noise = model.networks(), np.random.default_rng(6)
    x, z = noise.random((3, *SPEC.shape), np.float32), noise.standard_normal((3, 2), np.float32)

    def run(layers: Any, name: str, rows: Floats) -> Floats:
        for k, (weight, bias) in enumerate(layers):
            rows = (ACTIVATIONS[name](rows) if k else rows) @ np.float32(weight).T + np.float32(bias)
        return rows

    said, q = run(found.encoder, found.encoder_activation, x.reshape(3, -1)), model.encode(x)
    np.testing.assert_allclose(said, np.hstack([q.mu, 2 * np.log(q.sd)]), atol=0.02)  # float16
    means = run(found.decoder, found.decoder_activation, z)
    means = 1 / (1 + np.exp(-means)) if found.mean == "sigmoid" else means
    np.testing.assert_allclose(means, model.decode(z).reshape(3, -1), atol=0.005)


@pytest.mark.parametrize("ends", ["Sin", "Relu"])
def test_of_a_network_of_another_kind_the_browser_gets_none(ends: str) -> None:
    assert not isinstance(perceptron("Tanh", ends, Convention()).model(), RunsInBrowser)


def test_of_a_perceptron_with_other_activations_the_browser_gets_the_decoder() -> None:
    model = perceptron("Elu", "Sigmoid", Convention()).model()
    assert isinstance(model, RunsInBrowser)
    found = model.networks()
    assert found.encoder == []
    assert [said.activation for said in found.settings] == ["identity", "elu"]


def test_a_network_of_a_fixed_number_of_images_takes_any_number() -> None:
    fixed = of_one_operator("Neg", ["x"], ([4, 3], [4, 3]))
    rows = np.random.default_rng(0).random((10, 3), np.float32)
    found = network.Network(fixed.SerializeToString())
    np.testing.assert_array_equal(found.run(rows)[0], -rows)
    assert found.run(rows[:0])[0].shape == (0, 3)


def test_a_pair_beside_its_codes_is_a_model_like_any_other(written: Path) -> None:
    model, _ = pair.load(written)
    x = np.random.default_rng(0).random((6, *SPEC.shape), np.float32)
    points = codes.Codes(model.encode(x).mu, np.zeros((6, 2), np.float32), kl=np.zeros(6, np.float32))
    codes.save(catalogue.codes_path(written), points, model.fingerprint)
    found = explorer.load(written)
    assert found.name == "mine"
    assert found.abilities == {"plane", "browser", "encoder"}
    assert len(found.codes()) == 6
    assert catalogue.released_names(written.parent) == ("mine",)


def without_weights_inside(model: onnx.ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")
    tensor.ClearField("raw_data")


def with_node(operator: str, domain: str = "") -> Callable[[onnx.ModelProto], None]:
    return lambda model: model.graph.node.append(helper.make_node(operator, ["x"], ["z"], domain=domain))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (without_weights_inside, "keeps weights in another file"),
        (with_node("Loop"), r"operators that are not run here \(Loop\)"),
        (with_node("RandomNormalLike"), "RandomNormalLike"),
        (with_node("Anything", "com.example"), "com.example:Anything"),
        (lambda model: model.functions.add(name="f", domain="f"), "functions of its own"),
        (lambda model: model.graph.ClearField("node"), "computes nothing"),
    ],
)
def test_what_a_network_may_not_have(change: Callable[[onnx.ModelProto], None], reason: str) -> None:
    model = of_one_operator("MatMul", ["x", "w"], (["B", 2], ["B", 2]), w=np.eye(2, dtype=np.float32))
    graph.check(model.SerializeToString())
    change(model)
    with pytest.raises(ValueError, match=reason):
        network.Network(model.SerializeToString())


@pytest.mark.parametrize("content", [b"", b"no network", pickle.dumps({"a": 1}), b"\x08\x08" * 40])
def test_what_is_no_network(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"no ONNX network|cannot be run"):
        network.Network(content)


@pytest.mark.parametrize("count", [10**10, 10**15])
def test_a_network_that_asks_for_too_much_memory_fails_alone(count: int) -> None:
    bomb = of_one_operator("Expand", ["x", "s"], (["B", 1], ["B", count]), s=np.array([1, count]))
    with pytest.raises(ValueError, match="cannot be run"):
        network.Network(bomb.SerializeToString()).run(np.ones((1, 1), np.float32))


def test_a_network_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "MOST_SECONDS", 0.05)
    long = of_one_operator("MatMul", ["x", "w"], (["B", 600], ["B", 600]), w=np.eye(600, dtype=np.float32))
    for k in range(2000):
        long.graph.node[-1].output[0] = f"y{k}"
        long.graph.node.append(helper.make_node("MatMul", [f"y{k}", "w"], ["y"]))
    found = network.Network(long.SerializeToString())
    with pytest.raises(ValueError, match=r"it takes more than 0\.05 s"):
        found.run(np.ones((64, 600), np.float32))


def rewritten(path: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    with zipfile.ZipFile(path) as files:
        contents = {name: files.read(name) for name in files.namelist()}
    change(contents)
    with zipfile.ZipFile(path, "w") as files:
        for name, content in contents.items():
            files.writestr(name, content)
    return path


def saying(**said: Any) -> Callable[[dict[str, bytes]], object]:
    def change(contents: dict[str, bytes]) -> None:
        contents["record.json"] = json.dumps(json.loads(contents["record.json"]) | said).encode()

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda contents: contents.pop("decoder.onnx"), "is no ZIP of encoder.onnx"),
        (lambda contents: contents.update({"weights.pkl": b""}), "is no ZIP of encoder.onnx"),
        (lambda contents: contents.update({"../x": contents.pop("decoder.onnx")}), "must hold"),
        (lambda contents: contents.update({"record.json": b"{"}), "record.json that cannot be used"),
        (lambda contents: contents.update({"record.json": b" " * 1_000_001}), "of more than 1,000,000 bytes"),
        (lambda contents: contents.update({"decoder.onnx": contents["encoder.onnx"]}), "cannot be used"),
        (saying(version=2), "its format must be"),
        (saying(latent_dim=3), "the record says others"),
        (saying(latent_dim=1e9), "whole numbers"),
        (saying(form="gaussian"), "the record says others"),
        (saying(likelihood={"name": "gaussian", "pixel_sd": 0}), "likelihood must be"),
        (saying(convention={"channels": "first", "pixels": "unit"}), "missing 'output'"),
        (saying(image_spec={"height": 12, "width": 11, "channels": 3}), "cannot be used"),
    ],
)
def test_a_pair_that_is_not_as_it_should_be(
    change: Callable[[dict[str, bytes]], object], reason: str, written: Path
) -> None:
    pair.load(written)
    with pytest.raises(CheckpointError, match=rf"^mine\.onnx\.zip .*{reason}"):
        pair.load(rewritten(written, change))


def test_a_pair_packed_in_an_odd_way_is_refused(written: Path) -> None:
    with zipfile.ZipFile(written) as files:
        contents = {name: files.read(name) for name in files.namelist()}
    with zipfile.ZipFile(written, "w", zipfile.ZIP_LZMA) as files:
        for name, content in contents.items():
            files.writestr(name, content)
    with pytest.raises(CheckpointError, match="neither stored nor deflated"):
        pair.load(written)


def test_a_pair_cut_short_at_any_place_is_refused(written: Path) -> None:
    content = written.read_bytes()
    for length in range(0, len(content), len(content) // 40):
        written.write_bytes(content[:length])
        with pytest.raises(CheckpointError, match="mine"):
            pair.load(written)


def test_a_pickle_is_not_read_and_the_way_to_convert_it_is_said(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(pickle.dumps(print))
    with pytest.raises(
        CheckpointError, match=r"(?s)model\.pt may be a pickle.*save_file.*python -m vae\.bring"
    ):
        explorer.load(path)
