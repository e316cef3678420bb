"""What is to be read, under which name, and how."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from vae import home
from vae.errors import Unusable
from vae.images import sets
from vae.images.names import plain
from vae.images.own import manifest, reading
from vae.images.own.plan import FITS, SIDES, Fit
from vae.images.own.reading import Task
from vae.jobs import reader
from vae.web.kit import html

MOST_MB = 200  # of an upload; it passes through the server's memory
FOLDER = "VAE_SERVER_IMAGES"  # environment: below this folder of the server users may name a path
FAULT = "images.fault"  # session: why the last start failed, said once
UPLOAD, ROUND = "images.upload", "images.round"  # session: keys of the uploader, and how often it was emptied
PATH, NAME, WHOLE = "images.path", "images.name", "images.whole"  # keys of the fields
AS_IT_IS, CHANNELS = "as they are", {"as they are": None, "grey": 1, "RGB": 3}

UPLOAD_HELP = (
    f"Up to {MOST_MB} MB: a ZIP of pictures (its folders are the classes, or a CSV in it has them), .npz or "
    ".npy, IDX, Parquet; or pictures, if you like with a CSV of file names and labels. They stay here."
)
WHOLE_HELP = "Choose a folder with all that is in it: its subfolders are the classes."
PATH_HELP = "A folder or a file below {root}. It is read where it is."
NAME_HELP = f"Of the data set, in menus and commands: {home.RULE}."
SIDE_HELP = "Height and width in pixels. As they are: the one of these nearest to the middle of their sizes."
CHANNELS_HELP = "As they are: grey, if a look at some of them finds no colour."
FIT_HELP = "What is taken of a picture that is no square."
INK_HELP = (
    "Characters, light on black, 28 × 28 grey: drawings and photos are then prepared as MNIST's digits are."
)
ADD_HELP = "Reads them beside the page. It can be stopped, and goes on where it was."
LARGER = (
    f"More than {MOST_MB} MB? On the machine itself: `python -m vae.data add NAME PATH`, where PATH is a "
    "folder of pictures, a ZIP, arrays or a table."
)


def show() -> None:
    """The fields and the button; what was wrong with the last start."""
    with st.container(key="images-form"):
        root = os.environ.get(FOLDER, "")
        if root:
            st.text_input(
                "Path on the server", key=PATH, help=PATH_HELP.format(root=root), placeholder="photos/birds"
            )
        is_whole = st.session_state.get(WHOLE, False)
        label = "Folder" if is_whole else "Files"
        with st.container(key="images-files"):
            files = st.file_uploader(
                label,
                accept_multiple_files="directory" if is_whole else True,
                key=f"{UPLOAD}.{label}.{st.session_state.setdefault(ROUND, 0)}",
                max_upload_size=MOST_MB,
                help=UPLOAD_HELP,
            )
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="images-options"):
            options = _options(_suggested([file.name for file in files]))
            st.button(
                "Make a data set",
                type="primary",
                help=ADD_HELP,
                on_click=_start,
                args=(files, root, options),
            )
        if (answer := _answer(st.session_state.get(NAME, ""))) and FAULT not in st.session_state:
            st.caption(html.plain_markdown(answer))
        if fault := st.session_state.pop(FAULT, ""):
            st.error(html.plain_markdown(fault))
        st.caption(LARGER)


def _options(suggested: str) -> dict[str, Any]:
    """How it is read, and the name that it has where none is given."""
    st.text_input("Name", key=NAME, placeholder=suggested, help=NAME_HELP, max_chars=home.LONGEST, width=240)
    st.toggle("Folder", key=WHOLE, help=WHOLE_HELP)
    with st.popover("Settings", key="images-settings"):
        sides = (AS_IT_IS, *map(str, SIDES))
        side = st.selectbox("Size", sides, key="images.side", help=SIDE_HELP)
        channels = st.selectbox("Colour", tuple(CHANNELS), key="images.channels", help=CHANNELS_HELP)
        fit: Fit = st.selectbox(
            "Shape", tuple(FITS), format_func=FITS.__getitem__, key="images.fit", help=FIT_HELP
        )
        ink = st.toggle("Handwriting", key="images.ink", help=INK_HELP)
    return {
        "suggested": suggested,
        "side": None if side == AS_IT_IS else int(side),
        "channels": CHANNELS[channels],
        "fit": fit,
        "preparation": "mnist" if ink else "resize",
    }


def _start(files: Sequence[Any], root: str, options: dict[str, Any]) -> None:
    """Begin to read what was given; it is kept in the session why that cannot be."""
    how = {key: value for key, value in options.items() if key != "suggested"}
    asked = st.session_state.get(PATH, "").strip() if root else ""
    try:
        name = _named(st.session_state.get(NAME, "")) or options["suggested"]
        sets.check_new(name)
        if reading.look(name) is not None:
            raise manifest.OwnImagesError(f"A set {name} is begun already: see below, or take another name.")
        if not files and not asked:
            raise manifest.OwnImagesError("Choose files first.")
        if sum(file.size for file in files) > MOST_MB * 2**20:
            raise manifest.OwnImagesError(
                f"Together these are more than {MOST_MB} MB: read them as said below."
            )
        path = below(Path(root), asked) if asked else _kept(name, files)
        reader.begin(name, Task(path, **how))
    except (Unusable, OSError) as error:
        st.session_state[FAULT] = str(error)
        return
    st.session_state[NAME] = ""
    st.session_state[ROUND] += 1  # an empty uploader: the files are on the disk now


def _named(wish: str) -> str:
    """The name that a new set gets where this was asked for, empty where nothing was.

    Raises:
        OwnImagesError: where nothing of it can be a name, and where there is a set of that name.
    """
    name = home.proper(wish)
    if wish.strip() and not name:
        raise manifest.OwnImagesError(f"{wish.strip()} cannot be a name, which has {home.RULE}.")
    if name and (free := _free(name)) != name:
        raise manifest.OwnImagesError(f"There is a set {name} already; {free} is free.")
    return name


def _answer(wish: str) -> str:
    """What is to be said of a name before it is used."""
    try:
        name = _named(wish)
    except Unusable as error:
        return str(error)
    return "" if name == wish.strip() else f"It will be called {name}."


def below(root: Path, asked: str) -> Path:
    """The path on the server that a user names; raises OwnImagesError for one that leads out of `root`."""
    whole = root.resolve()
    path = (whole / asked).resolve()
    if not path.is_relative_to(whole):
        raise manifest.OwnImagesError("That path leads out of the folder that is open to this page.")
    if not path.exists():
        raise manifest.OwnImagesError(f"There is nothing at {asked} on the server.")
    return path


def _kept(name: str, files: Sequence[Any]) -> Path:
    """Where the uploaded files are kept until they are read: a single one, or a folder of several."""
    folder = reading.given(name)
    for number, file in enumerate(files):
        path = folder.joinpath(*place(file.name))
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            path = path.with_name(f"{number}-{path.name}")
        path.write_bytes(file.getbuffer())
    return path if len(files) == 1 else folder


def place(name: str) -> list[str]:
    """The names of folders and file that lead to an upload; the folder that was chosen is none of them.

    Browsers give the path of a file that was chosen with its folder, `birds/tits/1.png`, else its name.
    """
    return [file_name(part) for part in (name.split("/")[1:] if "/" in name else [name])]


def file_name(name: str) -> str:
    """The name of an upload as that of a file: no path, nothing hidden, not too long."""
    base = plain(name.replace("\\", "/").rpartition("/")[2]).lstrip(".")
    stem, dot, suffix = base.rpartition(".")
    cut = f"{stem[:60]}{dot}{suffix[:12]}" if dot else base[:60]
    return cut or "file"


def _suggested(files: Sequence[str]) -> str:
    """A name that nobody has, after the file that was given."""
    folder, slash, _ = (files or [""])[0].partition("/")
    stem = folder if slash else Path(file_name(files[0])).stem if len(files) == 1 else ""
    return _free(home.proper(stem)[:36].rstrip("-_") or "images")


def _free(wish: str) -> str:
    """The name, or with a number behind it the first one that nobody has."""
    taken = {*sets.names(), *reading.names()}
    numbered = (f"{wish[: home.LONGEST - 4]}-{k}" for k in range(2, 1000))
    return next(name for name in (wish, *numbered) if name not in taken)
