"""Fetch a data set and check it: `python -m vae.data mnist`; with `--sprite` write the images that ship."""

import argparse
import sys

from vae.images import sets
from vae.images.sets import mnist


def main(arguments: list[str] | None = None) -> None:
    """Command line: fetch a data set if it is not here, and say what it holds."""
    parser = argparse.ArgumentParser(prog="python -m vae.data", description="Fetch a data set and check it.")
    parser.add_argument("name", choices=sets.NAMES)
    parser.add_argument(
        "--sprite",
        action="store_true",
        help="write the test images that ship with the pages",
    )
    args = parser.parse_args(arguments)
    if args.sprite and args.name not in mnist.SOURCES:
        parser.error(f"{args.name} has no raw files to make a sprite of")
    try:
        train, test = (sets.load(args.name, split, download=True) for split in sets.SPLITS)
        written = sets.make_sprite(args.name) if args.sprite else []
    except sets.DataError as error:
        sys.exit(str(error))
    print(f"{args.name}: {len(train):,} training and {len(test):,} test images in {sets.place(args.name)}")
    for path in written:
        print(f"wrote {path}")


if __name__ == "__main__":
    main()
