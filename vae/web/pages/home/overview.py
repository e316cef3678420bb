"""The home page's content: the moving plane, a card for each page, the models' numbers, how to train one."""

import json
from collections.abc import Mapping, Sequence

import streamlit as st

from vae.analysis import classifier, imputation, ledger
from vae.explorer import Explorer
from vae.images.export import png
from vae.jobs.job import Job
from vae.model import checkpoint
from vae.model.checkpoint import CheckpointError, Description
from vae.web.kit import frame, html, job_panel, loaders, model_table
from vae.web.pages.home import cards, hero

SENTENCES = {
    "pages/latent_map.py": "Where the test images lie, coloured by digit. Click anywhere to decode a place.",
    "pages/z_grid.py": "The plane decoded tile by tile: how each digit turns into its neighbours.",
    "pages/interpolate.py": "From one digit to another, frame by frame, or all 100 pairs at once.",
    "pages/sliders.py": "One slider for each coordinate of z: what every dimension has learnt.",
    "pages/reconstruct.py": "Draw or upload a digit: where it lands, how sure that is, what comes back.",
    "pages/compare.py": "One image in the maps of PCA, autoencoder and VAEs, and what each gives back.",
    "pages/generate.py": "Codes drawn from the prior, decoded: means and true draws of pixels, two models.",
    "pages/impute.py": "Hide part of an image and have it restored, in one pass or step by step.",
    "pages/labels.py": "How few labels the codes need, and which test images look odd.",
    "pages/inference.py": "One image's best q, searched step by step, against the encoder's in one pass.",
    "pages/how_it_works.py": "The derivation in eight steps, each beside a figure that moves.",
}
UNDER_WAY, OWN = "ledger.under_way", "ledger.own"  # session: the measurement, and the texts of its rows
MEASURE_HELP = (
    "Scores the models of the table again on the 10,000 test images, beside the page, which stays usable. "
    "It takes minutes and can be stopped."
)
PLANE_WORDS = (
    "The digit decoded at the <b>red marker</b>, which walks through the plane past all ten classes.",
    "On the left, each tile is the image decoded at its place. On the right, each point is a test image, "
    "where the encoder puts it. The colour is the digit.",
)


def models() -> dict[str, Description]:
    """What each model says of itself, the one shown first in front; a sentence for what cannot be read."""
    found = {}
    for name in sorted(loaders.model_names(), key=lambda name: name != frame.DEFAULT):
        said = loaders.describe(name)
        if isinstance(said, str):
            st.error(said)
        else:
            found[name] = said
    return found


def flat_model(described: Mapping[str, Description]) -> Explorer | None:
    """The first of the models that has a plane and can be opened."""
    flat = (loaders.open_model(name) for name, said in described.items() if said.config.latent_dim == 2)
    return next((model for model in flat if not isinstance(model, str)), None)


def show_plane(explorer: Explorer) -> None:
    """The plane of a 2-D model with a marker that travels on it, and the digit under the marker."""
    plane, digit = _hero(explorer.name, explorer.fingerprint)
    words = "".join(f"<p>{sentence}</p>" for sentence in PLANE_WORDS)
    with st.container(key="hero"):
        st.html(f'<div class="vae-hero">{plane}<div>{digit}{words}</div></div>')


def show_cards(explorer: Explorer | None) -> None:
    """A card for each page: a glimpse, the link, a sentence."""
    glimpses = _glimpses(explorer.name, explorer.fingerprint) if explorer else {}
    with st.container(key="cards", horizontal=True):
        for file, label in frame.PAGES.items():
            with st.container(key=f"card-{label}", border=True, gap="xsmall"):
                if file in glimpses:
                    st.html(f'<img class="vae-glimpse" alt="" src="{glimpses[file]}">')
                st.page_link(file, label=label)
                st.markdown(SENTENCES[file])


