"""How fast this machine trains a model, measured in its first second."""

import time

import torch
from torch import Tensor

from vae.training.run import Run
from vae.training.settings import TrainConfig

BATCHES, EPOCHS = 5, 100_000  # of them: more than a second lasts
FIRST = 3  # steps that are not counted: they load, compile and warm up


class _Enough(Exception):  # noqa: N818  # no error
    """The time is over."""


def images_a_second(config: TrainConfig, device: torch.device, seconds: float = 1.0) -> float:
    """Images a second of training steps with these settings on random pixels.

    config: with more epochs than fit into the time.
    """
    generator = torch.Generator().manual_seed(0)
    size = BATCHES * config.batch_size
    shape = (size, config.model.image_spec.size)
    pixels = torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8).to(device)
    run, steps, began = Run(config, size, device), 0, 0.0

    def on_step(epoch: int, images: int, loss: Tensor) -> None:
        nonlocal steps, began
        loss.item()  # waits for the device
        steps += 1
        if steps == FIRST:
            began = time.monotonic()
        if steps > FIRST and time.monotonic() - began >= seconds:
            raise _Enough

    try:
        while True:
            run.train_epoch(pixels, on_step)
    except _Enough:
        return (steps - FIRST) * config.batch_size / (time.monotonic() - began)
