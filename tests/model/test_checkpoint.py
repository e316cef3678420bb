"""Checkpoints: the round trip, and the refusal of every damaged or foreign file."""

import ast
import json
import math
import pickle
import struct
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load as parse
from safetensors.torch import save as serialise
from torch import Tensor

from vae.model import checkpoint, codes
from vae.model.checkpoint import CheckpointError, Description
from vae.model.config import ModelConfig, tensor_shapes
from vae.training.vae import VAE, build

ROOT = Path(__file__).parents[2]
Change = Callable[[dict[str, Tensor]], object]


def raw(header: bytes, body: bytes = b"") -> bytes:
    """A safetensors file of any header."""
    return struct.pack("<Q", len(header)) + header + body


def metadata_of(path: Path) -> dict[str, str]:
    data = path.read_bytes()
    said: dict[str, str] = json.loads(data[8 : 8 + struct.unpack("<Q", data[:8])[0]])["__metadata__"]
    return said


def rewrite(
    path: Path, change: Change = lambda tensors: None, rehash: bool = True, **said: str | None
) -> None:
    """Change tensors and metadata of a checkpoint; None takes an entry of the metadata away."""
    metadata: dict[str, Any] = metadata_of(path)
    tensors = parse(path.read_bytes())
    change(tensors)
    if rehash:
        metadata["sha256"] = hash_of(tensors)
    metadata = {name: value for name, value in (metadata | said).items() if value is not None}
    path.write_bytes(serialise(tensors, metadata))


def hash_of(tensors: dict[str, Tensor]) -> str:
    """As `checkpoint.tensor_hash`; of types that NumPy has not, which are refused anyway, nothing."""
    known = (torch.float16, torch.float32, torch.float64, torch.int32, torch.bool)
    return checkpoint.tensor_hash({name: t.numpy() for name, t in tensors.items() if t.dtype in known})


def config_with(**settings: object) -> str:
    return json.dumps(asdict(ModelConfig(2, (16, 24))) | settings)


def rejection(path: Path) -> str:
    """The sentence with which a file is refused; it names the file and a way out."""
    with pytest.raises(CheckpointError) as caught:
        checkpoint.load(path)
    sentence = str(caught.value)
    assert path.name in sentence
    assert "python -m vae.train" in sentence
    assert len(sentence) < 600
    assert "\n" not in sentence
    return sentence


def test_round_trip(tmp_path: Path, model: VAE, description: Description) -> None:
    path = tmp_path / "new" / "folder" / "tiny.safetensors"
    checkpoint.save(path, model.weights(), description)
    loaded = checkpoint.load(path)
    assert loaded.description == description
    assert loaded.weights.keys() == model.state_dict().keys()
    assert all(np.array_equal(loaded.weights[name], weight) for name, weight in model.weights().items())
    assert loaded.fingerprint == checkpoint.fingerprint(model.weights(), description)
    assert checkpoint.tensor_hash(model.weights()) == metadata_of(path)["sha256"]


def test_round_trip_of_a_gaussian_model_in_float16(tmp_path: Path, description: Description) -> None:
    model = VAE(ModelConfig(3, (8,), "tanh", "gaussian", 0.5, 2))
    path = tmp_path / "tiny.safetensors"
    checkpoint.save(path, model.weights(), replace(description, config=model.config), np.float16)
    loaded = checkpoint.load(path)
    assert loaded.description.config == model.config
    rebuilt = build(loaded.description.config, loaded.weights)
    assert not rebuilt.training
    for name, weight in rebuilt.state_dict().items():
        assert weight.dtype == torch.float32
        assert torch.equal(weight, model.state_dict()[name].half().float())


def test_a_loaded_model_can_be_trained(saved: Path) -> None:
    read = checkpoint.load(saved)
    model = build(read.description.config, read.weights)
    model.terms(torch.rand(2, 784))[0].mean().backward()
    assert all(weight.grad is not None for weight in model.decoder.parameters())


