"""Checkpoints: the round trip, and the refusal of every damaged or foreign file."""

import ast
import hashlib
import json
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

from vae.images import sets
from vae.images.dataset import Dataset
from vae.images.spec import ImageSpec
from vae.model import catalogue, checkpoint, codes, tensor_file
from vae.model.checkpoint import Description
from vae.model.config import ModelConfig, tensor_shapes
from vae.model.tensor_file import CheckpointError
from vae.training.vae import VAE, build

ROOT = Path(__file__).parents[2]
Change = Callable[[dict[str, Tensor]], object]


def random_weights(config: ModelConfig) -> dict[str, NDArray[np.float32]]:
    noise = np.random.default_rng(0)
    return {
        name: noise.normal(size=shape).astype(np.float32) for name, shape in tensor_shapes(config).items()
    }


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
    metadata = {name: value for name, value in (metadata | said).items() if value is not None}
    if rehash and "sha256" in metadata:
        metadata["sha256"] = hash_of(metadata, tensors)
    path.write_bytes(serialise(tensors, metadata))


def hash_of(metadata: dict[str, Any], tensors: dict[str, Tensor]) -> str:
    """That of version 2; of types that NumPy has not, which are refused anyway, nothing."""
    known = (torch.float16, torch.float32, torch.float64, torch.int32, torch.bool)
    arrays = {name: t.numpy() for name, t in tensors.items() if t.dtype in known}
    said = {name: value for name, value in metadata.items() if name != "sha256"}
    content = json.dumps([said, tensor_file.tensor_hash(arrays)], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def config_with(**settings: object) -> str:
    config = asdict(ModelConfig(2, (16, 24)))
    del config["image_spec"]
    return json.dumps(config | settings)


def dataset_with(**settings: object) -> str:
    said = asdict(sets.dataset("digits"))
    del said["image_spec"]
    return json.dumps(said | settings)


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
    assert len({tensor_file.tensor_hash(each) for each in (tensors, *others)}) == 5
    assert tensor_file.tensor_hash(dict(reversed(tensors.items()))) == tensor_file.tensor_hash(tensors)


def test_the_fingerprint_sees_all_that_decides_what_the_model_does(
    saved: Path, description: Description
) -> None:
    first = checkpoint.load(saved)
    prints = {first.fingerprint}
    rewrite(saved, config=config_with(activation="tanh"))
    prints.add(checkpoint.load(saved).fingerprint)
    rewrite(saved, dataset=dataset_with(name="mnist"))
    prints.add(checkpoint.load(saved).fingerprint)
    rewrite(saved, lambda tensors: tensors["decoder.0.bias"].add_(0.25))
    prints.add(checkpoint.load(saved).fingerprint)
    assert len(prints) == 4
    checkpoint.save(saved, first.weights, replace(description, seed=8, metrics={}), np.float16)
    assert checkpoint.load(saved).fingerprint == first.fingerprint  # the same model with other notes


@pytest.mark.parametrize("name", catalogue.model_names())
def test_the_shipped_codes_are_of_the_shipped_models(name: str) -> None:
    path = catalogue.model_path(name)
    read = checkpoint.load(path)
    latent_dim, kind = read.description.config.latent_dim, read.description.config.kind
    terms = frozenset({"nll"} if kind == "avb" else {"nll", "kl"})
    expected = codes.Expected(read.fingerprint, latent_dim, 10, terms)
    shipped = codes.load(catalogue.codes_path(path), expected)
    assert shipped.mu.shape[1] == latent_dim


def version_1(path: Path, **said: str) -> None:
    """Write the checkpoint as version 1 had it: the data set's name, and a hash of the tensors alone."""
    metadata, tensors = metadata_of(path), parse(path.read_bytes())
    metadata.pop("image_spec", None)
    arrays = {name: tensor.numpy() for name, tensor in tensors.items()}
    old = {"version": "1", "dataset": '"digits"', "sha256": tensor_file.tensor_hash(arrays)}
    path.write_bytes(serialise(tensors, metadata | old | said))


def test_version_1_is_28_x_28_grey_with_the_classes_of_its_data_set(
    saved: Path, description: Description
) -> None:
    now = checkpoint.load(saved)
    version_1(saved)
    old = checkpoint.load(saved)
    assert old.description == now.description == description
    assert old.fingerprint == now.fingerprint  # codes and measurements stay valid
    assert old.description.dataset.class_names == tuple("0123456789")
    version_1(saved, dataset='"fashion-mnist"')
    assert checkpoint.load(saved).description.dataset.class_names[1] == "Trouser"  # type: ignore[index]


def test_a_model_of_a_data_set_that_is_unknown_here_brings_all_that_is_to_be_known(
    tmp_path: Path, description: Description
) -> None:
    shapes = Dataset("shapes", ImageSpec(12, 10, 3), ("a cube", "a <b>"), "CC0", noun="shape")
    config = ModelConfig(3, (4, 5), network="conv", image_spec=shapes.image_spec)
    path = tmp_path / "shapes.safetensors"
    checkpoint.save(path, random_weights(config), replace(description, config=config, dataset=shapes))
    assert checkpoint.load(path).description.dataset == shapes
    assert catalogue.describe(path).dataset.phrase(0) == "an a cube"
    unlabelled = replace(shapes, class_names=None)
    checkpoint.save(path, random_weights(config), replace(description, config=config, dataset=unlabelled))
    assert checkpoint.load(path).description.dataset.class_names is None


def test_a_description_that_could_not_be_read_again_is_not_written(
    tmp_path: Path, model: VAE, description: Description
) -> None:
    many = Dataset("many", ImageSpec(28, 28, 1), ("x",) * 257)
    with pytest.raises(ValueError, match="at most 256 names"):
        checkpoint.save(tmp_path / "m.safetensors", model.weights(), replace(description, dataset=many))
    with pytest.raises(ValueError, match="28 × 28 grey cannot be trained on images 64 × 64 RGB"):
        replace(description, dataset=Dataset("rgb", ImageSpec(64, 64, 3)))
    assert not list(tmp_path.iterdir())


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


def test_a_file_larger_than_its_header_says_is_refused_before_it_is_read(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with saved.open("r+b") as file:
        file.truncate(10**12)  # sparse: takes no room on the disk
    monkeypatch.setattr(tensor_file, "parse", lambda data: pytest.fail("a tensor was read"))
    assert "too large: 1,000,000,000,000 bytes, its header describes" in rejection(saved)


def test_a_model_larger_than_any_honest_one_is_refused_by_its_configuration(saved: Path) -> None:
    spec = json.dumps({"height": 128, "width": 128, "channels": 3})
    said = dataset_with(name="mine", preparation="resize")
    rewrite(saved, config=config_with(hidden=[2048] * 6), image_spec=spec, dataset=said)
    assert "a model may have 100,000,000 weights, this one would have 2" in rejection(saved)


def test_a_header_over_a_megabyte(tmp_path: Path) -> None:
    path = tmp_path / "header.safetensors"
    path.write_bytes(raw(b'{"__metadata__": {"x": "' + b"x" * tensor_file.MAX_HEADER_BYTES + b'"}}'))
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
    assert "too large" in rejection(saved)


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


@pytest.mark.parametrize("version", ["3", "", "1.0", None])
def test_an_unknown_version(saved: Path, version: str | None) -> None:
    rewrite(saved, version=version)
    assert "this program reads version 1 and 2" in rejection(saved)


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
        ({"network": "conv", "hidden": [8] * 7}, "hidden must be"),
        ({"image_spec": {}}, "image_spec"),
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
    monkeypatch.setattr(tensor_file, "parse", lambda data: pytest.fail("a tensor was read"))
    sentence = rejection(saved)
    assert reason in sentence


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"config": None}, "missing 'config'"),
        ({"config": "{"}, "Expecting"),
        ({"config": "[]"}, "config is not an object"),
        ({"config": "[" * 100_000}, "recursion"),
        ({"config": "{}"}, "missing 'hidden'"),
        ({"command": "null"}, "command is not a text"),
        ({"command": json.dumps("x" * 30_000)}, "command is not a text of at most 20000 characters"),
        ({"seed": '"0"'}, "seed is not a whole number"),
        ({"seed": "true"}, "seed is not a whole number"),
        ({"metrics": "[]"}, "metrics is not an object"),
        ({"metrics": '{"elbo": "<b>"}'}, "elbo is not a number"),
        ({"metrics": '{"nll": NaN}'}, "nll is not a number"),
        ({"metrics": '{"kl_per_dim": ["x"]}'}, "kl_per_dim"),
        ({"metrics": '{"history": [1]}'}, "an epoch of history"),
        ({"metrics": '{"history": [{"nll": []}]}'}, "an epoch of history"),
        ({"dataset": "5"}, "not subscriptable"),
        ({"dataset": '"digits"'}, "string indices"),
        ({"dataset": "{}"}, "missing 'class_names'"),
        ({"dataset": dataset_with(name="")}, "name is empty"),
        ({"dataset": dataset_with(class_names=[" "] * 10)}, "class_names is empty"),
        ({"dataset": dataset_with(name="a\nb")}, "characters that cannot be printed"),
        ({"dataset": dataset_with(noun="dig\u202eit")}, "characters that cannot be printed"),
        ({"dataset": dataset_with(name="x" * 81)}, "name is not a text of at most 80 characters"),
        ({"dataset": dataset_with(noun=7)}, "noun is not a text"),
        ({"dataset": dataset_with(noun="<b>digit</b>")}, "noun has one of the characters"),
        ({"dataset": dataset_with(name="digits; ls")}, "name has one of the characters"),
        ({"dataset": dataset_with(preparation="eval")}, "preparation must be mnist or resize"),
        ({"dataset": dataset_with(class_names=["x"] * 257)}, "at most 256 names"),
        ({"dataset": dataset_with(class_names=[])}, "at most 256 names"),
        ({"dataset": dataset_with(class_names="0123456789")}, "at most 256 names"),
        ({"dataset": dataset_with(class_names=["x" * 81])}, "class_names is not a text of at most 80"),
        ({"dataset": dataset_with(class_names=[1])}, "class_names is not a text"),
        ({"dataset": dataset_with(class_names=["a", "b"])}, "digits has other images or classes here"),
        ({"image_spec": None}, "missing 'image_spec'"),
        ({"image_spec": "[28, 28, 1]"}, "list indices"),
        ({"image_spec": '{"height": 28.0, "width": 28, "channels": 1}'}, "must be whole numbers"),
        ({"image_spec": '{"height": 28, "width": 28, "channels": true}'}, "must be whole numbers"),
        ({"image_spec": '{"height": 28, "width": 28, "channels": 2}'}, "channels must be"),
        ({"image_spec": '{"height": 4096, "width": 28, "channels": 1}'}, "height must be"),
        ({"metrics": None}, "missing 'metrics'"),
        ({"value_range": "[0, 255]"}, "value_range must be [0, 1]"),
        ({"value_range": "0"}, "value_range must be [0, 1], got 0"),
    ],
)
def test_a_description_that_makes_no_sense(saved: Path, said: dict[str, Any], reason: str) -> None:
    rewrite(saved, **said)
    assert reason in rejection(saved)


