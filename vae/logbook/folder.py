"""A training's folder: what it is to do, how far it is, how it ended.

    task.json         the settings as words of the command line, and when they were asked for
    lock              held by the process that trains, or waits, as long as it lives
    beat.json         written by it about every second: what it does, how fast
    progress.jsonl    a line for each epoch, see `vae.training.durable.watch`
    model.safetensors, model.resume   its state after the last epoch
    epochs/           see `vae.logbook.looks`
    wanted            `pause` or `stop`, for the process to find
    said.json         how the last process ended, unless it was killed, which leaves it no time to say

Every file is replaced as a whole: who reads finds the old one or the new one.
"""

import json
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Literal

from filelock import FileLock, Timeout

from vae import home
from vae.errors import Unusable
from vae.model import catalogue
from vae.model.tensor_file import write_atomically

State = Literal["starting", "waiting", "training", "packing", "paused", "stopped", "done", "failed", "killed"]
ALIVE: tuple[State, ...] = ("starting", "waiting", "training", "packing")
ENDED: tuple[State, ...] = ("paused", "stopped", "done", "failed", "killed")

ROOM, ROOM_BYTES = "room", 65_536  # kept on the disk for what is said when it is full
START_SECONDS = 30.0  # that a process may take until it holds its lock
LOCK_SECONDS = 10.0  # that it tries to: who looks whether it is alive holds it for an instant
_looking = Lock()  # threads of this process do not take each other for the process that trains


class LogbookError(Unusable):
    """A training that cannot be begun or found; the message says why."""


@dataclass(frozen=True)
class Beat:
    """What a process last said of itself.

    Arguments:
        time: When, in seconds since 1970.
        doing: What it did then.
        since: When it began, which is its place in the queue.
        epoch: Epochs that are finished.
        share: Of all images of the training, those that it has seen, in [0, 1].
        rate: Images a second, 0 while nobody knows.
        loss: nll + beta KL of the last batch that was looked at, nats per image.
        oom_kills: Processes that this machine had ended by then since its memory was full.
        tries: How often in a row it had come to numbers that are not finite when it began.
    """

    time: float
    doing: State
    since: float
    epoch: int = 0
    share: float = 0.0
    rate: float = 0.0
    loss: float | None = None
    oom_kills: int = 0
    tries: int = 0


@dataclass(frozen=True)
class Said:
    """How a process ended.

    Arguments:
        state: One of `ENDED`, except `killed`.
        words: A sentence for people.
        fault: What went wrong: `NotFinite`, `DiskFull`, `OutOfMemory`, or empty.
        tries: How often in a row it has come to numbers that are not finite.
    """

    state: State
    words: str
    fault: str = ""
    tries: int = 0


@dataclass(frozen=True)
class Logbook:
    """The folder of the training of that name."""

    name: str

    @property
    def path(self) -> Path:
        """Where it is."""
        return home.folder("runs") / self.name

    @property
    def checkpoint(self) -> Path:
        """The model after the last epoch."""
        return self.path / "model.safetensors"

    @property
    def log(self) -> Path:
        """What its process printed."""
        return self.path / "log.txt"

    @property
    def words(self) -> list[str]:
        """The settings, as words of the command line."""
        return list(_json(self.path / "task.json").get("words", ()))

    @property
    def created(self) -> float:
        """When it was asked for, in seconds since 1970."""
        return float(_json(self.path / "task.json").get("created", 0.0))

    def setting(self, flag: str) -> str:
        """What the words say after a flag, such as `--epochs`; empty if they do not have it."""
        words = self.words
        return words[words.index(flag) + 1] if flag in words[:-1] else ""

    @property
    def beat(self) -> Beat | None:
        """What its process last said of itself, None if it never did."""
        found = _json(self.path / "beat.json")
        return Beat(**found) if found else None

    def write_beat(self, beat: Beat) -> None:
        """Say what this process does."""
        write_quickly(self.path / "beat.json", json.dumps(vars(beat)))

    @property
    def progress(self) -> list[dict[str, Any]]:
        """A line for each epoch, 0 first."""
        try:
            lines = (self.path / "progress.jsonl").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in lines]

    def note(self, line: Mapping[str, Any]) -> None:
        """Add the line of an epoch, in the place of those from that epoch on."""
        lines = [*(old for old in self.progress if old["epoch"] < line["epoch"]), line]
        write_atomically(
            self.path / "progress.jsonl", "".join(f"{json.dumps(each)}\n" for each in lines).encode()
        )

    @property
    def wanted(self) -> str:
        """`pause` or `stop` where the process is to end, else empty."""
        try:
            return (self.path / "wanted").read_text()
        except FileNotFoundError:
            return ""

    def want(self, end: Literal["pause", "stop"]) -> None:
        """Ask the process to end."""
        write_quickly(self.path / "wanted", end)

    @property
    def said(self) -> Said | None:
        """How the last process ended; None while one is under way, and after one that was killed."""
        found = _json(self.path / "said.json")
        return Said(**found) if found else None

    def say(self, said: Said) -> None:
        """Write down how this process ends; on a full disk in the room that was kept for it."""
        text = json.dumps(vars(said))
        try:
            write_quickly(self.path / "said.json", text)
        except OSError:
            (self.path / ROOM).unlink(missing_ok=True)
            write_quickly(self.path / "said.json", text)

    def begin(self, doing: State = "starting") -> None:
        """What a new process finds: nobody has said anything yet.

        A wish outlives the change from starting to waiting: who sees a training may want it to end.
        """
        now, before, said = time.time(), self.beat, self.said
        if before is None:
            before = Beat(now, doing, now)
        goes_on = before.doing == "starting" and said is None  # what began in the name of this process
        if doing == "starting" or not goes_on:
            (self.path / "wanted").unlink(missing_ok=True)
        self.write_beat(
            Beat(
                now,
                doing,
                before.since if goes_on else now,
                before.epoch,
                oom_kills=oom_kills(),
                tries=before.tries if goes_on else said.tries if said else 0,
            )
        )
        (self.path / ROOM).write_bytes(bytes(ROOM_BYTES))
        (self.path / "said.json").unlink(missing_ok=True)

    def lock(self) -> FileLock:
        """Held by the process of this training as long as it lives."""
        return FileLock(self.path / "lock", timeout=LOCK_SECONDS)

    @property
    def is_alive(self) -> bool:
        """Whether a process holds the lock."""
        with _looking:
            try:
                with FileLock(self.path / "lock", timeout=0):
                    return False
            except Timeout:
                return True

    @property
    def state(self) -> State:
        """What it does, or how it ended."""
        if (said := self.said) is not None:
            return said.state
        beat = self.beat
        if beat is None:
            return "killed"
        if beat.doing == "starting" and time.time() - beat.time < START_SECONDS:
            return "starting"
        if self.is_alive:
            return beat.doing
        said = self.said  # it may have ended in between
        return said.state if said else "killed"

    @property
    def sentence(self) -> str:
        """How it ended, for people; empty while it is under way."""
        if (said := self.said) is not None:
            return said.words
        return killed_words(self.beat) if self.state == "killed" else ""

    def remove(self) -> None:
        """Take the training away, not the model that came of it; nothing where a process is at it.

        Raises:
            LogbookError: while it is under way.
        """
        try:
            with FileLock(self.path / "lock", timeout=0):
                (self.path / "task.json").unlink(missing_ok=True)  # without it, it is none any more
                shutil.rmtree(self.path, ignore_errors=True)
        except Timeout as error:
            raise LogbookError(f"{self.name} is still training; stop it first.") from error


