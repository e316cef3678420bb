"""One VAE for each number of rows that its decoder sees, on black-and-white images.

Sources: Bowman et al., Generating Sentences from a Continuous Space (2016); Chen et al., Variational Lossy
Autoencoder (2017): a decoder that needs no code gets none.
"""

from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from vae.training.studies.fitting import SEED, Digits, Labelled, first_of_each, fit, pictures
from vae.training.studies.strong_decoder.network import HEIGHT, LATENT, StrongDecoderVAE

ROWS = (0, 1, 2, HEIGHT)
EPOCHS, SAMPLES, BATCH = 6, 10, 200
LATER_RATE = 1e-3  # peak, of a decoder that can already do something
TRAINED_ON, SCORED = 20_000, 2_000  # the first so many training and test images


def run(data: Digits) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """nll and KL of each model on the test images, and images drawn from codes of ten of them.

    The last model's decoder was trained without the code first, for as many epochs again.
    """
    train, test = _black_and_white(data.train[:TRAINED_ON]), _black_and_white(data.test[:SCORED])
    shown = test.x[first_of_each(test.labels)]
    points: list[dict[str, Any]] = []
    arrays: dict[str, NDArray[Any]] = {"in": pictures(shown)}
    for rows, alone_first in (*((rows, False) for rows in ROWS), (HEIGHT, True)):
        model, noise = _trained(rows, train, alone_first), torch.Generator().manual_seed(SEED)
        nll, kl = _terms(model, test.x, noise)
        with torch.no_grad():
            arrays[f"out-{len(points)}"] = pictures(model.draw(model.encode(shown).mu, noise))
        points.append({"rows": rows, "alone_first": alone_first, "nll": nll, "kl": kl})
    words = f"mnist, white where more than half white, the first {TRAINED_ON:,} training and {SCORED:,} test"
    settings = {"epochs": EPOCHS, "latent_dim": LATENT, "samples": SAMPLES}
    return {"data": f"{words} images", **settings, "points": points}, arrays


def _black_and_white(data: Labelled) -> Labelled:
    """White where a pixel is more than half white."""
    return Labelled((data.x > 0.5).float(), data.labels)


def _trained(rows: int, data: Labelled, alone_first: bool) -> StrongDecoderVAE:
    torch.manual_seed(SEED)
    model = StrongDecoderVAE(rows)

    def alone(x: Tensor, _: Tensor) -> Tensor:
        """Codes of the prior say nothing of the images."""
        return model.nll(torch.randn(len(x), LATENT), x).mean()

    def loss(x: Tensor, _: Tensor) -> Tensor:
        q = model.encode(x)
        return (model.nll(q.rsample(), x) + q.kl()).mean()

    if alone_first:
        fit(model, alone, data, epochs=EPOCHS, batch=BATCH)
        fit(model, loss, data, epochs=EPOCHS, batch=BATCH, lr=LATER_RATE)
    else:
        fit(model, loss, data, epochs=EPOCHS, batch=BATCH)
    return model.eval()


@torch.no_grad()
def _terms(model: StrongDecoderVAE, x: Tensor, noise: torch.Generator) -> tuple[float, float]:
    """nll, mean over draws of z, and KL: means over images x (N, 784), nats per image."""
    nll, kl = [], []
    for batch in x.split(1000):
        q = model.encode(batch)
        nll.append(torch.stack([model.nll(q.rsample(noise), batch) for _ in range(SAMPLES)]).mean(dim=0))
        kl.append(q.kl())
    return torch.cat(nll).double().mean().item(), torch.cat(kl).double().mean().item()
