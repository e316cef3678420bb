"""The frame of every page: settings, the bar at the top, heading, and the layout in two columns.

The menus of the bar are opened and closed by `assets/topbar.js`.
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from html import escape
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from vae.assets import ASSETS
from vae.explorer import Explorer
from vae.web.kit import address, datasets, loaders, navigation

NAME = "VAE explorer"
TRAIN = "python -m vae.train --dataset mnist --latent-dim 2 --epochs 60 --seed 0 --name mine"
MENU_BUTTON = '<button type="button" class="vae-menu" aria-expanded="false">Menu</button>'
COPY_BUTTON = (
    '<button type="button" class="vae-copy" title="Copies the address: it opens this very view elsewhere.">'
    '<span aria-live="polite">Copy link</span></button>'
)


@dataclass(frozen=True)
class Page:
    """What a page needs to begin: the explorer of the chosen model, and the choice itself."""

    explorer: Explorer
    model: address.Shared[str]


def begin(stem: str, sentence: str, beside: Callable[[Explorer], object] | None = None) -> Page:
    """Draw the frame of the page `pages/<stem>.py` and open the chosen model.

    Without any model it says how to get one, under a model that cannot do what the page needs it says what
    that lacks, and stops. Where the images that a page shows are not on this machine it says so. `beside`
    draws what stands beside the model picker.
    """
    declared = navigation.page(stem)
    image_place, model_place = header(declared.title, sentence, has_model=True)
    names = loaders.model_names()
    if not names:
        st.info("There is no model to explore yet. Train one, then reload this page:")
        st.code(TRAIN, language="bash", wrap_lines=True)
        st.stop()
    model = address.choice("model", names, names[0])
    explorer, reasons = _open(model.value, names)
    address.leave_model_bound(explorer.name)
    if (asked := address.said().get("model", model.value)) not in names:
        reasons.insert(0, f"There is no model called {_quoted(asked)} here.")
    if reasons:
        st.warning(f"{' '.join(reasons)} Shown instead: “{explorer.title}”.")
    with model_place:
        _draw_picker(model, names, explorer)
    if missing := tuple(ability for ability in declared.needs if not explorer.can(ability)):
        said = navigation.lacking(missing)
        st.info(f"“{explorer.title}” has {said}, which this page needs. Choose another model above.")
        st.stop()
    if declared.has_images and (absent := datasets.absent(explorer.dataset)):
        st.info(absent)
    if beside is not None:
        with image_place:
            beside(explorer)
    return Page(explorer, model)


def header(title: str, sentence: str, *, has_model: bool = False) -> Sequence[DeltaGenerator]:
    """Draw settings, bar and heading; returns the places of the image and of the model, if there is one."""
    address.hear()
    st.set_page_config(
        page_title=f"{title} · {NAME}",
        page_icon=str(ASSETS / "icon.svg"),
        layout="wide",
        initial_sidebar_state="collapsed",
        menu_items={"About": f"**{NAME}**: see and touch the latent space of variational autoencoders."},
    )
    with st.container(horizontal=True, key="topbar", vertical_alignment="center"):
        st.page_link("app.py", label=NAME)
        with st.container(horizontal=True, key="toplinks", gap=None):
            st.html(MENU_BUTTON)
            with st.container(horizontal=True, key="topmenus", gap=None):
                for number, (group, pages) in enumerate(navigation.groups().items()):
                    _draw_group(number, group, pages, title)
        places: Sequence[DeltaGenerator] = ()
        if has_model:
            places = st.container(key="topimage", width="content"), st.container(key="topmodel")
        with st.container(key="toplink", width="content"):
            st.html(COPY_BUTTON)
    with st.container(key="heading", gap=None):
        st.title(title, anchor=False)
        st.markdown(sentence)
    return places


def _draw_group(number: int, group: str, pages: Sequence[navigation.Page], title: str) -> None:
    """A menu of pages, closed at first; the group and the link of the page of that title are marked."""
    here = ' aria-current="true"' * any(page.title == title for page in pages)
    with st.container(key=f"group-{number}", width="content", gap=None):
        st.html(
            f'<button type="button" class="vae-group" aria-expanded="false"{here}>{escape(group)}</button>'
            f'<p class="vae-group-name">{escape(group)}</p>'
        )
        with st.container(key=f"grouplinks-{number}", gap=None):
            for page in pages:
                is_here = page.title == title
                with st.container(key="here") if is_here else nullcontext():
                    st.page_link(page.file, label=page.title)


def controls(lines: int = 2) -> DeltaGenerator:
    """A row for a page's controls, `lines` of them on a phone, which keeps its height while it loads.

    To be called once on a page.
    """
    return st.container(key=f"controls-{lines}", horizontal=True, vertical_alignment="bottom", gap="medium")


def columns() -> tuple[DeltaGenerator, DeltaGenerator]:
    """A large place for the picture and a column of 320 px beside it, which falls below on a narrow window.

    To be called once on a page.
    """
    with st.container(key="picture-and-side"):
        picture, side = st.columns([3, 1], gap="medium")
    return picture, side


def _open(chosen: str, names: Sequence[str]) -> tuple[Explorer, list[str]]:
    """The explorer of the chosen model, or of the first other one that can be read and the reasons why."""
    reasons: list[str] = []
    for name in (chosen, *(name for name in names if name != chosen)):
        found = loaders.open_model(name)
        if not isinstance(found, str):
            return found, reasons
        reasons.append(found)
    st.error(" ".join(reasons))
    st.stop()


def _draw_picker(model: address.Shared[str], names: Sequence[str], explorer: Explorer) -> None:
    """The choice of model by titles; another model drops the points of the one shown so far."""

    def choose() -> None:
        if model.commit():
            address.forget_model_bound()

    widget: dict[str, Any] = model.widget() | {"on_change": choose}
    st.session_state[widget["key"]] = explorer.name
    st.selectbox("Model", names, format_func=loaders.title, label_visibility="collapsed", **widget)
    if explorer.title != explorer.name:
        st.caption(f"`{explorer.name}`", help=explorer.record.sentence)


def _quoted(asked: str) -> str:
    """What the address says, short and without what Markdown would read as more than words."""
    plain = "".join(character for character in asked if character.isprintable() and character != "`")
    return f"`{plain[:40]}{'…' if len(plain) > 40 else ''}`"
