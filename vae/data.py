"""Fetch a data set and check it, or make one of your own images.

python -m vae.data mnist             # with --sprite it writes the images that ship, too
python -m vae.data add NAME PATH     # PATH: a folder of pictures, its subfolders the classes
"""

import argparse
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm

from vae import home
from vae.errors import Unusable
from vae.images import sets
from vae.images.own import adding, manifest, reading
from vae.images.own.adding import Stopped
from vae.images.own.plan import FITS, SIDES
from vae.images.own.reading import Progress
from vae.images.own.sources import KINDS
from vae.images.own.sources.levels import LevelsError
from vae.images.sets import mnist

CHANNELS = {"grey": 1, "rgb": 3}
STAGES = {"reading": "reading", "mixing": "putting into random order"}


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line: fetch a data set if it is not here, and say what it holds; or add one."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if words[:1] == ["add"]:
            _add(words[1:])
        else:
            _fetch(words)
    except LevelsError as error:
        advice = "" if error.likely is None else " Then add --levels {:g} {:g}".format(*error.likely)
        sys.exit(f"{error}{advice}")
    except Unusable as error:
        sys.exit("\n".join([str(error), *getattr(error, "__notes__", [])]))


def _fetch(words: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m vae.data",
        description="Fetch a data set and check it.",
        epilog="To make a data set of your own images: python -m vae.data add --help",
    )
    parser.add_argument("name", choices=sets.names())
    parser.add_argument(
        "--sprite",
        action="store_true",
        help="write the test images that ship with the pages",
    )
    args = parser.parse_args(words)
    if args.sprite and args.name not in mnist.SOURCES:
        parser.error(f"{args.name} has no raw files to make a sprite of")
    train, test = (sets.load(args.name, split, download=True) for split in sets.SPLITS)
    written = sets.make_sprite(args.name) if args.sprite else []
    print(f"{args.name}: {len(train):,} training and {len(test):,} test images in {sets.place(args.name)}")
    for path in written:
        print(f"wrote {path}")


def _add(words: Sequence[str]) -> None:
    args = _adding().parse_args(words)
    sets.check_new(args.name)
    with _stops() as stops, tqdm(unit=" images", unit_scale=True) as bar:

        def show(progress: Progress) -> None:
            if progress.done < bar.n:
                bar.reset()
            bar.set_description(STAGES[progress.stage], refresh=False)
            bar.total = progress.total
            bar.update(progress.done - bar.n)
            if stops:
                raise Stopped("Stopped; the same command goes on.")

        try:
            found = adding.add(
                args.name,
                args.path,
                side=args.size,
                channels=CHANNELS.get(args.channels),
                fit=args.fit,
                levels=args.levels and tuple(args.levels),
                preparation="mnist" if args.ink else "resize",
                on_progress=show,
            )
        except Stopped as stop:
            print(f"\n{stop}", file=sys.stderr)
            sys.exit(128 + stops[0])
        except manifest.OwnImagesError as error:
            report = reading.report(args.name)
            if report.is_file() and report.stat().st_size:
                error.add_note(f"What became of each file: {report}")
            raise
    print(_told(found))


@contextmanager
def _stops() -> Iterator[list[int]]:
    """The signals that asked to stop; within the block they end nothing by themselves."""
    found: list[int] = []
    before = {
        each: signal.signal(each, lambda signum, frame: found.append(signum))
        for each in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield found
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _adding() -> argparse.ArgumentParser:
    """The options of `add`."""
    parser = argparse.ArgumentParser(
        prog="python -m vae.data add",
        description="Make a data set of your own images; one that was interrupted goes on.",
    )
    add = parser.add_argument
    add("name", help=f"of the data set: {home.RULE}")
    add("path", type=Path, help=f"{KINDS}; the subfolders of a folder are its classes")
    add(
        "--size", type=int, choices=SIDES, help="height and width in pixels (default: nearest to the images')"
    )
    add("--channels", choices=CHANNELS, help="default: grey if the images are")
    add("--fit", choices=FITS, default="whole", help="of pictures that are no squares (default: %(default)s)")
    add(
        "--levels",
        type=float,
        nargs=2,
        metavar=("BLACK", "WHITE"),
        help="what black and white are in an array of numbers (default: what its type and values say)",
    )
    add("--ink", action="store_true", help="they are characters as MNIST's, light on black, 28 × 28 grey")
    return parser


def _told(found: manifest.Manifest) -> str:
    """What was made, in words."""
    counts = f"{found.train:,} training and {found.test:,} test images, {found.dataset.image_spec.words}"
    classes = f", {len(found.class_names)} classes" if found.class_names else ""
    place = manifest.folder(found.name)
    report = f"{found.skipped:,} left out; what became of each file: {place / manifest.REPORT}"
    return "\n".join([f"{found.name}: {counts}{classes}, in {place}", report, *found.notes])


if __name__ == "__main__":
    main()
