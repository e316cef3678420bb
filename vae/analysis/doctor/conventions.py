"""The weight of the KL on the scale of nats, of a loss that averages where the ELBO sums; and back.

The ELBO of an image sums nll over all its P numbers and KL over all D dimensions. Public code averages at
will: over pixels, over dimensions, over images, of one term and not of the other. The optimum only knows the
ratio of the two terms, so each such loss is a multiple of nll + beta KL, and beta says what it trains:

    loss = w_r sum(nll) + w w_k sum(KL),    beta = w w_k / w_r

where w_r, w_k are 1 for sums over what belongs to an image, 1/P and 1/D for means; a mean over images divides
by B. A squared error without its 1 / (2 sd²) is a Gaussian nll times 2 sd²: sum (x - mean)² + w KL is
2 sd² (nll + w / (2 sd²) KL). Its sd is nobody's choice until one is named: it trains with beta = 1 the sd
for which 2 sd² = w.

Sources: Higgins et al., beta-VAE (2017), section 4.2 and appendix A.6, whose normalised beta is beta D / P;
Rybkin, Daniilidis and Levine, Simple and Effective VAE Training with Calibrated Decoders (2021), section 3.

Symbols: P numbers of an image (H W C), D latent_dim, B images of a batch.
"""

import math
from dataclasses import dataclass
from typing import Literal

Reduction = Literal["sum", "mean"]
Error = Literal["nll", "squares"]


@dataclass(frozen=True)
class Convention:
    """How a loss is reduced: loss = reconstruction + weight * KL.

    Arguments:
        size: Numbers P of an image.
        latent_dim: Dimensions D of z.
        batch: Images B of a batch; counts only where one term is averaged over images and the other summed.
        over_pixels: Of the reconstruction.
        over_dimensions: Of the KL.
        images: Of the reconstruction over the images of a batch.
        kl_images: Of the KL over the images of a batch.
        error: `nll`, such as the cross-entropy, or plain `squares`, (x - mean)².
        pixel_sd: The sd of a pixel for which squares are to be nats.

    Raises:
        ValueError: for a size, latent_dim, batch or pixel_sd that is not positive.
    """

    size: int
    latent_dim: int
    batch: int = 1
    over_pixels: Reduction = "sum"
    over_dimensions: Reduction = "sum"
    images: Reduction = "mean"
    kl_images: Reduction = "mean"
    error: Error = "nll"
    pixel_sd: float = math.sqrt(0.5)

    def __post_init__(self) -> None:
        if min(self.size, self.latent_dim, self.batch) < 1 or not self.pixel_sd > 0:
            raise ValueError("size, latent_dim, batch and pixel_sd must be positive")

    @property
    def scale(self) -> float:
        """beta of a loss whose weight is 1."""
        reconstruction = 1 / self.size if self.over_pixels == "mean" else 1.0
        kl = 1 / self.latent_dim if self.over_dimensions == "mean" else 1.0
        reconstruction *= 1 / self.batch if self.images == "mean" else 1.0
        kl *= 1 / self.batch if self.kl_images == "mean" else 1.0
        nats = 2 * self.pixel_sd**2 if self.error == "squares" else 1.0
        return kl / (reconstruction * nats)

    def beta(self, weight: float) -> float:
        """The weight of the KL on the scale of nats of a loss that gives it this weight."""
        return weight * self.scale

    def weight(self, beta: float) -> float:
        """What the loss must multiply its KL by to train this beta."""
        return beta / self.scale

    @property
    def depends_on_batch(self) -> bool:
        """Whether beta changes with the size of a batch, which no loss should let it do."""
        return self.images != self.kl_images


def usual(size: int, latent_dim: int) -> dict[str, float]:
    """beta of losses that public code is full of, all with weight 1, by what they do."""
    summed = Convention(size, latent_dim)
    mean_pixels = Convention(size, latent_dim, over_pixels="mean")
    mean_kl = Convention(size, latent_dim, over_dimensions="mean")
    mean_both = Convention(size, latent_dim, over_pixels="mean", over_dimensions="mean")
    return {
        "both terms summed": summed.beta(1),
        "the reconstruction averaged over pixels, the KL summed": mean_pixels.beta(1),
        "the KL averaged over dimensions, the reconstruction summed": mean_kl.beta(1),
        "both terms averaged, over pixels and over dimensions": mean_both.beta(1),
        "the KL divided by the number of pixels, the reconstruction summed": 1 / size,
    }
