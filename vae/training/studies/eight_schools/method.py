"""What the fits of a q(z) share: how long they go on, how the rate falls, and what they give at each step."""

import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

STEPS = 20_000

Draw = Callable[[int], Tensor]  # so many z ~ q(z), (count, D), of the q that stands when it is called
Fit = Iterator[Draw]  # before the first step and after each


def cosine(
    optimizer: torch.optim.Optimizer, steps: int, floor: float = 0.0
) -> torch.optim.lr_scheduler.LambdaLR:
    """The rate falls along half a cosine, to that share of the first."""

    def share(step: int) -> float:
        return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * step / steps))

    return torch.optim.lr_scheduler.LambdaLR(optimizer, share)
