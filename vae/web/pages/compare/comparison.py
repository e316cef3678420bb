"""One image in the latent spaces of several models: where it lies, what comes back, and at what cost.

The maps show the first test images only, so that several can be drawn at once.
"""

from html import escape

import numpy as np
import streamlit as st

from vae import figures
from vae.analysis import reconstruction
from vae.analysis.reconstruction import Score
from vae.explorer import Explorer
from vae.figures import Drawing
from vae.figures.layout import SHORT
from vae.images import sets
from vae.images.dataset import Dataset
from vae.images.spec import Floats
from vae.latent import neighbours
from vae.web.kit import address, datasets, frame, html, loaders, model_table, navigation
from vae.web.kit.format import plus_minus
from vae.web.live import chart
from vae.web.pages.compare import decoded_noise, linear, overfitting
from vae.web.selection import code_map, input_image
from vae.web.selection.sources import origin

MOST, POINTS = 4, 2500  # models beside each other; test images on each map
HEIGHT = 300  # CSS pixels of a map
ABOUT = 118  # CSS pixels of an image
MARGIN = {"l": 26, "r": 4, "t": 4, "b": 22}

MODELS_HELP = (
    f"The models to compare, {MOST} at most: those for images of this size that have two dimensions, or "
    "whose t-SNE map ships."
)
IMAGES_HELP = (
    "The data set that the image comes from. A model knows the images that it has learnt from: give it "
    "others, or your own picture."
)
MSE_HELP = "Mean squared error of a pixel, levels in [0, 1]. Lower is better, comparable for all models."
NLL_HELP = (
    f"−log p(x|z), mean over {reconstruction.DRAWS} draws of z ± the error of that mean, nats; over 10 where "
    "the image is not here. Comparable between models with the same likelihood only."
)
ELBO_HELP = (
    "Evidence lower bound on log p(x), from the same draws, nats, higher is better. An autoencoder has none: "
    "no q(z|x), no KL; nor has an implicit q(z|x), whose KL has no closed form."
)


def show(explorer: Explorer) -> None:
    """Everything below the heading."""
    with frame.controls():
        models = _choose_models(explorer)
        _follow_clicks(explorer, models)
        dataset = _choose_dataset(explorer)
    if not loaders.has_map(explorer.name, explorer.record):
        title = html.plain_markdown(explorer.title)
        st.info(f"The codes of “{title}” have no map in two dimensions, so it cannot be chosen here.")
    if models:
        _show_compared(explorer, models, dataset)
    else:
        st.info(f"No model is chosen. Choose one to {MOST} above to see the image in each.")
    _show_scores(models)
    linear.show(explorer)
    overfitting.show(explorer)


def _show_compared(explorer: Explorer, models: list[Explorer], dataset: Dataset) -> None:
    """The chosen models side by side: one image in each, and the same noise."""
    is_test_image = _show_image(explorer, models, dataset)
    if is_test_image is not None:
        _explain(models, is_test_image)
    decoded_noise.show(models)


def _show_scores(models: list[Explorer]) -> None:
    """The chosen models' numbers over all test images, and the way to those of all models."""
    with st.container(key="compare-scores"):
        if models:
            st.header("Over all test images", anchor=False)
            model_table.show({model.name: model.record for model in models})
        st.page_link(navigation.page("results").file, label="The numbers of all models")


def _explain(models: list[Explorer], is_test_image: bool) -> None:
    """What the maps show, and what models make of images of another kind."""
    shown = min(POINTS, max(len(places(model)) for model in models))
    named = any(model.can("labels") for model in models)
    is_short = all(len(name) <= SHORT for model in models for name in model.class_names or ())
    room = "" if is_short else ", as far as there is room"
    classes = f", with each class's name where its codes are densest{room}" if named else ""
    with st.container(key="compared-words"):
        st.caption(
            f"z₁ across and z₂ upward, in prior standard deviations; the first {shown:,} test images"
            f"{classes}. Click a point to follow that image."
        )
        if not is_test_image:
            st.info(
                "The models have learnt from other images than this one. Each puts it among those that it "
                "knows and gives back what comes nearest to it there."
            )


