"""Odd test images: the most surprising ones, and those whose neighbours carry another label."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from vae.analysis import outliers
from vae.analysis.reconstruction import DRAWS
from vae.explorer import SAMPLES, Explorer
from vae.images.dataset import ImageSet
from vae.images.names import apart
from vae.latent import neighbours
from vae.latent.neighbours import NEIGHBOURS
from vae.web.kit import address, datasets, html, navigation, values
from vae.web.kit.address import Shared
from vae.web.kit.format import plus_minus, signed
from vae.web.selection import code_map, inspector

SHOWN = 24  # images of a gallery
LARGE, SMALL = 168, 72  # CSS pixels of an image, about
KINDS = {"surprising": "Most surprising", "suspicious": "Suspicious labels"}

KIND_HELP = (
    "Surprising: the largest −ELBO, nll where there is none. Suspicious: more than half of the ten nearest "
    "codes carry one and the same other label."
)
LOSS_HELP = (
    f"A mean over {DRAWS} draws of z ± its error, where the image itself is here. The list is ordered by the "
    f"{SAMPLES} draws that ship with the codes, whose mean can differ."
)
NEIGHBOURS_HELP = "Labels of the ten test images whose codes mu are nearest, the nearest first."


@dataclass(frozen=True)
class Odd:
    """Images of a gallery: their indices, and what is said of each."""

    index: NDArray[np.int64]  # (n,)
    words: tuple[str, ...]
    total: int  # how many there are, shown or not


def show(explorer: Explorer) -> None:
    """The gallery, and the image that is followed; one sentence where nothing tells which images are odd."""
    st.header("Odd test images", anchor=False)
    kinds = kinds_of(explorer)
    if not kinds:
        st.info(
            f"“{html.plain_markdown(explorer.title)}” has no likelihood and {explorer.dataset.name} no "
            f"labels: nothing tells which test images are odd. {navigation.SAY_LIKELIHOOD}"
        )
        return
    kind = _choose(kinds)
    found = surprising(explorer) if kind == "surprising" else suspicious(explorer)
    originals = datasets.images(explorer.dataset.name)
    followed = values.image(len(explorer.codes("test")), int(found.index[0]) if len(found.index) else 0)
    st.caption(_sentence(explorer, kind, found))
    with st.container(key="gallery", horizontal=True, gap="xxsmall"):
        for index, words in zip(found.index.tolist(), found.words, strict=True):
            image = _image(explorer, originals, index)
            _button(image, index, explorer.about(index), words, followed)
    _show_followed(explorer, originals, followed.value)


def kinds_of(explorer: Explorer) -> tuple[str, ...]:
    """The galleries that there are for a model."""
    has_loss = explorer.codes("test").nll is not None
    return ("surprising",) * has_loss + ("suspicious",) * explorer.can("labels")


def surprising(explorer: Explorer) -> Odd:
    """The images with the largest -ELBO, nats; without a KL in closed form with the largest nll."""
    order, nats = outliers.surprising(explorer.codes("test"))
    words = tuple(f"{code_map.loss_name(explorer)} {signed(value, 1)} nats" for value in nats[:SHOWN])
    return Odd(order[:SHOWN], words, len(order))


def suspicious(explorer: Explorer) -> Odd:
    """The images whose neighbours agree most on another label."""
    own, names = explorer.codes("test").known_labels, explorer.class_names or ()
    found = outliers.suspicious(own, _neighbours(explorer.fingerprint, explorer))
    shown = zip(*(each[:SHOWN].tolist() for each in (found.index, found.votes, found.said)), strict=True)
    words = tuple(
        f"labelled {apart(names[own[image]])}, {votes} of {NEIGHBOURS} neighbours say {apart(names[said])}"
        for image, votes, said in shown
    )
    return Odd(found.index[:SHOWN], words, len(found.index))


def _choose(kinds: tuple[str, ...]) -> str:
    kind = address.choice("odd", kinds, kinds[0])
    if len(kinds) == 1:
        return kind.value
    commit = address.then_forget(kind.commit, "image")  # the other list begins with its own
    st.segmented_control(
        "Odd by",
        kinds,
        format_func=KINDS.__getitem__,
        required=True,
        help=KIND_HELP,
        **kind.widget() | {"on_change": commit},
    )
    return kind.value


def _sentence(explorer: Explorer, kind: str, found: Odd) -> str:
    if kind == "surprising":
        count = f"{len(found.index)} of {found.total:,}"
        return (
            f"The {count} test images that surprise the model most: describing them with it costs most nats "
            "(a nat is 1.44 bits). Click one."
        )
    if not found.total:
        return "No test image has neighbours that agree on another label."
    return (
        f"Of {found.total:,} test images most of the ten nearest codes carry one and the same other label; "
        f"the clearest {len(found.index)} are shown. Some are mislabelled, more lie where classes overlap. "
        "Click one."
    )


def _image(explorer: Explorer, originals: ImageSet | None, index: int) -> NDArray[np.float32]:
    """The original image (H, W, C) in [0, 1], or its reconstruction where the data set is not here."""
    if originals is None:
        return explorer.decode(explorer.codes("test").mu[index : index + 1])[0]
    return originals.floats(index)


def _button(image: NDArray[np.float32], index: int, named: str, words: str, followed: Shared[int]) -> None:
    said = f"{named}: {words}"
    html.picture_button(
        image,
        said,
        key=f"odd.{index}",
        is_chosen=index == followed.value,
        help=f"Follow {said}.",
        on_click=followed.set,
        args=(index,),
    )


def _show_followed(explorer: Explorer, originals: ImageSet | None, index: int) -> None:
    """The image large beside its reconstruction, its numbers, and its nearest neighbours."""
    codes, spec = explorer.codes("test"), explorer.image_spec
    near = _neighbours(explorer.fingerprint, explorer)[index].tolist()
    labelled = f", labelled {apart(_class_of(explorer, index))}" if explorer.can("labels") else ""
    said = explorer.about(index)
    st.header(html.plain_markdown(f"{said[0].upper()}{said[1:]}{labelled}"), anchor=False)
    pictures, numbers = st.columns([2, 1], gap="medium")
    with pictures:
        back = explorer.decode(codes.mu[index : index + 1])[0]
        if originals is None:
            shown = [(back, "reconstruction (the original is not here)")]
        else:
            shown = [(originals.floats(index), "original"), (back, "reconstruction: decoder mean at mu")]
        html.pictures(*shown, size=spec.css_width(LARGE))
        st.markdown(f"Its {len(near)} nearest neighbours, by their codes")
        shown = [(_image(explorer, originals, each), _called(explorer, each)) for each in near]
        html.pictures(*shown, size=spec.css_width(SMALL))
    with numbers:
        html.facts(*_facts(explorer, index, near))
        st.page_link(
            "pages/reconstruct.py",
            label="Follow it through the model",
            query_params={"image": str(index), "source": "example"},
        )


def _facts(explorer: Explorer, index: int, near: list[int]) -> list[html.Fact]:
    """How surprising an image is, and what its neighbours say of its label."""
    codes, facts = explorer.codes("test"), []
    if "surprising" in kinds_of(explorer):
        place = f"{outliers.rank(codes.loss, index):,}"
        terms = inspector.terms(explorer, index)
        nats = codes.loss[index] if terms.loss is None else terms.loss
        loss = plus_minus(nats, terms.error or None, 1)  # 0 of a point, whose nll no draw moves
        facts += [
            html.Fact(code_map.loss_name(explorer), loss, "nats", LOSS_HELP),
            html.Fact("Surprise, rank", place, f"of {len(codes):,}"),
        ]
    if explorer.can("labels"):
        votes = int((codes.known_labels[near] == codes.known_labels[index]).sum())
        facts.append(html.Fact("Neighbours of its label", f"{votes}", f"of {len(near)}", NEIGHBOURS_HELP))
    return facts


def _class_of(explorer: Explorer, index: int) -> str:
    """The name of an image's class, without labels its number."""
    if explorer.class_names is None:
        return explorer.about(index)
    return explorer.class_names[explorer.codes("test").known_labels[index]]


def _called(explorer: Explorer, index: int) -> str:
    """Its class, and its file where it is one, without the folder, which is the class's as a rule."""
    names, said = explorer.codes("test").names, _class_of(explorer, index)
    if names is None or not explorer.can("labels"):
        return said
    return f"{apart(said)}, {apart(names[index].rpartition('/')[2])}"


@st.cache_data(show_spinner="Looking for neighbours", max_entries=16)
def _neighbours(fingerprint: str, _explorer: Explorer) -> NDArray[np.int64]:
    mu = _explorer.codes("test").mu
    return neighbours.nearest(mu, mu, own=np.arange(len(mu)))[0]
