import time
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from vae import home
from vae.logbook import ending, folder, turn
from vae.logbook.folder import Beat, Logbook, LogbookError, Said

WORDS = ["--dataset", "digits", "--epochs", "7"]


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_HOME", str(tmp_path))


def stands(book: Logbook) -> str:
    """How it stands now."""
    return book.state


def begun(name: str, since: float = 0.0, doing: folder.State = "waiting") -> Logbook:
    book = folder.create(name, WORDS)
    book.begin(doing)
    assert book.beat is not None
    book.write_beat(replace(book.beat, since=since or book.beat.since))
    return book


@pytest.mark.parametrize(
    "name", ["", "..", "../a", "a/b", "A", "ein bild", "é", "a" * 61, "-a", "a\n", "a\x00", ".hidden"]
)
def test_a_name_that_could_lead_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(LogbookError, match="A name may have"):
        folder.create(name, WORDS)
    with pytest.raises(LogbookError, match="no training called"):
        folder.find(name)


@pytest.mark.parametrize("name", ["mine", "mnist-vae-2d"])
def test_a_name_that_is_taken_is_refused(name: str) -> None:
    """By a training, or by a model, of those that ship for example."""
    folder.create("mine", WORDS)
    with pytest.raises(LogbookError, match=f"called {name}; choose another"):
        folder.create(name, WORDS)
    assert folder.free_name(name) == f"{name}-2"


def test_what_was_asked_for_is_found_again() -> None:
    folder.create("first", WORDS)
    found = folder.find("first")
    assert found.words == WORDS
    assert found.setting("--epochs") == "7"
    assert found.setting("--beta") == ""
    assert folder.names() == ["first"]


def test_a_line_takes_the_place_of_those_from_its_epoch_on() -> None:
    book = folder.create("mine", WORDS)
    for epoch in (0, 1, 2, 3):
        book.note({"epoch": epoch, "nll": 10.0})
    book.note({"epoch": 2, "nll": 5.0})
    assert [(line["epoch"], line["nll"]) for line in book.progress] == [(0, 10.0), (1, 10.0), (2, 5.0)]


def test_the_state_is_what_the_process_does_as_long_as_it_lives() -> None:
    book = begun("mine", doing="training")
    with book.lock():
        assert stands(book) == "training"
        assert book.sentence == ""
    assert stands(book) == "killed"
    assert "killed from outside. Nothing was learnt yet" in book.sentence
    book.say(Said("paused", "Paused."))
    assert (stands(book), book.sentence) == ("paused", "Paused.")
    book.begin()
    assert stands(book) == "starting"


def test_a_process_that_never_came_is_missed() -> None:
    book = begun("mine", doing="starting")
    assert book.beat is not None
    book.write_beat(replace(book.beat, time=time.time() - folder.START_SECONDS - 1))
    assert stands(book) == "killed"


def test_a_full_memory_is_told_from_another_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the system's own count of what it has killed for it, which is higher than when the process began."""
    book = begun("mine", doing="training")
    book.write_beat(replace(book.beat or Beat(0, "training", 0), epoch=4))
    counted = folder.oom_kills()
    monkeypatch.setattr(folder, "oom_kills", lambda: counted + 1)
    assert book.sentence.startswith("The training was ended by the system since the memory was full.")
    assert "after epoch 4" in book.sentence


def test_on_a_full_disk_there_is_room_for_the_last_word(monkeypatch: pytest.MonkeyPatch) -> None:
    book = begun("mine")
    assert (book.path / folder.ROOM).stat().st_size == folder.ROOM_BYTES
    write = folder.write_quickly

    def full(path: Path, text: str) -> None:
        if (book.path / folder.ROOM).exists():
            raise OSError(28, "No space left on device")
        write(path, text)

    monkeypatch.setattr(folder, "write_quickly", full)
    book.say(Said("failed", "The disk is full."))
    assert book.sentence == "The disk is full."


def test_a_training_under_way_is_not_removed() -> None:
    book = begun("mine", doing="training")
    with book.lock(), pytest.raises(LogbookError, match="still training; stop it first"):
        book.remove()
    book.remove()
    assert not book.path.exists()
    assert folder.names() == []


def test_they_take_turns_in_the_order_of_their_beginning() -> None:
    first, second, third = begun("a", 1.0, "training"), begun("b", 2.0), begun("c", 3.0)
    with first.lock(), second.lock(), third.lock():
        assert [turn.place(book) for book in (first, second, third)] == [0, 1, 2]
        first.say(Said("done", "Done."))
        assert [turn.place(book) for book in (second, third)] == [0, 1]


def test_one_that_waits_and_is_gone_holds_up_nobody() -> None:
    begun("a", 1.0)
    assert turn.place(begun("b", 2.0)) == 0


def test_a_wish_ends_the_waiting() -> None:
    """Another one trains, so that this would wait for ever."""
    home.folder("runs").mkdir()
    book = folder.create("mine", WORDS)
    turns: list[str] = []
    with FileLock(home.folder("runs") / "turn"), ending.said(book), pytest.MonkeyPatch.context() as patch:
        patch.setattr(turn.time, "sleep", lambda _: book.want("stop"))
        with turn.taken(book):
            turns.append("taken")
    assert turns == []
    assert (stands(book), book.sentence) == (
        "stopped",
        "Stopped before anything was learnt; Resume starts it.",
    )


def test_a_wish_of_the_first_moment_is_not_lost() -> None:
    """Its process is still starting, or has just said that it waits."""
    book = begun("mine", doing="starting")
    book.want("pause")
    book.begin("waiting")  # the process itself
    assert book.wanted == "pause"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Logbook, "write_beat", lambda book, _: book.want("stop"))
        book.begin("waiting")
    assert book.wanted == "stop"


@pytest.mark.parametrize("doing", ["starting", "waiting"])
def test_a_wish_of_the_last_time_is_forgotten(doing: folder.State) -> None:
    """By the page's Resume, and by the command line."""
    book = begun("mine", doing="training")
    book.want("pause")
    book.say(Said("paused", "Paused."))
    book.begin(doing)
    assert not book.wanted


def test_the_turn_is_given_back() -> None:
    book = folder.create("mine", WORDS)
    with turn.taken(book):
        assert book.beat is not None
        assert book.beat.doing == "training"
    with FileLock(home.folder("runs") / "turn", timeout=0):
        pass


def test_two_processes_do_not_work_on_one_training() -> None:
    book = begun("mine")
    with book.lock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(folder, "LOCK_SECONDS", 0.05)
        with pytest.raises(LogbookError, match="already training"), turn.held(book):
            pytest.fail("it was held twice")


def test_a_place_in_the_queue_is_kept_from_the_start_on() -> None:
    book = begun("mine", doing="starting")
    assert book.beat is not None
    since = book.beat.since
    book.begin("waiting")  # the process itself
    assert book.beat.since == since
    book.say(Said("paused", "Paused."))
    book.begin()
    assert book.beat.since > since
