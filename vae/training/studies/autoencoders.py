"""Autoencoders that are kept from the identity in different ways, and one that is not.

wide            784 code units, as many as pixels: nothing keeps it from copying
narrow          32 code units: the code has no room for a copy
denoising       784 code units; its inputs are noisy, its targets are not (Vincent et al., 2008)
contractive     784 code units that may hardly move with the image (Rifai et al., 2011)
"""

from typing import Any

import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from vae.images.sets import load
from vae.training.studies.fitting import PIXELS, SEED, Digits, first_of_each, fit, pictures

EPOCHS, BATCH, NARROW = 6, 200, 32
TRAINED_ON = 20_000  # of the training images
NOISE = 0.5  # standard deviation of what the denoising one is trained to remove, in grey levels
LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)  # of noise that is added to the images shown
CONTRACTION = 0.1  # weight of the squared Jacobian in the loss, Rifai's lambda
SCORED = 2000  # test images


class Autoencoder(nn.Module):
    """x (B, 784) -> code in (0, 1) (B, K) -> mean (B, 784): one layer each way."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self.encoder, self.decoder = nn.Linear(PIXELS, units), nn.Linear(units, PIXELS)

    def code(self, x: Tensor) -> Tensor:
        """As the class says."""
        return self.encoder(x).sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        """The reconstruction."""
        return self.decoder(self.code(x))

    def squared_jacobian(self, x: Tensor) -> Tensor:
        """Sum of the squares of d code / d x, (B,): Rifai et al., equation 8."""
        slope = self.code(x) * (1 - self.code(x))
        return slope.square() @ self.encoder.weight.square().sum(dim=1)


def run(data: Digits) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """What each makes of digits, of noisy digits, of noise and of images that are no digits."""
    models = {
        "wide": _trained(PIXELS, data),
        "narrow": _trained(NARROW, data),
        "denoising": _trained(PIXELS, data, noise=NOISE),
        "contractive": _trained(PIXELS, data, contraction=CONTRACTION),
    }
    clean = data.test.x[first_of_each(data.test.labels)]
    draws = torch.randn(clean.shape, generator=torch.Generator().manual_seed(SEED))
    inputs = {f"digits-{level:g}": clean + level * draws for level in LEVELS}
    inputs |= {"noise": _uniform(len(clean)), "strange": _strange(len(clean))}
    arrays: dict[str, NDArray[Any]] = {f"in-{kind}": pictures(x) for kind, x in inputs.items()}
    with torch.no_grad():
        for name, model in models.items():
            arrays |= {f"{name}-{kind}": pictures(model(x)) for kind, x in inputs.items()}
        scores = {name: _scores(model, data.test.x[:SCORED]) for name, model in models.items()}
    settings = {
        "epochs": EPOCHS,
        "trained_on": TRAINED_ON,
        "narrow": NARROW,
        "noise": NOISE,
        "contraction": CONTRACTION,
    }
    return {**settings, "levels": LEVELS, "images": SCORED, "models": scores}, arrays


def _trained(units: int, data: Digits, noise: float = 0.0, contraction: float = 0.0) -> Autoencoder:
    torch.manual_seed(SEED)
    model = Autoencoder(units)

    def loss(x: Tensor, _: Tensor) -> Tensor:
        corrupted = x + noise * torch.randn_like(x) if noise else x
        cost = (model(corrupted).float() - x).square().sum(dim=1)
        if contraction:
            cost = cost + contraction * model.squared_jacobian(x).float()
        return cost.mean()

    fit(model, loss, data.train[:TRAINED_ON], epochs=EPOCHS, batch=BATCH)
    return model.eval()


def _scores(model: Autoencoder, x: Tensor) -> dict[str, float]:
    """Mean squared errors per pixel, and how far the code moves with the image."""
    noisy = x + NOISE * torch.randn(x.shape, generator=torch.Generator().manual_seed(SEED))
    noise = _uniform(len(x))
    return {
        "error": F.mse_loss(model(x), x).item(),
        "error_of_noisy": F.mse_loss(model(noisy), x).item(),
        "error_of_noise": F.mse_loss(model(noise), noise).item(),
        "error_of_strange": F.mse_loss(model(strange := _strange(64)), strange).item(),
        "jacobian": model.squared_jacobian(x).sqrt().mean().item(),
    }


def _uniform(count: int) -> Tensor:
    """Images of which every pixel is any grey level."""
    return torch.rand(count, PIXELS, generator=torch.Generator().manual_seed(SEED + 1))


def _strange(count: int) -> Tensor:
    """Emoji in grey, light on dark, 28 × 28."""
    emoji = torch.from_numpy(load("emoji", "test").floats(slice(count)))
    grey = 1 - emoji.mean(dim=-1)[:, None]
    return F.interpolate(grey, (28, 28), mode="area").flatten(1)
