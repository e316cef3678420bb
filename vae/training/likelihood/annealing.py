"""Annealed importance sampling: chains from the prior to the posterior, whose weights average to p(x).

A chain passes the densities p(z) p(x|z)^beta with beta from 0 to 1. At each step its weight grows by
p(x|z) to the power of what beta grew by, then z moves by a Hamiltonian transition that leaves the density
invariant. The log of the mean weight errs low. Backward from a draw of the posterior the mean weight is that
of 1 / p(x), and minus its log errs high.

Symbols: B images, K chains of each, D latent_dim, T steps. Nats.
Sources: Neal, Annealed importance sampling (2001); Grosse, Ghahramani and Adams, Sandwiching the marginal
likelihood using bidirectional Monte Carlo (2015); Wu et al., On the quantitative analysis of decoder-based
generative models (2017), whose schedule, leapfrogs and acceptance these are.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from vae.training.descent.captured import WARM_UPS

LEAPFROGS = 10  # of a transition
ACCEPTED = 0.65  # share of the transitions that step sizes aim at
STEEPNESS = 4.0  # of the sigmoid that beta follows: slow at both ends
PILOT = 4  # the chains that find the step sizes take so many times fewer steps
GAIN, WIDEST = 1.0, 1.0  # of the search for step sizes: its speed; the first and greatest one
JITTER = 0.2  # relative, of each step size: no transition ends where it began

LogLikelihood = Callable[[Tensor], Tensor]  # log p(x|z) of B images for z (K, B, D), (K, B)
Tell = Callable[[int], object]  # gets the number of images whose chains took a step


class Estimates(NamedTuple):
    """What the K weights of each of B images say of the log of their mean."""

    value: Tensor  # (B,) nats
    error: Tensor  # (B,) standard error by the delta method, nats
    effective: Tensor  # (B,) effective number of chains, 1 to K


def estimates(log_w: Tensor) -> Estimates:
    """The log of the mean of weights (K, B)."""
    count = len(log_w)
    value = log_w.logsumexp(dim=0) - math.log(count)
    relative = (log_w - value).exp()
    return Estimates(value, relative.std(dim=0) / math.sqrt(count), count / relative.square().mean(dim=0))


def schedule(steps: int) -> list[float]:
    """beta from 0 to 1, T + 1 numbers along a sigmoid."""
    ends = [1 / (1 + math.exp(-STEEPNESS * side)) for side in (-1, 1)]
    places = [1 / (1 + math.exp(-STEEPNESS * (2 * t / steps - 1))) for t in range(steps + 1)]
    return [(place - ends[0]) / (ends[1] - ends[0]) for place in places]


def forward(
    log_likelihood: LogLikelihood,
    shape: Sequence[int],
    steps: int,
    generator: torch.Generator,
    tell: Tell = lambda images: None,
) -> tuple[Tensor, Tensor]:
    """log weights (K, B) whose exponentials average to p(x), and step sizes (T, B), of chains (K, B, D).

    Other chains find the step sizes first, in fewer steps: as the sizes do not depend on the chains that
    are weighed, these weights are unbiased.
    """

    def chains() -> _Chains:
        z = torch.empty(*shape, device=generator.device).normal_(generator=generator)
        return _Chains(log_likelihood, z, generator)

    pilot = -(-steps // PILOT)
    sizes = _found_sizes(chains(), schedule(pilot), tell)[torch.arange(steps) * pilot // steps]
    return _annealed(chains(), schedule(steps), sizes, tell), sizes


def reverse(
    log_likelihood: LogLikelihood,
    z: Tensor,
    sizes: Tensor,
    generator: torch.Generator,
    tell: Tell = lambda images: None,
) -> Tensor:
    """log weights (K, B) whose exponentials average to 1 / p(x), of chains from z (K, B, D) ~ p(z|x).

    They take the way of `forward` with its step sizes (T, B) backward.
    """
    betas = schedule(len(sizes))[::-1]
    return _annealed(_Chains(log_likelihood, z, generator), betas, sizes.flip(0).roll(1, 0), tell)


def _found_sizes(chains: "_Chains", betas: Sequence[float], tell: Tell) -> Tensor:
    """Step sizes (T, B), at which about `ACCEPTED` of each image's moves are accepted; [0] is unused."""
    found = [chains.size.clone()]
    for before, beta in pairwise(betas[:-1]):
        chains.advance(before, beta)
        chains.size.mul_((GAIN * (chains.accepted - ACCEPTED)).exp()).clamp_(max=WIDEST)
        found.append(chains.size.clone())
        tell(len(chains.size))
    return torch.stack(found)


