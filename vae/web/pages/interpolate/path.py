"""What a path between two codes is, and its frames decoded."""

import re
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from vae.explorer import Explorer
from vae.latent import geodesic, paths
from vae.latent.geodesic import Surface
from vae.web.live import PathKind

Floats = NDArray[np.floating]
Place = tuple[float, ...]

FRAMES = 81  # as the main source's animation


@dataclass(frozen=True)
class End:
    """One end of a path: its code, an image's mu unless it was dragged elsewhere, and what lies there.

    Arguments:
        name: In words: a class, a test image's number where there are none, or that it is the user's image.
        z: Its code, (D,).
    """

    name: str
    z: Floats


@dataclass(frozen=True)
class Path:
    """Codes z (T, D) from one end to the other, and the decoder means (T, H, W, C) along them."""

    kind: PathKind
    start: End
    end: End
    z: Floats
    images: Floats

    @property
    def name(self) -> str:
        """For the names of files."""
        return f"{file_name(self.start.name)}-to-{file_name(self.end.name)}-{self.kind}"


def file_name(words: str) -> str:
    """Words as a part of a file's name: letters, digits and hyphens."""
    return re.sub(r"[^\w]+", "-", words.lower()).strip("-_")[:40] or "image"


def decode_path(explorer: Explorer, start: End, end: End, kind: PathKind) -> Path:
    """The frames of a path of that kind between two ends."""
    if kind == "geodesic":
        z = _geodesic(explorer.fingerprint, tuple(start.z.tolist()), tuple(end.z.tolist()), explorer)
    else:
        path = paths.linear_path if kind == "linear" else paths.spherical_path
        z = path(start.z, end.z, FRAMES)
    return Path(kind, start, end, z, explorer.decode(z))


@st.cache_data(show_spinner="Looking for a shorter path", max_entries=64)
def _geodesic(fingerprint: str, start: Place, end: Place, _explorer: Explorer) -> Floats:
    return geodesic.shortest_path(_surface(fingerprint, _explorer), start, end, FRAMES)


@st.cache_resource(show_spinner=False, max_entries=16)
def _surface(fingerprint: str, _explorer: Explorer) -> Surface:
    """The decoder's surface over the box of the test images' codes."""
    mu = _explorer.codes("test").mu
    return geodesic.surface(_explorer.decode, mu.min(axis=0), mu.max(axis=0))
