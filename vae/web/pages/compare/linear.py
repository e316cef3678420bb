"""The linear autoencoder: that it is PCA, how many numbers it needs, that its codes have no scale."""

from typing import Any

import numpy as np
import streamlit as st

from vae.analysis.coding import linear
from vae.analysis.coding.linear import LinearCode
from vae.errors import Unusable
from vae.explorer import Explorer
from vae.figures.theory import coding
from vae.images.dataset import ImageSet
from vae.images.spec import Floats
from vae.latent.embedding import largest_angle
from vae.web.kit import address, datasets, html, loaders, values
from vae.web.kit.words import articles

DATASET = "mnist"  # whose components ship
SHOWN, REACH = 2000, 12.0  # codes in the chart of scales; how far its axes reach
SCALES: tuple[float, ...] = (0.25, 0.5, 1, 2, 4)
POWERS = {2: "x², squared", 1: "|x|, absolute"}
WITHOUT_BAR: dict[str, Any] = {"displayModeBar": False}

PCA_WORDS = (
    "Shown on MNIST. Without hidden layers and with squared error, the best decoder spans the first "
    "principal components (Baldi and Hornik, Neural networks and principal component analysis, 1989). "
    "Gradient descent finds that plane too, but not the axes in it: with any invertible A, codes A z and "
    "decoder U A⁻¹ give the same pictures. On the maps of “{}” and “{}”, which can be chosen above, the "
    "codes are turned and sheared against each other, and the reconstructions are the same."
)
ERROR_HELP = "Mean squared error of a pixel, levels in [0, 1], test images. Lower is better."
SIZE_HELP = "How many numbers the code has: the first so many principal components of the training images."
SCALE_HELP = "The codes are multiplied by c and the decoder's weights divided by it."
POWER_HELP = "The error of a pixel that is measured, here and in the curve by the size of the code."
DIGIT_HELP = "The digit of whose test images one picture is to be made."
SCALE_WORDS = (
    "Codes twice as large and a decoder of half the weights, or the reverse as in (2U, V/2), give the same "
    "picture. So a linear autoencoder's codes have no scale of their own, as they have no axes. The prior "
    "N(0, I) of a VAE gives them one: larger codes cost more KL."
)
POWER_WORDS = (
    "One picture for all of them, the best code of no numbers. The mean has the least squared error: it is "
    "grey wherever the images differ. The median has the least absolute error: each pixel as most images "
    "have it, sharper, and without what is rare."
)


def show(explorer: Explorer) -> None:
    """The section, for models of images like MNIST's."""
    pair = [
        model
        for model in map(loaders.open_model, loaders.favoured("same-plane"))
        if not isinstance(model, str)
    ]
    if len(pair) != 2 or any(model.image_spec != explorer.image_spec for model in pair):
        return
    st.header("A linear autoencoder is PCA", anchor=False)
    st.markdown(articles.linked(PCA_WORDS).format(*(html.plain_markdown(model.title) for model in pair)))
    angle = largest_angle(*(model.networks().decoder[0][0] for model in pair))
    html.facts(
        *(
            html.Fact(f"Error of {model.title}", f"{model.metrics['mse']:.5f}", "per pixel, MSE", ERROR_HELP)
            for model in pair
        ),
        html.Fact("Largest angle between their planes", f"{angle:.2f}", "degrees"),
    )
    items = datasets.images(DATASET)
    if items is not None:
        st.fragment(_figures)(pair[0], items)


def _figures(principal: Explorer, items: ImageSet) -> None:
    """Three small figures that answer to their controls, beside each other where there is room."""
    try:
        code = _code()
    except Unusable as error:
        st.warning(str(error))
        return
    index = values.image(len(items)).value
    power = address.choice("power", tuple(POWERS), 2)
    with st.container(key="linear"):
        with st.container(key="linear-size", gap="xsmall"):
            _show_sizes(code, items.floats(index), index, power.value)
        with st.container(key="linear-scale", gap="xsmall"):
            _show_scale(principal, items.floats(index), index)
        with st.container(key="linear-power", gap="xsmall"):
            _show_powers(items, power)


