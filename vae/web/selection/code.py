"""The code that the user follows: a test image's, that of her own image, or any point of the latent space.

It lives in the address: `?image=17` is the code mu of test image 17, `?z=0.31,-1.2` a point; the address
holds one of the two, or none while an image of the user's own is followed. Pages that show a latent space
share it. A point belongs to its model and is forgotten with it, an image is not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from vae.explorer import Explorer
from vae.web.kit import address, values
from vae.web.selection import your_image

LIMIT = 20.0  # prior standard deviations: no code lies beyond
KEPT_IMAGE, KEPT_Z = address.KEPT + "image", address.KEPT_FOR_MODEL + "z"


@dataclass(frozen=True)
class Chosen:
    """A test image by its index, or else a point z (D,) in prior standard deviations.

    Of an image of the user's own z is its mu, and `is_own` is set.
    """

    image: int | None = None
    z: tuple[float, ...] = ()
    is_own: bool = False

    def code(self, explorer: Explorer) -> np.ndarray:
        """The code to decode, (D,): the image's mu, or z itself."""
        if self.image is None:
            return np.array(self.z, dtype=np.float32)
        return explorer.codes("test").mu[self.image]


def look_up(explorer: Explorer) -> Chosen:
    """What the address says, else what this session kept, else the user's own image, else test image 0."""
    if "image" in address.said():
        st.session_state.pop(KEPT_Z, None)
    elif z := address.vector("z", explorer.latent_dim, default=(), limit=LIMIT).value:
        return Chosen(z=z)
    if not address.is_kept("image") and (image := your_image.own(explorer)) is not None:
        return Chosen(z=tuple(your_image.posterior(explorer, image).mu[0].tolist()), is_own=True)
    return Chosen(image=values.image(len(explorer.codes("test"))).value)


def choose_image(explorer: Explorer, index: int) -> Chosen:
    """Follow the code of a test image from now on."""
    _keep(image=str(index))
    return look_up(explorer)


def choose_z(explorer: Explorer, z: Sequence[float]) -> Chosen:
    """Follow a point z (D,) from now on, cut to ±20 prior standard deviations."""
    within = (min(max(float(value), -LIMIT), LIMIT) + 0.0 for value in z)  # + 0.0 turns -0 into 0
    _keep(z=",".join(f"{value:.4g}" for value in within))
    return look_up(explorer)


def choose_own() -> None:
    """Follow the user's own image from now on, where there is one."""
    _keep()


def _keep(image: str | None = None, z: str | None = None) -> None:
    """Keep one of the two, and write it to the address in one step."""
    for key, text in ((KEPT_IMAGE, image), (KEPT_Z, z)):
        if text is None:
            st.session_state.pop(key, None)
        else:
            st.session_state[key] = text
    address.write({"image": None if image == "0" else image, "z": z})
