"""Reconstruct: one image's way through the model, from pixels to q(z|x) and back to pixels, with its nats."""

from vae.web.kit import frame
from vae.web.pages.reconstruct import reconstruction
from vae.web.selection import your_image

page = frame.begin(
    "reconstruct",
    "Follow one image from left to right: the encoder turns it into a cloud of codes, the decoder turns a "
    "code back into an image. Try an image of your own: what does the model lose?",
    beside=your_image.show,
)
reconstruction.show(page.explorer)
