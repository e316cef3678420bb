"""Standardised codes: their moments, and that nothing else about the autoencoder changes."""

import numpy as np
import pytest
import torch

from vae.images.spec import ImageSpec
from vae.model.config import ModelConfig
from vae.training.standardise import standardise
from vae.training.vae import VAE, build

RGB = ImageSpec(10, 13, 3)
AUTOENCODERS = {
    "mlp": ModelConfig(3, (16, 12), kind="autoencoder"),
    "conv": ModelConfig(3, (8, 4), kind="autoencoder", network="conv"),
    "three convolutions": ModelConfig(3, (6, 5, 4), kind="autoencoder", network="conv", image_spec=RGB),
    "linear": ModelConfig(3, (), kind="autoencoder", likelihood="gaussian", pixel_variance=0.5),
}


def images(config: ModelConfig) -> np.ndarray:
    return np.random.default_rng(0).random((300, *config.image_spec.shape), np.float32)


@pytest.mark.parametrize("config", AUTOENCODERS.values(), ids=AUTOENCODERS)
def test_codes_get_mean_0_and_variance_1_and_the_reconstructions_stay(config: ModelConfig) -> None:
    torch.manual_seed(0)
    before = VAE(config)
    after = build(config, standardise(config, before.weights(), images(config)))
    with torch.no_grad():
        x = torch.from_numpy(images(config)).flatten(1)
        mu = after.encode(x).mu
        torch.testing.assert_close(mu.mean(dim=0), torch.zeros(3), atol=2e-4, rtol=0)
        torch.testing.assert_close(mu.std(dim=0, correction=0), torch.ones(3), atol=2e-4, rtol=0)
        torch.testing.assert_close(after.decode(mu), before.decode(before.encode(x).mu), atol=1e-5, rtol=0)


def test_a_vae_and_a_dead_dimension_are_refused() -> None:
    vae = ModelConfig(2, (8,))
    with pytest.raises(ValueError, match="prior"):
        standardise(vae, VAE(vae).weights(), images(vae))
    config = AUTOENCODERS["linear"]
    weights = VAE(config).weights()
    weights["encoder.0.weight"][1] = 0
    with pytest.raises(ValueError, match="same for all images"):
        standardise(config, weights, images(config))
