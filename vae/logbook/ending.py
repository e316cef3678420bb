"""However a training's process ends, unless it is killed: what it says then."""

from collections.abc import Iterator
from contextlib import contextmanager

from vae.errors import Unusable
from vae.logbook.folder import Logbook, Said
from vae.logbook.turn import Wished

NOT_FINITE = "NotFinite"  # vae.training.run's error of that name


@contextmanager
def said(book: Logbook) -> Iterator[None]:
    """Write down why the block ended early; a wish ends here, an error goes on."""
    try:
        yield
    except Wished as wish:
        book.say(wished(book, wish.end))
    except (Unusable, ValueError) as error:
        book.say(_failed(book, error, str(error)))
        raise
    except Exception as error:
        book.say(_failed(book, error, f"The training broke off: {error or type(error).__name__}."))
        raise


def wished(book: Logbook, end: str) -> Said:
    """What is said of a training that somebody wanted to `pause`, or to `stop` before its first epoch."""
    if end == "stop" and not _epochs(book):
        return Said("stopped", "Stopped before anything was learnt; Resume starts it.")
    return Said("paused", f"Paused. {kept(book)}")


def kept(book: Logbook) -> str:
    """What is kept of it, and how it goes on."""
    if epochs := _epochs(book):
        return f"The state after epoch {epochs} is kept; Resume goes on from there."
    return "Nothing was learnt yet; Resume starts it again."


def _failed(book: Logbook, error: Exception, words: str) -> Said:
    beat, fault = book.beat, type(error).__name__
    tries = 1 + beat.tries if beat and fault == NOT_FINITE else 0
    again = " Resume tries other random numbers from there." if tries else ""
    return Said("failed", words + again, fault, tries)


def _epochs(book: Logbook) -> int:
    return beat.epoch if (beat := book.beat) else 0
