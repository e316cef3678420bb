"""The z-grid: decoded images in the places of their codes, in a flat slice of the latent space.

Across and upward are two coordinates of z; beyond two dimensions they may also run along the path between the
codes of two test images and at right angles to it, so that the images under the path are those on it.
"""

from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from vae import figures
from vae.analysis import active
from vae.explorer import Explorer
from vae.figures import Drawing
from vae.figures.layout import coordinate
from vae.images import export
from vae.images.spec import ImageSpec
from vae.latent import paths
from vae.web.kit import address, frame, html, values
from vae.web.kit.address import Shared
from vae.web.live import Pick, chart
from vae.web.selection import inspector
from vae.web.selection.code import Chosen, choose_z, look_up

CHART = "sheet"  # key
Floats = NDArray[np.float64]
Name = Literal["start", "end"]

SIDE, EXTENT = 25, 2.0  # the source article's
FEWEST, MOST = 10, 40  # images per side
SLICES = {"coordinates": "Two coordinates", "path": "Through a path"}
SHORT = 2  # characters of class names for which a narrow menu is wide enough
BEYOND = 8  # the part of a slice's side, of all, that lies beyond each end of its path
ENDS: dict[Name, int] = {"start": 0, "end": 7}  # the source's classes; of images without labels their numbers
UNIT = "prior standard deviations"
HOLD = {"zero": "0, the prior's mean", "class": "a class mean", "image": "a test image"}

SIDE_HELP = "Images per side. The source article shows 25 × 25."
EXTENT_HELP = (
    "How far the grid reaches from the origin, in prior standard deviations. 95 % of the prior lie within ±2."
)
PATH_HELP = (
    "The straight path between the codes of two test images, in red; where images have labels, of the first "
    "of each class."
)
SLICE_HELP = (
    "Which flat slice of the latent space to show. Two coordinates: all others are held. Through a path: the "
    "plane that holds the codes of two images and 0, the prior's mean."
)
AXIS_HELP = "Which coordinate of z this axis shows."
NATS_HELP = " The nats say how much it tells about an image on average."
HOLD_HELP = "The values of all the other coordinates of z."


@dataclass(frozen=True)
class End:
    """An end of a path: a test image, and what is written there."""

    image: int
    name: str


@dataclass(frozen=True)
class Sheet:
    """A slice of the latent space: side × side codes over [-extent, extent]² around an origin."""

    side: int
    extent: float
    origin: tuple[float, ...]  # (D,)
    directions: tuple[tuple[float, ...], tuple[float, ...]]  # (2, D), orthonormal: across and upward
    axes: tuple[int, int] | None = None  # the coordinates that these are, if they are
    path: tuple[End, End] | None = None

    @property
    def codes(self) -> Floats:
        """Its codes, (side, side, D), the lowest row first."""
        return paths.plane_grid(self.side, self.extent, self.origin, self.directions)

    def code(self, x: float, y: float) -> tuple[float, ...]:
        """The code (D,) at a place on the sheet."""
        return tuple((np.array(self.origin) + np.array([x, y]) @ np.array(self.directions)).tolist())

    def projection(self, z: NDArray[np.floating]) -> Floats:
        """The place on the sheet that is nearest to a code: z (..., D), (..., 2)."""
        return np.asarray((z - np.array(self.origin)) @ np.array(self.directions).T)

    def place(self, z: NDArray[np.floating]) -> Floats | None:
        """Where a code (D,) lies on the sheet, None where it does not lie in this slice."""
        there = self.projection(z)
        is_in_slice = np.allclose(self.code(*there), z, rtol=2e-3, atol=2e-3)  # an address holds four digits
        reach = self.extent * self.side / (self.side - 1)
        return there if is_in_slice and (np.abs(there) <= reach).all() else None


def along_axes(
    side: int,
    extent: float,
    axes: tuple[int, int],
    base: NDArray[np.floating],
    path: tuple[End, End] | None = None,
) -> Sheet:
    """The slice in two coordinates of z; base (D,) holds the others."""
    units = np.eye(len(base))[list(axes)]
    origin = np.where(units.any(axis=0), 0.0, base)
    first, second = (tuple(unit) for unit in units.tolist())
    return Sheet(side, extent, tuple(origin.tolist()), (first, second), axes, path)


