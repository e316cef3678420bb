"""Data sets of the user's own: images read once into a memory-mapped cache, with a manifest.

A set is a folder of `vae.home`, by its name:

    manifest.json                what it is, see `manifest`; a folder without one is no set
    train.npy, test.npy          pixels (N, H, W, C) in bytes, in random order
    train.labels.npy, ...        index of the class (N,), where the images have labels
    train.names, test.names      which file each image was, see `vae.images.names`
    report.csv                   what became of each file

While images are read they lie in a folder of another name (see `store`); the finished set is there at once,
by a single rename.
"""
