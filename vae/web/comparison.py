"""One image in the latent spaces of several models: where it lies, what comes back, and at what cost.

The maps show the first test images only, so that several can be drawn at once.
"""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from vae.web import (
    clicks,
    datasets,
    flow,
    frame,
    generation,
    loaders,
    model_table,
    parts,
    passage,
    source,
    state,
)

if TYPE_CHECKING:
    import numpy as np
    import plotly.graph_objects as go

    from vae.explorer import Explorer

STANDARD = ("mnist-pca-2d", "mnist-ae-2d", "mnist-vae-2d", "mnist-beta-vae-2d")
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
    "invertible A, codes A z and decoder U A⁻¹ give the same pictures. On the maps above their codes are "
    "turned and sheared against each other, and their reconstructions are the same."
)
DRAWS = 2000  # of noise, to count the digits
SHARE_HELP = (
    "Share of 2,000 draws of noise, seed 0, on which a small classifier reads this digit. "
    "The data have about 10 % of each."
)
UNEVEN_HELP = "KL divergence of the ten digits' shares from equal ones, nats: 0 if each comes as often."


@dataclass(frozen=True)
class Standing:
    """What a model makes of one image."""

    mu: "np.ndarray"  # (D,)
    reconstruction: "np.ndarray"  # (28, 28)
    mse: float | None  # per pixel; None where the image itself is not here
    nll: float  # nats
    elbo: float | None  # nats; None for an autoencoder


def show(explorer: "Explorer") -> None:
    """Everything below the heading."""
    st.html(frame.ASSETS / "compare.css")
    st.html(flow.STYLE)
    with st.container(key="compare-controls", horizontal=True, vertical_alignment="bottom", gap="medium"):
        models = _choose_models(explorer)
        _follow_clicks(models)
        dataset = _choose_dataset(explorer)
    is_test_image = _show_image(explorer, models, dataset)
    if is_test_image is not None:
        _explain(is_test_image)
    _show_noise(models)
    st.subheader("All models", anchor=False)
    model_table.show(_all())
    _show_linear()


def _explain(is_test_image: bool) -> None:
    """What the maps show, and what models make of images of another kind."""
    with st.container(key="compared-words"):
        st.caption(
            f"z₁ across and z₂ upward, in prior standard deviations; the first {POINTS:,} test images, with "
            "each class's number at its mean. Click a point to follow that image."
        )
        if not is_test_image:
            st.info(
                "The models have learnt from other images than this one. Each puts it among those that it "
                "knows and gives back what comes nearest to it there."
            )


def _show_image(explorer: "Explorer", models: "list[Explorer]", dataset: str) -> bool | None:
    """Choose an image and show it in every model; whether it is of the data set that they have learnt.

    None if there is no image yet.

    The shipped codes say where a test image of that set lies, what comes back and at what cost, even if the
    image itself is not here.
    """
    name, _ = datasets.examples(dataset)
    is_example = state.choice("source", tuple(source.KINDS), "example").value == "example"
    if is_example and name != dataset == explorer.dataset:
        index = source.choose_number(len(places(explorer)))
        pixels, is_test_image = None, True
        standings = [recall(model, index) for model in models]
    else:
        followed = source.choose(explorer, None, dataset=dataset)
        if followed is None:
            return None
        pixels, is_test_image = followed.pixels, followed.given.prepared is None and name == explorer.dataset
        standings = [stand(model, pixels, followed.given.index) for model in models]
        if is_example and name != dataset:
            st.info(
                f"{dataset} is not on this machine. Shown instead: the {name} that come with scikit-learn."
            )
    with st.container(key="compared"):
        for model, standing in zip(models, standings, strict=True):
            _show_model(model, standing, pixels)
    datasets.offer_download(dataset)
    return is_test_image


def stand(explorer: "Explorer", pixels: "np.ndarray", index: int | None = None) -> Standing:
    """What the model makes of an image (28, 28) in [0, 1]; `index` as for `passage.nats`."""
    import numpy as np

    mu = explorer.encode(pixels[None])[0]
    reconstruction = explorer.decode(mu)[0]
    nll, kl = passage.nats(explorer, pixels, index)
    mse = float(np.square(reconstruction - pixels, dtype=np.float64).mean())
    return Standing(mu[0], reconstruction, mse, nll, -(nll + kl) if explorer.has_posterior else None)


def recall(explorer: "Explorer", index: int) -> Standing:
    """What the model has made of a test image, from its shipped codes."""
    codes = explorer.codes("test")
    mu = codes.mu[index]
    elbo = float(codes.elbo[index]) if explorer.has_posterior else None
    return Standing(mu, explorer.decode(mu[None])[0], None, float(codes.nll[index]), elbo)


