"""What lies on a path, in one glance: its frames, the digit that is read on each, p(z) and the speed."""

import numpy as np
import streamlit as st

from vae.analysis import classifier
from vae.analysis.classifier import DATASETS, Classifier, merge_runs
from vae.explorer import Explorer
from vae.figures import CONFIG, Drawing
from vae.figures.path_strip import Curve, Reading, path_strip
from vae.latent import geodesic, paths
from vae.model.checkpoint import CheckpointError
from vae.web.kit import html
from vae.web.pages.interpolate.path import Path

CHART = "path_strip"
SOURCE_ENDS, SOURCE_DIGITS = (0, 7), (0, 6, 2, 8, 9, 4, 7)  # what the source article says of its 2-D path
SOURCE_MODEL = "seed-vae-2d"  # our run of the article's recipe
SOURCE_SAYS = "The source article, whose recipe this model follows, says that this path shows"
PRIOR_HELP = (
    "log p(z) under the prior N(0, I), in nats. The dotted line is its mean over draws from the prior: "
    "a path far above it runs through the middle, where in many dimensions no draw ever lies."
)
SPEED_HELP = (
    "How fast the decoded image changes: the Euclidean distance of neighbouring frames over the time between "
    "them. Its mean over t is the length of the path."
)
GEODESIC_HELP = (
    "A path that no small change makes shorter: the shortest one on a grid, pulled tight (Arvanitidis, "
    "Hansen and Hauberg, Latent Space Oddity, 2018). The metric is that of the decoder's mean alone."
)


def show(explorer: Explorer, shown: Path) -> None:
    """The strip below a path, and what can be read off it."""
    classifier = None
    if explorer.dataset in DATASETS:
        try:
            classifier = reader()
        except CheckpointError as error:
            st.warning(str(error))
    with st.container(key="path-strip-place", gap="xsmall"):
        if classifier is not None:
            st.markdown(sentence(explorer, shown, classifier))
        st.plotly_chart(
            figure(explorer, shown, classifier), key=CHART, config=CONFIG | {"displayModeBar": False}
        )
        html.facts(*facts(explorer, shown))
        if classifier is not None:
            st.caption(_trust(classifier, explorer.dataset))


@st.cache_resource(show_spinner=False)
def reader() -> Classifier:
    """The shipped classifier of digits.

    Raises:
        CheckpointError: if its file is missing or damaged.
    """
    return classifier.load()


def figure(explorer: Explorer, shown: Path, classifier: Classifier | None) -> Drawing:
    """The frames with what is read on them, log p(z) and the speed |dx/dt| along t."""
    reading = None
    if classifier is not None:
        probabilities = classifier.probabilities(shown.images)
        reading = Reading(probabilities.argmax(axis=1), probabilities.max(axis=1))
    steps = len(shown.z) - 1
    drawn = -0.5 * explorer.latent_dim * (1 + np.log(2 * np.pi))  # E[log p(z)], z ~ p(z)
    curves = (
        Curve(
            "log p(z), nats",
            np.linspace(0, 1, steps + 1),
            paths.log_prior(shown.z),
            drawn,
            "mean over the prior",
        ),
        Curve(
            "speed |dx/dt|, pixel distance", (np.arange(steps) + 0.5) / steps, geodesic.speeds(shown.images)
        ),
    )
    return path_strip(shown.images, reading, curves)


def sentence(explorer: Explorer, shown: Path, classifier: Classifier) -> str:
    """Through which digits the path runs, beside what the source article says where it says something."""
    read = merge_runs(classifier.digits(shown.images).tolist())
    said = f"Read off all {len(shown.z)} frames, the {shown.kind} path runs through **{_joined(read)}**."
    if not _is_the_sources(explorer, shown):
        return said
    said += f" {SOURCE_SAYS} {_joined(SOURCE_DIGITS)}"
    if read == SOURCE_DIGITS:
        return f"{said}, and here it does."
    missing = [str(digit) for digit in SOURCE_DIGITS if digit not in read]
    added = [str(digit) for digit in dict.fromkeys(read) if digit not in SOURCE_DIGITS]
    if missing:
        come = (
            f", and {_listed(added)} comes in"
            if len(added) == 1
            else f", and {_listed(added)} come in" * bool(added)
        )
        return f"{said}. Here {_listed(missing)} {'is' if len(missing) == 1 else 'are'} missing{come}."
    if _in_order(SOURCE_DIGITS, read):
        return f"{said}. Here they all come in this order, with others in between."
    return f"{said}. Here they all come, in another order."


def _is_the_sources(explorer: Explorer, shown: Path) -> bool:
    """Whether it is the article's path: its model, straight, between the first images of its digits."""
    codes = explorer.codes("test")
    first = codes.mu[paths.first_of_each_class(codes.labels)[list(SOURCE_ENDS)]]
    is_from_there = np.array_equal([shown.start.z, shown.end.z], first)
    return explorer.name == SOURCE_MODEL and shown.kind == "linear" and is_from_there


def facts(explorer: Explorer, shown: Path) -> list[html.Fact]:
    """The path's length in image space beside the straight one's, and where p(z) is lowest."""
    length = geodesic.speeds(shown.images).mean()
    straight = geodesic.speeds(
        explorer.decode(paths.linear_path(shown.start.z, shown.end.z, len(shown.z)))
    ).mean()
    beside = "pixel distance" if shown.kind == "linear" else f"pixel distance, straight path {straight:.1f}"
    return [
        html.Fact(
            "Length of the path",
            f"{length:.1f}",
            beside,
            GEODESIC_HELP if shown.kind == "geodesic" else SPEED_HELP,
        ),
        html.Fact(
            "Lowest log p(z)", f"{paths.log_prior(shown.z).min():.1f}".replace("-", "−"), "nats", PRIOR_HELP
        ),
    ]


def _trust(classifier: Classifier, dataset: str) -> str:
    return (
        f"The digits are read by a small classifier, right on {classifier.accuracy[dataset]:.1%} of the "
        f"test images of {dataset}. It must name a digit even where there is none: look at its probability."
    )


def _joined(digits: tuple[int, ...]) -> str:
    return "-".join(map(str, digits))


def _listed(items: list[str]) -> str:
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def _in_order(some: tuple[int, ...], all_: tuple[int, ...]) -> bool:
    """Whether `some` come in `all_` in their order, others between them or not."""
    rest = iter(all_)
    return all(digit in rest for digit in some)
