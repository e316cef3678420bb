"""A ZIP archive of pictures: nothing of it is unpacked to the disk, and its names never become paths."""

import stat
import zipfile
import zlib
from pathlib import Path

from vae.images.own.manifest import OwnImagesError
from vae.images.own.sources import labelled, layout, tables
from vae.images.own.sources.pictures import Files
from vae.images.uploads import MAX_BYTES, ImageError

MOST_RATIO, HARMLESS = 100, 4 * 2**30  # how much more a whole archive may unpack to; below so many bytes any
MOST_FILES = 5_000_000
ENCRYPTED, UTF8 = 0x1, 0x800  # flags of a file
DAMAGE = (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError)


def opened(path: Path) -> Files:
    """The pictures of an archive, in the order of their names.

    Raises:
        OwnImagesError: for a file that is no archive, and for a ZIP bomb.
    """
    archive = checked(path)
    infos = archive.infolist()
    found = [(_name(info), str(place), _fault(info)) for place, info in enumerate(infos) if not info.is_dir()]
    kept = sorted(each for each in found if not layout.is_ignored(each[0]))
    said = labelled.in_classes(kept, lambda key: _read(archive, infos[int(key)], tables.MOST_BYTES))
    words = f"the archive {path.name}{said.tables}"
    return Files(words, said.files, lambda file: _read(archive, infos[int(file.key)]), said.notes)


def checked(path: Path) -> zipfile.ZipFile:
    """The archive, its directory read; raises OwnImagesError as `opened` does."""
    try:
        archive = zipfile.ZipFile(path)
    except DAMAGE as error:
        raise OwnImagesError(f"{path.name} is no ZIP archive, or a damaged one.") from error
    infos, size = archive.infolist(), path.stat().st_size
    whole, packed = (sum(getattr(info, each) for info in infos) for each in ("file_size", "compress_size"))
    if packed > size:
        raise OwnImagesError(f"{path.name} is a ZIP bomb: its files lie over each other.")
    if whole > max(HARMLESS, MOST_RATIO * size):
        ratio = whole // max(size, 1)
        raise OwnImagesError(f"{path.name} is a ZIP bomb: it unpacks to {ratio:,} times its size.")
    if len(infos) > MOST_FILES:
        raise OwnImagesError(f"{path.name} holds more than {MOST_FILES:,} files.")
    return archive


def _name(info: zipfile.ZipInfo) -> str:
    """The name of a file; a UTF-8 name that does not say so is read as such."""
    name = info.filename.replace("\\", "/")
    if info.flag_bits & UTF8:
        return name
    try:
        return name.encode("cp437").decode()
    except UnicodeError:
        return name


def _fault(info: zipfile.ZipInfo) -> str:
    """Why a file is left out unread, empty for those that are read."""
    name = _name(info)
    if name.startswith("/") or name[1:2] == ":" or ".." in name.split("/"):
        return "Its name leads out of the archive."
    if stat.S_ISLNK(info.external_attr >> 16):
        return layout.LINK
    if info.flag_bits & ENCRYPTED:
        return "It is encrypted."
    if info.file_size > (tables.MOST_BYTES if tables.is_table(name) else MAX_BYTES):
        return f"This file is too large ({info.file_size / 2**20:,.1f} MB)."
    return ""


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int = MAX_BYTES) -> bytes:
    try:
        with archive.open(info) as file:
            return file.read(most + 1)
    except DAMAGE as error:
        raise ImageError("It is damaged within the archive, or packed in a way that is not read.") from error
