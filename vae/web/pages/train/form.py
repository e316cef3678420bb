"""What is to be trained: a data set, a recipe, settings, a name; and the button that starts it."""

from dataclasses import replace
from typing import get_args

import streamlit as st

from vae import home
from vae.errors import Unusable
from vae.images import sets
from vae.images.dataset import Dataset
from vae.jobs import durable
from vae.logbook import folder
from vae.logbook.recipes import HIDDEN, RECIPES, Kind, Network, Settings
from vae.web.kit import address, html
from vae.web.pages.train import costs, shown

FAULT = "train.fault"  # session: why the last start failed, said once
NAME = "train.name"  # session: key of the field
CHANGED = ("kind", "network", "dims", "likelihood", "beta", "epochs", "rate", "train_seed")
NETWORKS: dict[Network, str] = {"mlp": "dense layers", "conv": "convolutions", "residual": "residual"}
KINDS: dict[Kind, str] = {"vae": "VAE", "autoencoder": "autoencoder"}

DATA_HELP = "What it learns from. Your own sets of images are here, too: add them on Your images."
RECIPE_HELP = "Settings that work. The time is for this machine, from a measured first second."
NETWORK_HELP = "Of encoder and decoder. Convolutions learn shapes better and take many times as long."
KIND_HELP = "An autoencoder's codes are points: it has no KL, and its latent space no order."
DIMS_HELP = "Numbers in a code. Two make a map; twenty give clearer images."
LIKELIHOOD_HELP = "Bernoulli for grey levels as on MNIST; Gaussian, with a learnt variance, for photographs."
BETA_HELP = "Weight of the KL in the loss. Below 1 images get sharper and the prior fits worse."
EPOCHS_HELP = "Passes over all training images."
RATE_HELP = "Peak of the learning rate. Lower it where a training ends with numbers that are not finite."
SEED_HELP = "Of all random numbers: the same seed gives the same model."
NAME_HELP = f"Of the model, in menus and addresses: {home.RULE}."
TRAIN_HELP = "Starts it beside the page, at low priority. If another one trains, it waits for its turn."


def show() -> None:
    """The row of controls."""
    names = [name for name in sets.names() if sets.available(name, "train")]
    row = st.container(key="controls-train", horizontal=True, vertical_alignment="bottom", gap="medium")
    with row:
        followed = folder.Logbook(shown.chosen(folder.names())).setting("--dataset")
        chosen = address.choice("data", names, followed if followed in names else names[0])
        st.selectbox("Data set", names, width=190, help=DATA_HELP, **chosen.widget())
    try:
        dataset, count = sets.dataset(chosen.value), costs.counts(chosen.value)[0]
    except Unusable as error:
        st.error(str(error))
        return
    known = costs.rates()
    with row:
        settings = _settings(dataset, count, known)
        st.button(
            "Train",
            type="primary",
            help=TRAIN_HELP,
            on_click=_start,
            args=(dataset, settings, count),
            key="train-start",
        )
    if fault := st.session_state.pop(FAULT, ""):
        st.error(html.plain_markdown(fault))
    every = [*(recipe.of(count) for recipe in RECIPES.values()), settings]
    wanted = [each for each in every if costs.seconds(each, dataset, known) is None]
    with row, st.container(key="train-cost"):
        if wanted:
            costs.measure(dataset, wanted)
        else:
            st.caption(_sentence(settings, dataset, count, known))


def _settings(dataset: Dataset, count: int, known: dict[str, float]) -> Settings:
    """The recipe that is chosen, and what is changed of it."""
    recipe = address.choice("recipe", tuple(RECIPES), "map")

    def named(name: str) -> str:
        cost = costs.words(RECIPES[name].of(count), dataset, known)
        return RECIPES[name].title + (f" · {cost.removeprefix('about ')}" if cost else "")

    st.segmented_control(
        "Recipe",
        tuple(RECIPES),
        format_func=named,
        required=True,
        help=RECIPE_HELP,
        **recipe.widget() | {"on_change": address.then_forget(recipe.commit, *CHANGED)},
    )
    usual = RECIPES[recipe.value].of(count)
    with st.popover("Settings", key="train-settings"):
        settings = _changed(usual)
        st.text_input(
            "Name",
            key=NAME,
            placeholder=wish(dataset, settings),
            help=NAME_HELP,
            max_chars=home.LONGEST,
        )
        if answer := _answer(st.session_state.get(NAME, "")):
            st.caption(html.plain_markdown(answer))
    return settings


