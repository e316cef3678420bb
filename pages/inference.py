"""Inference: the encoder's one-pass answer for an image, against a search for the best q(z|x)."""

from vae.web.kit import frame
from vae.web.pages.inference import search
from vae.web.selection import your_image

page = frame.begin(
    "inference",
    "The encoder answers in one pass. Press Play: two searches for this one image alone move q(z|x) on, one "
    "from the encoder's answer, one from the peak of p(z|x). How much does the ELBO gain, and how far does "
    "it stay below log p(x)?",
    beside=your_image.show,
)
search.show(page.explorer)
