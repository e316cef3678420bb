"""A training to watch: the codes of the same images, look by look, moved in the browser."""

from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from vae.analysis.studies.study import Study
from vae.figures import class_colours
from vae.images.export import data_uri, png
from vae.web.kit import address
from vae.web.live import answers
from vae.web.pages.how_it_works import code, layout, moving, studied

CLASSES, REACH = 10, 4.5  # of the digits; how far the plane reaches, prior standard deviations
WORDS = r"""
Nobody places the codes. This is a small VAE while it learns, seen again and again. Each numeral on the plane
is the code of one test image and says which digit that shows, which the networks are never told.

**Press Play, or move the slider.**

- **At first** the networks know nothing. Every image gets nearly the same code, and whatever the code, the
  decoder makes grey noise.
- **Each step** takes {batch} images, compares what comes out with what went in, and changes every weight a
  little so that the next time it fits better. Once through all {images:,} training images is an **epoch**.
- **Soon** digits part, since the decoder needs to know which is which. And they stay close to 0, since each
  code that strays from the **prior** costs.

What it is trained to lower is the sum of these two, the **loss**: **nll**, how badly the images are given
back, and **KL**, how far the codes' clouds are from the prior.
"""


def show() -> None:
    """The figure and its words; no chosen model plays a part."""
    st.subheader("A training to watch", anchor=False)
    if (study := studied.look_up("training-watched")) is None:
        return
    figure, words = layout.columns("watched")
    with words:
        layout.words(WORDS.format(batch=study.said["batch"], images=study.said["images"]))
    with figure:
        _figure(study)
        code.beside("training/studies/training_step.py", "forward", "update", label="The code of a step")


def look_up(study: Study) -> address.Shared[int]:
    """Which look the address names: the last one by default, after which Play begins at the beginning."""
    last = len(study.said["looks"]) - 1
    return address.integer("look", last, 0, last)


def take(look: address.Shared[int]) -> None:
    """Go on with the look that was left in the figure, if there is one of that number."""
    value = answers.number(moving.answer("watched").get("look"))
    if value is not None:
        look.set(int(value))


@st.fragment
def _figure(study: Study) -> None:
    look, looks = look_up(study), study.said["looks"]
    moving.figure("watched", {"look": look.value, **_recorded(study)}, lambda: take(look))
    said = study.said
    studied.caption(
        study,
        f"{len(study.arrays['labels'])} test images; circles of 1 and 2 standard deviations of the prior. "
        f"Recorded at {len(looks)} moments of {said['epochs']} epochs; between them the codes glide. "
        f"{said['latent_dim']} dimensions, one hidden layer of {said['hidden'][0]}.",
    )


@st.cache_resource(show_spinner=False, max_entries=1)
def _recorded(_study: Study) -> dict[str, Any]:
    """What the browser needs: hundredths of z of all looks, and images in sheets, a row for each look."""
    return {
        "looks": _study.said["looks"],
        "codes": np.rint(100 * _study.arrays["mu"].astype(np.float32)).astype(int).reshape(-1).tolist(),
        "labels": _study.arrays["labels"].tolist(),
        "colours": class_colours(CLASSES),
        "reach": REACH,
        "shown": len(_study.arrays["in"]),
        "in": _sheet(_study.images("in")[None]),
        "out": _sheet(_study.images("out")),
        "drawn": _sheet(_study.images("drawn")),
    }


def _sheet(images: NDArray[np.float32]) -> str:
    """Images (F, V, H, W, 1) as one PNG of F rows."""
    rows = [np.concatenate(list(row), axis=1) for row in images]
    return data_uri(png(np.concatenate(rows)))
