"""One step of training, recorded on its way: batch, codes, loss, gradient and weights.

A small VAE is trained on batches of its own; now and then a step takes the same batch of images, so that
the recorded steps can be compared.

Source: Kingma and Welling, Auto-Encoding Variational Bayes (2014), algorithm 1, with Adam.
Symbols: B images as rows (B, 784), D latent_dim, S recorded steps, V images that are shown.
"""

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor
from torch.optim import Adam, Optimizer

from vae.model.config import ModelConfig, layers
from vae.training.elbo import Posterior
from vae.training.studies.fitting import SEED, Digits, pictures
from vae.training.vae import VAE

CONFIG = ModelConfig(latent_dim=2, hidden=(256,))
STEPS, BATCH, RATE = (1, 10, 100, 1000, 3000), 100, 1e-3
SHOWN, UNITS = 8, 4  # images of the batch, and hidden units of the encoder's first layer

Record = dict[str, NDArray[Any]]


class Forward(NamedTuple):
    """What a batch becomes on its way to the loss; nats per image."""

    q: Posterior  # mu and log_var (B, D)
    z: Tensor  # (B, D)
    nll: Tensor  # (B,)
    kl: Tensor  # (B,)
    loss: Tensor  # ()


def forward(model: VAE, x: Tensor, noise: Generator) -> Forward:
    """From a batch of images x (B, 784) to its loss."""
    q = model.encode(x)
    z = q.rsample(noise)
    nll = model.nll(z, x)
    kl = q.kl()
    loss = (nll + kl).mean()
    return Forward(q, z, nll, kl, loss)


def update(optimizer: Optimizer, loss: Tensor) -> None:
    """From the loss back to the weights."""
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def run(data: Digits) -> tuple[dict[str, Any], Record]:
    """Record the steps STEPS of a training; arrays (S, V, ...) as `_recorded` names them."""
    torch.manual_seed(SEED)
    noise = Generator().manual_seed(SEED)
    model = VAE(CONFIG)
    optimizer = Adam(model.parameters(), RATE)
    batch, said, records = data.train[:BATCH], [], []
    for step in range(1, STEPS[-1] + 1):
        if step in STEPS:
            numbers, arrays = _recorded(model, optimizer, batch.x, noise)
            said.append({"step": step, **numbers})
            records.append(arrays)
        else:
            chosen = torch.randint(BATCH, len(data.train.x), (BATCH,), generator=noise)
            update(optimizer, forward(model, data.train.x[chosen], noise).loss)
    stacked = {name: np.stack([each[name] for each in records]) for name in records[0]}
    stacked |= {"x": pictures(batch.x[:SHOWN]), "labels": batch.labels[:SHOWN].numpy()}
    settings = {"batch": BATCH, "lr": RATE, "latent_dim": CONFIG.latent_dim, "hidden": CONFIG.hidden}
    return {**settings, "activation": CONFIG.activation, "steps": said}, stacked


def _recorded(model: VAE, optimizer: Optimizer, x: Tensor, noise: Generator) -> tuple[dict[str, Any], Record]:
    """Take a step and say what happened on its way.

    Gradients are those of each image's own nll + KL, in nats, not of the mean over the batch.
    """
    state, before = noise.get_state(), _weights(model)
    passed = forward(model, x, noise)
    with torch.no_grad():
        decoded = pictures(model.decode(passed.z[:SHOWN]))
    watched = {"mu": passed.q.mu, "log_var": passed.q.log_var, "z": passed.z}
    for tensor in watched.values():
        tensor.retain_grad()
    update(optimizer, passed.loss)
    after = _weights(model)
    noise.set_state(state)
    with torch.no_grad():
        again = forward(model, x, noise).loss.item()  # the same images and noise, the new weights
    numbers = {"loss": passed.loss.item(), "loss_after": again, "layers": _layers(model, before, after)}
    values = {**watched, "sd": passed.q.sd, "nll": passed.nll, "kl": passed.kl}
    arrays = {name: _shown(tensor) for name, tensor in values.items()}
    arrays |= {f"d_{name}": _shown(len(x) * _gradient(tensor)) for name, tensor in watched.items()}
    first = layers(CONFIG, "encoder")[0].name + ".weight"
    seen = {"weights": _units(before[first]), "change": _units(after[first] - before[first])}
    return numbers, {**arrays, **seen, "out": decoded}


def _layers(model: VAE, before: dict[str, Tensor], after: dict[str, Tensor]) -> list[dict[str, Any]]:
    """Name and shape of each layer's weight, root mean square of weight, gradient and change."""
    gradients = {name: _gradient(weight) for name, weight in model.named_parameters()}
    found = []
    for layer in (*layers(CONFIG, "encoder"), *layers(CONFIG, "decoder")):
        name = f"{layer.name}.weight"
        sizes = {"weight": before[name], "gradient": gradients[name], "change": after[name] - before[name]}
        rms = {what: tensor.square().mean().sqrt().item() for what, tensor in sizes.items()}
        found.append({"name": layer.name, "shape": layer.shape, **rms})
    return found


def _weights(model: VAE) -> dict[str, Tensor]:
    return {name: weight.detach().clone() for name, weight in model.named_parameters()}


def _gradient(tensor: Tensor) -> Tensor:
    if tensor.grad is None:
        raise ValueError("the loss did not reach a tensor")
    return tensor.grad


def _shown(tensor: Tensor) -> NDArray[np.float32]:
    """The rows of the images that are shown."""
    return tensor.detach()[:SHOWN].numpy()


def _units(weights: Tensor) -> NDArray[np.float16]:
    """What the first units see, (UNITS, 28, 28)."""
    return weights[:UNITS].unflatten(1, CONFIG.image_spec.shape[:2]).numpy().astype(np.float16)
