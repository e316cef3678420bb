"""One image in the latent spaces of several models: where it lies, what comes back, and at what cost.

The maps show the first test images only, so that several can be drawn at once.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st

from vae import figures
from vae.analysis import classifier
from vae.analysis.ledger import CLOSED, DESCENDED
from vae.analysis.reconstruction import nats
from vae.analysis.samples import Settings
from vae.explorer import Explorer
from vae.figures import Drawing
from vae.images.sets import NAMES
from vae.latent import neighbours, paths
from vae.model.checkpoint import CheckpointError
from vae.web.kit import address, datasets, frame, html, loaders, model_table
from vae.web.kit.samples import kept
from vae.web.live import clicks
from vae.web.selection import input_image

MOST, POINTS = 4, 2500  # models beside each other; test images on each map
HEIGHT = 300  # CSS pixels of a map
SIZE = 118  # of an image
SIDE = 6  # images per side of a sheet of noise
MARGIN = {"l": 26, "r": 4, "t": 4, "b": 22}

MODELS_HELP = "The models to compare, four at most: those of two dimensions, and those whose t-SNE map ships."
IMAGES_HELP = (
    "The data set that the image comes from. A model knows the images that it has learnt from: give it "
    "others, or your own picture."
)
MSE_HELP = "Mean squared error of a pixel, grey levels in [0, 1]. Lower is better, comparable for all models."
NLL_HELP = (
    "−log p(x|z), mean over 10 draws of z, nats. Comparable between models with the same likelihood only."
)
ELBO_HELP = (
    "Evidence lower bound on log p(x), mean over 10 draws of z, nats, higher is better. An autoencoder has "
    "none: no q(z|x), no KL."
)
NOISE_WORDS = (
    "A VAE's loss pulls the codes of all images together towards the prior N(0, I), so that noise from the "
    "prior decodes to all that is in the data, each class as often as there. Nothing does so in an "
    "autoencoder: scaled to mean 0 and variance 1, as here, its codes still lie otherwise than noise, and "
    "some digits hardly ever come."
)
LINEAR_WORDS = (
    "Without hidden layers and with squared error, the best decoder spans the first principal components "
    "(Baldi and Hornik, 1989). Gradient descent finds that plane too, but not the axes in it: with any "
    "invertible A, codes A z and decoder U A⁻¹ give the same pictures."
)
ON_THE_MAPS = (
    " On the maps above their codes are turned and sheared against each other, and their reconstructions are "
    "the same."
)
TO_THE_MAPS = " Choose {} and {} above to see it on their maps."
DRAWS = 2000  # of noise, to count the digits
SHARE_HELP = (
    "Share of 2,000 draws of noise, seed 0, on which a small classifier reads this digit. "
    "The data have about 10 % of each."
)
UNEVEN_HELP = "KL divergence of the ten digits' shares from equal ones, nats: 0 if each comes as often."


@dataclass(frozen=True)
class Standing:
    """What a model makes of one image."""

    mu: np.ndarray  # (D,)
    reconstruction: np.ndarray  # (28, 28)
    mse: float | None  # per pixel; None where the image itself is not here
    nll: float  # nats
    elbo: float | None  # nats; None for an autoencoder


def show(explorer: Explorer) -> None:
    """Everything below the heading."""
    with frame.controls():
        models = _choose_models(explorer)
        _follow_clicks(models)
        dataset = _choose_dataset(explorer)
    if models:
        _show_compared(explorer, models, dataset)
    else:
        st.info(f"No model is chosen. Choose one to {MOST} above to see the image in each.")
    st.subheader("All models", anchor=False)
    model_table.show(loaders.described())
    _show_linear(models)


def _show_compared(explorer: Explorer, models: list[Explorer], dataset: str) -> None:
    """The chosen models side by side: one image in each, and the same noise."""
    is_test_image = _show_image(explorer, models, dataset)
    if is_test_image is not None:
        _explain(is_test_image)
    _show_noise(models)


def _explain(is_test_image: bool) -> None:
    """What the maps show, and what models make of images of another kind."""
    with st.container(key="compared-words"):
        st.caption(
            f"z₁ across and z₂ upward, in prior standard deviations; the first {POINTS:,} test images, with "
            "each class's number where its codes are densest. Click a point to follow that image."
        )
        if not is_test_image:
            st.info(
                "The models have learnt from other images than this one. Each puts it among those that it "
                "knows and gives back what comes nearest to it there."
            )


def _show_image(explorer: Explorer, models: list[Explorer], dataset: str) -> bool | None:
    """Choose an image and show it in every model; whether it is of the data set that they have learnt.

    None if there is no image yet.

    The shipped codes say where a test image of that set lies, what comes back and at what cost, even if the
    image itself is not here.
    """
    name, _ = datasets.examples(dataset)
    is_example = address.choice("source", tuple(input_image.KINDS), "example").value == "example"
    if is_example and name != dataset == explorer.dataset:
        index = input_image.choose_number(len(places(explorer)))
        pixels, is_test_image = None, True
        standings = [recall(model, index) for model in models]
    else:
        followed = input_image.choose(explorer, None, dataset=dataset)
        if followed is None:
            return None
        pixels, is_test_image = followed.pixels, followed.given.prepared is None and name == explorer.dataset
        standings = [stand(model, pixels, followed.given.index) for model in models]
        if is_example and name != dataset:
            st.info(
                f"The images of {dataset} are not on this machine; `python -m vae.data {dataset}` fetches "
                f"them. Shown instead: {name}."
            )
    with st.container(key=f"models-{len(models)}"):
        for model, standing in zip(models, standings, strict=True):
            _show_model(model, standing, pixels)
    return is_test_image


def stand(explorer: Explorer, pixels: np.ndarray, index: int | None = None) -> Standing:
    """What the model makes of an image (28, 28) in [0, 1]; `index` as for `passage.nats`."""
    mu = explorer.encode(pixels[None])[0]
    decoded = explorer.decode(mu)[0]
    nll, kl = nats(explorer, pixels, index)
    mse = float(np.square(decoded - pixels, dtype=np.float64).mean())
    return Standing(mu[0], decoded, mse, nll, -(nll + kl) if explorer.has_posterior else None)


def recall(explorer: Explorer, index: int) -> Standing:
    """What the model has made of a test image, from its shipped codes."""
    codes = explorer.codes("test")
    mu = codes.mu[index]
    elbo = float(codes.elbo[index]) if explorer.has_posterior else None
    return Standing(mu, explorer.decode(mu[None])[0], None, float(codes.nll[index]), elbo)


def places(explorer: Explorer) -> np.ndarray:
    """Where the test images lie on the model's map, (N, 2)."""
    return explorer.codes("test").mu if explorer.latent_dim == 2 else explorer.embedding(2)


