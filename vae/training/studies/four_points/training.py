"""The two trainings, as iterators that can be looked at after every step.

Algorithm 1 of the source, with other rates and widths than its own, which suit a short training on one core:
the decoder learns five times as fast as the encoder, and the critic takes two steps to their one.
"""

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.optim import Adam
from torch.optim.lr_scheduler import LambdaLR

from vae.training.adversarial.critic import Critic, critic_loss
from vae.training.studies.four_points.networks import LATENT, POINTS, Gaussian, Implicit, X, draws, nll

STEPS = 12000
BATCH = 64  # draws of each point
ENCODER_LR, DECODER_LR, CRITIC_LR = 1e-3, 5e-3, 2e-3
BETAS = (0.5, 0.999)
CRITIC_STEPS = 2  # to each step of encoder and decoder
VAE_LR = 1e-3


def adversarial(seed: int, steps: int) -> Iterator[Implicit]:
    """The model before and after every step of Adversarial Variational Bayes."""
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    model, critic = Implicit(), Critic(POINTS, LATENT, quadratic=1.0)
    primal = _Descent(
        [
            {"params": model.encoder.parameters(), "lr": ENCODER_LR},
            {"params": model.decoder.parameters(), "lr": DECODER_LR},
        ],
        steps,
    )
    dual = _Descent([{"params": critic.parameters(), "lr": CRITIC_LR}], CRITIC_STEPS * steps)

    def tell_apart() -> Tensor:
        with torch.no_grad():
            z = torch.stack([draws(model, BATCH, generator), _prior(generator)])
        return critic_loss(*critic(critic.features(X), z))

    yield model
    for _ in range(steps):
        z = draws(model, BATCH, generator)
        critic.requires_grad_(False)
        primal.step((nll(model, z) + critic(critic.features(X), z)).mean())
        critic.requires_grad_(True)
        for _ in range(CRITIC_STEPS):
            dual.step(tell_apart())
        yield model


def variational(seed: int, steps: int) -> Iterator[Gaussian]:
    """The VAE before and after every step."""
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    model = Gaussian()
    descent = _Descent([{"params": model.parameters(), "lr": VAE_LR}], steps, betas=(0.9, 0.999))
    yield model
    for _ in range(steps):
        descent.step((nll(model, draws(model, BATCH, generator)) + model.kl()).mean())
        yield model


class _Descent:
    """Adam, whose rates fall to 0 as a cosine."""

    def __init__(self, groups: list[dict[str, Any]], steps: int, betas: tuple[float, float] = BETAS) -> None:
        self._adam = Adam(groups, betas=betas, fused=True)
        self._rates = LambdaLR(self._adam, lambda step: 0.5 * (1 + math.cos(math.pi * step / steps)))

    def step(self, loss: Tensor) -> None:
        """Go down once."""
        self._adam.zero_grad(set_to_none=True)
        loss.backward()
        self._adam.step()
        self._rates.step()


def _prior(generator: torch.Generator) -> Tensor:
    """z ~ p(z), (BATCH, 4, 2)."""
    return torch.randn(BATCH, POINTS, LATENT, generator=generator)