def through_path(side: int, ends: NDArray[np.floating], path: tuple[End, End]) -> Sheet:
    """The slice that holds two codes, ends (2, D), and 0: the straight path lies on one of its rows.

    The path's ends are the middles of images, with a few more images beyond each.

    Raises:
        ValueError: for ends in line with 0.
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
        if explorer.can("plane"):
            side, extent = _choose_side(explorer.image_spec), _choose_extent()
            shown = along_axes(side, extent, (0, 1), np.zeros(2), _choose_path(explorer))
        else:
            shown = _choose_slice(explorer)
    return shown


def follow_click(explorer: Explorer, sheet: Sheet) -> Chosen:
    """What is chosen now, after a click on the grid if there was one."""
    pick = chart.take_pick(CHART)
    return look_up(explorer) if pick is None else _follow(explorer, sheet, pick)


def show_chosen(explorer: Explorer, sheet: Sheet, chosen: Chosen) -> None:
    """What lies under the pointer, and the chosen code decoded."""
    z, follow = chosen.code(explorer), partial(_follow, explorer, sheet)
    if sheet.axes:
        chart.under_pointer(explorer, CHART, z, follow, axes=sheet.axes, base=sheet.origin)
    else:
        chart.under_pointer(explorer, CHART, z, follow, directions=sheet.directions, base=sheet.origin)
    chart.serve(explorer, CHART, partial(inspector.show, explorer, chosen))
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
    spec, side = explorer.image_spec, sheet.side
    html.download(
        f"Download PNG, {side * spec.width} × {side * spec.height} pixels",
        partial(png_of, explorer, sheet),
        f"z-grid-{explorer.name}-{side}x{side}.png",
        "image/png",
        help="The decoded images alone, without axes.",
    )


def png_of(explorer: Explorer, sheet: Sheet) -> bytes:
    """The grid as a PNG, pixel for pixel."""
    return export.png(explorer.sheet(sheet.codes))


def _follow(explorer: Explorer, sheet: Sheet, pick: Pick) -> Chosen:
    return look_up(explorer) if pick.place is None else choose_z(explorer, sheet.code(*pick.place))


def _choose_side(spec: ImageSpec) -> int:
    most = min(MOST, export.LONGEST // max(spec.height, spec.width))
    side = address.integer("side", SIDE, FEWEST, most)
    with st.container(width=200):
        st.slider("Images per side", FEWEST, most, help=SIDE_HELP, **side.menu_widget())
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
        path = _choose_ends(explorer, *_numbers(explorer))
        side = _choose_side(explorer.image_spec)
        try:
            return through_path(side, _codes(explorer, path), path)
        except ValueError:
            st.info("These two codes lie in line with 0, so that they span no plane. Choose another end.")
            st.stop()
    axes, base = _choose_axes(explorer), _choose_base(explorer)
    with st.popover("Size", help="Images per side and range of the grid."):
        return along_axes(_choose_side(explorer.image_spec), _choose_extent(), axes, base)


def _choose_axes(explorer: Explorer) -> tuple[int, int]:
    """Two different coordinates, counted from 0; at first the two that tell most about an image."""
    has_kl = explorer.can("gaussian")
    tells = explorer.kl_per_dim if has_kl else explorer.codes("test").mu.var(axis=0)
    first, second = (int(axis) + 1 for axis in (-tells).argsort(kind="stable")[:2])
    across = address.integer("across", first, 1, explorer.latent_dim)
    up = address.integer("up", second, 1, explorer.latent_dim)
    if across.value == up.value:
        up.set(first if across.value != first else second)

    def name(number: int) -> str:
        if not has_kl:
            return coordinate(number - 1)
        nats = tells[number - 1]
        return f"{coordinate(number - 1)}, {f'{nats:.2f} nats' if active.is_active(nats) else 'inactive'}"

    for label, axis in (("Across", across), ("Upward", up)):
        st.selectbox(
            label,
            range(1, explorer.latent_dim + 1),
            format_func=name,
            help=AXIS_HELP + NATS_HELP * has_kl,
            width=150,
            **axis.widget(),
        )
    return across.value - 1, up.value - 1


def _choose_path(explorer: Explorer) -> tuple[End, End] | None:
    """The ends of the red path over a latent plane, None while it is off."""
    shown, start, end = address.flag("trajectory", True), *_numbers(explorer)
    first, last = (html.plain_markdown(_name(explorer, number)) for number in (start, end))
    with st.popover(f"Path {first} → {last}", help=PATH_HELP):
        st.toggle("Draw the path", help=PATH_HELP, **shown.menu_widget())
        path = _choose_ends(explorer, start, end)
    return path if shown.value else None


def _choose_ends(explorer: Explorer, start: Shared[int], end: Shared[int]) -> tuple[End, End]:
    """The widgets for the ends of a path: two classes, of images without labels two images."""
    for label, number in (("Start", start), ("End", end)):
        if explorer.can("labels"):
            names = explorer.class_names or ()
            others = [each for each in range(len(names)) if number is start or each != start.value]
            st.selectbox(
                label,
                others,
                format_func=names.__getitem__,
                help=PATH_HELP,
                width=110 if max(map(len, names)) <= SHORT else 190,
                **number.menu_widget(),
            )
        else:
            last = len(explorer.codes("test")) - 1
            st.number_input(f"{label} image", 0, last, help=PATH_HELP, width=140, **number.menu_widget())
    return _end(explorer, start), _end(explorer, end)


def _numbers(explorer: Explorer) -> tuple[Shared[int], Shared[int]]:
    """The classes at the start and the end of the path, else the images there, never the same."""
    count = len(explorer.class_names or explorer.codes("test"))
    start, end = (_number(explorer, name, default, count) for name, default in ENDS.items())
    if end.value == start.value:
        end.set((start.value + 1) % count)
    return start, end


def _number(explorer: Explorer, name: Name, default: int, count: int) -> Shared[int]:
    if explorer.can("labels"):
        return values.end_class(name, default, count)
    return address.integer(f"{name}_image", min(default, count - 1), 0, count - 1)


def _end(explorer: Explorer, number: Shared[int]) -> End:
    """The first test image of a class, or the image itself; the first of all where a class has none."""
    if not explorer.can("labels"):
        return End(number.value, _name(explorer, number))
    is_of_class = explorer.codes("test").known_labels == number.value
    return End(int(is_of_class.argmax()), _name(explorer, number))


def _name(explorer: Explorer, number: Shared[int]) -> str:
    return explorer.class_names[number.value] if explorer.class_names else f"image {number.value}"


def _codes(explorer: Explorer, path: tuple[End, End]) -> NDArray[np.float32]:
    """The codes of the ends, (2, D)."""
    return explorer.codes("test").mu[[end.image for end in path]]


def _choose_base(explorer: Explorer) -> NDArray[np.floating]:
    """The code (D,) that the coordinates off the axes are held at."""
    options = tuple(each for each in HOLD if each != "class" or explorer.can("labels"))
    hold = address.choice("hold", options, "zero")
    st.selectbox(
        "Others held at",
        options,
        format_func=HOLD.__getitem__,
        help=HOLD_HELP,
        width=180,
        **hold.widget(),
    )
    if hold.value == "class":
        return _choose_class_mean(explorer)
    if hold.value == "image":
        mu = explorer.codes("test").mu
        image = address.integer("hold_image", 0, 0, len(mu) - 1)
        st.number_input("Test image", 0, len(mu) - 1, help="Held at its mu.", width=140, **image.widget())
        return mu[image.value]
    return np.zeros(explorer.latent_dim)


def _choose_class_mean(explorer: Explorer) -> NDArray[np.floating]:
    """The mean code (D,) of a class, of those that have any test image."""
    names, means = explorer.class_names or (), explorer.class_means
    known = [label for label in range(len(names)) if np.isfinite(means[label]).all()]
    label = address.choice("hold_class", known, known[0])
    st.selectbox(
        "Class",
        known,
        format_func=names.__getitem__,
        help=HOLD_HELP,
        width=110 if max(map(len, names)) <= SHORT else 190,
        **label.widget(),
    )
    return means[label.value]


@st.cache_resource(show_spinner=False, max_entries=12)
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
        start, end = sheet.path
        places = sheet.projection(_codes(_explorer, sheet.path))
        figures.add_path(fig, places, start.name, end.name)
    return fig


def _path_words(explorer: Explorer, sheet: Sheet) -> str:
    """What the slice through a path holds."""
    below = -sheet.projection(np.zeros(explorer.latent_dim))[1]
    return (
        "The images under the path are those on it. The slice holds the codes of both test images and 0, the "
        f"prior's mean, which lies {below:.1f} sd below."
    )
