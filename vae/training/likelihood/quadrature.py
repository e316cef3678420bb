"""log p(x) of binary images under a decoder from the plane, by a sum over it: exact but for its cells."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from vae.training.vae import Trainable

REACH, CELL = 5.5, 0.04  # half the side of the square, and width of a cell, in prior standard deviations
CODES = 4_000  # decoded at a time


@torch.no_grad()
def log_p(model: Trainable, x: Tensor) -> Tensor:
    """log p(x) of binary images x (N, P) under Bernoulli pixels, (N,) nats."""
    count = round(2 * REACH / CELL)
    side = (torch.arange(count, device=x.device) + 0.5) * CELL - REACH
    found = torch.full((len(x),), -math.inf, device=x.device)
    for z in torch.cartesian_prod(side, side).split(CODES):
        logits = model.decoder(z)
        log_prior = -0.5 * z.square().sum(dim=1) - math.log(2 * math.pi)
        log_joint = x @ logits.T - F.softplus(logits).sum(dim=1) + log_prior  # (N, codes)
        found = torch.logaddexp(found, log_joint.logsumexp(dim=1))
    return found + 2 * math.log(CELL)
