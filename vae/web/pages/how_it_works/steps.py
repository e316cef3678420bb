"""One chapter at a time: the groups of steps, those of one group, the chapter, and the way on and back."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import streamlit as st

from vae.explorer import Explorer
from vae.web.kit import address
from vae.web.pages.how_it_works import (
    autoencoders,
    begin,
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

GROUP = "theory-group"  # key
# Another text is another element, whose script runs: a step begins at the top of the page.
TO_TOP = "<script>/* {step} */ document.querySelector('.stMain').scrollTo(0, 0)</script>"


class Chapter(NamedTuple):
    """A step: its name in the row of steps, its heading, and what draws it."""

    name: str
    heading: str
    show: Callable[[Explorer], None]


GROUPS = {
    "Begin": {
        "begin": Chapter("In short", "An image, its code, and an image again", begin.show),
        "autoencoders": Chapter("Autoencoders", "A code that says what is essential", autoencoders.show),
        "manifold": Chapter("Manifold", "Images lie on a curved sheet", manifold.show),
    },
    "The bound": {
        "likelihood": Chapter("Likelihood", "A likelihood that cannot be computed", integral.show),
        "em": Chapter("EM", "What came before: EM, and a walk on the posterior", em.show),
        "elbo": Chapter("ELBO", "A bound that can be computed", bound.show),
        "kl": Chapter("KL", "How far one Gaussian is from another", divergence.show),
        "sampling": Chapter("Sampling", "A draw that lets the gradient through", sampling.show),
    },
    "The machine": {
        "networks": Chapter("Networks", "What depends on what, and through which shapes", networks.show),
        "training": Chapter("Training", "One step of training, to step through", training.show),
        "encodings": Chapter("Encodings", "One image, many codes", encodings.show),
        "pixels": Chapter("Pixels", "Where the reconstruction loss comes from", pixels.show),
        "inference": Chapter("Inference", "One encoder for all images", amortised.show),
    },
    "Relatives": {
        "relatives": Chapter("Four relatives", "One bound, several models", relatives.show),
        "adversarial": Chapter(
            "Adversarial", "An encoder of any distribution, and a critic for its KL", story.show
        ),
        "four-points": Chapter("Four points", "A prior tiled by clouds of any shape", four_points.show),
        "eight-schools": Chapter("Eight schools", "A posterior with two modes", eight_schools.show),
    },
    "Sources": {
        "sources": Chapter("Sources", "The figures of the sources, and where each is shown", sources.show),
    },
}
CHAPTERS = {key: chapter for chapters in GROUPS.values() for key, chapter in chapters.items()}
"""All steps in their order, counted from 0."""


def show(explorer: Explorer) -> None:
    """The chosen chapter, with the steps above it and its neighbours below it."""
    keys = tuple(CHAPTERS)
    step = address.choice("step", keys, keys[0])
    at = keys.index(step.value)
    chapter = CHAPTERS[step.value]
    with st.container(key="theory-steps", gap="xsmall"):
        _choose(step)
    with st.container(key="theory-heading"):
        st.header(chapter.heading, anchor=False)
    with st.container(key=f"theory-{step.value}"):
        chapter.show(explorer)
    with st.container(horizontal=True, key="theory-ways"):
        if at > 0:
            _way(step, keys[at - 1], "Previous")
        if at + 1 < len(keys):
            _way(step, keys[at + 1], "Next")
    st.html(TO_TOP.format(step=step.value), unsafe_allow_javascript=True)


def _choose(step: address.Shared[str]) -> None:
    """A row of groups, and below it the steps of the group that the chosen one belongs to."""
    group = next(name for name, chapters in GROUPS.items() if step.value in chapters)
    st.session_state[GROUP] = group

    def begin() -> None:
        chapters = GROUPS[st.session_state[GROUP]]
        if step.echo() not in chapters:
            step.set(next(iter(chapters)))

    st.segmented_control(
        "Part",
        tuple(GROUPS),
        required=True,
        label_visibility="collapsed",
        help="The parts of the story, in their order; each begins with its first step.",
        key=GROUP,
        on_change=begin,
    )
    st.pills(
        "Step",
        tuple(GROUPS[group]),
        format_func=lambda key: f"{tuple(CHAPTERS).index(key)} {CHAPTERS[key].name}",
        required=True,
        label_visibility="collapsed",
        help="The steps of this part, in their order.",
        **step.widget(),
    )


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
