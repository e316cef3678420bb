"""The z-grid: decoded images in the places of their codes, in a flat slice of the latent space.

Across and upward are two coordinates of z; beyond two dimensions they may also run along the path between the
codes of two classes and at right angles to it, so that the images under the path are those on it.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st

from vae import figures
from vae.explorer import Explorer
from vae.figures import INACTIVE_BELOW, Drawing
from vae.figures.theme import coordinate
from vae.images import export
from vae.latent import paths
from vae.web.kit import address, frame
from vae.web.live import Pick, chart
from vae.web.selection import input_image, inspector
from vae.web.selection.code import Chosen, choose_z, look_up

CHART = "sheet"  # key
SIDE, EXTENT = 25, 2.0  # the source article's
SLICES = {"coordinates": "Two coordinates", "path": "Through a path"}
BEYOND = 8  # the part of a slice's side, of all, that lies beyond each end of its path
CLASSES = 10
ENDS = (("start", 0), ("end", 7))  # names in the address, and the source's classes
UNIT = "prior standard deviations"
HOLD = {"zero": "0, the prior's mean", "class": "a class mean", "image": "a test image"}

SIDE_HELP = "Images per side. The source article shows 25 × 25."
EXTENT_HELP = (
    "How far the grid reaches from the origin, in prior standard deviations. 95 % of the prior lie within ±2."
)
PATH_HELP = (
    "The straight path between the codes of two digits, in red: "
    "from the first test image of the one to that of the other."
)
SLICE_HELP = (
    "Which flat slice of the latent space to show. Two coordinates: all others are held. Through a path: the "
    "plane that holds the codes of two images and 0, the prior's mean."
)
AXIS_HELP = "Which coordinate of z this axis shows. The nats say how much it tells about an image on average."
HOLD_HELP = "The values of all the other coordinates of z."


@dataclass(frozen=True)
class Sheet:
    """A slice of the latent space: side × side codes over [-extent, extent]² around an origin."""

    side: int
    extent: float
    origin: tuple[float, ...]  # (D,)
    directions: tuple[tuple[float, ...], tuple[float, ...]]  # (2, D), orthonormal: across and upward
    axes: tuple[int, int] | None = None  # the coordinates that these are, if they are
    path: tuple[int, int] | None = None  # classes at its start and end

    @property
    def codes(self) -> np.ndarray:
        """Its codes, (side, side, D), the lowest row first."""
        return paths.plane_grid(self.side, self.extent, self.origin, self.directions)

    def code(self, x: float, y: float) -> tuple[float, ...]:
        """The code (D,) at a place on the sheet."""
        return tuple((np.array(self.origin) + np.array([x, y]) @ np.array(self.directions)).tolist())

    def projection(self, z: np.ndarray) -> np.ndarray:
        """The place on the sheet that is nearest to a code: z (..., D), (..., 2)."""
        return (z - np.array(self.origin)) @ np.array(self.directions).T

    def place(self, z: np.ndarray) -> np.ndarray | None:
        """Where a code (D,) lies on the sheet, None where it does not lie in this slice."""
        there = self.projection(z)
        is_in_slice = np.allclose(self.code(*there), z, rtol=2e-3, atol=2e-3)  # an address holds four digits
        reach = self.extent * self.side / (self.side - 1)
        return there if is_in_slice and (np.abs(there) <= reach).all() else None


def along_axes(
    side: int, extent: float, axes: tuple[int, int], base: np.ndarray, path: tuple[int, int] | None = None
) -> Sheet:
    """The slice in two coordinates of z; base (D,) holds the others."""
    units = np.eye(len(base))[list(axes)]
    origin = np.where(units.any(axis=0), 0.0, base)
    first, second = (tuple(unit) for unit in units.tolist())
    return Sheet(side, extent, tuple(origin.tolist()), (first, second), axes, path)


def through_path(side: int, ends: np.ndarray, path: tuple[int, int]) -> Sheet:
    """The slice that holds two codes, ends (2, D), and 0: the straight path lies on one of its rows.

    The path's ends are the middles of images, with a few more images beyond each.
    """
    middle, (along, across) = paths.plane_through(*ends)
    beyond = max(1, round(side / BEYOND))
    extent = float(np.linalg.norm(ends[1] - ends[0])) / 2 * (side - 1) / (side - 1 - 2 * beyond)
    to_a_row = extent / (side - 1) * (side % 2 == 0)  # an even number of rows has none in the middle
    first, second = (tuple(each.tolist()) for each in (along, across))
    return Sheet(side, extent, tuple((middle + to_a_row * across).tolist()), (first, second), path=path)


def choose(explorer: Explorer) -> Sheet:
    """The controls above the grid."""
    with frame.controls():
        if explorer.latent_dim == 2:
            side, extent = _choose_side(), _choose_extent()
            shown = along_axes(side, extent, (0, 1), np.zeros(2), _choose_path(explorer))
        else:
            shown = _choose_slice(explorer)
    return shown


def follow_click(explorer: Explorer, sheet: Sheet) -> Chosen:
    """What is chosen now, after a click on the grid if there was one."""
    click = chart.take_click(CHART)
    if click is None or click.place is None:
        return look_up(explorer)
    return choose_z(explorer, sheet.code(*click.place))


def show_chosen(explorer: Explorer, sheet: Sheet, chosen: Chosen) -> None:
    """What lies under the pointer, and the chosen code decoded."""
    z, follow = chosen.code(explorer), partial(_follow, explorer)
    if sheet.axes:
        chart.under_pointer(explorer, CHART, z, follow, axes=sheet.axes, base=sheet.origin)
    else:
        chart.under_pointer(explorer, CHART, z, follow, directions=sheet.directions, base=sheet.origin)
    chart.serve(CHART, partial(inspector.show, explorer, chosen))
    inspector.show_pictures(explorer, chosen)
    inspector.show_image(explorer, chosen)


def draw(explorer: Explorer, sheet: Sheet, chosen: Chosen) -> None:
    """The grid, the chosen code marked on it."""
    fig = _figure(explorer.fingerprint, sheet, explorer)
    chart.show(fig, CHART, sheet.place(chosen.code(explorer)))
    if sheet.path is not None and sheet.axes is None:
        st.caption(_path_words(explorer, sheet))


def offer_download(explorer: Explorer, sheet: Sheet) -> None:
    """A button that makes the grid as one PNG when it is asked for."""
    pixels = sheet.side * 28
    st.download_button(
        f"Download PNG, {pixels} × {pixels} pixels",
        partial(png_of, explorer, sheet),
        f"z-grid-{explorer.name}-{sheet.side}x{sheet.side}.png",
        "image/png",
        on_click="ignore",
        help="The decoded images alone, in shades of grey, without axes.",
    )


def png_of(explorer: Explorer, sheet: Sheet) -> bytes:
    """The grid as a PNG, pixel for pixel."""
    return export.png(explorer.sheet(sheet.codes))


def _follow(explorer: Explorer, pick: Pick) -> None:
    choose_z(explorer, pick.z.tolist())


def _choose_side() -> int:
    side = address.integer("side", SIDE, 10, 40)
    with st.container(width=200):
        st.slider("Images per side", 10, 40, help=SIDE_HELP, **side.menu_widget())
    return side.value


def _choose_extent() -> float:
    extent = address.number("range", EXTENT, 0.5, 4.0)
    with st.container(width=200):
        st.slider("Range, ± sd", 0.5, 4.0, step=0.5, format="%.1f", help=EXTENT_HELP, **extent.menu_widget())
    return extent.value


def _choose_slice(explorer: Explorer) -> Sheet:
    """The slice of a latent space of more than two dimensions."""
    kind = address.choice("slice", tuple(SLICES), "coordinates")
    st.segmented_control(
        "Slice",
        tuple(SLICES),
        format_func=SLICES.__getitem__,
        required=True,
        help=SLICE_HELP,
        **kind.widget(),
    )
    if kind.value == "path":
        path = _choose_classes(explorer, *_classes())
        return through_path(_choose_side(), _ends(explorer, path), path)
    axes, base = _choose_axes(explorer), _choose_base(explorer)
    with st.popover("Size", help="Images per side and range of the grid."):
        return along_axes(_choose_side(), _choose_extent(), axes, base)


def _choose_axes(explorer: Explorer) -> tuple[int, int]:
    """Two different coordinates, counted from 0; at first the two that tell most about an image."""
    kl = explorer.kl_per_dim()
    first, second = (int(axis) + 1 for axis in (-kl).argsort()[:2])
    across = address.integer("across", first, 1, explorer.latent_dim)
    up = address.integer("up", second, 1, explorer.latent_dim)
    if across.value == up.value:
        up.set(first if across.value != first else second)

    def name(number: int) -> str:
        nats = kl[number - 1]
        return f"{coordinate(number - 1)}, {'inactive' if nats < INACTIVE_BELOW else f'{nats:.2f} nats'}"

    for label, axis in (("Across", across), ("Upward", up)):
        st.selectbox(
            label,
            range(1, explorer.latent_dim + 1),
            format_func=name,
            help=AXIS_HELP,
            width=150,
            **axis.widget(),
        )
    return across.value - 1, up.value - 1


def _choose_path(explorer: Explorer) -> tuple[int, int] | None:
    """The classes at the ends of the red path over a latent plane, None while it is off."""
    names = input_image.class_names(explorer.dataset)
    shown, start, end = address.flag("trajectory", True), *_classes()
    with st.popover(f"Path {names[start.value]} → {names[end.value]}", help=PATH_HELP):
        st.toggle("Draw the path", help=PATH_HELP, **shown.menu_widget())
        path = _choose_classes(explorer, start, end)
    return path if shown.value else None


def _choose_classes(
    explorer: Explorer, start: address.Shared[int], end: address.Shared[int]
) -> tuple[int, int]:
    """The widgets for the classes at the start and the end of the path."""
    names = input_image.class_names(explorer.dataset)
    for label, number in (("Start", start), ("End", end)):
        st.selectbox(
            label,
            [each for each in range(len(names)) if number is start or each != start.value],
            format_func=names.__getitem__,
            help=PATH_HELP,
            width=110,
            **number.menu_widget(),
        )
    return start.value, end.value


def _classes() -> tuple[address.Shared[int], address.Shared[int]]:
    """The classes at the start and the end of the path, never the same."""
    start, end = (address.integer(name, default, 0, CLASSES - 1) for name, default in ENDS)
    if end.value == start.value:
        end.set((start.value + 1) % CLASSES)
    return start, end


def _ends(explorer: Explorer, path: tuple[int, int]) -> np.ndarray:
    """The codes of the first test images of two classes, (2, D)."""
    codes = explorer.codes("test")
    return codes.mu[paths.first_of_each_class(codes.labels)[list(path)]]


def _choose_base(explorer: Explorer) -> np.ndarray:
    """The code (D,) that the coordinates off the axes are held at."""
    hold = address.choice("hold", tuple(HOLD), "zero")
    st.selectbox(
        "Others held at",
        tuple(HOLD),
        format_func=HOLD.__getitem__,
        help=HOLD_HELP,
        width=180,
        **hold.widget(),
    )
    if hold.value == "class":
        names = input_image.class_names(explorer.dataset)
        digit = address.integer("hold_class", 0, 0, 9)
        st.selectbox(
            "Class",
            range(len(names)),
            format_func=names.__getitem__,
            help=HOLD_HELP,
            width=110,
            **digit.widget(),
        )
        return explorer.class_means()[digit.value]
    if hold.value == "image":
        codes = explorer.codes("test")
        image = address.integer("hold_image", 0, 0, len(codes.labels) - 1)
        st.number_input(
            "Test image", 0, len(codes.labels) - 1, help="Held at its mu.", width=140, **image.widget()
        )
        return codes.mu[image.value]
    return np.zeros(explorer.latent_dim)


@st.cache_resource(show_spinner=False, max_entries=24)
def _figure(fingerprint: str, sheet: Sheet, _explorer: Explorer) -> Drawing:
    """The grid and the path without marks; shared by all sessions."""
    view = f"{fingerprint} {sheet.axes or sheet.path} {sheet.extent}"
    pixels = _explorer.sheet(sheet.codes)
    fig = figures.decoded_grid(pixels, sheet.side, sheet.extent, sheet.axes or (0, 1), uirevision=view)
    if sheet.axes is None:
        fig.update_xaxes(title={"text": f"along the path ({UNIT})"})
        fig.update_yaxes(title={"text": f"away from the prior's mean ({UNIT})"})
        fig.update_traces({}, hovertemplate="along the path %{x:.2f}, away from it %{y:.2f}<extra></extra>")
    if sheet.path is not None:
        names = input_image.class_names(_explorer.dataset)
        places = sheet.projection(_ends(_explorer, sheet.path))
        figures.add_path(fig, places, *(names[label] for label in sheet.path))
    return fig


def _path_words(explorer: Explorer, sheet: Sheet) -> str:
    """What the slice through a path holds."""
    below = -sheet.projection(np.zeros(explorer.latent_dim))[1]
    return (
        "The images under the path are those on it. The slice holds the codes of both test images and 0, the "
        f"prior's mean, which lies {below:.1f} sd below."
    )
