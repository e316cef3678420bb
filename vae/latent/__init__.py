"""The geometry of latent spaces: arrays and callables in, arrays out."""
