"""The pages, declared once: navigation, the cards of the home page and the tests find them here.

A page is a script `pages/<stem>.py`, which Streamlit serves under /<stem>, and a module or folder of the same
name in `vae.web.pages`; its glimpse on the home page is drawn by `vae.web.pages.home.cards`.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from vae.model.protocol import Ability
from vae.web.kit.format import listed

Group = Literal["Explore", "Your image", "Understand", "Evaluate", "Your model"]


@dataclass(frozen=True)
class Page:
    """A page of the explorer.

    Arguments:
        stem: Its name in the address and of its files.
        title: Its name for people.
        group: In which menu of the navigation it stands.
        sentence: What it shows, on its card.
        needs: What a model must be able to do for the page to show anything at all.
        has_model: Whether it shows a model, which is chosen in the bar.
        has_images: Whether it shows that model's test images, or their codes.
    """

    stem: str
    title: str
    group: Group
    sentence: str
    needs: tuple[Ability, ...] = ()
    has_model: bool = True
    has_images: bool = True

    @property
    def file(self) -> str:
        """Its script, as Streamlit's links want it."""
        return f"pages/{self.stem}.py"


PAGES = (
    Page(
        "latent_map",
        "Latent map",
        "Explore",
        "Where the test images lie, coloured by class. Point anywhere to see it decoded.",
    ),
    Page(
        "z_grid",
        "z-grid",
        "Explore",
        "The plane decoded tile by tile: how each image turns into its neighbours.",
    ),
    Page(
        "interpolate",
        "Interpolate",
        "Explore",
        "From one image to another, frame by frame, or all pairs of classes at once.",
    ),
    Page(
        "sliders",
        "Sliders",
        "Explore",
        "One slider for each number of the code: what every dimension has learnt.",
    ),
    Page(
        "reconstruct",
        "Reconstruct",
        "Your image",
        "Draw a digit: where it lands on the map, how sure that is, what comes back.",
    ),
    Page(
        "impute",
        "Impute",
        "Your image",
        "Hide part of an image and have it restored, in one pass or step by step.",
    ),
    Page(
        "compare",
        "Compare",
        "Your image",
        "One image in the maps of PCA, autoencoder and VAEs, and what each gives back.",
    ),
    Page(
        "how_it_works",
        "How it works",
        "Understand",
        "What a VAE is and why it works, step by step, each beside a figure that moves.",
    ),
    Page(
        "inference",
        "Inference",
        "Understand",
        "The encoder's answer for one image, against a search for the best one.",
        needs=("posterior", "likelihood", "gradient"),
    ),
    Page(
        "generate",
        "Generate",
        "Understand",
        "New images from noise: codes drawn at random, and what the decoder paints there.",
    ),
    Page(
        "labels",
        "Labels",
        "Evaluate",
        "How few labels the codes need, and which test images look odd.",
    ),
    Page(
        "results",
        "Results",
        "Evaluate",
        "Every model's numbers, and ours beside those of the source articles.",
        has_images=False,
    ),
    Page(
        "images",
        "Your images",
        "Your model",
        "A ZIP, arrays, a table or a folder of your own become a data set for every page.",
        has_model=False,
    ),
    Page(
        "train",
        "Train",
        "Your model",
        "A model that learns before your eyes: its latent space unfolds, epoch by epoch.",
        has_model=False,
    ),
    Page(
        "doctor",
        "Doctor",
        "Your model",
        "Whether a model is well, what ails it, and what to change, the gravest first.",
        has_images=False,  # it says itself what it could not examine
    ),
)
"""In the order of the navigation."""

LACKING: dict[Ability, str] = {
    "posterior": "no q(z|x) to draw codes from",
    "gaussian": "no Gaussian q(z|x)",
    "likelihood": "no likelihood p(x|z)",
    "gradient": "no gradient of log p(x|z)",
    "browser": "no decoder that the browser could run",
    "encoder": "no encoder that the browser could run",
    "plane": "no latent plane",
    "labels": "no class labels",
    "history": "no record of its training",
}
"""What is said of a model without an ability: it has ..."""

SAY_LIKELIHOOD = "Where you know it, bring the model again and say it: `python -m vae.bring … --likelihood`."
"""What is said where a model has no likelihood: models that are trained here have one."""


def groups() -> dict[Group, list[Page]]:
    """The pages by their groups."""
    return {group: [page for page in PAGES if page.group == group] for group in get_args(Group)}


def page(stem: str) -> Page:
    """The page of that name."""
    return next(each for each in PAGES if each.stem == stem)


def lacking(missing: tuple[Ability, ...]) -> str:
    """What a model without these abilities has not, in words: `no likelihood p(x|z) and no class labels`."""
    return listed([LACKING[ability] for ability in missing])
