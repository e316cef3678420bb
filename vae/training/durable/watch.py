"""What is written down while a training is under way: a beat a second, a line and a look for each epoch.

Symbols: n images that are watched, D latent_dim, K samples.
"""

import math
import time
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vae.images.dataset import ImageSet
from vae.latent import prior, procrustes
from vae.latent.procrustes import Plane
from vae.logbook import looks
from vae.logbook.folder import Beat, Logbook, State
from vae.logbook.looks import Look
from vae.logbook.turn import Wished
from vae.model.tensor_file import CheckpointError
from vae.training.evaluation import Evaluation, evaluate
from vae.training.run import Run

SAMPLES = 40  # on the sheet
BEAT_SECONDS = 1.0
WISH_SECONDS = 0.2


class Watch:
    """The eyes on a training."""

    def __init__(self, book: Logbook, run: Run, test: ImageSet) -> None:
        self.book, self.run = book, run
        index = looks.watched(len(test))
        self.x = torch.tensor(test.pixels[index], device=run.device).flatten(1)
        self.labels = None if test.labels is None else test.labels[index]
        classes = 0 if self.labels is None else 1 + int(self.labels.max())
        self.classes = classes
        self.z = torch.from_numpy(
            prior.samples(SAMPLES, run.config.model.latent_dim, run.config.seed)
        ).float()
        decoder = run.model.decoder.parameters()
        self.size = self.z.shape[0] * self.x.shape[1] + 2 * sum(
            weight.numel() for weight in decoder
        )  # of a look
        self.seen = self.began = self.since = 0.0
        self.wished = 0.0  # when the wishes were last looked at
        self.before: np.ndarray | None = None  # the last map, (n, 2)

    def on_step(self, epoch: int, images: int, loss: Tensor) -> None:
        """Once for each step: a beat now and then.

        Raises:
            Wished: if somebody wants the training to end.
        """
        now = time.monotonic()
        self.seen += images
        if not self.since:  # the first step, which may compile and load, is not counted
            self.since, self.seen = now, 0
        if now - self.wished >= WISH_SECONDS:
            self.wished = now
            if wish := self.book.wanted:
                raise Wished(wish)
        if now - self.began >= BEAT_SECONDS:
            self.began = now
            self.beat("training", loss.item())

    def beat(self, doing: State, loss: float | None = None) -> None:
        """Say what is being done."""
        run, before = self.run, self.book.beat
        took = time.monotonic() - self.since if self.since else 0.0
        share = run.steps_done / max(1, run.steps)
        found = replace(
            before or Beat(0.0, doing, time.time()),
            time=time.time(),
            doing=doing,
            epoch=run.epoch,
            share=1.0 if doing == "packing" else min(share, 1.0),
            rate=self.seen / took if took else 0.0,
            loss=loss if loss is not None and math.isfinite(loss) else None,
        )
        self.book.write_beat(found)

    def on_epoch(self) -> None:
        """Once for each epoch and before the first, ahead of the state: a line and a look.

        Raises:
            NotFinite: where a code is not, of which there is no look.
        """
        run = self.run
        terms = evaluate(run.trained, self.x, samples=1, seed=run.config.seed)
        run.check_codes(terms.mu, terms.log_var)
        line = _line(run, terms, run.kl_estimate(self.x))
        self.book.note(line)
        if run.history:
            tested = {name: line[name] for name in ("test_nll", "test_kl") if line[name] is not None}
            run.history[-1] |= tested  # for the model's own record, which its doctor reads
        if looks.is_kept(run.epoch, run.config.epochs, self.size):
            looks.save(self.book.path, self._look(terms))
        self.beat("training")

    def _look(self, terms: Evaluation) -> Look:
        mu = terms.mu.numpy()
        plane = self._plane(mu)
        found = Look(self.run.epoch, mu, terms.log_var.numpy(), plane, self._sheet(), _decoder(self.run))
        self.before = looks.halves(found.places).astype(np.float64)  # as it will be read again
        return found

    def _plane(self, mu: np.ndarray) -> Plane:
        """The plane of the map, turned like that of the look before, which may be on the disk only."""
        before = _places_before(self.book, self.run.epoch) if self.before is None else self.before
        plane = procrustes.plane(mu, self.labels, self.classes)
        return plane if before is None or mu.shape[1] == 1 else plane.turned(mu, before)

    @torch.no_grad()
    def _sheet(self) -> np.ndarray:
        """What is decoded at the same codes each time, (K, H, W, C) in bytes."""
        means = self.run.trained.decode(self.z.to(self.run.device)).cpu().numpy()
        images = self.run.config.model.image_spec.unflatten(means)
        return np.rint(255 * np.nan_to_num(images).clip(0, 1)).astype(np.uint8)


def _places_before(book: Logbook, epoch: int) -> np.ndarray | None:
    """The map of the last look before an epoch, None if there is none to be read."""
    earlier = [each for each in looks.epochs(book.path) if each < epoch]
    if not earlier:
        return None
    try:
        return looks.read(book.path, earlier[-1], "places")[0].astype(np.float64)
    except CheckpointError:
        return None


def _decoder(run: Run) -> dict[str, np.ndarray]:
    weights = run.trained.weights()
    return {name: weight for name, weight in weights.items() if name.startswith(looks.DECODER)}


def _line(run: Run, terms: Evaluation, estimate: float | None) -> dict[str, Any]:
    """The terms of an epoch, nats per image: of training its means, of the watched test images at its end.

    estimate: that of the KL by a critic, where it has no closed form.
    """
    trained = run.history[-1] if run.history else {}
    per_dim = [_known(value) for value in terms.kl_per_dim.double().mean(dim=0).tolist()]
    return {
        "epoch": run.epoch,
        "nll": trained.get("nll"),
        "kl": trained.get("kl"),
        "test_nll": _known(terms.nll.double().mean().item()),
        "test_kl": _known(terms.kl.double().mean().item() if estimate is None else estimate),
        "kl_per_dim": per_dim,
        "active_units": terms.active_units,
        "seconds": run.seconds,
    }


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
