"""The derivation of the VAE, step by step: a figure that moves, and beside it the words and equations.

    steps       which chapter is shown, and the way to the next
    moving      figures that the browser moves without the server
    gaussian    the q that two of them share, kept in the address

One module for each chapter, in their order: manifold, integral, bound, divergence, reparameterisation,
encodings, pixels, amortised.
"""

from vae.web.pages.how_it_works.steps import show

__all__ = ["show"]
