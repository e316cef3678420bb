"""Images: sets by name, untrusted bytes, preparation, masks, files to take home. NumPy, Pillow, SciPy."""
