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
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from vae.errors import Unusable
from vae.images import sets
from vae.model import checkpoint, tensor_file
from vae.training.adversarial import health
from vae.training.adversarial.adversary import FIGURES, Adversary
from vae.training.augment import AUGMENTATIONS
from vae.training.descent.descent import Descent, Rates
from vae.training.evaluation import batches_of, binarised, evaluate, levels
from vae.training.networks import centre, draw_xavier, images, rows
from vae.training.parallel.team import ALONE, Team
from vae.training.principal import principal_components
from vae.training.settings import TrainConfig
from vae.training.vae import AVB, Trainable, build, fresh

SAMPLES = 10  # of z per image, in the scores at the end
MEAN_OF = 10_000  # training images
START = "runs/start.safetensors"  # stands for the checkpoint of --init where a command is shown
OnStep = Callable[[int, int, Tensor], None]  # epoch, images in the step, loss (nats per image)


class TrainingError(Unusable):
    """Training that cannot go on; the message says what happened and what is kept."""

    code = 1  # with which a command ends


class NotFinite(TrainingError):  # noqa: N818  # named by what it is
    """The loss or a weight is infinite or no number."""

    code = 3


class DiskFull(TrainingError):  # noqa: N818
    """What was learnt cannot be written."""

    code = 4


class OutOfMemory(TrainingError):  # noqa: N818
    """The network, a batch or the images do not fit into the memory."""

    code = 5


