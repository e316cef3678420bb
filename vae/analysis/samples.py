"""New images: codes drawn from the prior, decoded, as means and as true draws of pixels."""

from dataclasses import dataclass

import numpy as np

from vae.explorer import Explorer
from vae.latent import paths


@dataclass(frozen=True)
class Settings:
    """How to draw: images per side, standard deviation of z, seed."""

    side: int
    temperature: float
    seed: int


@dataclass(frozen=True)
class Samples:
    """Sheets (28 side, 28 side) in [0, 1] of the same codes."""

    means: np.ndarray
    draws: np.ndarray
    cut: float  # share of the drawn pixels outside [0, 1], which are cut for display


def sample(explorer: Explorer, settings: Settings) -> Samples:
    """Draw codes from N(0, T² I), decode them, and draw the pixels; the same for the same seed."""
    side = settings.side
    z = settings.temperature * paths.prior_samples(side**2, explorer.latent_dim, settings.seed)
    means = explorer.decode(z)
    draws = explorer.draw(means, np.random.default_rng([settings.seed, 1]))
    cut = float(np.mean((draws < 0) | (draws > 1)))
    shape = (side, side, *means.shape[1:])
    return Samples(paths.tile(means.reshape(shape)), paths.tile(draws.clip(0, 1).reshape(shape)), cut)
