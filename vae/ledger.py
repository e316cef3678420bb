"""The ledger: what the source articles state, what our runs reach, and the command that makes each number.

    python -m vae.ledger            # from what ships
    python -m vae.ledger --measure  # the models' scores measured again on the MNIST test images

Theirs: the Chainer VAE article, grey Bernoulli cross-entropy plus KL, nats per image, MNIST test images,
20 dimensions, 10 samples of z. The training curve is that of our run of its recipe, kept in its checkpoint.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from vae import data, explorer
from vae.explorer import CheckpointError, Explorer

RECIPE = "seed-vae-20d"  # our run of the article's recipe
CURVE = {1: (136.44, 123.33), 10: (104.17, 86.02), 50: (98.15, 78.13), 100: (97.19, 76.94)}
"""Test loss and reconstruction after so many epochs, as the article prints them, nats per image."""
TOLERANCE = 0.03  # relative: another framework, another seed
TRAINED = f"`python -m vae.train` as in `assets/models/{RECIPE}.md`"
OURS = ("mnist-vae-20d", "mnist-conv-vae-20d", "seed-vae-2d", "mnist-vae-2d")
HEADER = ("figure", "article", "ours", "difference", "allowed", "holds", "command")


@dataclass(frozen=True)
class Row:
    """One number: the article's, ours, and how far apart they may be; nats per image, lower is better."""

    figure: str
    theirs: float | None
    ours: float
    tolerance: float | None  # relative; None where the article gives no number, or ours is another model
    command: str

    @property
    def difference(self) -> float | None:
        """Ours less theirs, relative to theirs."""
        return None if self.theirs is None else self.ours / self.theirs - 1

    @property
    def holds(self) -> bool | None:
        """Whether ours is within the tolerance, or better; None where nothing is to be compared."""
        if self.difference is None or self.tolerance is None:
            return None
        return self.difference <= self.tolerance

    def cells(self) -> tuple[str, ...]:
        """The row's texts, in the order of `HEADER`."""
        theirs = "none given" if self.theirs is None else f"{self.theirs:.2f}"
        difference = "" if self.difference is None else f"{100 * self.difference:+.1f} %"
        allowed = "" if self.tolerance is None else f"+{100 * self.tolerance:g} %"
        holds = {True: "yes", False: "no", None: ""}[self.holds]
        values = (self.figure, theirs, f"{self.ours:.2f}", difference, allowed, holds, self.command)
        return tuple(value.replace("-0.0 %", "0.0 %") for value in values)


def rows(measure: bool = False) -> list[Row]:
    """All rows whose models ship; `measure` scores the models again on their test images.

    Raises:
        CheckpointError: if a model cannot be read.
        DataError: if MNIST is not there, and is to be measured.
    """
    names = explorer.model_names()
    curve = _curve(explorer.load(RECIPE)) if RECIPE in names else ()
    return [*curve, *(_score(explorer.load(name), measure) for name in OURS if name in names)]


def markdown(table: list[Row]) -> str:
    """The rows as a table."""
    lines = [HEADER, tuple("---" for _ in HEADER), *(row.cells() for row in table)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _curve(model: Explorer) -> Iterator[Row]:
    history: list[dict[str, float]] = model.metrics["history"]
    for epoch, (loss, reconstruction) in CURVE.items():
        scored = history[epoch - 1]
        after = f"after {epoch} epoch{'s' if epoch > 1 else ''}"
        ours = scored["test_nll"] + scored["test_kl"]
        yield Row(f"20-D, the article's recipe, test loss {after}", loss, ours, TOLERANCE, TRAINED)
        yield Row(
            f"20-D, the article's recipe, test reconstruction {after}",
            reconstruction,
            scored["test_nll"],
            TOLERANCE,
            TRAINED,
        )


def _score(model: Explorer, measure: bool) -> Row:
    command = f"`python -m vae.evaluate {model.name} --split test --samples 10 --seed 0`"
    theirs = CURVE[100][0] if model.latent_dim == 20 else None
    figure = f"{model.latent_dim}-D, `{model.name}`, test loss"
    return Row(figure, theirs, -_elbo(model, measure), 0.0 if theirs else None, command)


def _elbo(model: Explorer, measure: bool) -> float:
    said: dict[str, Any] = model.metrics
    if not measure:
        return float(said["elbo"])
    images = data.load(model.dataset, "test").images
    return float(model.evaluate(images, said["samples"], said["seed"]).elbo.mean())


def main() -> None:
    """Command line; exits with 1 if a row does not hold."""
    parser = argparse.ArgumentParser(prog="python -m vae.ledger", description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "--measure", action="store_true", help="score the models again on the MNIST test images"
    )
    try:
        table = rows(parser.parse_args().measure)
    except (CheckpointError, data.DataError) as error:
        sys.exit(str(error))
    print(markdown(table))
    if any(row.holds is False for row in table):
        sys.exit("A row does not hold.")


if __name__ == "__main__":
    main()
