"""log p(x) of binarised images under a model's decoder, by annealed importance sampling in both directions.

Only p(z) and p(x|z) are looked at, so the encoder may be of any kind. On images that the model itself draws,
whose codes are draws of the posterior, chains run backward too: how far their estimate lies above that of
the forward ones bounds the error of both (Grosse et al., 2015).

Symbols: N images of P pixels, S simulated ones, K chains of each, D latent_dim. Nats.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from vae.training.likelihood import annealing
from vae.training.likelihood.annealing import LEAPFROGS, PILOT, Estimates, LogLikelihood, Tell
from vae.training.vae import Generative

SIMULATED = 100  # images at most whose chains run in both directions
ROWS = {"cpu": 1_000, "cuda": 65_536}  # chains at a time: what the caches hold, what the memory holds


@dataclass(frozen=True)
class Evidence:
    """log p(x) of N images, and how far apart the two directions are on S simulated ones; nats."""

    log_p: Estimates  # of (N,)
    gap: Tensor  # (S,)
    chains: int
    steps: int


def spread(total: int, count: int) -> Tensor:
    """Which of so many images `count` are that are spread evenly over them, (N,).

    Raises:
        ValueError: if there are not as many.
    """
    if not 2 <= count <= total:
        raise ValueError(f"images must be from 2 to {total:,}, got {count}")
    return torch.arange(count) * total // count


def evidence(
    model: Generative,
    x: Tensor,
    chains: int,
    steps: int,
    seed: int = 0,
    on_progress: Callable[[float], object] = lambda share: None,
) -> Evidence:
    """log p(x) of binary images x (N, P); `on_progress` gets the share done, in [0, 1].

    Raises:
        ValueError: for a model without p(z) or whose pixels are not Bernoulli, or too few chains or steps.
    """
    _check(model, chains, steps)
    device = next(model.parameters()).device
    generator = torch.Generator(device).manual_seed(seed)
    z, simulated = _simulated(model, min(len(x), SIMULATED), generator)
    images = torch.cat([x.to(device), simulated])
    moves, pilot = steps - 1, -(-steps // PILOT) - 1
    tell = _shares(on_progress, (len(images) + len(z)) * moves + len(images) * pilot)
    log_w, sizes = _forward(model, images, chains, steps, generator, tell)
    back = _backward(model, simulated, z.expand(chains, -1, -1), sizes[:, len(x) :], generator, tell)
    low, high = annealing.estimates(log_w), -annealing.estimates(back).value
    log_p = Estimates(*(column[: len(x)] for column in low))
    return Evidence(log_p, high - low.value[len(x) :], chains, steps)


def summary(found: Evidence) -> dict[str, Any]:
    """Means over the images and their errors, ready for JSON."""
    log_p, error, effective = (each.double() for each in found.log_p)
    count = len(log_p)
    return {
        "unit": "nats per image, mean over images",
        "images": count,
        "chains": found.chains,
        "steps": found.steps,
        "leapfrogs": LEAPFROGS,
        "log_p": log_p.mean().item(),
        "error": (log_p.std() / count**0.5).item(),
        "error_of_chains": (error.square().sum().sqrt() / count).item(),
        "effective_chains": effective.mean().item(),
        "simulated": len(found.gap),
        "gap": found.gap.double().mean().item(),
    }


def summary_text(said: dict[str, Any]) -> str:
    """The summary for people."""
    return (
        f"{said['data']}, {said['images']:,} images\n"
        f"annealed importance sampling: {said['chains']} chains of {said['steps']:,} steps of "
        f"{said['leapfrogs']} leapfrogs, from the prior, seed {said['seed']}, {said['device']}, "
        f"{said['seconds']} s\n"
        f"log p(x)  {said['log_p']:9.3f} ± {said['error']:.3f} nats per image (± over the images), errs low\n"
        f"          ± {said['error_of_chains']:.3f} from the chains alone; "
        f"{said['effective_chains']:.1f} of {said['chains']} count\n"
        f"gap       {said['gap']:9.3f} nats: chains backward less chains forward, on {said['simulated']} "
        "images drawn from the model"
    )


@torch.no_grad()
def _simulated(model: Generative, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Codes (S, D) ~ p(z), and images (S, P) ~ p(x|z) drawn from them."""
    z = torch.empty(count, model.config.latent_dim, device=generator.device).normal_(generator=generator)
    return z, torch.bernoulli(model.decode(z), generator=generator)


def _forward(
    model: Generative, x: Tensor, chains: int, steps: int, generator: torch.Generator, tell: Tell
) -> tuple[Tensor, Tensor]:
    """log weights (K, B) of chains to the images x (B, P), and their step sizes (T, B)."""
    found = []
    for some in x.split(_at_a_time(x, chains)):
        shape = chains, len(some), model.config.latent_dim
        found.append(annealing.forward(_log_likelihood(model, some), shape, steps, generator, tell))
    log_w, sizes = (torch.cat(column, dim=1) for column in zip(*found, strict=True))
    return log_w.cpu(), sizes


def _backward(
    model: Generative, x: Tensor, z: Tensor, sizes: Tensor, generator: torch.Generator, tell: Tell
) -> Tensor:
    """log weights (K, B) of chains from z (K, B, D), draws of the posterior of x (B, P)."""
    each, found = _at_a_time(x, len(z)), []
    parts = zip(x.split(each), z.split(each, dim=1), sizes.split(each, dim=1), strict=True)
    for some, begin, size in parts:
        found.append(annealing.reverse(_log_likelihood(model, some), begin, size, generator, tell))
    return torch.cat(found, dim=1).cpu()


def _at_a_time(x: Tensor, chains: int) -> int:
    """How many images' chains are moved at a time."""
    return max(1, ROWS["cuda" if x.is_cuda else "cpu"] // chains)


def _log_likelihood(model: Generative, x: Tensor) -> LogLikelihood:
    """log p(x|z) of images x (B, P)."""
    return lambda z: -model.nll(z, x)


def _shares(on_progress: Callable[[float], object], total: int) -> Tell:
    """What counts the images' steps and tells their share of the total."""
    done = 0

    def tell(images: int) -> None:
        nonlocal done
        done += images
        on_progress(min(done / total, 1.0))

    return tell


def _check(model: Generative, chains: int, steps: int) -> None:
    if model.config.kind == "autoencoder":
        raise ValueError("An autoencoder has no p(z), so its images have no p(x).")
    if model.config.likelihood != "bernoulli":
        raise ValueError("Annealed importance sampling of binary images needs a Bernoulli likelihood.")
    for name, count in (("chains", chains), ("steps", steps)):
        if count < 2:
            raise ValueError(f"{name} must be at least 2, got {count}")
