"""How a chapter lies on the page: the figure, and beside it the words; a narrow window puts them below."""

from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from vae.explorer import Explorer
from vae.model.protocol import Ability
from vae.web.kit import address, loaders, navigation
from vae.web.kit.words import articles, glossary


def columns(name: str = "") -> tuple[DeltaGenerator, DeltaGenerator]:
    """The places of the figure and of the words; `name` tells several in one chapter apart."""
    with st.container(key=f"theory-columns{'-' * bool(name)}{name}"):
        figure, text = st.columns([3, 2], gap="large")
    return figure, text


def chapter(draw: Callable[[], object], markdown: str, origin: str) -> None:
    """A figure, and beside it Markdown and the source of what it says."""
    figure, text = columns()
    with figure:
        draw()
    with text:
        words(markdown)
        source(origin)


def words(markdown: str) -> None:
    """Markdown in which each of the field's terms explains itself where it comes first."""
    st.markdown(glossary.marked(markdown), unsafe_allow_html=True)


def source(markdown: str) -> None:
    """Where something comes from, in small, the articles as links."""
    st.caption(articles.linked(markdown))


def missing(explorer: Explorer, step: str, *abilities: Ability) -> bool:
    """Whether the model lacks some of what a figure needs.

    That is then said in the place of the figure, with the way to a model that has it.
    """
    lacking = tuple(ability for ability in abilities if not explorer.can(ability))
    if lacking:
        st.info(f"“{explorer.title}” has {navigation.lacking(lacking)}, which this figure needs.")
        _lead_on(step, explorer.name, flat="plane" in lacking)
    return bool(lacking)


def _lead_on(step: str, name: str, *, flat: bool) -> None:
    """A link to this step with the first other model that has a Gaussian q(z|x) and a likelihood.

    Its codes lie in a plane where a `flat` figure asks for that.
    """
    described = loaders.described().items()
    able = [
        other
        for other, record in described
        if record.form == "gaussian" and record.likelihood and (record.latent_dim == 2 or not flat)
    ]
    for other in [other for other in able if other != name][:1]:
        address.link(
            navigation.page("how_it_works").file,
            f"See this step with “{loaders.title(other)}”",
            {"model": other, "step": step},
        )
