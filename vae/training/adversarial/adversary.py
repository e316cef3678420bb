"""The critic of a training run: its steps, and the KL that it stands for.

Source: Mescheder, Nowozin and Geiger, Adversarial Variational Bayes (2017), algorithms 1 and 2.
Symbols: B images as rows (B, H W C), D latent_dim.
"""

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from vae.training.adversarial.critic import Contrast, Correlated, Critic, accuracy, critic_loss
from vae.training.adversarial.settings import CriticConfig
from vae.training.descent.descent import Descent, Rates
from vae.training.vae import AVB

CERTAIN = math.log(99)  # |T| beyond which the critic is more than 99 % sure
FIGURES = ("critic_loss", "critic_accuracy", "critic_certain")  # nats, and shares of the draws
QUADRATIC = 0.5  # of ||z||² in T where the contrast is the prior: that of -log p(z)


class Adversary:
    """A critic T(x, z) beside the model that it judges.

    Arguments:
        config: What it is and how it learns.
        model: Whose draws it tells from those of the contrast.
        rates: How the model learns, whose schedule the critic follows.
        generator: Of all random numbers.
    """

    def __init__(self, config: CriticConfig, model: AVB, rates: Rates, generator: torch.Generator) -> None:
        self.config, self.model, self.generator = config, model, generator
        spec, latent_dim = model.config.image_spec, model.config.latent_dim
        quadratic = QUADRATIC if config.contrast == "prior" else 0.0
        self.critic = Critic(spec.size, latent_dim, config.critic_width, quadratic=quadratic)
        self.critic.to(generator.device)
        self.descent = Descent(self.critic, self._gradients, config.rates(rates), generator)

    def step(self, x: Tensor) -> Tensor:
        """The critic's steps for one of the model; the FIGURES of the last, (3,)."""
        for _ in range(self.config.critic_steps):
            figures = self.descent.step(x)
        self.descent.schedule.step()
        return figures

    def prepare(self, x: Tensor) -> None:
        """A step on a batch before the model moves, which the schedule does not count."""
        self.descent.step(x)

    def kl(self, x: Tensor, z: Tensor, matched: Correlated) -> Tensor:
        """log q(z|x) - log p(z) by the critic, (B,) nats: an estimate, its mean is that of the KL."""
        contrast = self._contrast(matched)
        t: Tensor = self.critic(self.critic.features(x), contrast.standardised(z))
        return t + contrast.log_ratio(z)

    def state(self) -> dict[str, Any]:
        """What is needed to go on."""
        return {"critic": self.critic.state_dict(), **self.descent.state()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go back to a saved state; anything may be raised if it does not fit."""
        self.critic.load_state_dict(state["critic"])
        self.descent.restore(state)

    def _gradients(self, x: Tensor) -> Tensor:
        """The critic's loss on a batch, its accuracy and the share of draws it is certain of, (3,)."""
        with torch.no_grad():
            z, matched = self.model.encode(x).rsample(self.generator)
            drawn = self._contrast(matched).standardised(z)
            others = torch.empty_like(z).normal_(generator=self.generator)
        features = self.critic.features(x)
        on_posterior, on_prior = self.critic(features, drawn), self.critic(features, others)
        loss = critic_loss(on_posterior, on_prior)
        self.descent.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        is_certain = torch.cat((on_posterior, on_prior)).abs() > CERTAIN
        figures = loss.detach(), accuracy(on_posterior, on_prior), is_certain.float().mean()
        return torch.stack(figures)

    def _contrast(self, matched: Correlated) -> Contrast:
        """What takes the prior's place: a Gaussian with q(z|x)'s moments, or the prior itself."""
        if self.config.contrast == "covariance":
            return matched
        if self.config.contrast == "adaptive":
            return matched.independent()
        return Contrast(torch.zeros_like(matched.mean), torch.ones_like(matched.sd))