def test_saving_leaves_the_model_as_it_was(tmp_path: Path, model: VAE, description: Description) -> None:
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    checkpoint.save(tmp_path / "tiny.safetensors", model.weights(), description, np.float16)
    assert all(torch.equal(before[name], weight) for name, weight in model.state_dict().items())


def test_the_hash_sees_names_types_shapes_and_values() -> None:
    tensors = {"a": np.zeros((2, 3), np.float32), "b": np.ones(1, np.float32)}
    others: list[dict[str, NDArray[Any]]] = [
        {"a": tensors["a"], "c": tensors["b"]},
        {"a": tensors["a"].astype(np.float16), "b": tensors["b"]},
        {"a": tensors["a"].T, "b": tensors["b"]},
        {"a": tensors["a"], "b": np.nextafter(tensors["b"], np.float32(2))},
    ]
    assert len({checkpoint.tensor_hash(each) for each in (tensors, *others)}) == 5
    assert checkpoint.tensor_hash(dict(reversed(tensors.items()))) == checkpoint.tensor_hash(tensors)


def test_the_fingerprint_sees_all_that_decides_what_the_model_does(
    saved: Path, description: Description
) -> None:
    first = checkpoint.load(saved)
    prints = {first.fingerprint}
    rewrite(saved, config=config_with(activation="tanh"))
    prints.add(checkpoint.load(saved).fingerprint)
    rewrite(saved, dataset='"mnist"')
    prints.add(checkpoint.load(saved).fingerprint)
    rewrite(saved, lambda tensors: tensors["decoder.0.bias"].add_(0.25))
    prints.add(checkpoint.load(saved).fingerprint)
    assert len(prints) == 4
    checkpoint.save(saved, first.weights, replace(description, seed=8, metrics={}), np.float16)
    assert checkpoint.load(saved).fingerprint == first.fingerprint  # the same model with other notes


@pytest.mark.parametrize("name", checkpoint.model_names())
def test_the_shipped_codes_are_of_the_shipped_models(name: str) -> None:
    path = checkpoint.model_path(name)
    read = checkpoint.load(path)
    shipped = codes.load(checkpoint.codes_path(path), read.fingerprint)
    assert shipped.mu.shape[1] == read.description.config.latent_dim


def test_every_configuration_that_can_be_built_can_be_read_back() -> None:
    largest = tensor_shapes(ModelConfig(64, (2048,) * 6, likelihood="gaussian"))
    size = sum(4 * math.prod(shape) for shape in largest.values())
    assert size + checkpoint.MAX_HEADER_BYTES < checkpoint.MAX_BYTES


# What is refused


def test_a_missing_file(tmp_path: Path) -> None:
    assert "No such file" in rejection(tmp_path / "none.safetensors")


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "folder.safetensors"
    path.mkdir()
    assert "directory" in rejection(path)


def test_a_nul_in_the_path() -> None:
    with pytest.raises(CheckpointError, match="null byte"):
        checkpoint.load(Path("a\0b.safetensors"))


def test_too_large_a_file_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "huge.safetensors"
    with path.open("wb") as file:
        file.truncate(checkpoint.MAX_BYTES + 1)  # sparse: takes no room on the disk
    monkeypatch.setattr(Path, "open", lambda *_: pytest.fail("the file was opened"))
    monkeypatch.setattr(Path, "read_bytes", lambda *_: pytest.fail("the file was read"))
    assert f"too large: {checkpoint.MAX_BYTES + 1:,} bytes" in rejection(path)


def test_a_header_over_a_megabyte(tmp_path: Path) -> None:
    path = tmp_path / "header.safetensors"
    path.write_bytes(raw(b'{"__metadata__": {"x": "' + b"x" * checkpoint.MAX_HEADER_BYTES + b'"}}'))
    assert "header of 1,000,0" in rejection(path)


