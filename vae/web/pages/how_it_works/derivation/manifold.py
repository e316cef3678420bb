"""Images on a manifold: the Swiss roll in space, and unrolled."""

from typing import Any

import streamlit as st

from vae.explorer import Explorer
from vae.figures import class_colours
from vae.latent import swiss_roll
from vae.web.kit import html
from vae.web.pages.how_it_works import layout, moving

INTRODUCTION = """
An image of {name} has {words} pixels: {size:,} numbers, so it is a point in a space of {size:,} dimensions.
Almost all points of that space look like noise. The images that look like those of {name} fill only a thin,
curved part of it.

That is the **manifold hypothesis**: data with many numbers vary in few ways. What an image
shows can lean, stretch or grow, but if its pixels change one by one it soon shows nothing at all.
"""
WORDS = r"""
The **Swiss roll** shows this in three dimensions. Its points lie on a sheet that is rolled up. Two numbers
say where on the sheet a point is: those are its **code**.

- The straight line from one turn of the roll to the next leaves the sheet. Half-way between two images,
  pixel by pixel, lies no image of their kind.
- On the unrolled sheet a straight line stays among the points. That is why the pages of this explorer walk
  through codes, not through pixels.
- The **colours** are clusters by straight-line distance in space. Unrolled, most of them fall into pieces:
  what is near through the air may be far along the sheet.

Here *locally linear embedding* unrolls the sheet: it keeps each point among its neighbours. It places the
points it was given and no others. A **VAE** learns two functions instead, which also work for new points:

- the **encoder** $q(z\mid x)$ leads from the image to its place on the sheet,
- the **decoder** $p(x\mid z)$ from the place back to the image.
"""
SOURCE = "Roweis and Saul, Nonlinear Dimensionality Reduction by Locally Linear Embedding, 2000."


def show(explorer: Explorer) -> None:
    """The roll and its words."""
    figure, words = layout.columns()
    with words:
        spec, name = explorer.image_spec, html.plain_markdown(explorer.dataset.name)
        st.markdown(INTRODUCTION.format(name=name, words=spec.words, size=spec.size) + WORDS)
        st.caption(f"LLE: {SOURCE}")
    with figure:
        moving.figure("roll", _roll())
        st.caption(
            f"{swiss_roll.POINTS:,} points with noise of {swiss_roll.NOISE}, coloured by "
            f"{swiss_roll.CLUSTERS} clusters that Ward's method finds in space; LLE with "
            f"{swiss_roll.NEIGHBOURS} neighbours."
        )


@st.cache_resource(show_spinner=False, max_entries=1)
def _roll() -> dict[str, Any]:
    roll = swiss_roll.load()
    return {
        "points": roll.points.tolist(),
        "clusters": roll.clusters.tolist(),
        "unrolled": roll.unrolled.tolist(),
        "colours": class_colours(swiss_roll.CLUSTERS),
        "neighbours": swiss_roll.NEIGHBOURS,
    }
