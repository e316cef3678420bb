"""How the rate of Adam changes over the steps of a run."""

import math
from functools import partial
from typing import Literal

from torch.optim import Adam
from torch.optim.lr_scheduler import ConstantLR, LambdaLR, LRScheduler, OneCycleLR

Schedule = Literal["one-cycle", "constant", "cosine"]
FLAT = 0.5  # share of the steps before cosine lowers the rate
FLOOR = 0.02  # of the rate, at the end of cosine


def schedule_of(
    name: Schedule, optimizer: Adam, steps: int, rise: float, moves_beta1: bool = True
) -> LRScheduler:
    """The schedule of an optimizer, whose rate is the peak.

    Arguments:
        name: Which.
        optimizer: Whose rate it changes.
        steps: That there will be.
        rise: Share of them in which one-cycle's rate rises.
        moves_beta1: Whether one-cycle lowers beta1 while the rate is high, from 0.95 to 0.85.
    """
    if name == "constant":
        return ConstantLR(optimizer, factor=1.0)
    if name == "cosine":
        return LambdaLR(optimizer, partial(_cosine, steps))
    peak = optimizer.param_groups[0]["lr"]
    return OneCycleLR(optimizer, peak, total_steps=steps, pct_start=rise, cycle_momentum=moves_beta1)


def _cosine(steps: int, step: int) -> float:
    """Share of the rate at a step: 1 for the first half, then down to the floor."""
    done = min(1.0, max(0.0, (step / steps - FLAT) / (1 - FLAT)))
    return FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * done))
