"""Train a VAE, an autoencoder or an implicit model (AVB) on a data set by name.

    python -m vae.train --dataset mnist --latent-dim 20 --epochs 40 --seed 0 --out runs/mine.safetensors

Writes the checkpoint OUT and its resume file after every epoch; `--resume` continues from there. With
`--name mine` in the place of `--out` it trains as the page Train does, is watched there, and ends as a model
of that name. Several processes train together where `torchrun --nproc-per-node=N -m vae.train ...` starts
them.
"""

import argparse
import shlex
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from vae.errors import Unusable
from vae.images import sets
from vae.logbook import ending, folder, turn
from vae.logbook.folder import Logbook, Said
from vae.model import checkpoint
from vae.training import board, settings
from vae.training.adversarial.without_critic import kl_without_critic
from vae.training.durable import rate, session
from vae.training.evaluation import binarised, evaluate, summary, summary_text
from vae.training.parallel import team as parallel
from vae.training.run import SAMPLES, OnStep, Run, TrainingError, fit, resume_path
from vae.training.settings import TrainConfig

STOPS = (signal.SIGINT, signal.SIGTERM)
LOG_SECONDS = 30.0  # between two lines of progress where they are kept: in a log
PAUSED = 75  # sysexits.h: try again later
CODES = (
    "It ends with 0 when it is done, 1 for settings or images that cannot be used, 2 for a command that is "
    "not understood, 3 for numbers that are not finite, 4 for a full disk, 5 for a full memory, 75 when the "
    "page paused it, 130 or 143 after SIGINT or SIGTERM."
)


class Interrupted(BaseException):
    """SIGINT or SIGTERM arrived; `can_resume` says whether the state of an epoch is on disk."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum
        self.can_resume = False


def pick_device(name: str) -> torch.device:
    """`auto` is CUDA when present, else the CPU."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda":
        name = parallel.own_gpu()
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError) as error:  # AssertionError: torch built without CUDA
        raise TrainingError(f"There is no device {name!r} here; try --device cpu.") from error


def pick_precision(name: str, device: torch.device) -> str:
    """`auto` is bfloat16 where the hardware multiplies it faster than float32, else float32."""
    if name != "auto":
        return name
    if device.type == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    able = torch.cpu.get_capabilities()
    return "bfloat16" if able.get("avx512_bf16") or able.get("amx_bf16") else "float32"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m vae.train", description=(__doc__ or "").split("\n")[0], epilog=CODES
    )
    settings.add_arguments(parser)
    parser.set_defaults(precision="auto")
    add = parser.add_argument
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--out", type=Path, help="checkpoint to write, ending in .safetensors")
    where.add_argument(
        "--name", help="train as the page Train does: waits for its turn, is shown there, packed"
    )
    add("--device", default="auto", help="auto, cpu, cuda, cuda:1, ...")
    add("--init", type=Path, help="start from the weights of this checkpoint")
    add("--resume", action="store_true", help="go on from OUT's resume file, or with NAME as it was begun")
    add("--download", action="store_true", help="fetch the data set if it is missing")
    add("--tensorboard", type=Path, metavar="DIR", help="write each epoch down for TensorBoard")
    return parser


def _interrupt(signum: int, frame: FrameType | None) -> None:
    for stop in STOPS:  # a second Ctrl-C must not cut the farewell short
        signal.signal(stop, signal.SIG_IGN)
    raise Interrupted(signum)


def _filled(config: TrainConfig, count: int) -> TrainConfig:
    """With batches that N images fill; a size that is not the usual one was asked for, and is kept."""
    usual = TrainConfig.batch_size
    return replace(config, batch_size=count) if 0 < count < config.batch_size == usual else config


