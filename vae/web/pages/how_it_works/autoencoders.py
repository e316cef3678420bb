"""Autoencoders: an image through a code and back, what keeps that from being a copy, and what it lacks."""

import streamlit as st

from vae.analysis.studies.study import Study
from vae.explorer import Explorer
from vae.web.kit import address, html, navigation
from vae.web.pages.how_it_works import code, layout, studied

MODELS = {
    "wide": "784 code units",
    "narrow": "32 code units",
    "denoising": "denoising, 784",
    "contractive": "contractive, 784",
}
INPUTS = {"digits": "Test digits", "noise": "Noise", "strange": "Emoji"}
SCORES = (
    html.Fact("Autoencoder"),
    html.Fact("Digits", "", "error", "Mean squared error per pixel of reconstructed test digits."),
    html.Fact(
        "Noisy digits", "", "error", "The input has noise of sd 0.5; the error is that to the clean digit."
    ),
    html.Fact("Noise", "", "error", "Every pixel is any grey level. Low means that noise is copied."),
    html.Fact("Emoji", "", "error", "Images unlike any digit. Low means that anything is copied."),
    html.Fact(
        "Code moves", "", "per unit", "How far the code moves when the image does: the norm of its Jacobian."
    ),
)
WORDS = r"""
An **autoencoder** is two networks, one after the other. The **encoder** makes a code $z$ of an image $x$,
the **decoder** makes an image of the code. Both are trained to give the image back:
$$
\min \; \mathbb E_x \big\| x - \mathrm{decoder}(\mathrm{encoder}(x)) \big\|^2
$$
No labels are needed: the image is its own target. What is wanted is not the copy, though, but a code that
says what is essential.

**With as many code units as pixels** nothing asks for that. The easiest way to a low error is a
**shortcut**: hand the pixels through. Then noise comes out as noise and an emoji as an emoji, and little has
been learnt about digits. (The border is black in all digits: only there nothing was learnt to be copied.)
Something has to stand in the way:

- **A narrow code** has no room for a copy. Where both networks are linear, it finds the plane of PCA.
- **Denoising:** the input gets noise, the target does not. A copy would keep the noise, so the network
  has to know what digits look like.
- **Contraction:** the loss also counts how much the code moves when the image moves a little,
  $\lambda \,\| \partial z / \partial x \|^2$. Only what the reconstruction needs may move it.

**Choose noise or emoji** and compare the rows; **raise the noise** on the digits and see which row clears it.

**What all of them lack.** Only the codes of images are decoded in training. What lies between them is
nobody's business, and how the codes are distributed is unknown. So there is nothing to draw a new image
from: a code picked at random may decode to anything. The rest of this page gives the codes a
**distribution** to make up for that.
"""
SOURCE = (
    "Denoising: Vincent et al., Extracting and Composing Robust Features with Denoising Autoencoders, 2008. "
    "Contraction: Rifai et al., Contractive Auto-Encoders, 2011."
)


def show(explorer: Explorer) -> None:
    """Four autoencoders on the same images, and the words."""
    figure, words = layout.columns()
    with words:
        layout.words(WORDS)
        compare = navigation.page("compare")
        st.page_link(compare.file, label="Decode random codes of an autoencoder and of a VAE")
        layout.source(SOURCE)
    with figure:
        if study := studied.look_up("autoencoders"):
            with st.container(key="theory-shortcuts"):
                _figure(study)
        code.beside("training/studies/autoencoders.py", "Autoencoder")


@st.fragment
def _figure(study: Study) -> None:
    levels = tuple(study.said["levels"])
    level = address.choice("added_noise", levels, levels[2])
    with st.container(horizontal=True, gap="medium", key="theory-inputs"):
        trained = "What goes in. All four were trained on digits only."
        inputs = address.choose("Input images", "inputs", INPUTS, "digits", trained)
        if inputs == "digits":
            help_ = "Standard deviation of the noise added to each pixel, in grey levels from 0 to 1."
            st.select_slider("Noise added, sd", levels, help=help_, width=240, **level.widget())
    kind = f"digits-{level.value:g}" if inputs == "digits" else inputs
    rows = [("input", study.images(f"in-{kind}"))]
    rows += [(name, study.images(f"{model}-{kind}")) for model, name in MODELS.items()]
    studied.strips(rows, "The input images, and what each autoencoder makes of them")
    html.table(SCORES, [_row(name, study.said["models"][model]) for model, name in MODELS.items()])
    studied.caption(
        study,
        f"One layer each way, sigmoid code, squared error, {study.said['epochs']} epochs on the first "
        f"{study.said['trained_on']:,} training images. Scores: the first {study.said['images']:,} "
        "test images.",
    )


def _row(name: str, scores: dict[str, float]) -> list[str]:
    errors = (scores[f"error{kind}"] for kind in ("", "_of_noisy", "_of_noise", "_of_strange"))
    return [name, *(f"{error:.4f}" for error in errors), f"{scores['jacobian']:.2f}"]
