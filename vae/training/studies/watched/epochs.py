"""One small VAE, looked at while it trains: the same test images encoded and decoded again and again.

Its steps are those of `training_step`. Source: Kingma and Welling, Auto-Encoding Variational Bayes (2014).
Symbols: F looks, N images whose codes are kept, V images that are shown, B of a batch.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor
from torch.optim import Adam

from vae.training.studies.fitting import SEED, Digits, Labelled, first_of_each, pictures
from vae.training.studies.training_step import CONFIG, RATE, forward, update
from vae.training.vae import VAE

BATCH, EPOCHS = 200, 20
EARLY = (0, 10, 30, 100)  # steps of the first epoch: most happens there
EACH, SHOWN = 60, (0, 2, 4, 7, 8)  # images of every digit whose codes are kept; digits that are shown
DRAWN = len(SHOWN)  # codes from the prior, the same at every look


def run(data: Digits) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Train, and look after a few early steps and after each epoch.

    Arrays: `mu` (F, N, 2) with `labels` (N,), `in` (V, 28, 28), `out` and `drawn` (F, V, 28, 28).
    """
    torch.manual_seed(SEED)
    noise = Generator().manual_seed(SEED)
    model = VAE(CONFIG)
    optimizer = Adam(model.parameters(), RATE)
    watched = data.test[first_of_each(data.test.labels, EACH)]
    shown = data.test.x[first_of_each(data.test.labels)[list(SHOWN)]]
    z = torch.randn(DRAWN, CONFIG.latent_dim, generator=Generator().manual_seed(SEED))
    per_epoch = len(data.train.x) // BATCH
    looks, records = [], []
    for step in range(EPOCHS * per_epoch + 1):
        if step in EARLY or step % per_epoch == 0:
            looks.append({"epoch": step / per_epoch, **_terms(model, data.test.x)})
            records.append(_seen(model, watched, shown, z))
        chosen = torch.randint(len(data.train.x), (BATCH,), generator=noise)
        update(optimizer, forward(model, data.train.x[chosen], noise).loss)
    arrays = {name: np.stack([each[name] for each in records]) for name in records[0]}
    arrays |= {"in": pictures(shown), "labels": watched.labels.numpy().astype(np.uint8)}
    settings = {"batch": BATCH, "lr": RATE, "latent_dim": CONFIG.latent_dim, "hidden": CONFIG.hidden}
    return {**settings, "images": len(data.train.x), "epochs": EPOCHS, "looks": looks}, arrays


@torch.no_grad()
def _seen(model: VAE, watched: Labelled, shown: Tensor, z: Tensor) -> dict[str, NDArray[Any]]:
    """The codes of the watched images, and what the decoder makes of those shown and of codes z (V, 2)."""
    mu = model.encode(watched.x).mu
    out, drawn = (model.decode(code) for code in (model.encode(shown).mu, z))
    return {"mu": mu.numpy().astype(np.float16), "out": pictures(out), "drawn": pictures(drawn)}


@torch.no_grad()
def _terms(model: VAE, x: Tensor) -> dict[str, float]:
    """Mean nll and KL of images x (N, 784), one draw of z for each; nats per image."""
    passed = forward(model, x, Generator().manual_seed(SEED))
    return {"nll": passed.nll.mean().item(), "kl": passed.kl.mean().item()}