def test_a_header_that_claims_to_be_endless(tmp_path: Path) -> None:
    path = tmp_path / "header.safetensors"
    path.write_bytes(b"\xff" * 64)
    assert "header of 18,446,744,073,709,551,615 bytes" in rejection(path)


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 100, 1000, -1, -2000])
def test_an_empty_or_truncated_file(saved: Path, size: int) -> None:
    saved.write_bytes(saved.read_bytes()[:size])
    assert "cut short" in rejection(saved)


def test_bytes_after_the_end(saved: Path) -> None:
    saved.write_bytes(saved.read_bytes() + b"more")
    assert "not a safetensors file" in rejection(saved)


@pytest.mark.parametrize(
    "header",
    [
        b"[" * 900_000,
        b'{"__metadata__": ' + b"[" * 400_000 + b"]" * 400_000 + b"}",
        b'{"a":' * 150_000 + b"1" + b"}" * 150_000,
        b'{"__metadata__": ' + b"9" * 900_000 + b"}",
        b"[1, 2]",
        b"null",
        b'"text"',
        b"\xff\xfe\x00\x01",
        b'{"__metadata__": {"format": "vae-explorer"',
    ],
    ids=["brackets", "nested list", "nested objects", "long number", "list", "null", "text", "bytes", "half"],
)
def test_a_hostile_header(tmp_path: Path, header: bytes) -> None:
    path = tmp_path / "hostile.safetensors"
    path.write_bytes(raw(header))
    assert "header cannot be read" in rejection(path)


@pytest.mark.parametrize(
    "metadata", ["null", "[]", "7", '"vae-explorer"', "{}", '{"format": ["vae-explorer"]}']
)
def test_an_unknown_format(tmp_path: Path, metadata: str) -> None:
    path = tmp_path / "foreign.safetensors"
    path.write_bytes(raw(f'{{"__metadata__": {metadata}}}'.encode()))
    assert "unknown format" in rejection(path)


def test_a_foreign_safetensors_file(tmp_path: Path) -> None:
    path = tmp_path / "foreign.safetensors"
    path.write_bytes(serialise({"weight": torch.zeros(3)}))
    assert "unknown format" in rejection(path)
    path.write_bytes(serialise({"weight": torch.zeros(3)}, {"format": "pt"}))
    assert "unknown format" in rejection(path)


@pytest.mark.parametrize("version", ["2", "", "1.0", None])
def test_an_unknown_version(saved: Path, version: str | None) -> None:
    rewrite(saved, version=version)
    assert "this program reads version 1" in rejection(saved)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"latent_dim": 10**9}, "latent_dim must be"),
        ({"latent_dim": 0}, "latent_dim must be"),
        ({"latent_dim": "2"}, "latent_dim must be"),
        ({"hidden": [10**9]}, "hidden must be"),
        ({"hidden": [2048] * 7}, "hidden must be"),
        ({"hidden": [1] * 100_000}, "hidden must be"),
        ({"hidden": 5}, "not iterable"),
        ({"hidden": []}, "likelihood must be gaussian without hidden layers"),
        ({"network": "conv"}, "missing or unknown tensors"),
        ({"network": "conv", "hidden": [8]}, "hidden must be"),
        ({"kind": "gan"}, "kind must be"),
        ({"pixel_variance": -1}, "pixel_variance must be"),
        ({"activation": "exec"}, "activation must be"),
        ({"activation": ["silu"]}, "activation must be"),
        ({"likelihood": "poisson"}, "likelihood must be"),
        ({"beta": float("nan")}, "beta must be"),
        ({"samples": 10**6}, "samples must be"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_configuration_out_of_bounds_is_refused_before_the_model_is_built(
    saved: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], reason: str
) -> None:
    rewrite(saved, config=config_with(**settings))
    monkeypatch.setattr(checkpoint, "parse", lambda data: pytest.fail("a tensor was read"))
    sentence = rejection(saved)
    assert reason in sentence


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"config": None}, "missing 'config'"),
        ({"config": "{"}, "Expecting"),
        ({"config": "[]"}, "list indices"),
        ({"config": "[" * 100_000}, "recursion"),
        ({"config": "{}"}, "missing 'hidden'"),
        ({"dataset": "5"}, "dataset is not of type str"),
        ({"command": "null"}, "command is not of type str"),
        ({"seed": '"0"'}, "seed is not of type int"),
        ({"metrics": "[]"}, "metrics is not of type dict"),
        ({"metrics": None}, "missing 'metrics'"),
        ({"value_range": "[0, 255]"}, "value_range must be [0, 1]"),
        ({"value_range": "0"}, "not iterable"),
    ],
)
def test_a_description_that_makes_no_sense(saved: Path, said: dict[str, Any], reason: str) -> None:
    rewrite(saved, **said)
    assert reason in rejection(saved)


