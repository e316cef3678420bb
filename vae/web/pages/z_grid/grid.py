"""The grid itself: decoded images in the places of their codes, what lies over it, clicks, the file."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from vae import figures
from vae.explorer import Explorer
from vae.figures import CONFIG, Drawing
from vae.figures.images import MARGIN
from vae.figures.layout import coordinate
from vae.images import export
from vae.latent import paths
from vae.web import live
from vae.web.kit import html
from vae.web.live import Pick, chart
from vae.web.pages.z_grid import controls
from vae.web.pages.z_grid.controls import View, codes_of
from vae.web.pages.z_grid.slices import Sheet
from vae.web.selection import code_map, inspector
from vae.web.selection.code import Chosen, choose_image, choose_z, look_up
from vae.web.server import originals

CHART, OTHER = "sheet", "sheet-beside"  # keys of the grid and of the one beside it
UNIT = "prior standard deviations"
TITLED, WITH_STRIP = MARGIN["t"] + 34, MARGIN["b"] + 72  # pixels above and below, as in assets/live/sheet
FRAMES = 41  # codes of a path on an uneven grid, where it is no straight line
TWO_STEPS = (
    1.0  # prior standard deviations between two ticks of an uneven axis that reaches beyond 2, else half
)
POINT, SIGN = {"size": 3, "opacity": 0.6}, {"size": 18}  # of test codes over the grid


def follow_click(explorer: Explorer, view: View) -> Chosen:
    """What is chosen now, after a click on a grid if there was one."""
    picks = [chart.take_pick(key) for key in (CHART, OTHER)]
    pick = next((each for each in picks if each is not None), None)
    return look_up(explorer) if pick is None else _follow(explorer, view, pick)


def show_chosen(explorer: Explorer, view: View, chosen: Chosen, others: Sequence[Explorer]) -> None:
    """What lies under the pointer, and the chosen code decoded; by each model where two are shown."""
    follow = partial(_follow, explorer, view)
    for key, model in _by_key(explorer, others).items():
        if others:
            st.markdown(f"**{html.plain_markdown(model.title)}**")
        _show_live(model, key, view, chosen, follow, is_one_of_two=bool(others))
        chart.serve(key, partial(inspector.show, model, chosen))
    if not others:
        inspector.show_pictures(explorer, chosen)
        inspector.show_image(explorer, chosen)


def draw(explorer: Explorer, view: View, chosen: Chosen, others: Sequence[Explorer]) -> None:
    """The grid, the chosen code marked on it; beside it that of another model."""
    sheet, shown = view.sheet, _by_key(explorer, others)
    with st.container(key="stage", horizontal=True):
        for key, model in shown.items():
            fig = _figure(model.fingerprint, sheet, view.fades, view.has_codes, model)
            if others:
                fig = fig.copy().update_layout(title={"text": model.title, "x": 0, "font": {"size": 14}})
                fig.update_layout(margin={"t": TITLED})
            if sheet.path is not None:
                fig = fig.copy().update_layout(margin={"b": WITH_STRIP})
            st.plotly_chart(fig, height="stretch", key=key, config=CONFIG)
    for key, model in shown.items():
        chart.mark(key, sheet.place(chosen.code(model)))
    if sheet.path is not None and sheet.axes is None:
        st.caption(_path_words(explorer, sheet))


def offer_download(explorer: Explorer, view: View) -> None:
    """A button that makes the grid over what is in sight as one PNG when it is asked for."""
    spec, sheet = explorer.image_spec, replace(view.sheet, window=view.window)
    side = sheet.side
    html.download(
        f"Download PNG, {side * spec.width} × {side * spec.height} pixels",
        partial(png_of, explorer, sheet),
        f"z-grid-{explorer.name}-{side}x{side}.png",
        "image/png",
        help="The decoded images of the square in the middle of the view, without axes.",
    )


def png_of(explorer: Explorer, sheet: Sheet) -> bytes:
    """The grid as a PNG, pixel for pixel."""
    return export.png(explorer.sheet(sheet.codes))


def _by_key(explorer: Explorer, others: Sequence[Explorer]) -> dict[str, Explorer]:
    """The models of the grids by the charts' keys."""
    return dict(zip((CHART, OTHER), (explorer, *others), strict=False))


def _show_live(
    model: Explorer, key: str, view: View, chosen: Chosen, follow: partial[Chosen], *, is_one_of_two: bool
) -> None:
    """The live view of one grid."""
    sheet, z = view.sheet, chosen.code(model)
    chart.under_pointer(
        model,
        key,
        z,
        follow,
        axes=sheet.axes or (0, 1),
        directions=None if sheet.axes else sheet.directions,
        base=sheet.origin,
        ticks=None if sheet.spacing == "even" else sheet.ticks,
        image=chosen.image,
        originals=originals.place(model.dataset.name) if view.has_codes else None,
        together="z_grid" if is_one_of_two else None,
        sheet=_endless(model, view, is_first=key == CHART),
        on_window=partial(_take_window, key),
        on_ends=partial(_take_ends, model, key, sheet),
    )


