"""Inference: the encoder's one-pass answer for an image, against a search for the best q(z|x)."""

from vae.web.kit import frame
from vae.web.pages.inference import search
from vae.web.selection import your_image

page = frame.begin(
    "inference",
    "In one look the encoder says where in latent space an image lies, and how sure it is: q(z|x). How close "
    "is that to the true answer p(z|x) (inference), for the image that you choose?",
    beside=your_image.show,
)
search.show(page.explorer)
