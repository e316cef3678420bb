"""What several models make of the same noise, and what a classifier reads in it."""

import streamlit as st

from vae.analysis import classifier, noise
from vae.analysis.noise import Reading, Settings
from vae.errors import Unusable
from vae.explorer import Explorer
from vae.images.dataset import Dataset
from vae.images.names import apart
from vae.web.kit import datasets, html
from vae.web.selection.samples import kept

SIDE = 6  # images per side of a sheet
WORDS = (
    "A VAE's loss pulls the codes of all images together towards the prior N(0, I), so that noise from the "
    "prior falls among them, and most of it decodes to something like the data. That does not make each "
    "class come as often as in the data: compare the rarest with the most frequent. An autoencoder's "
    "loss does not ask even that much: scaled to mean 0 and variance 1, as here, its codes are still not "
    "spread like noise, and some classes hardly ever come."
)
SHARE_HELP = f"Share of {noise.DRAWS:,} draws of noise, seed 0, in which a small classifier finds this class."
KL_HELP = "KL divergence of the classes' shares from equal ones, nats: 0 if each comes as often."
UNSURE_HELP = (
    f"Share of the {noise.DRAWS:,} pictures in which the classifier gives no class a probability of "
    f"{noise.SURE:g} or more: between the classes, or like none. They count for the likeliest class."
)


def show(models: list[Explorer]) -> None:
    """A sheet of decoded noise for each model, and how often each class comes."""
    st.header("Noise N(0, I), decoded", anchor=False)
    st.markdown(WORDS)
    with st.container(key="noise"):
        for model in models:
            with st.container(key=f"noise-{model.name}", gap="xsmall"):
                samples = kept(model.fingerprint, Settings(SIDE, 1.0, seed=0), model)
                html.sheet(
                    noise.sheet(samples.means, SIDE),
                    f"{model.title}: decoder means of {SIDE**2} draws of z, seed 0",
                )
                html.facts(*_classes_found(model))
    for dataset in {model.dataset.name: model.dataset for model in models}.values():
        _show_reference(dataset)


def _classes_found(explorer: Explorer) -> list[html.Fact]:
    """Which classes are found in decoded noise, nothing where no classifier knows the model's images."""
    try:
        found = _reading(explorer.fingerprint, explorer)
    except Unusable as error:
        st.warning(str(error))
        return []
    if found is None:
        return []
    noun, names, shares = explorer.dataset.noun, explorer.class_names or (), found.shares
    rarest, commonest = int(shares.argmin()), int(shares.argmax())
    return [
        html.Fact(f"Rarest {noun}", f"{apart(names[rarest])}: {100 * shares[rarest]:.1f}", "%", SHARE_HELP),
        html.Fact(
            f"Most frequent {noun}",
            f"{apart(names[commonest])}: {100 * shares[commonest]:.1f}",
            "%",
            SHARE_HELP,
        ),
        html.Fact("KL from uniform", f"{noise.kl_from_uniform(shares):.3f}", "nats", KL_HELP),
        html.Fact("Read with doubt", f"{100 * found.unsure:.1f}", "%", UNSURE_HELP),
    ]


def _show_reference(dataset: Dataset) -> None:
    """What perfect samples of a data set would give."""
    found = _reading_of_images(dataset.name)
    if found is not None:
        chance = noise.chance_kl(noise.DRAWS, len(found.shares))
        st.caption(
            f"Perfect samples, each class as often as any other, would by chance have a KL of {chance:.3f} "
            f"nats. Of the test images of {html.plain_markdown(dataset.name)} the classifier reads "
            f"{100 * found.unsure:.1f} % with doubt."
        )


@st.cache_data(show_spinner=False, max_entries=16)
def _reading(fingerprint: str, _explorer: Explorer) -> Reading | None:
    found = classifier.load(_explorer.dataset.name)
    return None if found is None else noise.read_noise(_explorer, found)


@st.cache_data(show_spinner=False, max_entries=4)
def _reading_of_images(dataset: str) -> Reading | None:
    """Of the first test images, as many as there are draws; None without a classifier or images."""
    try:
        found, items = classifier.load(dataset), datasets.images(dataset)
    except Unusable:  # which is said beside the models
        return None
    if found is None or items is None:
        return None
    return noise.read(items.floats(slice(noise.DRAWS)), found)
