"""The score of a model on images: ELBO, nll and KL in nats per image, and the units in use."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from vae.analysis import active
from vae.training.vae import VAE

NUMBERS = 784_000  # of images that are evaluated at a time


@dataclass(frozen=True)
class Evaluation:
    """The terms of the ELBO of N images, in nats, and their posteriors."""

    nll: Tensor  # (N,) averaged over the samples of z
    kl_per_dim: Tensor  # (N, D), 0 for an autoencoder
    mu: Tensor  # (N, D)
    log_var: Tensor  # (N, D), -inf for an autoencoder
    mse: Tensor  # (N,) squared error of the mean decoded from mu, mean over the pixels
    has_posterior: bool

    @property
    def kl(self) -> Tensor:
        """KL(q(z|x) || p(z)), (N,) nats per image."""
        return self.kl_per_dim.sum(dim=1)

    @property
    def elbo(self) -> Tensor:
        """Evidence lower bound, (N,) nats per image, higher is better; NaN for an autoencoder."""
        return -(self.nll + self.kl) if self.has_posterior else torch.full_like(self.nll, torch.nan)

    @property
    def active_units(self) -> int:
        """Number of active dimensions, by the mean KL of each; of an autoencoder of those that vary."""
        if not self.has_posterior:
            return self.varying_units
        return int(active.is_active(self.kl_per_dim.double().mean(dim=0).numpy()).sum())

    @property
    def varying_units(self) -> int:
        """Number of dimensions whose posterior mean varies over the images, see `vae.analysis.active`."""
        return active.varying(self.mu.numpy())


@torch.no_grad()
def evaluate(model: VAE, x: Tensor, samples: int = 10, seed: int = 0) -> Evaluation:
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
    for some in x.split(max(1, NUMBERS // x.shape[1])):
        batch = levels(some.to(device))
        nll, posterior = model.terms(batch, samples, generator)
        mse = (model.decode(posterior.mu) - batch).square().mean(dim=1)
        rows.append((nll, model.kl_per_dim(posterior), posterior.mu, posterior.log_var, mse))
    nll, kl_per_dim, mu, log_var, mse = (torch.cat(column).cpu() for column in zip(*rows, strict=True))
    return Evaluation(nll, kl_per_dim, mu, log_var, mse, model.config.kind == "vae")


def levels(x: Tensor) -> Tensor:
    """Images as levels in [0, 1]: bytes are divided by 255."""
    return x.float() / 255 if x.dtype == torch.uint8 else x


def summary(evaluation: Evaluation, dataset: str, split: str, samples: int, seed: int) -> dict[str, Any]:
    """Means over the images, with units and counts, ready for JSON."""
    return {
        "unit": "nats per image, mean over images",
        "data": f"{dataset} {split}, levels in [0, 1]",
        "images": len(evaluation.nll),
        "samples": samples,
        "seed": seed,
        "elbo": evaluation.elbo.double().mean().item() if evaluation.has_posterior else None,
        "nll": evaluation.nll.double().mean().item(),
        "kl": evaluation.kl.double().mean().item(),
        "kl_per_dim": evaluation.kl_per_dim.double().mean(dim=0).tolist(),
        "mse": evaluation.mse.double().mean().item(),
        "active_units": evaluation.active_units,
        "varying_units": evaluation.varying_units,
        "latent_dim": evaluation.mu.shape[1],
    }


def summary_text(said: dict[str, Any]) -> str:
    """The summary for people: one figure a line."""
    elbo = "none, an autoencoder has no posterior"
    if said["elbo"] is not None:
        elbo = f"{said['elbo']:9.3f} nats per image (higher is better)"
    dims = " ".join(f"{value:.2f}" for value in said["kl_per_dim"])
    return (
        f"{said['data']}, {said['images']:,} images, {said['samples']} samples of z each, "
        f"seed {said['seed']}\n"
        f"ELBO  {elbo}\n"
        f"nll   {said['nll']:9.3f} nats per image\n"
        f"KL    {said['kl']:9.3f} nats per image\n"
        f"mse   {said['mse']:9.5f} per pixel, of the mean decoded from mu\n"
        f"KL per dimension: {dims}\n"
        f"active units: {said['active_units']} of {said['latent_dim']} by KL, "
        f"{said['varying_units']} by the variance of mu"
    )
