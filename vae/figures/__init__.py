"""Arrays in, plotly figures out: the explorer's charts, pure, with no model, page or file behind them.

    style     colours, plotly's configuration, the layout of a latent plane, checked inputs
    drawing   a figure put together without plotly's checks, which the tests make
    scatter   codes coloured by class: the latent plane, t-SNE and PCA in 2-D and 3-D
    overlays  what is drawn on a plane: a path, a chosen z, a posterior, the prior, points to click
    pictures  the sheet of decoded images, the error of a reconstruction
    charts    numbers: a distribution with one image marked, the KL of each dimension

Backgrounds are transparent and the colours of text and grid are left to the theme: it fits light and dark.
"""

from vae.figures.distributions import INACTIVE_BELOW, distribution, kl_bars
from vae.figures.drawing import Drawing
from vae.figures.images import decoded_grid, error_map
from vae.figures.overlays import (
    add_cloud,
    add_ellipse,
    add_marker,
    add_path,
    add_plane,
    add_prior,
    focus,
    holds,
    include,
    prior_mass,
)
from vae.figures.scatter import embedding_scatter, embedding_scatter_3d, latent_scatter
from vae.figures.theme import CLASS_COLOURS, CONFIG, FOLLOWED, subscript

__all__ = [
    "CLASS_COLOURS",
    "CONFIG",
    "FOLLOWED",
    "INACTIVE_BELOW",
    "Drawing",
    "add_cloud",
    "add_ellipse",
    "add_marker",
    "add_path",
    "add_plane",
    "add_prior",
    "decoded_grid",
    "distribution",
    "embedding_scatter",
    "embedding_scatter_3d",
    "error_map",
    "focus",
    "holds",
    "include",
    "kl_bars",
    "latent_scatter",
    "prior_mass",
    "subscript",
]
