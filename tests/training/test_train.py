"""Training: it learns, and what interrupts it loses nothing and is told in a sentence."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.linalg import subspace_angles
from sklearn.decomposition import PCA
from torch import Tensor

from tests.pages import strangers
from vae import train
from vae.images import sets
from vae.images.spec import ImageSpec
from vae.model import catalogue, checkpoint
from vae.model.config import ModelConfig
from vae.train import Interrupted
from vae.training import settings
from vae.training.adversarial.settings import CriticConfig
from vae.training.augment import AUGMENTATIONS
from vae.training.evaluation import evaluate
from vae.training.networks import Residual
from vae.training.run import START, Run, TrainingError, fit, resume_path
from vae.training.settings import TrainConfig
from vae.training.vae import build

ROOT = Path(__file__).parents[2]
CPU = torch.device("cpu")
TINY = ModelConfig(latent_dim=2, hidden=(32,))


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Equality to the bit needs the same number of threads everywhere."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def pixels(digits: NDArray[Any]) -> Tensor:
    return torch.from_numpy(digits[:330]).flatten(1)  # 330 = 6 batches of 50, and 30 that sit out


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "model.safetensors"


def config(**settings: Any) -> TrainConfig:
    return replace(TrainConfig(model=TINY, dataset="digits", epochs=4, batch_size=50), **settings)


def new_run(pixels: Tensor, **settings: Any) -> Run:
    return Run(config(**settings), len(pixels), CPU)


def bits(part: Any) -> Any:
    """The same part with bytes for tensors, so that == compares to the bit."""
    if isinstance(part, Tensor):
        return str(part.dtype), tuple(part.shape), part.numpy().tobytes()
    if isinstance(part, dict):
        return {name: bits(inner) for name, inner in part.items()}
    return [bits(inner) for inner in part] if isinstance(part, list | tuple) else part


def kept(out: Path) -> dict[str, Any]:
    """All that the resume file holds, less the time it took."""
    parts = torch.load(resume_path(out), weights_only=True)
    return {name: bits(part) for name, part in parts.items() if name != "seconds"}


class StopAt:
    """Raise in the middle of an epoch."""

    def __init__(self, epoch: int, step: int = 3) -> None:
        self.epoch, self.step, self.seen = epoch, step, 0

    def __call__(self, epoch: int, images: int, loss: Tensor) -> None:
        self.seen += epoch == self.epoch
        if self.seen == self.step:
            raise Interrupted(signal.SIGTERM)


# Learning


def test_the_loss_goes_down_and_the_elbo_up(pixels: Tensor, out: Path) -> None:
    run = new_run(pixels, lr=1e-2)
    x = pixels.float() / 255
    before = evaluate(run.model, x).elbo.mean()
    fit(run, pixels, out)
    losses = [entry["nll"] + entry["kl"] for entry in run.history]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.7 * losses[0]
    assert evaluate(run.model, x).elbo.mean() > before + 100
    said = checkpoint.load(out).description
    assert said.metrics["history"] == run.history
    assert said.metrics["seconds"] > 0
    assert (said.dataset.name, said.seed, said.config) == ("digits", 0, TINY)


def test_the_first_epoch_loss_is_that_of_the_model(pixels: Tensor) -> None:
    """History holds nats per image, means over the images of the epoch."""
    run = new_run(pixels, lr=1e-12)
    terms = evaluate(run.model, pixels.float() / 255)
    run.train_epoch(pixels, lambda *_: None)
    assert run.history[0]["nll"] == pytest.approx(terms.nll.mean().item(), rel=0.02)
    assert run.history[0]["kl"] == pytest.approx(terms.kl.mean().item(), rel=0.05)


def test_beta_weighs_the_kl_in_the_loss_only(pixels: Tensor) -> None:
    free, held = (
        new_run(pixels, model=ModelConfig(2, (32,), beta=beta), lr=1e-2, epochs=2) for beta in (0.0, 50.0)
    )
    for run in (free, held):
        run.train_epoch(pixels, lambda *_: None)
        run.train_epoch(pixels, lambda *_: None)
    assert held.history[-1]["kl"] < 0.1 * free.history[-1]["kl"]


def test_the_seed_decides_the_run(pixels: Tensor, tmp_path: Path) -> None:
    prints = []
    for turn, seed in enumerate((1, 1, 2)):
        torch.manual_seed(turn)  # what happens elsewhere does not matter
        fit(new_run(pixels, seed=seed, epochs=1), pixels, tmp_path / "model.safetensors")
        prints.append(checkpoint.load(tmp_path / "model.safetensors").fingerprint)
    assert prints[0] == prints[1] != prints[2]


def test_a_run_leaves_the_global_random_numbers_alone(pixels: Tensor) -> None:
    before = torch.get_rng_state()
    new_run(pixels).train_epoch(pixels, lambda *_: None)
    assert torch.equal(torch.get_rng_state(), before)


# The other kinds

LINEAR = ModelConfig(2, (), likelihood="gaussian", kind="autoencoder", pixel_variance=0.5)


def principal(pixels: Tensor) -> PCA:
    return PCA(2, svd_solver="full").fit(pixels.double().numpy() / 255)


def test_the_closed_form_is_pca(pixels: Tensor) -> None:
    run = new_run(pixels, model=replace(LINEAR, pixel_variance=0.0), solver="pca")
    run.solve(pixels)
    x, oracle = pixels.float() / 255, principal(pixels)
    codes, expected = run.model.encode(x).mu.detach().numpy(), oracle.transform(x)
    np.testing.assert_allclose(np.abs(codes), np.abs(expected), atol=1e-4)
    decoded = run.model.decode(run.model.encode(x).mu).detach().numpy()
    np.testing.assert_allclose(decoded, oracle.inverse_transform(expected), atol=1e-5)
    residual = np.square(decoded - x.numpy()).mean()
    assert run.model.pixel_log_var.exp().item() == pytest.approx(residual, rel=1e-4)


def test_gradient_descent_finds_the_subspace_of_pca() -> None:
    rng = np.random.default_rng(0)
    plane = rng.normal(size=(300, 2)) @ rng.normal(0, 12, size=(2, 784))  # and noise around it
    pixels = torch.from_numpy((50 + plane + rng.normal(0, 5, plane.shape)).clip(0, 255).astype(np.uint8))
    run = new_run(pixels, model=LINEAR, epochs=60, lr=1e-2, batch_size=10, weights="xavier")
    for _ in range(60):
        run.train_epoch(pixels, lambda *_: None)
    oracle, x = principal(pixels), pixels.float() / 255
    angles = subspace_angles(run.model.weights()["decoder.0.weight"], oracle.components_.T)
    assert np.degrees(angles).max() < 2
    best = np.square(oracle.inverse_transform(oracle.transform(x)) - x.numpy()).mean()
    error = evaluate(run.model, x).mse.mean().item()
    assert best * (1 - 1e-4) <= error < 1.01 * best


@pytest.mark.parametrize("model", [TINY, replace(TINY, kind="autoencoder"), ModelConfig(2, (8,))])
def test_pca_solves_linear_autoencoders_only(model: ModelConfig) -> None:
    with pytest.raises(ValueError, match="solver must be adam, or pca for an autoencoder without hidden"):
        TrainConfig(model=model, solver="pca")


def test_an_autoencoder_learns_without_a_kl(pixels: Tensor) -> None:
    run = new_run(pixels, model=replace(TINY, kind="autoencoder", beta=50.0), lr=1e-2)
    for _ in range(3):
        run.train_epoch(pixels, lambda *_: None)
    assert [entry["kl"] for entry in run.history] == [0, 0, 0]
    assert run.history[-1]["nll"] < 0.8 * run.history[0]["nll"]


def test_a_convolutional_model_learns(pixels: Tensor) -> None:
    run = new_run(pixels, model=ModelConfig(2, (8, 4), network="conv"), lr=2e-2)
    for _ in range(4):
        run.train_epoch(pixels, lambda *_: None)
    assert run.history[-1]["nll"] < 0.8 * run.history[0]["nll"]


@pytest.mark.parametrize(
    "model",
    [
        ModelConfig(2, (16, 8, 4), network="residual"),
        ModelConfig(2, (16,), "tanh", encoder_hidden=(24, 12), encoder_activation="relu"),
    ],
    ids=["residual", "encoder and decoder of their own"],
)
def test_other_networks_learn(pixels: Tensor, model: ModelConfig) -> None:
    run = new_run(pixels, model=model, lr=2e-2)
    for _ in range(4):
        run.train_epoch(pixels, lambda *_: None)
    assert run.history[-1]["nll"] < 0.8 * run.history[0]["nll"]


def test_a_residual_block_begins_as_the_identity() -> None:
    block, maps = Residual(3, "silu"), torch.randn(2, 3, 5, 5)
    torch.testing.assert_close(block(maps), maps)


def test_what_is_saved_is_the_moving_average_of_the_weights(pixels: Tensor, out: Path) -> None:
    plain, averaged = (new_run(pixels, epochs=2, ema=ema) for ema in (0.0, 0.75))
    seen: list[NDArray[Any]] = []

    def watch(epoch: int, images: int, loss: Tensor) -> None:
        seen.append(plain.model.weights()["decoder.0.weight"].copy())

    for _ in range(2):
        plain.train_epoch(pixels, watch)
        averaged.train_epoch(pixels, lambda *_: None)
    expected = seen[0]
    for weight in seen[1:]:
        expected = 0.75 * expected + 0.25 * weight
    averaged.save(out)
    np.testing.assert_allclose(checkpoint.load(out).weights["decoder.0.weight"], expected, atol=1e-6)
    np.testing.assert_array_equal(averaged.model.weights()["decoder.0.weight"], seen[-1])


def test_a_step_of_a_clipped_gradient_is_one_of_the_clipped_norm(pixels: Tensor) -> None:
    run = new_run(pixels, clip=1e-3)
    run.train_epoch(pixels[:50], lambda *_: None)
    norms = [weight.grad.norm() for weight in run.model.parameters() if weight.grad is not None]
    assert torch.stack(norms).norm().item() == pytest.approx(1e-3, rel=1e-4)


def test_images_are_moved_only_in_the_share_of_the_steps_asked_for(
    pixels: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved: list[int] = []

    def stay(images: Tensor, generator: torch.Generator | None) -> Tensor:
        moved.append(len(images))
        return images

    monkeypatch.setitem(AUGMENTATIONS, "wide", stay)
    run = new_run(pixels, epochs=2, warp=0.5, augment="wide", warp_until=0.75)  # of 12 steps
    for _ in range(2):
        run.train_epoch(pixels, lambda *_: None)
    assert moved == [25] * 9


def test_the_rate_rises_for_the_share_of_the_steps_asked_for(pixels: Tensor) -> None:
    run, rates = new_run(pixels, epochs=10, rise=0.1), list[float]()
    for _ in range(10):
        run.train_epoch(pixels, lambda *_: rates.append(float(run.descent.schedule.get_last_lr()[0])))
    assert np.argmax(rates) + 1 == pytest.approx(0.1 * 60, abs=1)


def test_colour_images_of_any_size_are_learnt_and_moved() -> None:
    items = strangers.items("blobs")
    pixels = torch.from_numpy(items.pixels[:96]).flatten(1)
    model = ModelConfig(2, (8, 6, 4), network="conv", likelihood="gaussian", image_spec=ImageSpec(64, 64, 3))
    run = new_run(pixels, model=model, warp=0.5, augment="colour", batch_size=24, lr=1e-2)
    for _ in range(4):
        run.train_epoch(pixels, lambda *_: None)
    assert run.history[-1]["nll"] < run.history[0]["nll"] - 2000
    x = pixels[:10].float() / 255
    moved = new_run(pixels, model=model, warp=0.5, augment="colour", batch_size=24)._augmented(x)
    assert torch.equal(moved[5:], x[5:])
    assert not torch.isclose(moved[:5], x[:5], atol=0.1).all(dim=1).any()
    white = moved[:5].view(5, 64, 64, 3)[:, 0]  # the first rows of pixels, where there is no ink
    assert white.min() > 0.9


def test_grey_images_have_no_hues_to_turn() -> None:
    with pytest.raises(ValueError, match="augment must be strokes or wide, or colour for RGB images"):
        TrainConfig(augment="colour")


def test_xavier_draws_weights_from_its_range_and_sets_biases_to_zero(pixels: Tensor) -> None:
    drawn = new_run(pixels, weights="xavier").model.weights()
    weight = drawn["encoder.0.weight"]
    bound = (6 / sum(weight.shape)) ** 0.5  # Glorot and Bengio 2010, equation 16
    assert 0.99 * bound < np.abs(weight).max() <= bound
    assert weight.std() == pytest.approx(bound / 3**0.5, rel=0.02)
    assert not drawn["encoder.0.bias"].any()


@pytest.mark.parametrize(
    "model", [TINY, ModelConfig(2, (8, 4), network="conv"), LINEAR], ids=["dense", "conv", "linear"]
)
def test_a_centred_decoder_begins_with_the_mean_image(pixels: Tensor, model: ModelConfig) -> None:
    run = new_run(pixels, model=model, weights="centred", lr=1e-9)
    run.train_epoch(pixels, lambda *_: None)
    begun = run.model.decode(torch.zeros(1, 2))[0].detach()
    mean = pixels.float().mean(dim=0) / 255
    if model.network == "conv":  # which has one bias for all places
        begun, mean = begun.mean(), mean.mean()
    torch.testing.assert_close(begun, mean, atol=3e-3, rtol=0)


def test_a_constant_rate_stays(pixels: Tensor) -> None:
    run = new_run(pixels, schedule="constant", lr=3e-3)
    for _ in range(2):
        run.train_epoch(pixels, lambda *_: None)
        assert run.descent.optimizer.param_groups[0]["lr"] == 3e-3


def test_the_history_holds_the_scores_of_the_epochs_asked_for(pixels: Tensor, out: Path) -> None:
    run, test = new_run(pixels, score_at=(1, 4)), pixels[:40].float() / 255
    fit(run, pixels, out, test=test)
    assert ["test_nll" in entry for entry in run.history] == [True, False, False, True]
    terms = evaluate(run.model, test, seed=run.config.seed)
    assert run.history[-1]["test_nll"] == pytest.approx(terms.nll.mean().item(), rel=1e-6)
    assert run.history[-1]["test_kl"] == pytest.approx(terms.kl.mean().item(), rel=1e-6)


# Resuming


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"precision": "bfloat16"},
        {"model": ModelConfig(3, (16, 8), "tanh", "gaussian", 0.5, 2), "seed": 5},
        {"ema": 0.9, "clip": 1.0, "warp": 0.5, "augment": "wide", "warp_until": 0.6},
    ],
    ids=["plain", "bfloat16", "gaussian", "averaged"],
)
@pytest.mark.parametrize("epoch", [1, 3])
def test_a_resumed_run_equals_an_uninterrupted_one_to_the_bit(
    pixels: Tensor, tmp_path: Path, settings: dict[str, Any], epoch: int
) -> None:
    whole, parts = tmp_path / "whole.safetensors", tmp_path / "parts.safetensors"
    fit(new_run(pixels, **settings), pixels, whole)
    with pytest.raises(Interrupted):
        fit(new_run(pixels, **settings), pixels, parts, StopAt(epoch))
    resumed = new_run(pixels, **settings)
    resumed.restore(resume_path(parts))
    assert resumed.epoch == epoch - 1
    fit(resumed, pixels, parts)
    assert kept(parts) == kept(whole)
    assert checkpoint.load(parts).fingerprint == checkpoint.load(whole).fingerprint
    assert len(kept(parts)["history"]) == 4


def test_the_checkpoint_of_an_interrupted_run_is_that_of_the_last_epoch(pixels: Tensor, out: Path) -> None:
    with pytest.raises(Interrupted):
        fit(new_run(pixels), pixels, out, StopAt(3))
    weights = {name: torch.from_numpy(weight) for name, weight in checkpoint.load(out).weights.items()}
    assert kept(out)["model"] == bits(weights)
    assert len(checkpoint.load(out).description.metrics["history"]) == 2


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"lr": 1e-3}, "lr"),
        ({"epochs": 9, "seed": 2}, "epochs, seed"),
        ({"model": ModelConfig(3, (32,), beta=2.0)}, "latent_dim, beta"),
        ({"dataset": "mnist"}, "dataset"),
        ({"precision": "bfloat16"}, "precision"),
    ],
)
def test_other_settings_do_not_resume(
    pixels: Tensor, out: Path, settings: dict[str, Any], names: str
) -> None:
    new_run(pixels).save(out)
    with pytest.raises(TrainingError) as caught:
        new_run(pixels, **settings).restore(resume_path(out))
    assert set(str(caught.value).split("(")[1].split(")")[0].split(", ")) == set(names.split(", "))
    assert "started with other settings" in str(caught.value)


def test_a_resume_file_that_cannot_be_read(pixels: Tensor, tmp_path: Path, trap: Any) -> None:
    path, run = tmp_path / "model.resume", new_run(pixels)
    good = run.state()
    torch.save({"config": trap}, trapped := tmp_path / "trapped")
    torch.save([1, 2], other := tmp_path / "other")
    bad = (b"", b"text", b"\x80\x04text", good[:1000], trapped.read_bytes(), other.read_bytes())
    for content in (None, *bad):
        if content is not None:
            path.write_bytes(content)
        reason = "No such file or directory" if content is None else "it is damaged"
        with pytest.raises(TrainingError, match=f"model.resume: {reason}. Start without --resume"):
            run.restore(path)
    assert not trap.sprung.exists()


Damage = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    "damage",
    [
        lambda parts: parts["model"].popitem(),
        lambda parts: parts["model"].update({"decoder.0.bias": torch.zeros(3)}),
        lambda parts: parts["model"]["decoder.0.bias"].fill_(float("nan")),
        lambda parts: parts["optimizer"]["state"][0].update(exp_avg=torch.zeros(3)),
        lambda parts: parts["optimizer"]["state"][0]["exp_avg_sq"].fill_(float("inf")),
        lambda parts: parts.update(optimizer=5),
        lambda parts: parts.update(schedule=None),
        lambda parts: parts.update(generator=torch.zeros(5, dtype=torch.uint8)),
        lambda parts: parts.update(history=None),
        lambda parts: parts.pop("seconds"),
    ],
)
def test_a_resume_file_with_damaged_parts(pixels: Tensor, tmp_path: Path, damage: Damage) -> None:
    run, path = new_run(pixels), tmp_path / "model.resume"
    run.train_epoch(pixels, lambda *_: None)
    path.write_bytes(run.state())
    new_run(pixels).restore(path)
    parts = torch.load(path, weights_only=True)
    damage(parts)
    torch.save(parts, path)
    with pytest.raises(TrainingError, match=r"model\.resume: it is damaged\. Start without --resume"):
        new_run(pixels).restore(path)


# Faults


def poison(run: Run) -> None:
    with torch.no_grad():
        next(run.model.decoder.parameters())[0, 0] = float("nan")


@pytest.mark.parametrize("step", [2, 6], ids=["in the middle", "at the last step"])
def test_an_injected_nan_stops_and_keeps_the_last_good_state(pixels: Tensor, out: Path, step: int) -> None:
    run, seen = new_run(pixels), []

    def on_step(epoch: int, images: int, loss: Tensor) -> None:
        seen.append(epoch)
        if seen.count(3) == step:
            poison(run)

    with pytest.raises(TrainingError, match=r"no longer finite in epoch 3.*state after epoch 2 is kept"):
        fit(run, pixels, out, on_step)
    good = checkpoint.load(out)  # which checks that all is finite
    assert len(good.description.metrics["history"]) == 2
    resumed = new_run(pixels)
    resumed.restore(resume_path(out))
    fit(resumed, pixels, out)
    assert resumed.epoch == 4


def disk_full(*_: object) -> NoReturn:
    raise OSError(28, "No space left on device")


def test_a_full_disk_says_so_and_keeps_the_last_good_checkpoint(
    pixels: Tensor, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def on_step(epoch: int, images: int, loss: Tensor) -> None:
        if epoch == 3:
            monkeypatch.setattr(os, "fsync", disk_full)

    with pytest.raises(TrainingError, match=r"the disk is full\. The last good checkpoint is kept"):
        fit(new_run(pixels), pixels, out, on_step)
    monkeypatch.undo()
    assert len(checkpoint.load(out).description.metrics["history"]) == 2
    resumed = new_run(pixels)
    resumed.restore(resume_path(out))
    assert resumed.epoch == 2
    assert sorted(path.name for path in out.parent.iterdir()) == ["model.resume", "model.safetensors"]


def test_a_place_that_cannot_be_written(pixels: Tensor, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(
        TrainingError, match=r"Could not write .*: .*\. Nothing is saved; choose another --out"
    ):
        fit(new_run(pixels), pixels, tmp_path / "file" / "model.safetensors")


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"epochs": 0}, "epochs must be at least 1, got 0"),
        ({"batch_size": 0}, "batch_size must be at least 1, got 0"),
        ({"batch_size": 331}, "batch_size must be at most the 330 images, got 331"),
        ({"lr": 0.0}, "lr must be above 0"),
        ({"lr": float("nan")}, "lr must be above 0"),
        ({"seed": -1}, "seed must be from 0"),
        ({"seed": 2**63}, "seed must be from 0"),
    ],
)
def test_settings_that_cannot_work(pixels: Tensor, settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        new_run(pixels, **settings)


def test_one_step_is_enough(pixels: Tensor, out: Path) -> None:
    run = new_run(pixels, epochs=1, batch_size=330)
    fit(run, pixels, out)
    assert run.epoch == 1


# Command line


def test_a_run_goes_on_from_the_weights_of_a_checkpoint(pixels: Tensor, out: Path, tmp_path: Path) -> None:
    first = new_run(pixels, warp=0.5)
    fit(first, pixels, out)
    start = checkpoint.load(out)
    second = new_run(pixels, epochs=1, lr=1e-4, init=start.fingerprint)
    second.start_from(start)
    assert bits(second.model.state_dict()) == bits(first.model.state_dict())
    target = tmp_path / "second.safetensors"
    fit(second, pixels, target)
    said = checkpoint.load(target).description
    assert len(said.metrics["history"]) == 5
    assert said.command.splitlines() == [
        f"{first.config.command} --out {START}",
        f"{second.config.command} --init {START}",
    ]


def test_a_run_does_not_go_on_from_another_architecture(pixels: Tensor, out: Path) -> None:
    fit(new_run(pixels, epochs=1), pixels, out)
    other = new_run(pixels, model=ModelConfig(latent_dim=3, hidden=(32,)))
    with pytest.raises(ValueError, match="same model settings"):
        other.start_from(checkpoint.load(out))


def words(command: str, out: Path) -> list[str]:
    """The arguments of a command as the checkpoint holds it."""
    python, dash_m, module, *rest = shlex.split(command)
    assert (python, dash_m, module) == ("python", "-m", "vae.train")
    return [*rest, "--out", str(out)]


def run_command(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", ["train", *map(str, arguments)])
    before = {signum: signal.getsignal(signum) for signum in train.STOPS}
    try:
        train.main()
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


@pytest.mark.parametrize(
    "wanted",
    [
        TrainConfig(),
        TrainConfig(
            model=ModelConfig(3, (7, 5, 3), "softplus", "gaussian", 0.1 + 0.2, 4),
            dataset="kmnist",
            epochs=7,
            batch_size=33,
            lr=0.00123456789012,
            seed=2**62,
            precision="bfloat16",
        ),
        TrainConfig(model=ModelConfig(beta=1e-7), lr=1e-5),
        TrainConfig(model=replace(LINEAR, image_spec=ImageSpec(28, 28, 1)), solver="pca"),
        TrainConfig(
            model=ModelConfig(2, (4, 3), network="conv"),
            schedule="constant",
            weights="xavier",
            score_at=(1, 10),
        ),
        TrainConfig(
            model=ModelConfig(2, (8, 6, 4, 3), network="conv", image_spec=ImageSpec(64, 64, 3)),
            dataset="emoji",
            warp=1.0,
            augment="colour",
        ),
        TrainConfig(
            model=ModelConfig(2, (16, 8, 4), network="residual", log_var_bound=8.0),
            rise=0.1,
            beta2=0.99,
            clip=200.0,
            ema=0.998,
            holdout=5000,
            warp_until=0.85,
        ),
        TrainConfig(model=ModelConfig(50, (256,), "tanh", encoder_hidden=(256,), encoder_activation="relu")),
        TrainConfig(
            model=ModelConfig(8, (256,), kind="avb", noise_bases=16, noise_dim=32),
            pixels="binarised",
            schedule="cosine",
            kl_rise=0.1,
            beta1=0.5,
            critic=CriticConfig(contrast="prior", critic_steps=2, critic_lr=1e-3),
        ),
    ],
)
def test_the_command_gives_the_configuration_back(wanted: TrainConfig, out: Path) -> None:
    args = train._parser().parse_args(words(wanted.command, out))
    assert settings.from_arguments(args) == wanted


def test_every_setting_is_an_option_with_words(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        train._parser().parse_args(["--help"])
    said = capsys.readouterr().out
    names = [each.name for kind in (TrainConfig, ModelConfig, CriticConfig) for each in fields(kind)]
    for name in {*names} - {"model"}:  # --model is short for --kind
        assert (f"--{name.replace('_', '-')} " in said) == (name not in ("critic", "image_spec"))


@pytest.mark.parametrize("name", catalogue.model_names())
def test_the_commands_of_the_cards_are_still_understood(name: str, out: Path) -> None:
    record = catalogue.describe(catalogue.model_path(name))
    for command in record.command.splitlines():
        shown = re.sub(r" --(out|init) \S+", "", command)
        args = train._parser().parse_args(words(shown, out))
        assert args.dataset == record.dataset.name
    assert settings.from_arguments(args).model == record.config


SMALL = (
    "--dataset digits --latent-dim 2 --hidden 32 --epochs 3 --batch-size 100 --device cpu --precision float32"
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkpoint of the small command, never interrupted."""
    torch.set_num_threads(1)
    out = tmp_path_factory.mktemp("finished") / "model.safetensors"
    with pytest.MonkeyPatch.context() as monkeypatch:
        run_command(monkeypatch, *SMALL.split(), "--out", out)
    return out


