"""The benchmark: a server that does not start ends the wait; trainings beside each other."""

from typing import Any

import pytest
import torch
from numpy.typing import NDArray
from torch import nn
from torch.utils.data import Dataset

from vae import explorer
from vae.benchmark import browser, example, training


def test_a_server_that_ends_at_once_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "APP", "no_such_app.py")
    with pytest.raises(RuntimeError, match=r"no_such_app\.py"), browser.served():
        pass


def test_a_server_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "PATIENCE_S", 0.0)
    with pytest.raises(RuntimeError, match="did not start"), browser.served():
        pass


# Training

CPU = torch.device("cpu")


def test_the_source_s_recipe_is_the_article_s() -> None:
    config = training.source_config(CPU)
    assert (config.model.hidden, config.model.activation, config.model.latent_dim) == (
        (500, 500),
        "softplus",
        20,
    )
    assert (config.batch_size, config.lr, config.schedule, config.precision) == (
        100,
        1e-3,
        "constant",
        "float32",
    )


def test_the_curve_is_read_where_the_test_images_were_scored() -> None:
    history = explorer.load(training.SOURCE).metrics["history"]
    for epoch in (10, 50):
        loss = history[epoch - 1]["test_nll"] + history[epoch - 1]["test_kl"]
        assert abs(training.epochs_to(loss + 1e-6) - epoch) <= 3  # training goes up and down a little
    assert 50 < training.epochs_to(training.TARGET) < 100


def test_the_ways_stand_beside_each_other(monkeypatch: pytest.MonkeyPatch, digits: NDArray[Any]) -> None:
    """On few images; what the example's way costs is given."""
    pixels = torch.from_numpy(digits[:200]).flatten(1)
    words = "--hidden 8 --epochs 2 --batch-size 50 --precision float32"
    patches = {"FAST": words.split(), "TIMED": 1, "TURNS": 1, "STEPS": 2, "_rows": lambda *_: pixels}
    for name, value in {**patches, "seconds_per_image": lambda *_: 0.01}.items():
        monkeypatch.setattr(training, name, value)
    found = training.train()
    source, example = found["source"], found["example"]
    assert example["seconds"] == pytest.approx(0.01 * 200 * source["epochs"])
    assert example["sooner"] == pytest.approx(source["seconds"] / example["seconds"], abs=0.01)
    assert source["sooner"] == 1
    assert training.TARGET < found["ours"]["test_loss"] < found["ours"]["worst"]
    assert found["reached"] is False


def test_pytorch_s_example_is_timed(monkeypatch: pytest.MonkeyPatch, digits: NDArray[Any]) -> None:
    class Few(Dataset[tuple[torch.Tensor, int]]):
        def __len__(self) -> int:
            return 6 * example.BATCH

        def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
            return torch.from_numpy(digits[index % 100]).permute(2, 0, 1) / 255, 0

    monkeypatch.setattr(example, "STEPS", 3)
    monkeypatch.setattr(example, "WARM_UP", 1)
    monkeypatch.setattr(example, "mnist", Few)
    encoder, decoder = nn.Linear(784, 4), nn.Linear(2, 784)
    before = decoder.weight.detach().clone()
    assert 0 < example.seconds_per_image(encoder, decoder, CPU) < 1
    assert not torch.equal(decoder.weight, before)