def test_an_unknown_data_set_is_named_with_those_that_are_known(saved: Path) -> None:
    version_1(saved, dataset='"cats"')
    said = "tiny.safetensors was trained on a data set that is unknown here: There is no data set 'cats'"
    assert rejection(saved).startswith(f"{said}; choose one of mnist, ")


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
    assert "of shape" in rejection(saved)


def test_a_tensor_of_a_wrong_shape(saved: Path) -> None:
    rewrite(saved, lambda tensors: tensors.update({"decoder.0.bias": torch.zeros(16, 1)}))
    assert "tensor decoder.0.bias of shape (16, 1), not (16,)" in rejection(saved)


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
    assert f"tensor decoder.0.bias of type {name}; F16 and F32 are read" in rejection(saved)


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
    assert f"decoder.0.bias of type {kind}" in rejection(saved)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_value_that_is_not_finite(saved: Path, value: float) -> None:
    rewrite(saved, lambda tensors: tensors["decoder.0.bias"].__setitem__(3, value))
    assert "decoder.0.bias with values that are not finite" in rejection(saved)


def test_a_wrong_hash(saved: Path) -> None:
    rewrite(saved, lambda tensors: tensors["decoder.0.bias"].add_(0.25), rehash=False)
    assert "does not match its sha256" in rejection(saved)


def test_no_hash(saved: Path) -> None:
    rewrite(saved, sha256=None)
    assert "does not match its sha256" in rejection(saved)


@pytest.mark.parametrize("place", range(1, 2000, 111))
def test_a_flipped_bit_anywhere_is_noticed(saved: Path, place: int) -> None:
    data = bytearray(saved.read_bytes())
    place = len(data) * place // 2000  # in the header, in tensors of either network
    data[place] ^= 0x10
    saved.write_bytes(data)
    rejection(saved)


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


# The description alone


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
