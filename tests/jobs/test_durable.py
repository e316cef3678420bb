"""Trainings in processes of their own, killed; `python -m tests.jobs.killing` does it 50 times."""

import random
from pathlib import Path

import pytest

from tests.jobs import killing
from tests.jobs.killing import SETTINGS, Tally, content, torment, trainers, wait
from vae import train
from vae.jobs import durable
from vae.logbook import ending, folder, turn

EPOCHS = 8


def test_nothing_is_lost_when_trainer_and_server_are_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At three random moments, the trainer at least once; compared to the bit."""
    monkeypatch.setenv("VAE_HOME", str(tmp_path))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    untouched = folder.create("untouched", [*SETTINGS.split(), "--epochs", str(EPOCHS)])
    with turn.held(untouched), ending.said(untouched), turn.taken(untouched):
        train.carry_on(untouched)
    tally, rng = Tally(), random.Random(5)
    monkeypatch.setattr(killing, "CHOICES", ("trainer", "server", "trainer"))
    assert torment("victim", EPOCHS, 2, rng, 1.5, tally) == 2
    assert tally.trainers >= 1
    assert content("victim") == content("untouched")


def test_a_second_one_waits_and_can_be_paused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_HOME", str(tmp_path))
    first = folder.create("first", SETTINGS.split())
    with turn.held(first), turn.taken(first):
        second = durable.begin("second", [*SETTINGS.split(), "--epochs", "1"])
        wait(second, "waiting")
        assert turn.place(second) == 1
        assert len(trainers("second")) == 1
        second.want("pause")
        wait(second, "paused")
    assert "Nothing was learnt yet" in second.sentence
