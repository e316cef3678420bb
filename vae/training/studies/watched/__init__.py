"""A training to watch: where the codes of the same images lie after each epoch, and what is decoded there.

epochs    one small VAE, looked at while it trains
"""

from vae.training.studies.watched.epochs import run

__all__ = ["run"]
