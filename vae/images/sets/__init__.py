"""Data sets by name: MNIST and two in its format, scikit-learn's digits, emoji.

Where images of a set ship with the repository they come from there, as a sprite: MNIST's test images, and
all of the emoji. The others of MNIST and its like are looked for in `root()`; `python -m vae.data NAME`
fetches a set that is missing or damaged, and with `--sprite` makes the sprite. `digits` needs no file.

The user's own sets (see `vae.images.own`) are found by the same functions; a name that is known here goes
before theirs.
"""

import os
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from urllib.error import URLError

from vae.errors import Unusable
from vae.images import sprites
from vae.images.dataset import MNIST_SPEC, Dataset, ImageSet
from vae.images.own import adding
from vae.images.own import manifest as own
from vae.images.sets import emoji, mnist, sklearn_digits
from vae.images.spec import ImageSpec
from vae.images.sprites import SHIPPED

DIGITS = tuple("0123456789")
DATASETS = {
    each.name: each
    for each in (
        Dataset(
            *("mnist", MNIST_SPEC, DIGITS, "MNIST, Yann LeCun and Corinna Cortes, CC BY-SA 3.0"),
            preparation="mnist",
            noun="digit",
        ),
        Dataset(
            "fashion-mnist",
            MNIST_SPEC,
            (
                *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
                *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
            ),
            "Fashion-MNIST, Zalando SE, MIT",
            preparation="mnist",
            noun="piece of clothing",
        ),
        Dataset(
            "kmnist",
            MNIST_SPEC,
            ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
            "KMNIST, CODH (doi:10.20676/00000341), CC BY-SA 4.0",
            preparation="mnist",
            noun="character",
        ),
        Dataset(
            "digits",
            MNIST_SPEC,
            DIGITS,
            "Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, UCI, CC BY 4.0",
            preparation="mnist",
            noun="digit",
        ),
        Dataset(
            "emoji",
            ImageSpec(64, 64, 3),
            emoji.GROUPS,
            "Noto Color Emoji, Google Inc., SIL Open Font License 1.1",
            noun="emoji",
        ),
    )
}
NAMES = tuple(DATASETS)
SPLITS = ("train", "test")

_WAYS_OUT = "set VAE_DATA_ROOT to a folder that holds it, or use the data set digits, which needs no file"


class DataError(Unusable):
    """A data set that cannot be had; the message is one sentence for the user, with the way out."""


def names() -> tuple[str, ...]:
    """All sets by name: those known here, and the user's own."""
    return *DATASETS, *(name for name in own.names() if name not in DATASETS)


def dataset(name: str) -> Dataset:
    """What is known of the set of that name.

    Raises:
        DataError: if there is none, or the user's own cannot be read.
    """
    if name in DATASETS:
        return DATASETS[name]
    if own.exists(name):
        try:
            return own.read(name).dataset
        except (OSError, ValueError) as error:
            raise DataError(_lost(name, error)) from error
    raise DataError(f"There is no data set {name!r}; choose one of {', '.join(names())}.")


def check_new(name: str) -> None:
    """Raises Unusable for what cannot be the name of a new set of the user's own."""
    if name in DATASETS:
        raise DataError(f"{name} is the name of a data set that is known here; take another name.")
    adding.check_name(name)


def fitting(spec: ImageSpec) -> tuple[str, ...]:
    """Names of the sets with images of that shape."""
    return tuple(name for name, each in _readable().items() if each.image_spec == spec)


def _readable() -> dict[str, Dataset]:
    """All sets but those of the user's own that are damaged."""
    found = dict(DATASETS)
    for name in set(names()) - DATASETS.keys():
        with suppress(DataError):
            found[name] = dataset(name)
    return found


def version(name: str) -> int:
    """What caches go by beside the name: sets of the user's own may change, all others never do."""
    return 0 if name in DATASETS else own.version(name)


def root() -> Path:
    """Folder of the data sets: the environment's VAE_DATA_ROOT, else ~/.cache/vae-explorer."""
    return Path(os.environ.get("VAE_DATA_ROOT") or "~/.cache/vae-explorer").expanduser()


