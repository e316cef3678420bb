"""The controls of the map, few at first sight, the rest behind "More"; what they say lives in the address."""

import streamlit as st

from vae.explorer import Explorer
from vae.web.kit import address
from vae.web.pages.latent_map import maps, own_tsne
from vae.web.pages.latent_map.maps import Map
from vae.web.selection import inspector
from vae.web.selection.code import Chosen

NAMES = {"space": "Codes", "tsne": "t-SNE", "pca": "PCA", "own": "Your t-SNE"}
MAP_HELP = (
    "Codes are the latent space itself, where it has three dimensions. t-SNE keeps who is near whom; its "
    "distances have no unit. PCA shows the directions in which the codes vary most. Your t-SNE is computed "
    "before your eyes."
)
DIMS_HELP = "Three dimensions can be turned: drag the map."
PRIOR_HELP = (
    "Circles of 1, 2 and 3 standard deviations of the prior N(0, I), with the share of its mass inside."
)
TRAINING_HELP = (
    "The codes of the first {:,} training images instead, which the model has learnt from. A click takes the "
    "place, not the image."
)


def choose(explorer: Explorer) -> Map | None:
    """Draw the choice of map; returns that map, None where it is the user's t-SNE and not computed yet."""
    kinds = _kinds(explorer)
    kind = address.choice("map", kinds, kinds[0])
    if len(kinds) > 1:
        st.segmented_control(
            "Map",
            kinds,
            format_func=NAMES.__getitem__,
            required=True,
            label_visibility="collapsed",
            help=MAP_HELP,
            **kind.widget(),
        )
    if kind.value == "plane":
        return maps.plane(explorer, address.flag("prior").value, address.flag("training").value)
    dims = _choose_dims(explorer, kind.value)
    if kind.value != "own":
        return maps.of_kind(explorer, kind.value, dims)
    request = own_tsne.request(explorer)
    coordinates = own_tsne.finished(explorer, request)
    return None if coordinates is None else maps.own(explorer, request, coordinates)


def more(explorer: Explorer, chosen: Chosen) -> None:
    """What is wanted now and then."""
    with st.popover("More", help="Choose a test image by its number, or type z; on a plane, the prior."):
        if explorer.can("plane"):
            st.toggle("Prior", help=PRIOR_HELP, **address.flag("prior").menu_widget())
            if (codes := maps.training(explorer)) is not None:
                words = TRAINING_HELP.format(len(codes))
                st.toggle("Training images", help=words, **address.flag("training").menu_widget())
        inspector.go_to_fields(explorer, chosen)


def _choose_dims(explorer: Explorer, kind: str) -> int:
    """In how many dimensions the map is shown, drawn where there is a choice."""
    if kind in ("space", "posterior"):
        return 3 if kind == "space" else 2
    options = tuple(sorted(explorer.codes("test").embeddings)) if kind == "tsne" else (2, 3)
    dims = address.choice("dims", options, 2)
    st.segmented_control(
        "Dimensions",
        options,
        format_func="{}-D".format,
        required=True,
        label_visibility="collapsed",
        help=DIMS_HELP,
        **dims.widget(),
    )
    return dims.value


def _kinds(explorer: Explorer) -> tuple[str, ...]:
    if explorer.latent_dim <= 2:
        return ("plane",) if explorer.can("plane") else ("posterior",)
    shipped = ["tsne"] if explorer.codes("test").embeddings else []
    itself = ["space"] if explorer.latent_dim == 3 else []
    own = ["own"] if own_tsne.perplexities(len(explorer.codes("test"))) else []
    return (*itself, *shipped, "pca", *own)
