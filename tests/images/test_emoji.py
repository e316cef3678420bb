"""The emoji: the shipped images, how they are chosen and split, and how one is drawn."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFont

from vae.images import sprites
from vae.images.sets import emoji
from vae.images.sets.emoji import GROUPS, Emoji, main, make_sprites, parse, render, split
from vae.images.sprites import SHIPPED

MD5 = {"train": "dda21de37281c8455317aab065600103", "test": "8b48736c6c607a94086cad1ea38ea257"}
EXCERPT = """\
# Version: 15.0
# group: Smileys & Emotion

# subgroup: face-smiling
1F600 ; fully-qualified     # 😀 E1.0 grinning face
2764 FE0F ; fully-qualified     # ❤️ E0.6 red heart
2764 ; unqualified         # ❤ E0.6 red heart
2764 FE0F 200D 1F525 ; fully-qualified     # ❤️‍🔥 E13.1 heart on fire

# group: Component
1F3FB ; component           # 🏻 E1.0 light skin tone

# group: People & Body
1F44B ; fully-qualified     # 👋 E0.6 waving hand
1F44B 1F3FB ; fully-qualified     # 👋🏻 E1.0 waving hand: light skin tone

# group: Flags
1F1E6 1F1E8 ; fully-qualified     # 🇦🇨 E2.0 flag: Ascension Island
"""


def read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Pixels and labels of a sprite."""
    items = sprites.read(path)
    assert items.labels is not None
    return items.pixels, items.labels


@pytest.fixture(scope="module")
def shipped() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    return {name: read(SHIPPED / f"emoji-{name}.png") for name in MD5}


@pytest.fixture(scope="module")
def font() -> ImageFont.FreeTypeFont:
    """Pillow's own, which is everywhere."""
    face = ImageFont.load_default(emoji.FONT_SIZE)
    assert isinstance(face, ImageFont.FreeTypeFont)
    return face


def names(name: str) -> tuple[str, ...]:
    found = sprites.describe((SHIPPED / f"emoji-{name}.json").read_bytes()).names
    assert found is not None
    return found


# The shipped images --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MD5)
def test_the_shipped_images_are_those_that_the_card_tells_of(
    shipped: dict[str, tuple[np.ndarray, np.ndarray]], name: str
) -> None:
    found = hashlib.md5(shipped[name][0].tobytes()).hexdigest()
    assert found == MD5[name]
    assert found in (SHIPPED / "emoji.md").read_text()


def test_the_data_set_is_small_enough_to_ship() -> None:
    assert sum(path.stat().st_size for path in SHIPPED.glob("emoji*")) < 6_000_000


def test_no_image_is_in_both_splits_or_twice_in_one(
    shipped: dict[str, tuple[np.ndarray, np.ndarray]],
) -> None:
    images = [image.tobytes() for pixels, _ in shipped.values() for image in pixels]
    assert len(set(images)) == len(images) == 1377
    assert len({*names("train"), *names("test")}) == 1377


def test_one_in_five_of_each_group_is_a_test_image(
    shipped: dict[str, tuple[np.ndarray, np.ndarray]],
) -> None:
    train, test = (np.bincount(shipped[name][1], minlength=len(GROUPS)) for name in ("train", "test"))
    assert train.min() > 0
    assert test.min() > 0
    assert np.abs(test - (train + test) / 5).max() <= 0.5


def test_every_image_lies_on_white(shipped: dict[str, tuple[np.ndarray, np.ndarray]]) -> None:
    for pixels, _ in shipped.values():
        assert (pixels[:, [0, 0, -1, -1], [0, -1, 0, -1]] == 255).all()
        assert (pixels.min(axis=(1, 2, 3)) < 230).all()  # and none is empty


def test_names_and_groups_belong_to_their_images(
    shipped: dict[str, tuple[np.ndarray, np.ndarray]],
) -> None:
    group: dict[str, tuple[str, np.ndarray]] = {}
    for name, (pixels, labels) in shipped.items():
        group |= {
            title: (GROUPS[label], pixels[k])
            for k, (title, label) in enumerate(zip(names(name), labels, strict=True))
        }
    for title, where, colour in (
        ("grinning face", "Smileys & Emotion", (255, 210, 60)),
        ("red circle", "Symbols", (230, 60, 50)),
        ("blue square", "Symbols", (30, 130, 200)),
    ):
        found, image = group[title]
        assert found == where
        assert np.abs(image[20:28, 32].mean(axis=0) - colour).max() < 60


