"""The models: encode, decode and the terms of their loss, in PyTorch, for training and measuring.

Images are rows (B, H W C) in [0, 1], their channels last, as `vae.images.spec.ImageSpec` flattens them.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from vae.model.config import PIXEL_LOG_VAR_RANGE, ModelConfig
from vae.training.adversarial.encoder import Implicit, Moments, NoiseBasis
from vae.training.elbo import Posterior, at_least_float32, bernoulli_nll, check_unit_range, gaussian_nll
from vae.training.networks import coder_of


class Generative(nn.Module):
    """p(x|z) with the prior N(0, I), and the encoder's network."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder, self.decoder = coder_of(config, "encoder"), coder_of(config, "decoder")
        if config.learns_pixel_variance:
            self.pixel_log_var = nn.Parameter(torch.tensor(-3.0))

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """The tensors by name, float32."""
        return {name: weight.detach().float().cpu().numpy() for name, weight in self.state_dict().items()}

    def decode(self, z: Tensor) -> Tensor:
        """E[x|z], (B, D) -> (B, H W C), in [0, 1] but for a model without hidden layers."""
        return self._mean(at_least_float32(self.decoder(z)))

    def nll(self, z: Tensor, x: Tensor) -> Tensor:
        """-log p(x|z), (..., D) and (..., H W C) -> (...,) nats per image.

        Raises:
            ValueError: if a pixel of x lies outside [0, 1].
        """
        outputs = at_least_float32(self.decoder(z.flatten(0, -2))).unflatten(0, z.shape[:-1])
        if self.config.likelihood == "bernoulli":
            return bernoulli_nll(outputs, x)
        check_unit_range(x)
        return gaussian_nll(self._mean(outputs), x, self._pixel_log_var(outputs))

    def kl(self, posterior: Posterior | Moments) -> Tensor:
        """The KL of the loss, (B,) nats per image: 0 for an autoencoder, which has no posterior."""
        return self.kl_per_dim(posterior).sum(dim=-1)

    def kl_per_dim(self, posterior: Posterior | Moments) -> Tensor:
        """The KL of the loss in each dimension, (B, D) nats; NaN where nobody knows it."""
        if self.config.kind == "autoencoder":
            return torch.zeros_like(posterior.mu)
        return posterior.kl_per_dim()

    def _mean(self, outputs: Tensor) -> Tensor:
        return torch.sigmoid(outputs) if self.config.hidden else outputs

    def _pixel_log_var(self, like: Tensor) -> Tensor:
        if self.config.learns_pixel_variance:
            return self.pixel_log_var.clamp(*PIXEL_LOG_VAR_RANGE)
        return torch.full((), self.config.pixel_variance, device=like.device).log()


class VAE(Generative):
    """Variational autoencoder with a diagonal Gaussian posterior.

    Source: Kingma and Welling, Auto-Encoding Variational Bayes (2014). Of kind `autoencoder` it has no
    posterior: its code is the point mu, log_var is -inf and the KL, which its loss does not have, is 0.
    """

    def encode(self, x: Tensor) -> Posterior:
        """q(z|x) for x (B, H W C) in [0, 1]; log_var is bounded softly, so it cannot overflow."""
        if self.config.kind == "autoencoder":
            mu = at_least_float32(self.encoder(x))
            return Posterior(mu, torch.full_like(mu, -torch.inf))
        mu, raw = at_least_float32(self.encoder(x)).chunk(2, dim=-1)
        bound = self.config.log_var_bound
        return Posterior(mu, (bound * torch.tanh(raw / bound)).clamp(max=self.config.log_var_max))

    def terms(
        self, x: Tensor, samples: int = 1, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Posterior]:
        """nll (B,), nats per image, averaged over fresh samples of z ~ q(z|x), and q(z|x) for the KL."""
        posterior = self.encode(x)
        if self.config.kind == "autoencoder":
            return self.nll(posterior.mu, x), posterior
        draws = [self.nll(posterior.rsample(generator), x) for _ in range(samples)]
        return torch.stack(draws).mean(dim=0), posterior


class AVB(Generative):
    """A model whose encoder gives draws from a q(z|x) without a density.

    Source: Mescheder, Nowozin and Geiger, Adversarial Variational Bayes (2017). The critic is no part of it.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        self.noise = NoiseBasis(config)

    def encode(self, x: Tensor) -> Implicit:
        """q(z|x) for x (B, H W C) in [0, 1]."""
        centre, raw = self.encoder(x).float().tensor_split((self.config.latent_dim,), dim=-1)
        scale = F.softplus(raw - 1).unflatten(-1, (self.config.noise_bases, -1))
        return Implicit(centre, scale.expand(-1, -1, self.config.latent_dim), self.noise)

    def terms(
        self, x: Tensor, samples: int = 1, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Moments]:
        """nll (B,), nats per image, averaged over fresh samples of z ~ q(z|x), and q(z|x)'s moments."""
        q = self.encode(x)
        draws = [self.nll(q.rsample(generator)[0], x) for _ in range(samples)]
        return torch.stack(draws).mean(dim=0), q.moments()


Trainable = VAE | AVB


def fresh(config: ModelConfig) -> Trainable:
    """The model with weights as torch draws them."""
    return AVB(config) if config.kind == "avb" else VAE(config)


def build(config: ModelConfig, weights: Mapping[str, NDArray[Any]]) -> Trainable:
    """The model with these weights, float32, on the CPU, in evaluation mode."""
    with torch.device("meta"):
        model = fresh(config)
    tensors = {name: torch.tensor(weight, dtype=torch.float32) for name, weight in weights.items()}
    model.load_state_dict(tensors, assign=True)
    return model.eval()
