"""Inference: the encoder's one-pass answer for an image, against a search for the best q(z|x)."""

from vae.web.kit import frame
from vae.web.pages.inference import search

page = frame.begin(
    "inference",
    "The encoder answers in one pass. Press Play: a search for this one image alone moves q(z|x) on. "
    "How much does its ELBO gain, and how far does it stay below log p(x)?",
)
search.show(page.explorer)
