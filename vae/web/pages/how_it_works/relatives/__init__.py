"""Relatives of the VAE, small ones trained for this page; which one is shown stands in the address.

beta                rate against distortion
conditional         one hand writes all ten digits
semi_supervised     few labels, many images
asymmetric          encoders that do not mirror their decoder
"""

from vae.explorer import Explorer
from vae.web.pages.how_it_works import parts
from vae.web.pages.how_it_works.parts import Part
from vae.web.pages.how_it_works.relatives import asymmetric, beta, conditional, semi_supervised

RELATIVES = {
    "beta": Part("Beta-VAE", beta.figure, beta.WORDS, beta.SOURCE),
    "conditional": Part("Conditional VAE", conditional.figure, conditional.WORDS, conditional.SOURCE),
    "semi-supervised": Part(
        "Semi-supervised VAE", semi_supervised.figure, semi_supervised.WORDS, semi_supervised.SOURCE
    ),
    "asymmetric": Part("Two unlike networks", asymmetric.figure, asymmetric.WORDS, asymmetric.SOURCE),
}


def show(explorer: Explorer) -> None:
    """The chosen relative."""
    parts.show(explorer, "relative", RELATIVES, "Which relative of the VAE is shown.")
