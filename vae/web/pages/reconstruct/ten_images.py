"""Ten test images beside their reconstructions, as one sheet."""

from functools import partial

import numpy as np
import streamlit as st

from vae.analysis import reconstruction
from vae.explorer import Explorer
from vae.images import export
from vae.images.dataset import ImageSet
from vae.images.spec import Floats
from vae.web.kit import datasets, html

IMAGES = 10
SCALE = 4  # of the file
WIDE = 130  # CSS pixels of a column of a sheet that has fewer
HELP = "The sheet alone, each pixel as a square."


def show(explorer: Explorer) -> None:
    """The sheet and its file; nothing where the images of the model's data set are not here."""
    items = datasets.images(explorer.dataset.name)
    if items is None:
        return
    indices = chosen(items)
    sheet = _sheet(explorer.fingerprint, explorer, items.floats(indices))
    st.header(f"{len(indices)} test images and what comes back", anchor=False)
    first = "the first of each class" if items.labels is not None else "the first ones"
    at = "mu of q(z|x)" if explorer.can("posterior") else "the code"
    with st.container(width="stretch" if len(indices) == IMAGES else WIDE * len(indices)):
        html.sheet(sheet, f"Above test images, {first}; below the decoder mean at {at}.")
    scale = min(SCALE, export.scale_for(explorer.image_spec, columns=len(indices), rows=2, wanted=SCALE))
    height, width = (round(scale * side) for side in sheet.shape[:2])
    html.download(
        f"Download PNG, {width} × {height} pixels",
        partial(export.png, sheet, scale),
        f"reconstructions-{explorer.name}.png",
        "image/png",
        help=HELP,
    )


def chosen(items: ImageSet) -> list[int]:
    """The first image of each of the first classes; of images without labels the first ones."""
    if items.labels is None:
        return list(range(min(IMAGES, len(items))))
    return np.unique(items.labels, return_index=True)[1][:IMAGES].tolist()


@st.cache_data(show_spinner=False, max_entries=16)
def _sheet(fingerprint: str, _explorer: Explorer, images: Floats) -> Floats:
    return reconstruction.beside(_explorer, images)
