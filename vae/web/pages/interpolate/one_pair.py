"""A path between two codes: its ends chosen by the user, its frames decoded, its files to take away.

The path moves in the browser (`vae.web.live`); the server draws the map and the sheet of all frames.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import streamlit as st

from vae import figures
from vae.explorer import Codes, Explorer
from vae.figures import CLASS_COLOURS, CONFIG, Drawing
from vae.images import export
from vae.latent import embedding, geodesic, paths
from vae.latent.geodesic import Surface
from vae.web import live
from vae.web.kit import address, frame, html, loaders
from vae.web.live import PathKind
from vae.web.pages.interpolate import strip
from vae.web.pages.interpolate.path import End, Path

FRAMES, FPS = 81, 12  # the main source's animation
PAIR_FRAMES, PAIR_FPS = 40, 10  # of all pairs, out and back
COLUMNS, STRIP = 9, 9  # images in a row of the sheet, and in the live strip
SCALE = 8  # screen pixels for a pixel of the image in the files of one path
KINDS: tuple[PathKind, ...] = ("linear", "spherical", "geodesic")  # the last one on a latent plane only
ENDS = (("start", 0), ("end", 7))  # names in the address and the source's digits
DRAGGED = "dragged"
DRAGGED_HELP = " This end was dragged elsewhere: choose a digit to put it back on a test image."
MAP, LIVE_PATH, LIVE_PAIRS = "path_map", "live_path", "live_pairs"

KIND_HELP = (
    "Linear: the straight line (1 − t)·a + t·b. Spherical: the direction turns at constant speed while the "
    "distance from the origin changes evenly, so that the path does not cut through the middle of the prior. "
    "Geodesic, in two dimensions: the path along which the image changes least, by the decoder's own metric."
)


@st.fragment
def one_pair(explorer: Explorer) -> None:
    """The path between two digits: its map, the image at t beside it, all frames below."""
    picture, side = frame.columns()
    with picture, frame.controls():
        start, end = choose_ends(explorer)
        kind = choose_kind(explorer)
    shown = decode_path(explorer, start, end, kind)
    t = address.number("t", 0.0, 0.0, 1.0)
    with side:
        _live_path(explorer, shown, t.value)
    with picture:
        st.plotly_chart(path_map(explorer, shown), key=MAP, config=CONFIG)
        strip.show(explorer, shown)
        html.sheet(sheet(shown), f"All {FRAMES} frames: {start.digit} at t = 0, {end.digit} at t = 1")
        _downloads(shown)


def choose_ends(explorer: Explorer) -> tuple[End, End]:
    """Widgets for the ends of the path: two digits and, in a menu, which of their test images."""
    chosen = [_choose_digit(name, default, _is_dragged(explorer, name)) for name, default in ENDS]
    with st.popover("Images", help="Other test images of the two digits; the first of each is the source's."):
        first, second = (
            _choose_image(explorer, name, digit) for (name, _), digit in zip(ENDS, chosen, strict=True)
        )
    return first, second


def _choose_digit(name: str, default: int, is_dragged: bool) -> int:
    digit = address.integer(name, default, 0, 9)

    def commit() -> None:
        digit.commit()
        address.forget(f"{name}_nth")
        address.forget(f"{name}_z")

    widget = digit.widget()
    if is_dragged:
        st.session_state[widget["key"]] = None  # it is at no test image; choosing one leads back
    st.selectbox(
        f"{name.capitalize()} digit",
        range(10),
        width=110,
        placeholder=DRAGGED,
        help="The path runs between the codes of two test images, one of each digit."
        + DRAGGED_HELP * is_dragged,
        **widget | {"on_change": commit},
    )
    return digit.value


def _choose_image(explorer: Explorer, name: str, digit: int) -> End:
    codes = explorer.codes("test")
    images = _images_of(codes, digit)
    nth = address.integer(f"{name}_nth", 1, 1, len(images))
    widget = nth.menu_widget(is_blank=_is_dragged(explorer, name))

    def commit() -> None:
        widget["on_change"]()
        address.forget(f"{name}_z")

    st.number_input(
        f"{name.capitalize()}: which {digit} of {len(images):,}",
        1,
        len(images),
        placeholder=DRAGGED,
        help="Counted in the order of the test set.",
        **widget | {"on_change": commit},
    )
    return _end(explorer, name, digit, codes.mu[images[nth.value - 1]])


def choose_kind(explorer: Explorer) -> PathKind:
    """Widget for the kind of path."""
    kinds = KINDS if explorer.latent_dim == 2 else KINDS[:2]
    kind = address.choice("path", kinds, kinds[0])
    st.segmented_control(
        "Path", kinds, format_func=str.capitalize, required=True, help=KIND_HELP, **kind.widget()
    )
    return kind.value


def decode_path(explorer: Explorer, start: End, end: End, kind: PathKind) -> Path:
    """The frames of a path of that kind between two ends."""
    if kind == "geodesic":
        z = _geodesic(explorer.fingerprint, tuple(start.z.tolist()), tuple(end.z.tolist()), explorer)
    else:
        path = paths.linear_path if kind == "linear" else paths.spherical_path
        z = path(start.z, end.z, FRAMES)
    return Path(kind, start, end, z, explorer.decode(z))


Place = tuple[float, ...]


@st.cache_data(show_spinner="Looking for the shortest path", max_entries=64)
def _geodesic(fingerprint: str, start: Place, end: Place, _explorer: Explorer) -> np.ndarray:

    return geodesic.shortest_path(_surface(fingerprint, _explorer), start, end, FRAMES)


@st.cache_resource(show_spinner=False, max_entries=16)
def _surface(fingerprint: str, _explorer: Explorer) -> Surface:
    """The decoder's surface over the box of the test images' codes."""
    mu = _explorer.codes("test").mu
    return geodesic.surface(_explorer.decode, mu.min(axis=0), mu.max(axis=0))


def path_map(explorer: Explorer, shown: Path) -> Drawing:
    """The map of the test codes; beyond 2-D on their first two principal components, with the path in red.

    On a latent plane the live view draws the path, with ends to drag.
    """
    codes = explorer.codes("test")
    fig = _ground(explorer.fingerprint, explorer).copy()
    if explorer.latent_dim == 2:
        led_to = [end.z for end in (shown.start, shown.end) if (codes.mu == end.z).all(axis=1).any()]
        return figures.include(fig, led_to) if led_to else fig  # where an end was dragged to is in view
    mean, axes = _principal(explorer.fingerprint, explorer)
    line = ((shown.z - mean) @ axes).astype(shown.z.dtype)
    return figures.add_path(fig, line, str(shown.start.digit), str(shown.end.digit))


@st.cache_resource(show_spinner=False, max_entries=16)
def _ground(fingerprint: str, _explorer: Explorer) -> Drawing:
    """The map of the test codes without a path; shared by all sessions."""
    codes = _explorer.codes("test")
    if _explorer.latent_dim == 2:
        return figures.latent_scatter(
            codes.mu,
            codes.labels,
            _explorer.class_peaks,
            clickable=False,
            height=520,
            uirevision=fingerprint,
        )
    mean, axes = _principal(fingerprint, _explorer)
    plane = (codes.mu - mean) @ axes
    peaks = paths.class_peaks(plane, codes.labels)
    return figures.embedding_scatter(plane, codes.labels, peaks, height=520, uirevision=fingerprint)


@st.cache_resource(show_spinner=False, max_entries=16)
def _principal(fingerprint: str, _explorer: Explorer) -> tuple[np.ndarray, np.ndarray]:
    """Mean of the test codes, (D,), and their first two principal axes as columns, (D, 2)."""
    mu = _explorer.codes("test").mu.astype("float64")
    return mu.mean(axis=0), embedding.principal_axes(mu)[:, :2]


def sheet(shown: Path) -> np.ndarray:
    """All frames, nine in a row, t written on each, in [0, 1]."""
    return export.sheet_with_t(shown.images, COLUMNS)


@st.fragment
def all_pairs(explorer: Explorer) -> None:
    """All hundred paths between the first test images of the ten digits, there and back."""
    picture, side = frame.columns()
    with picture:
        live.pairs(explorer, first_codes(explorer), LIVE_PAIRS, labels=[str(digit) for digit in range(10)])
    with side:
        st.markdown(
            "Each small picture goes from the digit of its row to the digit of its column and back, "
            "along the straight line between the codes of the first test image of each. "
            "On the diagonal nothing moves."
        )
        for kind, label in (("gif", "GIF"), ("webp", "WebP")):
            make = partial(pairs_file, explorer.name, explorer.fingerprint, kind)
            _download(
                f"Download {label}, {2 * PAIR_FRAMES - 2} frames", f"all-pairs.{kind}", f"image/{kind}", make
            )


def first_codes(explorer: Explorer) -> np.ndarray:
    """Posterior mean of the first test image of each digit, (10, D)."""
    codes = explorer.codes("test")
    return codes.mu[paths.first_of_each_class(codes.labels)]


@st.cache_data(max_entries=8, show_spinner="Decoding 4,000 images")
def pairs_file(model: str, fingerprint: str, kind: str) -> bytes:
    """All pairs there and back, as a GIF or a WebP; `fingerprint` tells versions of the model apart."""
    explorer = loaders.explorer(model)
    z = paths.all_pairs(first_codes(explorer), PAIR_FRAMES)
    frames = [_tile_pairs(explorer, codes) for codes in z]
    make = export.gif if kind == "gif" else export.webp
    return make(frames, PAIR_FPS, there_and_back=True)


def _tile_pairs(explorer: Explorer, z: np.ndarray) -> np.ndarray:
    """One frame of all pairs: codes (10, 10, D) as one sheet (280, 280)."""
    images = explorer.decode(z.reshape(-1, explorer.latent_dim))
    return paths.tile(images.reshape(*z.shape[:2], *images.shape[1:]))


def _images_of(codes: Codes, digit: int) -> np.ndarray:
    """Indices of the test images of a digit."""
    return (codes.labels == digit).nonzero()[0]


def _end(explorer: Explorer, name: str, digit: int, mu: np.ndarray) -> End:
    """The end at a test image's code, or where it was dragged on a latent plane."""
    if not _is_dragged(explorer, name):
        return End(digit, mu)
    z = np.array(address.vector(f"{name}_z", 2, mu.tolist()).value, dtype=np.float32)
    return End(explorer.read(z).classes[0], z)