def place_of(explorer: Explorer, mu: np.ndarray) -> np.ndarray:
    """Where a code (D,) lies on the model's map, (2,); on a t-SNE map at the nearest test image."""
    if explorer.latent_dim == 2:
        return mu

    return places(explorer)[neighbours.closest(explorer.codes("test").mu, mu[None])[0]]


def _choose_models(explorer: Explorer) -> list[Explorer]:
    """The models beside each other; at first the standard ones that are here and the page's own."""
    able = [
        name
        for name, said in loaders.described().items()
        if said.dataset == explorer.dataset and loaders.has_map(name, said)
    ]
    standard = [name for name in loaders.STANDARD if name in able]
    if explorer.name not in standard and explorer.name in able:
        standard = [*standard[: MOST - 1], explorer.name]

    def read(text: str) -> tuple[str, ...]:
        names = tuple(dict.fromkeys(filter(None, text.split(","))))
        if not (len(names) <= MOST and set(names) <= set(able)):
            raise ValueError(f"at most {MOST} of {', '.join(able)}, with commas between")
        return names

    chosen = address.Shared("models", tuple(standard), read, ",".join, model_bound=True).look_up()
    st.multiselect(
        "Models",
        able,
        max_selections=MOST,
        help=MODELS_HELP,
        **chosen.widget(),
    )
    found = [loaders.open_model(name) for name in chosen.value]
    for reason in (each for each in found if isinstance(each, str)):
        st.error(reason)
    return [model for model in found if not isinstance(model, str)]


