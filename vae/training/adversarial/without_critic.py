"""The KL of an implicit posterior without its critic: at least by its moments, in the plane by neighbours."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from vae.analysis.estimates import nearest
from vae.training.evaluation import levels
from vae.training.vae import AVB, Trainable

MOST_DIMS = 2  # beyond, thousands of draws are too few for their neighbours
IMAGES, DRAWS = 200, 2000


@torch.no_grad()
def kl_without_critic(model: Trainable, x: Tensor, seed: int) -> dict[str, Any]:
    """The mean KL(q(z|x), p(z)) of the first of the images x (N, H W C), nats, and how many they are.

    `kl_least` is that of the Gaussian with q(z|x)'s mean and covariance: none with these moments has less.
    `kl_neighbours` is an estimate, in the plane only; `nearest` says how far off it may be. Nothing for a
    model with a density.
    """
    if not isinstance(model, AVB):
        return {}
    generator = torch.Generator(x.device).manual_seed(seed)
    q = model.encode(levels(x[:IMAGES]))
    v = q.noise.draw(DRAWS, generator)
    found = {"kl_least": q.contrast(v).kl().mean().item(), "kl_looked_at": len(q.centre)}
    if model.config.latent_dim > MOST_DIMS:
        return found
    per_image = q.draws(v).swapaxes(0, 1).cpu().numpy()
    return found | {"kl_neighbours": float(np.mean([nearest.kl_from_prior(z) for z in per_image]))}
