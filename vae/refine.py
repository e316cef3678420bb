"""Search the best q(z|x) image by image: what the encoder's one pass leaves on the table, in nats.

    python -m vae.refine mnist-vae-2d --images 1000

The encoder's answer is amortised: one network for all images. Here each image gets a mu and a log_var of
its own, which start at the encoder's and climb the ELBO by Adam. What the ELBO gains is the amortisation gap;
what stays between it and log p(x) is the gap of the approximation, as q is a Gaussian with
independent dimensions.

Source: Cremer, Li and Duvenaud, Inference Suboptimality in Variational Autoencoders (2018), section 3.

Symbols: B images, D latent_dim, T states that are kept of a search, S places z = mu + sd * eps under each q.
"""

import argparse
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from vae import amortisation, data
from vae.amortisation import Amortisation
from vae.checkpoint import CheckpointError, load, model_path
from vae.config import PIXELS
from vae.elbo import Posterior, prior_log_prob
from vae.models import VAE, build

Floats = NDArray[np.float32]

STEPS, KEPT = 300, 41
RATE = 0.2  # of Adam, in standard deviations of the encoder's q; it falls to 0 with a cosine
CLIMBING, MEASURING = 16, 256  # places under q in each step, and to measure the ELBO of the states
BATCH, IMAGES = 250, 1000  # images at a time, and of the mean


@dataclass(frozen=True)
class Search:
    """States of q(z|x) on the way up, the encoder's first; nats per image."""

    steps: NDArray[np.int64]  # (T,) after how many steps each state was kept
    mu: Floats  # (T, B, D)
    log_var: Floats  # (T, B, D)
    elbo: Floats  # (T, B), of all states under the same noise, other noise than that of the steps
    elbo_error: Floats  # (T, B) its standard error from the draws of z, 0 where there are none
    gain_error: Floats  # (B,) the same of the gain, smaller because both ends share their noise

    @property
    def gain(self) -> Floats:
        """ELBO of the last state minus ELBO of the encoder's q, (B,) nats per image."""
        return self.elbo[-1] - self.elbo[0]


def search(
    model: VAE,
    images: ArrayLike,
    steps: int = STEPS,
    kept: int = KEPT,
    places: int = MEASURING,
    seed: int = 0,
) -> Search:
    """Climb from the encoder's q for images (B, 28, 28) or (B, 784) in [0, 1], and keep some of the states.

    Raises:
        ValueError: if the model is an autoencoder, which has no q(z|x), or a pixel lies outside [0, 1].
    """
    if model.config.kind != "vae":
        raise ValueError("an autoencoder has no posterior whose ELBO could be raised")
    noise = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        x = torch.as_tensor(np.asarray(images, np.float32)).reshape(-1, PIXELS)
        start = model.encode(x)
    at = np.unique((steps * np.linspace(0, 1, kept) ** 2).round().astype(np.int64))  # most happens early
    states = _climb(model, x, start, steps, set(at.tolist()), noise)
    eps, weight = places_under_q(model.config.latent_dim, places, noise)
    with torch.no_grad():
        terms = torch.stack([_log_weights(model, x, state, eps) for state in states])  # (T, S, B)
    values = (weight[:, None] * terms).sum(dim=1)
    errors = [_error(each, is_exact=model.config.latent_dim <= 2) for each in (*terms, terms[-1] - terms[0])]
    mu, log_var = (
        torch.stack([getattr(state, name) for state in states]).numpy() for name in ("mu", "log_var")
    )
    return Search(at, mu, log_var, values.numpy(), torch.stack(errors[:-1]).numpy(), errors[-1].numpy())


def places_under_q(latent_dim: int, count: int, noise: torch.Generator) -> tuple[Tensor, Tensor]:
    """Places eps (S, D) and weights (S,) whose weighted mean is the expectation under N(0, I).

    Up to two dimensions they are Gauss-Hermite nodes, exact for polynomials; above, draws with their mirror
    images, which cancel all odd powers.
    """
    if latent_dim > 2:
        half = torch.randn(math.ceil(count / 2), latent_dim, generator=noise)
        eps = torch.cat([half, -half])
        return eps, torch.full((len(eps),), 1 / len(eps))
    nodes, weights = np.polynomial.hermite_e.hermegauss(round(count ** (1 / latent_dim)))
    grids = (np.stack(np.meshgrid(*[each] * latent_dim), axis=-1) for each in (nodes, weights))
    at, weight = (grid.reshape(-1, latent_dim) for grid in grids)
    shares = weight.prod(axis=1)
    return torch.tensor(at, dtype=torch.float32), torch.tensor(shares / shares.sum(), dtype=torch.float32)


