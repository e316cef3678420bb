"""A decoder that also sees pixels of the image that it is to give: the more it sees, the less z tells it.

network    such a decoder, and how an image is drawn from it
study      one trained for each number of rows that it sees
"""

from vae.training.studies.strong_decoder.study import run

__all__ = ["run"]
