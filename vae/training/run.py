"""A training run: its configuration, its state after each epoch, and how it goes on from that state.

Two files are replaced after every epoch, each atomically: the checkpoint, and its resume file with the state
of the optimizer, the schedule and the random numbers. On the CPU a resumed run ends the same to the bit as
one that was never interrupted.
"""

import errno
import io
import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from vae.errors import Unusable
from vae.images import sets
from vae.model import checkpoint, tensor_file
from vae.training.augment import AUGMENTATIONS
from vae.training.captured import Captured, Gradients
from vae.training.evaluation import evaluate, levels
from vae.training.networks import images, rows
from vae.training.principal import principal_components
from vae.training.settings import TrainConfig
from vae.training.vae import VAE, build

BETA1 = 0.9  # Adam's decay of the gradients; one-cycle moves it
SAMPLES = 10  # of z per image, in the scores at the end
START = "runs/start.safetensors"  # stands for the checkpoint of --init where a command is shown
OnStep = Callable[[int, int, Tensor], None]  # epoch, images in the step, loss (nats per image)


class TrainingError(Unusable):
    """Training that cannot go on; the message says what happened and what is kept."""


class Run:
    """A training run: model, optimizer, schedule and random numbers, saved and restored together."""

    def __init__(self, config: TrainConfig, count: int, device: torch.device) -> None:
        if config.batch_size > count:
            raise ValueError(f"batch_size must be at most the {count:,} images, got {config.batch_size:,}")
        self.config = config
        self.device = device
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.model = VAE(config.model)
            if config.weights == "xavier":
                self.model.apply(_draw_xavier)
            self.model.to(device)
        self.average = AveragedModel(self.model, multi_avg_fn=get_ema_multi_avg_fn(config.ema))
        self.optimizer = torch.optim.Adam(
            self.model.parameters(), lr=config.lr, betas=(BETA1, config.beta2), fused=True
        )
        self.steps = config.epochs * (count // config.batch_size)
        self.schedule = _schedule(config, self.optimizer, self.steps)
        self.generator = torch.Generator(device).manual_seed(config.seed)
        self.history: list[dict[str, float]] = []  # one entry an epoch: training nll and kl, nats per image
        self.seconds = 0.0  # spent training, over all sessions of the run
        self.count = count  # of training images
        self.is_saved = False  # whether its state is on disk
        self._gradients_of: Gradients = self._gradients
        self.before: checkpoint.Description | None = None  # of the checkpoint whose weights it starts from

    def start_from(self, start: checkpoint.Checkpoint) -> None:
        """Take over the weights of a checkpoint of the same architecture.

        Raises:
            ValueError: if its configuration is another one.
        """
        if start.description.config != self.config.model:
            raise ValueError("--init needs a checkpoint with the same model settings as this run's.")
        for model in (self.model, self.trained):
            model.load_state_dict(build(start.description.config, start.weights).state_dict())
        self.before = start.description

    @property
    def trained(self) -> VAE:
        """What is scored and saved: the moving average of the weights, or the model itself."""
        return cast(VAE, self.average.module) if self.config.ema else self.model

    @property
    def epoch(self) -> int:
        """Number of finished epochs."""
        return len(self.history)

    @property
    def device_name(self) -> str:
        """The hardware, in words."""
        if self.device.type == "cuda":
            return torch.cuda.get_device_name(self.device)
        count = torch.get_num_threads()
        return f"CPU, {count} thread{'s' if count > 1 else ''}"

    def train_epoch(self, pixels: Tensor, on_step: OnStep) -> None:
        """One pass over pixels (N, H W C) uint8, in a fresh order; the last that fill no batch sit out."""
        began = time.monotonic()
        size, sums = self.config.batch_size, torch.zeros(2, device=self.device)
        order = torch.randperm(len(pixels), generator=self.generator, device=self.device)
        batches = order[: len(order) // size * size].split(size)
        for batch in batches:
            nll, kl = self._step(self._augmented(levels(pixels[batch])))
            sums += torch.stack((nll, kl))
            on_step(self.epoch + 1, size, nll + kl)
        nll_mean, kl_mean = (sums / len(batches)).tolist()
        self.check_finite(nll_mean + kl_mean)
        self.history.append({"nll": nll_mean, "kl": kl_mean})
        self.seconds += time.monotonic() - began

    def _augmented(self, x: Tensor) -> Tensor:
        """A share of the rows (B, H W C) moved a little."""
        count = round(self.config.warp * len(x))
        is_over = self.schedule.last_epoch >= self.config.warp_until * self.steps  # which counts steps
        if not count or is_over:
            return x
        move = AUGMENTATIONS[self.config.augment]
        moved = move(images(x[:count], self.config.model.image_spec), self.generator)
        return torch.cat((rows(moved), x[count:]))

    def _step(self, x: Tensor) -> tuple[Tensor, Tensor]:
        if self.device.type == "cuda" and not isinstance(self._gradients_of, Captured):
            self._gradients_of = Captured(self._gradients, self.model, x, self.generator)
        nll, kl = self._gradients_of(x)
        if self.config.clip:
            nn.utils.clip_grad_norm_(self.model.parameters(), self.config.clip)
        self.optimizer.step()
        if self.config.ema:
            self.average.update_parameters(self.model)
        self.schedule.step()
        return nll, kl

    def _gradients(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean nll and KL of a batch, nats per image; the loss's gradients are left in the weights."""
        autocast = self.config.precision == "bfloat16"
        with torch.autocast(self.device.type, torch.bfloat16, enabled=autocast):
            nll, posterior = self.model.terms(x, self.config.model.samples, self.generator)
        kl = self.model.kl(posterior)
        loss = (nll + self.config.model.beta * kl).mean()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        return nll.detach().mean(), kl.detach().mean()

    @torch.no_grad()
    def solve(self, pixels: Tensor) -> None:
        """The linear autoencoder of pixels (N, H W C) uint8 in closed form, codes along the principal axes.

        It has the smallest squared error of all linear ones (Eckart and Young, 1936), as has every other one
        with the same subspace; a learnt pixel variance is that of the residual.
        """
        found = principal_components(pixels.cpu().numpy(), self.config.model.latent_dim)
        mean, axes = torch.from_numpy(found.mean), torch.from_numpy(found.axes)
        weights = dict(self.model.named_parameters())
        weights["encoder.0.weight"].copy_(axes.T)
        weights["encoder.0.bias"].copy_(-axes.T @ mean)
        weights["decoder.0.weight"].copy_(axes)
        weights["decoder.0.bias"].copy_(mean)
        if self.config.model.learns_pixel_variance:
            weights["pixel_log_var"].fill_(math.log(found.residual))

    def score(self, test: Tensor) -> None:
        """Add the terms of the test images (N, H W C) to the history of the last epoch, nats per image."""
        terms = evaluate(self.trained, test, SAMPLES, self.config.seed)
        means = {"test_nll": terms.nll.double().mean().item(), "test_kl": terms.kl.double().mean().item()}
        self.history[-1] |= means

    def check_finite(self, loss: float) -> None:
        """Raise TrainingError if the loss or a weight is not finite."""
        weights = torch.stack([weight.detach().isfinite().all() for weight in self.model.parameters()])
        if not (math.isfinite(loss) and weights.all()):
            raise TrainingError(
                f"The loss or a weight is no longer finite in epoch {self.epoch + 1}: training stopped. "
                f"The state after epoch {self.epoch} is kept; try a lower --lr."
            )

    def state(self) -> bytes:
        """Everything needed to go on, as bytes that `restore` reads."""
        buffer = io.BytesIO()
        state = {
            "config": json.dumps(asdict(self.config)),
            "model": self.model.state_dict(),
            "average": self.average.state_dict() if self.config.ema else {},
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "generator": self.generator.get_state(),
            "history": self.history,
            "seconds": self.seconds,
        }
        torch.save(state, buffer)
        return buffer.getvalue()

    def restore(self, path: Path) -> None:
        """Go back to a saved state; the configuration must be the one of this run.

        Raises:
            TrainingError: if the file cannot be read, is damaged, or is of another configuration.
        """
        try:
            state = torch.load(path, weights_only=True, map_location=self.device)
            saved, wanted = json.loads(state["config"]), json.loads(json.dumps(asdict(self.config)))
        except Exception as error:  # a damaged file makes torch raise almost anything
            raise _no_state(path, error) from error
        if saved != wanted:
            odd = ", ".join(_differences(saved, wanted))
            raise TrainingError(f"{path} was started with other settings ({odd}); resume with the same.")
        try:
            self._take(state)
        except Exception as error:
            raise _no_state(path, error) from error
        self.is_saved = True

    def _take(self, state: dict[str, Any]) -> None:
        """Take over the entries of a state; anything may be raised if they do not fit."""
        self.model.load_state_dict(state["model"])
        if self.config.ema:
            self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        for weight in self.model.parameters():
            for tensor in (weight, *self.optimizer.state[weight].values()):  # the steps taken have no shape
                if tensor.shape not in ((), weight.shape) or not tensor.isfinite().all():
                    raise ValueError("a tensor does not fit, or a number in it is not finite")
        self.schedule.load_state_dict(state["schedule"])
        self.generator.set_state(state["generator"].cpu())
        self.history, self.seconds = list(state["history"]), float(state["seconds"])

    def save(self, out: Path, metrics: dict[str, Any] | None = None) -> None:
        """Write the checkpoint and the resume file, each atomically."""
        said = self._description(metrics or {})
        try:
            checkpoint.save(out, self.trained.weights(), said)
            tensor_file.write_atomically(resume_path(out), self.state())
        except OSError as error:
            reason = "the disk is full" if error.errno == errno.ENOSPC else error.strerror
            rest = "Nothing is saved; choose another --out"
            if self.is_saved:
                rest = "The last good checkpoint is kept"
            raise TrainingError(f"Could not write {out}: {reason}. {rest}.") from error
        self.is_saved = True

    def _description(self, metrics: dict[str, Any]) -> checkpoint.Description:
        config, history, seconds, command = self.config, self.history, self.seconds, self.config.command
        if self.before is not None:
            history = [*self.before.metrics.get("history", []), *history]
            seconds += self.before.metrics.get("seconds", 0.0)
            command = f"{self.before.command} --out {START}\n{command} --init {START}"
        facts = {
            "history": history,
            "seconds": seconds,
            "train_images": self.count,
            "device": self.device_name,
        }
        return checkpoint.Description(
            config.model, sets.dataset(config.dataset), command, config.seed, {**metrics, **facts}
        )


def _no_state(path: Path, error: Exception) -> TrainingError:
    reason = error.strerror if isinstance(error, OSError) else "it is damaged"
    return TrainingError(f"No state to resume from at {path}: {reason}. Start without --resume.")


def _draw_xavier(module: nn.Module) -> None:
    if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def _schedule(
    config: TrainConfig, optimizer: torch.optim.Optimizer, steps: int
) -> torch.optim.lr_scheduler.LRScheduler:
    if config.schedule == "constant":
        return torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0)
    return torch.optim.lr_scheduler.OneCycleLR(optimizer, config.lr, total_steps=steps, pct_start=config.rise)


def _differences(saved: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    """Names of the settings that differ, those of the model among them."""
    old, new = ({**settings, **settings["model"]} for settings in (saved, wanted))
    return [name for name in new if name != "model" and old.get(name) != new[name]]


def resume_path(out: Path) -> Path:
    """Where the resume file of a checkpoint lies."""
    return out.with_suffix(".resume")


def fit(
    run: Run, pixels: Tensor, out: Path, on_step: OnStep = lambda *_: None, test: Tensor | None = None
) -> None:
    """Train to the last epoch, saving after each; pixels (N, H W C) uint8 on the run's device.

    test (N, H W C): images to score after the epochs that the configuration names.
    """
    if run.epoch == 0:
        run.save(out)
    while run.epoch < run.config.epochs:
        run.train_epoch(pixels, on_step)
        if test is not None and run.epoch in run.config.score_at:
            run.score(test)
        run.save(out)
