"""The shape of an image."""

IMAGE_SIDE = 28
PIXELS = IMAGE_SIDE**2