def _choose_dataset(explorer: Explorer) -> str:

    dataset = _dataset(explorer)
    st.selectbox("Images of", NAMES, width=190, help=IMAGES_HELP, **dataset.widget())
    return dataset.value


def _dataset(explorer: Explorer) -> address.Shared[str]:
    """The data set of the images: at first the model's own if it is here, else one that is."""
    return address.choice("images", NAMES, datasets.examples(explorer.dataset)[0])


def _follow_clicks(models: list[Explorer]) -> None:
    """After a click on one of the maps, follow the test image nearest to it on that map."""
    for model in models:
        click = clicks.take(_key(model))
        if click is not None and click.index is not None:
            address.choice("source", tuple(input_image.KINDS), "example").set("example")
            _dataset(model).set(model.dataset)
            address.integer("image", 0, 0, len(places(model)) - 1).set(click.index)


def _key(explorer: Explorer) -> str:
    return f"compare-{explorer.name}"


def _show_model(explorer: Explorer, standing: Standing, pixels: np.ndarray | None) -> None:
    """A model's map with the image marked on it, what comes back, and the numbers."""
    key = _key(explorer)
    with st.container(key=f"compared-{explorer.name}", gap="xsmall"):
        dims = "" if explorer.latent_dim == 2 else f", {explorer.latent_dim}-D, t-SNE map"
        st.markdown(f"**{explorer.name}** · {model_table.KINDS[explorer.config.kind]}{dims}")
        place = place_of(explorer, standing.mu)
        fig = figures.include(_map(explorer.fingerprint, explorer), place[None])
        st.plotly_chart(fig, key=key, config=figures.CONFIG)
        clicks.mark(key, place)
        if pixels is None:
            html.pictures((standing.reconstruction, "reconstruction (the original is not here)"), size=SIZE)
        else:
            html.pictures((pixels, "image"), (standing.reconstruction, "reconstruction"), size=SIZE)
        mse = ("unknown", "") if standing.mse is None else (f"{standing.mse:.4f}", "per pixel")
        elbo = ("none", "") if standing.elbo is None else (_signed(standing.elbo), "nats")
        html.facts(
            html.Fact("Error (MSE)", *mse, MSE_HELP),
            html.Fact(f"nll, {explorer.likelihood}", _signed(standing.nll), "nats", NLL_HELP),
            html.Fact("ELBO", *elbo, ELBO_HELP),
        )


def _signed(value: float) -> str:
    return f"{value:.1f}".replace("-", "−")


@st.cache_resource(show_spinner=False, max_entries=16)
def _map(fingerprint: str, _explorer: Explorer) -> Drawing:
    """The first test images' places; shared by all sessions."""
    names = input_image.class_names(_explorer.dataset)
    shown, labels = places(_explorer)[:POINTS], _explorer.codes("test").labels[:POINTS]
    is_plane = _explorer.latent_dim == 2
    peaks = paths.class_peaks(places(_explorer), _explorer.codes("test").labels)
    scatter = partial(figures.latent_scatter, clickable=False) if is_plane else figures.embedding_scatter
    fig = scatter(shown, labels, peaks, names, height=HEIGHT, uirevision=fingerprint)
    fig.update_traces(marker={"size": 4}, selector={"mode": "markers"})
    fig.update_traces(marker={"size": 15}, textfont={"size": 10}, selector={"mode": "markers+text"})
    fig.update_xaxes(title={"text": ""}).update_yaxes(title={"text": ""})
    return fig.update_layout(showlegend=False, margin=MARGIN if is_plane else dict.fromkeys("lrtb", 4))


