"""What single dimensions do: collapse, log_var at its bound, dead and duplicate ones.

Symbols: N images, D latent_dim.
"""

import numpy as np
from numpy.typing import NDArray

from vae.analysis import active
from vae.analysis.doctor.finding import Finding, Gravity, graded, unasked

Floats = NDArray[np.floating]

FEW = 1 / 3  # of the dimensions; a code that uses fewer was meant to be another one
NOTHING = 0.1  # nats per image: a tenth of a coin's throw tells no two images apart
NEAR = 0.98  # of the bound, where a soft bound lets a 25th of the gradient through
SOME, MANY = 0.05, 0.2  # of all log_var of dimensions in use
ALIKE, SAME = 0.8, 0.95  # correlation of two dimensions: half, and a tenth, of the variance is one's own
MANY_ALIKE = 1 / 3  # of the dimensions in use, that say what another one says
MUTE = 1e-3  # levels by which a picture changes with z: none that anyone sees
SILENT = 0.01  # of the largest answer: a dimension that is in use but paints nothing
LOUD = 0.25  # of the median answer: one that is not in use and paints


def collapse(kl_per_dim: Floats | None, mu: Floats, size: int) -> Finding:
    """How many dimensions are in use, by the mean KL (D,) of each or by the variance of mu (N, D).

    Dimensions out of use are nothing bad as such: a VAE prunes what pays less than it costs (Dai, Wang and
    Wipf, The Usual Suspects?, 2020, section 3); the healthy 20-D models use 12 to 18. With none in use, or
    less than NOTHING nats in all, the decoder paints the same for each image (Lucas et al., Don't Blame the
    ELBO!, 2019). Fewer than FEW are serious. `size`: numbers of an image, for the usual cause.
    """
    variance = mu.astype(np.float64).var(axis=0)
    by_kl = kl_per_dim is not None
    used = active.is_active(kl_per_dim) if kl_per_dim is not None else variance > active.VARIANCE
    count, total = int(used.sum()), len(used)
    arrays = {"kl": np.asarray(kl_per_dim if kl_per_dim is not None else variance, np.float64)}
    is_empty = not count or (kl_per_dim is not None and float(np.sum(kl_per_dim)) < NOTHING)
    gravity: Gravity = "well" if count == total else "note"
    if is_empty:
        gravity = "grave"
    elif count < FEW * total or (count < total <= 3):
        gravity = "serious"
    words = "Each costs at least 0.01 nats of KL." if by_kl else "Each varies with the image."
    change = ""
    idle = int((used & (variance <= active.VARIANCE)).sum()) if count else 0
    if idle and not is_empty:
        gravity = "serious"
        words += f" Of {idle} of them mu is the same for every image: what they cost says nothing."
        change = "Look whether mu and log_var come out in this order, and at the weight of the KL."
    if is_empty:
        words = "The code says nothing: every image is decoded to the same picture."
    elif count < total:
        words += " The others are the prior's noise, which the decoder has learnt to overlook."
    if gravity in ("grave", "serious") and not change:
        change = (
            "Look at the weight of the KL first: a reconstruction averaged over the pixels makes it "
            f"{size:,} times too large. Then let it rise from 0 over the first tenth of the training."
        )
    elif gravity == "note":
        change = f"Nothing; a latent_dim of {max(count, 1)} would do as well."
    return Finding(
        "collapse", gravity, f"{count} of {total}", "dimensions in use", words, change, count, arrays
    )


