"""The frame of every page: settings, navigation, model picker, heading, and the layout in two columns."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from vae.assets import ASSETS
from vae.explorer import Explorer
from vae.web.kit import address, loaders, navigation

NAME = "VAE explorer"
TRAIN = (
    "python -m vae.train --dataset mnist --latent-dim 2 --epochs 60 --seed 0 --out runs/mine.safetensors\n"
    "python -m vae.release runs/mine.safetensors --name mine"
)


@dataclass(frozen=True)
class Page:
    """What a page needs to begin: the explorer of the chosen model, and the choice itself."""

    explorer: Explorer
    model: address.Shared[str]


def begin(stem: str, sentence: str) -> Page:
    """Draw the frame of the page `pages/<stem>.py` and open the chosen model.

    Without any model it says how to get one, under a model that cannot do what the page needs it says what
    that lacks, and stops.
    """
    declared = navigation.page(stem)
    slot = header(declared.title, sentence)
    names = loaders.model_names()
    if not names:
        st.info("There is no model to explore yet. Train one, then reload this page:")
        st.code(TRAIN, language="bash", wrap_lines=True)
        st.stop()
    model = address.choice("model", names, names[0])
    explorer, reasons = _open(model.value, names)
    if (asked := st.query_params.get("model", model.value)) not in names:
        reasons.insert(0, f"There is no model called {_quoted(asked)} here.")
    if reasons:
        st.warning(f"{' '.join(reasons)} Shown instead: {explorer.name}.")
    with slot:
        st.selectbox("Model", names, label_visibility="collapsed", **_picker(model, explorer.name))
    if missing := tuple(ability for ability in declared.needs if not explorer.can(ability)):
        said = navigation.lacking(missing)
        st.info(f"{explorer.name} has {said}, which this page needs. Choose another model above.")
        st.stop()
    return Page(explorer, model)


def header(title: str, sentence: str) -> DeltaGenerator:
    """Draw settings, navigation and heading; returns the place of the model picker."""
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
            for page in navigation.PAGES:
                is_here = page.title == title
                with st.container(key="here", width="content") if is_here else nullcontext():
                    st.page_link(page.file, label=page.title)
        slot = st.container(key="topmodel", width=220)
    with st.container(key="heading", gap=None):
        st.title(title, anchor=False)
        st.markdown(sentence)
    return slot


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


def _picker(model: address.Shared[str], shown: str) -> dict[str, Any]:
    """The widget arguments of the choice of model; another model drops the points of the one shown so far."""

    def choose() -> None:
        model.commit()
        address.forget_model_bound()

    widget = model.widget() | {"on_change": choose}
    st.session_state[widget["key"]] = shown
    return widget


def _quoted(asked: str) -> str:
    """What the address says, short and without what Markdown would read as more than words."""
    plain = "".join(character for character in asked if character.isprintable() and character != "`")
    return f"`{plain[:40]}{'…' if len(plain) > 40 else ''}`"
