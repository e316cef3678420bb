"""What a trained model is worth, measured without its critic: Table 1 of the source, and the regions.

Symbols: G places of z on each side of a grid. Nats; the source's reconstruction error is a mean over the four
entries of x, which is given beside the sum that the ELBO contains.
"""

from dataclasses import asdict, dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vae.analysis.estimates import nearest
from vae.training.studies.four_points.networks import POINTS, Gaussian, Model, costs, draws, nll

REACH, SIDE = 6.0, 401  # of the quadrature, in prior standard deviations, and its places on each side
DRAWS = 50_000  # of each q(z|x)
VIEW, PLACES = 3.2, 64  # reach of the regions that are drawn, and their cells on each side
NOWHERE = POINTS  # the region in which no point has half of the probability


@dataclass(frozen=True)
class Scores:
    """A row of Table 1, nats."""

    log_likelihood: float  # log p(x), mean over the points
    reconstruction: float  # nll, mean over the entries of x
    elbo: float
    kl: float  # KL(q(z), p(z)) of all points' codes together

    def __post_init__(self) -> None:
        if not np.isfinite(list(asdict(self).values())).all():
            raise ValueError("The training diverged")


@torch.no_grad()
def scores(model: Model, seed: int) -> Scores:
    """The row of a model; an ELBO without a density takes its KL from neighbours."""
    z = draws(model, DRAWS, torch.Generator().manual_seed(seed))
    errors = nll(model, z).double().mean().item()
    kl = model.kl().mean().item() if isinstance(model, Gaussian) else _mean_kl(z)
    together = nearest.kl_from_prior(z.flatten(0, 1).numpy())
    return Scores(log_likelihood(model).mean().item(), errors / POINTS, -errors - kl, together)


@torch.no_grad()
def log_likelihood(model: Model, side: int = SIDE) -> Tensor:
    """log p(x) of the four points by the sum over a grid in [-REACH, REACH]², (4,) nats."""
    z = grid(REACH, side)
    prior = torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(dim=-1)
    of_cell = prior[:, None] - costs(model, z)
    cell = 2 * REACH / (side - 1)
    return torch.logsumexp(of_cell.double(), dim=0) + 2 * np.log(cell)


@torch.no_grad()
def regions(model: Model) -> NDArray[np.uint8]:
    """Which point has more than half of p(x|z), NOWHERE if none, over [-VIEW, VIEW]², (G, G), z₂ upwards."""
    z = grid(VIEW, PLACES)
    most, point = (-costs(model, z)).max(dim=-1)
    found = torch.where(most > np.log(0.5), point, NOWHERE)
    return found.view(PLACES, PLACES).numpy().astype(np.uint8)


def grid(reach: float, side: int) -> Tensor:
    """Places in [-reach, reach]², z₁ changing fastest, (side², 2)."""
    along = torch.linspace(-reach, reach, side)
    return torch.cartesian_prod(along, along).flip(-1)


def _mean_kl(z: Tensor) -> float:
    """KL(q(z|x) || p(z)), mean over the points, from draws z (S, 4, 2)."""
    return float(np.mean([nearest.kl_from_prior(z[:, point].numpy()) for point in range(POINTS)]))
