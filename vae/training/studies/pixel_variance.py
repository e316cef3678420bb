"""The variance of a Gaussian pixel: given, learnt for all pixels or for each, or a network of z."""

import math
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vae.training.elbo import Posterior, gaussian_nll
from vae.training.studies.fitting import PIXELS, SEED, Digits, first_of_each, fit, perceptron, pictures

EPOCHS, LATENT_DIM, HIDDEN, SAMPLES = 6, 10, 256, 4
LEAST = math.log(0.02**2)  # log variance: MNIST's border is always black, its density would grow without end
PACE = 20.0  # of a learnt log variance beside the weights: a step of Adam is as long for all parameters
GIVEN = 0.5  # variance at which the nll is the squared error plus a constant
WAYS = ("given", "one", "each", "network")
LIGHTEST = 0.5  # standard deviation that is shown white


class Model(nn.Module):
    """A VAE with Gaussian pixels whose log variance is made in one of four ways."""

    def __init__(self, way: str) -> None:
        super().__init__()
        self.way = way
        self.encoder = perceptron(PIXELS, HIDDEN, 2 * LATENT_DIM)
        self.decoder = perceptron(LATENT_DIM, HIDDEN, PIXELS * (2 if way == "network" else 1))
        shape = {"one": 1, "each": PIXELS}.get(way, 0)
        self.raw = nn.Parameter(torch.full((shape,), -3.0 / PACE))

    def encode(self, x: Tensor) -> Posterior:
        """q(z|x) for x (B, 784)."""
        mu, raw = self.encoder(x).float().chunk(2, dim=-1)
        return Posterior(mu, 8 * torch.tanh(raw / 8))

    def decode(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Mean (B, 784) and log variance, which broadcasts with it."""
        outputs = self.decoder(z).float()
        mean, raw = outputs[:, :PIXELS].sigmoid(), outputs[:, PIXELS:]
        if self.way != "network":
            raw = PACE * self.raw
        if self.way == "given":
            return mean, torch.tensor(GIVEN).log()
        return mean, LEAST + nn.functional.softplus(raw - LEAST)

    def nll(self, z: Tensor, x: Tensor) -> Tensor:
        """-log p(x|z), (B,) nats per image; a density may exceed 1."""
        mean, log_var = self.decode(z)
        return gaussian_nll(mean, x, log_var.expand_as(x))


def run(data: Digits) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Scores of the four ways; means and standard deviations of the pixels of ten test images."""
    shown = data.test.x[first_of_each(data.test.labels)]
    scores, arrays = {}, {"in": pictures(shown)}
    for way in WAYS:
        model = _trained(way, data)
        scores[way] = _scores(model, data.test.x)
        with torch.no_grad():
            mean, log_var = model.decode(model.encode(shown).mu)
        sd = (0.5 * log_var).exp().expand_as(mean)
        arrays |= {f"mean-{way}": pictures(mean), f"sd-{way}": pictures(sd / LIGHTEST)}
    settings = {"epochs": EPOCHS, "latent_dim": LATENT_DIM, "hidden": HIDDEN, "samples": SAMPLES}
    return {**settings, "least_sd": math.exp(LEAST / 2), "lightest_sd": LIGHTEST, "ways": scores}, arrays


def _trained(way: str, data: Digits) -> Model:
    torch.manual_seed(SEED)
    model = Model(way)

    def loss(x: Tensor, _: Tensor) -> Tensor:
        q = model.encode(x)
        return (model.nll(q.rsample(), x) + q.kl()).mean()

    fit(model, loss, data.train, epochs=EPOCHS, lr=2e-3)
    return model.eval()


@torch.no_grad()
def _scores(model: Model, x: Tensor) -> dict[str, float]:
    """Means over the test images, nats per image; sds of a pixel in grey levels from 0 to 1.

    `standardised` is the mean of (residual / sd)² over the pixels whose sd is not the least one: it is 1
    where the variance is that of the residuals.
    """
    generator = torch.Generator().manual_seed(SEED)
    q = model.encode(x)
    nll = torch.stack([model.nll(q.rsample(generator), x) for _ in range(SAMPLES)]).mean(dim=0)
    mean, log_var = model.decode(q.mu)
    residual, free = x - mean, (log_var > LEAST + 0.2).expand_as(x)
    return {
        "nll": nll.double().mean().item(),
        "kl": q.kl().double().mean().item(),
        "residual_sd": residual.double().square().mean().sqrt().item(),
        "sd": (0.5 * log_var).exp().expand_as(x).double().mean().item(),
        "standardised": (residual.square() * (-log_var).exp())[free].double().mean().item(),
    }
