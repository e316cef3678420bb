"""A trained model measured for the comparison of AVB with VAEs: likelihood, and classes kept apart."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from vae import explorer
from vae.analysis.adversarial.comparison import Measured, Method
from vae.analysis.adversarial.separation import separation
from vae.images.dataset import ImageSet
from vae.latent import importance
from vae.latent.importance import Estimate
from vae.model import checkpoint
from vae.model.checkpoint import Description
from vae.training.adversarial.settings import CriticConfig
from vae.training.elbo import Posterior
from vae.training.evaluation import Evaluation, binarised, evaluate
from vae.training.likelihood import evidence, quadrature
from vae.training.likelihood.annealing import LEAPFROGS
from vae.training.vae import Trainable, build

PLANE_IMAGES = 1_000  # whose log p(x) is added up, where codes have two dimensions
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
            f"from the prior; in two dimensions by quadrature, {PLANE_IMAGES:,} images"
        )


def measured(
    path: Path,
    test: ImageSet,
    sampling: Sampling,
    device: torch.device,
    on_progress: Callable[[float], object] = lambda share: None,
) -> Measured:
    """The model in a file; the critic's estimate of its KL is that of its training's end.

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
    model = build(said.config, found.weights).to(device)
    drawn = binarised(torch.from_numpy(test.pixels), torch.Generator().manual_seed(sampling.seed))
    x = drawn.flatten(1)
    terms = evaluate(model, x, seed=sampling.seed)
    log_p, gap = _log_p(model, x, terms, sampling, on_progress)
    classes = separation(explorer.load(path).encode(drawn.numpy()), test.labels, sampling.seed)
    return Measured(
        name=path.stem,
        method=_method(said),
        contrast=_contrast(said),
        latent_dim=said.config.latent_dim,
        seed=said.seed,
        **{name: metrics[name] for name in TRAINED},
        nll=terms.nll.double().mean().item(),
        kl=metrics["kl_estimate"] if terms.form == "implicit" else terms.kl.double().mean().item(),
        log_p=log_p.value,
        error=log_p.error,
        gap=gap,
        **classes._asdict(),
    )


def _log_p(
    model: Trainable,
    x: Tensor,
    terms: Evaluation,
    sampling: Sampling,
    on_progress: Callable[[float], object],
) -> tuple[Estimate, float]:
    """log p(x), mean over all images x (N, P), and the gap of the sampling, 0 of a plane's quadrature; nats.

    It is minus the mean of nll and the KL of a Gaussian with q's moments, plus how far log p(x) lies above
    that on the images sampled: this differs far less between images than log p(x) does.
    """
    images, chains, steps, seed = sampling
    is_plane = terms.mu.shape[1] == 2
    some = evidence.spread(len(x), min(PLANE_IMAGES, len(x)) if is_plane else images)
    if is_plane:
        device = next(model.parameters()).device
        log_p, gap = quadrature.log_p(model, x[some].to(device)).cpu(), 0.0
    else:
        annealed = evidence.evidence(model, x[some], chains, steps, seed, on_progress)
        log_p, gap = annealed.log_p.value, annealed.gap.double().mean().item()
    cost = terms.nll.double() + Posterior(terms.mu, terms.log_var).kl()
    above = importance.mean(log_p.double() + cost[some])
    return Estimate(above.value - cost.mean().item(), above.error), gap


def _method(said: Description) -> Method:
    if said.config.kind != "avb":
        return "VAE"
    return "AVB" if _contrast(said) == "prior" else "AVB+AC"


def _contrast(said: Description) -> str:
    """What the critic told q(z|x) from, as the model's command says; empty without a critic."""
    if said.config.kind != "avb":
        return ""
    _, named, after = said.command.partition("--contrast ")
    return after.split(" ")[0] if named else CriticConfig().contrast
