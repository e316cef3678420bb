"""Reconstruct: one image's way through the model, from pixels to q(z|x) and back to pixels, with its nats."""

from vae.web.kit import frame
from vae.web.pages.reconstruct import reconstruction
from vae.web.selection import your_image

page = frame.begin(
    "reconstruct",
    "An image is squeezed into a few numbers, its code z, and rebuilt from them. What gets lost on the way? "
    "Try an image of your own.",
    beside=your_image.show,
)
reconstruction.show(page.explorer)
