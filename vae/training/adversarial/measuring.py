"""A trained model measured for the comparison of AVB with VAEs: likelihood, and classes kept apart."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch

from vae import explorer
from vae.analysis.adversarial.comparison import Measured, Method
from vae.analysis.adversarial.separation import separation
from vae.images.dataset import ImageSet
from vae.model import checkpoint
from vae.model.checkpoint import Description
from vae.training.evaluation import binarised, evaluate
from vae.training.likelihood import evidence
from vae.training.likelihood.annealing import LEAPFROGS
from vae.training.vae import build

TRAINED = ("steps", "seconds", "device")  # of a checkpoint's metrics


class Sampling(NamedTuple):
    """How much annealed importance sampling is done, and the seed of all that is drawn."""

    images: int  # spread evenly over the test images
    chains: int  # for each
    steps: int
    seed: int

    @property
    def words(self) -> str:
        """Without the seed."""
        return (
            f"{self.images:,} images, {self.chains} chains of {self.steps:,} steps of {LEAPFROGS} leapfrogs, "
            "from the prior"
        )


def measured(
    path: Path,
    test: ImageSet,
    sampling: Sampling,
    device: torch.device,
    on_progress: Callable[[float], object] = lambda share: None,
) -> Measured:
    """The model in a file; the critic's estimate of its KL is that of its training's end.

    log p(x) is the mean over all images of -nll, to which sampling adds how far log p(x) lies above -nll, on
    some images: that differs far less between images than log p(x) does.
    `on_progress` gets the share of the sampling done, in [0, 1].

    Raises:
        CheckpointError: if the file cannot be used.
        ValueError: for images without labels, or a file that does not say how it was trained.
    """
    if test.labels is None:
        raise ValueError("Classes that are kept apart need images with labels.")
    found = checkpoint.load(path)
    said, metrics = found.description, found.description.metrics
    if not metrics.keys() >= {*TRAINED}:
        raise ValueError(f"{path.name} does not say {', '.join(TRAINED)}: train it anew.")
    images, chains, steps, seed = sampling
    model = build(said.config, found.weights).to(device)
    drawn = binarised(torch.from_numpy(test.pixels), torch.Generator().manual_seed(seed))
    x, some = drawn.flatten(1), evidence.spread(len(drawn), images)
    annealed = evidence.evidence(model, x[some], chains, steps, seed, on_progress)
    terms = evaluate(model, x, seed=seed)
    nll = terms.nll.double()
    above = annealed.log_p.value.double() + nll[some]
    classes = separation(explorer.load(path).encode(drawn.numpy()), test.labels, seed)
    return Measured(
        name=path.stem,
        method=_method(said),
        latent_dim=said.config.latent_dim,
        seed=said.seed,
        **{name: metrics[name] for name in TRAINED},
        nll=nll.mean().item(),
        kl=metrics["kl_estimate"] if terms.form == "implicit" else terms.kl.double().mean().item(),
        log_p=(above.mean() - nll.mean()).item(),
        error=(above.std() / images**0.5).item(),
        gap=annealed.gap.double().mean().item(),
        **classes._asdict(),
    )


def _method(said: Description) -> Method:
    if said.config.kind != "avb":
        return "VAE"
    return "AVB" if "--contrast prior" in said.command else "AVB+AC"
