"""Rate against distortion: one network trained for a family of betas.

Source: Alemi et al., Fixing a Broken ELBO (2018): rate is the KL, distortion the nll.
"""

from typing import Any

import torch
from numpy.typing import NDArray

from vae.latent import prior
from vae.model.config import ModelConfig
from vae.training.evaluation import evaluate
from vae.training.studies.fitting import SEED, Digits, decoded, first_of_each, pictures, trained

EPOCHS, HIDDEN, SAMPLES = 20, 256, 4
BETAS = (0.1, 0.3, 1.0, 2.0, 4.0, 8.0, 16.0)
DIMENSIONS = (2, 10)
DRAWN = 10  # codes of the prior that are decoded, the same for all betas


def run(data: Digits) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Rate, distortion and active units of each model; its ten reconstructions and ten samples."""
    shown = data.test.x[first_of_each(data.test.labels)]
    points, arrays = [], {"in": pictures(shown)}
    for latent_dim in DIMENSIONS:
        noise = torch.from_numpy(prior.samples(DRAWN, latent_dim, SEED))
        for beta in BETAS:
            config = ModelConfig(latent_dim, (HIDDEN,), beta=beta)
            model = trained(config, data.train, epochs=EPOCHS)
            terms = evaluate(model, data.test.x, SAMPLES, SEED)
            rate, distortion = (each.double().mean().item() for each in (terms.kl, terms.nll))
            point = {"latent_dim": latent_dim, "beta": beta, "rate": rate, "distortion": distortion}
            points.append({**point, "active_units": terms.active_units})
            with torch.no_grad():
                arrays[f"out-{latent_dim}-{beta:g}"] = decoded(model, model.encode(shown).mu)
            arrays[f"noise-{latent_dim}-{beta:g}"] = decoded(model, noise)
    return {"epochs": EPOCHS, "hidden": HIDDEN, "samples": SAMPLES, "points": points}, arrays
