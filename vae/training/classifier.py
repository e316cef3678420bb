"""Training of the classifier that reads digits, see `vae.analysis.classifier`."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vae.analysis.classifier import CLASSES, HIDDEN, PIXELS, Floats
from vae.images import sets
from vae.training.augment import warp
from vae.training.networks import images

EPOCHS, BATCH, RATE = 30, 100, 1e-3
BLUR = (0.25, 0.5, 0.25)  # across and down, twice: a standard deviation of one pixel


def train(epochs: int = EPOCHS, seed: int = 0, dataset: str = "mnist") -> dict[str, Floats]:
    """Weights of a classifier trained on a data set's training images.

    Raises:
        DataError: if the data set is not here.
    """
    items = sets.load(dataset, "train")
    x = images(torch.from_numpy(items.floats()).flatten(1), sets.dataset(dataset).image_spec)
    labels = torch.from_numpy(items.labels)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(PIXELS, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, CLASSES))
    steps = epochs * (len(x) // BATCH)
    optimiser = torch.optim.Adam(model.parameters(), RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(epochs):
        for index in torch.randperm(len(x))[: len(x) // BATCH * BATCH].split(BATCH):
            loss = nn.functional.cross_entropy(model(_soften(warp(x[index])).flatten(1)), labels[index])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return {name: weight.numpy() for name, weight in model.state_dict().items()}


def _soften(x: Tensor) -> Tensor:
    """Images (B, 1, 28, 28), every second one blurred."""
    kernel = torch.outer(torch.tensor(BLUR), torch.tensor(BLUR))[None, None]
    blurred = x[::2]
    for _ in range(2):
        blurred = F.conv2d(blurred, kernel, padding=1)
    softened = x.clone()
    softened[::2] = blurred
    return softened
