"""How an autoencoder and a VAE of the same network learn few images by heart."""

from typing import Any

import numpy as np
import streamlit as st

from vae.analysis.studies import study
from vae.analysis.studies.study import Study
from vae.errors import Unusable
from vae.explorer import Explorer
from vae.figures.theory import coding
from vae.figures.theory.coding import Training
from vae.images import export
from vae.images.dataset import MNIST_SPEC
from vae.web.kit import html

NAMES = {"autoencoder": "autoencoder, nll", "vae": "VAE, −ELBO"}
WIDTH = 420  # CSS pixels of the sheet's column


def show(explorer: Explorer) -> None:
    """The section, for models of images like MNIST's."""
    if explorer.image_spec != MNIST_SPEC:
        return
    st.header("Learnt by heart", anchor=False)
    try:
        found = _study()
    except Unusable as error:
        st.warning(str(error))
        return
    said = found.said
    trainings = [_training(name, said["curves"][kind]) for kind, name in NAMES.items()]
    row = st.container(horizontal=True, key="overfitting", gap="large")
    with row.container():
        figure = coding.overfitting(said["epochs"], trainings)
        st.plotly_chart(figure, key="compare-overfitting", config={"displayModeBar": False})
    with row.container(width=WIDTH):
        st.markdown(_words(said, trainings))
        sheet = export.tile(np.stack([found.images(key) for key in ("original", *NAMES)]))
        html.sheet(sheet, "Test images; after the last epoch from the autoencoder; and from the VAE.")


def _words(said: dict[str, Any], trainings: list[Training]) -> str:
    """What the curves show, with their numbers."""
    plain, vae = (_rise(said["epochs"], training) for training in trainings)
    return (
        f"The same network of {' and '.join(map(str, said['hidden']))} units and {said['latent_dim']} "
        f"dimensions learns only {said['images']:,} images of MNIST, again and again. Both come to know "
        f"them by heart: the loss on other images is lowest after {plain[0]} epochs for the autoencoder and "
        f"{vae[0]} for the VAE, and then grows by {plain[1]:.0f} and {vae[1]:.0f} nats, while that of the "
        "images learnt keeps falling. The noise in a VAE's code and the price of its KL hold it back; they "
        "do not prevent it. "
        f"(`{said['command']}`, seed {said['seed']}; {said['tested']:,} test images.)"
    )


def _rise(epochs: list[int], training: Training) -> tuple[int, float]:
    """The epoch of the lowest test loss, and how much higher it is at the end, nats per image."""
    test = list(training.test)
    lowest = min(test)
    return epochs[test.index(lowest)], test[-1] - lowest


def _training(name: str, curve: list[dict[str, float]]) -> Training:
    """nll + KL after each of the epochs, on both kinds of images."""
    return Training(
        name,
        [each["nll"] + each["kl"] for each in curve],
        [each["test_nll"] + each["test_kl"] for each in curve],
    )


@st.cache_resource(show_spinner=False)
def _study() -> Study:
    return study.read("overfitting")
