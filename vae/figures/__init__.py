"""Arrays in, plotly figures out: the explorer's charts, pure, with no model, page or file behind them.

    theme             colours, plotly's configuration
    palette           a colour for each class, however many
    layout            margins, legends, the axes of a latent plane, checked inputs
    drawing           a figure put together without plotly's checks, which the tests make
    scatter           codes coloured by class or loss: the latent plane, t-SNE and PCA in 2-D and 3-D
    overlays          what is drawn on a plane: a path, a chosen z, a posterior, names
    images            the sheet of decoded images, the error of a reconstruction
    distributions     a distribution with one image marked, q(z|x) dimension by dimension
    curves            accuracy by the number of labels, errors by the number of steps
    path_strip        the frames of a path and numbers along it
    posterior_search  a search for the best q(z|x), animated
    playing           the handle by which the page plays an animated figure
    derivation        charts of the derivation of the ELBO

Backgrounds are transparent and the colours of text and grid are left to the theme: it fits light and dark.
"""

from vae.figures.distributions import dimensions, distribution
from vae.figures.drawing import Drawing
from vae.figures.images import decoded_grid, error_map
from vae.figures.overlays import add_cloud, add_ellipse, add_marker, add_path, focus, holds, include
from vae.figures.palette import class_colours
from vae.figures.scatter.maps import (
    embedding_scatter,
    embedding_scatter_3d,
    latent_scatter,
    latent_scatter_3d,
)
from vae.figures.theme import CONFIG, FOLLOWED

__all__ = [
    "CONFIG",
    "FOLLOWED",
    "Drawing",
    "add_cloud",
    "add_ellipse",
    "add_marker",
    "add_path",
    "class_colours",
    "decoded_grid",
    "dimensions",
    "distribution",
    "embedding_scatter",
    "embedding_scatter_3d",
    "error_map",
    "focus",
    "holds",
    "include",
    "latent_scatter",
    "latent_scatter_3d",
]
