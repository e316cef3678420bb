"""Where an image that is followed can come from: test images, strange ones, uploads, drawings."""
