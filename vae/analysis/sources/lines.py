"""The parts of the ledger: what the source articles state beside what our models reach.

Theirs: the Chainer VAE article, grey Bernoulli cross-entropy plus KL, nats per image, MNIST test images, 20
dimensions, 10 samples of z; its KL is the loss less the reconstruction. The training curve is that of our run
of its recipe, kept in its checkpoint.

Each part is a function that yields lines; with `measure` it measures what it can without training.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from vae import explorer
from vae.analysis import classifier, imputation, path_reading
from vae.analysis.sources import passed
from vae.analysis.sources.row import Line, Row, Sight
from vae.analysis.studies import study
from vae.explorer import Explorer
from vae.images import sets
from vae.latent import classes, paths

RECIPE = "seed-vae-20d"  # our run of the article's recipe
CURVE = {1: (136.44, 123.33), 10: (104.17, 86.02), 50: (98.15, 78.13), 100: (97.19, 76.94)}
"""Test loss and reconstruction after so many epochs, from the author's notebook, nats per image."""
TRAINING = (93.95, 73.68)  # training loss and reconstruction in the last epoch
TOLERANCE = 0.03  # relative: another framework, another seed
SAME = 0.001  # relative: two ways to the same minimum
PATH_ENDS, PATH_DIGITS, PATH_FRAMES = (0, 7), (0, 6, 2, 8, 9, 4, 7), 81  # the article's path in 2-D
PLANE, WIDE = "mnist-vae-2d", "mnist-vae-20d"  # ours in 2-D and in 20-D
BEST = (WIDE, "mnist-conv-vae-20d")  # of which the better one is meant to beat the article
PLANES = ("seed-vae-2d", PLANE)
CLOSED, DESCENDED = "mnist-pca-2d", "mnist-linear-ae-2d"
AGAIN = imputation.BATCH  # test images whose imputation is measured again
MISSED = {f"test KL after {epochs}" for epochs in ("1 epoch", "10 epochs", "50 epochs")}
MISSED |= {"training KL in epoch 100"}
SPLIT = "PyTorch, seed 0: more KL, less reconstruction"

Terms = tuple[float, float]  # nll and KL, nats per image


def curve(measure: bool) -> Iterator[Line]:
    """Loss, reconstruction and KL of the article's recipe, during training and at its end."""
    model = explorer.load(RECIPE)
    history: list[dict[str, float]] = model.metrics["history"]
    trained = f"`python -m vae.train` as in `assets/models/{RECIPE}.md`"
    for epoch, theirs in CURVE.items():
        after = f"after {epoch} epoch{'s' if epoch > 1 else ''}"
        if epoch < len(history):
            ours = history[epoch - 1]["test_nll"], history[epoch - 1]["test_kl"]
            yield from _terms(f"test {{}} {after}", theirs, ours, trained)
        else:
            yield from _terms(f"test {{}} {after}", theirs, _score(model, measure), _evaluated(RECIPE))
    last = history[len(history) - 1]
    yield from _terms(f"training {{}} in epoch {len(history)}", TRAINING, (last["nll"], last["kl"]), trained)


def best(measure: bool) -> Iterator[Line]:
    """Our best model of as many dimensions."""
    model = max(map(explorer.load, BEST), key=lambda each: float(each.metrics["elbo"]))
    loss = sum(_score(model, measure))
    figure = f"20-D, `{model.name}`, test loss, beside the article's after 100 epochs"
    yield Row(figure, CURVE[100][0], loss, 0.0, _evaluated(model.name), "beat")


def plane(measure: bool) -> Iterator[Line]:
    """The best plane beside that of the article's recipe, for which the article gives no number."""
    recipe, ours = (sum(_score(explorer.load(name), measure)) for name in PLANES)
    figure = f"2-D, `{PLANE}`, test loss, beside `{PLANES[0]}`, the article's recipe"
    yield Row(figure, recipe, ours, 0.0, _evaluated(PLANE), "beat")


def linear(measure: bool) -> Iterator[Line]:
    """The error of the linear autoencoder beside that of PCA in closed form, which no linear one beats."""
    descended, closed = (_mse(explorer.load(name), measure) for name in (DESCENDED, CLOSED))
    figure = f"2-D, `{DESCENDED}`, error per pixel, beside PCA in closed form"
    command = f"`python -m vae.evaluate {DESCENDED}`, `python -m vae.evaluate {CLOSED}`"
    yield Row(figure, closed, descended, SAME, command, decimals=5)


