"""The pages, declared once: navigation, the cards of the home page and the tests find them here.

A page is a script `pages/<stem>.py`, which Streamlit serves under /<stem>, and a module or folder of the same
name in `vae.web.pages`; its glimpse on the home page is drawn by `vae.web.pages.home.cards`.
"""

from dataclasses import dataclass
from typing import Literal

from vae.model.protocol import Ability
from vae.web.kit.format import listed

Group = Literal["Explore the latent space", "Follow one image", "Understand the model"]


@dataclass(frozen=True)
class Page:
    """A page of the explorer.

    Arguments:
        stem: Its name in the address and of its files.
        title: Its name for people.
        group: Under which heading its card stands.
        sentence: What it shows, on its card.
        needs: What a model must be able to do for the page to show anything at all.
    """

    stem: str
    title: str
    group: Group
    sentence: str
    needs: tuple[Ability, ...] = ()

    @property
    def file(self) -> str:
        """Its script, as Streamlit's links want it."""
        return f"pages/{self.stem}.py"


PAGES = (
    Page(
        "latent_map",
        "Latent map",
        "Explore the latent space",
        "Where the test images lie, coloured by class. Click anywhere to decode a place.",
    ),
    Page(
        "z_grid",
        "z-grid",
        "Explore the latent space",
        "The plane decoded tile by tile: how each image turns into its neighbours.",
    ),
    Page(
        "interpolate",
        "Interpolate",
        "Explore the latent space",
        "From one image to another, frame by frame, or all pairs of classes at once.",
    ),
    Page(
        "sliders",
        "Sliders",
        "Explore the latent space",
        "One slider for each coordinate of z: what every dimension has learnt.",
    ),
    Page(
        "reconstruct",
        "Reconstruct",
        "Follow one image",
        "A test image or one of your own: where it lands, how sure that is, what comes back.",
    ),
    Page(
        "compare",
        "Compare",
        "Follow one image",
        "One image in the maps of PCA, autoencoder and VAEs, and what each gives back.",
    ),
    Page(
        "generate",
        "Generate",
        "Explore the latent space",
        "Codes drawn from the prior, decoded: means and true draws of pixels, two models.",
    ),
    Page(
        "impute",
        "Impute",
        "Follow one image",
        "Hide part of an image and have it restored, in one pass or step by step.",
    ),
    Page(
        "labels",
        "Labels",
        "Understand the model",
        "How few labels the codes need, and which test images look odd.",
    ),
    Page(
        "inference",
        "Inference",
        "Follow one image",
        "One image's best q, searched step by step, against the encoder's in one pass.",
        needs=("posterior", "likelihood", "gradient"),
    ),
    Page(
        "how_it_works",
        "How it works",
        "Understand the model",
        "The derivation step by step, each beside a figure that moves.",
    ),
)
"""In the order of the navigation."""

LACKING: dict[Ability, str] = {
    "posterior": "no q(z|x) to draw codes from",
    "gaussian": "no Gaussian q(z|x)",
    "likelihood": "no likelihood p(x|z)",
    "gradient": "no gradient of log p(x|z)",
    "browser": "no weights that the browser could run",
    "plane": "no latent plane",
    "labels": "no class labels",
    "history": "no record of its training",
}
"""What is said of a model without an ability: it has ..."""


def page(stem: str) -> Page:
    """The page of that name."""
    return next(each for each in PAGES if each.stem == stem)


def lacking(missing: tuple[Ability, ...]) -> str:
    """What a model without these abilities has not, in words: `no likelihood p(x|z) and no class labels`."""
    return listed([LACKING[ability] for ability in missing])
