"""A semi-supervised VAE: the digit is told of few images, and is one more hidden variable of the others."""

import streamlit as st

from vae.explorer import Explorer
from vae.figures.curves import Learner, label_efficiency
from vae.web.kit import html
from vae.web.pages.how_it_works import code, studied

WORDS = r"""
Labels are dear, images are cheap. Take the conditional VAE and tell it the digit of a few images only.
Where it is **told**, the loss is as before. Where it is **not**, the digit is hidden just as $z$ is, and a
classifier $q(y\mid x)$ guesses it. The bound is then the mean over all ten digits, weighted by the guess:
$$
\log p(x) \ge \sum_y q(y\mid x)\,\big(\mathrm{ELBO}(x\mid y) + \log p(y) - \log q(y\mid x)\big)
$$
An image that is cheap to make as a 3 and dear to make as an 8 teaches the classifier that it is a 3,
although nobody said so.

There is no sampling over $y$, which could take ten values only: the sum is exact. That is also the way out
where the hidden variable is not continuous and so has no gradient through its draws.
"""
SOURCE = (
    "Kingma et al., Semi-Supervised Learning with Deep Generative Models, 2014, model M2, equations 6 to 9."
)


@st.fragment
def figure(_: Explorer) -> None:
    """Accuracy by the number of labels, with the other images and without."""
    study = studied.look_up("semi-supervised")
    if study is None:
        return
    said = study.said
    learners = [
        Learner("semi-supervised VAE", [[share] for share in said["accuracy"]["m2"]]),
        Learner("the same classifier, labels alone", [[share] for share in said["accuracy"]["classifier"]]),
    ]
    chart = label_efficiency(said["counts"], learners)
    st.plotly_chart(chart, key="theory-labels", config={"displayModeBar": False})
    header = (html.Fact("Labels"), *(html.Fact(learner.name) for learner in learners))
    accuracies = zip(said["counts"], said["accuracy"]["m2"], said["accuracy"]["classifier"], strict=True)
    html.table(header, [[f"{count:,}", f"{m2:.1%}", f"{alone:.1%}"] for count, m2, alone in accuracies])
    studied.caption(
        study,
        f"Test accuracy, one seed; {said['unlabelled']:,} images without labels, {said['epochs']} epochs.",
    )
    code.beside("training/studies/semi_supervised.py", "SemiSupervised")
