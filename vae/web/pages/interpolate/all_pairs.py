"""All paths between the classes at once, there and back, and their files to take away."""

import math
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from vae.explorer import Explorer
from vae.images import export
from vae.latent import classes, paths
from vae.web import live
from vae.web.kit import address, frame, html
from vae.web.pages.interpolate import passed_digits

Floats = NDArray[np.floating]

FRAMES, FPS = 40, 10  # out and back
MOST = 12  # ends: the browser decodes the square of that many images for each frame
VALUES = 200_000  # of a live frame at most: about 15 frames a second of 64 x 64 RGB on two cores
LIVE = "live_pairs"


@st.fragment
def show(explorer: Explorer) -> None:
    """The paths between the first test images of some classes, or between the first test images."""
    picture, side = frame.columns()
    with side:
        chosen = _choose_classes(explorer)
        images, names = ends(explorer, chosen)
        z = explorer.codes("test").mu[images]
        st.markdown(words(explorer))
        passed_digits.show(explorer)
        for kind, label in (("gif", "GIF"), ("webp", "WebP")):
            make = partial(pairs_file, explorer.fingerprint, kind, tuple(images), explorer)
            what, made = f"Download {label}, {2 * FRAMES - 2} frames", "made when you ask for it."
            about = f"{size(explorer, len(images))}, {made}"
            html.download(what, make, f"all-pairs.{kind}", f"image/{kind}", help=about)
    with picture:
        if explorer.can("browser"):
            live.pairs(explorer, z, LIVE, labels=names)
        else:
            shown = pairs_file(explorer.fingerprint, "webp", tuple(images), explorer)
            html.animation(shown, f"Rows and columns: {', '.join(names)}")


def ends(explorer: Explorer, chosen: list[int]) -> tuple[list[int], list[str]]:
    """The first test image of each chosen class, without labels the chosen images; and their names."""
    if not explorer.can("labels"):
        return chosen, [str(image) for image in chosen]
    labels, names = explorer.codes("test").known_labels, explorer.class_names or ()
    members = [np.flatnonzero(labels == label) for label in chosen]
    found = [(int(own[0]), names[label]) for own, label in zip(members, chosen, strict=True) if len(own)]
    return [image for image, _ in found], [name for _, name in found]


def most(explorer: Explorer) -> int:
    """How many ends are paired: fewer where the browser decodes large images and would fall behind."""
    if not explorer.can("browser"):
        return MOST
    return min(MOST, math.isqrt(VALUES // explorer.image_spec.size))


def words(explorer: Explorer) -> str:
    """What is to be seen, for any data set."""
    if explorer.can("labels"):
        return (
            "Each small picture goes from the class of its row to that of its column and back, along the "
            "straight line between the codes of the first test image of each. On the diagonal nothing moves."
        )
    return (
        "Each small picture goes from the test image of its row to that of its column and back, along the "
        "straight line between their codes. On the diagonal nothing moves."
    )


def _choose_classes(explorer: Explorer) -> list[int]:
    """The first classes, others by a menu where there are more than fit; without labels the first images."""
    names, count = explorer.class_names, most(explorer)
    if names is None:
        codes = explorer.codes("test")
        return classes.representatives(None, len(codes), min(count, len(codes))).tolist()
    if len(names) <= count:
        return list(range(len(names)))
    first = address.integer("pairs_from", 0, 0, len(names) - 1)
    st.selectbox(
        f"The first of {count} classes",
        range(len(names)),
        format_func=names.__getitem__,
        help=f"Of the {len(names)} classes, this one and the {count - 1} after it are paired.",
        **first.widget(),
    )
    return [(first.value + k) % len(names) for k in range(count)]


@st.cache_data(max_entries=8, show_spinner="Decoding the images of all pairs")
def pairs_file(fingerprint: str, kind: str, images: tuple[int, ...], _explorer: Explorer) -> bytes:
    """All pairs there and back, as a GIF or a WebP; `fingerprint` tells versions of the model apart."""
    z = paths.all_pairs(_explorer.codes("test").mu[list(images)], FRAMES)
    frames = [_tile(_explorer, codes) for codes in z]
    make = export.gif if kind == "gif" else export.webp
    return make(frames, FPS, there_and_back=True)


def _scale(explorer: Explorer, count: int) -> float:
    """At which all frames stay within what a file may have."""
    return export.scale_for(explorer.image_spec, count, count, 2 * FRAMES - 2)


def size(explorer: Explorer, count: int) -> str:
    """Width and height of the file in words."""
    spec = explorer.image_spec
    whole = (count * spec.width, count * spec.height)
    width, height = export.scaled_size(whole, _scale(explorer, count))
    return f"{width} × {height} pixels"


def _tile(explorer: Explorer, z: Floats) -> Floats:
    """One frame of all pairs: codes (K, K, D) as one sheet (K H, K W, C), made as small as the file's.

    All frames at their full size would take a gigabyte of colour images.
    """
    images = explorer.decode(z.reshape(-1, explorer.latent_dim))
    sheet = export.tile(images.reshape(*z.shape[:2], *images.shape[1:]))
    if (scale := _scale(explorer, len(z))) == 1:
        return sheet
    small = export.scaled(export.picture(sheet), scale)
    return np.asarray(small, np.float32).reshape(small.height, small.width, -1) / 255