class Run:
    """A training run: model, optimizer, schedule and random numbers, saved and restored together."""

    def __init__(self, config: TrainConfig, count: int, device: torch.device, team: Team = ALONE) -> None:
        if config.batch_size > count:
            raise ValueError(f"batch_size must be at most the {count:,} images, got {config.batch_size:,}")
        _check_share(config, team)
        self.config, self.team = config, team
        self.device = device
        self.steps = config.epochs * (count // config.batch_size)
        self.generator = team.generator(device).manual_seed(config.seed)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.model = fresh(config.model)
            if config.weights != "torch":
                self.model.apply(draw_xavier)
            self.model.to(device)
            rates = _rates(config, self.steps)
            self.adversary = (
                Adversary(config.critic, self.model, rates, self.generator)
                if isinstance(self.model, AVB)
                else None
            )
        self.average = AveragedModel(self.model, multi_avg_fn=get_ema_multi_avg_fn(config.ema))
        self.average.n_averaged = (
            self.average.n_averaged.cpu()
        )  # read at each step, for which no GPU must wait
        self.descent = Descent(self.model, self._gradients, rates, self.generator, team)
        self._beta = torch.tensor(config.model.beta, device=device)  # of the KL in the loss, as it is now
        self.history: list[dict[str, float]] = []  # one entry an epoch: training nll and kl, nats per image
        self.seconds = 0.0  # spent training, over all sessions of the run
        self.count = count  # of training images
        self.is_saved = False  # whether its state is on disk
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
    def trained(self) -> Trainable:
        """What is scored and saved: the moving average of the weights, or the model itself."""
        return cast(Trainable, self.average.module) if self.config.ema else self.model

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
        size, sums = self.config.batch_size, torch.zeros(len(self._figures), device=self.device)
        if self.epoch == 0:
            self._begin(pixels)
        order = torch.randperm(len(pixels), generator=self.generator, device=self.device)
        batches = order[: len(order) // size * size].split(size)
        for batch in batches:
            figures = self._step(self._shown(pixels[self.team.own(batch)]))
            sums += figures
            on_step(self.epoch + 1, size, figures[:2].sum())
        self.team.average([sums])
        means = dict(zip(self._figures, (sums / len(batches)).tolist(), strict=True))
        self.check_finite(means["nll"] + means["kl"])
        self.history.append(means)
        self.seconds += time.monotonic() - began

    @property
    def _figures(self) -> tuple[str, ...]:
        """Names of what a step measures, nats per image; `kl` of avb is the critic's estimate."""
        return ("nll", "kl") if self.adversary is None else ("nll", "kl", "kl_least", *FIGURES)

    def _begin(self, pixels: Tensor) -> None:
        """What comes before the first step."""
        if self.config.weights == "centred" and self.before is None:
            mean = levels(pixels[:MEAN_OF]).mean(dim=0)
            centre(self.model.decoder, mean, self.config.model)
        if self.adversary:
            self._prepare(self.adversary, pixels)

    def _prepare(self, adversary: Adversary, pixels: Tensor) -> None:
        """The critic's steps before the model moves."""
        for _ in range(self.config.critic.critic_before):
            chosen = torch.randint(
                len(pixels), (self.config.batch_size,), generator=self.generator, device=self.device
            )
            adversary.prepare(self._shown(pixels[chosen]))

    def _shown(self, some: Tensor) -> Tensor:
        """What the model is shown of images (B, H W C) in bytes: their levels, a share of them moved."""
        x = self._augmented(levels(some))
        return binarised(x, self.generator) if self.config.pixels == "binarised" else x

    def _augmented(self, x: Tensor) -> Tensor:
        """A share of the rows (B, H W C) moved a little."""
        count = round(self.config.warp * len(x))
        is_over = self.steps_done >= self.config.warp_until * self.steps
        if not count or is_over:
            return x
        move = AUGMENTATIONS[self.config.augment]
        moved = move(images(x[:count], self.config.model.image_spec), self.generator)
        return torch.cat((rows(moved), x[count:]))

    @property
    def steps_done(self) -> int:
        """Number of steps that the model has taken."""
        return self.descent.schedule.last_epoch  # which counts steps

    def _step(self, x: Tensor) -> Tensor:
        """One step of the model, and those of its critic; the figures of `_figures`."""
        if self.config.kl_rise:
            self._beta.fill_(self._kl_weight())
        figures = self.descent.step(x)
        if self.config.ema:
            self.average.update_parameters(self.model)
        self.descent.schedule.step()
        return torch.cat((figures, self.adversary.step(x))) if self.adversary else figures

    def _kl_weight(self) -> float:
        """From a tenth of beta to beta, along a line."""
        share = min(1.0, self.steps_done / (self.config.kl_rise * self.steps))
        return self.config.model.beta * (0.1 + 0.9 * share)

    def _gradients(self, x: Tensor) -> Tensor:
        """Means over a batch, nats per image; the loss's gradients are left in the weights.

        nll and KL; of avb the critic's estimate of the KL, and the least that the moments of q(z|x) allow.
        """
        autocast = self.config.precision == "bfloat16"
        with torch.autocast(self.device.type, torch.bfloat16, enabled=autocast):
            nll, kl, *least = self._terms(x)
        loss = (nll + self._beta * kl).mean()
        self.descent.optimizer.zero_grad(set_to_none=True)
        loss.backward(inputs=list(self.model.parameters()))  # the critic stays as it is
        return torch.stack([term.detach().mean() for term in (nll, kl, *least)])

    def _terms(self, x: Tensor) -> tuple[Tensor, ...]:
        """Of the loss, (B,) each, see `_gradients`."""
        if self.adversary is None:
            nll, posterior = self.model.terms(x, self.config.model.samples, self.generator)
            return nll, self.model.kl_per_dim(posterior).sum(dim=-1)
        z, matched = self.adversary.model.encode(x).rsample(self.generator)
        return self.model.nll(z, x), self.adversary.kl(x, z, matched), matched.kl()

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
        estimate = self.kl_estimate(test)
        kl = terms.kl.double().mean().item() if estimate is None else estimate
        self.history[-1] |= {"test_nll": terms.nll.double().mean().item(), "test_kl": kl}

    @torch.no_grad()
    def kl_estimate(self, test: Tensor) -> float | None:
        """The critic's estimate of the KL on images (N, H W C), nats per image, no bound; or None."""
        if self.adversary is None:
            return None
        generator = torch.Generator(self.device).manual_seed(self.config.seed)
        model, found = cast(AVB, self.trained), []
        for x in batches_of(test, self.device):
            found.append(self.adversary.kl(x, *model.encode(x).rsample(generator)))
        return torch.cat(found).double().mean().item()

    @property
    def fault(self) -> str | None:
        """What is wrong with the critic, if there is one, in the last epoch."""
        if self.adversary is None:
            return None
        return health.fault(self.history, self.config.critic.contrast != "prior")

    def check_finite(self, loss: float) -> None:
        """Raise NotFinite if the loss or a weight is not finite; the epoch is not counted yet."""
        networks = [self.model, *([self.adversary.critic] if self.adversary else [])]
        parameters = [weight for network in networks for weight in network.parameters()]
        weights = torch.stack([weight.detach().isfinite().all() for weight in parameters])
        if not (math.isfinite(loss) and weights.all()):
            raise _not_finite("The loss or a weight", self.epoch)

    def check_codes(self, mu: Tensor, log_var: Tensor) -> None:
        """Raise NotFinite if a code (N, D) is not finite after an epoch; log_var -inf is that of a point."""
        if not (mu.isfinite().all() and (log_var < math.inf).all()):  # also catches NaN
            raise _not_finite("A code", max(0, self.epoch - 1))

    def state(self) -> bytes:
        """Everything needed to go on, as bytes that `restore` reads."""
        buffer = io.BytesIO()
        state = {
            "config": json.dumps(asdict(self.config)),
            "model": self.model.state_dict(),
            "average": self.average.state_dict() if self.config.ema else {},
            **self.descent.state(),
            "adversary": self.adversary.state() if self.adversary else {},
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
        self.descent.restore(state)
        if self.adversary:
            self.adversary.restore(state["adversary"])
        self.generator.set_state(state["generator"].cpu())
        self.history, self.seconds = list(state["history"]), float(state["seconds"])

    def save(self, out: Path, metrics: dict[str, Any] | None = None) -> None:
        """Write the checkpoint and the resume file, each atomically; of a team the first does."""
        if self.team.is_first:
            self._write(out, metrics or {})
        self.is_saved = True

    def _write(self, out: Path, metrics: dict[str, Any]) -> None:
        try:
            checkpoint.save(out, self.trained.weights(), self._description(metrics))
            tensor_file.write_atomically(resume_path(out), self.state())
        except OSError as error:
            reason = "the disk is full" if error.errno == errno.ENOSPC else error.strerror
            rest = "Nothing is saved; choose another --out"
            if self.is_saved:
                rest = "The last good checkpoint is kept"
            kind = DiskFull if error.errno == errno.ENOSPC else TrainingError
            raise kind(f"Could not write {out}: {reason}. {rest}.") from error

    def _description(self, metrics: dict[str, Any]) -> checkpoint.Description:
        config, history, seconds, command = self.config, self.history, self.seconds, self.config.command
        steps = self.steps_done
        if self.before is not None:
            steps += self.before.metrics.get("steps", 0)
            history = [*self.before.metrics.get("history", []), *history]
            seconds += self.before.metrics.get("seconds", 0.0)
            command = f"{self.before.command} --out {START}\n{command} --init {START}"
        facts = {
            "history": history,
            "seconds": seconds,
            "train_images": self.count,
            "steps": steps,
            "device": self.device_name,
        }
        return checkpoint.Description(
            config.model, sets.dataset(config.dataset), command, config.seed, {**metrics, **facts}
        )


def _not_finite(what: str, epoch: int) -> NotFinite:
    """What is raised in the epoch after that one, which is the last that was saved."""
    return NotFinite(
        f"{what} is no longer finite in epoch {epoch + 1}: training stopped. "
        f"The state after epoch {epoch} is kept; try a lower --lr."
    )


def _no_state(path: Path, error: Exception) -> TrainingError:
    reason = error.strerror if isinstance(error, OSError) else "it is damaged"
    return TrainingError(f"No state to resume from at {path}: {reason}. Start without --resume.")


def _check_share(config: TrainConfig, team: Team) -> None:
    if config.batch_size % team.size:
        raise ValueError(
            f"batch_size must be a multiple of the {team.size} processes, got {config.batch_size:,}"
        )
    if team.size > 1 and (config.model.kind == "avb" or config.solver == "pca"):
        raise ValueError("kind must be vae or autoencoder, and solver adam, for several processes")


def _rates(config: TrainConfig, steps: int) -> Rates:
    return Rates(
        config.lr,
        (config.beta1, config.beta2),
        config.clip,
        config.schedule,
        steps,
        config.rise,
        moves_beta1=config.model.kind != "avb",
    )


def _differences(saved: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    """Names of the settings that differ, those of the model among them."""
    parts = ("model", "critic")
    old, new = ({**each, **each["model"], **each.get("critic", {})} for each in (saved, wanted))
    return [name for name in new if name not in parts and old.get(name) != new[name]]


def resume_path(out: Path) -> Path:
    """Where the resume file of a checkpoint lies."""
    return out.with_suffix(".resume")


def fit(
    run: Run,
    pixels: Tensor,
    out: Path,
    on_step: OnStep = lambda *_: None,
    test: Tensor | None = None,
    tell: Callable[[str], object] = lambda _: None,
    on_epoch: Callable[[], object] = lambda: None,
) -> None:
    """Train to the last epoch, saving after each; pixels (N, H W C) uint8 on the run's device.

    Arguments:
        run: What is trained.
        pixels: The training images.
        out: Where the checkpoint is written.
        on_step: Called after each step.
        test: Images (N, H W C) to score after the epochs that the configuration names.
        tell: Called with a sentence where a critic does not do its work.
        on_epoch: Called after each epoch and before the first one, before the state is saved.
    """
    if run.epoch == 0:
        on_epoch()
        run.save(out)
    while run.epoch < run.config.epochs:
        run.train_epoch(pixels, on_step)
        if test is not None and run.epoch in run.config.score_at and run.team.is_first:
            run.score(test)
        on_epoch()
        run.save(out)
        if fault := run.fault:
            tell(fault)
