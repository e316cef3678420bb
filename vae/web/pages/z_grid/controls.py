"""The controls of the z-grid: which slice of the latent space, and what is drawn over it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from vae.analysis import active
from vae.explorer import Explorer
from vae.figures.layout import coordinate
from vae.images import export
from vae.images.spec import ImageSpec
from vae.web.kit import address, frame, html, loaders, values
from vae.web.kit.address import Shared
from vae.web.live import Window
from vae.web.pages.z_grid.slices import End, Sheet, Spacing, along_axes, through_path

Name = Literal["start", "end"]

DEFAULTS: Mapping[Spacing, tuple[int, float]] = {"even": (25, 2.0), "quantiles": (15, 1.645)}
"""Images per side and range, as the source articles have them: the quantiles of 5 % to 95 %."""
FARTHEST: Mapping[Spacing, float] = {"even": 4.0, "quantiles": 2.5}  # prior standard deviations
FEWEST, MOST = 10, 40  # images per side
SLICES = {"coordinates": "Two coordinates", "path": "Through a path"}
SPACINGS: Mapping[Spacing, str] = {"even": "Even", "quantiles": "Quantiles"}
SHORT = 2  # characters of class names for which a narrow menu is wide enough
DRAGGED = "dragged"
ENDS: dict[Name, int] = {"start": 0, "end": 7}  # the source's classes; of images without labels their numbers
NEAREST, FARTHEST_OUT = 0.02, 8.0  # of what can be zoomed to, as in assets/live/sheet/window.js
WINDOW = "window"  # in the address
HOLD = {"zero": "0, the prior's mean", "class": "a class mean", "image": "a test image"}
ALONE = "no other model"

SIDE_HELP = "Images per side. The source articles show 25 × 25 evenly spaced, and 15 × 15 at quantiles."
EXTENT_HELP = (
    "How far the grid reaches from the origin at home, in prior standard deviations; from there it goes on "
    "without end. The square of ±2 holds 91 % of a two-dimensional prior."
)
SPACING_HELP = (
    "Even: steps of the same length. Quantiles: steps that hold equal shares of the prior, so that most "
    "images show where most codes drawn from it would lie; the axes stretch accordingly."
)
PATH_HELP = (
    "The straight path between the codes of two test images, in red; where images have labels, of the first "
    "of each class. On a plane its ends A and B can be dragged."
)
SLICE_HELP = (
    "Which flat slice of the latent space to show. Two coordinates: all others are held. Through a path: the "
    "plane that holds the codes of two images and 0, the prior's mean."
)
AXIS_HELP = "Which coordinate of z this axis shows."
NATS_HELP = " The nats say at most how much it tells about an image on average."
CODES_HELP = "The test images' codes over the grid, in the colours of their classes."
FADE_HELP = (
    "Images fade with the density of the prior at their place, as a share of the highest at home: hardly "
    "any draw from the prior looks like the faintest."
)
BESIDE_HELP = (
    "The same grid of another model of these images beside this one. The pointer decodes the same z in both."
)
HOLD_HELP = "The values of all the other coordinates of z."


@dataclass(frozen=True)
class View:
    """What to show: a slice, whether its images fade with p(z), test codes over it, another model beside.

    `window` is the part of the slice in sight now, the sheet's own the one at the opening of the page.
    """

    sheet: Sheet
    window: Window | None = None
    fades: bool = False
    has_codes: bool = False
    beside: str | None = None


def window() -> Window | None:
    """The part of the slice that the address says is in sight, None for where it begins."""
    numbers = _window().value
    if not numbers or not NEAREST <= numbers[2] <= FARTHEST_OUT:
        return None
    x, y, reach = numbers
    return x, y, reach


def look_at(part: Window | None) -> None:
    """Put the part that has come into sight into the address."""
    if part is None:
        address.forget(WINDOW)
    else:
        _window().set(part)


def _window() -> Shared[tuple[float, ...]]:
    return address.vector(WINDOW, 3, ())


def choose(explorer: Explorer, opened: Window | None) -> View:
    """The controls above the grid, which showed `opened` when the page was."""
    with frame.controls(2 if explorer.can("plane") else 3):
        if not explorer.can("plane"):
            return View(replace(_choose_slice(explorer), window=opened), window(), _choose_fading())
        spacing = _choose_spacing()
        side = _choose_side(explorer.image_spec, spacing)
        path = _choose_path(explorer)
        with st.popover("More", help="Range, test codes, the prior's density, another model beside."):
            extent = _choose_extent(spacing)
            has_codes = address.flag("codes")
            st.toggle("Test codes", help=CODES_HELP, **has_codes.menu_widget())
            sheet = along_axes(side, extent, (0, 1), np.zeros(2), path, spacing)
            shown = replace(sheet, window=opened)
            return View(shown, window(), _choose_fading(), has_codes.value, _choose_beside(explorer))


def beside(explorer: Explorer) -> str | None:
    """The other model that is shown beside this one."""
    name = _beside(explorer).value
    return None if name == ALONE else name


def _choose_fading() -> bool:
    fades = address.flag("fade")
    st.toggle("Fade where the prior is low", help=FADE_HELP, **fades.menu_widget())
    return fades.value


def _choose_beside(explorer: Explorer) -> str | None:
    others = _others(explorer)
    if others:
        st.selectbox("Beside it", (ALONE, *others), help=BESIDE_HELP, **_beside(explorer).menu_widget())
    return beside(explorer)


def _beside(explorer: Explorer) -> Shared[str]:
    return address.choice("grid_beside", (ALONE, *_others(explorer)), ALONE)


def _others(explorer: Explorer) -> tuple[str, ...]:
    """The other models of the same images with a latent plane."""
    return tuple(
        name
        for name, record in loaders.described().items()
        if record.latent_dim == 2 and record.dataset == explorer.dataset and name != explorer.name
    )


def _choose_spacing() -> Spacing:
    return address.choose("Spacing", "spacing", SPACINGS, "even", SPACING_HELP)


def _choose_side(spec: ImageSpec, spacing: Spacing = "even") -> int:
    most = min(MOST, export.LONGEST // max(spec.height, spec.width))
    side = address.integer("side", DEFAULTS[spacing][0], FEWEST, most)
    with st.container(width=170):
        st.slider("Images per side", FEWEST, most, help=SIDE_HELP, **side.menu_widget())
    return side.value


def _choose_extent(spacing: Spacing) -> float:
    most = FARTHEST[spacing]
    extent = address.number("range", DEFAULTS[spacing][1], 0.5, most)
    with st.container(width=170):
        st.slider("Range, ± sd", 0.5, most, step=0.5, format="%g", help=EXTENT_HELP, **extent.menu_widget())
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
            return through_path(side, codes_of(explorer, path), path)
        except ValueError:
            st.info("These two codes lie in line with 0, so that they span no plane. Choose another end.")
            st.stop()
    axes, base = _choose_axes(explorer), _choose_base(explorer)
    with st.popover("Size", help="Spacing, images per side and range of the grid."):
        spacing = _choose_spacing()
        side, extent = _choose_side(explorer.image_spec, spacing), _choose_extent(spacing)
        return along_axes(side, extent, axes, base, spacing=spacing)


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
    ends = zip(ENDS, (start, end), strict=True)
    first, last = (html.plain_markdown(_name(explorer, *each)) for each in ends)
    with st.popover(f"Path {first} → {last}", help=PATH_HELP):
        st.toggle("Draw the path", help=PATH_HELP, **shown.menu_widget())
        path = _choose_ends(explorer, start, end)
    return path if shown.value else None


def _choose_ends(explorer: Explorer, start: Shared[int], end: Shared[int]) -> tuple[End, End]:
    """The widgets for the ends of a path: two classes, of images without labels two images."""
    for name, number in zip(ENDS, (start, end), strict=True):
        widget = number.menu_widget(is_blank=bool(_dragged_to(explorer, name)))
        look: dict[str, Any] = {"help": PATH_HELP, "placeholder": DRAGGED}
        look |= widget | {"on_change": address.then_forget(widget["on_change"], f"{name}_z")}
        if explorer.can("labels"):
            names = explorer.class_names or ()
            others = [each for each in range(len(names)) if number is start or each != start.value]
            width = 130 if max(map(len, names)) <= SHORT else 190
            st.selectbox(name.capitalize(), others, format_func=names.__getitem__, width=width, **look)
        else:
            last = len(explorer.codes("test")) - 1
            st.number_input(f"{name.capitalize()} image", 0, last, None, width=140, **look)
    return _end(explorer, "start", start), _end(explorer, "end", end)


def take_dragged(explorer: Explorer, path: tuple[End, End], ends: Sequence[NDArray[np.floating]]) -> None:
    """Go on with the ends (2,) of a path, of which one was dragged elsewhere."""
    for name, before, after in zip(ENDS, codes_of(explorer, path), ends, strict=True):
        values.drag_end(name, before, after)


def _dragged_to(explorer: Explorer, name: Name) -> tuple[float, ...]:
    return values.dragged_end(name).value if explorer.can("plane") else ()


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


def _end(explorer: Explorer, name: Name, number: Shared[int]) -> End:
    """The first test image of a class, or the image itself; the first of all where a class has none."""
    said, dragged = _name(explorer, name, number), _dragged_to(explorer, name)
    if not explorer.can("labels"):
        return End(number.value, said, dragged)
    is_of_class = explorer.codes("test").known_labels == number.value
    return End(int(is_of_class.argmax()), said, dragged)


def _name(explorer: Explorer, name: Name, number: Shared[int]) -> str:
    """The class of an end, of one that was dragged what it reads as; the image's number without labels."""
    dragged = _dragged_to(explorer, name)
    if not explorer.class_names:
        return DRAGGED if dragged else explorer.about(number.value).removeprefix("test ")
    label = explorer.read(np.array(dragged, np.float32)).classes[0] if dragged else number.value
    return explorer.class_names[label]


def codes_of(explorer: Explorer, path: tuple[End, End]) -> NDArray[np.float32]:
    """The codes of the ends, (2, D)."""
    codes = [end.dragged or explorer.codes("test").mu[end.image] for end in path]
    return np.array(codes, np.float32)


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
        st.number_input(
            "Test image", 0, len(mu) - 1, None, help="Held at its mu.", width=140, **image.widget()
        )
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
