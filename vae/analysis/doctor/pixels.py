"""What a decoder paints, pixel by pixel: the range, the noise that is assumed, and how much blurs.

Symbols: x (N, H, W, C) images in [0, 1], means (N, H, W, C) what the decoder makes of their codes, unclipped.
"""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from vae.analysis.doctor.finding import Finding, Gravity, graded, unasked
from vae.model.protocol import Likelihood

Floats = NDArray[np.floating]

MARGIN = 0.05  # beyond [0, 1], that no rounding explains
FEW, MANY, MOST = 0.005, 0.05, 0.2  # of all pixels outside: PCA, whose mean is linear, has 0.014
SLOPES = (0.5, 2.0)  # of levels x over means, 1 where means are right on average
STEEP = 1.1  # factor by which a slope may be off until it is noted: contrast is lost or invented
BETTER = 0.5  # of the error: by images in another range it must fall by so much to be the one that is meant
COARSE, FINE = 10.0, 0.1  # assumed variance of a pixel over that of its error
DULL, BLIND = 0.1, 0.02  # cycles a pixel at which half of the power is lost
BANDS = 16
TINY = 1e-12

ANOTHER_WAY = "Give the images to the encoder as it was trained, or train again on levels from 0 to 1."
OTHER_LEVELS = "Bring the decoder's output to levels from 0 to 1, and its loss to the same levels."
SCALED = "Train longer; if you scaled the decoder's output yourself, do not."


def range_of(
    x: Floats, means: Floats, others: Mapping[str, float] | None = None, is_linear: bool = False
) -> Finding:
    """Whether encoder and decoder keep to levels from 0 to 1.

    Where the means are right on average a line through levels over means has slope 1, however much blurs; of
    the shipped models it has 0.99 to 1.03. With means from -1 to 1 it has 0.5, with logits far less, and
    means lie outside [0, 1]. `others`: the share of the error that is left when the encoder gets the images
    in another way, such as from -1 to 1; by that its own way is found out. A linear mean leaves the range,
    which is a note.
    """
    outside = float(((means < -MARGIN) | (means > 1 + MARGIN)).mean())
    counts = [np.histogram(each, 40, (-1.5, 2.5))[0] for each in (x, means)]
    arrays = {"originals": counts[0], "means": counts[1], "limits": np.array([-1.5, 2.5])}

    def found(gravity: Gravity, words: str, change: str = "") -> Finding:
        return Finding(
            "range", gravity, f"{outside:.1%}", "of pixels outside", words, change, outside, arrays
        )

    way, left = min((others or {"": 1.0}).items(), key=lambda each: each[1])
    if left < BETTER:
        words = f"With images {way} the error falls to {left:.0%}: on such the encoder was trained."
        return found("grave", words, ANOTHER_WAY)
    slope = _slope(means, x)
    words = "This share of the decoder's pixels lies outside 0 to 1."
    if slope is not None:
        words += f" A line through levels over means has slope {slope:.2f} (right: 1)."
    gravity = graded(outside, FEW, MANY, MOST)
    if slope is not None and not SLOPES[0] < slope < SLOPES[1]:
        return found("grave", words + _ends(means), OTHER_LEVELS)
    if gravity != "well" and not (is_linear and gravity != "grave"):
        return found(gravity, words + _ends(means), OTHER_LEVELS)
    if gravity != "well":
        return found("note", f"{words} Its mean is linear in z.")
    if slope is not None and not 1 / STEEP < slope < STEEP:
        look = "pale" if slope > 1 else "harsh"
        words += f" The pictures are too {look}: more images, or a longer training, would set that right."
        return found("note", words, SCALED)
    return found("well", words)


def noise(x: Floats, means: Floats, likelihood: Likelihood | None) -> Finding:
    """The variance that a Gaussian likelihood assumes of a pixel over the mean square of its error.

    The best variance is that of the error itself; one that is k times as large trains as beta = k would,
    with the best variance (Rybkin et al., 2021, section 3). The usual squared error assumes 1/2. COARSE is a
    note, since with few dimensions it costs little: whether it cost too much, `collapse` says. Too small a
    variance, FINE, is serious: the code then says what is noise.
    """
    if likelihood is None or likelihood.pixel_sd is None:
        return unasked("noise", "Its likelihood has no noise of a pixel to be chosen.")
    error = float(np.square(x - means, dtype=np.float64).mean())
    ratio = likelihood.pixel_sd**2 / max(error, TINY)
    words = (
        f"A pixel is assumed to be {likelihood.pixel_sd:.3f} off, and is {math.sqrt(error):.3f} off: it "
        f"trains as β = {ratio:.2g} would with the right noise."
    )
    gravity: Gravity = "serious" if ratio <= FINE else "note" if ratio >= COARSE else "well"
    change = "" if gravity == "well" else "Learn the variance of a pixel (`--pixel-variance 0`)."
    deviations = np.sqrt(np.square(x - means, dtype=np.float64).mean(axis=(0, 3)))
    arrays = {"errors": deviations, "assumed": np.array(likelihood.pixel_sd)}
    return Finding("noise", gravity, f"{ratio:.2g}", "times the right variance", words, change, ratio, arrays)


