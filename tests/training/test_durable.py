"""A training in its folder: watched, ended, gone on with, packed; those killed are in tests/jobs."""

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
import torch

from tests.jobs.killing import content
from vae import explorer, train
from vae.images import sets
from vae.images.dataset import ImageSet
from vae.jobs import tasks
from vae.logbook import ending, folder, looks, recipes, turn
from vae.logbook.folder import Logbook
from vae.logbook.recipes import RECIPES
from vae.model.numpy_vae import NumpyModel
from vae.training import settings
from vae.training.durable import rate, watch
from vae.training.evaluation import Evaluation, evaluate
from vae.training.packing import TooLarge
from vae.training.run import NotFinite, Run, TrainingError
from vae.training.vae import build

WORDS = (
    "--dataset digits --latent-dim 3 --hidden 16 --batch-size 50 --epochs 4 --device cpu --precision float32"
)


@pytest.fixture(autouse=True)
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home of its own, and 200 images for training, 60 to watch."""
    monkeypatch.setenv("VAE_HOME", str(tmp_path / "home"))
    loaded = {split: sets.load("digits", split) for split in sets.SPLITS}
    few = {"train": 200, "test": 60}

    def load(name: str, split: str = "test", download: bool = False) -> ImageSet:
        items, count = loaded[split], few[split]
        assert items.labels is not None
        return ImageSet(items.pixels[:count], items.labels[:count])

    monkeypatch.setattr(sets, "load", load)


def trained(name: str, words: str = WORDS) -> Logbook:
    """A training that was gone on with in this process, from its beginning or from where it stood."""
    book = folder.find(name) if name in folder.names() else folder.create(name, words.split())
    with turn.held(book), ending.said(book), turn.taken(book):
        train.carry_on(book)
    return book


def at_step(monkeypatch: pytest.MonkeyPatch, number: int, act: Callable[[watch.Watch], object]) -> None:
    """Do something once, after so many steps."""
    steps, on_step = [0], watch.Watch.on_step

    def stepped(self: watch.Watch, epoch: int, images: int, loss: torch.Tensor) -> None:
        steps[0] += 1
        if steps[0] == number:
            act(self)
            self.wished = -1.0
        on_step(self, epoch, images, loss)

    monkeypatch.setattr(watch.Watch, "on_step", stepped)


def test_a_training_ends_as_a_model_of_every_page() -> None:
    book = trained("mine")
    assert book.state == "done"
    found = explorer.load("mine")
    assert found.latent_dim == 3
    assert len(found.codes()) == 60
    assert set(found.codes().embeddings) == {2}
    assert [line["epoch"] for line in book.progress] == [0, 1, 2, 3, 4]
    assert looks.epochs(book.path) == [0, 1, 2, 3, 4]
    beat = book.beat
    assert beat is not None
    assert (beat.doing, beat.epoch, beat.share) == ("packing", 4, 1.0)
    assert beat.rate > 0


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_comes_after_the_end_interrupts_nothing(signum: signal.Signals) -> None:
    book = trained("mine")
    signal.raise_signal(signum)
    assert book.state == "done"


def test_the_line_of_an_epoch_is_what_torch_measures() -> None:
    """Of the weights that were saved after it."""
    book = trained("mine")
    state = torch.load(book.checkpoint.with_suffix(".resume"), weights_only=True)
    config = explorer.load("mine").config
    assert config is not None
    model = build(config, {name: weight.numpy() for name, weight in state["model"].items()})
    terms = evaluate(model, torch.from_numpy(sets.load("digits").pixels).flatten(1), samples=1, seed=0)
    last = book.progress[-1]
    assert last["test_nll"] == pytest.approx(terms.nll.mean().item(), rel=1e-5)
    assert last["test_kl"] == pytest.approx(terms.kl.mean().item(), rel=1e-5)
    assert sum(last["kl_per_dim"]) == pytest.approx(last["test_kl"], rel=1e-5)
    assert last["nll"] == state["history"][-1]["nll"]
    kept = explorer.load("mine").metrics["history"]
    for name in ("test_nll", "test_kl"):
        assert [epoch[name] for epoch in kept] == [line[name] for line in book.progress[1:]]


def test_a_look_holds_the_decoder_of_its_epoch_and_a_map_turned_like_the_one_before() -> None:
    book = trained("mine")
    config = explorer.load("mine").config
    assert config is not None
    (sheet,) = looks.read(book.path, 4, "sheet")
    encoder = {
        name: weight for name, weight in explorer_weights("mine").items() if name.startswith("encoder")
    }
    model = NumpyModel(config, {**encoder, **looks.decoder(book.path, 4)})
    z = np.random.default_rng(0).standard_normal((watch.SAMPLES, 3)).astype(np.float32)
    np.testing.assert_allclose(model.decode(z), sheet / 255, atol=0.01)
    for epoch in (1, 2, 3, 4):
        before, places = (
            looks.read(book.path, each, "places")[0].astype(float) for each in (epoch - 1, epoch)
        )
        cross = places.T @ before
        np.testing.assert_allclose(cross, cross.T, atol=0.02 * np.abs(cross).max())  # Procrustes' condition
        assert np.trace(cross) > 0
    mu, centre, basis, places = looks.read(book.path, 4, "mu", "centre", "basis", "places")
    np.testing.assert_allclose((mu - centre) @ basis.T, places, atol=0.02)


def explorer_weights(name: str) -> dict[str, Any]:
    from vae.model import catalogue, checkpoint

    return dict(checkpoint.load(catalogue.model_path(name)).weights)


@pytest.mark.parametrize("step", [2, 9])
def test_a_training_that_was_paused_ends_as_if_it_had_not_been(
    monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    trained("untouched")
    with monkeypatch.context() as patch:
        at_step(patch, step, lambda seen: seen.book.want("pause"))
        book = trained("mine")
    assert book.state == "paused"
    epochs = (step - 1) // 4
    kept = f"after epoch {epochs} is kept" if epochs else "Nothing was learnt yet"
    assert kept in book.sentence
    assert trained("mine").state == "done"
    assert content("mine") == content("untouched")


def test_a_training_that_was_stopped_is_a_model_and_can_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        at_step(patch, 10, lambda seen: seen.book.want("stop"))
        book = trained("mine")
    assert (book.state, "after 2 epochs" in book.sentence) == ("stopped", True)
    assert len(explorer.load("mine").metrics["history"]) == 2
    assert trained("mine").state == "done"
    assert len(explorer.load("mine").metrics["history"]) == 4


def poison(seen: watch.Watch) -> None:
    with torch.no_grad():
        next(seen.run.model.decoder.parameters())[0, 0] = float("nan")


def test_numbers_that_are_not_finite_are_said_and_met_with_others(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        at_step(patch, 10, poison)
        with pytest.raises(NotFinite):
            trained("mine")
    book = Logbook("mine")
    assert book.state == "failed"
    assert "no longer finite in epoch 3" in book.sentence
    assert "Resume tries other random numbers" in book.sentence
    before = book.progress
    assert trained("mine").state == "done"
    trained("untouched")
    assert book.progress[:3] == before == Logbook("mine").progress[:3]
    assert book.progress[3]["nll"] != Logbook("untouched").progress[3]["nll"]


def test_numbers_too_large_for_a_look_end_no_training_but_no_model_is_made_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whose codes float16 cannot hold; a warning would be an error here."""

    def blow_up(seen: watch.Watch) -> None:
        with torch.no_grad():
            list(seen.run.model.encoder.parameters())[-1].fill_(1e6)

    at_step(monkeypatch, 6, blow_up)
    with pytest.raises(TooLarge, match=r"no page can show: .* beyond 65,504") as caught:
        trained("mine")
    assert caught.value.code == 3
    assert "Resume tries" not in Logbook("mine").sentence
    assert looks.epochs(Logbook("mine").path) == [0, 1, 2, 3, 4]
    mu, places = looks.read(Logbook("mine").path, 4, "mu", "places")
    assert (np.abs(mu).max(), np.isfinite(places).all()) == (np.finfo(np.float16).max, True)
    assert "mine" not in explorer.model_names()


