"""One chapter at a time: the row of steps, the chapter, and the way to the one before and after."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import streamlit as st

from vae.explorer import Explorer
from vae.web.kit import address
from vae.web.pages.how_it_works import (
    autoencoders,
    encodings,
    networks,
    pixels,
    relatives,
    sampling,
    sources,
    training,
)
from vae.web.pages.how_it_works.adversarial import eight_schools, four_points, story
from vae.web.pages.how_it_works.derivation import amortised, bound, divergence, em, integral, manifold

# Another text is another element, whose script runs: a step begins at the top of the page.
TO_TOP = "<script>/* {step} */ document.querySelector('.stMain').scrollTo(0, 0)</script>"


class Chapter(NamedTuple):
    """A step: its name in the row of steps, its heading, and what draws it."""

    name: str
    heading: str
    show: Callable[[Explorer], None]


CHAPTERS = {
    "autoencoders": Chapter("Autoencoders", "A code that says what is essential", autoencoders.show),
    "manifold": Chapter("Manifold", "Images lie on a curved sheet", manifold.show),
    "likelihood": Chapter("Likelihood", "A likelihood that cannot be computed", integral.show),
    "em": Chapter("EM", "What came before: EM, and a walk on the posterior", em.show),
    "elbo": Chapter("ELBO", "A bound that can be computed", bound.show),
    "kl": Chapter("KL", "How far one Gaussian is from another", divergence.show),
    "sampling": Chapter("Sampling", "A draw that lets the gradient through", sampling.show),
    "networks": Chapter("Networks", "What depends on what, and through which shapes", networks.show),
    "training": Chapter("Training", "One step of training, to step through", training.show),
    "encodings": Chapter("Encodings", "One image, many codes", encodings.show),
    "pixels": Chapter("Pixels", "Where the reconstruction loss comes from", pixels.show),
    "inference": Chapter("Inference", "One encoder for all images", amortised.show),
    "relatives": Chapter("Relatives", "One bound, several models", relatives.show),
    "adversarial": Chapter(
        "Adversarial", "An encoder of any distribution, and a critic for its KL", story.show
    ),
    "four-points": Chapter("Four points", "A prior tiled by clouds of any shape", four_points.show),
    "eight-schools": Chapter("Eight schools", "A posterior with two modes", eight_schools.show),
    "sources": Chapter("Sources", "The figures of the sources, and where each is shown", sources.show),
}


def show(explorer: Explorer) -> None:
    """The chosen chapter, with the steps above it and its neighbours below it."""
    keys = tuple(CHAPTERS)
    step = address.choice("step", keys, keys[0])
    at = keys.index(step.value)
    chapter = CHAPTERS[step.value]
    with st.container(key="theory-steps"):
        st.segmented_control(
            "Step",
            keys,
            format_func=lambda key: f"{keys.index(key) + 1} {CHAPTERS[key].name}",
            required=True,
            label_visibility="collapsed",
            help="The steps of the derivation, in their order.",
            **step.widget(),
        )
    st.header(chapter.heading, anchor=False)
    with st.container(key=f"theory-{step.value}"):
        chapter.show(explorer)
    with st.container(horizontal=True, key="theory-ways"):
        if at > 0:
            _way(step, keys[at - 1], "Previous")
        if at + 1 < len(keys):
            _way(step, keys[at + 1], "Next")
    st.html(TO_TOP.format(step=step.value), unsafe_allow_javascript=True)


def _way(step: address.Shared[str], key: str, direction: Literal["Previous", "Next"]) -> None:
    chapter = CHAPTERS[key]
    st.button(
        f"{direction}: {chapter.name}",
        key=f"theory-{direction.lower()}",
        type="primary" if direction == "Next" else "secondary",
        help=f"{chapter.heading}.",
        on_click=step.set,
        args=(key,),
    )
