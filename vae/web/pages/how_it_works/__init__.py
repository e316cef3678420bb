"""The derivation of the VAE, step by step: a figure that moves, and beside it the words and equations.

    steps       which chapter is shown, and the way to the next
    moving      figures that the browser moves without the server
    gaussian    the q that two of them share, kept in the address

One module for each chapter, `steps.CHAPTERS` has their order; those in `derivation` lead from the likelihood
to the bound and to the encoder.
"""

from vae.web.pages.how_it_works.steps import show

__all__ = ["show"]
