"""Accuracy of classifiers that learn from few labels, on codes, pixels and principal components."""

import numpy as np
import streamlit as st

from vae.analysis import few_labels
from vae.analysis.few_labels import Experiment
from vae.errors import Unusable
from vae.explorer import Explorer
from vae.figures import CONFIG
from vae.figures.curves import Learner, label_efficiency
from vae.jobs.job import Job
from vae.web.kit import address, frame, html, job_panel, loaders
from vae.web.kit.format import listed, plus_minus

CHART = "labels-curve"  # key
UNDER_WAY, OWN = "labels.under_way.", "labels.own."  # session, by the model's fingerprint
NAMED = 2  # models at most in a sentence
METHODS = {"logistic": "Logistic regression", "knn": "k nearest neighbours"}

FROM = {
    "codes": "Learnt from the model's codes, mu",
    "pixels": "Learnt from the pixel values",
    "pca": "Learnt from as many principal components (PCA) as the codes have dimensions",
}

METHOD_HELP = (
    "What learns from the labels: a logistic regression (L2 penalty, C = 1), or the vote of the √(labels of "
    "a class) nearest labelled images, 10 at most."
)
MEASURE_HELP = (
    "Trains all these classifiers again, beside the page, which stays usable. "
    "It takes minutes and can be stopped."
)


def show(explorer: Explorer) -> None:
    """The curve and its table; where nothing is measured for this model, how to measure it.

    Under a data set without labels one sentence instead.
    """
    if not explorer.can("labels"):
        st.info(
            f"The images of {explorer.dataset.name} have no labels, so there is nothing for a classifier to "
            "learn."
        )
        return
    _settle(explorer)
    done = st.session_state.get(OWN + explorer.fingerprint) or _shipped(explorer)
    if done is not None:
        method = address.choose("Classifier", "learner", METHODS, "logistic", METHOD_HELP)
        _show_experiment(explorer, done, method)
    _measure(explorer, is_open=done is None)


def _shipped(explorer: Explorer) -> Experiment | None:
    """The experiment that ships with the model; None where there is none to be read, which is said."""
    try:
        done = few_labels.shipped(explorer)
    except Unusable as error:
        st.warning(str(error))
        return None
    if done is None:
        title = html.plain_markdown(explorer.title)
        st.info(f"Nothing is measured for “{title}” yet. Measure it below{_others(explorer)}.")
    return done


def _others(explorer: Explorer) -> str:
    """The end of a sentence: some models of the same images that are measured."""
    measured, records = few_labels.measured(), loaders.described()
    known = [name for name in records if name in measured and records[name].dataset == explorer.dataset]
    titles = [f"“{html.plain_markdown(loaders.title(name))}”" for name in known[:NAMED]]
    return f", or choose a model of these images that is measured, such as {listed(titles)}" if titles else ""


def names(done: Experiment, numbers: int) -> dict[str, str]:
    """What each representation is called, of images that consist of so many numbers."""
    return {
        "codes": f"codes, {done.latent_dim} numbers",
        "pixels": f"pixels, {numbers:,} numbers",
        "pca": f"PCA, {done.latent_dim} numbers",
    }


def sentence(done: Experiment, method: str) -> str:
    """What 100 labels are worth on codes and on pixels."""
    place = done.counts.index(100) if 100 in done.counts else 0
    codes, pixels = (100 * done.accuracies(method, name)[place].mean() for name in ("codes", "pixels"))
    return (
        f"After {done.counts[place]:,} labelled examples a classifier is right for **{codes:.1f} %** of the "
        f"test images (its accuracy) when it sees their codes, and for **{pixels:.1f} %** when it sees their "
        "pixels."
    )


def _show_experiment(explorer: Explorer, done: Experiment, method: str) -> None:
    called = names(done, explorer.image_spec.size)
    picture, side = frame.columns()
    with picture:
        learners = [Learner(called[name], done.accuracies(method, name)) for name in called]
        st.plotly_chart(
            label_efficiency(done.counts, learners), key=CHART, config=CONFIG | {"displayModeBar": False}
        )
    with side:
        st.markdown(sentence(done, method))
        header = [html.Fact("Labels")] + [
            html.Fact(word, unit="accuracy, %", help=f"{FROM[name]}: mean ± standard deviation.")
            for name, word in (("codes", "codes"), ("pixels", "pixels"), ("pca", "PCA"))
        ]
        html.table(header, rows(done, method))
    seeds = done.accuracies(method, "codes").shape[1]
    draws = (
        f"mean and standard deviation over {seeds} draws, seeds 0 to {seeds - 1},"
        if seeds > 1
        else "one draw, seed 0,"
    )
    st.caption(
        f"Accuracy on the {done.test_images:,} test images of {done.dataset}: {draws} of the labelled ones "
        f"among {done.train_images:,} training images. Encoder and principal components are learnt from all "
        "of these, without labels."
    )


def rows(done: Experiment, method: str) -> list[list[str]]:
    """The table's cells: mean ± standard deviation in percent, by number of labels."""
    shares = [100 * done.accuracies(method, name) for name in few_labels.REPRESENTATIONS]
    return [
        [f"{count:,}", *(_mean_and_sd(each[k]) for each in shares)] for k, count in enumerate(done.counts)
    ]


def _mean_and_sd(values: np.ndarray) -> str:
    """Mean ± standard deviation of values (seeds,); one value has no standard deviation."""
    spread = float(values.std(ddof=1)) if len(values) > 1 else None
    return plus_minus(float(values.mean()), spread, 1)


def _measure(explorer: Explorer, is_open: bool) -> None:
    """Start, watch and stop a measurement on this machine; `is_open` where there is nothing else to see."""
    key = UNDER_WAY + explorer.fingerprint
    with st.expander("Measure it here", is_open, key="labels-measure"):
        st.code(f"python -m vae.labels {explorer.name}", language="bash")
        if not job_panel.show(key, "Learning from few labels"):
            st.button("Measure", on_click=_start, args=(key, explorer.name), help=MEASURE_HELP)


def _start(key: str, model: str) -> None:
    st.session_state[key] = Job("labels", model)


def _settle(explorer: Explorer) -> None:
    """Keep the result of a measurement that has ended, for the session."""
    done = job_panel.take(UNDER_WAY + explorer.fingerprint)
    if done is not None and done.result is not None:
        st.session_state[OWN + explorer.fingerprint] = few_labels.from_json(done.result.decode())