def _endless(model: Explorer, view: View, *, is_first: bool) -> dict[str, Any]:
    """What the browser is told of the endless plane; see `live.plane`."""
    sheet, path = view.sheet, None
    if sheet.path is not None:
        a, b = codes_of(model, sheet.path).astype(np.float64).round(4).tolist()
        labels = [end.name for end in sheet.path]
        path = {"a": a, "b": b, "labels": labels, "moves": is_first and sheet.axes is not None}
    return {
        "side": sheet.side,
        "home": sheet.extent,
        "window": view.window,
        "fades": view.fades,
        "titles": _titles(sheet),
        "path": path,
    }


def _take_window(key: str) -> None:
    controls.look_at(live.window_of(key + chart.LIVE))


def _take_ends(model: Explorer, key: str, sheet: Sheet) -> None:
    ends = live.ends_of(key + chart.LIVE, model)
    if ends is not None and sheet.path is not None:
        controls.take_dragged(model, sheet.path, ends)


def _titles(sheet: Sheet) -> tuple[str, str]:
    """The names of the axes."""
    if sheet.axes is None:
        return f"along the path ({UNIT})", f"away from the prior's mean ({UNIT})"
    across, up = map(coordinate, sheet.axes)
    return f"{across} ({UNIT})", f"{up} ({UNIT})"


def _follow(explorer: Explorer, view: View, pick: Pick) -> Chosen:
    """Follow the test image that was hit, where their codes are shown, else the place."""
    if view.has_codes and pick.hit and pick.index is not None:
        return choose_image(explorer, pick.index)
    return look_up(explorer) if pick.place is None else choose_z(explorer, view.sheet.code(*pick.place))


@st.cache_resource(show_spinner=False, max_entries=12)
def _figure(fingerprint: str, sheet: Sheet, fades: bool, has_codes: bool, _explorer: Explorer) -> Drawing:
    """The grid with what lies over it, without marks; shared by all sessions."""
    x, y, reach = sheet.in_sight
    fig = figures.decoded_grid(
        _explorer.sheet(sheet.codes),
        sheet.side,
        reach,
        sheet.axes or (0, 1),
        middle=(x, y),
        opacity=sheet.opacity if fades else None,
        uirevision=f"{fingerprint} {sheet.axes or sheet.path} {sheet.in_sight} {sheet.spacing}",
    )
    if sheet.axes is None:
        across, up = _titles(sheet)
        fig.update_xaxes(title={"text": across}).update_yaxes(title={"text": up})
        fig.update_traces({}, hovertemplate="along the path %{x:.2f}, away from it %{y:.2f}<extra></extra>")
    if sheet.spacing == "quantiles":
        _write_uneven_ticks(fig, sheet)
    if has_codes:
        _add_codes(fig, sheet, _explorer)
    if sheet.path is not None:
        _add_path(fig, sheet, _explorer)
    return fig


def _write_uneven_ticks(fig: Drawing, sheet: Sheet) -> None:
    """The axes in prior standard deviations, which are not of the same length everywhere."""
    step = TWO_STEPS if sheet.extent > 2 * TWO_STEPS else TWO_STEPS / 2
    reach = int(sheet.extent / step)
    along = step * np.arange(-reach, reach + 1)
    ticks = {
        "tickvals": sheet.drawn(along),
        "ticktext": [f"{value:g}".replace("-", "−") for value in along.tolist()],
    }
    fig.update_xaxes(**ticks).update_yaxes(**ticks)
    fig.update_traces({}, hovertemplate=None, hoverinfo="skip")


def _add_codes(fig: Drawing, sheet: Sheet, explorer: Explorer) -> None:
    """The test images' codes as small points in the colours of their classes."""
    places = sheet.projection(explorer.codes("test").mu)
    points = code_map.scatter(explorer, places, is_plane=sheet.spacing == "even")
    points.update_traces(marker=POINT, selector={"mode": "markers"})
    points.update_traces(marker=SIGN, selector={"mode": "markers+text"})
    for trace in points.data:
        fig.add_trace(trace)


def _add_path(fig: Drawing, sheet: Sheet, explorer: Explorer) -> None:
    """The straight path between two codes, its ends as handles."""
    assert sheet.path is not None
    ends = codes_of(explorer, sheet.path)
    line = ends if sheet.spacing == "even" else paths.linear_path(ends[0], ends[1], FRAMES)
    figures.add_path(fig, sheet.projection(line), "A", "B")


def _path_words(explorer: Explorer, sheet: Sheet) -> str:
    """What the slice through a path holds."""
    below = -sheet.projection(np.zeros(explorer.latent_dim))[1]
    return (
        "The images under the path are those on it. The slice holds the codes of both test images and 0, the "
        f"prior's mean, which lies {below:.1f} sd below."
    )
