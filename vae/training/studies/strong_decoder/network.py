"""A VAE whose decoder sees, beside z, the pixels before each pixel: p(x|z) = prod_i p(x_i | x_<i, z).

Pixels are ordered row by row. Of those before it, a pixel sees the ones to its left and `rows` rows above;
with `rows` 0 it sees none, as in any other VAE. A weight that would let it see more is masked to 0.

Source: Germain et al., MADE: Masked Autoencoder for Distribution Estimation (2015), for the masks.
Symbols: B black-and-white images as rows (B, 784), D latent_dim, H hidden units for each row of pixels.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vae.images.dataset import MNIST_SPEC
from vae.training.elbo import Posterior, bernoulli_nll
from vae.training.studies.fitting import PIXELS, perceptron

LATENT, WIDTH, UNITS = 10, 256, 16  # D, of the encoder's hidden layer, and H
HEIGHT, COLUMNS = MNIST_SPEC.shape[:2]


class Masked(nn.Linear):
    """A linear layer of which only the weights where `mask` (out, in) is true are used."""

    mask: Tensor

    def __init__(self, mask: Tensor) -> None:
        super().__init__(mask.shape[1], mask.shape[0])
        self.register_buffer("mask", mask.float())

    def forward(self, x: Tensor) -> Tensor:
        """(B, in) -> (B, out)."""
        return F.linear(x, self.weight * self.mask, self.bias)


class StrongDecoderVAE(nn.Module):
    """Encoder q(z|x), and a decoder that sees z and pixels before each pixel."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.encoder = perceptron(PIXELS, WIDTH, 2 * LATENT)
        self.from_code = perceptron(LATENT, WIDTH, HEIGHT * UNITS)
        above, beside, onward = masks(rows)
        self.from_above, self.from_before = Masked(above), Masked(beside)
        self.onward = Masked(onward)

    def encode(self, x: Tensor) -> Posterior:
        """q(z|x)."""
        mu, raw = self.encoder(x).float().chunk(2, dim=-1)
        return Posterior(mu, 8 * torch.tanh(raw / 8))

    def logits(self, z: Tensor, x: Tensor) -> Tensor:
        """Of each pixel, (B, 784), given z (B, D) and the pixels of x before it."""
        hidden = F.silu(self.from_code(z) + self.from_above(x))
        return self.onward(hidden) + self.from_before(x)

    def nll(self, z: Tensor, x: Tensor) -> Tensor:
        """-log p(x|z), (B,) nats per image."""
        return bernoulli_nll(self.logits(z, x), x)

    @torch.no_grad()
    def draw(self, z: Tensor, generator: torch.Generator) -> Tensor:
        """x ~ p(x|z), (B, 784), pixel after pixel."""
        x = torch.zeros(len(z), PIXELS)
        for pixel in range(PIXELS):
            mean = torch.sigmoid(self.logits(z, x)[:, pixel])
            x[:, pixel] = torch.bernoulli(mean, generator=generator)
        return x


def masks(rows: int) -> tuple[Tensor, Tensor, Tensor]:
    """Which pixels the hidden units see, which pixels a pixel sees, and which units lead to it.

    True where an output, counted first, sees an input: (28 H, 784), (784, 784) and (784, 28 H).
    """
    row, column = torch.arange(PIXELS) // COLUMNS, torch.arange(PIXELS) % COLUMNS
    unit = torch.arange(HEIGHT * UNITS) // UNITS
    above = _within(unit[:, None] - row, rows)
    left = (row[:, None] == row) & (column[:, None] > column) & (rows > 0)
    return above, left | _within(row[:, None] - row, rows), row[:, None] == unit


def _within(distance: Tensor, rows: int) -> Tensor:
    """Whether a row lies above another, and at most so many rows."""
    return (distance > 0) & (distance <= rows)
