"""One image through a model: encoded, its code drawn again and again, decoded, and scored in nats."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.explorer import Explorer
from vae.model.posterior import Form

Floats = NDArray[np.float32]

DECODED = 5  # draws of z that are decoded


@dataclass(frozen=True)
class Reconstruction:
    """What a model makes of one image x; K draws of z, nats per image, None where the model knows none."""

    image: Floats  # (H, W, C) in [0, 1]
    mu: Floats  # (D,)
    sd: Floats  # (D,) standard deviations of q(z|x), in prior standard deviations
    form: Form  # of q(z|x)
    draws: Floats  # (K, D) z ~ q(z|x)
    reconstruction: Floats  # (H, W, C), decoder mean at mu
    decoded_draws: Floats  # (DECODED, H, W, C)
    nll: float | None
    kl: float | None  # 0 for a point
    typicality: float | None  # share in [0, 1] of the test images with a larger nll + kl

    @property
    def loss(self) -> float | None:
        """nll + kl, nats, lower is better: -ELBO, of an autoencoder the nll."""
        return _sum(self.nll, self.kl)


@dataclass(frozen=True)
class Score:
    """How a model does on one image; None where that is unknown."""

    mu: Floats  # (D,)
    reconstruction: Floats  # (H, W, C)
    mse: float | None  # per pixel and channel
    nll: float | None  # nats
    elbo: float | None  # nats; None for an autoencoder, too


def reconstruct(
    explorer: Explorer, image: Floats, count: int, seed: int, index: int | None = None
) -> Reconstruction:
    """Encode and decode an image (H, W, C) in [0, 1], with `count` draws of z ~ q(z|x) by the seed.

    `index` is that of a test image of the model's own data set.
    """
    q = explorer.encode(image[None])
    draws = q.sample(count, np.random.default_rng(seed))[:, 0]
    decoded = explorer.decode(np.concatenate([q.mu, draws[:DECODED]]))
    nll, kl = nats(explorer, image, index)
    return Reconstruction(
        image=image,
        mu=q.mu[0],
        sd=q.sd[0],
        form=q.form,
        draws=draws,
        reconstruction=decoded[0],
        decoded_draws=decoded[1:],
        nll=nll,
        kl=kl,
        typicality=_rank(explorer, _sum(nll, kl)),
    )


def score(explorer: Explorer, image: Floats, index: int | None = None) -> Score:
    """How the model does on an image (H, W, C) in [0, 1]; `index` as for `nats`."""
    mu = explorer.encode(image[None]).mu
    decoded = explorer.decode(mu)[0]
    mse = float(np.square(decoded - image, dtype=np.float64).mean())
    nll, kl = nats(explorer, image, index)
    return Score(mu[0], decoded, mse, nll, _elbo(explorer, nll, kl))


def shipped_score(explorer: Explorer, index: int) -> Score:
    """How the model does on a test image that is not here, from its codes."""
    codes = explorer.codes("test")
    mu, nll, kl = codes.mu[index], _at(codes.nll, index), _at(codes.kl, index)
    return Score(mu, explorer.decode(mu[None])[0], None, nll, _elbo(explorer, nll, kl))


def nats(explorer: Explorer, image: Floats, index: int | None = None) -> tuple[float | None, float | None]:
    """nll, mean over 10 draws of z with a fixed seed, and KL of an image (H, W, C) in [0, 1], nats.

    Those of a test image come with its code: ten other draws would make it another number, off by some nats.
    None where the model has no likelihood, or the KL no closed form.
    """
    if index is not None:
        codes = explorer.codes("test")
        return _at(codes.nll, index), _at(codes.kl, index)
    kl = explorer.encode(image[None]).kl_per_dim()
    if kl is None or not explorer.can("likelihood"):
        return None, None if kl is None else float(kl.sum())
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


def _rank(explorer: Explorer, loss: float | None) -> float | None:
    """The typicality of an image with this loss, None where that or the test images' is unknown."""
    test = explorer.codes("test")
    if loss is None or test.nll is None or test.kl is None:
        return None
    return typicality(test.nll.astype(np.float64) + test.kl, loss)  # added as `loss` is: no rounding apart


def _at(values: Floats | None, index: int) -> float | None:
    return None if values is None else float(values[index])


def _sum(nll: float | None, kl: float | None) -> float | None:
    return None if nll is None or kl is None else nll + kl


def _elbo(explorer: Explorer, nll: float | None, kl: float | None) -> float | None:
    loss = _sum(nll, kl) if explorer.can("gaussian") else None
    return None if loss is None else -loss