def test_an_unknown_data_set_is_named_with_those_that_are_known(saved: Path) -> None:
    rewrite(saved, dataset='"emoji"')
    said = "tiny.safetensors was trained on the data set 'emoji', which is unknown here"
    assert rejection(saved).startswith(f"{said}; known: mnist, fashion-mnist, kmnist, digits. ")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda tensors: tensors.pop("decoder.0.weight"), "decoder.0.weight"),
        (lambda tensors: tensors.update(extra=torch.zeros(1)), "extra"),
        (lambda tensors: tensors.update(pixel_log_var=torch.tensor(0.0)), "pixel_log_var"),
        (lambda tensors: tensors.clear(), "unknown tensors"),
    ],
)
def test_missing_or_unknown_tensors(saved: Path, change: Change, reason: str) -> None:
    rewrite(saved, change)
    assert reason in rejection(saved)


def test_tensors_of_another_configuration(saved: Path) -> None:
    rewrite(saved, config=config_with(latent_dim=3))
    assert "has shape" in rejection(saved)


def test_a_tensor_of_a_wrong_shape(saved: Path) -> None:
    rewrite(saved, lambda tensors: tensors.update({"decoder.0.bias": torch.zeros(16, 1)}))
    assert "decoder.0.bias has shape (16, 1), not (16,)" in rejection(saved)


@pytest.mark.parametrize(
    ("dtype", "name"),
    [
        (torch.bfloat16, "BF16"),
        (torch.float64, "F64"),
        (torch.int32, "I32"),
        (torch.bool, "BOOL"),
        (torch.float8_e5m2, "F8_E5M2"),
    ],
)
def test_a_tensor_of_a_wrong_type(saved: Path, dtype: torch.dtype, name: str) -> None:
    rewrite(saved, lambda tensors: tensors.update({"decoder.0.bias": torch.zeros(16).to(dtype)}))
    assert f"decoder.0.bias has type {name}, F16 and F32 are read" in rejection(saved)


