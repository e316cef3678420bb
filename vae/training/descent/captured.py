"""The gradients of a training step as one CUDA graph: one call starts its several hundred kernels.

The networks here are small: on a GPU most of a step is the time that Python takes to start its kernels, one
by one. See https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

Gradients = Callable[[Tensor], Tensor]
WARM_UPS = 3  # runs before the capture, in which libraries choose their kernels


def is_capturing(x: Tensor) -> bool:
    """Whether a graph is being captured on x's device: then nothing may wait for a value."""
    return x.is_cuda and torch.cuda.is_current_stream_capturing()


class Captured:
    """`gradients`, captured for batches of the shape of `x`; each call replays it on another batch.

    It must set the gradients of `model` from None, and draw from `generator` alone. What a call returns is
    overwritten by the next one, as are the gradients.
    """

    def __init__(self, gradients: Gradients, model: nn.Module, x: Tensor, generator: torch.Generator) -> None:
        self._x = x.clone()
        drawn = generator.get_state()
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(WARM_UPS):
                gradients(self._x)
        torch.cuda.current_stream().wait_stream(aside)
        model.zero_grad(set_to_none=True)
        generator.set_state(drawn)
        self._graph = torch.cuda.CUDAGraph()
        self._graph.register_generator_state(generator)
        with torch.cuda.graph(self._graph):
            self._figures = gradients(self._x)

    def __call__(self, x: Tensor) -> Tensor:
        """What `gradients` returns for x."""
        self._x.copy_(x)
        self._graph.replay()
        return self._figures
