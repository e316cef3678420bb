"""New images: codes drawn from the prior, decoded, as means and as true draws of pixels, for two models."""

from functools import partial

import numpy as np
import streamlit as st

from vae.analysis.samples import Samples, Settings
from vae.explorer import Explorer
from vae.images import export
from vae.web.kit import address, frame, html, loaders
from vae.web.kit.samples import kept

NONE = "none"
BESIDE = ("mnist-mse-vae-2d", "mnist-vae-2d")  # shown beside at first: the first one that is another model
SIDES = (8, 12, 16, 24)
LAST_SEED = 9999

BESIDE_HELP = (
    "A second model. Where it has as many dimensions, both decode the same z. Try an autoencoder: nothing "
    "made its codes follow the prior, so what does it make of such a z?"
)
SIDE_HELP = "Images per side of each sheet."
TEMPERATURE_HELP = (
    "z is drawn from N(0, T² I). At T = 1 that is the prior; below, the images are more typical and less "
    "varied; at 0 they are all the same; above 1 they come from where few codes lie."
)
SEED_HELP = "The same seed gives the same images, here and on any machine."


def show(explorer: Explorer) -> None:
    """The controls and the sheets of one model or two."""
    settings, beside = _choose(explorer)
    models = [explorer, *([beside] if beside else [])]
    with st.container(key="samples"):
        for model in models:
            _show_model(model, settings)
    st.caption(_words(models))


def likelihood_words(explorer: Explorer) -> str:
    """The loss that the model was trained with and the distribution of its pixels."""
    if explorer.likelihood == "bernoulli":
        return "cross-entropy, Bernoulli pixels"
    if explorer.config.learns_pixel_variance:
        return f"Gaussian pixels, learnt sd {explorer.pixel_sd:.2f}"
    return f"squared error (MSE), Gaussian pixels, fixed sd {explorer.pixel_sd:.2f}"


def draw_words(explorer: Explorer, samples: Samples) -> str:
    """What a true draw of x is for this model."""
    if explorer.pixel_sd is None:
        return "Each pixel is black or white, by chance, with the mean as its probability of white."
    return (
        f"The mean plus noise of sd {explorer.pixel_sd:.2f} on each pixel; "
        f"{samples.cut:.0%} of the pixels fell outside [0, 1] and are cut to be shown."
    )


def _choose(explorer: Explorer) -> tuple[Settings, Explorer | None]:
    """The controls above the sheets."""
    side = address.choice("samples", SIDES, SIDES[0])
    temperature = address.number("temperature", 1.0, 0.0, 2.0)
    seed = address.integer("seed", 0, 0, LAST_SEED)
    with frame.controls(lines=4):
        beside = _choose_beside(explorer)
        st.segmented_control(
            "Images",
            SIDES,
            format_func=lambda count: f"{count} × {count}",
            required=True,
            help=SIDE_HELP,
            **side.widget(),
        )
        st.slider(
            "Temperature T",
            0.0,
            2.0,
            step=0.05,
            format="%.2f",
            width=190,
            help=TEMPERATURE_HELP,
            **temperature.widget(),
        )
        st.number_input("Seed", 0, LAST_SEED, width=120, help=SEED_HELP, **seed.widget())
        st.button(
            "Draw again",
            help="Other codes and other pixels: the next seed.",
            on_click=lambda: seed.set((seed.value + 1) % (LAST_SEED + 1)),
        )
    return Settings(side.value, temperature.value, seed.value), beside


def _choose_beside(explorer: Explorer) -> Explorer | None:
    """The model shown beside the page's own, None for none; one that cannot be used is said to be so."""
    others = tuple(name for name in loaders.model_names() if name != explorer.name)
    default = next((name for name in BESIDE if name in others), NONE)
    beside = address.choice("beside", (NONE, *others), default, model_bound=True)
    st.selectbox("Beside it", (NONE, *others), width=210, help=BESIDE_HELP, **beside.widget())
    if beside.value == NONE:
        return None
    found = loaders.open_model(beside.value)
    if isinstance(found, str):
        st.warning(found)
        return None
    return found


def _show_model(explorer: Explorer, settings: Settings) -> None:
    """The sheet of means and the sheet of draws, each with its heading and its file."""
    samples = kept(explorer.fingerprint, settings, explorer)
    with st.container(key=f"model-{explorer.name}", gap="xsmall"):
        st.markdown(f"**{explorer.name}** · {likelihood_words(explorer)}")
        with st.container(key=f"pair-{explorer.name}"):
            means = "The decoder mean: the expected grey level of each pixel, not a draw."
            _show_sheet(explorer, settings, "E[x|z]", "mean", samples.means, means)
            draws = draw_words(explorer, samples)
            _show_sheet(explorer, settings, "x ~ p(x|z), a true draw", "draw", samples.draws, draws)


def _show_sheet(
    explorer: Explorer, settings: Settings, title: str, kind: str, sheet: np.ndarray, words: str
) -> None:
    with st.container(key=f"sheet-{kind}-{explorer.name}", gap="xsmall"):
        html.sheet(sheet, f"{title}. {words}")
        st.download_button(
            f"Download PNG, {len(sheet)} × {len(sheet)} pixels",
            partial(_png, sheet),
            f"samples-{explorer.name}-{kind}-T{settings.temperature:g}-seed{settings.seed}.png",
            "image/png",
            key=f"download-{kind}-{explorer.name}",
            on_click="ignore",
            help="The images alone, in shades of grey.",
        )


def _png(sheet: np.ndarray) -> bytes:

    return export.png(sheet)


def _words(models: list[Explorer]) -> str:
    """Whether the sheets share their codes, and what there is to know about autoencoders."""
    said = []
    if len(models) == 2:
        same = models[0].latent_dim == models[1].latent_dim
        said.append(
            "All sheets decode the same codes z, each at the same place."
            if same
            else "The two models have different numbers of dimensions, so their codes differ."
        )
    said += [
        f"{model.name} is an autoencoder: it has no prior, and its codes need not follow N(0, I)."
        for model in models
        if not model.has_posterior
    ]
    return " ".join(said)
