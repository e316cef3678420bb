"""The likelihood of a pixel: what it costs, and what each choice makes of a trained model.

costs           cross-entropy and squared error as two densities
likelihoods     the same network trained with both
variance        where the Gaussian's variance comes from
"""

from vae.explorer import Explorer
from vae.web.pages.how_it_works import parts
from vae.web.pages.how_it_works.parts import Part
from vae.web.pages.how_it_works.pixels import costs, likelihoods, variance

PARTS = {
    "cost": Part("Cost of a pixel", costs.figure, costs.WORDS, costs.SOURCE),
    "likelihoods": Part("Both trained", likelihoods.figure, likelihoods.WORDS, likelihoods.SOURCE),
    "variance": Part("Variance of a pixel", variance.figure, variance.WORDS, variance.SOURCE),
}


def show(explorer: Explorer) -> None:
    """The chosen part."""
    parts.show(explorer, "pixel_part", PARTS, "What one pixel costs, and what that makes of a trained model.")