def bound(log_var: Floats, limits: tuple[float, float], used: NDArray[np.bool_]) -> Finding:
    """The share of log_var (N, D) of dimensions in use that lie at what the encoder can say at most or least.

    A soft bound that is reached lets no gradient through: the width stays there. A hundredth of the images
    may be there, as of the twin of AVB in two dimensions; a fifth says that the bound sets the width, not
    the data.
    """
    low, high = limits
    if not np.isfinite(low) and not np.isfinite(high):
        return unasked("bound", "Nobody says within which bounds its log_var stays.")
    if not used.any():
        return unasked("bound", "No dimension is in use, so the widths say nothing.")
    values = log_var[:, used]
    at_low = float((values < NEAR * low).mean()) if np.isfinite(low) else 0.0
    at_high = float((values > NEAR * high).mean()) if np.isfinite(high) and high > 0 else 0.0
    share = max(at_low, at_high)
    counts, edges = np.histogram(values, 60)
    arrays = {"counts": counts, "edges": edges, "limits": np.array([low, high])}
    gravity = graded(share, SOME, MANY)
    side, end = ("least", low) if at_low >= at_high else ("greatest", high)
    words = f"This share lies at the {side} that the encoder can say, {end:g}.".replace("-", "−")
    change = ""
    if gravity != "well" and side == "least":
        words += " Codes would be narrower if they could: nats are lost, or the KL weighs too little."
        change = (
            "Widen the bound (`--log-var-bound 16`), or look at the weight of the KL first if it is small."
        )
    elif gravity != "well":
        words += " Codes are wider than the prior, which no image gains from."
        change = "Lower the learning rate, and clip the gradient's norm."
    return Finding("bound", gravity, f"{share:.1%}", "of log_var at the bound", words, change, share, arrays)


def units(mu: Floats, used: NDArray[np.bool_], answers: Floats | None) -> Finding:
    """Whether a dimension says what another one says, or the decoder answers to the wrong ones.

    mu (N, D); `answers` (D,) is how much the decoder's image changes with each dimension, root mean square.
    Two dimensions whose mu correlate beyond SAME share nine tenths of their variance: one of them would do,
    which is a note, and serious where MANY_ALIKE of those in use have such a double. The shipped models have
    up to 0.64. A decoder whose picture moves by less than MUTE decodes nothing, which is grave. A dimension
    in use whose answer is SILENT of the largest costs nats and paints nothing; one out of use with an answer
    LOUD of the median is noise in every picture.
    """
    if not used.any():
        return unasked("units", "No dimension is in use, so none can be compared with another.")
    places = np.flatnonzero(used)
    both = np.abs(np.atleast_2d(np.corrcoef(mu[:, places].astype(np.float64), rowvar=False)))
    np.fill_diagonal(both, 0)
    most = float(both.max())
    first, second = (int(places[k]) + 1 for k in np.unravel_index(int(both.argmax()), both.shape))
    arrays: dict[str, NDArray[np.floating]] = {"correlation": both, "places": places + 1.0}
    silent, loud = _odd(used, answers)
    gravity: Gravity = "note" if most >= ALIKE else "well"
    if float((both.max(axis=0) > SAME).sum()) > max(2.0, MANY_ALIKE * len(places)):
        gravity = "serious"
    words = "No two dimensions tell the same of an image." if len(places) > 1 else ""
    change = ""
    if gravity != "well":
        words = f"Dimensions {first} and {second} tell nearly the same of an image."
        change = "Nothing, or a latent_dim smaller by 1; if many are alike, the KL weighs too little."
    if answers is not None and answers.max() < MUTE:
        gravity, words = "grave", "The decoder paints the same picture for every code: it does not hear z."
        change = "Look whether z reaches the decoder's first layer, and whether its weights are its own."
    elif silent or loud:
        gravity = "serious"
        words += _said(silent, loud)
        change = "Train on: encoder and decoder disagree about which dimensions are in use."
    elif answers is not None:
        arrays["answers"] = np.asarray(answers)
        words = f"{words} The decoder answers to the dimensions in use, and to no other.".strip()
    number = f"{most:.2f}" if len(places) > 1 else "1"
    unit = "largest correlation" if len(places) > 1 else "dimension in use"
    return Finding("units", gravity, number, unit, words, change, most, arrays)


def _odd(used: NDArray[np.bool_], answers: Floats | None) -> tuple[list[int], list[int]]:
    """Dimensions in use that paint nothing, and those out of use that paint, counted from 1."""
    if answers is None or not answers.max() > 0:
        return [], []
    silent = used & (answers < SILENT * answers.max())
    loud = ~used & (answers > LOUD * np.median(answers[used]))
    return [int(k) + 1 for k in np.flatnonzero(silent)], [int(k) + 1 for k in np.flatnonzero(loud)]


def _said(silent: list[int], loud: list[int]) -> str:
    words = ""
    if silent:
        words += f" In use, but not heard by the decoder: {', '.join(map(str, silent))}."
    if loud:
        words += f" Noise that the decoder paints: {', '.join(map(str, loud))}."
    return words