def show_models(described: Mapping[str, Description]) -> None:
    """The models' numbers in a table, their cards behind it."""
    st.subheader("Models", anchor=False)
    model_table.show(described)
    cards = {name: card for name in described if (card := checkpoint.card(checkpoint.model_path(name)))}
    if cards:
        with st.expander("Model cards: how each was trained, and its limits"):
            name = st.selectbox("Model", list(cards), key="home.card", help="The model whose card is shown.")
            st.markdown(cards[name])


def show_ledger() -> None:
    """The source article's numbers beside ours."""
    st.subheader("Beside the source article", anchor=False)
    st.markdown(
        "nll + KL (loss) and nll (reconstruction) on the MNIST test images, nats per image, lower is better. "
        "The recipe is the article's, run by us; below it are our own models."
    )
    done = job_panel.take(UNDER_WAY)
    if done is not None and done.result is not None:
        st.session_state[OWN] = json.loads(done.result)
    own: list[list[str]] | None = st.session_state.get(OWN)
    try:
        cells = own if own is not None else _ledger(_changed_ns())
    except CheckpointError as error:
        st.warning(str(error))
        return
    with st.container(key="ledger"):
        html.table([html.Fact(name) for name in ledger.HEADER], [_plain(row) for row in cells])
    if own is not None:
        st.caption("The models' scores were measured here just now; the training curve is the kept one.")
    if not job_panel.show(UNDER_WAY, "Scoring the models on the test images"):
        st.button("Measure again", on_click=_measure_ledger, help=MEASURE_HELP)


def _measure_ledger() -> None:
    st.session_state[UNDER_WAY] = Job("vae.jobs.tasks", "ledger")


def show_training() -> None:
    """How to train a model that then appears here."""
    st.subheader("Train your own", anchor=False)
    st.markdown("A released model appears in the choice at the top of every page.")
    st.code(frame.TRAIN, language="bash", wrap_lines=True)


def _compared(explorer: Explorer) -> list[Explorer]:
    """Models for the glimpse of the comparison: the standard ones that can be read, else this one."""
    found = [loaders.open_model(name) for name in loaders.STANDARD if name in loaders.model_names()]
    return [model for model in found if not isinstance(model, str)] or [explorer]


@st.cache_data(show_spinner=False, max_entries=2)
def _ledger(changed_ns: tuple[int, ...]) -> list[tuple[str, ...]]:
    """The texts of the ledger's rows; the times of the last changes make a new release a new key."""
    return [row.cells() for row in ledger.rows()]


def _changed_ns() -> tuple[int, ...]:
    """When the ledger's files last changed; a folder does when a file is put into it, which writing is."""
    folders = (checkpoint.MODELS, imputation.FOLDER, classifier.PATH.parent)
    return tuple(folder.stat().st_mtime_ns for folder in folders if folder.is_dir())


def _plain(cells: Sequence[str]) -> list[str]:
    """Texts without Markdown's marks of code."""
    return [cell.replace("`", "") for cell in cells]


@st.cache_data(show_spinner=False, max_entries=4)
def _hero(name: str, fingerprint: str) -> tuple[str, str]:

    return hero.html(loaders.explorer(name))


@st.cache_data(show_spinner=False, max_entries=4)
def _glimpses(name: str, fingerprint: str) -> dict[str, str]:
    """Addresses of the cards' pictures, by page; the fingerprint makes a changed model a new key."""
    explorer = loaders.explorer(name)
    drawn = {
        "pages/latent_map.py": cards.latent_map(explorer),
        "pages/z_grid.py": cards.z_grid(explorer),
        "pages/interpolate.py": cards.interpolate(explorer),
        "pages/sliders.py": cards.sliders(explorer),
        "pages/reconstruct.py": cards.reconstruct(explorer),
        "pages/compare.py": cards.compare(_compared(explorer)),
        "pages/generate.py": cards.generate(explorer),
        "pages/impute.py": cards.impute(explorer),
        "pages/labels.py": cards.labels(explorer),
        "pages/inference.py": cards.inference(),
        "pages/how_it_works.py": cards.how_it_works(),
    }
    return {file: html.data_uri(png(image)) for file, image in drawn.items()}