def blur(x: Floats, means: Floats) -> Finding:
    """The frequency at which a reconstruction has lost half of its original's power, cycles a pixel.

    The mean of all images that a code may stand for is smooth where they differ: blur is what the code does
    not say, and power and error add up to the original's. Where they do not, the decoder loses what the code
    does say. A few numbers for an image blur it, of the emoji in a plane half the power is lost at 0.03: DULL
    is a note, BLIND serious: less than half is left even of the coarsest band.
    """
    frequencies, originals = _spectrum(x)
    made, missing = (_spectrum(each)[1] for each in (means, x - means))
    if not originals.sum() > 0:
        return unasked("blur", "These images have no structure to be lost.")
    kept = made / np.maximum(originals, TINY)
    half = _crossing(frequencies, kept)
    explained = float((made + missing).sum() / originals.sum())
    gravity: Gravity = "serious" if half <= BLIND else "note" if half <= DULL else "well"
    words = f"Half of the power is lost there: details below {0.5 / half:.0f} pixels blur."
    change = ""
    if gravity != "well":
        words += f" Power and error add up to {explained:.0%} of the original's: "
        words += (
            "the code does not say more." if explained > 0.85 else "the decoder loses what the code says."
        )
        change = "More latent dimensions, a smaller assumed noise of a pixel, or a decoder with more layers."
    arrays = {"frequencies": frequencies, "kept": kept, "missing": missing / np.maximum(originals, TINY)}
    return Finding("blur", gravity, f"{half:.2f}", "cycles a pixel", words, change, half, arrays)


def unexplained(x: Floats, means: Floats) -> float:
    """The share of the variance of x that a line through it over the means leaves, in [0, 1]."""
    levels, said = x.ravel().astype(np.float64), means.ravel().astype(np.float64)
    if not (levels.std() > 0 and said.std() > 0):
        return 1.0
    return float(1 - np.square(np.corrcoef(levels, said)[0, 1]))


def _slope(means: Floats, x: Floats) -> float | None:
    """Of a line through levels x over means, None where the means hardly vary."""
    said = means.ravel().astype(np.float64)
    if said.std() < 0.02:
        return None
    return float(np.cov(said, x.ravel().astype(np.float64))[0, 1] / said.var())


def _ends(means: Floats) -> str:
    """From where to where they go, and what that tells."""
    low, high = (float(each) for each in np.quantile(means, (0.001, 0.999)))
    return f" They go from {low:.2f} to {high:.2f}".replace("-", "−") + f": {_guess(low, high)}."


def _guess(low: float, high: float) -> str:
    if low < -MARGIN and low > -1.5 and high < 1.5:
        return "the decoder seems to say levels from −1 to 1"
    if high > 20:
        return "the decoder seems to say levels from 0 to 255"
    if low < -1.5:
        return "the decoder seems to say logits, before the sigmoid"
    return "the decoder says other levels than those of the images"


def _spectrum(images: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Frequencies in any direction, cycles a pixel, and the mean power of images (N, H, W, C) around each.

    Of the BANDS up to 0.5 those that hold a frequency of such an image; its mean, frequency 0, is left out.
    """
    power = np.square(np.abs(np.fft.fft2(images, axes=(1, 2)))).mean(axis=(0, 3))
    down, across = (np.fft.fftfreq(size) for size in power.shape)
    frequency = np.hypot(down[:, None], across)
    chosen = (frequency > 0) & (frequency < 0.5)
    band = (frequency[chosen] / (0.5 / BANDS)).astype(int)
    counts = np.bincount(band, minlength=BANDS)
    held = counts > 0
    centres = np.bincount(band, frequency[chosen], BANDS)[held] / counts[held]
    return centres, np.asarray(np.bincount(band, power[chosen], BANDS)[held], np.float64)


def _crossing(frequencies: Floats, kept: Floats) -> float:
    """The first frequency at which less than half is kept, the last one where there is none."""
    below = np.flatnonzero(kept < 0.5)
    if not len(below):
        return float(frequencies[-1])
    k = int(below[0])
    if k == 0:
        return float(frequencies[0]) / 2
    share = (kept[k - 1] - 0.5) / (kept[k - 1] - kept[k])
    return float(frequencies[k - 1] + share * (frequencies[k] - frequencies[k - 1]))