def _changed(usual: Settings) -> Settings:
    """The settings with what the address says instead; their widgets."""
    left, right = st.columns(2)
    with left:
        kind = address.choice("kind", get_args(Kind), usual.kind)
        st.selectbox("Model", get_args(Kind), format_func=KINDS.__getitem__, help=KIND_HELP, **kind.widget())
        network = address.choice("network", get_args(Network), usual.network)
        st.selectbox(
            "Networks",
            get_args(Network),
            format_func=NETWORKS.__getitem__,
            help=NETWORK_HELP,
            **network.widget(),
        )
        dims = address.integer("dims", usual.latent_dim, 1, 128)
        st.number_input("latent_dim", 1, 128, None, help=DIMS_HELP, **dims.widget())
        likelihood = address.choice("likelihood", ("bernoulli", "gaussian"), usual.likelihood)
        st.selectbox("Likelihood", ("bernoulli", "gaussian"), help=LIKELIHOOD_HELP, **likelihood.widget())
    with right:
        beta = address.number("beta", usual.beta, 0.0, 1000.0)
        st.number_input("beta", 0.0, 1000.0, None, format="%g", step=0.1, help=BETA_HELP, **beta.widget())
        epochs = address.integer("epochs", usual.epochs, 1, 10_000)
        st.number_input("Epochs", 1, 10_000, None, help=EPOCHS_HELP, **epochs.widget())
        rate = address.number("rate", usual.lr, 1e-6, 1.0)
        st.number_input(
            "Learning rate", 1e-6, 1.0, None, format="%g", step=1e-4, help=RATE_HELP, **rate.widget()
        )
        seed = address.integer("train_seed", usual.seed, 0, 9999)
        st.number_input("Seed", 0, 9999, None, help=SEED_HELP, **seed.widget())
    return replace(
        usual,
        kind=kind.value,
        network=network.value,
        hidden=usual.hidden if network.value == usual.network else HIDDEN[network.value],
        latent_dim=dims.value,
        likelihood=likelihood.value,
        beta=beta.value,
        epochs=epochs.value,
        lr=rate.value,
        seed=seed.value,
    )


def wish(dataset: Dataset, settings: Settings) -> str:
    """A name for the model that nobody has."""
    kind = "ae" if settings.kind == "autoencoder" else "vae"
    return folder.free_name(f"{dataset.name[:40]}-{kind}-{settings.latent_dim}d-mine")


def _answer(typed: str) -> str:
    """What is to be said of a name before it is used."""
    name = home.proper(typed)
    if typed.strip() and not name:
        return f"It cannot be a name, which has {home.RULE}."
    if name and (free := folder.free_name(name)) != name:
        return f"There already is a training or a model called {name}; {free} is free."
    return "" if name == typed.strip() else f"It will be called {name}."


def _start(dataset: Dataset, settings: Settings, count: int) -> None:
    """Begin a training, and show it."""
    try:
        typed = st.session_state.get(NAME, "").strip()
        name = home.proper(typed) or typed or wish(dataset, settings)
        book = durable.begin(name, settings.words(dataset.name, count))
    except (Unusable, OSError) as error:
        st.session_state[FAULT] = str(error)
        return
    st.session_state[NAME] = ""
    address.choice("run", folder.names(), "").set(book.name)


def _sentence(settings: Settings, dataset: Dataset, count: int, known: dict[str, float]) -> str:
    """What the training will be, and its cost."""
    cost = costs.words(settings, dataset, known)
    epochs = f"{settings.epochs} epoch{'s' * (settings.epochs > 1)}"
    return (
        f"{cost.capitalize()}: {epochs} of {count:,} images, {dataset.image_spec.words}, "
        f"{settings.latent_dim}-D."
    )