def _train(args: argparse.Namespace) -> None:
    device = pick_device(args.device)
    team = parallel.join(device)
    start = checkpoint.load(args.init) if args.init else None
    precision, init = pick_precision(args.precision, device), start.fingerprint if start else ""
    config = settings.from_arguments(args, precision=precision, init=init)
    train, test = (sets.load(args.dataset, split, args.download) for split in ("train", "test"))
    pixels, x = (torch.as_tensor(items.pixels, device=device).flatten(1) for items in (train, test))
    scored = "test"
    if config.holdout:
        pixels, x, scored = pixels[: -config.holdout], pixels[-config.holdout :], "held-out training"
    run = Run(_filled(config, len(pixels)), len(pixels), device, team)
    if start is not None:
        run.start_from(start)
    if args.resume or (parallel.was_restarted() and resume_path(args.out).exists()):
        run.restore(resume_path(args.out))
    try:
        if config.solver == "pca":
            run.solve(pixels)
        else:
            note = board.writer(args.tensorboard, run, x) if args.tensorboard and team.is_first else None
            _fit_with_progress(run, pixels, args.out, x, note or (lambda: None))
        if not team.is_first:
            return
        scores = _scores(run, x, scored)
        run.save(args.out, scores)
    except Interrupted as stop:
        stop.can_resume = run.is_saved
        raise
    print(f"{args.out}, on the {scored} images:\n{summary_text(scores)}")


def _train_named(args: argparse.Namespace) -> int:
    """Train in a folder of the user's home; returns the code to end with."""
    if args.init or args.holdout or args.tensorboard or args.solver == "pca":
        raise ValueError("--init, --holdout, --tensorboard and --solver pca need --out, not --name")
    if parallel.has_others():
        raise ValueError("torchrun needs --out, not --name")
    book = _resumed(args.name) if args.resume else _begun(args)
    book_place = turn.place(book)
    if book_place:
        print(f"{book.name} waits for {book_place} other{'s' * (book_place > 1)}.", file=sys.stderr)
    with turn.held(book), ending.said(book), turn.taken(book):
        carry_on(book)
    said = book.said
    assert said is not None
    print(said.words)
    return PAUSED if said.state == "paused" else 0


def _begun(args: argparse.Namespace) -> Logbook:
    """A new logbook with these settings, which are checked before."""
    device = pick_device(args.device)
    config = settings.from_arguments(args, precision=pick_precision(args.precision, device))
    config = _filled(config, len(sets.load(config.dataset, "train", args.download)))
    return folder.create(args.name, [*shlex.split(config.command)[3:], "--device", args.device])


def _resumed(name: str) -> Logbook:
    """The training of that name, which goes on as it was begun.

    Raises:
        ValueError: naming the options of this command that say something else.
    """
    book, parser = folder.find(name), _parser()
    begun = parser.parse_args([*book.words, "--name", name])
    asked = parser.parse_args(sys.argv[1:], argparse.Namespace(**vars(begun)))
    asked.precision = pick_precision(asked.precision, pick_device(asked.device))
    others = {option: value for option, value in vars(asked).items() if option not in ("resume", "download")}
    if odd := [option for option, value in others.items() if value != getattr(begun, option)]:
        differing = "; ".join(
            f"{option} {_text(getattr(begun, option))}, not {_text(others[option])}" for option in odd
        )
        raise ValueError(
            f"{name} was begun with other settings ({differing}); resume it without these options, or begin "
            "another training with them."
        )
    return book


def _text(value: object) -> str:
    """A setting as the command line says it."""
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def carry_on(book: Logbook) -> Said:
    """Train what a logbook asks for from where it stands; its lock and the turn are the caller's."""
    args = _parser().parse_args([*book.words, "--name", book.name])
    device = pick_device(args.device)
    config = settings.from_arguments(args, precision=pick_precision(args.precision, device))
    for signum in STOPS:
        signal.signal(signum, _interrupt)
    try:
        with tqdm(unit=" images", unit_scale=True, smoothing=0.05, disable=None) as bar:
            said = session.work(book, config, device, partial(_shown_on, bar))
            for signum in STOPS:  # it has ended, and nothing is left to stop
                signal.signal(signum, lambda *_: None)
            return said
    except Interrupted:
        book.say(Said("paused", f"The training was interrupted. {ending.kept(book)}"))
        raise


