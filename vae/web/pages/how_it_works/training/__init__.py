"""One training step, stage by stage, beside the code that takes it.

stages     what happens in each, and which line of code does it
picture    images, networks and the latent plane
tables     the numbers
chapter    all of it on the page
"""

from vae.web.pages.how_it_works.training.chapter import show

__all__ = ["show"]
