"""The folder of models: names, records, roles, and a new kind of model that one row brings in."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vae import explorer
from vae.images.dataset import Dataset
from vae.images.spec import Floats, ImageSpec
from vae.model import catalogue, checkpoint
from vae.model.catalogue import Opener, Record
from vae.model.checkpoint import Description
from vae.model.posterior import Draws, Posterior
from vae.model.protocol import Model
from vae.model.tensor_file import CheckpointError

SUFFIX = ".foreign"
LINES = Dataset("lines", ImageSpec(20, 12, 1), None, "CC0")


@pytest.mark.parametrize(
    "name",
    ["../x", "a/b", "/etc/passwd", "..", ".", "", "tiny\0", "tiny.codes", "tiny.safetensors.tmp", "x" * 5000],
)
def test_a_name_outside_the_models_folder_is_refused(
    saved: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(catalogue, "MODELS", saved.parent)
    with pytest.raises(CheckpointError, match=r"no model called .*; the models here: tiny") as caught:
        catalogue.model_path(name)
    assert len(str(caught.value)) < 300


def test_a_name_and_a_path_lead_to_the_file(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "MODELS", saved.parent)
    for name_or_path in ("tiny", saved, str(saved)):
        assert catalogue.model_path(name_or_path) == saved


def test_the_names_are_those_of_the_models(saved: Path) -> None:
    for other in ("b.safetensors", "b.codes.safetensors", "b.md", "c.safetensors.tmp", "b.resume"):
        (saved.parent / other).touch()
    assert catalogue.model_names(saved.parent) == ("b", "tiny")
    assert catalogue.released_names(saved.parent) == ("b",)  # there are no codes of the other yet


def test_what_lies_beside_a_model_has_its_name(saved: Path) -> None:
    folder = saved.parent
    assert catalogue.codes_path(folder / "a.b.safetensors") == folder / "a.b.codes.safetensors"
    assert catalogue.card(saved) == ""
    (folder / "tiny.md").write_text("# Tiny", encoding="utf-8")
    assert catalogue.card(saved) == "# Tiny"


@pytest.mark.parametrize("name", ["notes.txt", "tiny.codes.safetensors", "safetensors"])
def test_a_file_that_is_no_model_by_its_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(CheckpointError, match="is no model; their files end in"):
        catalogue.read(tmp_path / name)


def test_the_record_is_read_from_the_header(saved: Path, description: Description) -> None:
    record = catalogue.describe(saved)
    assert record == catalogue.read(saved)[1]
    assert (record.name, record.dataset, record.config) == ("tiny", description.dataset, description.config)
    assert (record.latent_dim, record.form, record.likelihood) == (2, "gaussian", "bernoulli")
    point = replace(description, config=replace(description.config, kind="autoencoder"))
    saved.write_bytes(checkpoint.packed({}, point))
    assert catalogue.describe(saved).form == "point"  # without a tensor in the file
    with pytest.raises(CheckpointError, match="missing or unknown tensors"):
        catalogue.read(saved)


# Roles


def test_the_favoured_models_ship() -> None:
    said = json.loads((catalogue.MODELS / catalogue.CATALOGUE).read_text(encoding="utf-8"))["roles"]
    assert {name for names in said.values() for name in names} <= set(catalogue.released_names())
    assert catalogue.favoured("first")[0] == "mnist-vae-2d"
    assert all(catalogue.favoured(role) for role in said)


def test_a_folder_without_favourites(tmp_path: Path) -> None:
    assert catalogue.favoured("first", tmp_path) == ()
    assert catalogue.titled(tmp_path) == {}


def test_every_model_that_ships_has_a_title_of_its_own_and_a_sentence() -> None:
    assert set(catalogue.titled()) == set(catalogue.released_names())
    titles = [said["title"] for said in catalogue.titled().values()]
    assert len(set(titles)) == len(titles)
    assert max(map(len, titles)) <= 40, "the model picker has room for so much"
    assert all(said["sentence"].endswith(".") for said in catalogue.titled().values())
    record = catalogue.describe(catalogue.model_path("mnist-vae-2d"))
    assert record.title == explorer.load("mnist-vae-2d").title == "VAE, 2-D: the clearest map"


def test_a_model_without_a_title_is_called_by_its_name(saved: Path) -> None:
    assert catalogue.describe(saved).title == "tiny"
    (saved.parent / catalogue.CATALOGUE).write_text('{"models": {"tiny": {"title": "A tiny one"}}}')
    assert catalogue.describe(saved).title == "A tiny one"


# A kind that nobody foresaw


class Ramp:
    """Images that brighten from left to right with the first coordinate of z; draws instead of a density."""

    fingerprint, image_spec, latent_dim = "ramp", LINES.image_spec, 3

    def encode(self, images: Floats) -> Posterior:
        mean = images.mean(axis=(1, 2, 3))[:, None].repeat(3, axis=1)
        return Draws(np.stack([mean - 0.1, mean + 0.1]))

    def decode(self, z: Floats) -> Floats:
        level = np.linspace(0, 1, 12) * (0.5 + 0.5 * np.tanh(z[:, :1]))
        return np.broadcast_to(level[:, None, :, None], (len(z), 20, 12, 1)).astype(np.float32)


def describe_ramp(path: Path) -> Record:
    return Record(path.name.removesuffix(SUFFIX), LINES, 3, "implicit", None, path.read_text("utf-8"))


def read_ramp(path: Path) -> tuple[Model, Record]:
    return Ramp(), describe_ramp(path)


def test_a_new_kind_of_model_is_one_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(catalogue.OPENERS, SUFFIX, Opener(describe_ramp, read_ramp))
    path = tmp_path / f"ramp{SUFFIX}"
    path.write_text("made by hand", encoding="utf-8")
    assert catalogue.model_names(tmp_path) == ("ramp",)
    assert catalogue.describe(path).command == "made by hand"
    model = explorer.load(path)
    assert (model.name, model.dataset, model.likelihood, model.config) == ("ramp", LINES, None, None)
    assert model.abilities == {"posterior"}
    assert model.encode(model.decode([[9.0, 0, 0]])).mu == pytest.approx(0.5, abs=1e-3)
    assert model.grid(2, axes=(0, 2)).shape == (40, 24, 1)
    for lacking in (lambda: model.nll(np.zeros((20, 12, 1)), [[0, 0, 0]]), model.networks):
        with pytest.raises(ValueError, match="ramp"):
            lacking()


def test_only_what_lies_in_the_home_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a model that ships, nor what a link among the user's models leads to."""
    monkeypatch.setenv("VAE_HOME", str(tmp_path / "home"))
    place, ships = tmp_path / "home" / "models", catalogue.MODELS / "mnist-vae-2d.safetensors"
    place.mkdir(parents=True)
    (place / "linked.safetensors").symlink_to(ships)
    for name in ("mnist-vae-2d", "../models/linked", "gone", str(ships)):
        with pytest.raises(CheckpointError):
            catalogue.remove(name)
    catalogue.remove("linked")
    assert list(place.iterdir()) == []
    assert ships.is_file()