# How they are made ---------------------------------------------------------------------------------------


def test_only_fully_qualified_single_code_points_are_taken() -> None:
    assert parse(EXCERPT) == [
        Emoji("😀", "grinning face", "Smileys & Emotion"),
        Emoji("❤", "red heart", "Smileys & Emotion"),
        Emoji("👋", "waving hand", "People & Body"),
    ]


def test_the_split_is_stratified_disjoint_and_always_the_same() -> None:
    labels = np.repeat([0, 1, 2], [100, 37, 5])
    parts = split(labels)
    np.testing.assert_array_equal(np.sort(np.concatenate([*parts.values()])), np.arange(142))
    np.testing.assert_array_equal(np.bincount(labels[parts["test"]]), [20, 7, 1])
    for name, indices in split(labels).items():
        np.testing.assert_array_equal(indices, parts[name])
        assert (np.diff(labels[indices]) < 0).any()  # the classes are mixed


def test_a_character_is_drawn_in_the_middle_of_white(font: ImageFont.FreeTypeFont) -> None:
    image = render("H", font)
    assert image.shape == (64, 64, 3)
    assert (image[[0, 0, -1, -1], [0, -1, 0, -1]] == 255).all()
    dark = 255 - image.astype(float).mean(axis=2)
    places = np.arange(64)
    centre = [(dark.sum(axis=axis) @ places) / dark.sum() for axis in (0, 1)]
    np.testing.assert_allclose(centre, 31.5, atol=1)


def test_sprites_hold_what_the_font_draws_with_names_and_groups(
    tmp_path: Path, font: ImageFont.FreeTypeFont, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImageFont, "truetype", lambda path, size: font)
    listed = tmp_path / "emoji-test.txt"
    letters = "".join(f"{ord(c):X} ; fully-qualified # {c} E1.0 letter {c}\n" for c in "ABCDEFGHIJ")
    listed.write_text(f"# group: Flags\n{letters}20 ; fully-qualified # _ E1.0 space\n", "utf-8")
    written = make_sprites(tmp_path / "any.ttf", listed, tmp_path)
    assert [path.name for path in written] == [
        *("emoji-train.png", "emoji-train.json", "emoji-test.png", "emoji-test.json")
    ]
    titles = []
    for path in written[::2]:
        pixels, labels = read(path)
        found = json.loads(path.with_suffix(".json").read_text())["names"]
        assert set(labels) == {GROUPS.index("Flags")}
        for image, name in zip(pixels, found, strict=True):
            np.testing.assert_array_equal(image, render(name[-1], font))
        titles += found
    assert sorted(titles) == [f"letter {c}" for c in "ABCDEFGHIJ"]  # and no space, which has no image


@pytest.mark.parametrize("option", ["--font", "--list"])
def test_a_missing_file_is_named_with_the_package_that_has_it(tmp_path: Path, option: str) -> None:
    present = tmp_path / "present"
    present.touch()
    options = {"--font": str(present), "--list": str(present), "--out": str(tmp_path)}
    options[option] = str(tmp_path / "absent")
    with pytest.raises(SystemExit, match="absent; install Debian's package"):
        main([part for item in options.items() for part in item])


@pytest.mark.skipif(not (emoji.FONT.is_file() and emoji.LIST.is_file()), reason="needs the font")
def test_the_command_makes_the_shipped_files(tmp_path: Path) -> None:
    main(["--out", str(tmp_path)])
    for name in MD5:
        made, ships = (folder / f"emoji-{name}.png" for folder in (tmp_path, SHIPPED))
        np.testing.assert_array_equal(np.asarray(Image.open(made)), np.asarray(Image.open(ships)))
        description = f"emoji-{name}.json"
        assert (tmp_path / description).read_bytes() == (SHIPPED / description).read_bytes()