def _show_sizes(code: LinearCode, image: Floats, index: int, power: int) -> None:
    """The error by the size of the code, and an image after a code of that size."""
    st.markdown("**How many numbers?**")
    size = address.choice("size", code.shown_sizes, 16)
    st.select_slider("Numbers in the code, k", code.shown_sizes, help=SIZE_HELP, **size.widget())
    sizes, errors = code.errors(power)
    quantity = "squared error" if power == 2 else "absolute error"
    figure = coding.error_by_size(sizes[1:], errors[1:], size.value, quantity)
    st.plotly_chart(figure, key="linear-errors", config=WITHOUT_BAR)
    back = code.reconstruct(image, size.value)
    html.pictures((image, f"test image {index}"), (back, f"after {size.value} numbers"), size=112)
    st.caption(
        f"Mean over the test images; without any number, from the mean picture, it is {errors[0]:.4f}. With "
        f"as many numbers as pixels, {len(code.mean)}, nothing is lost and nothing learnt."
    )


def _show_scale(explorer: Explorer, image: Floats, index: int) -> None:
    """Codes and decoder of another scale, and the same picture."""
    st.markdown("**Another scale, the same pictures**")
    scale = address.choice("scale", SCALES, 1)
    st.select_slider(
        "Scale of the codes, c", SCALES, format_func=lambda c: f"{c:g}", help=SCALE_HELP, **scale.widget()
    )
    layer = explorer.networks().decoder[0]
    codes = np.concatenate([explorer.encode(image[None]).mu, explorer.codes("test").mu[:SHOWN]])
    z, weight = linear.scaled(codes, layer[0], scale.value)
    st.plotly_chart(coding.scaled_codes(z[1:], z[0], REACH), key="linear-codes", config=WITHOUT_BAR)
    back = (z[0] @ weight.T + layer[1]).reshape(image.shape).clip(0, 1)
    html.pictures(
        (image, f"test image {index}"),
        (back, f"codes × {scale.value:g}, decoder ÷\u00a0{scale.value:g}"),
        size=112,
    )
    html.facts(
        html.Fact("Spread of the first number", f"{z[1:, 0].std():.2f}", "standard deviation"),
        html.Fact("Length of its weights", f"{np.linalg.norm(weight[:, 0]):.2f}"),
        html.Fact("Error of this picture", f"{linear.error(image[None], back, 2):.4f}", "MSE", ERROR_HELP),
    )
    st.caption(SCALE_WORDS)


def _show_powers(items: ImageSet, power: address.Shared[int]) -> None:
    """What the squared and the absolute error favour: the mean and the median of the images of a digit."""
    st.markdown("**What |x| and x² favour**")
    with st.container(horizontal=True, gap="small"):
        st.segmented_control(
            "Error",
            tuple(POWERS),
            format_func=POWERS.__getitem__,
            required=True,
            help=POWER_HELP,
            **power.widget(),
        )
        digit = address.choice("digit", tuple(range(10)), 4)
        st.selectbox("Digit", range(10), width=90, help=DIGIT_HELP, **digit.widget())
    mean, median, errors = _constants(items, digit.value)
    html.pictures((mean, "mean of each pixel"), (median, "median of each pixel"), size=112)
    label = "Squared error" if power.value == 2 else "Absolute error"
    html.facts(
        *(
            html.Fact(f"{label} of the {name}", f"{found[power.value]:.4f}", "per pixel")
            for name, found in zip(("mean", "median"), errors, strict=True)
        )
    )
    st.caption(POWER_WORDS)


@st.cache_resource(show_spinner=False)
def _code() -> LinearCode:
    return linear.load()


@st.cache_data(show_spinner=False, max_entries=10)
def _constants(_items: ImageSet, digit: int) -> tuple[Floats, Floats, list[dict[int, float]]]:
    """Mean and median of the images of a digit, and the errors of both by their power."""
    assert _items.labels is not None
    images = _items.floats(np.flatnonzero(_items.labels == digit))
    mean, median = (linear.best_constant(images, power) for power in (2, 1))
    errors = [{power: linear.error(images, each, power) for power in POWERS} for each in (mean, median)]
    return mean, median, errors
