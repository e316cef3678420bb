"""A step of Adam on the weights of one network: its gradients, their largest norm and the rate."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from vae.training.descent.captured import Captured, Gradients
from vae.training.descent.schedules import Schedule, schedule_of
from vae.training.parallel.team import ALONE, Team


@dataclass(frozen=True)
class Rates:
    """How a network's weights move.

    Arguments:
        lr: Peak of the schedule.
        betas: Adam's decays of the gradients and of their squares.
        clip: Largest norm of a gradient; 0: any.
        schedule: How the rate changes.
        steps: That there will be.
        rise: Share of them in which one-cycle's rate rises.
        moves_beta1: Whether one-cycle moves Adam's first decay.
    """

    lr: float
    betas: tuple[float, float]
    clip: float
    schedule: Schedule
    steps: int
    rise: float
    moves_beta1: bool = True


class Descent:
    """Adam on a network; on a GPU its gradients are captured at the first step.

    Arguments:
        network: Whose weights move.
        gradients: Leaves the gradients in the weights of the network, from None, and returns figures (n,).
        rates: How far they move.
        generator: Of all random numbers of `gradients`.
        team: The processes whose gradients are averaged.
    """

    def __init__(
        self,
        network: nn.Module,
        gradients: Gradients,
        rates: Rates,
        generator: torch.Generator,
        team: Team = ALONE,
    ) -> None:
        self.network, self._gradients, self.generator, self._team = network, gradients, generator, team
        self.clip = rates.clip
        self.optimizer = torch.optim.Adam(network.parameters(), rates.lr, rates.betas, fused=True)
        self.schedule = schedule_of(
            rates.schedule, self.optimizer, rates.steps, rates.rise, rates.moves_beta1
        )

    def step(self, x: Tensor) -> Tensor:
        """One step on a batch x (B, H W C); the figures that the gradients' function returns."""
        if x.is_cuda and not isinstance(self._gradients, Captured):
            self._gradients = Captured(self._gradients, self.network, x, self.generator)
        figures = self._gradients(x)
        self._team.average([weight.grad for weight in self.network.parameters() if weight.grad is not None])
        if self.clip:
            nn.utils.clip_grad_norm_(self.network.parameters(), self.clip)
        self.optimizer.step()
        return figures

    def state(self) -> dict[str, Any]:
        """What is needed to go on, the weights of the network not among it."""
        return {"optimizer": self.optimizer.state_dict(), "schedule": self.schedule.state_dict()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go back to a saved state, when the weights are those of the network.

        Raises:
            ValueError: if a tensor does not fit the network's; anything else for what is no state.
        """
        self.optimizer.load_state_dict(state["optimizer"])
        for weight in self.network.parameters():
            for tensor in (weight, *self.optimizer.state[weight].values()):  # the steps taken have no shape
                if tensor.shape not in ((), weight.shape) or not tensor.isfinite().all():
                    raise ValueError("a tensor does not fit, or a number in it is not finite")
        self.schedule.load_state_dict(state["schedule"])
