"""The home page's content: the moving plane, a card for each page, the models' numbers, how to train one.

What needs torch is imported where it is used, so that the heading is drawn before.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from vae.web import frame, loaders, parts

if TYPE_CHECKING:
    from vae.explorer import Explorer

SENTENCES = {
    "pages/latent_map.py": "Where the test images lie, coloured by digit. Click anywhere to decode a place.",
    "pages/z_grid.py": "The plane decoded tile by tile: how each digit turns into its neighbours.",
    "pages/interpolate.py": "From one digit to another, frame by frame, or all 100 pairs at once.",
    "pages/sliders.py": "One slider for each coordinate of z: what every dimension has learnt.",
    "pages/reconstruct.py": "Draw or upload a digit: where it lands, how sure that is, what comes back.",
    "pages/how_it_works.py": "The derivation in eight steps, each beside a figure that moves.",
}
NATS = "nats per image"
HEADER = (
    parts.Fact("Model"),
    parts.Fact("Dimensions", unit="of z"),
    parts.Fact("Likelihood", help="Of the pixels. Nats under different likelihoods cannot be compared."),
    parts.Fact("−ELBO", unit=NATS, help="nll plus KL, lower is better: an upper bound of −log p(x)."),
    parts.Fact(
        "nll", unit=NATS, help="Reconstruction: −log p(x|z), averaged over draws of z from the encoder."
    ),
    parts.Fact(
        "KL",
        unit=NATS,
        help="How far the encoder's q(z|x) is from the prior: what the code tells of the image.",
    ),
    parts.Fact(
        "Active", unit="units", help="Dimensions whose posterior mean varies by more than 0.01 (variance)."
    ),
)


def explorers() -> "list[Explorer]":
    """The models that can be read, the one shown first in front; each that cannot gets its sentence."""
    opened = []
    for name in loaders.model_names():
        found = loaders.open_model(name)
        if isinstance(found, str):
            st.error(found)
        else:
            opened.append(found)
    return sorted(opened, key=lambda explorer: explorer.name != frame.DEFAULT)


def show_plane(explorer: "Explorer") -> None:
    """The plane of a 2-D model with a marker that travels on it, and the digit under the marker."""
    picture, side = frame.columns()
    reserved = picture.empty()
    reserved.html('<div class="vae-plane"></div>')
    plane, digit = _hero(explorer.name, explorer.fingerprint)
    reserved.html(plane)
    with side:
        st.html(digit)
        st.markdown(
            "The digit decoded at the **red marker**, which walks through the plane past all ten classes."
        )
        st.markdown(
            "On the left, each tile is the image decoded at its place. On the right, each point is a test "
            "image, where the encoder puts it. The colour is the digit."
        )


def show_cards(explorer: "Explorer | None") -> None:
    """A card for each page: a glimpse, the link, a sentence."""
    glimpses = _glimpses(explorer.name, explorer.fingerprint) if explorer else {}
    with st.container(key="cards", horizontal=True):
        for file, label in frame.PAGES.items():
            with st.container(key=f"card-{label}", border=True, gap="xsmall"):
                if file in glimpses:
                    st.html(f'<img class="vae-glimpse" alt="" src="{glimpses[file]}">')
                st.page_link(file, label=label)
                st.markdown(SENTENCES[file])


def show_models(opened: "Sequence[Explorer]") -> None:
    """The models' numbers in a table, their cards behind it."""
    st.subheader("Models", anchor=False)
    parts.table(HEADER, [_row(explorer) for explorer in opened])
    for conditions in dict.fromkeys(_conditions(explorer) for explorer in opened):
        st.caption(conditions)
    for explorer in opened:
        if explorer.card:
            with st.expander(f"Model card of {explorer.name}"):
                st.markdown(explorer.card)


def show_ledger() -> None:
    """The source article's numbers beside ours."""
    from vae import ledger

    st.subheader("Beside the source article", anchor=False)
    st.markdown(
        "nll + KL (loss) and nll (reconstruction) on the MNIST test images, nats per image, lower is better. "
        "The recipe is the article's, run by us; below it are our own models."
    )
    st.markdown(ledger.markdown(ledger.rows()))


def show_training() -> None:
    """How to train a model that then appears here."""
    st.subheader("Train your own", anchor=False)
    st.markdown("Any model in `assets/models` appears in the choice at the top of every page.")
    st.code(frame.TRAIN, language="bash", wrap_lines=True)


def _row(explorer: "Explorer") -> list[str]:
    said = explorer.metrics
    nats = [f"{said[key]:.2f}".replace("-", "−") if key in said else "–" for key in ("nll", "kl")]
    loss = f"{-said['elbo']:.2f}".replace("-", "−") if said.get("elbo") is not None else "–"
    kind = explorer.likelihood
    return [explorer.name, str(explorer.latent_dim), kind, loss, *nats, str(said.get("active_units", "–"))]


def _conditions(explorer: "Explorer") -> str:
    """Under which conditions a model's numbers were measured, one sentence."""
    said = explorer.metrics
    return (
        f"Means over the {said.get('images', 0):,} test images of {explorer.dataset}, {explorer.likelihood} "
        f"likelihood on grey pixels, {said.get('samples', 0)} draws of z for each image. Not comparable with "
        "numbers on binarised images."
    )


@st.cache_data(show_spinner=False, max_entries=4)
def _hero(name: str, fingerprint: str) -> tuple[str, str]:
    from vae.web.home import hero

    return hero.html(loaders.explorer(name))


@st.cache_data(show_spinner=False, max_entries=4)
def _glimpses(name: str, fingerprint: str) -> dict[str, str]:
    """Addresses of the cards' pictures, by page; the fingerprint makes a changed model a new key."""
    from vae.animation import png
    from vae.web.home import glimpses

    explorer = loaders.explorer(name)
    drawn = {
        "pages/latent_map.py": glimpses.latent_map(explorer),
        "pages/z_grid.py": glimpses.z_grid(explorer),
        "pages/interpolate.py": glimpses.interpolate(explorer),
        "pages/sliders.py": glimpses.sliders(explorer),
        "pages/reconstruct.py": glimpses.reconstruct(explorer),
        "pages/how_it_works.py": glimpses.how_it_works(),
    }
    return {file: parts.data_uri(png(image)) for file, image in drawn.items()}