def test_a_code_that_is_not_finite_ends_a_training_before_it_is_saved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def infinite(model: Any, x: torch.Tensor, samples: int, seed: int) -> Evaluation:
        terms = evaluate(model, x, samples, seed)
        is_third = next(calls) == 3  # epochs 0, 1, 2 before it
        return replace(terms, mu=terms.mu / 0) if is_third else terms

    calls = count()
    with monkeypatch.context() as patch:
        patch.setattr(watch, "evaluate", infinite)
        with pytest.raises(NotFinite, match=r"A code is no longer finite in epoch 3: .* epoch 2 is kept"):
            trained("mine")
    assert Logbook("mine").progress[-1]["epoch"] == 2
    assert trained("mine").state == "done"


def memory_full(*_: object) -> NoReturn:
    raise RuntimeError(
        "[enforce fail at alloc_cpu.cpp:130] DefaultCPUAllocator: can't allocate memory: you tried"
    )


def disk_full(*_: object) -> NoReturn:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (
            lambda patch: patch.setattr(Run, "_step", memory_full),
            5,
            "The memory is full: choose a smaller batch",
        ),
        (lambda patch: patch.setattr(os, "fsync", disk_full), 4, "disk is full"),
    ],
)
def test_full_memory_and_a_full_disk_are_said(
    monkeypatch: pytest.MonkeyPatch, fault: Callable[[pytest.MonkeyPatch], object], code: int, words: str
) -> None:
    with monkeypatch.context() as patch:
        at_step(patch, 9, lambda _: fault(patch))
        with pytest.raises(TrainingError) as caught:
            trained("mine")
    assert caught.value.code == code
    book = Logbook("mine")
    assert book.state == "failed"
    assert words in book.sentence
    assert "after epoch" in book.sentence or "last good checkpoint is kept" in book.sentence
    assert trained("mine").state == "done"


