"""Interpolate: the path between two images, frame by frame, and all pairs of classes at once."""

from vae.web import live
from vae.web.kit import frame
from vae.web.pages.interpolate import interpolation
from vae.web.selection import your_image

page = frame.begin(
    "interpolate",
    "Every point of the latent space decodes to an image. Drag t, or press Play: one image turns into "
    "another on the way from A to B.",
    beside=your_image.show,
)
interpolation.show(page.explorer)
live.weights(page.explorer)  # after the chart, since it takes longer to arrive
