"""What lies at a path: which of the readers it is for, by its name and its first bytes."""

from contextlib import suppress
from pathlib import Path

from vae.images.own.manifest import OwnImagesError
from vae.images.own.plan import Source
from vae.images.own.sources import archives, arrays, folders, tables

KINDS = "a folder of pictures, a ZIP, a .npz or .npy file, IDX files, or a CSV or Parquet table"
SUFFIXES = ("zip", "npz", "npy", "gz", "idx")  # of files that are read where they are alone in a folder


def opened(path: Path) -> Source:
    """What is at the path, to be read.

    Raises:
        OwnImagesError: if nothing there can be read.
    """
    try:
        found = _opened(path)
    except OSError as error:
        raise OwnImagesError(f"{path} cannot be read ({error.strerror or error}).") from error
    if not len(found):
        raise OwnImagesError(f"There is no image in {found.words}.")
    return found


def _opened(path: Path) -> Source:
    if path.is_dir():
        return _folder(path)
    if not path.is_file():
        raise OwnImagesError(f"There is nothing at {path}; give {KINDS}.")
    name = path.name.lower()
    if name.endswith(".npz"):
        return arrays.npz(path, archives.checked(path))
    if name.endswith(".npy"):
        return arrays.npy(path)
    if name.endswith((".csv", ".tsv")):
        return tables.read_csv(path)
    if name.endswith(".parquet"):
        return tables.parquet(path)
    if name.endswith(".zip"):
        return archives.opened(path)
    if _is_idx(name):
        return arrays.idx(path)
    if name.endswith(tables.SUFFIXES):
        raise OwnImagesError(
            f"{path.name} is a single picture: a set needs two at least, in a folder or a ZIP."
        )
    raise OwnImagesError(f"{path.name} is none of what is read: {KINDS}.")


def _folder(path: Path) -> Source:
    """Pictures; or the one file of another kind that lies in the folder, with its labels beside it."""
    files = [each for each in path.iterdir() if each.is_file() and not each.is_symlink()]
    images = sorted(each for each in files if _is_idx(each.name.lower()) and "label" not in each.name.lower())
    if images:
        return arrays.joined(path, [arrays.idx(each) for each in images])
    lists = [each for each in files if each.name.lower().endswith(".parquet")]
    if len(lists) == 1:
        with suppress(OwnImagesError):  # a table of something else
            return _opened(lists[0])
    named = [each for each in files if each.name.lower().endswith(SUFFIXES) and "labels" not in each.name]
    return _opened(named[0]) if len(named) == 1 and len(files) <= 2 else folders.opened(path)


def _is_idx(name: str) -> bool:
    return "ubyte" in name or "-idx" in name or name.endswith((".idx", ".idx.gz"))
