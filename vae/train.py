"""Train a VAE, an autoencoder or an implicit model (AVB) on a data set by name.

    python -m vae.train --dataset mnist --latent-dim 20 --epochs 40 --seed 0 --out runs/mine.safetensors

Writes the checkpoint OUT and its resume file after every epoch; `--resume` continues from there.
"""

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from vae.errors import Unusable
from vae.images import sets
from vae.model import checkpoint
from vae.training import settings
from vae.training.adversarial.without_critic import kl_without_critic
from vae.training.evaluation import binarised, evaluate, summary, summary_text
from vae.training.run import SAMPLES, Run, TrainingError, fit, resume_path

STOPS = (signal.SIGINT, signal.SIGTERM)


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
    parser = argparse.ArgumentParser(prog="python -m vae.train", description=(__doc__ or "").split("\n")[0])
    settings.add_arguments(parser)
    parser.set_defaults(precision="auto")
    add = parser.add_argument
    add("--out", type=Path, required=True, help="checkpoint to write, ending in .safetensors")
    add("--device", default="auto", help="auto, cpu, cuda, cuda:1, ...")
    add("--init", type=Path, help="start from the weights of this checkpoint")
    add("--resume", action="store_true", help="go on from OUT's resume file")
    add("--download", action="store_true", help="fetch the data set if it is missing")
    return parser


def _interrupt(signum: int, frame: FrameType | None) -> None:
    for stop in STOPS:  # a second Ctrl-C must not cut the farewell short
        signal.signal(stop, signal.SIG_IGN)
    raise Interrupted(signum)


def _train(args: argparse.Namespace) -> None:
    device = pick_device(args.device)
    start = checkpoint.load(args.init) if args.init else None
    precision, init = pick_precision(args.precision, device), start.fingerprint if start else ""
    config = settings.from_arguments(args, precision=precision, init=init)
    train, test = (sets.load(args.dataset, split, args.download) for split in ("train", "test"))
    pixels, x = (torch.tensor(items.pixels, device=device).flatten(1) for items in (train, test))
    scored = "test"
    if config.holdout:
        pixels, x, scored = pixels[: -config.holdout], pixels[-config.holdout :], "held-out training"
    run = Run(config, len(pixels), device)
    if start is not None:
        run.start_from(start)
    if args.resume:
        run.restore(resume_path(args.out))
    try:
        if config.solver == "pca":
            run.solve(pixels)
        else:
            _fit_with_progress(run, pixels, args.out, x)
        scores = _scores(run, x, scored)
        run.save(args.out, scores)
    except Interrupted as stop:
        stop.can_resume = run.is_saved
        raise
    print(f"{args.out}, on the {scored} images:\n{summary_text(scores)}")


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


def _fit_with_progress(run: Run, pixels: Tensor, out: Path, test: Tensor) -> None:
    config = run.config
    an_epoch = len(pixels) // config.batch_size * config.batch_size
    done, total = (epochs * an_epoch for epochs in (run.epoch, config.epochs))
    with tqdm(total=total, initial=done, unit=" images", unit_scale=True, smoothing=0.05) as bar:
        fit(run, pixels, out, lambda *step: _show(bar, config.epochs, *step), test, bar.write)


def _show(bar: Any, epochs: int, epoch: int, images: int, loss: Tensor) -> None:
    bar.update(images)
    if bar.n // images % 25 == 0:  # reading the loss waits for the device
        bar.set_description(f"epoch {epoch}/{epochs}")
        bar.set_postfix_str(f"{loss.item():.2f} nats per image")


def _advice(out: Path, can_resume: bool) -> str:
    """How to go on after an interruption."""
    if can_resume:
        return f"go on with the same command and --resume ({resume_path(out)})"
    return "nothing is saved yet; start again with the same command"


def main() -> None:
    """Command line; exits with 130 or 143 after SIGINT or SIGTERM, with 1 and one sentence after a fault."""
    parser = _parser()
    args = parser.parse_args()
    if args.out.suffix != ".safetensors":
        parser.error("--out must end in .safetensors")
    for signum in STOPS:
        signal.signal(signum, _interrupt)
    try:
        _train(args)
    except Interrupted as stop:
        print(f"\nInterrupted: {_advice(args.out, stop.can_resume)}.", file=sys.stderr)
        sys.exit(128 + stop.signum)
    except (Unusable, ValueError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
