"""What a training left behind: new images beside those trained on, the amortisation gap, the losses.

Nats are compared with what was learnt: by how many nats the loss on new images is below that of a decoder
which paints the mean of all images. So a threshold means the same for a likelihood that is a density, whose
nats have no zero, and for images of any size.

Symbols: N images; losses are -ELBO, or nll where there is no ELBO, in nats per image.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from vae.analysis.doctor.finding import Finding, Gravity, graded, unasked
from vae.model import likelihood as costs
from vae.model.protocol import Likelihood

Floats = NDArray[np.floating]

NOTHING = "Its loss is no lower than that of a decoder which paints the mean image: see the new images."
ERRORS = 3  # standard errors that a difference must exceed to be one
SOME, MANY, MOST = 0.15, 0.3, 0.6  # of what was learnt, that holds for the training images only
LEFT, MUCH = 0.15, 0.3  # of what was learnt, that the encoder leaves on the table
RISEN, FAR_RISEN = 0.05, 0.25  # of what an epoch gained in all, that the last one lies above the best


def baseline(x: Floats, likelihood: Likelihood) -> float:
    """-log p of images x (N, H, W, C) by a decoder that paints their mean, nats per image."""
    rows = x.reshape(len(x), -1).astype(np.float64)
    mean = np.clip(rows.mean(axis=0), 1 / (2 * len(rows)), 1 - 1 / (2 * len(rows)))
    if likelihood.pixel_sd is None:
        nll = costs.bernoulli_nll(costs.logit(mean), rows)
    else:
        nll = costs.gaussian_nll(mean, rows, 2 * math.log(likelihood.pixel_sd))
    return float(nll.sum(axis=1).mean())


def generalisation(train: Floats, test: Floats, base: float) -> Finding:
    """How much dearer new images (N,) are than training images (M,), of what was learnt.

    The shipped models lose 0 to 12 %, those of a thousand emoji most. SOME is a note, MANY serious, MOST
    grave: more than half of what it knows it knows by heart. Of a difference below ERRORS standard errors
    that would not be well it is noted that nobody can tell.
    """
    gap = float(test.mean(dtype=np.float64) - train.mean(dtype=np.float64))
    error = math.hypot(*(float(each.std()) / math.sqrt(len(each)) for each in (train, test)))
    learnt = base - float(test.mean(dtype=np.float64))
    if learnt <= 0:
        return worse_than_mean(-learnt)
    share = gap / (learnt + gap)
    gravity: Gravity = graded(share, SOME, MANY, MOST)
    words = (
        f"New images cost this much more than those it was trained on (± {error:.1f} nats): "
        f"{max(share, 0):.0%} of what it has learnt."
    )
    change = ""
    if gap < ERRORS * error and gravity != "well":
        gravity = "note"
        words += f" It may be chance: {len(test):,} test images are too few to tell."
    if gravity != "well":
        change = (
            "Stop earlier, train on more images or warped ones (`--augment`, `--warp`), or use narrower "
            "networks."
        )
    arrays = {"train": np.sort(train), "test": np.sort(test)}
    return Finding("generalisation", gravity, _nats(gap), "nats dearer", words, change, gap, arrays)


def worse_than_mean(by: float) -> Finding:
    """Of a model whose loss is `by` nats above that of a decoder which paints the mean image."""
    words = (
        "Whoever paints the mean of all images, whatever the image, has a loss that is this much lower: "
        "model and images do not fit, or it was not trained."
    )
    change = "Look at the other findings first: the weight of the KL, the range of the pixels, the codes."
    return Finding("generalisation", "grave", _nats(by), "nats above the mean image", words, change, -by)


def amortisation(gains: Floats, learnt: float, where: str, by_weight: bool = False) -> Finding:
    """What a search for each image's own q(z|x) gains over the encoder, gains (N,), of what was learnt.

    Cremer, Li and Duvenaud (2018) find a few nats where models have learnt a hundred; ours leave 1 to 6 % of
    it. LEFT is a note, MUCH serious: a wider encoder is worth more than another decoder. `by_weight`: the
    encoder was trained for another weight of the KL than the search has, which explains a gain.
    """
    mean, error = float(gains.mean()), float(gains.std(ddof=1)) / math.sqrt(len(gains))
    if learnt <= 0:
        return unasked("amortisation", NOTHING)
    share = mean / learnt
    gravity = graded(share, LEFT, MUCH) if mean > ERRORS * error else "well"
    words = (
        "A search for each image's own posterior gains this much over the encoder's answer, on average "
        f"(± {error:.1f}, median {np.median(gains):.1f}; {where}): {share:.0%} of what was learnt."
    )
    change = "" if gravity == "well" else "A wider or deeper encoder, or a longer training."
    if by_weight and gravity != "well":
        gravity, change = "note", "The weight of the KL first; what is then left is the encoder's."
        words += " The encoder was trained for another weight of the KL: the search finds the widths for 1."
    arrays = {"gains": np.sort(gains)}
    return Finding("amortisation", gravity, f"{mean:.1f}", "nats at least", words, change, mean, arrays)


def history(rows: Sequence[Mapping[str, float]], beta: float) -> Finding:
    """Whether the losses of the epochs are numbers, and whether they ended where they were best.

    `rows` as a run writes them: `nll` and `kl` of each epoch, of the test images too where it kept them. An
    end RISEN above the best epoch, by what all epochs gained, is a note, FAR_RISEN serious; a loss that is
    no number is grave.
    """
    if len(rows) < 2:
        return unasked("history", "No record of its training is there.")
    test = all("test_nll" in row and "test_kl" in row for row in rows)
    names = ("test_nll", "test_kl") if test else ("nll", "kl")
    losses = np.array([_number(row.get(names[0])) + beta * _number(row.get(names[1])) for row in rows])
    kls = np.array([_number(row.get(names[1])) for row in rows])
    broken = np.flatnonzero(~np.isfinite(losses))
    arrays = {"losses": losses, "kl": kls}
    if len(broken):
        words = f"The loss of epoch {broken[0] + 1} is no number; {len(broken)} of {len(rows)} epochs are so."
        change = "Halve the learning rate, clip the gradient's norm, and look whether the images hold NaN."
        return Finding(
            "history",
            "grave",
            f"{len(broken)}",
            "epochs without a number",
            words,
            change,
            len(broken),
            arrays,
        )
    best = int(losses.argmin())
    gained = max(float(losses[0] - losses[best]), 1e-9)
    risen = float(losses[-1] - losses[best]) / gained
    gravity = graded(risen, RISEN, FAR_RISEN)
    of = " of test images" if test else ""
    words = f"{len(rows)} epochs, all losses{of} are numbers, the lowest in epoch {best + 1}"
    words += "." if best == len(rows) - 1 else f"; the last one lies {risen:.1%} of what was gained above it."
    change = "" if gravity == "well" else "Lower the learning rate toward the end, or keep the best epoch."
    return Finding("history", gravity, f"{risen:.1%}", "above the best epoch", words, change, risen, arrays)


def _number(value: float | None) -> float:
    """NaN where a run wrote none."""
    return math.nan if value is None else float(value)


def _nats(value: float) -> str:
    return f"{value + 0.0:,.1f}".replace("-", "−")
