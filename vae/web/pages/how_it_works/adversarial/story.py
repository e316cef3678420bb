"""The chapter on Adversarial Variational Bayes: encoders of any distribution, and the critic they need."""

from vae.explorer import Explorer
from vae.web.pages.how_it_works import parts
from vae.web.pages.how_it_works.adversarial import contrast, critic, encoders, measured
from vae.web.pages.how_it_works.parts import Part

PARTS = {
    "encoders": Part("Three encoders", encoders.figure, encoders.WORDS, encoders.SOURCE),
    "critic": Part("A critic for the KL", critic.figure, critic.WORDS, critic.SOURCE),
    "contrast": Part("Adaptive contrast", contrast.figure, contrast.WORDS, contrast.SOURCE),
    "likelihood": Part("Measured", measured.figure, measured.WORDS, measured.SOURCE),
}


def show(explorer: Explorer) -> None:
    """The chosen part."""
    parts.show(explorer, "adversarial_part", PARTS, "What is explained of Adversarial Variational Bayes.")
