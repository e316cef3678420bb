"""New images: codes drawn from the prior, decoded, as means or as true draws of pixels."""

from functools import partial

import streamlit as st

from vae.analysis import noise
from vae.analysis.noise import Drawn, Samples
from vae.explorer import Explorer
from vae.images import export
from vae.images.spec import Floats
from vae.web.kit import address, frame, html
from vae.web.live import cells
from vae.web.pages.generate import controls, pinned
from vae.web.pages.generate.controls import View
from vae.web.selection.samples import kept

PLACE = "Sample {}, row {}, column {}"


def show(explorer: Explorer) -> None:
    """The controls, the sheets of one model or two, and the sample that is pinned."""
    view = controls.choose(explorer)
    samples = [kept(model.fingerprint, view.settings_of(model), model) for model in view.models]
    count = max(len(each.means) for each in samples)
    pin = address.integer("sample", 0, 0, max(count - 1, 0), model_bound=True)
    picture, side = frame.columns()
    with picture, st.container(key=f"samples-{len(samples)}"):
        for model, found in zip(view.models, samples, strict=True):
            _show_model(model, view, found, pin)
    with side:
        pinned.show(view, samples, pin.value)
        for model, found in zip(view.models, samples, strict=True):
            _download(model, view, found)


def _show_model(explorer: Explorer, view: View, samples: Samples, pin: address.Shared[int]) -> None:
    """A model's sheet under its name, with what was drawn below."""
    settings, drawn = view.settings_of(explorer), samples.drawn
    with st.container(key=f"model-{explorer.name}", gap="xsmall"):
        if len(view.models) > 1:
            st.markdown(f"**{html.plain_markdown(explorer.title)}**")
        if not len(samples.means):
            st.info(none_words(drawn, explorer, view))
            return
        _show_sheet(explorer, _sheet(samples, view), settings.side, len(samples.means), pin)
        st.caption(drawn_words(drawn, explorer, view))


def _sheet(samples: Samples, view: View) -> Floats:
    """The means or the true draws, side by side."""
    images = samples.draws if view.kind == "draw" and samples.draws is not None else samples.means
    return noise.sheet(images, view.settings.side)


def _download(explorer: Explorer, view: View, samples: Samples) -> None:
    """The model's sheet as a file."""
    if not len(samples.means):
        return
    sheet, settings = _sheet(samples, view), view.settings
    height, width = sheet.shape[:2]
    html.download(
        f"Download PNG, {width} × {height} pixels",
        partial(export.png, sheet),
        f"samples-{explorer.name}-{view.kind}-T{settings.temperature:g}-seed{settings.seed}.png",
        "image/png",
        key=f"download-{explorer.name}",
        help=f"The images of {explorer.title}, the sheet alone.",
    )


def _show_sheet(explorer: Explorer, sheet: Floats, side: int, count: int, pin: address.Shared[int]) -> None:
    """The sheet, whose samples can be clicked."""
    with st.container(key=f"cells-{explorer.name}", gap=None):
        html.bare_sheet(sheet, f"{count} new images of {explorer.title}")
        cells.choose(
            f"choose-{explorer.name}",
            columns=side,
            rows=side,
            labels=[PLACE.format(k + 1, k // side + 1, k % side + 1) for k in range(count)],
            chosen=pin.value if pin.value < count else None,
            name="Samples to choose from",
            on_choose=pin.set,
        )


def drawn_words(drawn: Drawn, explorer: Explorer, view: View) -> str:
    """Where the codes of a sheet come from, and what share of the draws was kept."""
    settings = view.settings_of(explorer)
    source = "the prior N(0, I)" if settings.temperature == 1 else f"N(0, {settings.temperature:g}² I)"
    if settings.label is None or view.wanted is None:
        other = f" It has no classes, so none is chosen: {len(drawn.z)} draws." * (view.wanted is not None)
        return f"{len(drawn.z)} draws of z from {source}, decoded.{other}"
    name, share = html.plain_markdown(view.wanted), drawn.of_class / drawn.tried
    first = f" The first {len(drawn.z)} of them are shown." if drawn.of_class > len(drawn.z) else ""
    return (
        f"{drawn.of_class:,} of {drawn.tried:,} draws of z from {source} were kept ({share:.1%}): most of "
        f"their ten nearest test codes are of class {name}.{first}"
    )


def none_words(drawn: Drawn, explorer: Explorer, view: View) -> str:
    """That no draw was of the class, and what to do."""
    return (
        f"None of {drawn.tried:,} draws has test codes of class {html.plain_markdown(view.wanted or '')} as "
        f"most of its neighbours under {html.plain_markdown(explorer.title)}. Try a "
        "temperature nearer 1 (under More), new draws or another class."
    )
