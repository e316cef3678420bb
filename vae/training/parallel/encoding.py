"""q(z|x) of many images, on the CPU or on a GPU."""

import numpy as np
import torch

from vae.analysis.shards.table import Encode, Posteriors
from vae.explorer import Explorer
from vae.images.dataset import Bytes
from vae.model import checkpoint
from vae.model.catalogue import model_path
from vae.training.evaluation import levels
from vae.training.vae import VAE, build


def encoder_of(model: Explorer, device: torch.device) -> Encode:
    """What encodes images (B, H, W, C) in bytes: the model in PyTorch, where it is one, else as it is.

    Where q(z|x) is implicit, and where somebody else's network was brought, NumPy or ONNX encode on the CPU.
    """
    if model.config is None or model.record.form == "implicit":
        return lambda pixels: _as_it_is(model, pixels)
    found = checkpoint.load(model_path(model.name))
    network = build(found.description.config, found.weights).to(device)
    assert isinstance(network, VAE)
    return lambda pixels: _in_torch(network, pixels, device)


@torch.no_grad()
def _in_torch(network: VAE, pixels: Bytes, device: torch.device) -> Posteriors:
    x = levels(torch.tensor(pixels, device=device).flatten(1))
    q = network.encode(x)
    mu, sd, kl = (part.cpu().numpy() for part in (q.mu, q.sd, network.kl(q)))
    return Posteriors(mu, sd, kl if network.config.kind == "vae" else None)


def _as_it_is(model: Explorer, pixels: Bytes) -> Posteriors:
    q = model.encode(pixels.astype(np.float32) / np.float32(255))
    kl_per_dim = q.kl_per_dim() if q.form == "gaussian" else None
    return Posteriors(q.mu, q.sd, None if kl_per_dim is None else kl_per_dim.sum(axis=1))
