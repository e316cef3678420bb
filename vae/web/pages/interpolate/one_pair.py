"""A path between two codes: its ends chosen by the user, its frames decoded, its files to take away.

The path moves in the browser (`vae.web.live`); the server draws the map, the strip and the sheet.
"""

from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from vae import figures
from vae.explorer import Explorer
from vae.figures import CONFIG, Drawing
from vae.images import export
from vae.latent import classes, embedding
from vae.web import live
from vae.web.kit import address, html, values
from vae.web.kit.html import plain_markdown as plain
from vae.web.live import PathKind
from vae.web.pages.interpolate import ends, strip, view
from vae.web.pages.interpolate.path import FRAMES, Path, decode_path

Floats = NDArray[np.floating]

FPS = 12  # the main source's animation
COLUMNS, STRIP = 9, 9  # images in a row of the sheet, and in the live strip
SCALE = 8  # screen pixels for a pixel of the image in the files of one path, at most
KINDS: tuple[PathKind, ...] = ("linear", "spherical", "geodesic")  # the last one on a latent plane only
MAP, LIVE_PATH = "path_map", "live_path"
PROJECTION = (
    "The map shows the codes along their first two principal components, a shadow of {} dimensions: images "
    "that lie together here may lie far apart, and the path passes by those that it seems to cross."
)
HANDLES = ("A", "B")  # of the ends, as in the browser

MADE = "Made when you ask for it."
SHEET_HELP = f"One picture of all {FRAMES} frames, {COLUMNS} in a row, t written on each. {MADE}"
KIND_HELP = (
    "Linear: the straight line (1 − t)·a + t·b. Spherical: the direction turns at constant speed while the "
    "distance from the origin changes evenly, so that the path does not cut through the middle of the prior. "
    "Geodesic, in two dimensions: a path that no small change makes shorter by the decoder's own metric, a "
    "local minimum of its length."
)


def show(explorer: Explorer) -> None:
    """The path between two images: the image at t beside its map, what lies on it below, its files."""
    with view.controls():
        start, end = ends.choose(explorer)
        kind = choose_kind(explorer)
    shown = decode_path(explorer, start, end, kind)
    with st.container(key="path-place"):
        with st.container(key="path-side"):
            _live_path(explorer, shown, values.t().value)
        with st.container(key="path-picture"):
            with st.container(key="path-stage"):
                st.plotly_chart(path_map(explorer, shown), height="stretch", key=MAP, config=CONFIG)
            if not explorer.can("plane"):
                st.caption(PROJECTION.format(explorer.latent_dim))
            strip.show(explorer, shown)
            _downloads(explorer, shown)
            with st.expander(
                f"All {FRAMES} frames on a sheet, from {plain(start.name)} to {plain(end.name)}"
            ):
                html.sheet(sheet(shown), f"All {FRAMES} frames: {start.name} at t = 0, {end.name} at t = 1")


def choose_kind(explorer: Explorer) -> PathKind:
    """Widget for the kind of path."""
    kinds = KINDS if explorer.can("plane") else KINDS[:2]
    kind = address.choice("path", kinds, kinds[0])
    st.segmented_control(
        "Path", kinds, format_func=str.capitalize, required=True, help=KIND_HELP, **kind.widget()
    )
    return kind.value


def path_map(explorer: Explorer, shown: Path) -> Drawing:
    """The map of the test codes; beyond 2-D on their first two principal components, with the path in red.

    On a latent plane a live view draws the path, with ends to drag.
    """
    codes = explorer.codes("test")
    fig = _ground(explorer.fingerprint, explorer).copy()
    if explorer.can("plane"):
        led_to = [end.z for end in (shown.start, shown.end) if (codes.mu == end.z).all(axis=1).any()]
        return figures.include(fig, led_to) if led_to else fig  # where an end was dragged to is in view
    mean, axes = _principal(explorer.fingerprint, explorer)
    line = ((shown.z - mean) @ axes).astype(shown.z.dtype)
    return figures.add_path(fig, line, *HANDLES)


