"""One image through a model: encoded, its code drawn again and again, decoded, and scored in nats.

The codes that ship hold an nll over 10 draws of z, which for a wide q(z|x) is off by tens of nats. An image
that is looked at is scored over DRAWS draws, with the error that its mean still has.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.explorer import Explorer
from vae.images import export
from vae.model.posterior import Form

Floats = NDArray[np.float32]

DECODED = 5  # draws of z that are decoded
DRAWS = 100  # draws of z over which an image's nll is a mean


@dataclass(frozen=True)
class Nats:
    """The terms of an image's -ELBO, nats; None where the model knows none."""

    nll: float | None  # mean over DRAWS draws of z with a fixed seed
    error: float | None  # standard error of that mean, and so of nll + kl
    kl: float | None  # 0 for a point

    @property
    def loss(self) -> float | None:
        """nll + kl, lower is better: -ELBO; of an autoencoder, and where kl is unknown, the nll."""
        return None if self.nll is None else self.nll + (self.kl or 0.0)


@dataclass(frozen=True)
class Reconstruction:
    """What a model makes of one image x; K draws of z, None where the model knows none."""

    image: Floats  # (H, W, C) in [0, 1]
    mu: Floats  # (D,)
    sd: Floats  # (D,) standard deviations of q(z|x), in prior standard deviations
    form: Form  # of q(z|x)
    draws: Floats  # (K, D) z ~ q(z|x)
    reconstruction: Floats  # (H, W, C), decoder mean at mu
    decoded_draws: Floats  # (DECODED, H, W, C)
    nats: Nats
    typicality: float | None  # share in [0, 1] of the test images with a larger loss


@dataclass(frozen=True)
class Score:
    """How a model does on one image; None where that is unknown."""

    mu: Floats  # (D,)
    reconstruction: Floats  # (H, W, C)
    mse: float | None  # per pixel and channel
    nll: float | None  # nats
    elbo: float | None  # nats; None for an autoencoder, too
    error: float | None  # standard error of both, nats; None of what ships with the codes


def reconstruct(explorer: Explorer, image: Floats, count: int, seed: int) -> Reconstruction:
    """Encode and decode an image (H, W, C) in [0, 1], with `count` draws of z ~ q(z|x) by the seed."""
    q = explorer.encode(image[None])
    draws = q.sample(count, np.random.default_rng(seed))[:, 0]
    decoded = explorer.decode(np.concatenate([q.mu, draws[:DECODED]]))
    terms = nats(explorer, image)
    return Reconstruction(
        image=image,
        mu=q.mu[0],
        sd=q.sd[0],
        form=q.form,
        draws=draws,
        reconstruction=decoded[0],
        decoded_draws=decoded[1:],
        nats=terms,
        typicality=_rank(explorer, terms.loss),
    )


def beside(explorer: Explorer, images: Floats) -> Floats:
    """Sheet (2 H, N W, C): images (N, H, W, C) in [0, 1], and below each its reconstruction at mu."""
    return export.tile(np.stack([images, explorer.decode(explorer.encode(images).mu)]))


def score(explorer: Explorer, image: Floats) -> Score:
    """How the model does on an image (H, W, C) in [0, 1]."""
    mu = explorer.encode(image[None]).mu
    decoded = explorer.decode(mu)[0]
    mse = float(np.square(decoded - image, dtype=np.float64).mean())
    terms = nats(explorer, image)
    return Score(mu[0], decoded, mse, terms.nll, _elbo(explorer, terms), terms.error)


def shipped_score(explorer: Explorer, index: int) -> Score:
    """How the model does on a test image that is not here, from its codes."""
    codes = explorer.codes("test")
    terms = Nats(_at(codes.nll, index), None, _at(codes.kl, index))
    mu = codes.mu[index]
    return Score(mu, explorer.decode(mu[None])[0], None, terms.nll, _elbo(explorer, terms), None)


def nats(explorer: Explorer, image: Floats) -> Nats:
    """The terms of an image (H, W, C) in [0, 1].

    None where the model has no likelihood, or the KL no closed form.
    """
    kl_per_dim = explorer.encode(image[None]).kl_per_dim()
    kl = None if kl_per_dim is None else float(kl_per_dim.sum())
    if not explorer.can("likelihood"):
        return Nats(None, None, kl)
    nll, error = explorer.expected_nll(image[None], DRAWS)
    return Nats(float(nll[0]), float(error[0]), kl)


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


def _rank(explorer: Explorer, loss: float | None) -> float | None:
    """The typicality of an image with this loss, None where that or the test images' is unknown."""
    test = explorer.codes("test")
    if loss is None or test.nll is None:
        return None
    losses = test.nll.astype(np.float64) + (0.0 if test.kl is None else test.kl)  # added as `loss` is
    return typicality(losses, loss)


def _at(values: Floats | None, index: int) -> float | None:
    return None if values is None else float(values[index])


def _elbo(explorer: Explorer, terms: Nats) -> float | None:
    return None if terms.loss is None or not explorer.can("gaussian") else -terms.loss
