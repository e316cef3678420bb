"""The digits on the straight path 0 → 7 in ten latent planes that differ in their seed only."""

from typing import Any

import torch
from numpy.typing import NDArray

from vae.analysis import classifier, path_reading
from vae.analysis.sources.lines import PATH_DIGITS, PATH_ENDS, PATH_FRAMES
from vae.latent import paths
from vae.model.config import ModelConfig
from vae.training.evaluation import evaluate
from vae.training.studies.fitting import Digits, first_of_each, fit
from vae.training.vae import VAE

SEEDS, EPOCHS = 10, 5
CONFIG = ModelConfig(latent_dim=2, hidden=(256, 256), activation="softplus")
SAMPLES = 1  # of z, in the scores


def run(data: Digits) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """What a classifier reads on the path of each seed, and each seed's −ELBO, nats per test image."""
    read, loss = [], []
    for seed in range(SEEDS):
        model = _trained(data, seed)
        read.append(_read(model, data))
        loss.append(-float(evaluate(model, data.test.x, SAMPLES, seed).elbo.mean()))
    settings = {"seeds": SEEDS, "epochs": EPOCHS, "hidden": CONFIG.hidden, "frames": PATH_FRAMES}
    return {**settings, "source": PATH_DIGITS, "read": read, "loss": loss}, {}


def _trained(data: Digits, seed: int) -> VAE:
    torch.manual_seed(seed)  # of the first weights and of the noise
    model = VAE(CONFIG)

    def loss(x: torch.Tensor, _: torch.Tensor) -> torch.Tensor:
        nll, posterior = model.terms(x)
        return (nll + model.kl(posterior)).mean()

    fit(model, loss, data.train, epochs=EPOCHS)
    return model.eval()


@torch.no_grad()
def _read(model: VAE, data: Digits) -> tuple[int, ...]:
    """The digits from the first test image of a 0 to that of a 7, equal neighbours merged."""
    images = data.test.x[first_of_each(data.test.labels)[list(PATH_ENDS)]]
    start, end = model.encode(images).mu.numpy()
    z = torch.from_numpy(paths.linear_path(start, end, PATH_FRAMES)).float()
    frames = model.decode(z).unflatten(1, CONFIG.image_spec.shape).numpy()
    return path_reading.merge_runs(classifier.read(classifier.PATH).labels(frames).tolist())
