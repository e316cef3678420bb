"""The KL of an implicit posterior without its critic, in the plane: from the neighbours of its draws."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from vae.analysis.estimates import nearest
from vae.training.evaluation import levels
from vae.training.vae import AVB, Trainable

MOST_DIMS = 2  # beyond, thousands of draws are too few
IMAGES, DRAWS = 200, 2000


@torch.no_grad()
def kl_by_neighbours(model: Trainable, x: Tensor, seed: int) -> dict[str, Any]:
    """The mean KL(q(z|x), p(z)) of the first of the images x (N, H W C), nats, and how many they are.

    Nothing for a model with a density, and in more dimensions. `nearest` says how far off it may be.
    """
    if not isinstance(model, AVB) or model.config.latent_dim > MOST_DIMS:
        return {}
    generator = torch.Generator(x.device).manual_seed(seed)
    q = model.encode(levels(x[:IMAGES]))
    per_image = q.draws(q.noise.draw(DRAWS, generator)).swapaxes(0, 1).cpu().numpy()
    kl = float(np.mean([nearest.kl_from_prior(z) for z in per_image]))
    return {"kl_neighbours": kl, "kl_neighbours_images": len(per_image)}