def _show_image(explorer: Explorer, models: list[Explorer], dataset: Dataset) -> bool | None:
    """Choose an image and show it in every model; whether it is of the data set that they have learnt.

    None if there is no image yet.

    The shipped codes say where a test image of that set lies, what comes back and at what cost, even if the
    image itself is not here.
    """
    here = _here(dataset)
    is_example = input_image.source(explorer) == "example"
    is_own = dataset.name == explorer.dataset.name
    if is_example and is_own and here != dataset.name:
        index = input_image.choose_number(explorer, len(places(explorer)))
        pixels, is_test_image = None, True
        models = [model for model in models if model.dataset.name == dataset.name]
        scores = [reconstruction.shipped_score(model, index) for model in models]
    else:
        image = input_image.choose(explorer, None, dataset=dataset)
        if image is None:
            return None
        pixels, is_test_image = image.pixels, image.given.is_ready and here == explorer.dataset.name
        scores = [reconstruction.score(model, pixels) for model in models]
        if is_example and here and here != dataset.name:
            st.info(
                f"The images of {html.plain_markdown(dataset.name)} are not on this machine; "
                f"`python -m vae.data {dataset.name}` fetches them. "
                f"Shown instead: {html.plain_markdown(here)}."
            )
    with st.container(key="compared"):
        _show_pictures(models, scores, pixels)
        with st.container(key=f"models-{len(models)}"):
            for model, score in zip(models, scores, strict=True):
                _show_model(model, score, pixels)
    return is_test_image


def _show_pictures(models: list[Explorer], scores: list[Score], pixels: Floats | None) -> None:
    """The image and what each model gives back in one row, which stays in sight on a phone."""
    shown = [] if pixels is None else [html.picture_html(pixels, "image", ABOUT)]
    shown += [
        html.picture_html(score.reconstruction, model.title, ABOUT)
        for model, score in zip(models, scores, strict=True)
    ]
    with st.container(key="compared-pictures"):
        st.html(f'<div class="compare-row" style="--pictures:{MOST + 1}">{"".join(shown)}</div>')


def places(explorer: Explorer) -> Floats:
    """Where the test images lie on the model's map, (N, 2)."""
    return explorer.codes("test").mu if explorer.can("plane") else explorer.embedding(2)


def place_of(explorer: Explorer, mu: Floats) -> Floats:
    """Where a code (D,) lies on the model's map, (2,); on a t-SNE map at the nearest test image."""
    if explorer.can("plane"):
        return mu
    place: Floats = places(explorer)[neighbours.closest(explorer.codes("test").mu, mu[None])[0]]
    return place


def _choose_models(explorer: Explorer) -> list[Explorer]:
    """The models beside each other; at first the standard ones that are here and the page's own."""
    own = explorer.dataset.name
    records = {
        name: record
        for name, record in loaders.described().items()
        if record.dataset.image_spec == explorer.image_spec and loaders.has_map(name, record)
    }
    able = sorted(records, key=lambda name: records[name].dataset.name != own)  # stable: its own set's first
    of_own_set = [name for name in able if records[name].dataset.name == own]
    standard = [name for name in loaders.favoured("compared") if name in of_own_set] or of_own_set[:MOST]
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
        format_func=loaders.title,
        help=MODELS_HELP,
        **chosen.widget(),
    )
    found = [loaders.open_model(name) for name in chosen.value]
    for reason in (each for each in found if isinstance(each, str)):
        st.error(reason)
    return [model for model in found if not isinstance(model, str)]


def _choose_dataset(explorer: Explorer) -> Dataset:
    """The data set of the image, of those whose images have the models' size."""
    chosen, names = _dataset(explorer), _dataset_names(explorer)
    if len(names) > 1:
        st.selectbox("Images of", names, width=190, help=IMAGES_HELP, **chosen.widget())
    return explorer.dataset if chosen.value == explorer.dataset.name else sets.dataset(chosen.value)


