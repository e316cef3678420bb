"""Adversarial Variational Bayes: q(z) is what a network makes of noise, and has no density of its own.

A critic T(z) stands for log q(z) - log p(z) (Algorithm 1). With adaptive contrast it compares q with a
Gaussian r(z) of q's own mean and sd, so that it has less to learn: log q - log p = T + log r - log p
(Algorithm 2). There is one posterior to find, hence no x.

Source: Mescheder, Nowozin and Geiger, Adversarial Variational Bayes, 2017. All is in nats.
"""

import torch
from torch import Tensor, nn

from vae.training.adversarial.critic import Contrast, Critic, contrast, critic_loss
from vae.training.studies.eight_schools.method import STEPS, Fit, cosine
from vae.training.studies.eight_schools.model import D, log_likelihood
from vae.training.studies.fitting import perceptron

NOISE, WIDTH, BATCH, CRITIC_STEPS = 32, 128, 256, 3
LR, CRITIC_LR, CRITIC_FLOOR, BETAS = 3e-4, 2e-3, 0.1, (0.5, 0.999)
STANDARD = Contrast(torch.zeros(D), torch.ones(D))  # the prior itself


class Implicit(nn.Module):
    """z = W eps_1..D + f(eps), (B, D) of noise eps (B, NOISE).

    W starts at I, near the prior, which covers both modes; from a narrow start q falls into one of them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(D, D, bias=False)
        nn.init.eye_(self.linear.weight)
        self.rest = perceptron(NOISE, WIDTH, WIDTH, D)

    def forward(self, noise: Tensor) -> Tensor:
        """As the class says."""
        z: Tensor = self.linear(noise[:, :D]) + self.rest(noise)
        return z


class Game:
    """The two networks, one step of each, and the draws of q.

    Arguments:
        seed: Of the first weights and of all noise.
        adaptive: Whether q is contrasted with r(z), else with the prior.
    """

    def __init__(self, seed: int, *, adaptive: bool) -> None:
        torch.manual_seed(seed)
        self.generator = torch.Generator().manual_seed(seed)
        # with contrast, T + log r begins flat: a q of any width can grow out of r
        self.q, self.critic = Implicit(), Critic(0, D, WIDTH, quadratic=0.5 * adaptive)
        self.adaptive = adaptive

    @torch.no_grad()
    def draws(self, count: int) -> Tensor:
        """z ~ q(z), (count, D)."""
        z: Tensor = self.q(self._noise(count, NOISE))
        return z

    def loss(self) -> Tensor:
        """KL(q || p(z)) by the critic, less E[log p(y|z)]: an estimate of -ELBO, () nats."""
        z = self.q(self._noise(BATCH, NOISE))
        r = self._contrast(z)
        kl = self.critic(0.0, r.standardised(z)) + r.log_ratio(z)
        return (kl - log_likelihood(z)).mean()

    def critic_loss(self) -> Tensor:
        """As `critic_loss` of the critic's module, () nats."""
        with torch.no_grad():
            z = self.q(self._noise(BATCH, NOISE))
        both = torch.cat([self._contrast(z).standardised(z), self._noise(BATCH, D)])
        return critic_loss(*self.critic(0.0, both).chunk(2))

    def _contrast(self, z: Tensor) -> Contrast:
        return contrast(z) if self.adaptive else STANDARD

    def _noise(self, count: int, length: int) -> Tensor:
        return torch.randn(count, length, generator=self.generator)


def fit(seed: int, *, adaptive: bool, steps: int = STEPS) -> Fit:
    """A step of q, then three of the critic, and so on; both by Adam."""
    game = Game(seed, adaptive=adaptive)
    primal = torch.optim.Adam(game.q.parameters(), LR, BETAS, fused=True)
    dual = torch.optim.Adam(game.critic.parameters(), CRITIC_LR, BETAS, fused=True)
    schedules = cosine(primal, steps), cosine(dual, steps, CRITIC_FLOOR)
    yield game.draws
    for _ in range(steps):
        game.critic.requires_grad_(False)
        _descend(primal, game.loss())
        game.critic.requires_grad_(True)
        for _ in range(CRITIC_STEPS):
            _descend(dual, game.critic_loss())
        for schedule in schedules:
            schedule.step()
        yield game.draws


def _descend(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
