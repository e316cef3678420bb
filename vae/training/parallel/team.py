"""The processes that train one model together, as `torchrun` starts them, each on its share of every batch.

    torchrun --nproc-per-node=4 -m vae.train --batch-size 800 ...

Each has the whole model; a step's gradients are those of the whole batch: the mean over the processes (Li et
al., PyTorch Distributed, 2020). Between CPUs the gradients go by gloo, between GPUs by NCCL.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor

from vae.errors import Unusable
from vae.training.parallel.draws import SharedGenerator


class TeamError(Unusable):
    """The processes cannot go on together; the message says why."""


@dataclass(frozen=True)
class Team:
    """Process `rank` of `size`; the first writes the files and says what there is to say."""

    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this process writes and speaks for all."""
        return self.rank == 0

    @property
    def words(self) -> str:
        """For people: `4 processes`; empty for one."""
        return f"{self.size} processes" if self.size > 1 else ""

    def generator(self, device: torch.device) -> torch.Generator:
        """A generator from which each process draws its rows of what one alone would draw."""
        if self.size == 1:
            return torch.Generator(device)
        return SharedGenerator.of(device, self.rank, self.size)

    def own(self, rows: Tensor) -> Tensor:
        """The rows of this process, of a batch (B, ...)."""
        return rows[self.rank :: self.size]

    def average(self, tensors: Sequence[Tensor]) -> None:
        """Put the mean over all processes into each tensor.

        Raises:
            TeamError: if another process has ended.
        """
        if self.size == 1:
            return
        flat = torch.cat([tensor.flatten() for tensor in tensors])
        try:
            dist.all_reduce(flat)
        except RuntimeError as error:  # what gloo and NCCL raise when a connection breaks
            raise TeamError(
                f"Another of the {self.size} processes has ended, so this one stops; the state after the "
                "last epoch is kept."
            ) from error
        parts = (flat / self.size).split([tensor.numel() for tensor in tensors])
        for tensor, part in zip(tensors, parts, strict=True):
            tensor.copy_(part.view_as(tensor))


ALONE = Team()


def join(device: torch.device) -> Team:
    """The team that torchrun's environment names, when all have come; without one this process alone."""
    if not has_others():
        return ALONE
    if device.type == "cuda":
        torch.cuda.set_device(device)  # where graphs are captured and NCCL sends from
    store, rank, size = next(dist.rendezvous("env://"))
    own = dist.PrefixStore(f"start {_restarts()}", store)  # or addresses of before a restart are found in it
    backend = "nccl" if device.type == "cuda" else "gloo"
    dist.init_process_group(backend, store=own, rank=rank, world_size=size)
    return Team(rank, size)


def has_others() -> bool:
    """Whether torchrun has started several processes."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1


def leave() -> None:
    """End the connection to the others, where there is one."""
    if dist.is_initialized():
        dist.destroy_process_group()


def own_gpu() -> str:
    """The name of this process's GPU: of several on its machine the one of its number there."""
    return f"cuda:{os.environ['LOCAL_RANK']}" if "LOCAL_RANK" in os.environ else "cuda"


def was_restarted() -> bool:
    """Whether torchrun has started this training anew after a process of it ended (`--max-restarts`)."""
    return _restarts() > 0


def _restarts() -> int:
    return int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0"))
