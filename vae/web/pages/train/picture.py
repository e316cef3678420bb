"""The picture of a training: the map that unfolds, with curves and samples, drawn in the browser."""

from base64 import b64encode
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from vae.analysis.active import INACTIVE_BELOW
from vae.analysis.studies import study as studies
from vae.analysis.studies.study import Study
from vae.errors import Unusable
from vae.figures import class_colours
from vae.figures.layout import class_sign
from vae.figures.theme import NEUTRAL
from vae.images import sets
from vae.images.dataset import Dataset
from vae.images.export import data_uri, png, tile
from vae.logbook.folder import Logbook
from vae.logbook.looks import watched
from vae.web.kit import datasets, html
from vae.web.kit.component import component, script, style
from vae.web.live.trainings import SHEET_COLUMNS
from vae.web.server import originals

MOST_CLASSES = 256
SAMPLES = 40
GONE = "The images of {name} are not on this machine any more, and the maps of this training need them."
RECORDED = "Recorded: a small VAE learns handwritten numerals. Yours takes this place once you press Train."


def show(book: Logbook) -> None:
    """The training of that logbook; nothing but a sentence where its images are not known any more."""
    if (name := book.setting("--dataset")) not in sets.names():
        st.info(html.plain_markdown(GONE.format(name=name)))
        return
    try:
        dataset = sets.dataset(name)
    except Unusable as error:
        st.info(str(error))
        return
    beat, dims = book.beat, int(book.setting("--latent-dim"))
    spec, kind = dataset.image_spec, book.setting("--kind") or "vae"
    _mount(
        f"{book.name} {book.created}",
        {
            "name": book.name,
            "version": f"{book.created:.3f}",
            "turn": beat.since if beat else 0,
            **_classes(dataset),
            "prior": kind != "autoencoder" and dims > 1,
            **_axes(dims, has_prior=kind != "autoencoder", has_classes=dataset.class_names is not None),
            "epochs": int(book.setting("--epochs")),
            "kl": {"autoencoder": None, "avb": "KL, estimated"}.get(kind, "KL"),
            "inactive_below": INACTIVE_BELOW,
            "image": {"height": spec.height, "width": spec.width, "channels": spec.channels},
            "sheet": [SHEET_COLUMNS * spec.width, SAMPLES // SHEET_COLUMNS * spec.height],
            "sheet_words": f"The same {SAMPLES} codes from the prior, decoded",
            "original": _originals(dataset),
            "recording": None,
        },
    )


def recorded() -> None:
    """A training that ships, for who has none."""
    try:
        found = _study()
    except Unusable as error:
        st.info(str(error))
        return
    st.caption(RECORDED)
    _mount("recorded", _recording(found))


def _mount(key: str, data: dict[str, Any]) -> None:
    with st.container(key="train-picture"):
        component("vae_unfolding", script("train/unfolding.js"), style("train/unfolding.css"))(
            key=f"unfolding {key}", data=data
        )


def _classes(dataset: Dataset) -> dict[str, Any]:
    """Labels and names of the classes of the watched test images."""
    items = datasets.images(dataset.name)
    names = dataset.class_names
    if items is None or items.labels is None or names is None or len(names) > MOST_CLASSES:
        return {"labels": None, "classes": [], "neutral": NEUTRAL}
    labels = items.labels[watched(len(items))].astype(np.uint8)
    colours = class_colours(len(names))
    classes = [
        {"name": class_sign(name, k) if len(names) > 12 else name, "colour": colours[k]}
        for k, name in enumerate(names)
    ]
    return {"labels": _text(labels), "classes": classes, "neutral": NEUTRAL}


def _axes(dims: int, has_prior: bool, has_classes: bool) -> dict[str, Any]:
    """The names of both axes, and what there is to say of them."""
    if dims == 1:
        return {"axes": ["z₁", "log sd"], "about_axes": ""}
    unit = " In prior standard deviations." if has_prior else ""
    said = "Each map is turned like the one before."
    if dims > 2:
        shown = "classes lie farthest apart" if has_classes else "codes spread most"
        said = f"The plane of the {dims} dimensions in which the {shown}, turned like the map before."
    return {"axes": ["", ""], "about_axes": f"{said}{unit}"}


def _originals(dataset: Dataset) -> dict[str, Any] | None:
    """The sprite of the test images, which of them are watched, and the names of their files, if any."""
    items, found = datasets.images(dataset.name), originals.place(dataset.name)
    if items is None or found is None:
        return None
    index = watched(len(items)).tolist()
    names = None if items.names is None else [items.names[at] for at in index]
    return {**found, "index": index, "names": names}


@st.cache_resource(show_spinner=False)
def _study() -> Study:
    return studies.read("training-watched")


@st.cache_resource(show_spinner=False)
def _recording(_found: Study) -> dict[str, Any]:
    """The recorded training as the browser takes it."""
    said, arrays = _found.said, _found.arrays
    labels, seen = arrays["labels"], said["looks"]
    epochs = [look["epoch"] for look in seen]
    lines = [
        {"epoch": look["epoch"], "nll": None, "kl": None, "test_nll": look["nll"], "test_kl": look["kl"]}
        for look in seen
    ]
    drawn = arrays["drawn"]
    classes = [{"name": str(k), "colour": colour} for k, colour in enumerate(class_colours(10))]
    return {
        "name": None,
        "version": "",
        "turn": 0,
        "labels": _text(labels.astype(np.uint8)),
        "classes": classes,
        "neutral": NEUTRAL,
        "prior": True,
        "axes": ["z₁ (prior standard deviations)", "z₂"],
        "about_axes": "",
        "epochs": said["epochs"],
        "kl": "KL",
        "inactive_below": INACTIVE_BELOW,
        "image": {"height": 28, "width": 28, "channels": 1},
        "sheet": [drawn.shape[1] * 28, 28],
        "sheet_words": f"The same {drawn.shape[1]} codes from the prior, decoded",
        "original": None,
        "recording": {
            "epochs": epochs,
            "places": _text(arrays["mu"].astype(np.float32)),
            "lines": lines,
            "sheets": [_sheet(images) for images in drawn],
        },
    }


def _sheet(images: NDArray[np.uint8]) -> str:
    """Images (V, H, W) side by side, as an address of a PNG."""
    return data_uri(png(tile(images[None, ..., None]).astype(np.float32) / 255))


def _text(array: NDArray[Any]) -> str:
    return b64encode(np.ascontiguousarray(array).tobytes()).decode()
