"""The score of a model on images: ELBO, nll and KL in nats per image, and the units in use."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vae.analysis import active
from vae.model.posterior import FORMS, Form
from vae.training.parallel import draws
from vae.training.vae import Trainable

NUMBERS = 784_000  # of images that are evaluated at a time


@dataclass(frozen=True)
class Evaluation:
    """The terms of the ELBO of N images, in nats, and their posteriors."""

    nll: Tensor  # (N,) averaged over the samples of z
    kl_per_dim: Tensor  # (N, D), 0 for a point, NaN where nobody knows it
    mu: Tensor  # (N, D)
    log_var: Tensor  # (N, D), -inf for a point
    mse: Tensor  # (N,) squared error of the mean decoded from mu, mean over the pixels
    form: Form

    @property
    def kl(self) -> Tensor:
        """KL(q(z|x) || p(z)), (N,) nats per image; NaN where nobody knows it."""
        return self.kl_per_dim.sum(dim=1)

    @property
    def known_kl(self) -> NDArray[np.float32] | None:
        """The KL, (N,) nats per image, None where nobody knows it."""
        return None if self.form == "implicit" else np.asarray(self.kl)

    @property
    def elbo(self) -> Tensor:
        """Evidence lower bound, (N,) nats per image, higher is better; NaN without a density."""
        return -(self.nll + self.kl) if self.form == "gaussian" else torch.full_like(self.nll, torch.nan)

    @property
    def active_units(self) -> int:
        """Number of active dimensions, by the mean KL of each; without a density of those that vary."""
        if self.form != "gaussian":
            return self.varying_units
        return int(active.is_active(self.kl_per_dim.double().mean(dim=0).numpy()).sum())

    @property
    def varying_units(self) -> int:
        """Number of dimensions whose posterior mean varies over the images, see `vae.analysis.active`."""
        return active.varying(self.mu.numpy())


@torch.no_grad()
def evaluate(model: Trainable, x: Tensor, samples: int = 10, seed: int = 0) -> Evaluation:
    """The ELBO's terms for images x (N, H W C), with `samples` draws of z per image.

    Images are levels in [0, 1], or bytes, which are made levels a batch at a time.

    Raises:
        ValueError: if a pixel lies outside [0, 1], or for fewer than one sample.
    """
    if samples < 1:
        raise ValueError(f"samples must be at least 1, got {samples}")
    device = next(model.parameters()).device
    generator = torch.Generator(device).manual_seed(seed)
    rows = []
    for batch in batches_of(x, device):
        nll, posterior = model.terms(batch, samples, generator)
        mse = (model.decode(posterior.mu) - batch).square().mean(dim=1)
        rows.append((nll, model.kl_per_dim(posterior), posterior.mu, posterior.log_var, mse))
    nll, kl_per_dim, mu, log_var, mse = (torch.cat(column).cpu() for column in zip(*rows, strict=True))
    return Evaluation(nll, kl_per_dim, mu, log_var, mse, FORMS[model.config.kind])


def batches_of(x: Tensor, device: torch.device) -> Iterator[Tensor]:
    """Levels of images (N, H W C) on the device, some of them at a time."""
    return (levels(some.to(device)) for some in x.split(max(1, NUMBERS // x.shape[1])))


def levels(x: Tensor) -> Tensor:
    """Images as levels in [0, 1]: bytes are divided by 255."""
    return x.float() / 255 if x.dtype == torch.uint8 else x


def binarised(x: Tensor, generator: torch.Generator) -> Tensor:
    """Images (B, H W C) in black and white, each pixel at random by its level (Burda et al., 2016)."""
    return draws.bernoulli(levels(x), generator)


def summary(
    evaluation: Evaluation,
    dataset: str,
    split: str,
    samples: int,
    seed: int,
    pixels: str = "levels in [0, 1]",
) -> dict[str, Any]:
    """Means over the images, with units and counts, ready for JSON; `pixels` says what they hold."""
    is_known = evaluation.form != "implicit"  # its KL
    return {
        "unit": "nats per image, mean over images",
        "data": f"{dataset} {split}, {pixels}",
        "images": len(evaluation.nll),
        "samples": samples,
        "seed": seed,
        "elbo": evaluation.elbo.double().mean().item() if evaluation.form == "gaussian" else None,
        "nll": evaluation.nll.double().mean().item(),
        "kl": evaluation.kl.double().mean().item() if is_known else None,
        "kl_per_dim": evaluation.kl_per_dim.double().mean(dim=0).tolist() if is_known else [],
        "mse": evaluation.mse.double().mean().item(),
        "active_units": evaluation.active_units,
        "varying_units": evaluation.varying_units,
        "latent_dim": evaluation.mu.shape[1],
    }


def summary_text(said: dict[str, Any]) -> str:
    """The summary for people: one figure a line."""
    return "\n".join(
        (
            f"{said['data']}, {said['images']:,} images, {said['samples']} samples of z each, "
            f"seed {said['seed']}",
            *_elbo_lines(said),
            f"mse   {said['mse']:9.5f} per pixel, of the mean decoded from mu",
            *_units_lines(said),
        )
    )


def _elbo_lines(said: dict[str, Any]) -> Iterator[str]:
    elbo, nll = said["elbo"], f"nll   {said['nll']:9.3f} nats per image"
    if said["kl"] is None:
        yield from ("ELBO  unknown, an implicit posterior has no density", nll)
        if "kl_estimate" in said:
            yield f"KL    {said['kl_estimate']:9.3f} nats per image, an estimate by the critic, no bound"
        if "kl_least" in said:
            where = f"nats per image, {said['kl_looked_at']} images"
            yield f"KL    {said['kl_least']:9.3f} {where}, at least, by q's mean and covariance"
            if "kl_neighbours" in said:
                yield f"KL    {said['kl_neighbours']:9.3f} {where}, from neighbours of draws"
        return
    yield "ELBO  " + (
        "none, an autoencoder has no posterior"
        if elbo is None
        else f"{elbo:9.3f} nats per image (higher is better)"
    )
    yield from (nll, f"KL    {said['kl']:9.3f} nats per image")


def _units_lines(said: dict[str, Any]) -> Iterator[str]:
    if said["kl_per_dim"]:
        yield "KL per dimension: " + " ".join(f"{value:.2f}" for value in said["kl_per_dim"])
        by_kl = f"{said['active_units']} of {said['latent_dim']} by KL, {said['varying_units']}"
        yield f"active units: {by_kl} by the variance of mu"
    else:
        yield f"active units: {said['varying_units']} of {said['latent_dim']} by the variance of mu"
