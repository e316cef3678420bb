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
from vae.web.kit import address, html
from vae.web.pages.interpolate import ends, passed_digits, view

Floats = NDArray[np.floating]

FRAMES, FPS = 40, 10  # out and back
MOST = 12  # ends: the browser decodes the square of that many images for each frame
VALUES = 200_000  # of a live frame at most: about 15 frames a second of 64 x 64 RGB on two cores
LIVE = "live_pairs"
T_HELP = "How far along its path each picture is: 0 at the start, 1 at the end."


def show(explorer: Explorer) -> None:
    """The paths between the first test images of some classes, or between the first test images."""
    with view.controls():
        chosen = _choose_classes(explorer)
    images, names = first_images(explorer, chosen)
    with st.container(key="pairs-place"):
        with st.container(key="pairs-picture"):
            if explorer.can("browser"):
                _live_pairs(explorer, images, names)
            else:
                _served_pairs(explorer, images, names)
        with st.container(key="pairs-side"):
            st.markdown(words(explorer))
            passed_digits.show(explorer)
            _downloads(explorer, images)


def _live_pairs(explorer: Explorer, images: list[int], names: list[str]) -> None:
    """The grid in the browser; a click on one of its paths opens it."""

    def take() -> None:
        pair = live.pair_of(LIVE, len(images))
        if pair is not None:
            view.chosen().set(view.ONE_PAIR)
            ends.lead(explorer, images[pair[0]], images[pair[1]])

    live.pairs(explorer, explorer.codes("test").mu[images], LIVE, labels=names, on_change=take)


def _served_pairs(explorer: Explorer, images: list[int], names: list[str]) -> None:
    """The same from the server, for a model that the browser cannot run."""
    t = address.number("pairs_t", 0.5, 0.0, 1.0)
    st.slider("t, from the row's image to the column's", 0.0, 1.0, step=1 / FRAMES, help=T_HELP, **t.widget())
    mu = explorer.codes("test").mu[images]
    z = (1 - t.value) * mu[:, None] + t.value * mu[None]
    html.sheet(_tile(explorer, z.astype(mu.dtype)), f"Rows and columns: {', '.join(names)}")


def _downloads(explorer: Explorer, images: list[int]) -> None:
    about = (
        f"All pictures on their way and back, again and again: {size(explorer, len(images))}. Made when you "
        "ask for it."
    )
    for kind, label in (("gif", "GIF"), ("webp", "WebP")):
        make = partial(pairs_file, explorer.fingerprint, kind, tuple(images), explorer)
        html.download(
            f"Download {label}, {2 * FRAMES - 2} frames",
            make,
            f"all-pairs.{kind}",
            f"image/{kind}",
            help=about,
        )


def first_images(explorer: Explorer, chosen: list[int]) -> tuple[list[int], list[str]]:
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
    whose, between = (
        ("class", "first test images of both") if explorer.can("labels") else ("test image", "two")
    )
    return (
        f"Each small picture goes from the {whose} of its row to that of its column and back, along the "
        f"straight line between the codes of the {between}. On the diagonal nothing moves. Click a picture "
        "to see its path on the map."
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