def has_map(explorer: "Explorer") -> bool:
    """Whether the model's codes can be shown in a plane without computing one."""
    return explorer.latent_dim == 2 or 2 in explorer.codes("test").embeddings


def places(explorer: "Explorer") -> "np.ndarray":
    """Where the test images lie on the model's map, (N, 2)."""
    return explorer.codes("test").mu if explorer.latent_dim == 2 else explorer.embedding(2)


def place_of(explorer: "Explorer", mu: "np.ndarray") -> "np.ndarray":
    """Where a code (D,) lies on the model's map, (2,); on a t-SNE map at the nearest test image."""
    if explorer.latent_dim == 2:
        return mu
    return places(explorer)[passage.nearest_tests(explorer.codes("test"), mu[None])[0]]


def _all() -> "list[Explorer]":
    """All models that can be read."""
    found = (loaders.open_model(name) for name in loaders.model_names())
    return [model for model in found if not isinstance(model, str)]


def _choose_models(explorer: "Explorer") -> "list[Explorer]":
    """The models beside each other; at first the standard ones that are here and the page's own."""
    able = {model.name: model for model in _all() if has_map(model) and model.dataset == explorer.dataset}
    standard = [name for name in STANDARD if name in able]
    if explorer.name not in standard and explorer.name in able:
        standard = [*standard[: MOST - 1], explorer.name]

    def read(text: str) -> tuple[str, ...]:
        names = tuple(dict.fromkeys(text.split(",")))
        if not (1 <= len(names) <= MOST and set(names) <= set(able)):
            raise ValueError(f"one to {MOST} of {', '.join(able)}, with commas between")
        return names

    chosen = state.Shared("models", tuple(standard), read, ",".join, model_bound=True).look_up()
    st.multiselect(
        "Models",
        list(able),
        max_selections=MOST,
        help=MODELS_HELP,
        **_some(chosen),
    )
    return [able[name] for name in chosen.value]


def _some(chosen: state.Shared[tuple[str, ...]]) -> dict[str, Any]:
    """The widget's arguments; a choice of none leaves what was shown."""
    widget = chosen.widget()

    def commit() -> None:
        if st.session_state[widget["key"]]:
            chosen.set(tuple(st.session_state[widget["key"]]))

    return widget | {"on_change": commit}


def _choose_dataset(explorer: "Explorer") -> str:
    from vae.data import NAMES

    dataset = _dataset(explorer)
    st.selectbox("Images of", NAMES, width=190, help=IMAGES_HELP, **dataset.widget())
    return dataset.value


def _dataset(explorer: "Explorer") -> state.Shared[str]:
    """The data set of the images: at first the model's own if it is here, else one that is."""
    from vae.data import NAMES

    return state.choice("images", NAMES, datasets.examples(explorer.dataset)[0])


def _follow_clicks(models: "list[Explorer]") -> None:
    """After a click on one of the maps, follow the test image nearest to it on that map."""
    import numpy as np

    for model in models:
        click = clicks.take(_key(model))
        if click is not None:
            shown = places(model)[:POINTS]
            nearest = int(np.square(shown - np.array(click.place)).sum(axis=1).argmin())
            state.choice("source", tuple(source.KINDS), "example").set("example")
            _dataset(model).set(model.dataset)
            state.integer("image", 0, 0, len(places(model)) - 1).set(nearest)


def _key(explorer: "Explorer") -> str:
    return f"compare-{explorer.name}"


def _show_model(explorer: "Explorer", standing: Standing, pixels: "np.ndarray | None") -> None:
    """A model's map with the image marked on it, what comes back, and the numbers."""
    from vae import figures

    key = _key(explorer)
    with st.container(key=f"compared-{explorer.name}", gap="xsmall"):
        dims = "" if explorer.latent_dim == 2 else f", {explorer.latent_dim}-D, t-SNE map"
        st.markdown(f"**{explorer.name}** · {model_table.KINDS[explorer.config.kind]}{dims}")
        place = place_of(explorer, standing.mu)
        fig = figures.include(_map(explorer.fingerprint, explorer), place[None])
        st.plotly_chart(fig, key=key, config=figures.CONFIG | {"displayModeBar": False})
        clicks.mark(key, place)
        if pixels is None:
            parts.pictures((standing.reconstruction, "reconstruction (the original is not here)"), size=SIZE)
        else:
            parts.pictures((pixels, "image"), (standing.reconstruction, "reconstruction"), size=SIZE)
        mse = ("unknown", "") if standing.mse is None else (f"{standing.mse:.4f}", "per pixel")
        elbo = ("none", "") if standing.elbo is None else (_signed(standing.elbo), "nats")
        parts.facts(
            parts.Fact("Error (MSE)", *mse, MSE_HELP),
            parts.Fact(f"nll, {explorer.likelihood}", _signed(standing.nll), "nats", NLL_HELP),
            parts.Fact("ELBO", *elbo, ELBO_HELP),
        )