def test_images_held_out_are_scored_and_not_trained_on(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = "--dataset digits --latent-dim 2 --hidden 8 --epochs 1 --holdout 300 --device cpu"
    run_command(monkeypatch, *command.split(), "--out", out)
    assert "on the held-out training images" in capsys.readouterr().out
    found = checkpoint.load(out)
    metrics, items = found.description.metrics, sets.load("digits", "train")
    assert metrics["data"] == "digits held-out training, levels in [0, 1]"
    assert metrics["train_images"] == len(items) - 300
    terms = evaluate(
        build(ModelConfig(2, (8,)), found.weights), torch.from_numpy(items.pixels[-300:]).flatten(1)
    )
    assert metrics["elbo"] == pytest.approx(terms.elbo.double().mean().item(), rel=1e-6)


def test_the_command_trains_and_scores(finished: Path) -> None:
    said = checkpoint.load(finished).description
    assert len(said.metrics["history"]) == 3
    assert said.metrics["images"] == len(sets.load("digits", "test"))
    assert said.metrics["elbo"] < 0
    assert {"nll", "kl", "kl_per_dim", "active_units", "unit", "seconds"} <= said.metrics.keys()
    args = train._parser().parse_args(words(said.command, finished))
    assert settings.from_arguments(args).model == said.config


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_in_mid_epoch_leaves_a_resumable_state(
    finished: Path,
    out: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    signum: int,
    code: int,
) -> None:
    steps: list[int] = []

    def show(bar: object, epochs: int, epoch: int, images: int, loss: Tensor) -> None:
        steps.append(epoch)
        if steps.count(2) == 4:
            signal.raise_signal(signum)

    with monkeypatch.context() as patch:
        patch.setattr(train, "_show", show)
        with pytest.raises(SystemExit) as caught:
            run_command(patch, *SMALL.split(), "--out", out)
    assert caught.value.code == code
    assert "go on with the same command and --resume" in capsys.readouterr().err
    assert steps == [1] * steps.count(1) + [2] * 4
    run_command(monkeypatch, *SMALL.split(), "--out", out, "--resume")
    assert kept(out) == kept(finished)
    resumed, whole = checkpoint.load(out), checkpoint.load(finished)
    assert resumed.fingerprint == whole.fingerprint
    assert resumed.description.metrics["elbo"] == whole.description.metrics["elbo"]


def test_a_signal_before_the_first_state_advises_to_start_again(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sets, "load", lambda *_: signal.raise_signal(signal.SIGINT))
    with pytest.raises(SystemExit) as caught:
        run_command(monkeypatch, *SMALL.split(), "--out", out)
    assert caught.value.code == 130
    said = capsys.readouterr().err
    assert "Interrupted: nothing is saved yet; start again with the same command." in said
    assert "--resume" not in said


def test_a_state_of_another_run_is_no_state_of_this_one(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An earlier run has left its files where this one, stopped before its first epoch, would write."""
    new_run(torch.zeros(60, 784, dtype=torch.uint8)).save(out)
    monkeypatch.setattr(train, "fit", lambda *_: signal.raise_signal(signal.SIGINT))
    with pytest.raises(SystemExit):
        run_command(monkeypatch, *SMALL.split(), "--out", out)
    assert "nothing is saved yet" in capsys.readouterr().err


def test_a_place_that_cannot_be_written_promises_no_checkpoint_of_another_run(
    pixels: Tensor, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_run(pixels).save(out)
    monkeypatch.setattr(os, "fsync", disk_full)
    with pytest.raises(TrainingError, match=r"the disk is full\. Nothing is saved; choose another --out"):
        fit(new_run(pixels, seed=1), pixels, out)


def test_sigterm_to_a_real_process(out: Path) -> None:
    command = [*SMALL.replace("--epochs 3", "--epochs 5000").split(), "--out", str(out)]
    process = subprocess.Popen(
        [sys.executable, "-m", "vae.train", *command],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + 200
        while not resume_path(out).exists() or not kept(out)["history"]:
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.terminate()
        errors = process.communicate(timeout=120)[1]
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 143
    assert "Interrupted: go on with the same command and --resume" in errors
    assert "Traceback" not in errors
    history = kept(out)["history"]
    pixels = torch.from_numpy(sets.load("digits", "train").pixels).flatten(1)
    again = Run(settings.from_arguments(train._parser().parse_args(command)), len(pixels), CPU)
    for _ in history[:5]:
        again.train_epoch(pixels, lambda *_: None)
    assert again.history == history[:5]


def test_few_images_fill_smaller_batches_where_no_size_is_asked_for(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = len(sets.load("digits", "train"))
    run_command(
        monkeypatch, *f"--dataset digits --hidden 4 --epochs 1 --holdout {count - 50}".split(), "--out", out
    )
    assert "--batch-size 50 " in checkpoint.load(out).description.command


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("--dataset mnist", "mnist"),
        ("--dataset digits --epochs 0", "epochs must be at least 1"),
        ("--dataset digits --batch-size 100000", "batch_size must be at most"),
        ("--dataset digits --latent-dim 129", "latent_dim must be a whole number from 1 to 128"),
        ("--dataset digits --hidden 0", "hidden must be"),
        ("--dataset digits --beta -1", "beta must be"),
        ("--dataset digits --device abacus", "There is no device 'abacus' here"),
        ("--dataset digits --resume", "No state to resume from"),
    ],
)
def test_faults_end_with_one_sentence(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: str, sentence: str
) -> None:
    monkeypatch.setenv("VAE_DATA_ROOT", str(tmp_path))
    with pytest.raises(SystemExit) as caught:
        run_command(monkeypatch, *arguments.split(), "--out", out)
    assert isinstance(caught.value.code, str)  # printed on stderr, exit status 1
    assert sentence in caught.value.code
    assert not out.exists()


def test_a_checkpoint_needs_its_ending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        run_command(monkeypatch, "--out", tmp_path / "model.resume")
    assert caught.value.code == 2
    assert "--out must end in .safetensors" in capsys.readouterr().err


def test_the_device_and_the_precision_are_picked() -> None:
    assert train.pick_device("cpu") == CPU
    assert train.pick_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
    assert train.pick_precision("bfloat16", CPU) == "bfloat16"
    assert train.pick_precision("auto", CPU) in ("float32", "bfloat16")
