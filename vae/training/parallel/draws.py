"""Random numbers of a batch that is shared out among processes: those that one process alone would draw.

Each process has the generator's seed and draws for the whole batch, of which it keeps its own rows. So a
training by several processes sees the same order, noise and pixels as one by a single process.
"""

from collections.abc import Callable

import torch
from torch import Tensor

Draw = Callable[[Tensor], Tensor]  # rows (B, ...) to random numbers for each


class SharedGenerator(torch.Generator):
    """The generator of the process `rank` of `size`, whose rows are every size-th, from the rank-th on."""

    rank: int
    size: int

    @classmethod
    def of(cls, device: torch.device, rank: int, size: int) -> "SharedGenerator":
        """One on the device."""
        generator = cls(device)
        generator.rank, generator.size = rank, size
        return generator


def normal(like: Tensor, generator: torch.Generator | None) -> Tensor:
    """Standard normal numbers of the shape and type of `like` (B, ...)."""
    return _own(lambda rows: torch.empty_like(rows).normal_(generator=generator), like, generator)


def uniform(count: int, columns: int, device: torch.device, generator: torch.Generator | None) -> Tensor:
    """Numbers from -1 to 1, (count, columns)."""
    rows = torch.empty(count, columns, device=device)
    return _own(lambda rows: torch.empty_like(rows).uniform_(-1, 1, generator=generator), rows, generator)


def bernoulli(p: Tensor, generator: torch.Generator) -> Tensor:
    """1 with probability p (B, ...), else 0."""
    return _own(lambda rows: torch.bernoulli(rows, generator=generator), p, generator)


def _own(draw: Draw, rows: Tensor, generator: torch.Generator | None) -> Tensor:
    """What is drawn for the rows of this process, when all are drawn for."""
    if not isinstance(generator, SharedGenerator):
        return draw(rows)
    whole = rows.new_zeros(generator.size * len(rows), *rows.shape[1:])
    own = slice(generator.rank, None, generator.size)
    whole[own] = rows.detach()
    return draw(whole)[own]