def _annealed(chains: "_Chains", betas: Sequence[float], sizes: Tensor, tell: Tell) -> Tensor:
    """log weights (K, B) of chains that move at all betas but the first and the last, with sizes (T, B)."""
    for (before, beta), size in zip(pairwise(betas[:-1]), sizes[1:], strict=True):
        chains.size.copy_(size)
        chains.advance(before, beta)
        tell(len(size))
    return chains.log_w + (betas[-1] - betas[-2]) * chains.value


class _Chains:
    """K chains of each of B images; on a GPU a step is one CUDA graph, and nothing waits for a value."""

    def __init__(self, log_likelihood: LogLikelihood, z: Tensor, generator: torch.Generator) -> None:
        self._log_likelihood, self._generator = log_likelihood, generator
        self._z = z.clone()
        self.value, self._gradient = self._slope(self._z)
        self.log_w = torch.zeros_like(self.value, dtype=torch.float64)  # (K, B)
        self.size = torch.full_like(self.value[0], WIDEST)  # (B,)
        self.accepted = torch.zeros_like(self.size)  # (B,) probability, mean over the chains
        self._before, self._beta = (torch.zeros((), device=z.device, dtype=torch.float64) for _ in range(2))
        self._step = self._captured() if z.is_cuda else self._move

    def advance(self, before: float, beta: float) -> None:
        """Weigh what beta grew by, then move."""
        self._before.fill_(before)
        self._beta.fill_(beta)
        self._step()

    def _captured(self) -> Callable[[], None]:
        """`_move` as a CUDA graph; at both betas 0, as now, it weighs nothing."""
        kept = [each.clone() for each in (self._z, self.value, self._gradient)]
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(WARM_UPS):
                self._move()
        torch.cuda.current_stream().wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        graph.register_generator_state(self._generator)
        with torch.cuda.graph(graph):
            self._move()
        for held, before in zip((self._z, self.value, self._gradient), kept, strict=True):
            held.copy_(before)
        return graph.replay

    def _move(self) -> None:
        """Weigh, then one Hamiltonian transition at beta, all in place.

        Source: Neal, MCMC using Hamiltonian dynamics (2011), equations 5.18 to 5.20.
        """
        self.log_w += (self._beta - self._before) * self.value
        beta = self._beta.float()
        momentum = torch.empty_like(self._z).normal_(generator=self._generator)
        jitter = torch.empty_like(self.value).uniform_(1 - JITTER, 1 + JITTER, generator=self._generator)
        size = (self.size * jitter)[..., None]
        z, value, gradient = self._z, self.value, self._gradient
        moving = momentum + 0.5 * size * (beta * gradient - z)
        for k in range(LEAPFROGS):
            z = z + size * moving
            value, gradient = self._slope(z)
            moving = moving + (1.0 if k < LEAPFROGS - 1 else 0.5) * size * (beta * gradient - z)
        began = beta * self.value - _energy(self._z) - _energy(momentum)
        log_ratio = beta * value - _energy(z) - _energy(moving) - began
        drawn = torch.empty_like(log_ratio).uniform_(generator=self._generator)
        is_accepted = drawn.log() < log_ratio  # not where it overflowed to NaN
        self.accepted.copy_(log_ratio.clamp(max=0).exp().nan_to_num(0).mean(dim=0))
        for held, new in ((self._z, z), (self._gradient, gradient)):
            held.copy_(torch.where(is_accepted[..., None], new, held))
        self.value.copy_(torch.where(is_accepted, value, self.value))

    def _slope(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """log p(x|z), (K, B), and its gradient in z, (K, B, D)."""
        with torch.enable_grad():
            leaf = z.detach().requires_grad_()
            value = self._log_likelihood(leaf)
            (gradient,) = torch.autograd.grad(value.sum(), leaf)
        return value.detach(), gradient


def _energy(vector: Tensor) -> Tensor:
    """||vector||² / 2 of (..., D), (...,): minus log N(0, I) but for a constant."""
    return 0.5 * vector.square().sum(dim=-1)