def available(name: str, split: str = "test") -> bool:
    """Whether that split can be read: its files have the right sizes and none was found damaged."""
    if name == sklearn_digits.NAME or shipped(name, split):
        return True
    if name not in DATASETS:
        return own.exists(name)
    return name in mnist.SOURCES and mnist.is_there(name, split, root())


def shipped(name: str, split: str) -> Path | None:
    """The sprite of a split that ships with the repository, None if none does."""
    path = SHIPPED / f"{name}-{split}.png"
    return path if name in DATASETS and path.is_file() else None


def load(name: str, split: str = "test", download: bool = False) -> ImageSet:
    """The training or test images of a data set; with `download` it is fetched if it is missing or damaged.

    Those that ship are read from the repository, wherever else they may be.

    Raises:
        DataError: for an unknown name, and for a missing or damaged set that is not or cannot be fetched.
        ValueError: for a split other than "train" and "test".
    """
    if split not in SPLITS:
        raise ValueError(f"split must be train or test, got {split!r}")
    dataset(name)
    if name == sklearn_digits.NAME:
        return sklearn_digits.load(split)
    if name not in DATASETS:
        return _read_own(name, split)
    if name not in mnist.SOURCES or shipped(name, split):
        return _read_shipped(SHIPPED / f"{name}-{split}.png")
    try:
        return mnist.read(name, split, root())
    except (OSError, ValueError) as error:
        if not download:
            raise DataError(_sentence(name, error)) from error
    _fetch(name)
    return mnist.read(name, split, root())


def place(name: str) -> str:
    """Where the images of a set come from, in words."""
    if name == sklearn_digits.NAME:
        return "scikit-learn"
    if name not in DATASETS:
        return str(own.folder(name))
    return str(mnist.folder(name, root()) if name in mnist.SOURCES else SHIPPED)


def make_sprite(name: str) -> list[Path]:
    """Write the sprite of the test images of a set in MNIST's format; returns what was written."""
    try:
        items = mnist.read(name, "test", root())
    except (OSError, ValueError) as error:
        raise DataError(_sentence(name, error)) from error
    SHIPPED.mkdir(parents=True, exist_ok=True)
    paths = [SHIPPED / f"{name}-test{suffix}" for suffix in (".png", ".json")]
    for path, content in zip(paths, sprites.pack(items.pixels, items.labels), strict=True):
        path.write_bytes(content)
    return paths


def _read_shipped(path: Path) -> ImageSet:
    try:
        return sprites.read(path)
    except (OSError, ValueError) as error:
        raise DataError(
            f"The images in {path} cannot be read ({_reason(error)}); restore that file and "
            f"{path.with_suffix('.json').name} beside it from the repository."
        ) from error


def _read_own(name: str, split: str) -> ImageSet:
    try:
        return own.load(name, split)
    except (OSError, ValueError) as error:
        raise DataError(_lost(name, error)) from error


def _lost(name: str, error: OSError | ValueError) -> str:
    """What is wrong with a set of the user's own, and the way out."""
    return (
        f"The data set {name} in {own.folder(name)} cannot be used ({_reason(error)}); remove that folder "
        f"and read its images again with `python -m vae.data add {name} PATH`."
    )


def _fetch(name: str) -> None:
    try:
        mnist.fetch(name, root())
    except mnist.FETCH_ERRORS as error:
        raise DataError(f"The data set {name} could not be fetched{_why(error)}, {_WAYS_OUT}.") from error


def _sentence(name: str, error: OSError | ValueError) -> str:
    """What is wrong with a set on this machine, and the way out."""
    if isinstance(error, FileNotFoundError):
        fault = f"The data set {name} is not in {place(name)}"
    else:
        fault = f"The data set {name} in {place(name)} cannot be used ({_reason(error)})"
    return f"{fault}; fetch it with `python -m vae.data {name}`, {_WAYS_OUT}."


def _reason(error: BaseException) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__


def _why(error: BaseException) -> str:
    """The end of the sentence that says why a set was not fetched, with what to do about it."""
    if isinstance(error, URLError | ConnectionError | HTTPException) or type(error) is TimeoutError:
        return ": this machine is offline, or the site that has it does not answer; try again later"
    if isinstance(error, OSError):
        return f" into {root()} ({_reason(error)}); try again with a folder that can be written to"
    return f": what the site sent is damaged ({_reason(error)}); try again later"
