"""What is drawn on Generate: of which class, how many, means or draws of pixels, by which models."""

from dataclasses import dataclass, replace

import streamlit as st

from vae.analysis.noise import Settings
from vae.explorer import Explorer
from vae.images.dataset import with_article
from vae.web.kit import address, frame, html, loaders, values

NONE, ANY = "none", "any"
SIDES = (8, 12, 16, 24)
LONGEST = 1024  # pixels of a sheet's side at most
KINDS = {"mean": "Means", "draw": "True draws"}

MAKE_HELP = (
    "Draws z from the prior again and again, and keeps those whose ten nearest test codes are mostly of "
    "this class. What share was kept is said below."
)
KIND_HELP = (
    "Means: E[x|z], the expected level of each pixel, which is what is usually shown as a sample. True "
    "draws: x ~ p(x|z), each pixel drawn by chance as the model says."
)
BESIDE_HELP = (
    "A second model beside this one. Where it has as many dimensions, both decode the same z. Try one with "
    "Gaussian pixels and look at its true draws; or an autoencoder: nothing made its codes follow the prior."
)
SIDE_HELP = "Images per side of a sheet."
TEMPERATURE_HELP = (
    "z is drawn from N(0, T² I). At T = 1 that is the prior; below, the images are more typical and less "
    "varied; at 0 they are all the same; above 1 they come from where few codes lie."
)
SEED_HELP = "The same seed gives the same images, here and on any machine."
DRAW_HELP = "New random numbers z, and new pixels: the next seed."


@dataclass(frozen=True)
class View:
    """What is shown: a sheet of each model, of means or of draws."""

    models: tuple[Explorer, ...]  # the page's own, and the one beside it
    settings: Settings  # of the page's own model
    kind: str
    wanted: str | None  # the name of the class that was asked for

    def settings_of(self, model: Explorer) -> Settings:
        """How to draw for one of the models, which may not know the class."""
        names = model.class_names if model.can("labels") else None
        known = self.wanted is not None and self.wanted in (names or ())
        return replace(self.settings, label=names.index(self.wanted) if names and known else None)


def choose(explorer: Explorer) -> View:
    """The controls above the sheets."""
    sides = _sides(explorer)
    side = address.choice("samples", sides, sides[0])
    temperature = address.number("temperature", 1.0, 0.0, 2.0)
    seed = address.integer("seed", 0, 0, values.LAST_SEED)
    with frame.controls(lines=2):
        html.next_seed_button("New draws", seed, DRAW_HELP)
        wanted = _choose_class(explorer)
        kind = _choose_kind(explorer)
        with st.popover("More", help="A second model, how many images, how varied, and the seed."):
            beside = _choose_beside(explorer)
            _choose_settings(sides, side, temperature, seed)
    models = (explorer, beside) if beside else (explorer,)
    return View(models, Settings(side.value, temperature.value, seed.value), kind, wanted)


def _choose_settings(
    sides: tuple[int, ...],
    side: address.Shared[int],
    temperature: address.Shared[float],
    seed: address.Shared[int],
) -> None:
    """The widgets of how many images, how varied and which."""
    st.segmented_control(
        "Images",
        sides,
        format_func=lambda count: f"{count} × {count}",
        required=True,
        help=SIDE_HELP,
        **side.menu_widget(),
    )
    st.slider(
        "Temperature T",
        0.0,
        2.0,
        step=0.05,
        format="%.2f",
        help=TEMPERATURE_HELP,
        **temperature.menu_widget(),
    )
    st.number_input("Seed", 0, values.LAST_SEED, None, help=SEED_HELP, **seed.menu_widget())


def _sides(explorer: Explorer) -> tuple[int, ...]:
    """Images per side of a sheet, as many as keep it small enough to be sent and shown."""
    spec = explorer.image_spec
    longest = max(spec.height, spec.width)
    return tuple(side for side in SIDES if side * longest <= LONGEST)


def _choose_class(explorer: Explorer) -> str | None:
    """The name of the class to make, None for any; without labels there is no choice."""
    if not explorer.can("labels"):
        return None
    noun, names = explorer.dataset.noun, explorer.class_names or ()
    wanted = address.choice("make", (ANY, *names), ANY)
    st.selectbox(
        f"Make {with_article(noun)}",
        (ANY, *names),
        format_func=lambda name: f"any {noun}" if name == ANY else name,
        width=150,
        help=MAKE_HELP,
        **wanted.widget(),
    )
    return None if wanted.value == ANY else wanted.value


def _choose_kind(explorer: Explorer) -> str:
    if not explorer.can("likelihood"):
        return "mean"
    kind = address.choice("pixels", tuple(KINDS), "mean")
    st.segmented_control(
        "Pixels", tuple(KINDS), format_func=KINDS.__getitem__, required=True, help=KIND_HELP, **kind.widget()
    )
    return kind.value


def _choose_beside(explorer: Explorer) -> Explorer | None:
    """The model shown beside the page's own, None for none; one that cannot be used is said to be so."""
    spec = explorer.image_spec
    others = tuple(
        name
        for name, record in loaders.described().items()
        if name != explorer.name and record.dataset.image_spec == spec
    )
    first = tuple(name for name in loaders.favoured("beside") if name in others)
    others = (*first, *(name for name in others if name not in first))
    beside = address.choice("beside", (NONE, *others), NONE, model_bound=True)
    st.selectbox(
        "Beside it",
        (NONE, *others),
        format_func=lambda name: "no second model" if name == NONE else loaders.title(name),
        help=BESIDE_HELP,
        **beside.menu_widget(),
    )
    if beside.value == NONE:
        return None
    found = loaders.open_model(beside.value)
    if isinstance(found, str):
        st.warning(found)
        return None
    return found
