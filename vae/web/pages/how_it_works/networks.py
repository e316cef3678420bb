"""The networks of a model with their shapes, and the graphical model: an autoencoder's beside a VAE's."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, get_args

import numpy as np
import streamlit as st

from vae.explorer import Explorer
from vae.images import export
from vae.model.config import KERNEL, Coder, Kind, LayerKind, ModelConfig
from vae.model.posterior import FORMS
from vae.model.stages import Stage, is_mirrored, stages
from vae.web.kit import address, loaders, navigation
from vae.web.pages.how_it_works import code, layout, moving
from vae.web.selection import input_image

WORDS = r"""
**The networks.** Each bar is what lies between two layers, as wide as the side of a square with that many
pixels. **Point at a bar** to read what computes it and how many weights that takes. The image goes in at the
top, the code is the waist, the reconstruction comes out at the bottom.

- An **autoencoder's** encoder ends with the code $z$ itself.
- A **VAE's** encoder ends with two numbers for each dimension, $\mu$ and $\log \sigma^2$. Noise comes in from
  the side, $z = \mu + \sigma\,\varepsilon$. **Draw z again** and the picture
  changes a little.
- **AVB**, Adversarial Variational Bayes, has an encoder that ends with a centre $z_0$ and weights $a_i$ of
  bent noises $v_i(\varepsilon_i)$: see the chapter Adversarial.

**The graphical model** says what depends on what. Shaded is seen, open is hidden; the plate stands for $N$
images, each with a $z$ of its own; what lies outside is shared by all.

- **Solid**, how an image comes about: $z$ is drawn from the prior, which has nothing to learn, then $x$ from
  $p_\theta(x\mid z)$, the decoder.
- **Dashed**, the way back that the ELBO needs: $q_\phi(z\mid x)$, the encoder.
- An autoencoder has no such model. Everything in it is determined by what points at it, so it says nothing
  about how an image comes about.

**The two need not be alike.** The ELBO asks for a $q_\phi$ and a $p_\theta$, not for mirror images, and not
for multilayer perceptrons: any function of an image that gives $\mu$ and $\sigma$ is an encoder, any
function of $z$ that gives the pixels' distribution is a decoder.
"""
SOURCE = (
    "The graphical model: Kingma and Welling, Auto-Encoding Variational Bayes, 2014, figure 1. "
    "Residual blocks: He et al., Identity Mappings in Deep Residual Networks, 2016."
)
DRAWS, SEED = 12, 0  # of z, each decoded
OPERATIONS: dict[LayerKind, str] = {
    "dense": "dense layer",
    "halving": "convolution",
    "doubling": "transposed convolution",
}
TAPS = f"{KERNEL} × {KERNEL}, stride 2"  # of both convolutions
ALIKE: dict[str, str] = {
    "mlp": "Multilayer perceptrons: {}",
    "conv": "Convolutions: {}",
    "residual": "Residual blocks: {}",
    "own encoder": "An encoder that is no mirror image: {}",
}
"""What is said of a model with networks of another sort."""


def show(explorer: Explorer) -> None:
    """The drawing with its words, and ways to models with networks of other sorts."""
    figure, words = layout.columns()
    with figure:
        _figure(explorer)
    with words:
        layout.words(WORDS)
        with st.container(key="network-links", gap="xsmall"):
            for name, label in _others(explorer):
                page = navigation.page("how_it_works").file
                address.link(page, label, {"model": name, "step": "networks"})
        code.beside("training/networks.py", "mlp", "Residual", "residual_encoder")
        layout.source(SOURCE)


@st.fragment
def _figure(explorer: Explorer) -> None:
    followed = input_image.choose_test_image(explorer)
    own = next(kind for kind, form in FORMS.items() if form == explorer.record.form)
    kind = address.choice("drawn", get_args(Kind), own, model_bound=True)
    draws = explorer.encode(followed.pixels[None]).sample(DRAWS, np.random.default_rng(SEED))[:, 0]

    def left() -> None:
        if (sent := moving.answer("networks").get("kind")) in get_args(Kind):
            kind.set(str(sent))

    moving.figure(
        "networks",
        {
            "kind": kind.value,
            "own": own,
            "networks": drawn(explorer.config) if explorer.config else None,
            "latent_dim": explorer.latent_dim,
            "images": int(explorer.metrics.get("train_images", 0)),
            "original": export.data_uri(export.png(followed.pixels)),
            "draws": [export.data_uri(export.png(image)) for image in explorer.decode(draws)],
        },
        left,
    )
    if explorer.config is None:
        st.info(f"The layers of “{explorer.title}” are not known, so its networks cannot be drawn.")


def drawn(config: ModelConfig) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """The stages of encoder and decoder, as they are in a model of each kind with these layers."""
    alike = {kind: replace(config, kind=kind, samples=1) for kind in get_args(Kind)}
    return {
        kind: {coder: [_row(stage) for stage in stages(each, coder)] for coder in get_args(Coder)}
        for kind, each in alike.items()
    }


def _row(stage: Stage) -> dict[str, Any]:
    """A stage as the figure draws it."""
    blocks = f"{stage.blocks} residual block{'s' * (stage.blocks > 1)}" if stage.blocks else ""
    by = OPERATIONS[stage.by] if stage.by else ""
    taps = TAPS if stage.by in ("halving", "doubling") else ""
    return {"shape": stage.shape, "by": by, "taps": taps, "blocks": blocks, "weights": stage.weights}


def _others(explorer: Explorer) -> Iterator[tuple[str, str]]:
    """Name and label of a model with networks of each sort that the chosen one's are not.

    One of the same images comes first.
    """
    own = _sort(explorer.config) if explorer.config else None
    records = [record for record in loaders.described().values() if record.config]
    records.sort(key=lambda record: record.dataset.name != explorer.dataset.name)
    for sort, label in ALIKE.items():
        for record in [each for each in records if each.config and _sort(each.config) == sort != own][:1]:
            yield record.name, label.format(f"“{record.title}”")


def _sort(config: ModelConfig) -> str:
    return config.network if is_mirrored(config) else "own encoder"
