"""The calculator: which beta a loss trains, and which weight trains a beta."""

import math

import streamlit as st

from vae.analysis.doctor.conventions import Convention, Error, Reduction
from vae.explorer import Explorer
from vae.web.kit import address

DIRECTIONS = {"weight": "From the weight to β", "beta": "From β to the weight"}
OVER: dict[Reduction, str] = {"sum": "summed", "mean": "averaged"}
ERRORS: dict[Error, str] = {"nll": "nll, such as cross-entropy", "squares": "squared error"}
LEAST, MOST = 1e-6, 1e6
WORDS = (
    "The ELBO sums an image's nll over all its pixels, and the KL over all dimensions. Public code often "
    "averages one of them and not the other: then its weight of 1 trains another β, and a published β may "
    "mean another one."
)
DIRECTION_HELP = "What you know: the weight that the code multiplies its KL by, or the β that you want."
PIXELS_HELP = "How the loss reduces the reconstruction over all pixels and channels of an image."
DIMS_HELP = "How the loss reduces the KL over the dimensions of z."
IMAGES_HELP = "How the loss reduces the reconstruction over the images of a batch."
KL_IMAGES_HELP = "How the loss reduces the KL over the images of a batch."
ERROR_HELP = "Nats, or a plain squared error: a Gaussian nll times 2 sd², with an sd that one has to name."
SD_HELP = (
    "The sd of a pixel for which squares are to be nats: about the root mean square error that is reached."
)
BATCH_HELP = "Images in a batch. It counts only where one term is averaged over images and the other summed."
SIZE_HELP = "Numbers of an image: height times width times channels. At first those of the model's images."
LATENT_HELP = "Dimensions of z. At first those of the model."


def show(explorer: Explorer) -> None:
    """The choices, and what they come to."""
    st.header("Which β does a loss train?", anchor=False)
    st.markdown(WORDS)
    with st.container(key="doctor-calculator", horizontal=True, vertical_alignment="bottom", gap="medium"):
        direction = address.choose("What is known", "loss_from", DIRECTIONS, "weight", DIRECTION_HELP)
        convention = _convention(explorer)
        known = address.number("loss_weight", 1.0, LEAST, MOST)
        label, words = ("Weight of the KL", "w in the code.") if direction == "weight" else ("β", "Wanted.")
        st.number_input(
            label, LEAST, MOST, None, step=0.1, format="%g", width=150, help=words, **known.widget()
        )
    st.markdown(answer(convention, direction, known.value))
    st.code(
        code(convention, known.value if direction == "weight" else convention.weight(known.value)),
        language=None,  # whose colours are faint
        wrap_lines=True,
    )


def _convention(explorer: Explorer) -> Convention:
    """The choices about the loss."""
    error = address.choose("Error", "loss_error", ERRORS, "nll", ERROR_HELP)
    over_pixels = address.choose("Over pixels", "loss_pixels", OVER, "mean", PIXELS_HELP)
    over_dimensions = address.choose("KL over dimensions", "loss_kl_dims", OVER, "sum", DIMS_HELP)
    images = address.choose("Over images", "loss_images", OVER, "mean", IMAGES_HELP)
    kl_images = address.choose("KL over images", "loss_kl_images", OVER, "mean", KL_IMAGES_HELP)
    size = _number("Numbers of an image", "loss_size", explorer.image_spec.size, 10**8, SIZE_HELP)
    latent_dim = _number("Dimensions of z", "loss_dims", explorer.latent_dim, 10**5, LATENT_HELP)
    batch = 1
    if images != kl_images:
        batch = _number("Images in a batch", "loss_batch", 100, 10**6, BATCH_HELP)
    sd = math.sqrt(0.5)
    if error == "squares":
        chosen = address.number("loss_sd", math.sqrt(0.5), 1e-3, 10.0)
        st.number_input(
            "sd of a pixel",
            1e-3,
            10.0,
            None,
            step=0.05,
            format="%g",
            width=150,
            help=SD_HELP,
            **chosen.widget(),
        )
        sd = chosen.value
    return Convention(size, latent_dim, batch, over_pixels, over_dimensions, images, kl_images, error, sd)


def _number(label: str, name: str, default: int, most: int, help: str) -> int:
    """A whole number from 1, kept in the address."""
    chosen = address.integer(name, default, 1, most)
    st.number_input(label, 1, most, None, step=1, width=150, help=help, **chosen.widget())
    return chosen.value


def answer(convention: Convention, direction: str, known: float) -> str:
    """What the choices come to, in a sentence or two of Markdown."""
    weight = known if direction == "weight" else convention.weight(known)
    beta = convention.beta(known) if direction == "weight" else known
    batch = (
        f" It changes with the size of a batch, here {convention.batch:,}: reduce both alike over images."
        if convention.depends_on_batch
        else ""
    )
    where, scale = "", "the scale of nats"
    if convention.error == "squares":
        sd = (weight * convention.scale * convention.pixel_sd**2) ** 0.5
        scale = f"the scale of nats, a pixel's sd taken as {_short(convention.pixel_sd)}"
        where = f" It is a VAE's loss, β = 1, for pixels with an sd of {_short(sd)}."
    return (
        f"Reconstruction {_reduced(convention)} with weight w = **{weight:.6g}** of the KL is "
        f"**β = {_short(beta)}** on {scale}.{where}{batch}"
    )


def code(convention: Convention, weight: float) -> str:
    """The loss in PyTorch."""
    term = "(x - mean) ** 2" if convention.error == "squares" else "nll"
    kl = "0.5 * (mu**2 + log_var.exp() - 1 - log_var)"
    return (
        f"reconstruction = ({term}){_calls('(1, 2, 3)', convention.over_pixels, convention.images)}\n"
        f"kl = ({kl}){_calls('1', convention.over_dimensions, convention.kl_images)}\n"
        f"loss = reconstruction + {weight:.6g} * kl"
    )


def _calls(axes: str, inner: Reduction, outer: Reduction) -> str:
    return f".{inner}(dim={axes}).{outer}()"


def _reduced(convention: Convention) -> str:
    """How both terms are reduced, in words."""
    if convention.over_pixels == convention.images:
        words = f"{OVER[convention.images]} over pixels and images"
    else:
        words = f"{OVER[convention.over_pixels]} over pixels, {OVER[convention.images]} over images"
    if (convention.over_dimensions, convention.kl_images) == ("sum", "mean"):
        return words
    kl = f"{OVER[convention.over_dimensions]} over dimensions, {OVER[convention.kl_images]} over images"
    return f"{words}, KL {kl},"


def _short(value: float) -> str:
    """Four significant digits, without an exponent where that is short."""
    return (
        f"{value:,.4g}" if 1e-4 <= abs(value) < 1e4 else f"{value:,.0f}" if value >= 1e4 else f"{value:.3g}"
    )
