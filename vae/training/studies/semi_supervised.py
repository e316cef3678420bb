"""A VAE that is told the digits of some images only, beside a classifier that learns from those alone.

Source: Kingma et al., Semi-Supervised Learning with Deep Generative Models (2014), equations 6 to 9.
Symbols: x images (B, 784), y their digits (B,), z what is left; q(y|x) is a classifier, q(z|x, y) an encoder.
"""

import math
from typing import Any

import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from vae.training.elbo import bernoulli_nll
from vae.training.studies.conditional import Conditional
from vae.training.studies.fitting import CLASSES, PIXELS, SEED, Digits, Labelled, fit, perceptron

COUNTS = (100, 300, 1000)  # images whose digit is told
UNLABELLED = 10_000  # training images whose digit is not told
EPOCHS, BATCH, TOLD, HIDDEN = 6, 100, 50, 256  # TOLD: labelled images in each step
WEIGHT = 50.0  # of the classifier's cross-entropy on labelled images, the source's alpha


class SemiSupervised(Conditional):
    """M2: a conditional VAE whose digit is a hidden variable where it is not told."""

    def __init__(self) -> None:
        super().__init__()
        self.classifier = perceptron(PIXELS, HIDDEN, CLASSES)

    def labelled(self, x: Tensor, y: Tensor) -> Tensor:
        """-log p(x, y) at most this, (B,) nats: equation 6; p(y) is uniform."""
        q = self.encode(x, y)
        return bernoulli_nll(self.logits(q.rsample(), y), x) + q.kl() + math.log(CLASSES)

    def unlabelled(self, x: Tensor) -> Tensor:
        """-log p(x) at most this, (B,) nats: equation 7, the mean over q(y|x) of all ten digits."""
        log_q = self.classifier(x).float().log_softmax(dim=-1)
        digits = torch.arange(CLASSES).repeat(len(x))
        costs = self.labelled(x.repeat_interleave(CLASSES, dim=0), digits).unflatten(0, (-1, CLASSES))
        return (log_q.exp() * (costs + log_q)).sum(dim=-1)


def run(data: Digits) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Test accuracy by the number of labels, of M2 and of the same classifier alone."""
    accuracy = {
        name: [_accuracy(train(data, count), data.test) for count in COUNTS]
        for name, train in (("m2", _semi_supervised), ("classifier", _supervised))
    }
    settings = {"epochs": EPOCHS, "unlabelled": UNLABELLED, "hidden": HIDDEN, "weight": WEIGHT}
    return {**settings, "counts": COUNTS, "accuracy": accuracy}, {}


def _told(data: Digits, count: int) -> Labelled:
    """The first images of each digit, as many of each."""
    index = torch.cat([(data.train.labels == k).nonzero()[: count // CLASSES, 0] for k in range(CLASSES)])
    return data.train[index]


def _semi_supervised(data: Digits, count: int) -> nn.Module:
    torch.manual_seed(SEED)
    model, told = SemiSupervised(), _told(data, count)
    generator = torch.Generator().manual_seed(SEED)

    def loss(x: Tensor, _: Tensor) -> Tensor:
        some = told[torch.randint(count, (TOLD,), generator=generator)]
        by_label = model.labelled(some.x, some.labels).mean()
        told_apart = F.cross_entropy(model.classifier(some.x).float(), some.labels)
        return model.unlabelled(x).mean() + by_label + WEIGHT * told_apart

    fit(model, loss, data.train[slice(UNLABELLED)], epochs=EPOCHS, batch=BATCH)
    return model.classifier.eval()


def _supervised(data: Digits, count: int) -> nn.Module:
    """The same classifier, as many steps, from the labelled images alone."""
    torch.manual_seed(SEED)
    model, told = perceptron(PIXELS, HIDDEN, CLASSES), _told(data, count)
    epochs = EPOCHS * (UNLABELLED // BATCH) // (count // TOLD)

    def loss(x: Tensor, y: Tensor) -> Tensor:
        return F.cross_entropy(model(x).float(), y)

    fit(model, loss, told, epochs=epochs, batch=TOLD)
    return model.eval()


@torch.no_grad()
def _accuracy(model: nn.Module, test: Labelled) -> float:
    return (model(test.x).argmax(dim=-1) == test.labels).double().mean().item()
