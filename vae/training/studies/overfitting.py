"""Overfitting: an autoencoder and a VAE of the same network learn few images for long.

The networks are those of `vae.training.networks`, the runs those of `vae.train`, with a constant rate.
"""

from typing import Any, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vae.model.config import Kind, ModelConfig
from vae.training.run import Run
from vae.training.settings import TrainConfig
from vae.training.studies.fitting import SEED, Digits, first_of_each, pictures

IMAGES, TESTED, EPOCHS = 1000, 2000, 300
LATENT_DIM, HIDDEN = 20, (256, 256)
SCORED = np.unique(np.geomspace(1, EPOCHS, 24).round().astype(int)).tolist()  # epochs


def run(data: Digits) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Both terms of both losses on the training and the test images over the epochs, nats per image."""
    train, test = data.train.x[:IMAGES], data.test.x[:TESTED]
    shown = data.test.x[first_of_each(data.test.labels)]
    curves: dict[str, Any] = {}
    arrays: dict[str, NDArray[Any]] = {"original": pictures(shown)}
    for kind in get_args(Kind):
        trained = _trained(kind, train, test)
        curves[kind] = [trained.history[epoch - 1] for epoch in SCORED]
        with torch.no_grad():
            arrays[kind] = pictures(trained.model.decode(trained.model.encode(shown).mu))
    settings = {"images": IMAGES, "tested": TESTED, "latent_dim": LATENT_DIM, "hidden": HIDDEN}
    return {**settings, "epochs": SCORED, "curves": curves}, arrays


def _trained(kind: Kind, train: Tensor, test: Tensor) -> Run:
    model = ModelConfig(latent_dim=LATENT_DIM, hidden=HIDDEN, kind=kind)
    config = TrainConfig(model=model, epochs=EPOCHS, batch_size=100, lr=1e-3, schedule="constant", seed=SEED)
    found = Run(config, len(train), torch.device("cpu"))
    for epoch in range(1, EPOCHS + 1):
        found.train_epoch(train, lambda *_: None)
        if epoch in SCORED:
            found.score(test)
    return found