def _climb(
    model: VAE, x: Tensor, start: Posterior, steps: int, keep: set[int], noise: torch.Generator
) -> list[Posterior]:
    """States of q after the steps to keep; a step is measured in standard deviations of the encoder's q."""
    moved, widened = (torch.zeros_like(start.mu, requires_grad=True) for _ in range(2))
    optimiser = torch.optim.Adam([moved, widened], lr=RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, max(steps, 1))
    states = []
    for step in range(steps + 1):
        q = Posterior(start.mu + start.sd * moved, start.log_var + widened)
        if step in keep:
            states.append(Posterior(q.mu.detach(), q.log_var.detach()))
        if step == steps:
            break
        eps, weight = places_under_q(model.config.latent_dim, CLIMBING, noise)
        objective = (weight[:, None] * _log_weights(model, x, q, eps)).sum()
        moved.grad, widened.grad = torch.autograd.grad(-objective, [moved, widened])
        optimiser.step()
        schedule.step()
    return states


def _log_weights(model: VAE, x: Tensor, q: Posterior, eps: Tensor) -> Tensor:
    """log p(x, z) - log q(z|x) at the places z = mu + sd * eps, (S, B) nats, whose mean is the ELBO.

    The nearer q is to the true posterior, the less they vary: so they are preferred to -nll - KL.
    """
    z = q.mu + q.sd * eps[:, None]  # (S, B, D)
    nll = model.nll(z.reshape(-1, z.shape[-1]), x.repeat(len(eps), 1)).reshape(len(eps), len(x))
    return prior_log_prob(z) - q.log_prob(z) - nll


def _error(values: Tensor, is_exact: bool) -> Tensor:
    """Standard error (B,) of the mean of values (S, B); a draw and its mirror image count as one."""
    if is_exact:
        return torch.zeros(values.shape[1])
    pairs = values.reshape(2, -1, values.shape[1]).mean(dim=0)
    return pairs.std(dim=0) / math.sqrt(len(pairs))


STATES = ("mu", "log_var", "elbo", "elbo_error")


def measure(
    model: VAE,
    images: ArrayLike,
    steps: int = STEPS,
    seed: int = 0,
    on_progress: Callable[[float], object] = lambda share: None,
) -> Search:
    """Only the first and the last state of the search, for many images (B, 28, 28).

    `on_progress` gets the share done, in [0, 1], after each batch.
    """
    parts = []
    batches = np.array_split(np.asarray(images, np.float32), math.ceil(len(np.asarray(images)) / BATCH))
    for k, batch in enumerate(batches):
        parts.append(search(model, batch, steps, kept=2, seed=seed + k))
        on_progress((k + 1) / len(batches))
    joined = {name: np.concatenate([getattr(part, name) for part in parts], axis=1) for name in STATES}
    return Search(parts[0].steps, **joined, gain_error=np.concatenate([part.gain_error for part in parts]))


def gap(
    name: str,
    count: int = IMAGES,
    steps: int = STEPS,
    seed: int = 0,
    on_progress: Callable[[float], object] = lambda share: None,
) -> Amortisation:
    """The amortisation gap of a shipped model over the first `count` test images of its data set.

    Raises:
        CheckpointError: if there is no such model.
        DataError: if its data set is not here.
        ValueError: if it is an autoencoder.
    """
    read = load(model_path(name))
    model = build(read.description.config, read.weights)
    images = data.load(read.description.dataset, "test").floats(slice(count))
    found = measure(model, images, steps, seed, on_progress)
    return Amortisation(
        fingerprint=read.fingerprint,
        command=f"python -m vae.refine {name} --images {count} --steps {steps} --seed {seed}",
        data=f"first {len(images):,} test images of {read.description.dataset}",
        elbo=float(found.elbo[0].mean(dtype=np.float64)),
        gains=tuple(round(float(gain), 2) for gain in found.gain),
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m vae.refine", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("model", help="name of a shipped model")
    parser.add_argument(
        "--images", type=int, default=IMAGES, help=f"the first so many test images ({IMAGES})"
    )
    parser.add_argument("--steps", type=int, default=STEPS, help=f"steps of the search ({STEPS})")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    try:
        said = gap(args.model, args.images, args.steps, args.seed, _tell)
    except (CheckpointError, data.DataError, ValueError) as error:
        sys.exit(str(error))
    print(amortisation.save(args.model, said))
    print(f"{said.mean:.2f} ± {said.error:.2f} nats per image, {said.data}")


def _tell(share: float) -> None:
    print(f"\r{share:4.0%}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
