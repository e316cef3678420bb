"""The models' scores, and the card of the chosen one."""

import streamlit as st

from vae.explorer import Explorer
from vae.model import catalogue
from vae.web.kit import html, loaders, model_table
from vae.web.pages.results import downloads
from vae.web.selection import removal


def show(explorer: Explorer) -> None:
    """All models' tables, and how the chosen model was trained."""
    described = loaders.described()
    for name in loaders.model_names():
        if name not in described:
            st.error(loaders.describe(name))
    for path in catalogue.pickles():
        st.warning(catalogue.NO_PICKLE.format(name=html.plain_markdown(path.name)))
    st.header("Models", anchor=False)
    with st.container(key="scores"):  # its place is kept while it loads
        model_table.show(described)
    st.subheader(f"Take “{html.plain_markdown(explorer.title)}” along", anchor=False)
    downloads.show(explorer)
    if catalogue.is_own(explorer.name):
        with st.popover("Remove this model", key=f"remove-{explorer.name}", help=removal.LOST):
            removal.show(explorer.name)
    if explorer.record.card:
        with st.expander(f"{explorer.title}: how it was trained, and its limits"):
            st.markdown(_without_heading(explorer.record.card))


def _without_heading(card: str) -> str:
    """A model card below its first line, which is the name."""
    heading, _, text = card.partition("\n")
    return text if heading.startswith("# ") else card
