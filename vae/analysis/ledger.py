"""The ledger: what the source articles state, what our runs reach, and the command that makes each number.

Theirs: the Chainer VAE article, grey Bernoulli cross-entropy plus KL, nats per image, MNIST test images,
20 dimensions, 10 samples of z. The training curve is that of our run of its recipe, kept in its checkpoint.
Other rows hold what the articles say without a number: that gradient descent on a linear autoencoder ends at
PCA, what one-pass imputation misses, the digits on a path.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from vae import explorer
from vae.analysis import classifier, imputation, path_reading
from vae.explorer import Explorer
from vae.images import sets
from vae.latent import classes, paths

RECIPE = "seed-vae-20d"  # our run of the article's recipe
CURVE = {1: (136.44, 123.33), 10: (104.17, 86.02), 50: (98.15, 78.13), 100: (97.19, 76.94)}
"""Test loss and reconstruction after so many epochs, as the article prints them, nats per image."""
TRAINING = (93.95, 73.68)  # training loss and reconstruction in the last epoch
TOLERANCE = 0.03  # relative: another framework, another seed
SAME = 0.001  # relative: two ways to the same minimum
PATH_ENDS, PATH_DIGITS, PATH_FRAMES = (0, 7), (0, 6, 2, 8, 9, 4, 7), 81  # the article's path in 2-D
TRAINED = f"`python -m vae.train` as in `assets/models/{RECIPE}.md`"
BEST = "mnist-vae-20d"  # to beat the article
CLOSED, DESCENDED = "mnist-pca-2d", "mnist-linear-ae-2d"
IMPUTED = "mnist-vae-2d"
OURS = ("mnist-vae-20d", "mnist-conv-vae-20d", "seed-vae-2d", "mnist-vae-2d")
HEADER = ("figure", "article, or reference", "ours", "difference", "allowed", "holds", "command")


@dataclass(frozen=True)
class Row:
    """One number: the article's, ours, and how far apart they may be; lower is better.

    Nats per image, unless the figure's name says another unit.
    """

    figure: str
    theirs: float | None
    ours: float
    tolerance: float | None  # relative; None where the article gives no number, or ours is another model
    command: str
    decimals: int = 2

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
        theirs = "none given" if self.theirs is None else f"{self.theirs:.{self.decimals}f}"
        difference = "" if self.difference is None else f"{100 * self.difference:+.1f} %"
        allowed = "" if self.tolerance is None else f"+{100 * self.tolerance:g} %"
        holds = {True: "yes", False: "no", None: ""}[self.holds]
        ours = f"{self.ours:.{self.decimals}f}"
        values = (self.figure, theirs, ours, difference, allowed, holds, self.command)
        return tuple(value.replace("-0.0 %", "0.0 %").replace("+0.0 %", "0.0 %") for value in values)


@dataclass(frozen=True)
class Sight:
    """What the article says to see, and what is seen here. It depends on the run: nothing is to hold."""

    figure: str
    theirs: str
    ours: str
    command: str
    holds = None

    def cells(self) -> tuple[str, ...]:
        """The row's texts, in the order of `HEADER`."""
        return (self.figure, self.theirs, self.ours, "", "", "", self.command)


def rows(
    measure: bool = False, on_progress: Callable[[float], object] = lambda share: None
) -> list[Row | Sight]:
    """All rows whose models ship; `measure` scores the models again on their test images.

    `on_progress` gets the share of the models scored, in [0, 1].

    Raises:
        CheckpointError: if a model or its measurement cannot be read.
        DataError: if MNIST is not there, and is to be measured.
    """
    names = explorer.model_names()
    found: list[Row | Sight] = [*_curve(explorer.load(RECIPE))] if RECIPE in names else []
    ours = [name for name in OURS if name in names]
    for done, name in enumerate(ours, start=1):
        found.append(_score(explorer.load(name), measure))
        on_progress(done / len(ours))
    if {CLOSED, DESCENDED} <= set(names):
        found.append(_linear(explorer.load(CLOSED), explorer.load(DESCENDED)))
    if IMPUTED in names:
        found += _imputation(explorer.load(IMPUTED))
    found += [_path(explorer.load(name)) for name in OURS if name in names and name.endswith("2d")]
    return found


def markdown(table: list[Row | Sight]) -> str:
    """The rows as a table."""
    lines = [HEADER, tuple("---" for _ in HEADER), *(row.cells() for row in table)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def to_json(table: list[Row | Sight]) -> str:
    """The texts of the rows as JSON."""
    return json.dumps([row.cells() for row in table])


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
    last = history[len(history) - 1]
    theirs = zip(("loss", "reconstruction"), TRAINING, (last["nll"] + last["kl"], last["nll"]), strict=True)
    for name, loss, ours in theirs:
        figure = f"20-D, the article's recipe, training {name} in epoch {len(history)}"
        yield Row(figure, loss, ours, TOLERANCE, TRAINED)


def _linear(closed: Explorer, descended: Explorer) -> Row:
    """The error of the linear autoencoder beside that of PCA in closed form, which no linear one beats."""
    figure = f"2-D, `{descended.name}`, error per pixel, beside PCA in closed form"
    command = f"`python -m vae.evaluate {descended.name}`, `python -m vae.evaluate {closed.name}`"
    return Row(figure, closed.metrics["mse"], descended.metrics["mse"], SAME, command, decimals=5)


def _imputation(model: Explorer) -> Iterator[Row]:
    """The error of iterated imputation beside that of the article's single pass."""
    found = imputation.shipped(model) or {"masks": {}}
    for words, row in found["masks"].items():
        figure = f"2-D, `{model.name}`, imputation of {words}: error iterated, beside one pass"
        yield Row(figure, row["one_pass"][0], row["iterated"][0], 0.0, f"`{found['command']}`", decimals=4)


def _path(model: Explorer) -> Sight:
    """The digits that a classifier reads on the straight path that the article shows."""
    codes = model.codes("test")
    ends = codes.mu[classes.first_of_each(codes.known_labels, 10)[list(PATH_ENDS)]]
    images = model.decode(paths.linear_path(ends[0], ends[1], PATH_FRAMES))
    read = path_reading.merge_runs(classifier.read(classifier.PATH).labels(images).tolist())
    digits, theirs = ("-".join(map(str, row)) for row in (read, PATH_DIGITS))
    return Sight(f"2-D, `{model.name}`, digits on the path 0 → 7", theirs, digits, "`python -m vae.ledger`")


def _score(model: Explorer, measure: bool) -> Row:
    command = f"`python -m vae.evaluate {model.name} --split test --samples 10 --seed 0`"
    theirs = CURVE[100][0] if model.name == BEST else None
    figure = f"{model.latent_dim}-D, `{model.name}`, test loss"
    return Row(figure, theirs, -_elbo(model, measure), 0.0 if theirs else None, command)


def _elbo(model: Explorer, measure: bool) -> float:
    said: dict[str, Any] = model.metrics
    if not measure:
        return float(said["elbo"])
    images = sets.load(model.dataset.name, "test").floats()
    return float(model.evaluate(images, said["samples"], said["seed"]).elbo.mean())
