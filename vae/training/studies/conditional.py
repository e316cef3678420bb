"""A conditional VAE: encoder and decoder are told the digit, so z is left with the hand that wrote it.

Source: Sohn, Lee and Yan, Learning Structured Output Representation using Deep Conditional Generative Models
(2015); Kingma et al., Semi-Supervised Learning with Deep Generative Models (2014), figure 1.
"""

from typing import Any

import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from vae.analysis import classifier
from vae.training.elbo import Posterior, bernoulli_nll
from vae.training.studies.fitting import (
    CLASSES,
    PIXELS,
    SEED,
    Digits,
    first_of_each,
    fit,
    perceptron,
    pictures,
)

EPOCHS, LATENT_DIM, SAMPLES = 14, 5, 4
HIDDEN = (256, 256)  # two layers, so that the digit can change what the code means
HANDS = 2  # test images of each digit whose hand writes all ten


class Conditional(nn.Module):
    """p(x|z, y) and q(z|x, y), y the digit (B,)."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = perceptron(PIXELS + CLASSES, *HIDDEN, 2 * LATENT_DIM)
        self.decoder = perceptron(LATENT_DIM + CLASSES, *HIDDEN, PIXELS)

    def encode(self, x: Tensor, y: Tensor) -> Posterior:
        """q(z|x, y), (B, D)."""
        mu, raw = self.encoder(_with(x, y)).float().chunk(2, dim=-1)
        return Posterior(mu, 8 * torch.tanh(raw / 8))

    def logits(self, z: Tensor, y: Tensor) -> Tensor:
        """Of the mean of x, (B, 784)."""
        return self.decoder(_with(z, y)).float()


def run(data: Digits) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Test images, each one's hand writing the ten digits, and how many read as what was asked for."""
    torch.manual_seed(SEED)
    model = Conditional()

    def loss(x: Tensor, y: Tensor) -> Tensor:
        q = model.encode(x, y)
        return (bernoulli_nll(model.logits(q.rsample(), y), x) + q.kl()).mean()

    fit(model, loss, data.train, epochs=EPOCHS)
    hands = data.test[first_of_each(data.test.labels, HANDS)]
    with torch.no_grad():
        scores = _scores(model, data.test.x, data.test.labels)
        written = _written(model, hands.x, hands.labels)
        scores["read_as_asked"] = _read_as_asked(_written(model, data.test.x[:1000], data.test.labels[:1000]))
    settings = {"epochs": EPOCHS, "latent_dim": LATENT_DIM, "hidden": HIDDEN, "samples": SAMPLES}
    arrays = {"in": pictures(hands.x), "written": pictures(written), "labels": hands.labels.numpy()}
    return {**settings, **scores}, arrays


def _with(values: Tensor, y: Tensor) -> Tensor:
    """Values (B, K) with the digit appended, one-hot."""
    return torch.cat((values, F.one_hot(y, CLASSES).to(values.dtype)), dim=-1)


def _written(model: Conditional, x: Tensor, y: Tensor) -> Tensor:
    """All ten digits in the hands of images x (N, 784) of digits y (N,): (N, 10, 784)."""
    z = model.encode(x, y).mu
    asked = torch.arange(CLASSES).repeat(len(z))
    return model.logits(z.repeat_interleave(CLASSES, dim=0), asked).sigmoid().unflatten(0, (-1, CLASSES))


def _read_as_asked(written: Tensor) -> float:
    """Share of images (N, 10, 784) that the classifier reads as the digit that was asked for."""
    judge = classifier.read(classifier.PATH)
    read = judge.labels(written.flatten(0, 1).numpy()).reshape(-1, CLASSES)
    return float((read == torch.arange(CLASSES).numpy()).mean())


def _scores(model: Conditional, x: Tensor, y: Tensor) -> dict[str, float]:
    """Of -log p(x|y), nats per image, with SAMPLES draws of z."""
    generator = torch.Generator().manual_seed(SEED)
    q = model.encode(x, y)
    draws = [bernoulli_nll(model.logits(q.rsample(generator), y), x) for _ in range(SAMPLES)]
    return {"nll": torch.stack(draws).mean().item(), "kl": q.kl().mean().item()}
