"""The sample that is pinned, large: its mean beside a true draw of its pixels, its z, what it reads as."""

from collections.abc import Sequence

import streamlit as st

from vae.analysis.noise import Samples
from vae.explorer import Explorer
from vae.web.kit import html, navigation
from vae.web.pages.generate.controls import View
from vae.web.selection import inspector

LARGE, SMALL = 252, 148  # CSS pixels, about: of one model's pictures, of two models'
MAP_HELP = "The latent map with this z marked, where it can be moved."
NO_PLACE_HELP = (
    "The map of this model's codes, with this z decoded beside it. A z of so many dimensions that is no test "
    "image's code has no place on the map itself."
)


def show(view: View, samples: Sequence[Samples], pin: int) -> None:
    """The pinned sample of each model."""
    explorer, found = view.models[0], samples[0]
    if pin >= len(found.means):
        return
    st.header(f"Sample {pin + 1}", anchor=False)
    size = explorer.image_spec.css_width(LARGE if len(samples) == 1 else SMALL)
    for model, each in zip(view.models, samples, strict=True):
        if len(samples) > 1:
            st.markdown(f"**{html.plain_markdown(model.title)}**")
        if pin < len(each.means):
            _show_pictures(each, pin, size)
            st.caption(draw_words(model, each))
    inspector.show_numbers(explorer, found.drawn.z[pin])
    st.page_link(
        "pages/latent_map.py",
        label="Open on the map",
        query_params={"z": ",".join(f"{value:.4g}" for value in found.drawn.z[pin].tolist())},
        help=MAP_HELP if explorer.latent_dim <= 3 else NO_PLACE_HELP,
    )
    if said := words(view):
        st.caption(said)


def _show_pictures(samples: Samples, pin: int, size: int) -> None:
    shown = [(samples.means[pin], "mean E[x|z]: what to expect of each pixel")]
    if samples.draws is not None:
        shown.append((samples.draws[pin], "true draw x ~ p(x|z): each pixel by chance"))
    html.pictures(*shown, size=size)


def likelihood_words(explorer: Explorer) -> str:
    """The distribution of the model's pixels, and the loss that it was trained with where that is known."""
    likelihood, config = explorer.likelihood, explorer.config
    if likelihood is None:
        return "no likelihood"
    if likelihood.pixel_sd is None:
        return "cross-entropy, Bernoulli pixels"
    sd = f"sd {likelihood.pixel_sd:.2f}"
    if config is None:
        return f"Gaussian pixels, {sd}"
    if config.learns_pixel_variance:
        return f"Gaussian pixels, learnt {sd}"
    return f"squared error (MSE), Gaussian pixels, fixed {sd}"


def draw_words(explorer: Explorer, samples: Samples) -> str:
    """What a true draw of x is for this model."""
    likelihood = explorer.likelihood
    if likelihood is None:
        return (
            "This model has no likelihood p(x|z), so there are means only, and no draws of pixels. "
            f"{navigation.SAY_LIKELIHOOD}"
        )
    said = likelihood_words(explorer)
    begin = f"{said[0].upper()}{said[1:]}: "
    if likelihood.pixel_sd is None:
        if explorer.image_spec.channels == 1:
            return (
                f"{begin}each pixel is black or white, by chance, with the mean as its probability of white."
            )
        return f"{begin}each channel of a pixel is 0 or 1, by chance, with the mean as its probability of 1."
    return (
        f"{begin}the mean plus noise of sd {likelihood.pixel_sd:.2f} on each pixel; "
        f"{samples.cut or 0:.0%} of the pixels fell outside [0, 1] and are cut to be shown."
    )


def words(view: View) -> str:
    """Whether the sheets share their codes, and what there is to know of models with less than a VAE has."""
    said = []
    if len(view.models) == 2:
        said.append(_shared(*view.models, is_of_class=view.wanted is not None))
    for model in view.models:
        if not model.can("posterior"):
            name = html.plain_markdown(model.title)
            said.append(f"{name} is an autoencoder: it has no prior, and its codes need not follow N(0, I).")
    return " ".join(said)


def _shared(one: Explorer, other: Explorer, is_of_class: bool) -> str:
    if is_of_class:
        return "Each model keeps the draws that its own codes' neighbours choose, so their z differ."
    if one.latent_dim == other.latent_dim:
        return "Both sheets decode the same codes z, each at the same place."
    return "The two models have different numbers of dimensions, so their codes differ."
