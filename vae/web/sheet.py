"""The z-grid: decoded images in the places of their codes, two coordinates of z across and upward."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from vae.web import inspector, stage, state
from vae.web.chosen import Chosen, choose_z, look_up

if TYPE_CHECKING:
    import numpy as np
    import plotly.graph_objects as go

    from vae.explorer import Explorer
    from vae.web.live import Pick

CHART = "sheet"  # key
SIDE, EXTENT = 25, 2.0  # the source article's
HOLD = {"zero": "0, the prior's mean", "class": "a class mean", "image": "a test image"}

SIDE_HELP = "Images per side. The source article shows 25 × 25."
EXTENT_HELP = (
    "How far the grid reaches from the origin, in prior standard deviations. 95 % of the prior lie within ±2."
)
PATH_HELP = (
    "The straight path between the codes of two digits, in red: "
    "from the first test image of the one to that of the other."
)
PROJECTED_HELP = (
    " Its other coordinates differ from those held, so the images beneath it are not those on the path."
)
AXIS_HELP = "Which coordinate of z this axis shows. The nats say how much it tells about an image on average."
HOLD_HELP = "The values of all the other coordinates of z."


@dataclass(frozen=True)
class Sheet:
    """A slice of the latent space: side × side codes over [-extent, extent]² in two coordinates of z."""

    side: int
    extent: float
    axes: tuple[int, int]
    base: tuple[float, ...]  # (D,), holds the other coordinates
    path: tuple[int, int] | None = None  # classes at its start and end

    def code(self, x: float, y: float) -> tuple[float, ...]:
        """The code (D,) at a place on the sheet."""
        z = list(self.base)
        z[self.axes[0]], z[self.axes[1]] = x, y
        return tuple(z)

    def place(self, z: "np.ndarray") -> "np.ndarray | None":
        """Where a code (D,) lies on the sheet, None where it does not lie in this slice."""
        import numpy as np

        there = z[list(self.axes)]
        is_in_slice = np.allclose(self.code(*there), z, rtol=2e-3, atol=2e-3)  # an address holds four digits
        reach = self.extent * self.side / (self.side - 1)
        return there if is_in_slice and (np.abs(there) <= reach).all() else None


def choose(explorer: "Explorer") -> Sheet:
    """The controls above the grid."""
    side = state.integer("side", SIDE, 10, 40)
    extent = state.number("range", EXTENT, 0.5, 4.0)
    axes, base = (0, 1), (0.0,) * explorer.latent_dim
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        if explorer.latent_dim > 2:
            axes, base = _choose_axes(explorer), _choose_base(explorer)
            with st.popover(
                f"{side.value} × {side.value}, ±{extent.value:g} sd", help="Size and range of the grid."
            ):
                _choose_size(side, extent)
        else:
            _choose_size(side, extent)
        path = _choose_path(explorer)
    return Sheet(side.value, extent.value, axes, base, path)


def follow_click(explorer: "Explorer", sheet: Sheet) -> Chosen:
    """What is chosen now, after a click on the grid if there was one."""
    click = stage.take_click(CHART)
    if click is None or click.place is None:
        return look_up(explorer)
    return choose_z(explorer, sheet.code(*click.place))


def show_chosen(explorer: "Explorer", sheet: Sheet, chosen: Chosen) -> None:
    """What lies under the pointer, and the chosen code decoded."""
    z = chosen.code(explorer)
    stage.under_pointer(explorer, CHART, z, partial(_follow, explorer), axes=sheet.axes, base=sheet.base)
    stage.serve(CHART, partial(inspector.show, explorer, chosen))
    inspector.show_image(explorer, chosen)


def draw(explorer: "Explorer", sheet: Sheet, chosen: Chosen) -> None:
    """The grid, the chosen code marked on it."""
    fig = _figure(explorer.fingerprint, sheet, explorer)
    stage.show(fig, CHART, sheet.place(chosen.code(explorer)))


def offer_download(explorer: "Explorer", sheet: Sheet) -> None:
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


def png_of(explorer: "Explorer", sheet: Sheet) -> bytes:
    """The grid as a PNG, pixel for pixel."""
    from vae import animation

    return animation.png(explorer.grid(sheet.side, sheet.extent, sheet.axes, sheet.base))


def _follow(explorer: "Explorer", pick: "Pick") -> None:
    choose_z(explorer, pick.z.tolist())


def _choose_size(side: state.Shared[int], extent: state.Shared[float]) -> None:
    with st.container(width=200):
        st.slider("Images per side", 10, 40, help=SIDE_HELP, **side.widget())
    with st.container(width=200):
        st.slider("Range, ± sd", 0.5, 4.0, step=0.5, format="%.1f", help=EXTENT_HELP, **extent.widget())


def _choose_axes(explorer: "Explorer") -> tuple[int, int]:
    """Two different coordinates, counted from 0; at first the two that tell most about an image."""
    from vae.figures import INACTIVE_BELOW
    from vae.figures.style import coordinate

    kl = explorer.kl_per_dim()
    first, second = (int(axis) + 1 for axis in (-kl).argsort()[:2])
    across = state.integer("across", first, 1, explorer.latent_dim)
    up = state.integer("up", second, 1, explorer.latent_dim)
    if across.value == up.value:
        other = first if across.value != first else second
        up.replace(
            other, f"Both axes cannot show {coordinate(up.value - 1)}; upward is {coordinate(other - 1)} now."
        )

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


def _choose_path(explorer: "Explorer") -> tuple[int, int] | None:
    """The classes at the ends of the red path, None while it is off."""
    names = _class_names(explorer)
    shown = state.flag("trajectory", explorer.latent_dim == 2)
    start, end = state.integer("start", 0, 0, 9), state.integer("end", 7, 0, 9)
    with st.popover(f"Path {names[start.value]} → {names[end.value]}", help=PATH_HELP):
        st.toggle(
            "Draw the path", help=PATH_HELP + PROJECTED_HELP * (explorer.latent_dim > 2), **shown.widget()
        )
        for label, digit in (("Start", start), ("End", end)):
            st.selectbox(
                label,
                range(len(names)),
                format_func=names.__getitem__,
                help="The class there.",
                **digit.widget(),
            )
    return (start.value, end.value) if shown.value else None


def _choose_base(explorer: "Explorer") -> tuple[float, ...]:
    """The code (D,) that the coordinates off the axes are held at."""
    hold = state.choice("hold", tuple(HOLD), "zero")
    st.selectbox(
        "Others held at",
        tuple(HOLD),
        format_func=HOLD.__getitem__,
        help=HOLD_HELP,
        width=180,
        **hold.widget(),
    )
    if hold.value == "class":
        names = _class_names(explorer)
        digit = state.integer("hold_class", 0, 0, 9)
        st.selectbox(
            "Class",
            range(len(names)),
            format_func=names.__getitem__,
            help=HOLD_HELP,
            width=110,
            **digit.widget(),
        )
        return tuple(explorer.class_means()[digit.value].tolist())
    if hold.value == "image":
        codes = explorer.codes("test")
        image = state.integer("hold_image", 0, 0, len(codes.labels) - 1)
        st.number_input(
            "Test image", 0, len(codes.labels) - 1, help="Held at its mu.", width=140, **image.widget()
        )
        return tuple(codes.mu[image.value].tolist())
    return (0.0,) * explorer.latent_dim


@st.cache_resource(show_spinner=False, max_entries=24)
def _figure(fingerprint: str, sheet: Sheet, _explorer: "Explorer") -> "go.Figure":
    """The grid and the path without marks; shared by all sessions."""
    from vae import figures, latent

    axes = list(sheet.axes)
    pixels = _explorer.grid(sheet.side, sheet.extent, sheet.axes, sheet.base)
    fig = figures.decoded_grid(
        pixels, sheet.side, sheet.extent, sheet.axes, uirevision=f"{fingerprint} {axes} {sheet.extent}"
    )
    if sheet.path is not None:
        start, end = sheet.path
        codes = _explorer.codes("test")
        ends = codes.mu[latent.first_of_each_class(codes.labels)[[start, end]]]
        figures.add_path(fig, ends[:, axes], str(start), str(end))
    return fig


def _class_names(explorer: "Explorer") -> tuple[str, ...]:
    from vae.data import CLASS_NAMES

    return CLASS_NAMES[explorer.dataset]