@st.cache_resource(show_spinner=False, max_entries=16)
def _ground(fingerprint: str, _explorer: Explorer) -> Drawing:
    """The map of the test codes without a path; shared by all sessions."""
    codes, names = _explorer.codes("test"), _explorer.class_names
    loss = codes.loss if _explorer.can("likelihood") and names is None else None
    look: dict[str, Any] = {"loss": loss, "files": codes.names, "uirevision": fingerprint}
    if _explorer.can("plane"):
        peaks = _explorer.class_peaks if names else None
        return figures.latent_scatter(codes.mu, codes.labels, peaks, names, **look)
    mean, axes = _principal(fingerprint, _explorer)
    plane = (codes.mu - mean) @ axes
    densest = classes.peaks(plane, codes.known_labels, len(names)) if names else None
    return figures.embedding_scatter(plane, codes.labels, densest, names, **look)


@st.cache_resource(show_spinner=False, max_entries=16)
def _principal(fingerprint: str, _explorer: Explorer) -> tuple[Floats, Floats]:
    """Mean of the test codes, (D,), and their first two principal axes as columns, (D, 2)."""
    mu = _explorer.codes("test").mu.astype("float64")
    return mu.mean(axis=0), embedding.principal_axes(mu)[:, :2]


def sheet(shown: Path) -> Floats:
    """All frames, nine in a row, t written on each, in [0, 1]."""
    return export.sheet_with_t(shown.images, COLUMNS)


def _live_path(explorer: Explorer, shown: Path, t: float) -> None:
    """The path in the browser: image, slider, play and strip; letting go of t or of an end is taken over."""

    def take() -> None:
        chosen = live.path_of(LIVE_PATH, explorer)
        if chosen is None:
            return
        values.t().set(chosen.t)
        if explorer.can("plane"):
            values.drag_end("start", shown.start.z, chosen.a)
            values.drag_end("end", shown.end.z, chosen.b)

    live.path_slider(
        explorer,
        shown.start.z,
        shown.end.z,
        LIVE_PATH,
        path=shown.kind,
        points=shown.z if shown.kind == "geodesic" else None,
        t=t,
        frames=STRIP,
        plot_key=MAP if explorer.can("plane") else None,
        labels=(shown.start.name, shown.end.name),
        on_change=take,
    )


def _downloads(explorer: Explorer, shown: Path) -> None:
    """Buttons for the animation, the frames and the sheet, each made when it is asked for."""
    spec = explorer.image_spec
    scale = export.scale_for(spec, frames=2 * FRAMES - 2, wanted=SCALE)
    width, height = export.scaled_size((spec.width, spec.height), scale)
    moving = f"The image on its way from A to B and back, again and again: {width} × {height} pixels. {MADE}"
    stills = f"A ZIP with each frame as a picture of {spec.width} × {spec.height} pixels, named by t. {MADE}"
    with st.container(horizontal=True, key="path_downloads"):
        for kind, label in (("gif", "GIF"), ("webp", "WebP")):
            make = partial(_animation, shown.images, kind, scale)
            what = f"Download {label}, {FRAMES} frames"
            html.download(what, make, f"{shown.name}.{kind}", f"image/{kind}", help=moving)
        zipped = partial(export.zip_of_pngs, shown.images)
        html.download(f"Download {FRAMES} PNGs", zipped, f"{shown.name}.zip", "application/zip", help=stills)
        sheets = partial(_sheet_file, shown)
        html.download("Download sheet", sheets, f"{shown.name}-sheet.png", "image/png", help=SHEET_HELP)


def _sheet_file(shown: Path) -> bytes:
    return export.png(sheet(shown))


def _animation(images: Floats, kind: str, scale: float) -> bytes:
    """One path there and back, as a GIF or a WebP."""
    make = export.gif if kind == "gif" else export.webp
    return make(images, FPS, there_and_back=True, scale=scale)
