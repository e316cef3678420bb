"""The home page's content: the plane under the hand, cards of pages and models, how to train one."""

from collections.abc import Mapping

import streamlit as st

from vae.explorer import Explorer, Record
from vae.images.dataset import with_article
from vae.images.export import data_uri, png
from vae.web import live
from vae.web.kit import frame, loaders, navigation
from vae.web.kit.navigation import Page
from vae.web.pages.home import cards, hero
from vae.web.selection.sources import drawing

COMPARED = 3  # models in the glimpse of the comparison
SCORE_HELP = (
    "Of 100 test images, how many have the class of most of the ten images whose codes lie nearest (10-NN)."
)


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
    """The plane of a 2-D model under the hand, the image decoded there, and what a VAE is."""
    plane, large = _hero(explorer.fingerprint, explorer)
    with st.container(key="hero"):
        picture, side = frame.columns()
        with picture:
            st.html(plane)
        with side:
            st.html(f'{large}<p class="vae-reading"></p>')
            st.markdown("\n\n".join(plane_words(explorer)))
            with st.container(horizontal=True, key="ways"):
                st.page_link(navigation.page("latent_map").file, label="Open the map")
                if drawing.is_possible(explorer):
                    st.page_link(
                        navigation.page("latent_map").file,
                        label=f"Draw {with_article(explorer.dataset.noun)}",
                        query_params={"model": explorer.name, "pad": "1"},
                    )
            _follow_hand(explorer)


def plane_words(explorer: Explorer) -> tuple[str, str, str]:
    """What a VAE is, what the plane shows and what to do, three sentences of Markdown."""
    noun, count = explorer.dataset.noun, f"{len(explorer.codes()):,}"
    if explorer.can("labels"):
        colour = "coloured by class"
    else:
        colour = "coloured by −ELBO" if explorer.can("likelihood") else "in grey"
    return (
        "A **variational autoencoder** (VAE) is a pair of neural networks: an *encoder* squeezes an image "
        "into a few numbers, a *decoder* paints an image from them.",
        "This one uses two numbers, so that every image has a place on a map, the *latent space*: on the "
        f"left what is painted where, on the right {count} images, {colour}.",
        f"Move over the map: the {noun} above is painted anew at every place, also where no image ever lay.",
    )


def _follow_hand(explorer: Explorer) -> None:
    """Decode under the hand, and open the latent map at a place that is chosen."""
    pick = live.tour(explorer, "tour", reach=hero.reach(explorer))
    if pick is not None and pick.place is not None:
        place = ",".join(f"{number:.4g}" for number in pick.place)
        st.switch_page(navigation.page("latent_map").file, query_params={"model": explorer.name, "z": place})


def show_cards(explorer: Explorer | None, described: Mapping[str, Record]) -> None:
    """A card for each page: a glimpse, its group, the link, a sentence."""
    glimpses: dict[str, str] = {}
    if explorer:
        glimpses = _glimpses(explorer.fingerprint, explorer, described)
    with st.container(key="cards-pages", horizontal=True):
        for page in navigation.PAGES:
            _card(page, glimpses.get(page.stem))


def _card(page: Page, glimpse: str | None) -> None:
    with st.container(key=f"card-{page.stem}", border=True, gap="xsmall"):
        picture = f'<img class="vae-glimpse" alt="" src="{glimpse}">' if glimpse else ""
        st.html(f'{picture}<p class="vae-eyebrow">{page.group}</p>')
        st.page_link(page.file, label=page.title)
        st.markdown(page.sentence)


def show_models(described: Mapping[str, Record]) -> None:
    """A card for each model, which opens it on the map."""
    st.header("Models", anchor=False, help=SCORE_HELP)
    with st.container(key="cards-models", horizontal=True):
        for name, record in described.items():
            _model_card(name, record)
    st.page_link(navigation.page("results").file, label="All numbers, beside those of the source articles")


def _model_card(name: str, record: Record) -> None:
    score = record.metrics.get("knn_accuracy")
    recognised = "" if score is None else f" · {100 * score:.1f} % recognised"
    with st.container(key=f"card-model-{name}", border=True, gap="xsmall"):
        st.page_link(navigation.page("latent_map").file, label=record.title, query_params={"model": name})
        st.markdown(record.sentence)
        st.caption(f"`{name}`{recognised}")


def show_training() -> None:
    """How to train a model that then appears here."""
    st.header("Train your own", anchor=False)
    st.markdown("A trained model appears in the choice at the top of every page.")
    st.page_link(navigation.page("train").file, label="Train on a page, and watch")
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
