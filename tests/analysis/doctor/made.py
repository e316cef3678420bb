"""Models made well and sick on purpose: trained within a second on scikit-learn's digits of 8 × 8 pixels."""

from dataclasses import replace
from functools import cache

import numpy as np
import torch
from sklearn.datasets import load_digits

from vae.analysis.doctor.examination import Examination
from vae.explorer import Explorer
from vae.images.dataset import Dataset, ImageSet
from vae.images.spec import ImageSpec
from vae.model.catalogue import Record
from vae.model.config import ModelConfig
from vae.model.numpy_vae import NumpyModel
from vae.training.vae import VAE

SPEC, DIMS, STEPS, TRAINED = ImageSpec(8, 8, 1), 4, 400, 1500
TINY = Dataset("tiny", SPEC)


@cache
def items(split: str) -> ImageSet:
    """1,500 training images and 297 test images."""
    pixels = np.rint(load_digits().images[..., None] * (255 / 16)).astype(np.uint8)
    return ImageSet(pixels[:TRAINED] if split == "train" else pixels[TRAINED:], None)


@cache
def model(beta: float) -> Explorer:
    """A VAE trained by nll + beta KL, both summed over an image."""
    config = ModelConfig(DIMS, (64,), beta=beta, image_spec=SPEC)
    x = torch.from_numpy(items("train").floats()).flatten(1)
    generator = torch.Generator().manual_seed(0)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        vae = VAE(config)
        adam = torch.optim.Adam(vae.parameters(), 1e-2, betas=(0.9, 0.99))
        rate = torch.optim.lr_scheduler.OneCycleLR(adam, 1e-2, total_steps=STEPS)
        for _ in range(STEPS):
            nll, q = vae.terms(x[torch.randint(TRAINED, (100,), generator=generator)])
            loss = (nll + beta * vae.kl(q)).mean()
            adam.zero_grad(set_to_none=True)
            loss.backward()
            adam.step()
            rate.step()
    weights = {name: np.asarray(weight) for name, weight in vae.weights().items()}
    return of(NumpyModel(config, weights, f"tiny-{beta:g}"), config)


def of(network: NumpyModel, config: ModelConfig | None) -> Explorer:
    """The explorer of a model of these digits, with the codes of the test images."""
    record = Record("tiny", TINY, DIMS, "gaussian", "bernoulli", config=config)
    codes = Explorer(network, record, lambda: None).encoded(items("test").floats())
    return Explorer(network, record, lambda: codes)


def ailing(done: Examination, rule: str) -> Examination:
    """The same, had that rule found what should be changed."""
    findings = (replace(each, gravity="serious") if each.rule == rule else each for each in done.findings)
    return replace(done, findings=tuple(findings))
