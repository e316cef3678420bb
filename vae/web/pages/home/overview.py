"""The home page's content: the moving plane, a card for each page, the models' numbers, how to train one."""

from collections.abc import Mapping
from html import escape

import streamlit as st

from vae.explorer import Explorer, Record
from vae.images.export import data_uri, png
from vae.web.kit import frame, loaders, model_table, navigation
from vae.web.kit.navigation import Page
from vae.web.pages.home import cards, hero

COMPARED = 3  # models in the glimpse of the comparison


def models() -> dict[str, Record]:
    """What each model says of itself; a sentence for each that cannot be read."""
    described = loaders.described()
    for name in loaders.model_names():
        if name not in described:
            st.error(loaders.describe(name))
    return described


def flat_model(described: Mapping[str, Record]) -> Explorer | None:
    """The first of the models that has a plane and can be opened."""
    flat = (loaders.open_model(name) for name, record in described.items() if record.latent_dim == 2)
    return next((model for model in flat if not isinstance(model, str)), None)


def show_plane(explorer: Explorer) -> None:
    """The plane of a 2-D model with a marker that travels on it, and the image under the marker."""
    plane, large = _hero(explorer.fingerprint, explorer)
    words = "".join(f"<p>{sentence}</p>" for sentence in plane_words(explorer))
    with st.container(key="hero"):
        st.html(f'<div class="vae-hero">{plane}<div>{large}{words}</div></div>')


def plane_words(explorer: Explorer) -> tuple[str, str]:
    """What the plane shows, two sentences of HTML."""
    noun, count = escape(explorer.dataset.noun), len(explorer.class_names or ())
    if explorer.can("labels"):
        most = hero.MOST_STOPS
        past = f"past all {count} classes" if count <= most else f"past {most} of the {count} classes"
        colour = "The colour is its class."
    else:
        past = "around the codes of the test images"
        colour = "The colour is its −ELBO, from violet to orange." if explorer.can("likelihood") else ""
    return (
        f"The {noun} decoded at the <b>red marker</b>, which travels through the plane {past}.",
        "On the left, each tile is the image decoded at its place. On the right, each point is a test image, "
        f"where the encoder puts it. {colour}",
    )


def show_cards(explorer: Explorer | None, described: Mapping[str, Record]) -> None:
    """A card for each page, in their groups: a glimpse, the link, a sentence."""
    glimpses: dict[str, str] = {}
    if explorer:
        glimpses = _glimpses(explorer.fingerprint, explorer, described)
    for number, (group, pages) in enumerate(navigation.groups().items(), start=1):
        st.markdown(f"**{group}**")
        with st.container(key=f"cards-{number}", horizontal=True):
            for page in pages:
                _card(page, glimpses.get(page.stem))


def _card(page: Page, glimpse: str | None) -> None:
    with st.container(key=f"card-{page.stem}", border=True, gap="xsmall"):
        if glimpse:
            st.html(f'<img class="vae-glimpse" alt="" src="{glimpse}">')
        st.page_link(page.file, label=page.title)
        st.markdown(page.sentence)


def show_models(described: Mapping[str, Record]) -> None:
    """The models' numbers in a table, their cards behind it."""
    st.header("Models", anchor=False)
    model_table.show(described)
    texts = {name: record.card for name, record in described.items() if record.card}
    if texts:
        with st.expander("Model cards: how each was trained, and its limits"):
            name = st.selectbox("Model", list(texts), key="home.card", help="The model whose card is shown.")
            st.markdown(texts[name])


def show_training() -> None:
    """How to train a model that then appears here."""
    st.header("Train your own", anchor=False)
    st.markdown("A released model appears in the choice at the top of every page.")
    st.code(frame.TRAIN, language="bash", wrap_lines=True)


def _compared(explorer: Explorer, described: Mapping[str, Record]) -> list[Explorer]:
    """Models of the same data set with a plane for the glimpse of the comparison, the favoured ones first."""
    names = [name for name in (*loaders.favoured("compared"), *described) if name in described]
    records = {name: described[name] for name in names}
    same = [
        name
        for name, record in records.items()
        if record.latent_dim == 2 and record.dataset.name == explorer.dataset.name
    ]
    found = [loaders.open_model(name) for name in same[:COMPARED]]
    return [model for model in found if not isinstance(model, str)]


@st.cache_data(show_spinner=False, max_entries=4)
def _hero(fingerprint: str, _explorer: Explorer) -> tuple[str, str]:
    return hero.html(_explorer)


@st.cache_data(show_spinner=False, max_entries=4)
def _glimpses(fingerprint: str, _explorer: Explorer, _described: Mapping[str, Record]) -> dict[str, str]:
    """Addresses of the cards' pictures, by page; the fingerprint makes a changed model a new key."""
    found = cards.drawn(_explorer, _compared(_explorer, _described))
    return {stem: data_uri(png(image)) for stem, image in found.items()}
