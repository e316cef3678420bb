"""Train the small models of a study and write what they show, for the page How it works.

python -m vae.study beta      # writes assets/studies/beta.npz
"""

import argparse
import sys
import time
from collections.abc import Callable
from typing import Any

import torch
from numpy.typing import NDArray

from vae.analysis.studies.study import NAMES, Name, Study, save
from vae.errors import Unusable
from vae.training.studies import (
    asymmetric,
    autoencoders,
    beta,
    conditional,
    linear_code,
    overfitting,
    path_seeds,
    pixel_variance,
    semi_supervised,
    strong_decoder,
    tanh_256,
    training_step,
)
from vae.training.studies.fitting import SEED, Digits, digits

Run = Callable[[Digits], tuple[dict[str, Any], dict[str, NDArray[Any]]]]

STUDIES: dict[Name, Run] = {
    "tanh-256": tanh_256.run,
    "autoencoders": autoencoders.run,
    "pixel-variance": pixel_variance.run,
    "beta": beta.run,
    "asymmetric": asymmetric.run,
    "conditional": conditional.run,
    "semi-supervised": semi_supervised.run,
    "training-step": training_step.run,
    "strong-decoder": strong_decoder.run,
    "path-seeds": path_seeds.run,
    "linear-code": linear_code.run,
    "overfitting": overfitting.run,
}


def study(name: Name) -> Study:
    """The result of a study on MNIST, trained now on one CPU thread.

    Raises:
        DataError: if the training images are not here.
    """
    torch.set_num_threads(1)
    data, began = digits(), time.process_time()
    said, arrays = STUDIES[name](data)
    facts = {
        "command": f"python -m vae.study {name}",
        "seed": SEED,
        "data": f"mnist, grey levels in [0, 1], {len(data.train.x):,} training and {len(data.test.x):,} test "
        "images",
        "seconds": round(time.process_time() - began),
    }
    return Study(name, {**facts, **said}, arrays)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m vae.study", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("name", choices=NAMES)
    args = parser.parse_args()
    try:
        found = study(args.name)
    except Unusable as problem:
        sys.exit(str(problem))
    path = save(found)
    print(f"{path}, {path.stat().st_size:,} bytes, {found.said['seconds']} s of CPU")


if __name__ == "__main__":
    main()
