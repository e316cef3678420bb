"""Step 0, for whoever has never heard of a VAE: three pictures, each with a few words.

flow       an image, its code, and the image that is made of it
holes      the codes of an autoencoder beside those of a VAE
watched    the codes while the networks learn
"""

from vae.explorer import Explorer
from vae.web.pages.how_it_works.begin import flow, holes, watched


def show(explorer: Explorer) -> None:
    """All three, one below the other."""
    flow.show(explorer)
    holes.show(explorer)
    watched.show()