def _signed(value: float) -> str:
    return f"{value:.1f}".replace("-", "−")


@st.cache_resource(show_spinner=False, max_entries=16)
def _map(fingerprint: str, _explorer: "Explorer") -> "go.Figure":
    """The first test images' places; shared by all sessions."""
    from vae import figures, latent

    names = source.class_names(_explorer.dataset)
    shown, labels = places(_explorer)[:POINTS], _explorer.codes("test").labels[:POINTS]
    is_plane = _explorer.latent_dim == 2
    means = latent.class_means(places(_explorer), _explorer.codes("test").labels)
    scatter = partial(figures.latent_scatter, clickable=False) if is_plane else figures.embedding_scatter
    fig = scatter(shown, labels, means, names, height=HEIGHT, uirevision=fingerprint)
    fig.update_traces(marker={"size": 4}, selector={"mode": "markers"})
    fig.update_traces(marker={"size": 15}, textfont={"size": 10}, selector={"mode": "markers+text"})
    fig.update_xaxes(title="").update_yaxes(title="")
    return fig.update_layout(showlegend=False, margin=MARGIN if is_plane else dict.fromkeys("lrtb", 4))


def _show_linear() -> None:
    """That a linear autoencoder, trained by gradient descent, ends at the principal components."""
    from vae.ledger import CLOSED, DESCENDED

    found = {model.name: model for model in _all() if model.name in (CLOSED, DESCENDED)}
    if len(found) < 2:
        return
    closed, descended = found[CLOSED], found[DESCENDED]
    st.subheader("A linear autoencoder is PCA", anchor=False)
    st.markdown(LINEAR_WORDS)
    parts.facts(
        parts.Fact(f"Error of {CLOSED}", f"{closed.metrics['mse']:.5f}", "per pixel, MSE", MSE_HELP),
        parts.Fact(f"Error of {DESCENDED}", f"{descended.metrics['mse']:.5f}", "per pixel, MSE", MSE_HELP),
        parts.Fact("Largest angle between their planes", f"{plane_angle(closed, descended):.2f}", "degrees"),
    )


def plane_angle(first: "Explorer", second: "Explorer") -> float:
    """Largest principal angle between the images of two linear decoders, in degrees: 0 for the same plane.

    Björck and Golub, Numerical methods for computing angles between linear subspaces (1973).
    """
    import numpy as np
    from scipy.linalg import subspace_angles

    bases = (model.decoder_layers()[0][0].astype(np.float64) for model in (first, second))
    return float(np.degrees(subspace_angles(*bases).max()))


def _show_noise(models: "list[Explorer]") -> None:
    """What each model makes of the same noise, and how often each digit comes."""
    st.subheader("Noise N(0, I), decoded", anchor=False)
    st.markdown(NOISE_WORDS)
    settings = generation.Settings(SIDE, 1.0, seed=0)
    with st.container(key="noise"):
        for model in models:
            with st.container(key=f"noise-{model.name}", gap="xsmall"):
                sheet = generation.kept(model.fingerprint, settings, model).means
                parts.sheet(sheet, f"{model.name}: decoder means of {SIDE**2} draws of z, seed 0")
                parts.facts(*_digits_of_noise(model))


def _digits_of_noise(explorer: "Explorer") -> list[parts.Fact]:
    """Which digits are read on decoded noise, nothing where the model's images are no digits."""
    import numpy as np

    from vae import classifier
    from vae.checkpoint import CheckpointError

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
        parts.Fact("Rarest digit", f"{rarest}: {100 * shares[rarest]:.1f}", "%", SHARE_HELP),
        parts.Fact("Most frequent digit", f"{commonest}: {100 * shares[commonest]:.1f}", "%", SHARE_HELP),
        parts.Fact("Unevenness", f"{uneven:.3f}", "nats", UNEVEN_HELP),
    ]


@st.cache_data(show_spinner=False, max_entries=16)
def _shares(fingerprint: str, _explorer: "Explorer") -> "np.ndarray":
    return noise_shares(_explorer)


def noise_shares(explorer: "Explorer") -> "np.ndarray":
    """Share of each digit that a classifier reads among decoded draws of noise, (10,)."""
    import numpy as np

    from vae import classifier, latent

    images = explorer.decode(latent.prior_samples(DRAWS, explorer.latent_dim, seed=0))
    return np.bincount(classifier.load().digits(images), minlength=classifier.CLASSES) / DRAWS
