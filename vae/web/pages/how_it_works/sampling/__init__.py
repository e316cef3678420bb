"""The draw of z, and how a gradient gets through it.

reparameterisation  sample, then scale; scale, then sample
"""

from vae.web.pages.how_it_works.sampling.reparameterisation import show

__all__ = ["show"]
