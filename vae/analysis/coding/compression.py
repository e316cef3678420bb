"""How many bytes an image takes: its pixels, as PNG and JPEG, and as a code.

A code needs the model on both sides, as a JPEG needs a decoder of JPEGs; that is not counted.
"""

import io
import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from vae.explorer import Explorer
from vae.images import export
from vae.images.spec import Floats
from vae.model.posterior import Posterior

BITS = 8  # of a byte
FLOAT16 = 2  # bytes of a number of a code
QUALITY = 50  # of a JPEG, of 100
DRAWS = 20  # codes over whose pictures the error is a mean


@dataclass(frozen=True)
class Size:
    """A way to keep an image.

    Arguments:
        name: The way.
        bytes: What it takes.
        error: Squared error per pixel of what comes back, levels in [0, 1]; 0 without loss.
    """

    name: str
    bytes: float
    error: float


def sizes(explorer: Explorer, image: Floats) -> list[Size]:
    """The sizes of an image (H, W, C) in [0, 1], made bytes: pixels, files, and the model's code."""
    q = explorer.encode(image[None])
    back = explorer.decode(q.mu.astype(np.float16))
    code = f"code mu, {explorer.latent_dim} numbers in float16"
    found = [
        Size("pixels, one byte each", image.size, 0.0),
        Size("PNG", len(_file(image, "PNG", optimize=True)), 0.0),
        _jpeg(image),
        Size(code, FLOAT16 * explorer.latent_dim, _error(image, back)),
    ]
    if q.form == "gaussian":
        found.append(_drawn(explorer, image, q))
    return found


def nats_to_bits(nats: float) -> float:
    """An amount of information in bits."""
    return nats / math.log(2)


def _drawn(explorer: Explorer, image: Floats, q: Posterior) -> Size:
    """A code drawn from q(z|x), which costs KL(q(z|x) || p(z)) where both sides share the prior.

    A constant and a logarithm of the KL come on top: Havasi et al., Minimal random code learning (2019).
    """
    kl = q.kl_per_dim()
    assert kl is not None  # of a Gaussian
    z = q.sample(DRAWS, np.random.default_rng(0))[:, 0]
    return Size(
        "code drawn from q(z|x), its KL",
        nats_to_bits(float(kl.sum())) / BITS,
        _error(image, explorer.decode(z)),
    )


def _jpeg(image: Floats) -> Size:
    content = _file(image, "JPEG", quality=QUALITY, optimize=True)
    with Image.open(io.BytesIO(content)) as opened:
        back = np.asarray(opened, np.float32).reshape(image.shape) / np.float32(255)
    return Size(f"JPEG, quality {QUALITY}", len(content), _error(image, back))


def _file(image: Floats, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    export.picture(image).save(buffer, kind, **options)
    return buffer.getvalue()


def _error(image: Floats, back: Floats) -> float:
    """Mean squared error of one picture (H, W, C) or of several (N, H, W, C)."""
    return float(np.square(back - image, dtype=np.float64).mean())