@pytest.mark.parametrize("kind", ["F8_E8M0", "F4", "F16F16"])
def test_a_tensor_of_an_exotic_type(saved: Path, kind: str) -> None:
    data = saved.read_bytes()
    header = json.loads(data[8 : 8 + struct.unpack("<Q", data[:8])[0]])
    end = max(entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__")
    header["zzz"] = {"dtype": kind, "shape": [2], "data_offsets": [end, end + {"F4": 1}.get(kind, 2)]}
    saved.write_bytes(raw(json.dumps(header).encode(), data[-end:] + b"\0" * {"F4": 1}.get(kind, 2)))
    assert "unknown tensors (zzz)" in rejection(saved)
    header["decoder.0.bias"]["dtype"] = kind
    del header["zzz"]
    saved.write_bytes(raw(json.dumps(header).encode(), data[-end:]))
    assert f"decoder.0.bias has type {kind}" in rejection(saved)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_value_that_is_not_finite(saved: Path, value: float) -> None:
    rewrite(saved, lambda tensors: tensors["decoder.0.bias"].__setitem__(3, value))
    assert "decoder.0.bias holds values that are not finite" in rejection(saved)


def test_a_wrong_hash(saved: Path) -> None:
    rewrite(saved, lambda tensors: tensors["decoder.0.bias"].add_(0.25), rehash=False)
    assert "do not match its sha256" in rejection(saved)


def test_no_hash(saved: Path) -> None:
    rewrite(saved, sha256=None)
    assert "do not match its sha256" in rejection(saved)


@pytest.mark.parametrize("place", range(1, 2000, 111))
def test_a_flipped_bit_anywhere_is_noticed(saved: Path, model: VAE, place: int) -> None:
    data = bytearray(saved.read_bytes())
    place = len(data) * place // 2000  # in the header, in tensors of either network
    data[place] ^= 0x10
    saved.write_bytes(data)
    try:
        loaded = checkpoint.load(saved)
    except CheckpointError as error:
        assert saved.name in str(error)  # noqa: PT017  # either outcome is right, see below
    else:  # a bit of the description that is no part of the model: the weights are intact
        assert checkpoint.tensor_hash(loaded.weights) == checkpoint.tensor_hash(
            {name: weight.astype(np.float16) for name, weight in model.weights().items()}
        )


@pytest.mark.parametrize("with_torch", [False, True])
def test_a_renamed_pickle_is_refused_and_never_run(tmp_path: Path, trap: Any, with_torch: bool) -> None:
    path = tmp_path / "pickle.safetensors"
    if with_torch:
        torch.save({"a": torch.zeros(3), "trap": trap}, path)
    else:
        path.write_bytes(pickle.dumps(trap))
    rejection(path)
    assert not trap.sprung.exists()


def test_nothing_in_the_package_unpickles_without_care() -> None:
    for path in (ROOT / "vae").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = ast.unparse(call.func) if isinstance(call, ast.Call) else ""
            assert name not in {"pickle.load", "pickle.loads", "pickle.Unpickler", "joblib.load"}
            if name == "torch.load":
                assert path.name == "run.py"
                assert "weights_only=True" in ast.unparse(call)


# Names


@pytest.mark.parametrize(
    "name",
    ["../x", "a/b", "/etc/passwd", "..", ".", "", "tiny\0", "tiny.codes", "tiny.safetensors.tmp", "x" * 5000],
)
def test_a_name_outside_the_models_folder_is_refused(
    saved: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(checkpoint, "MODELS", saved.parent)
    monkeypatch.setattr(checkpoint, "model_names", lambda: ("tiny",))
    with pytest.raises(CheckpointError, match=r"There is no model called .*; shipped models: tiny") as caught:
        checkpoint.model_path(name)
    assert len(str(caught.value)) < 300


def test_a_name_and_a_path_lead_to_the_file(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "MODELS", saved.parent)
    monkeypatch.setattr(checkpoint, "model_names", lambda: ("tiny",))
    for name_or_path in ("tiny", saved, str(saved)):
        assert checkpoint.model_path(name_or_path) == saved


def test_the_names_are_those_of_the_checkpoints(saved: Path) -> None:
    for other in ("b.safetensors", "b.codes.safetensors", "b.md", "c.safetensors.tmp", "b.resume"):
        (saved.parent / other).touch()
    assert checkpoint.model_names(saved.parent) == ("b", "tiny")
    assert checkpoint.released_names(saved.parent) == ("b",)  # there are no codes of the other yet


def test_the_description_is_read_without_the_tensors(saved: Path, description: Description) -> None:
    assert checkpoint.describe(saved) == description == checkpoint.load(saved).description
    content = bytearray(saved.read_bytes())
    content[-1] ^= 1
    saved.write_bytes(content)
    assert checkpoint.describe(saved) == description
    with pytest.raises(CheckpointError, match="damaged"):
        checkpoint.load(saved)


def test_a_file_that_describes_nothing_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "foreign.safetensors"
    file.write_bytes(b"\0" * 40)
    with pytest.raises(CheckpointError, match=r"foreign\.safetensors"):
        checkpoint.describe(file)