def images_a_second(words: Sequence[str]) -> float:
    """How fast this machine trains as these words of the command line say, measured in a second."""
    args = _parser().parse_args([*words, "--name", "rate"])
    device = pick_device(args.device)
    config = settings.from_arguments(args, precision=pick_precision(args.precision, device))
    return rate.images_a_second(replace(config, epochs=rate.EPOCHS), device)


def _shown_on(bar: Any, run: Run) -> OnStep:
    """What shows each step of the run on the bar."""
    config, batches = run.config, run.count // run.config.batch_size
    done, bar.total = (epochs * batches * config.batch_size for epochs in (run.epoch, config.epochs))
    bar.update(done)
    return partial(_show, bar, config.epochs)


def _scores(run: Run, test: Tensor, scored: str) -> dict[str, Any]:
    """Of the images (N, H W C), which `scored` names, as the run's were: grey or binarised."""
    config, pixels = run.config, "levels in [0, 1]"
    if config.pixels == "binarised":
        test = binarised(test, torch.Generator(test.device).manual_seed(config.seed))
        pixels = f"binarised at random, seed {config.seed}"
    terms = evaluate(run.trained.eval(), test, SAMPLES, config.seed)
    found = summary(terms, config.dataset, scored, SAMPLES, config.seed, pixels)
    found |= kl_without_critic(run.trained, test, config.seed)
    estimate = run.kl_estimate(test)
    return found if estimate is None else {**found, "kl_estimate": estimate, "kl_estimate_on": found["data"]}


def _fit_with_progress(
    run: Run, pixels: Tensor, out: Path, test: Tensor, on_epoch: Callable[[], object]
) -> None:
    config = run.config
    an_epoch = len(pixels) // config.batch_size * config.batch_size
    done, total = (epochs * an_epoch for epochs in (run.epoch, config.epochs))
    with tqdm(
        total=total,
        initial=done,
        unit=" images",
        unit_scale=True,
        smoothing=0.05,
        mininterval=0.1 if sys.stderr.isatty() else LOG_SECONDS,
        disable=not run.team.is_first,
    ) as bar:
        fit(run, pixels, out, lambda *step: _show(bar, config.epochs, *step), test, bar.write, on_epoch)


def _show(bar: Any, epochs: int, epoch: int, images: int, loss: Tensor) -> None:
    bar.update(images)
    if not bar.disable and bar.n // images % 25 == 0:  # reading the loss waits for the device
        bar.set_description(f"epoch {epoch}/{epochs}", refresh=False)
        bar.set_postfix_str(f"{loss.item():.2f} nats per image", refresh=False)


def _advice(out: Path, can_resume: bool) -> str:
    """How to go on after an interruption."""
    if can_resume:
        return f"go on with the same command and --resume ({resume_path(out)})"
    return "nothing is saved yet; start again with the same command"


def main() -> None:
    """Command line; how it ends is said in `CODES`, faults in one sentence."""
    parser = _parser()
    args = parser.parse_args()
    if args.out and args.out.suffix != ".safetensors":
        parser.error("--out must end in .safetensors")
    for signum in STOPS:
        signal.signal(signum, _interrupt)
    try:
        if args.name:
            sys.exit(_train_named(args))
        with session.faults():
            _train(args)
    except Interrupted as stop:
        way = f"go on with `python -m vae.train --name {args.name} --resume`"
        advice = way if args.name else _advice(args.out, stop.can_resume)
        print(f"\nInterrupted: {advice}.", file=sys.stderr)
        sys.exit(128 + stop.signum)
    except (Unusable, ValueError) as error:
        if (code := getattr(error, "code", 1)) == 1:
            sys.exit(str(error))
        print(error, file=sys.stderr)
        sys.exit(code)


if __name__ == "__main__":
    main()
