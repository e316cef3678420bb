"""Step 8, amortised inference: one encoder for all images, against a search for each image."""

import math
from typing import TYPE_CHECKING

import streamlit as st

from vae import latent
from vae.config import tensor_shapes
from vae.web import parts
from vae.web.frame import PAGES
from vae.web.theory import layout

if TYPE_CHECKING:
    from vae.explorer import Explorer

PAGE = "pages/inference.py"
WORDS = r"""
The ELBO needs a $q$ for each image. There are two ways to get one.

**Per image** (mean-field variational inference): every image has a mean and an sd of its own, and a search
by gradient finds those that raise its ELBO. A new image means a new search.

**Amortised**: one network, the encoder, looks at the image and answers with mean and sd. Its weights are
trained on all images at once, so the work is shared. A new image takes one pass.

- What the encoder learns from one image helps with the next one that looks alike. A search starts anew each
  time.
- The encoder's answer is not quite the best one for each image. The ELBO that a search would gain on top is
  the **amortisation gap**.
- Both have a second gap: the true posterior is not a Gaussian with independent dimensions.

The word *autoencoder* comes from here: without amortisation, a VAE is a decoder and no encoder at all.
"""
SOURCES = (
    "Kingma and Welling, Auto-Encoding Variational Bayes, 2014. "
    "The gaps: Cremer, Li and Duvenaud, Inference Suboptimality in Variational Autoencoders, 2018."
)
CLASSES = (0, 1, 6, 7)  # whose images stand for all


def show(explorer: "Explorer") -> None:
    """Both ways as a picture, their numbers, and the words."""
    figure, words = layout.columns()
    with words:
        st.markdown(WORDS)
        if PAGE in PAGES:
            st.page_link(PAGE, label="Refine q for one image, step by step")
        st.caption(SOURCES)
    with figure:
        st.html(_picture(explorer))
        st.markdown(_table(explorer))
        st.caption(f"Counted for {explorer.name}: {explorer.latent_dim} latent dimensions.")


def _picture(explorer: "Explorer") -> str:
    """Four images, each with its own search, and the same four with one encoder."""
    codes = explorer.codes("test")
    first = latent.first_of_each_class(codes.labels)[list(CLASSES)]
    images = explorer.decode(codes.mu[first])
    digits = [parts.picture_html(image, "", 56) for image in images]
    q = "<b>mean, sd</b>"
    searches = "".join(f"{digit}<i>search</i>{q}" for digit in digits)
    shared = "".join(f"{digit}{'<i>encoder</i>' * (k == 0)}{q}" for k, digit in enumerate(digits))
    return (
        '<div class="theory-ways-of-inference">'
        f'<section><h4>Per image</h4><div class="each" role="img" aria-label="Each image has a search of '
        f'its own, which ends at its mean and sd">{searches}</div></section>'
        f'<section><h4>Amortised</h4><div class="all" role="img" aria-label="One encoder gives mean and sd '
        f'of all images">{shared}</div></section></div>'
    )


def _table(explorer: "Explorer") -> str:
    """Both ways in numbers and words, as Markdown."""
    shapes = tensor_shapes(explorer.config)
    weights = sum(math.prod(shape) for name, shape in shapes.items() if name.startswith("encoder."))
    images = explorer.metrics.get("train_images", 0)
    rows = [
        ("", "Per image", "Amortised"),
        ("---", "---", "---"),
        ("numbers to fit", f"{2 * explorer.latent_dim * images:,}", f"{weights:,}"),
        ("which are", f"mean and sd of {images:,} training images", "weights of the encoder"),
        ("a new image", "takes a new search, many steps", "takes one pass"),
        ("its ELBO", "the highest that a Gaussian q reaches", "a little lower"),
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