def killed_words(beat: Beat | None) -> str:
    """What is said of a process that was gone without a word."""
    if beat is None or not beat.epoch:
        kept = "Nothing was learnt yet; Resume starts it again."
    else:
        kept = f"The state after epoch {beat.epoch} is kept; Resume goes on from there."
    if beat is not None and oom_kills() > beat.oom_kills:
        return f"The training was ended by the system since the memory was full. {kept}"
    return f"The training was killed from outside. {kept}"


def oom_kills() -> int:
    """How many processes this machine has ended since it started as its memory was full; 0 if unknown."""
    with suppress(OSError, ValueError):
        for line in Path("/proc/vmstat").read_text().splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0


def create(name: str, words: Sequence[str]) -> Logbook:
    """A new training of that name with these words of the command line.

    Raises:
        LogbookError: if there is a training or a model of that name, or the name cannot be one.
    """
    if not home.NAME.fullmatch(name):
        raise LogbookError(f"A name may have {home.RULE}.")
    if name in names() or name in catalogue.model_names():
        said = f"There already is a training or a model called {name}; choose another name, such as"
        raise LogbookError(f"{said} {free_name(name)}.")
    book = Logbook(name)
    book.path.mkdir(parents=True, exist_ok=True)
    for left in book.path.iterdir():  # of one whose removal was cut short
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    write_atomically(
        book.path / "task.json", json.dumps({"words": list(words), "created": time.time()}).encode()
    )
    return book


def find(name: str) -> Logbook:
    """The training of that name.

    Raises:
        LogbookError: if there is none.
    """
    if name in names():
        return Logbook(name)
    raise LogbookError(f"There is no training called {name[:60]!r} here.")


def books() -> list[Logbook]:
    """All trainings, the newest first."""
    found = [Logbook(path.parent.name) for path in home.folder("runs").glob("*/task.json")]
    return sorted(found, key=lambda book: (-book.created, book.name))


def names() -> list[str]:
    """Of all trainings, the newest first."""
    return [book.name for book in books()]


def trained_on(dataset: str) -> list[Logbook]:
    """All trainings on the data set of that name, the newest first."""
    return [book for book in books() if book.setting("--dataset") == dataset]


def free_name(wish: str) -> str:
    """The wish, or with a number behind it the first name that is free."""
    taken = {*names(), *catalogue.model_names()}
    tries = (f"{wish}-{k}" for k in range(2, len(taken) + 3))
    return next(name for name in (wish, *tries) if name not in taken)


def write_quickly(path: Path, text: str) -> None:
    """Replace a file as a whole, without waiting for the disk: it matters while the machine runs."""
    temporary = path.with_name(f"{path.name}.tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def _json(path: Path) -> dict[str, Any]:
    """What a file holds; nothing where there is none."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
