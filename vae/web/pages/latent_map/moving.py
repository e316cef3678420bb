"""The points of a t-SNE under way, where the map will be; the browser moves them from report to report."""

from base64 import b64encode

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from vae.explorer import Explorer
from vae.figures import class_colours
from vae.figures.scatter.names import SCREEN
from vae.figures.theme import NEUTRAL
from vae.jobs.job import Recomputation
from vae.web.kit.component import component, script

FINEST = 65535  # steps of a coordinate on its way to the browser


def show(explorer: Explorer, job: Recomputation) -> None:
    """Where the points are by now."""
    codes, index = explorer.codes("test"), job.request.index
    has_labels = explorer.can("labels")
    labels = codes.known_labels[index] if has_labels else np.zeros(len(index))
    data = {
        "xy": _text(_steps(job.places)),
        "labels": _text(labels.astype(np.uint8)),
        "colours": class_colours(len(explorer.class_names or ())) if has_labels else [NEUTRAL],
        "words": f"The points of t-SNE moving, {job.share:.0%} done",
    }
    with st.container(key="stage"):
        component("vae_moving", script("moving.js"))(key="moving", data=data)


def _steps(places: np.ndarray) -> NDArray[np.uint16]:
    """Places (n, 2) or (n, 3) as x and y, (n, 2), as seen at first, to scale in a square from 0 to FINEST."""
    flat = places if places.shape[1] == 2 else places @ SCREEN
    low, high = flat.min(axis=0), flat.max(axis=0)
    span = max(float((high - low).max()), 1e-9)
    return np.round(FINEST * ((flat - (low + high) / 2) / span + 0.5)).astype(np.uint16)


def _text(array: np.ndarray) -> str:
    return b64encode(np.ascontiguousarray(array).tobytes()).decode()
