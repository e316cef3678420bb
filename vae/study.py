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
    watched,
)
from vae.training.studies.adversarial import critic
from vae.training.studies.eight_schools import study as schools
from vae.training.studies.fitting import SEED, Digits, digits
from vae.training.studies.four_points import study as four_points

Found = tuple[dict[str, Any], dict[str, NDArray[Any]]]

ON_DIGITS: dict[Name, Callable[[Digits], Found]] = {
    "tanh-256": tanh_256.run,
    "autoencoders": autoencoders.run,
    "pixel-variance": pixel_variance.run,
    "beta": beta.run,
    "asymmetric": asymmetric.run,
    "conditional": conditional.run,
    "semi-supervised": semi_supervised.run,
    "training-step": training_step.run,
    "training-watched": watched.run,
    "strong-decoder": strong_decoder.run,
    "path-seeds": path_seeds.run,
    "linear-code": linear_code.run,
    "overfitting": overfitting.run,
}
WITHOUT_IMAGES: dict[Name, Callable[[], Found]] = {
    "critic": critic.run,
    "four-points": four_points.run,
    "eight-schools": schools.run,
}
"""Studies that say themselves what their `data` are."""


def study(name: Name) -> Study:
    """The result of a study, trained now on one CPU thread.

    Raises:
        DataError: if it is one of MNIST and the training images are not here.
    """
    torch.set_num_threads(1)
    began = time.process_time()
    said, arrays = _on_digits(ON_DIGITS[name]) if name in ON_DIGITS else WITHOUT_IMAGES[name]()
    seconds = round(time.process_time() - began)
    facts = {"command": f"python -m vae.study {name}", "seed": SEED, "seconds": seconds}
    return Study(name, {**facts, **said}, arrays)


def four_points_from(seed: int, steps: int, on_frame: Callable[[float, Study], object]) -> Study:
    """The four points from one seed; `on_frame` is told the share done and what is found so far."""

    def kept(found: Found) -> Study:
        facts = {"command": "python -m vae.study four-points", "seed": seed}
        return Study("four-points", {**facts, **found[0]}, found[1])

    torch.set_num_threads(1)
    found = four_points.train(seed, steps, on_frame=lambda share, so_far: on_frame(share, kept(so_far)))
    return kept(found)


def _on_digits(run: Callable[[Digits], Found]) -> Found:
    """A study of MNIST, and what its `data` are."""
    data = digits()
    train, test = len(data.train.x), len(data.test.x)
    words = f"mnist, grey levels in [0, 1], {train:,} training and {test:,} test images"
    said, arrays = run(data)
    return {"data": words, **said}, arrays


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
