"""The emoji data set: Noto Color Emoji at 64 × 64 pixels on white, labelled by Unicode's groups.

Its images ship as sprites. This command makes them, and is all that needs the font and Unicode's list,
Debian's packages fonts-noto-color-emoji and unicode-data:

    python -m vae.images.sets.emoji

An emoji is taken if it is a single code point, with or without the variation selector U+FE0F, so that those
of several people, with skin tones or of countries are left out.
"""

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from vae.images import sprites
from vae.images.dataset import Bytes
from vae.images.sprites import SHIPPED

GROUPS = (
    *("Smileys & Emotion", "People & Body", "Animals & Nature", "Food & Drink", "Travel & Places"),
    *("Activities", "Objects", "Symbols", "Flags"),
)
SIDE = 64  # pixels
FONT = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
LIST = Path("/usr/share/unicode/emoji/emoji-test.txt")
FONT_SIZE = 109  # the only one that the font has
CANVAS = 136  # pixels; the font's bitmaps are 136 × 128
TEST_SHARE = 0.2  # of each group
SEED = 0

_EMOJI = re.compile(r"([0-9A-F]+)(?: FE0F)?\s*; fully-qualified\s*# \S+ E[0-9.]+ (.+)")


@dataclass(frozen=True)
class Emoji:
    """An emoji that is a single code point."""

    character: str
    name: str  # Unicode's, such as "grinning face"
    group: str  # one of `GROUPS`


def parse(text: str) -> list[Emoji]:
    """The emoji of a single code point in Unicode's emoji-test.txt, in its order."""
    group, found = "", []
    for line in text.splitlines():
        if line.startswith("# group: "):
            group = line.removeprefix("# group: ")
        elif match := _EMOJI.match(line):
            found.append(Emoji(chr(int(match[1], 16)), match[2], group))
    return found


def is_drawn(character: str, font: ImageFont.FreeTypeFont) -> bool:
    """Whether the font has an image of it."""
    left, top, right, bottom = font.getbbox(character)
    return right > left and bottom > top


def render(character: str, font: ImageFont.FreeTypeFont) -> Bytes:
    """The font's image of a character, (64, 64, 3), centred on white."""
    canvas = Image.new("RGB", (CANVAS, CANVAS), "white")
    left, top, right, bottom = font.getbbox(character)
    corner = ((CANVAS - right - left) / 2, (CANVAS - bottom - top) / 2)
    ImageDraw.Draw(canvas).text(corner, character, "black", font, embedded_color=True)
    return np.asarray(canvas.resize((SIDE, SIDE), Image.Resampling.LANCZOS))


def split(labels: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
    """Indices of the training and of the test images, both in random order, the same at every call.

    One in five of each class is a test image.
    """
    rng = np.random.default_rng(SEED)
    train, test = [], []
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        count = round(TEST_SHARE * len(members))
        test.append(members[:count])
        train.append(members[count:])
    return {
        "train": rng.permutation(np.concatenate(train)),
        "test": rng.permutation(np.concatenate(test)),
    }


def make_sprites(font: Path, emoji_list: Path, folder: Path) -> list[Path]:
    """Write the sprites of both splits into a folder; returns what was written.

    Raises:
        OSError: if the font or the list cannot be read, or the folder cannot be written to.
    """
    face = ImageFont.truetype(font, FONT_SIZE)
    found = [emoji for emoji in parse(emoji_list.read_text("utf-8")) if is_drawn(emoji.character, face)]
    pixels = np.stack([render(emoji.character, face) for emoji in found])
    labels = np.array([GROUPS.index(emoji.group) for emoji in found])
    written = []
    for name, chosen in split(labels).items():
        contents = sprites.pack(pixels[chosen], labels[chosen], [found[index].name for index in chosen])
        for suffix, content in zip((".png", ".json"), contents, strict=True):
            path = folder / f"emoji-{name}{suffix}"
            path.write_bytes(content)
            written.append(path)
    return written


def main(arguments: list[str] | None = None) -> None:
    """Command line: draw the emoji and write the sprites."""
    parser = argparse.ArgumentParser(
        prog="python -m vae.images.sets.emoji", description="Make the emoji data set."
    )
    parser.add_argument("--font", type=Path, default=FONT, help=f"Noto Color Emoji with bitmaps: {FONT}")
    parser.add_argument("--list", type=Path, default=LIST, help=f"Unicode's emoji-test.txt: {LIST}")
    parser.add_argument("--out", type=Path, default=SHIPPED, help=f"folder of the sprites: {SHIPPED}")
    args = parser.parse_args(arguments)
    for path, package in ((args.font, "fonts-noto-color-emoji"), (args.list, "unicode-data")):
        if not path.is_file():
            sys.exit(f"There is no {path}; install Debian's package {package}, or name another file.")
    for path in make_sprites(args.font, args.list, args.out):
        print(f"wrote {path}, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
