"""A VAE fed and stepped as PyTorch's own example does it, for comparison.

Source: https://github.com/pytorch/examples/blob/main/vae/main.py: torchvision's data set, an image at a time
made a tensor, a DataLoader, means under a sigmoid, the loss read after each step. The network is given.
"""

import time

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision import datasets, transforms

from vae.images import sets

BATCH, LR = 100, 1e-3
WARM_UP, STEPS = 10, 150  # steps that are not timed, and that are


def seconds_per_image(encoder: nn.Module, decoder: nn.Module, device: torch.device) -> float:
    """That a step takes, divided by the images in it.

    Arguments:
        encoder: Rows (B, 784) to mu and log_var, (B, 2 D).
        decoder: z (B, D) to logits (B, 784).
        device: Where they are.

    Raises:
        DataError: if MNIST's training images are not here.
    """
    on_gpu = device.type == "cuda"
    loader = DataLoader(mnist(), BATCH, shuffle=True, num_workers=int(on_gpu), pin_memory=on_gpu)
    optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], LR)
    began, total = 0.0, 0.0
    for step, (x, _) in enumerate(loader):
        if step == WARM_UP:
            began = time.monotonic()
        if step == WARM_UP + STEPS:
            break
        x = x.to(device)
        optimizer.zero_grad()
        loss = _loss(encoder, decoder, x)
        loss.backward()
        total += loss.item()
        optimizer.step()
    return (time.monotonic() - began) / (STEPS * BATCH)


def mnist() -> Dataset[tuple[Tensor, int]]:
    """MNIST's training images as torchvision gives them."""
    sets.load("mnist", "train")  # says what is wrong with the files better than torchvision
    found: Dataset[tuple[Tensor, int]] = datasets.MNIST(str(sets.root()), transform=transforms.ToTensor())
    return found


def _loss(encoder: nn.Module, decoder: nn.Module, x: Tensor) -> Tensor:
    rows = x.view(-1, 784)
    mu, log_var = encoder(rows).chunk(2, dim=1)
    z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
    bce = F.binary_cross_entropy(torch.sigmoid(decoder(z)), rows, reduction="sum")
    return bce - 0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