def _show_linear(models: list[Explorer]) -> None:
    """That a linear autoencoder, trained by gradient descent, ends at the principal components."""
    if not {CLOSED, DESCENDED} <= set(loaders.model_names()):
        return
    closed, descended = loaders.open_model(CLOSED), loaders.open_model(DESCENDED)
    if isinstance(closed, str) or isinstance(descended, str):
        return
    st.subheader("A linear autoencoder is PCA", anchor=False)
    shows_both = {CLOSED, DESCENDED} <= {model.name for model in models}
    st.markdown(LINEAR_WORDS + (ON_THE_MAPS if shows_both else TO_THE_MAPS.format(CLOSED, DESCENDED)))
    html.facts(
        html.Fact(f"Error of {CLOSED}", f"{closed.metrics['mse']:.5f}", "per pixel, MSE", MSE_HELP),
        html.Fact(f"Error of {DESCENDED}", f"{descended.metrics['mse']:.5f}", "per pixel, MSE", MSE_HELP),
        html.Fact("Largest angle between their planes", f"{plane_angle(closed, descended):.2f}", "degrees"),
    )


def plane_angle(first: Explorer, second: Explorer) -> float:
    """Largest principal angle between the images of two linear decoders, in degrees: 0 for the same plane.

    Björck and Golub, Numerical methods for computing angles between linear subspaces (1973).
    """
    bases = (model.decoder_layers()[0][0].astype(np.float64) for model in (first, second))
    one, other = (np.linalg.qr(basis)[0] for basis in bases)
    outside = other - one @ (one.T @ other)  # whose largest singular value is the sine of the angle
    return float(np.degrees(np.arcsin(np.linalg.norm(outside, 2).clip(max=1))))


def _show_noise(models: list[Explorer]) -> None:
    """What each model makes of the same noise, and how often each digit comes."""
    st.subheader("Noise N(0, I), decoded", anchor=False)
    st.markdown(NOISE_WORDS)
    settings = Settings(SIDE, 1.0, seed=0)
    with st.container(key="noise"):
        for model in models:
            with st.container(key=f"noise-{model.name}", gap="xsmall"):
                sheet = kept(model.fingerprint, settings, model).means
                html.sheet(sheet, f"{model.name}: decoder means of {SIDE**2} draws of z, seed 0")
                html.facts(*_digits_of_noise(model))


def _digits_of_noise(explorer: Explorer) -> list[html.Fact]:
    """Which digits are read on decoded noise, nothing where the model's images are no digits."""
    if explorer.dataset not in classifier.DATASETS:
        return []
    try:
        shares = _shares(explorer.fingerprint, explorer)
    except CheckpointError as error:
        st.warning(str(error))
        return []
    rarest, commonest = int(shares.argmin()), int(shares.argmax())
    known = shares[shares > 0]
    uneven = float((known * np.log(known * len(shares))).sum())
    return [
        html.Fact("Rarest digit", f"{rarest}: {100 * shares[rarest]:.1f}", "%", SHARE_HELP),
        html.Fact("Most frequent digit", f"{commonest}: {100 * shares[commonest]:.1f}", "%", SHARE_HELP),
        html.Fact("Unevenness", f"{uneven:.3f}", "nats", UNEVEN_HELP),
    ]


@st.cache_data(show_spinner=False, max_entries=16)
def _shares(fingerprint: str, _explorer: Explorer) -> np.ndarray:
    return noise_shares(_explorer)


def noise_shares(explorer: Explorer) -> np.ndarray:
    """Share of each digit that a classifier reads among decoded draws of noise, (10,)."""
    images = explorer.decode(paths.prior_samples(DRAWS, explorer.latent_dim, seed=0))
    return np.bincount(classifier.load().digits(images), minlength=classifier.CLASSES) / DRAWS
