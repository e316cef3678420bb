"""Which class a file is of, by the folders it lies in; of a folder as of an archive."""

from collections.abc import Iterable, Sequence

from vae.images.names import plain
from vae.images.own.sources.pictures import File

IGNORED = ("__MACOSX", "Thumbs.db", "desktop.ini")  # of other programs, beside names with a dot in front
SPLITS = {"train", "training", "test", "testing", "val", "valid", "validation"}  # folders that are no classes
BESIDE = "It lies beside the folders of the classes."
LINK = "It is a link; links are not followed."


def is_ignored(name: str) -> bool:
    """Whether a file or one of its folders, parted by slashes, is another program's and goes unmentioned."""
    return any(part in IGNORED or part.startswith(".") for part in name.split("/") if part not in ("..", "."))


def in_classes(found: Sequence[tuple[str, str, str]]) -> list[File]:
    """Files with their classes, from (name, key, fault): the topmost folders, if there are any.

    A folder that holds all of them is passed by, and so are train, test and the like.
    """
    top = _top(name for name, _, fault in found if not fault)
    inner = {name: name.removeprefix(top).split("/")[:-1] for name, _, _ in found}
    heads = {folders[0].lower() for folders in inner.values() if folders}
    if heads and heads <= SPLITS:
        inner = {name: folders[1:] for name, folders in inner.items()}
    has_classes = any(inner[name] for name, _, fault in found if not fault)
    files = []
    for name, key, fault in found:
        label = inner[name][0] if inner[name] else None
        said = fault or (BESIDE if has_classes and label is None else "")
        files.append(File(plain(name), key, label, said))
    return files


def _top(names: Iterable[str]) -> str:
    """The folders, each with a slash, that all files lie in."""
    known, top = list(names), ""
    while known:
        heads = {name[len(top) :].partition("/")[0] for name in known}
        if len(heads) != 1 or any("/" not in name[len(top) :] for name in known):
            return top
        top += f"{heads.pop()}/"
    return top
