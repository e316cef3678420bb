"""New images: codes drawn from the prior, decoded, as means and as true draws of pixels, for two models."""

from functools import partial

import streamlit as st

from vae.analysis.noise import Samples, Settings
from vae.explorer import Explorer
from vae.images import export
from vae.images.spec import Floats
from vae.web.kit import address, frame, html, loaders, values
from vae.web.selection.samples import kept

NONE = "none"
SIDES = (8, 12, 16, 24)
LONGEST = 1024  # pixels of a sheet's side at most

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
    if likelihood is None or likelihood.pixel_sd is None:
        if explorer.image_spec.channels == 1:
            return "Each pixel is black or white, by chance, with the mean as its probability of white."
        return "Each channel of a pixel is 0 or 1, by chance, with the mean as its probability of 1."
    return (
        f"The mean plus noise of sd {likelihood.pixel_sd:.2f} on each pixel; "
        f"{samples.cut:.0%} of the pixels fell outside [0, 1] and are cut to be shown."
    )


def _choose(explorer: Explorer) -> tuple[Settings, Explorer | None]:
    """The controls above the sheets."""
    sides = _sides(explorer)
    side = address.choice("samples", sides, sides[0])
    temperature = address.number("temperature", 1.0, 0.0, 2.0)
    seed = address.integer("seed", 0, 0, values.LAST_SEED)
    with frame.controls(lines=4):
        beside = _choose_beside(explorer)
        st.segmented_control(
            "Images",
            sides,
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
        st.number_input("Seed", 0, values.LAST_SEED, width=120, help=SEED_HELP, **seed.widget())
        html.next_seed_button("Draw again", seed, "Other codes and other pixels: the next seed.")
    return Settings(side.value, temperature.value, seed.value), beside


def _sides(explorer: Explorer) -> tuple[int, ...]:
    """Images per side of a sheet, as many as keep it small enough to be sent and shown."""
    spec = explorer.image_spec
    longest = max(spec.height, spec.width)
    return tuple(side for side in SIDES if side * longest <= LONGEST)


def _choose_beside(explorer: Explorer) -> Explorer | None:
    """The model shown beside the page's own, None for none; one that cannot be used is said to be so."""
    spec = explorer.image_spec
    others = tuple(
        name
        for name, record in loaders.described().items()
        if name != explorer.name and record.dataset.image_spec == spec
    )
    default = next((name for name in loaders.favoured("beside") if name in others), NONE)
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
        st.markdown(f"**{html.plain_markdown(explorer.name)}** · {likelihood_words(explorer)}")
        with st.container(key=f"pair-{explorer.name}"):
            level = "grey level" if explorer.image_spec.channels == 1 else "colour"
            means = f"The decoder mean: the expected {level} of each pixel, not a draw."
            _show_sheet(explorer, settings, "E[x|z]", "mean", samples.means, means)
            if samples.draws is not None:
                draws = draw_words(explorer, samples)
                _show_sheet(explorer, settings, "x ~ p(x|z), a true draw", "draw", samples.draws, draws)


def _show_sheet(
    explorer: Explorer, settings: Settings, title: str, kind: str, sheet: Floats, words: str
) -> None:
    height, width = sheet.shape[:2]
    with st.container(key=f"sheet-{kind}-{explorer.name}", gap="xsmall"):
        html.sheet(sheet, f"{title}. {words}")
        html.download(
            f"Download PNG, {width} × {height} pixels",
            partial(export.png, sheet),
            f"samples-{explorer.name}-{kind}-T{settings.temperature:g}-seed{settings.seed}.png",
            "image/png",
            key=f"download-{kind}-{explorer.name}",
            help="The images alone.",
        )


def _words(models: list[Explorer]) -> str:
    """Whether the sheets share their codes, and what there is to know of models with less than a VAE has."""
    said = []
    if len(models) == 2:
        same = models[0].latent_dim == models[1].latent_dim
        said.append(
            "All sheets decode the same codes z, each at the same place."
            if same
            else "The two models have different numbers of dimensions, so their codes differ."
        )
    for model in models:
        name = html.plain_markdown(model.name)
        if not model.can("posterior"):
            said.append(f"{name} is an autoencoder: it has no prior, and its codes need not follow N(0, I).")
        if not model.can("likelihood"):
            said.append(f"{name} has no likelihood p(x|z), so there are means only, and no draws of pixels.")
    return " ".join(said)
