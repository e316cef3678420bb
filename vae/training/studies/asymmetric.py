"""Encoders that do not mirror their decoder: other activations, other widths."""

from typing import Any

import torch
from numpy.typing import NDArray

from vae.latent import prior
from vae.model.config import ModelConfig
from vae.training.evaluation import evaluate
from vae.training.studies.fitting import SEED, Digits, decoded, first_of_each, pictures, trained

EPOCHS, SAMPLES, DRAWN = 20, 4, 10
D = 50
MODELS = {
    "source": ModelConfig(D, (256,), "tanh", encoder_hidden=(256,), encoder_activation="relu"),
    "mirrored": ModelConfig(D, (256,), "tanh"),
    "large-encoder": ModelConfig(D, (64,), "tanh", encoder_hidden=(512,), encoder_activation="relu"),
    "large-decoder": ModelConfig(D, (512,), "tanh", encoder_hidden=(64,), encoder_activation="relu"),
}
"""The source's, 784-256-(50+50) with a ReLU encoder and a tanh decoder, and three others beside it."""


def run(data: Digits) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Scores of each; its ten reconstructions and ten samples."""
    shown, noise = data.test.x[first_of_each(data.test.labels)], prior.samples(DRAWN, D, SEED)
    scores: dict[str, dict[str, float]] = {}
    arrays = {"in": pictures(shown)}
    for name, config in MODELS.items():
        model = trained(config, data.train, epochs=EPOCHS)
        terms = evaluate(model, data.test.x, SAMPLES, SEED)
        nll, kl = (each.double().mean().item() for each in (terms.nll, terms.kl))
        sizes = {coder: _weights(getattr(model, coder)) for coder in ("encoder", "decoder")}
        scores[name] = {"nll": nll, "kl": kl, "active_units": terms.active_units, **sizes}
        with torch.no_grad():
            arrays[f"out-{name}"] = decoded(model, model.encode(shown).mu)
        arrays[f"noise-{name}"] = decoded(model, torch.from_numpy(noise))
    return {"epochs": EPOCHS, "latent_dim": D, "samples": SAMPLES, "models": scores}, arrays


def _weights(coder: torch.nn.Module) -> int:
    return sum(weight.numel() for weight in coder.parameters())
