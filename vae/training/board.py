"""A training as TensorBoard shows it: the terms of the loss, the KL of each dimension, samples.

The package is not among those that the app needs; it is loaded only where somebody asks for it.
"""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from vae.errors import Unusable
from vae.images.export import tile
from vae.training.evaluation import evaluate
from vae.training.run import Run

WATCHED, SIDE = 2000, 6  # test images that are scored after each epoch; rows of samples, and columns
MISSING = "--tensorboard needs a package that is not here: pip install tensorboard"


class BoardError(Unusable):
    """TensorBoard's package is missing, or its folder cannot be written."""


def writer(folder: Path, run: Run, test: Tensor) -> Callable[[], None]:
    """What writes down an epoch when it is called, for test images (N, H W C).

    Raises:
        BoardError: if TensorBoard is missing, or the folder cannot be made.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise BoardError(MISSING) from error
    try:
        board = SummaryWriter(folder, purge_step=run.epoch)
    except OSError as error:
        raise BoardError(f"{folder} cannot be written: {error.strerror}.") from error
    z = torch.randn(SIDE * SIDE, run.config.model.latent_dim, generator=torch.Generator().manual_seed(0))

    def note() -> None:
        for name, value in _scalars(run, test).items():
            board.add_scalar(name, value, run.epoch)
        board.add_image("samples", _sheet(run, z), run.epoch, dataformats="HWC")
        board.flush()

    return note


def _scalars(run: Run, test: Tensor) -> dict[str, float]:
    """The figures of the epoch that has just ended, nats per image."""
    terms = evaluate(run.trained, test[:WATCHED], samples=1, seed=run.config.seed)
    kl_per_dim = terms.kl_per_dim.double().mean(dim=0).tolist()
    trained = run.history[-1] if run.history else {}
    return {
        **{f"{name}/train": trained[name] for name in ("nll", "kl") if name in trained},
        "nll/test": terms.nll.double().mean().item(),
        "kl/test": sum(kl_per_dim),
        "ELBO/test": terms.elbo.double().mean().item(),
        **{f"kl per dimension/{k + 1}": value for k, value in enumerate(kl_per_dim)},
        "rate": float(run.descent.optimizer.param_groups[0]["lr"]),
    }


@torch.no_grad()
def _sheet(run: Run, z: Tensor) -> Tensor:
    """What is decoded at z (K, D), in rows and columns, (rows H, columns W, C)."""
    means = run.trained.decode(z.to(run.device)).cpu().clamp(0, 1)
    return torch.from_numpy(tile(means.view(SIDE, SIDE, *run.config.model.image_spec.shape).numpy()))
