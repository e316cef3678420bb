"""The user's own image on a map of the test images' codes: pinned, and beside what is decoded."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from vae.explorer import Explorer
from vae.latent import neighbours
from vae.web import live
from vae.web.live.chart import Pin
from vae.web.selection import code as choice
from vae.web.selection import your_image
from vae.web.selection.code import Chosen

DRAWS = 200  # from an implicit q(z|x)


def on_map(explorer: Explorer, places: np.ndarray, index: ArrayLike, *, is_of_z: bool) -> Pin | None:
    """The image where its code lies, None without one.

    The map shows the test images `index` (n,) at places (n, 2) or (n, 3). Where these are not codes, it has
    no place for a new image: that stands at the one with the nearest code.
    """
    image = your_image.own(explorer)
    if image is None:
        return None
    q = your_image.posterior(explorer, image)
    is_plane = is_of_z and places.shape[1] == 2
    if is_of_z:
        place = q.mu[0]
    else:
        place = places[neighbours.closest(explorer.codes("test").mu[np.asarray(index)], q.mu)[0]]
    return Pin(
        place=place,
        picture=image.pixels,
        words=f"{image.given.caption}: click to follow it" + " (at the nearest test image)" * (not is_of_z),
        sd=q.sd[0] if is_plane and q.form == "gaussian" else None,
        cloud=q.sample(DRAWS, np.random.default_rng(0))[:, 0] if is_plane and q.form == "implicit" else None,
        on_click=choice.choose_own,
    )


def original(explorer: Explorer, chosen: Chosen) -> dict[str, Any] | None:
    """The image for a live view that decodes its code, None where another code is chosen."""
    image = your_image.own(explorer) if chosen.is_own else None
    return None if image is None else live.own_picture(image.pixels, image.given.caption)
