"""The body of Impute: what is hidden, an image restored, fourteen others, its path, the errors."""

from collections.abc import Iterator
from dataclasses import dataclass

import streamlit as st

from vae.analysis import imputation
from vae.analysis.imputation import Imputation, Imputations
from vae.explorer import Explorer
from vae.figures.theme import HIDDEN_COLOUR
from vae.images import masks
from vae.images.dataset import ImageSet
from vae.images.spec import Floats
from vae.web.kit import address, datasets, frame, html, loaders, navigation, values
from vae.web.pages.impute import batch, errors, followed, hidden_pixels, strips
from vae.web.pages.impute.batch import COLUMNS, Batch
from vae.web.pages.impute.strips import Strip
from vae.web.selection import your_image
from vae.web.selection.sources import origin

STEPS = tuple(1 << k for k in range(10))
ALONE = "none"

IMAGE_HELP = "The test image that is restored at the top, marked red in the strips, among its fifteen."
STEPS_HELP = (
    "How often the image is encoded and decoded, by the iterated restoration and by the chain. The chain "
    "needs many steps to come to rest; 512 take some seconds."
)
WHOLE_HELP = (
    "Show all pixels as the decoder gives them, as the source article does, and not only the hidden ones: "
    "so one sees what the model takes the image for."
)
BESIDE_HELP = "Another model of these images, which restores them too, by the iteration and by its chain."
OWN_HELP = (
    "Draw or upload an image on Reconstruct: it is yours on all pages then, and stands first here when you "
    "come back."
)
NO_CHAIN = (
    "This model has no likelihood p(x|z), so no pixels can be drawn from it: there is no sampled chain, and "
    f"the path below is that of the iteration. {navigation.SAY_LIKELIHOOD}"
)


@dataclass(frozen=True)
class Request:
    """What is asked for: the pixels to hide, how to restore them, and how to show that."""

    hidden: masks.Mask
    steps: int
    seed: int
    is_whole: bool
    beside: Explorer | None


def show(explorer: Explorer) -> None:
    """Everything below the heading."""
    your_image.show_again(explorer)  # a click on a column chooses another one
    dataset, items = datasets.examples(explorer.dataset)
    image = values.image(len(items))
    shown = batch.of(explorer, items, image.value)
    asked = _choose(explorer, items, image, shown)
    restored = _restored(explorer, shown.images, asked)
    one = followed.only(restored, shown.column)
    followed.show_pictures(explorer, shown, asked.hidden, one)
    is_read = strips.show(_strips(explorer, shown, asked, restored), dataset.name, shown)
    filling = "black" if explorer.image_spec.channels == 1 else "the visible pixels' mean"
    st.caption(
        f"{shown.words(dataset)}, {hidden_pixels.words(asked.hidden)}: blue in the pictures, {filling} for "
        "the encoder at first. Click a column to follow that image. Error: mean squared error per hidden "
        f"pixel, levels in [0, 1].{is_read * f' {strips.READING}'}"
    )
    if restored.chain is None:
        st.info(NO_CHAIN)
    followed.show_path(explorer, shown, one)
    errors.show(explorer, items, dataset.name, asked.hidden, asked.steps)


def _choose(explorer: Explorer, items: ImageSet, image: address.Shared[int], shown: Batch) -> Request:
    """The controls; the pad of the brush below them, over the followed image."""
    spec = explorer.image_spec
    steps = address.choice("steps", STEPS, imputation.STEPS)
    seed = address.integer("chain_seed", 0, 0, values.LAST_SEED)
    with frame.controls(lines=4):
        kind = hidden_pixels.choose(spec).value
        hidden = hidden_pixels.mask(kind, spec)
        st.select_slider("Steps", STEPS, width=150, help=STEPS_HELP, **steps.widget())
        if len(items) > COLUMNS:
            st.button(
                "Next fifteen",
                help="Go on to the next fifteen test images.",
                on_click=lambda: origin.follow("example", str((image.value + COLUMNS) % len(items))),
            )
        with st.popover("More", help="Another chain, another model, your own image."):
            is_whole, beside = _choose_more(explorer, image, len(items), seed)
    if kind == "brush":
        hidden_pixels.show_pad(shown.followed[0], spec)
    return Request(hidden, steps.value, seed.value, is_whole, beside)


def _choose_more(
    explorer: Explorer, image: address.Shared[int], count: int, seed: address.Shared[int]
) -> tuple[bool, Explorer | None]:
    """The rarer controls: whether decoded images are shown whole, and the other model."""
    whole = address.flag("whole")
    st.toggle("Whole output", help=WHOLE_HELP, **whole.menu_widget())
    if explorer.can("likelihood"):
        html.next_seed_button("Another chain", seed, "Sample the chains again, with the next seed.")
    st.number_input("Test image", 0, count - 1, None, help=IMAGE_HELP, **image.menu_widget())
    beside = _choose_beside(explorer)
    st.page_link(
        "pages/reconstruct.py", label="Draw your own image", query_params={"source": "draw"}, help=OWN_HELP
    )
    return whole.value, beside


def _choose_beside(explorer: Explorer) -> Explorer | None:
    """Another model of the same images, None for none; one that cannot be opened is said to be so."""
    others = tuple(
        name
        for name, record in loaders.described().items()
        if record.dataset == explorer.dataset and name != explorer.name
    )
    chosen = address.choice("impute_beside", (ALONE, *others), ALONE)
    st.selectbox(
        "Beside it",
        (ALONE, *others),
        format_func=lambda name: "no second model" if name == ALONE else loaders.title(name),
        help=BESIDE_HELP,
        **chosen.menu_widget(),
    )
    found = None if chosen.value == ALONE else loaders.open_model(chosen.value)
    if isinstance(found, str):
        st.error(found)
        return None
    return found


def _restored(explorer: Explorer, images: Floats, asked: Request) -> Imputations:
    return _kept(explorer.fingerprint, images, asked.hidden, asked.steps, asked.seed, explorer)


@st.cache_data(show_spinner=False, max_entries=8)  # of 18 MB at most, for 128 × 128 RGB
def _kept(
    fingerprint: str, images: Floats, hidden: masks.Mask, steps: int, seed: int, _explorer: Explorer
) -> Imputations:
    return imputation.impute(_explorer, images, hidden, steps, seed)


def _strips(explorer: Explorer, shown: Batch, asked: Request, restored: Imputations) -> list[Strip]:
    """The originals, the masked images, and the restorations by one model or two."""
    rows = [
        Strip("original", shown.images),
        Strip("masked", masks.coloured(shown.images, asked.hidden, HIDDEN_COLOUR), is_readable=False),
        Strip("one pass", _pixels(restored.one_pass, asked)),
        *_restored_strips(restored, asked),
    ]
    if asked.beside:
        other = _restored(asked.beside, shown.images, asked)
        rows += _restored_strips(other, asked, f" by {asked.beside.title}")
    return rows


def _restored_strips(restored: Imputations, asked: Request, by: str = "") -> Iterator[Strip]:
    """The iterated images, and the chain's where there is one."""
    yield Strip(f"iterated, {asked.steps} steps{by}", _pixels(restored.iterated, asked))
    if restored.chain is not None:
        yield Strip(f"sampled chain, mean{by}", _pixels(restored.chain, asked))


def _pixels(way: Imputation, asked: Request) -> Floats:
    return way.decoded if asked.is_whole else way.images
