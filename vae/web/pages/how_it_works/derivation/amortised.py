"""Amortised inference: one encoder for all images, against a search for each image."""

import math

import streamlit as st

from vae.explorer import Explorer
from vae.latent import classes
from vae.web.kit import address, html, navigation
from vae.web.pages.how_it_works import code, layout

WORDS = r"""
The ELBO needs a $q$ for each image. There are two ways to get one.

**Per image**: every image has a mean and an sd of its own, and a search by gradient finds those that raise
its ELBO. A new image means a new search.

**Amortised**: one network, the encoder, looks at the image and answers with mean and sd. Its weights are
trained on all images at once, so the work is shared. A new image takes one pass.

**Move the number of images**: every search adds numbers of its own, while the encoder keeps as many as it
has.

- What the encoder learns from one image helps with the next one that looks alike. A search starts over each
  time.
- The encoder's answer is not quite the best one for each image. The ELBO that a search would gain on top is
  the **amortisation gap**.
- Both have a second gap: the true posterior is not a Gaussian with independent dimensions.

**Mean-field** is another question: it means that $q$ treats the dimensions of $z$ as independent,
$q(z\mid x) = \prod_d q(z_d\mid x)$. Here both ways do. And the ELBO stays the same function in both ways,
with both logs; only where its $q$ comes from differs:
$$
\sum_n \mathbb E_{q_\phi(z\mid x_n)}\big[\log p_\theta(x_n, z) - \log q_\phi(z\mid x_n)\big]
$$

The word *autoencoder* comes from here: without amortisation, a VAE is a decoder and no encoder at all.
"""
SOURCES = (
    "Kingma and Welling, Auto-Encoding Variational Bayes, 2014. "
    "The gaps: Cremer, Li and Duvenaud, Inference Suboptimality in Variational Autoencoders, 2018."
)
CLASSES = (0, 1, 6, 7)  # whose first images stand for all
COUNTS = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)  # images
SIDE = 56  # CSS pixels of an image, about
COUNT_HELP = "How many images are to be encoded. The model was trained on the number that is chosen at first."


def show(explorer: Explorer) -> None:
    """Both ways as a picture, their numbers, and the words."""
    figure, words = layout.columns()
    with words:
        layout.words(WORDS)
        inference = navigation.page("inference")
        st.page_link(inference.file, label="Refine q for one image, step by step")
        layout.source(SOURCES)
    with figure:
        if not layout.missing(explorer, "inference", "gaussian"):
            _figure(explorer)


@st.fragment
def _figure(explorer: Explorer) -> None:
    """Both ways as a picture, and how their numbers grow with the images."""
    st.html(_picture(explorer))
    if not explorer.can("encoder"):
        st.info(
            f"The layers of “{explorer.title}” are not known, so the encoder's numbers cannot be counted."
        )
        return
    trained_on = int(explorer.metrics.get("train_images", COUNTS[0]))
    counts = tuple(sorted({*COUNTS, trained_on}))
    images = address.choice("images_to_encode", counts, trained_on)
    st.select_slider("Images", counts, format_func="{:,}".format, help=COUNT_HELP, **images.widget())
    per_image, shared = 2 * explorer.latent_dim * images.value, encoder_weights(explorer)
    st.html(_bars({"Per image": per_image, "Amortised": shared}))
    st.markdown(_table(images.value))
    equal = math.ceil(shared / (2 * explorer.latent_dim))
    st.caption(
        f"Counted for “{explorer.title}”, {explorer.latent_dim} latent dimensions: from {equal:,} images on, "
        "the encoder has fewer numbers than all the searches together."
    )
    code.beside("latent/posterior_search.py", "_ascend", "_gradient", label="The code of a search")


def encoder_weights(explorer: Explorer) -> int:
    """How many numbers the encoder has learnt."""
    return sum(weight.size + bias.size for weight, bias in explorer.networks().encoder)


def _bars(counts: dict[str, int]) -> str:
    """Numbers to fit as bars, the longest as wide as its place."""
    rows = "".join(
        f'<dt>{name}</dt><dd><i style="width:{100 * count / max(counts.values()):.1f}%"></i>{count:,}</dd>'
        for name, count in counts.items()
    )
    return f'<div class="theory-counts"><p>Numbers to fit</p><dl>{rows}</dl></div>'


def _picture(explorer: Explorer) -> str:
    """Four images, each with its own search, and the same four with one encoder."""
    codes = explorer.codes("test")
    first = classes.representatives(codes.labels, len(codes), 1 + max(CLASSES))[list(CLASSES)]
    width = explorer.image_spec.css_width(SIDE)
    images = [html.picture_html(image, "", width) for image in explorer.decode(codes.mu[first])]
    q = "<b>mean, sd</b>"
    searches = "".join(f"{image}<i>search</i>{q}" for image in images)
    shared = "".join(f"{image}{'<i>encoder</i>' * (k == 0)}{q}" for k, image in enumerate(images))
    return (
        '<div class="theory-ways-of-inference">'
        f'<section><h3>Per image</h3><div class="each" role="img" aria-label="Each image has a search of '
        f'its own, which ends at its mean and sd">{searches}</div></section>'
        f'<section><h3>Amortised</h3><div class="all" role="img" aria-label="One encoder gives mean and sd '
        f'of all images">{shared}</div></section></div>'
    )


def _table(images: int) -> str:
    """Both ways in words, as Markdown."""
    rows = [
        (f"{images:,} image{'s' * (images > 1)}", "Per image", "Amortised"),
        ("---", "---", "---"),
        ("to fit", "mean and sd of each image", "the weights of the encoder"),
        ("a new image", "takes a new search, many steps", "takes one pass"),
        ("its ELBO", "the highest that a Gaussian q reaches", "a little lower"),
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