def _dataset(explorer: Explorer) -> address.Shared[str]:
    """The data set of the images: at first the model's own if it is here, else one that is."""
    own = explorer.dataset
    return address.choice("images", _dataset_names(explorer), _here(own) or own.name)


def _here(dataset: Dataset) -> str | None:
    """The data set whose images stand for those of `dataset` on this machine, None without any."""
    found = datasets.find(dataset)
    return None if found is None else found[0].name


def _dataset_names(explorer: Explorer) -> tuple[str, ...]:
    """The data sets known here whose images have the models' size, and the model's own."""
    names = sets.fitting(explorer.image_spec)
    return names if explorer.dataset.name in names else (explorer.dataset.name, *names)


def _follow_clicks(explorer: Explorer, models: list[Explorer]) -> None:
    """After a click on one of the maps, follow the test image nearest to it on that map."""
    for model in models:
        pick = chart.take_pick(_key(model))
        if pick is not None and pick.index is not None:
            _dataset(explorer).set(model.dataset.name)
            origin.follow("example", str(pick.index))


def _key(explorer: Explorer) -> str:
    return f"compare-{explorer.name}"


def _show_model(explorer: Explorer, score: Score, pixels: Floats | None) -> None:
    """A model's map with the image marked on it, what comes back, and the numbers."""
    key, size = _key(explorer), explorer.image_spec.css_width(ABOUT)
    with st.container(key=f"compared-{explorer.name}", gap="xsmall"):
        _show_name(explorer)
        place = place_of(explorer, score.mu)
        fig = figures.include(_map(explorer.fingerprint, explorer), place[None])
        st.plotly_chart(fig, key=key, config=figures.CONFIG)
        chart.mark(key, place)
        if pixels is None:
            html.pictures((score.reconstruction, "reconstruction (the original is not here)"), size=size)
        else:
            html.pictures((pixels, "image"), (score.reconstruction, "reconstruction"), size=size)
        _show_score(explorer, score)


def _show_name(explorer: Explorer) -> None:
    """The model's title; small its name in commands, its kind, and the map's where it is not the plane."""
    known = [explorer.name] if explorer.title != explorer.name else []
    known += [model_table.KINDS[explorer.record.form], *([] if explorer.can("plane") else ["t-SNE map"])]
    words = escape(", ".join(known))
    st.html(f'<p class="compare-model"><b>{escape(explorer.title)}</b> <small>{words}</small></p>')


def _show_score(explorer: Explorer, score: Score) -> None:
    """The numbers of one model, as far as it has them."""
    mse = ("unknown", "") if score.mse is None else (f"{score.mse:.4f}", "per pixel")
    nll, elbo = (
        ("none", "") if each is None else (plus_minus(each, score.error or None, 1), "nats")
        for each in (score.nll, score.elbo)
    )
    likelihood = explorer.likelihood
    html.facts(
        html.Fact("Error (MSE)", *mse, MSE_HELP),
        html.Fact("nll" if likelihood is None else f"nll, {likelihood.name}", *nll, NLL_HELP),
        html.Fact("ELBO", *elbo, ELBO_HELP),
    )


@st.cache_resource(show_spinner=False, max_entries=16)
def _map(fingerprint: str, _explorer: Explorer) -> Drawing:
    """The first test images' places; shared by all sessions."""
    shown, is_plane = places(_explorer)[:POINTS], _explorer.can("plane")
    index = np.arange(len(shown))
    fig = code_map.scatter(
        _explorer,
        shown,
        is_plane=is_plane,
        index=index,
        height=HEIGHT,
        uirevision=fingerprint,
        has_legend=False,
    )
    fig.update_traces(marker={"size": 4, "showscale": False}, selector={"mode": "markers"})
    fig.update_traces(marker={"size": 15}, textfont={"size": 10}, selector={"mode": "markers+text"})
    fig.update_xaxes(title={"text": ""}).update_yaxes(title={"text": ""})
    return fig.update_layout(showlegend=False, margin=MARGIN if is_plane else dict.fromkeys("lrtb", 4))
