"""Measure AVB beside VAEs, likelihood and class separation, and write it for the pages and the ledger.

python -m vae.comparison runs/*.safetensors      # writes assets/adversarial/comparison.json
"""

import argparse
import sys
from functools import partial
from pathlib import Path

from vae.analysis.adversarial import comparison
from vae.analysis.adversarial.comparison import COMMAND, Comparison
from vae.errors import Unusable
from vae.images import sets
from vae.model import checkpoint
from vae.model.tensor_file import write_atomically
from vae.train import pick_device
from vae.training.adversarial.measuring import Sampling, measured


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=(__doc__ or "").split("\n")[0])
    add = parser.add_argument
    add("models", nargs="+", type=Path, help="checkpoints, as their training wrote them")
    add("--images", type=int, default=50, help="for log p(x), spread evenly over the test set (50)")
    add("--chains", type=int, default=4, help="for each image (4)")
    add("--steps", type=int, default=200, help="of annealed importance sampling (200)")
    add("--seed", type=int, default=0)
    add("--device", default="auto", help="auto, cpu, cuda, cuda:1, ...")
    add("--out", type=Path, default=comparison.PATH, help="default: assets/adversarial/comparison.json")
    args = parser.parse_args(arguments)
    try:
        found = _compared(args)
    except (Unusable, ValueError) as error:
        sys.exit(str(error))
    args.out.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(args.out, comparison.to_json(found).encode())
    print(args.out)
    for row in (*comparison.likelihood_rows(found), *comparison.separation_rows(found)):
        print(" | ".join(row))


def _compared(args: argparse.Namespace) -> Comparison:
    names = {checkpoint.describe(path).dataset.name for path in args.models}
    if len(names) > 1:
        raise ValueError(f"The models are of different data sets: {', '.join(sorted(names))}.")
    (dataset,) = names
    test, device = sets.load(dataset, "test"), pick_device(args.device)
    sampling = Sampling(args.images, args.chains, args.steps, args.seed)
    models = [measured(path, test, sampling, device, partial(_tell, path)) for path in args.models]
    options = " ".join(f"--{name} {value}" for name, value in sampling._asdict().items())
    return Comparison(
        command=f"{COMMAND} {' '.join(path.name for path in args.models)} {options}",
        seed=args.seed,
        data=f"{dataset} test, binarised at random, seed {args.seed}",
        sampling=sampling.words,
        models=tuple(models),
    )


def _tell(path: Path, share: float) -> None:
    print(f"\r{path.stem} {share:4.0%}", end="\n" * (share == 1), file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