def command(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """The code with which a command line ends."""
    before = {signum: train.signal.getsignal(signum) for signum in train.STOPS}
    monkeypatch.setattr(sys, "argv", ["train", *words])
    with pytest.raises(SystemExit) as caught:
        train.main()
    for signum, handler in before.items():
        train.signal.signal(signum, handler)
    return caught.value.code if isinstance(caught.value.code, int) else 1


def test_the_command_line_does_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trained("untouched")
    with monkeypatch.context() as patch:
        at_step(patch, 10, lambda seen: seen.book.want("pause"))
        assert command(monkeypatch, *WORDS.split(), "--name", "mine") == train.PAUSED
    assert command(monkeypatch, *WORDS.split(), "--name", "mine") == 1  # the name is taken
    assert command(monkeypatch, "--name", "mine", "--resume") == 0
    assert "Done: 4 epochs." in capsys.readouterr().out
    assert content("mine") == content("untouched")
    assert command(monkeypatch, "--name", "other", "--resume") == 1
    assert command(monkeypatch, "--name", "other", "--out", "x.safetensors") == 2
    with monkeypatch.context() as patch:
        at_step(patch, 10, poison)
        assert command(monkeypatch, *WORDS.split(), "--name", "poisoned") == 3


def test_options_that_a_resumed_training_was_not_begun_with_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also those that are the defaults; those that it was begun with may be said again."""
    with monkeypatch.context() as patch:
        at_step(patch, 2, lambda seen: seen.book.want("pause"))
        trained("mine")
    odd = ["--name", "mine", "--resume", "--epochs", "5", "--hidden", "400"]
    assert command(monkeypatch, *odd) == 1
    with pytest.raises(
        ValueError, match=r"begun with other settings \(epochs 4, not 5; hidden 16, not 400\)"
    ):
        train._resumed("mine")
    assert Logbook("mine").state == "paused"
    assert command(monkeypatch, *WORDS.split(), "--name", "mine", "--resume") == 0


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("dataset", ["digits", "emoji"])
def test_the_words_of_a_recipe_are_understood(name: str, dataset: str) -> None:
    chosen = RECIPES[name].of(1000)
    args = train._parser().parse_args([*chosen.words(dataset, 1000), "--name", "x"])
    config = settings.from_arguments(args)
    assert (config.dataset, config.epochs, config.model.hidden) == (dataset, chosen.epochs, chosen.hidden)
    assert (config.batch_size, config.model.latent_dim) == (66, chosen.latent_dim)


def test_a_rate_is_measured_and_leads_to_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate.images_a_second, "__defaults__", (0.05,))
    wanted = recipes.Settings(hidden=(8,), epochs=3)
    found = tasks.rates_of(b"", lambda *_: None, "digits", tasks.json.dumps([vars(wanted)]))
    key = recipes.key(wanted, sets.dataset("digits").image_spec)
    measured = tasks.json.loads(found)[key]
    assert measured > 0
    times = [recipes.seconds(wanted, speed, 60_000, 10_000) for speed in (1000.0, 2000.0)]
    fixed = recipes.LOADING + 3 * recipes.LOOK
    assert times[0] - fixed == pytest.approx(2 * (times[1] - fixed))
    assert times[0] - fixed == pytest.approx((3 * 60_000 + 3 * 800 + 20_000) / 1000)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "1 s"),
        (3.2, "3 s"),
        (42, "40 s"),
        (100, "2 min"),
        (3600, "60 min"),
        (7810, "2 h 10 min"),
        (7200, "2 h"),
    ],
)
def test_times_are_said_as_people_say_them(seconds: float, words: str) -> None:
    assert recipes.duration(seconds) == words


@pytest.mark.parametrize(("size", "most"), [(1_000_000, 120), (10_000_000, 30), (200_000_000, 12)])
@pytest.mark.parametrize("epochs", [1, 30, 200, 5000])
def test_the_epochs_that_are_kept_are_the_first_ones_the_last_one_and_some_between(
    epochs: int, size: int, most: int
) -> None:
    """As many as fit into 300 MB, but a dozen at least."""
    kept = [epoch for epoch in range(epochs + 1) if looks.is_kept(epoch, epochs, size)]
    first = min(most // 3, 20, epochs)
    assert kept[: first + 1] == list(range(first + 1))
    assert kept[-1] == epochs
    assert len(kept) <= most + first + 2
    assert max(np.diff(kept)) <= -(-epochs // most)
