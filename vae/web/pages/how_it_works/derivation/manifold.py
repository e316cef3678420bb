"""Images on a manifold: the Swiss roll in space, and laid flat."""

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

- The **straight line** through the air (red) leaves the sheet. Half-way between two images, pixel by pixel,
  lies no image of their kind.
- The **way along the sheet** (blue) is straight once the sheet lies flat, and may be many times as long: what
  is near through the air may be far along the sheet. **Drag A or B** to compare the two.
- That is why the pages of this explorer walk through codes, not through pixels.
- The **colours** are six clusters. Each point was first joined to its {neighbours} nearest ones, and only
  joined clusters may merge; so they follow the sheet, band after band. By straight-line distance alone
  they would reach through the air to the next turn.

Here the sheet is laid flat by the formula that rolled it up. For images nobody knows that formula. A **VAE**
learns two functions in its place, which also work for new points:

- the **encoder** $q(z\mid x)$ leads from the image to its place on the sheet,
- the **decoder** $p(x\mid z)$ from the place back to the image.
"""
SOURCE = "Ward's method on a graph of neighbours: scikit-learn, Hierarchical clustering with structure."


def show(explorer: Explorer) -> None:
    """The roll and its words."""
    figure, words = layout.columns()
    with words:
        spec, name = explorer.image_spec, html.plain_markdown(explorer.dataset.name)
        words_of_roll = WORDS.format(neighbours=swiss_roll.NEIGHBOURS)
        layout.words(INTRODUCTION.format(name=name, words=spec.words, size=spec.size) + words_of_roll)
        layout.source(SOURCE)
    with figure:
        moving.figure("roll", _roll())
        st.caption(
            f"{swiss_roll.POINTS:,} points with noise of {swiss_roll.NOISE}, coloured by "
            f"{swiss_roll.CLUSTERS} clusters that Ward's method finds on a graph of "
            f"{swiss_roll.NEIGHBOURS} neighbours. Lengths are in the unit in which the radius is 4.5 π."
        )


@st.cache_resource(show_spinner=False, max_entries=1)
def _roll() -> dict[str, Any]:
    roll = swiss_roll.load()
    return {
        "points": roll.points.tolist(),
        "clusters": roll.clusters.tolist(),
        "unrolled": roll.unrolled.tolist(),
        "colours": class_colours(swiss_roll.CLUSTERS),
        "pair": roll.detour(),
    }
