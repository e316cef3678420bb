"""One image's passage through a model: encoded, encoded again and again, decoded, and compared in nats.

K is the number of repeated encodings z ~ q(z|x); the first few of them are decoded to be looked at.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from vae.explorer import Explorer
from vae.latent import paths

DECODED = 5  # repeated encodings that are decoded


@dataclass(frozen=True)
class Passage:
    """What happens to one image x (28, 28); nats are per image."""

    pixels: np.ndarray  # (28, 28) in [0, 1]
    mu: np.ndarray  # (D,)
    sd: np.ndarray  # (D,) standard deviations of q(z|x), in prior standard deviations
    repeats: np.ndarray  # (K, D) repeated encodings
    reconstruction: np.ndarray  # (28, 28), decoder mean at mu
    decoded_repeats: np.ndarray  # (DECODED, 28, 28)
    nll: float
    kl: float  # 0 for an autoencoder, which has none
    typicality: float  # share in [0, 1] of the test images with a larger nll + kl

    @property
    def loss(self) -> float:
        """nll + kl, nats, lower is better: -ELBO, of an autoencoder the nll."""
        return self.nll + self.kl


def follow(
    explorer: Explorer, pixels: np.ndarray, repeats: int, noise: int, index: int | None = None
) -> Passage:
    """Take an image (28, 28) in [0, 1] through the model; `noise` is the seed of the repeated encodings.

    `index` is that of a test image of the model's own data set.
    """
    image = pixels[None].astype(np.float32)
    mu, log_var = explorer.encode(image)
    nll, kl = nats(explorer, image[0], index)
    draws = (
        paths.posterior_samples(mu[0], log_var[0], repeats, noise)
        if explorer.has_posterior
        else mu.repeat(repeats, axis=0)  # each time the same
    )
    decoded = explorer.decode(np.concatenate([mu, draws[:DECODED]]))
    return Passage(
        pixels=image[0],
        mu=mu[0],
        sd=np.exp(0.5 * log_var[0]),
        repeats=draws,
        reconstruction=decoded[0],
        decoded_repeats=decoded[1:],
        nll=nll,
        kl=kl,
        typicality=typicality(explorer.codes("test").loss, nll + kl),
    )


def nats(explorer: Explorer, image: np.ndarray, index: int | None = None) -> tuple[float, float]:
    """nll, mean over 10 draws of z with a fixed seed, and KL of an image (28, 28) in [0, 1], nats.

    Those of a test image ship with its code: ten other draws would make it another number, off by some nats.
    """
    if index is not None:
        codes = explorer.codes("test")
        return float(codes.nll[index]), float(codes.kl[index])
    terms = explorer.evaluate(image[None])
    return float(terms.nll[0]), float(terms.kl[0])


def typicality(losses: ArrayLike, loss: float) -> float:
    """Share in [0, 1] of losses (N,), -ELBO in nats, above `loss`: images less typical than this one.

    Raises:
        ValueError: for losses that are not (N,) finite numbers, or a loss that is not finite.
    """
    all_losses = np.asarray(losses, np.float64)
    if all_losses.ndim != 1 or not len(all_losses) or not np.isfinite(all_losses).all():
        raise ValueError("losses must hold finite numbers, one for each image")
    if not np.isfinite(loss):
        raise ValueError(f"loss must be a finite number, got {loss}")
    return float(np.mean(all_losses > loss))