def _is_dragged(explorer: Explorer, name: str) -> bool:
    """Whether an end of the path was dragged away from its test image, on a latent plane."""
    return explorer.latent_dim == 2 and address.is_kept(f"{name}_z")


def _live_path(explorer: Explorer, shown: Path, t: float) -> None:
    """The path in the browser: image, slider, play and strip; letting go of t or of an end is taken over."""

    def take() -> None:
        chosen = live.path_of(LIVE_PATH, explorer)
        if chosen is None:
            return
        address.number("t", 0.0, 0.0, 1.0).set(chosen.t)
        for name, before, after in (("start", shown.start.z, chosen.a), ("end", shown.end.z, chosen.b)):
            if explorer.latent_dim == 2 and abs(after - before).max() > 1e-3:
                address.vector(f"{name}_z", 2).set(after.tolist())

    ends = (shown.start, shown.end)
    live.path_slider(
        explorer,
        shown.start.z,
        shown.end.z,
        LIVE_PATH,
        path=shown.kind,
        points=shown.z if shown.kind == "geodesic" else None,
        t=t,
        frames=STRIP,
        plot_key=MAP if explorer.latent_dim == 2 else None,
        labels=(str(ends[0].digit), str(ends[1].digit)),
        colours=(CLASS_COLOURS[ends[0].digit], CLASS_COLOURS[ends[1].digit]),
        on_change=take,
    )


def _downloads(shown: Path) -> None:
    """Buttons for the animation, the frames and the sheet, each made when it is asked for."""
    with st.container(horizontal=True, key="path_downloads"):
        for kind, label in (("gif", "GIF"), ("webp", "WebP")):
            make = partial(_animation, shown.images, kind)
            _download(f"Download {label}, {FRAMES} frames", f"{shown.name}.{kind}", f"image/{kind}", make)
        zipped = partial(export.zip_of_pngs, shown.images)
        _download(f"Download {FRAMES} PNGs", f"{shown.name}.zip", "application/zip", zipped)
        _download("Download sheet", f"{shown.name}-sheet.png", "image/png", lambda: export.png(sheet(shown)))


def _animation(images: np.ndarray, kind: str) -> bytes:
    """One path there and back, as a GIF or a WebP."""
    make = export.gif if kind == "gif" else export.webp
    return make(images, FPS, there_and_back=True, scale=SCALE)


def _download(label: str, name: str, mime: str, make: Callable[[], bytes]) -> None:
    st.download_button(label, make, name, mime, on_click="ignore", help="Made when you ask for it.")
