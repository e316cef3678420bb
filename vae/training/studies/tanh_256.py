"""Cross-entropy beside squared error: a tanh network of 256 units with 2 and with 100 latent dimensions."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import norm
from torch import nn

from vae.latent import prior
from vae.model.config import LikelihoodName, ModelConfig
from vae.training.evaluation import evaluate, summary
from vae.training.studies.fitting import SEED, Digits, decoded, trained

EPOCHS, BATCH, RATE, DECAY = 50, 100, 1e-3, 1e-4
DIMENSIONS = (2, 100)
LIKELIHOODS: dict[LikelihoodName, float] = {"bernoulli": 0.0, "gaussian": 0.5}  # 0.5: the squared error
SIDE = 15  # of a sheet at Gaussian quantiles
DRAWN = 40  # codes of the prior that are decoded
CODES = 2000  # test images whose codes are kept
SAMPLES = 10


def run(data: Digits) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Scores of the four models; of the 2-D ones a sheet and codes, of the 100-D ones decoded noise."""
    models: dict[str, Any] = {}
    arrays: dict[str, NDArray[Any]] = {"labels": data.test.labels[:CODES].numpy().astype(np.uint8)}
    for likelihood, variance in LIKELIHOODS.items():
        for latent_dim in DIMENSIONS:
            config = ModelConfig(latent_dim, (256,), "tanh", likelihood, pixel_variance=variance)
            name = f"{likelihood}-{latent_dim}"
            model = trained(config, data.train, epochs=EPOCHS, batch=BATCH, make=_rmsprop)
            terms = evaluate(model, data.test.x, SAMPLES, SEED)
            models[name] = summary(terms, "mnist", "test", SAMPLES, SEED)
            if latent_dim == 2:
                arrays[f"sheet-{name}"] = decoded(model, torch.from_numpy(quantile_grid(SIDE)))
                arrays[f"mu-{name}"] = terms.mu[:CODES].half().numpy()
            noise = prior.samples(DRAWN, latent_dim, SEED)
            arrays[f"noise-{name}"] = decoded(model, torch.from_numpy(noise))
    recipe = {"epochs": EPOCHS, "batch": BATCH, "rate": RATE, "weight_decay": DECAY, "optimizer": "RMSprop"}
    return {"recipe": recipe, "models": models}, arrays


def _rmsprop(weights: Iterator[nn.Parameter]) -> torch.optim.Optimizer:
    """As the source trains."""
    return torch.optim.RMSprop(weights, RATE, weight_decay=DECAY)


def quantile_grid(side: int) -> NDArray[np.float64]:
    """Codes (side, side, 2) at which the prior's mass is cut into equal parts, row 0 the highest z2."""
    ticks = norm.ppf((np.arange(side) + 0.5) / side)
    return np.stack(np.meshgrid(ticks, ticks[::-1]), axis=-1)