def imputed(measure: bool) -> Iterator[Line]:
    """The errors of iterated imputation and of the sampled chain beside that of the article's single pass."""
    model = explorer.load(PLANE)
    found = imputation.measure(PLANE, AGAIN) if measure else imputation.shipped(model) or {"masks": {}}
    for words, row in found["masks"].items():
        about = f"2-D, `{PLANE}`, error on {words}"
        for way, name in (("iterated", "iterated"), ("chain", "sampled chain")):
            figure = f"{about}: {name}, {found['steps']} steps, beside one pass"
            yield Row(
                figure, row["one_pass"][0], row[way][0], 0.0, f"`{found['command']}`", "beat", decimals=4
            )


def passed_digits(measure: bool) -> Iterator[Line]:
    """Other digits on the straight paths of the 20-D model beside those of the plane."""
    models = [explorer.load(name) for name in (PLANE, WIDE)]
    counts = [passed.count(model) if measure else passed.shipped(model) for model in models]
    if None in counts:
        return
    plane_count, count = (each["others"][0] for each in counts if each)
    figure = f"20-D, `{WIDE}`, other digits that a straight path between two digits passes, beside `{PLANE}`"
    yield Row(figure, plane_count, count, 0.0, f"`python -m vae.paths {WIDE}`", "beat")


def path(measure: bool) -> Iterator[Line]:
    """The digits that a classifier reads on the straight path that the article shows."""
    theirs = "-".join(map(str, PATH_DIGITS))
    for name in PLANES:
        digits = "-".join(map(str, read_path(explorer.load(name))))
        yield Sight(f"2-D, `{name}`, digits on the path 0 → 7", theirs, digits, "`python -m vae.ledger`")


def path_seeds(measure: bool) -> Iterator[Line]:
    """How many of some short trainings, which differ in their seed only, show the article's path."""
    said = study.read("path-seeds").said
    read = [tuple(digits) for digits in said["read"]]
    theirs = "-".join(map(str, PATH_DIGITS))
    figure = f"2-D, {len(read)} seeds of a short training, those whose path 0 → 7 reads {theirs}"
    yield Sight(figure, "1 of 1", f"{read.count(PATH_DIGITS)} of {len(read)}", f"`{said['command']}`")


def read_path(model: Explorer) -> tuple[int, ...]:
    """The digits on the straight path from the first test image of a 0 to that of a 7, equal ones merged."""
    codes = model.codes("test")
    ends = codes.mu[classes.first_of_each(codes.known_labels, 10)[list(PATH_ENDS)]]
    images = model.decode(paths.linear_path(ends[0], ends[1], PATH_FRAMES))
    return path_reading.merge_runs(classifier.read(classifier.PATH).labels(images).tolist())


def _terms(figure: str, theirs: Terms, ours: Terms, command: str) -> Iterator[Row]:
    """Loss, reconstruction and KL; theirs are loss and reconstruction, ours nll and KL."""
    loss, reconstruction = theirs
    pairs = {
        "loss": (loss, sum(ours)),
        "reconstruction": (reconstruction, ours[0]),
        "KL": (loss - reconstruction, ours[1]),
    }
    for name, (their, our) in pairs.items():
        about = figure.format(name)
        known = SPLIT if about in MISSED else ""
        yield Row(f"20-D, the article's recipe, {about}", their, our, TOLERANCE, command, known=known)


def _evaluated(name: str) -> str:
    return f"`python -m vae.evaluate {name} --split test --samples 10 --seed 0`"


def _score(model: Explorer, measure: bool) -> Terms:
    """nll and KL of the test images, nats per image."""
    said: dict[str, Any] = model.metrics
    if not measure:
        return float(said["nll"]), float(said["kl"])
    terms = model.evaluate(_test_images(model), said["samples"], said["seed"])
    return float(terms.nll.mean()), float(terms.kl.mean())


def _mse(model: Explorer, measure: bool) -> float:
    """Squared error of the mean decoded from mu, per pixel of the test images."""
    if not measure:
        return float(model.metrics["mse"])
    images = _test_images(model)
    decoded = model.model.decode(model.encode(images).mu)  # not cut to [0, 1], as in training
    return float(np.square(decoded - images, dtype=np.float64).mean())


def _test_images(model: Explorer) -> np.ndarray:
    return sets.load(model.dataset.name, "test").floats()
