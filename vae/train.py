"""Train a VAE or an autoencoder on a data set by name.

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

from vae.images import sets
from vae.model import checkpoint
from vae.model.config import ACTIVATIONS, PIXELS, ModelConfig
from vae.training.evaluation import evaluate, summary, summary_text
from vae.training.run import SAMPLES, Run, TrainConfig, TrainingError, fit, resume_path

STOPS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(BaseException):
    """SIGINT or SIGTERM arrived; the last epoch's state is on disk."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum


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
    model, run = ModelConfig(), TrainConfig()
    parser = argparse.ArgumentParser(prog="python -m vae.train", description=(__doc__ or "").split("\n")[0])
    add = parser.add_argument
    add("--dataset", choices=sets.NAMES, default=run.dataset)
    add("--latent-dim", type=int, default=model.latent_dim, help="1 to 64")
    add(
        "--hidden",
        type=int,
        nargs="*",
        default=list(model.hidden),
        help="widths of the decoder, the encoder mirrors them; numbers of channels for conv; none: linear",
    )
    add("--kind", choices=("vae", "autoencoder"), default=model.kind)
    add("--network", choices=("mlp", "conv"), default=model.network)
    add("--activation", choices=tuple(ACTIVATIONS), default=model.activation)
    add("--likelihood", choices=("bernoulli", "gaussian"), default=model.likelihood)
    add(
        "--pixel-variance",
        type=float,
        default=model.pixel_variance,
        help="of a Gaussian likelihood; 0: learnt. At 0.5 the nll is the squared error plus a constant",
    )
    add("--beta", type=float, default=model.beta, help="weight of the KL in the loss")
    add("--samples", type=int, default=model.samples, help="Monte-Carlo samples of z per image in training")
    add("--epochs", type=int, default=run.epochs)
    add("--batch-size", type=int, default=run.batch_size)
    add("--lr", type=float, default=run.lr, help="peak of the one-cycle schedule, or the constant rate")
    add("--schedule", choices=("one-cycle", "constant"), default=run.schedule)
    add("--weights", choices=("torch", "xavier"), default=run.weights, help="how fresh weights are drawn")
    add("--solver", choices=("adam", "pca"), default=run.solver, help="pca: closed form, without epochs")
    add("--score-at", type=int, nargs="*", default=[], help="epochs after which the test images are scored")
    add("--seed", type=int, default=run.seed)
    add("--out", type=Path, required=True, help="checkpoint to write, ending in .safetensors")
    add("--device", default="auto", help="auto, cpu, cuda, cuda:1, ...")
    add("--precision", choices=("auto", "float32", "bfloat16"), default="auto")
    add("--warp", type=float, default=run.warp, help="share of each batch that is warped a little, 0 to 1")
    add("--init", type=Path, help="start from the weights of this checkpoint")
    add("--resume", action="store_true", help="go on from OUT's resume file")
    add("--download", action="store_true", help="fetch the data set if it is missing")
    return parser


def _configure(args: argparse.Namespace, device: torch.device, init: str = "") -> TrainConfig:
    model = ModelConfig(
        args.latent_dim,
        tuple(args.hidden),
        args.activation,
        args.likelihood,
        args.beta,
        args.samples,
        args.kind,
        args.network,
        args.pixel_variance,
    )
    return TrainConfig(
        model,
        args.dataset,
        args.epochs,
        args.batch_size,
        args.lr,
        args.seed,
        pick_precision(args.precision, device),
        args.warp,
        init,
        args.schedule,
        args.weights,
        args.solver,
        tuple(args.score_at),
    )


def _interrupt(signum: int, frame: FrameType | None) -> None:
    for stop in STOPS:  # a second Ctrl-C must not cut the farewell short
        signal.signal(stop, signal.SIG_IGN)
    raise Interrupted(signum)


def _train(args: argparse.Namespace) -> None:
    device = pick_device(args.device)
    start = checkpoint.load(args.init) if args.init else None
    config = _configure(args, device, start.fingerprint if start else "")
    train, test = (sets.load(args.dataset, split, args.download) for split in ("train", "test"))
    pixels = torch.tensor(train.pixels, device=device).reshape(-1, PIXELS)
    run = Run(config, len(pixels), device)
    if start is not None:
        run.start_from(start)
    if args.resume:
        run.restore(resume_path(args.out))
    x = torch.from_numpy(test.images).reshape(-1, PIXELS)
    if config.solver == "pca":
        run.solve(pixels)
    else:
        _fit_with_progress(run, pixels, args.out, x)
    terms = evaluate(run.model.eval(), x, SAMPLES, config.seed)
    scores = summary(terms, config.dataset, "test", SAMPLES, config.seed)
    run.save(args.out, scores)
    print(f"{args.out}, on the test images:\n{summary_text(scores)}")


def _fit_with_progress(run: Run, pixels: Tensor, out: Path, test: Tensor) -> None:
    config = run.config
    an_epoch = len(pixels) // config.batch_size * config.batch_size
    done, total = (epochs * an_epoch for epochs in (run.epoch, config.epochs))
    with tqdm(total=total, initial=done, unit=" images", unit_scale=True, smoothing=0.05) as bar:
        fit(run, pixels, out, lambda *step: _show(bar, config.epochs, *step), test)


def _show(bar: Any, epochs: int, epoch: int, images: int, loss: Tensor) -> None:
    bar.update(images)
    if bar.n // images % 25 == 0:  # reading the loss waits for the device
        bar.set_description(f"epoch {epoch}/{epochs}")
        bar.set_postfix_str(f"{loss.item():.2f} nats per image")


def _advice(out: Path) -> str:
    """How to go on after an interruption."""
    state = resume_path(out)
    if state.is_file():
        return f"go on with the same command and --resume ({state})"
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
        print(f"\nInterrupted: {_advice(args.out)}.", file=sys.stderr)
        sys.exit(128 + stop.signum)
    except (TrainingError, checkpoint.CheckpointError, sets.DataError, ValueError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
