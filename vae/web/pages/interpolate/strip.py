"""What lies on a path, in one glance: its frames, the class that is read on each, p(z) and the speed."""

from collections.abc import Iterable

import numpy as np
import streamlit as st

from vae.analysis import classifier, path_reading
from vae.analysis.classifier import Classifier
from vae.analysis.studies import study
from vae.errors import Unusable
from vae.explorer import Explorer
from vae.figures import CONFIG, Drawing
from vae.figures.path_strip import Curve, Reading, path_strip
from vae.images.names import apart
from vae.latent import classes, geodesic, prior
from vae.web.kit import html, loaders
from vae.web.kit.format import listed, signed
from vae.web.pages.interpolate.path import Path

CHART = "path_strip"
MOST = 8  # classes that a sentence names
SOURCE_ENDS, SOURCE_CLASSES = (0, 7), (0, 6, 2, 8, 9, 4, 7)  # what the source article says of its 2-D path
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
    "Hansen and Hauberg, Latent Space Oddity, 2018). It is a local minimum: another path may be shorter. The "
    "metric is that of the decoder's mean alone."
)


def show(explorer: Explorer, shown: Path) -> None:
    """The strip below a path, and what can be read off it."""
    reader = None
    try:
        reader = load_reader(explorer.dataset.name)
    except Unusable as error:
        st.warning(str(error))
    reading = read(explorer, shown, reader)
    with st.container(key="path-strip-place", gap="xsmall"):
        if reading is not None:
            st.markdown(sentence(explorer, shown, reading))
        st.plotly_chart(
            figure(explorer, shown, reading), key=CHART, config=CONFIG | {"displayModeBar": False}
        )
        html.facts(*facts(explorer, shown))
        if reading is not None:
            st.caption(_trust(explorer, reader))


@st.cache_resource(show_spinner=False)
def load_reader(dataset: str) -> Classifier | None:
    """The shipped classifier of a data set's images, None where there is none.

    Raises:
        CheckpointError: if its file is missing or damaged.
    """
    return classifier.load(dataset)


def read(explorer: Explorer, shown: Path, reader: Classifier | None) -> Reading | None:
    """The class of each frame by a classifier, else by the nearest test codes; None without classes."""
    names = explorer.class_names
    if names is None:
        return None
    if reader is None:
        return Reading(*path_reading.by_neighbours(explorer, shown.z), names)
    probabilities = reader.probabilities(shown.images)
    return Reading(probabilities.argmax(axis=1), probabilities.max(axis=1), names)


def figure(explorer: Explorer, shown: Path, reading: Reading | None) -> Drawing:
    """The frames with what is read on them, log p(z) and the speed |dx/dt| along t."""
    steps = len(shown.z) - 1
    t, between = np.linspace(0, 1, steps + 1), (np.arange(steps) + 0.5) / steps
    mean = prior.mean_log_prob(explorer.latent_dim)
    curves = (
        Curve("log p(z), nats", t, prior.log_prob(shown.z), mean, "mean over the prior"),
        Curve("speed |dx/dt|, pixel distance", between, geodesic.speeds(shown.images)),
    )
    return path_strip(shown.images, reading, curves)


def sentence(explorer: Explorer, shown: Path, reading: Reading) -> str:
    """Through which classes the path runs, beside what the source article says where it says something."""
    runs = path_reading.merge_runs(reading.labels.tolist())
    frames = len(shown.z)
    said = f"Read off all {frames} frames, the {shown.kind} path runs through **{_joined(explorer, runs)}**."
    if not _is_the_sources(explorer, shown):
        return said
    said += f" {SOURCE_SAYS} {_joined(explorer, SOURCE_CLASSES)}"
    return f"{said}{_beside_the_source(runs)}{_of_other_seeds()}"


def _beside_the_source(runs: tuple[int, ...]) -> str:
    """How the classes read differ from those of the source article, the end of a sentence about these."""
    if runs == SOURCE_CLASSES:
        return ", and here it does."
    found = path_reading.compare(runs, SOURCE_CLASSES)
    missing, added = (list(map(str, labels)) for labels in (found.missing, found.added))
    if missing:
        come = f", and {listed(added)} {'comes' if len(added) == 1 else 'come'} in" if added else ""
        return f". Here {listed(missing)} {'is' if len(missing) == 1 else 'are'} missing{come}."
    if found.in_order:
        return ". Here they all come in this order, with others in between."
    return ". Here they all come, in another order."


def _of_other_seeds() -> str:
    """How many models trained alike from other seeds show that path; nothing where it was not measured."""
    try:
        found = study.read("path-seeds").said
    except Unusable:
        return ""
    same = sum(tuple(read) == SOURCE_CLASSES for read in found["read"])
    return (
        f" Of {len(found['read'])} models that differ in their seed alone, {found['epochs']} epochs each, "
        f"{same or 'none'} {'shows' if same == 1 else 'show'} exactly that: what lies between is chance."
    )


def _is_the_sources(explorer: Explorer, shown: Path) -> bool:
    """Whether it is the article's path: its model, straight, between the first images of its digits."""
    if explorer.name not in loaders.favoured("article") or shown.kind != "linear":
        return False
    codes = explorer.codes("test")
    first = classes.first_of_each(codes.known_labels, len(explorer.class_names or ()))
    return np.array_equal([shown.start.z, shown.end.z], codes.mu[first[list(SOURCE_ENDS)]])


def facts(explorer: Explorer, shown: Path) -> list[html.Fact]:
    """The path's length in image space beside the straight one's, and where p(z) is lowest."""
    length, straight = path_reading.lengths(explorer, shown.images, shown.start.z, shown.end.z)
    beside = "pixel distance" if shown.kind == "linear" else f"pixel distance, straight path {straight:.1f}"
    about_length = GEODESIC_HELP if shown.kind == "geodesic" else SPEED_HELP
    lowest = signed(prior.log_prob(shown.z).min(), 1)
    return [
        html.Fact("Length of the path", f"{length:.1f}", beside, about_length),
        html.Fact("Lowest log p(z)", lowest, "nats", PRIOR_HELP),
    ]


def _trust(explorer: Explorer, reader: Classifier | None) -> str:
    dataset = explorer.dataset
    if reader is None:
        return (
            "The class is the one that most of the ten nearest test codes carry, with their share: it is "
            "read off the codes, not off the images."
        )
    return (
        f"Each {dataset.noun} is read by a small classifier with a test accuracy of "
        f"{reader.accuracy[dataset.name]:.1%} on {dataset.name}. It must name a {dataset.noun} even where "
        "there is none: look at its probability."
    )


def _joined(explorer: Explorer, labels: Iterable[int]) -> str:
    """Classes as Markdown: 0-6-2, or Shirt, Coat."""
    names = explorer.class_names or ()
    shown = [html.plain_markdown(apart(names[label])) for label in labels]
    if max(map(len, names)) == 1:
        return "-".join(shown)
    if len(shown) > MOST:
        shown[MOST - 2 : -1] = [f"{len(shown) - MOST + 1} more"]
    return ", ".join(shown)
