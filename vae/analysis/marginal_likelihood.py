"""log p(x) of one image by weighted draws of z, and the ELBO under a q(z|x) made wider or narrower.

The model must have the abilities `gaussian` and `likelihood`. Symbols: K draws, R repeats, W widths. Nats.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.explorer import Explorer
from vae.latent import importance, prior

Floats = NDArray[np.float64]
Image = NDArray[np.float32]


class Widths(NamedTuple):
    """One image's terms under a q of each width, (W,), and log p(x)."""

    nll: Floats
    kl: Floats
    log_evidence: float


def guesses(explorer: Explorer, image: Image, repeats: int, draws: int) -> tuple[Floats, Floats]:
    """Estimates of log p(x) of an image (H, W, C) after 1 to K draws, each (R, K).

    The first are from codes drawn from the prior, the others from codes drawn from the encoder's q(z|x).
    """
    q = explorer.encode(image[None])
    from_prior, from_encoder = [], []
    for seed in range(repeats):
        noise = prior.samples(draws, explorer.latent_dim, seed)
        from_prior.append(-explorer.nll(image, noise))
        from_encoder.append(_log_weights(explorer, image, q.mu[0], q.sd[0], noise))
    return importance.running_estimates(from_prior), importance.running_estimates(from_encoder)


def terms_by_width(explorer: Explorer, image: Image, widths: ArrayLike, draws: int, weighted: int) -> Widths:
    """The terms for an image (H, W, C) under the encoder's q with its sd times each width (W,).

    They are means over `draws` draws of z, log p(x) an estimate from `weighted` draws.
    """
    q = explorer.encode(image[None])
    noise = prior.samples(weighted, explorer.latent_dim, seed=0)
    log_w = _log_weights(explorer, image, q.mu[0], q.sd[0], noise)
    log_evidence = float(importance.running_estimates(log_w)[-1])
    terms = importance.terms_by_width(
        lambda z: explorer.nll(image, z), q.mu[0], q.sd[0], widths, noise[:draws]
    )
    return Widths(*terms, log_evidence)


def _log_weights(explorer: Explorer, image: Image, mu: Image, sd: Image, noise: Floats) -> Floats:
    z = mu + sd * noise
    return importance.log_weights(-explorer.nll(image, z), z, mu, sd)
