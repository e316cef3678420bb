"""The settings of the critic in a training run."""

from dataclasses import dataclass, field, replace
from typing import Literal

from vae.training.descent.descent import Rates


@dataclass(frozen=True, kw_only=True)
class CriticConfig:
    """What the critic is, and how it learns.

    Source: Mescheder, Nowozin and Geiger, Adversarial Variational Bayes (2017).

    Raises:
        ValueError: naming the first field that is out of bounds.
    """

    contrast: Literal["adaptive", "covariance", "prior"] = field(
        default="adaptive",
        metadata={
            "help": "what avb's critic tells q(z|x) from: a Gaussian with its mean and sd, with its mean and "
            "covariance, or the prior"
        },
    )
    critic_width: int = field(default=256, metadata={"help": "of the layers of avb's critic"})
    critic_lr: float = field(default=2e-3, metadata={"help": "peak of the critic's rate"})
    critic_beta1: float = field(default=0.5, metadata={"help": "Adam's decay of the critic's gradients"})
    critic_beta2: float = field(
        default=0.999, metadata={"help": "Adam's decay of the critic's squared gradients"}
    )
    critic_clip: float = field(
        default=10.0, metadata={"help": "largest norm of the critic's gradient; 0: any"}
    )
    critic_steps: int = field(default=1, metadata={"help": "of the critic for each step of the model"})
    critic_before: int = field(default=200, metadata={"help": "steps of the critic before the model moves"})

    def __post_init__(self) -> None:
        checks = {
            "critic_width must be from 1 to 2048": 1 <= self.critic_width <= 2048,
            "critic_lr must be above 0 and at most 1": 0 < self.critic_lr <= 1,
            "critic_beta1 must be from 0 to below 1": 0 <= self.critic_beta1 < 1,
            "critic_beta2 must be from 0.5 to below 1": 0.5 <= self.critic_beta2 < 1,
            "critic_clip must be 0 or more": self.critic_clip >= 0,
            "critic_steps must be from 1 to 100": 1 <= self.critic_steps <= 100,
            "critic_before must be 0 or more": self.critic_before >= 0,
        }
        for rule, holds in checks.items():
            if not holds:
                raise ValueError(f"{rule}, got {getattr(self, rule.split()[0])}")

    def rates(self, model: Rates) -> Rates:
        """Those of the critic, where the model's are these."""
        betas = self.critic_beta1, self.critic_beta2
        return replace(model, lr=self.critic_lr, betas=betas, clip=self.critic_clip)
