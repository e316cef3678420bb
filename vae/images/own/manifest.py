"""What is known of a set of the user's own, as it lies beside its images; which sets there are."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from vae import home
from vae.errors import Unusable
from vae.images.dataset import Dataset, ImageSet, Preparation
from vae.images.names import Names
from vae.images.spec import ImageSpec

MANIFEST = "manifest.json"
REPORT = "report.csv"
VERSION = 1


class OwnImagesError(Unusable):
    """Images of the user's that cannot be made a set; the message is one sentence for her."""


@dataclass(frozen=True)
class Manifest:
    """A set of the user's own.

    Arguments:
        name: In addresses and commands.
        shape: Height, width and channels of its images.
        class_names: By label, in the order of their names; None where images have no labels.
        preparation: How another picture becomes an image of it.
        train, test: Number of images in each split.
        source: What it was read from, in words.
        skipped: Number of files or rows that were left out; the report names each.
        notes: Sentences about what the user may not expect.
    """

    name: str
    shape: tuple[int, int, int]
    class_names: tuple[str, ...] | None
    preparation: Preparation
    train: int
    test: int
    source: str
    skipped: int
    notes: tuple[str, ...] = ()
    version: int = VERSION

    @property
    def dataset(self) -> Dataset:
        """The same for those who know no manifest."""
        return Dataset(
            self.name,
            ImageSpec(*self.shape),
            self.class_names,
            "Your own images, kept on this machine",
            self.preparation,
        )


def folder(name: str) -> Path:
    """Where a set of that name lies, or would."""
    return home.folder("images") / name


def names() -> tuple[str, ...]:
    """The finished sets, in the order of their names."""
    return tuple(
        sorted(path.parent.name for path in home.folder("images").glob(f"*/{MANIFEST}") if _is_set(path))
    )


def _is_set(path: Path) -> bool:
    return home.NAME.fullmatch(path.parent.name) is not None


def exists(name: str) -> bool:
    """Whether there is a finished set of that name."""
    return home.NAME.fullmatch(name) is not None and (folder(name) / MANIFEST).is_file()


def version(name: str) -> int:
    """Another one for another set of that name, such as the next after one that was removed; 0 for none."""
    try:
        return (folder(name) / MANIFEST).stat().st_mtime_ns
    except OSError:
        return 0


def write(manifest: Manifest, path: Path) -> None:
    """Write the manifest into the folder."""
    said = json.dumps(asdict(manifest), ensure_ascii=False, indent=1)
    (path / MANIFEST).write_text(f"{said}\n", encoding="utf-8")


def read(name: str) -> Manifest:
    """The manifest of the set of that name.

    Raises:
        OSError, ValueError: if it is missing or damaged.
    """
    said = json.loads((folder(name) / MANIFEST).read_text(encoding="utf-8"))
    try:
        if said["version"] != VERSION:
            raise ValueError(f"it has version {said['version']!r}, this program reads {VERSION}")
        classes = said["class_names"]
        known = {"shape": tuple(said["shape"]), "class_names": classes and tuple(map(str, classes))}
        known |= {"notes": tuple(map(str, said["notes"]))}
        found = Manifest(**{**said, **known, "name": name})
        if found.dataset.image_spec.shape != found.shape:
            raise ValueError("its images have no shape")
    except (KeyError, TypeError) as error:
        raise ValueError("the manifest is damaged") from error
    return found


def load(name: str, split: str) -> ImageSet:
    """A split of the set, its pixels a memory-mapped file.

    The mapping is copy-on-write, so that PyTorch takes it as it is; nothing is ever written to the file.

    Raises:
        OSError, ValueError: if one of its files is missing or damaged.
    """
    known, place = read(name), folder(name)
    count = known.train if split == "train" else known.test
    pixels = np.load(place / f"{split}.npy", mmap_mode="c", allow_pickle=False)
    if pixels.dtype != np.uint8 or pixels.shape != (count, *known.shape):
        raise ValueError(f"{split}.npy holds other images than the manifest says")
    labels = None
    if known.class_names is not None:
        labels = np.load(place / f"{split}.labels.npy", allow_pickle=False).astype(np.int64)
        if labels.shape != (count,) or not 0 <= labels.min() <= labels.max() < len(known.class_names):
            raise ValueError(f"{split}.labels.npy holds other labels than the manifest says")
    found = Names(np.fromfile(place / f"{split}.names", np.uint8))
    if len(found) != count:
        raise ValueError(f"{split}.names holds other names than the manifest says")
    return ImageSet(pixels, labels, found)
