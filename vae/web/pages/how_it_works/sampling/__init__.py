"""The draw of z, how a gradient gets through it, and what else can go wrong with it.

reparameterisation  sample, then scale; scale, then sample
spread              two ways to the gradient, and what more draws change
continuous          a z that jumps
strong_decoder      a z that is ignored
"""

from vae.explorer import Explorer
from vae.web.pages.how_it_works import parts
from vae.web.pages.how_it_works.parts import Part
from vae.web.pages.how_it_works.sampling import continuous, reparameterisation, spread, strong_decoder

PARTS = {
    "draw": Part("The draw", reparameterisation.figure, reparameterisation.WORDS, reparameterisation.SOURCE),
    "spread": Part("Its spread", spread.figure, spread.WORDS, spread.SOURCE),
    "continuous": Part("A z that jumps", continuous.figure, continuous.WORDS, continuous.SOURCE),
    "ignored": Part(
        "A z that is ignored", strong_decoder.figure, strong_decoder.WORDS, strong_decoder.SOURCE
    ),
}


def show(explorer: Explorer) -> None:
    """The chosen part."""
    parts.show(explorer, "sampling_part", PARTS, "What is drawn, and what that does to the gradient.")
