"""Table 1 of the source over seeds, and how the four clouds q(z|x) move while the two models train.

T recorded steps, S draws of each point that are kept.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from vae.training.studies.four_points.measuring import VIEW, regions, scores
from vae.training.studies.four_points.networks import Model, draws
from vae.training.studies.four_points.training import STEPS, adversarial, variational

Found = tuple[dict[str, Any], dict[str, NDArray[Any]]]
Name = Literal["avb", "vae"]
Tell = Callable[[float, Found], object]  # the share done, in [0, 1], and what is found so far

SEEDS = (0, 1, 2)
TRAININGS: dict[Name, Callable[[int, int], Iterator[Model]]] = {"avb": adversarial, "vae": variational}
FRAMES, KEPT = 40, 200
DATA = "four points, the rows of the identity of 4 × 4"


def run() -> Found:
    """The rows of all seeds; the clouds of the first."""
    said, arrays = train(SEEDS[0])
    for seed in SEEDS[1:]:
        other, _ = train(seed, frames=2)
        for name in TRAININGS:
            for key, values in other[name].items():
                said[name][key] += values
    return {**said, "seeds": SEEDS}, arrays


def train(
    seed: int,
    steps: int = STEPS,
    frames: int = FRAMES,
    on_frame: Callable[[float, Found], object] | None = None,
) -> Found:
    """Both models side by side, from one seed.

    What `on_frame` is told has no scores yet.
    """
    said = {"data": DATA, "steps": steps, "seeds": [seed], "view": VIEW}
    recorded = _recorded(steps, frames)
    under_way = {name: _Training(make(seed, steps), seed) for name, make in TRAININGS.items()}
    for k, step in enumerate(recorded, 1):
        for training in under_way.values():
            training.record(step)
        if on_frame:
            on_frame(step / steps, (said, _arrays(recorded[:k], under_way)))
    return said | {name: each.row() for name, each in under_way.items()}, _arrays(recorded, under_way)


class _Training:
    """A training under way, and what is recorded of it."""

    def __init__(self, models: Iterator[Model], seed: int) -> None:
        self._models, self._seed, self._seen, self._seconds = models, seed, 0, 0.0
        self.clouds: list[NDArray[np.float16]] = []  # (4, S, 2) each, of the same noise
        self.regions: list[NDArray[np.uint8]] = []

    def record(self, step: int) -> None:
        """Go on to that step, and keep what is there."""
        began = time.process_time()
        for _ in range(self._seen, step + 1):
            self._model = next(self._models)
        self._seen = step + 1
        self._seconds += time.process_time() - began
        with torch.no_grad():
            z = draws(self._model, KEPT, torch.Generator().manual_seed(self._seed))
        self.clouds.append(z.transpose(0, 1).numpy().astype(np.float16))
        self.regions.append(regions(self._model))

    def row(self) -> dict[str, list[float]]:
        """Its scores, and the seconds of CPU that it took, in lists of one seed."""
        found = asdict(scores(self._model, self._seed))
        return {key: [value] for key, value in found.items()} | {"seconds": [self._seconds]}


def _arrays(recorded: list[int], under_way: dict[Name, _Training]) -> dict[str, NDArray[Any]]:
    """Steps (T,), clouds (T, 4, S, 2) and regions (T, G, G) of both models."""
    arrays: dict[str, NDArray[Any]] = {"steps": np.array(recorded)}
    for name, training in under_way.items():
        arrays |= {f"z-{name}": np.stack(training.clouds), f"regions-{name}": np.stack(training.regions)}
    return arrays


def _recorded(steps: int, frames: int) -> list[int]:
    """Steps closer together at first, when most happens."""
    shares = np.linspace(0, 1, frames) ** 2
    return np.unique((steps * shares).round().astype(int)).tolist()
