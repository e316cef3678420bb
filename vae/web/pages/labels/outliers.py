"""Odd test images: the most surprising ones, and those whose neighbours carry another label."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from vae.analysis import few_labels
from vae.explorer import Explorer
from vae.images.dataset import ImageSet
from vae.latent import neighbours
from vae.web.kit import address, datasets, html
from vae.web.selection import input_image

SHOWN = 24  # images of a gallery
SIZE, SMALL = 168, 84  # CSS pixels
KINDS = {"surprising": "Most surprising", "suspicious": "Suspicious labels"}

KIND_HELP = (
    "Surprising: the largest −ELBO, nll of an autoencoder. Suspicious: more than half of the ten nearest "
    "codes carry one and the same other label."
)
NEIGHBOURS_HELP = "Labels of the ten test images whose codes mu are nearest, the nearest first."


@dataclass(frozen=True)
class Odd:
    """Images of a gallery: their indices, and what is said of each."""

    index: np.ndarray  # (n,)
    words: tuple[str, ...]
    total: int  # how many there are, shown or not


def show(explorer: Explorer) -> None:
    """The gallery, and the image that is followed."""
    st.subheader("Odd test images", anchor=False)
    kind = address.choice("odd", tuple(KINDS), "surprising")

    def commit() -> None:
        kind.commit()
        address.forget("image")  # the other list begins with its own

    st.segmented_control(
        "Which",
        tuple(KINDS),
        format_func=KINDS.__getitem__,
        required=True,
        label_visibility="collapsed",
        help=KIND_HELP,
        **kind.widget() | {"on_change": commit},
    )
    found = surprising(explorer) if kind.value == "surprising" else suspicious(explorer)
    originals = datasets.images(explorer.dataset)
    last = len(explorer.codes("test").labels) - 1
    default = int(found.index[0]) if len(found.index) else 0
    followed = address.integer("image", default, 0, last)
    st.caption(_sentence(explorer, kind.value, found))
    with st.container(key="gallery", horizontal=True, gap="xxsmall"):
        for index, words in zip(found.index.tolist(), found.words, strict=True):
            _button(_image(explorer, originals, index), index, words, followed)
    _show_followed(explorer, originals, followed.value)


def surprising(explorer: Explorer) -> Odd:
    """The images with the largest -ELBO, nats; of an autoencoder with the largest nll."""
    order, nats = few_labels.surprising(explorer.codes("test"))
    name = "−ELBO" if explorer.has_posterior else "nll"
    words = tuple(f"{name} {value:.1f} nats".replace("-", "−") for value in nats[:SHOWN])
    return Odd(order[:SHOWN], words, len(order))


def suspicious(explorer: Explorer) -> Odd:
    """The images whose neighbours agree most on another label."""
    own, near = explorer.codes("test").labels, _neighbours(explorer.fingerprint, explorer)
    index, against = few_labels.suspicious(own, near)
    names = input_image.class_names(explorer.dataset)
    votes = [f"{count} of {few_labels.NEIGHBOURS} neighbours say" for count in against[:SHOWN]]
    words = tuple(
        f"labelled {names[own[image]]}, {said} {names[_other(own, near, image)]}"
        for image, said in zip(index[:SHOWN].tolist(), votes, strict=True)
    )
    return Odd(index[:SHOWN], words, len(index))


def _other(own: np.ndarray, near: np.ndarray, image: int) -> int:
    """The label, other than its own, that most neighbours of an image carry."""
    votes = np.bincount(own[near[image]], minlength=int(own.max()) + 1)
    votes[own[image]] = 0
    return int(votes.argmax())


def _sentence(explorer: Explorer, kind: str, found: Odd) -> str:
    if kind == "surprising":
        count = f"{len(found.index)} of {found.total:,}"
        return f"The {count} test images that cost {explorer.name} most nats. Click one."
    if not found.total:
        return "No test image has neighbours that agree on another label."
    return (
        f"Of {found.total:,} test images most of the ten nearest codes carry one and the same other label; "
        f"the clearest {len(found.index)} are shown. Some are mislabelled, more lie where classes overlap. "
        "Click one."
    )


def _image(explorer: Explorer, originals: ImageSet | None, index: int) -> np.ndarray:
    """The original image (28, 28) in [0, 1], or its reconstruction where the data set is not here."""
    if originals is None:
        return explorer.decode(explorer.codes("test").mu[index : index + 1])[0]
    return originals.floats(index)


def _button(image: np.ndarray, index: int, words: str, followed: address.Shared[int]) -> None:
    """A button that is a picture; the followed one's has the accent colour."""
    said = f"test image {index}: {words}"
    st.button(
        html.picture_label(image, said),
        key=f"odd.{index}",
        help=html.plain_markdown(f"Follow {said}."),
        type="primary" if index == followed.value else "secondary",
        on_click=followed.set,
        args=(index,),
    )


def _show_followed(explorer: Explorer, originals: ImageSet | None, index: int) -> None:
    """The image large beside its reconstruction, its numbers, and its nearest neighbours."""
    codes, names = explorer.codes("test"), input_image.class_names(explorer.dataset)
    near = _neighbours(explorer.fingerprint, explorer)[index].tolist()
    place = int((codes.loss > codes.loss[index]).sum()) + 1
    loss = "−ELBO" if explorer.has_posterior else "nll"
    st.subheader(f"Test image {index}, labelled {names[codes.labels[index]]}", anchor=False)
    pictures, numbers = st.columns([2, 1], gap="medium")
    with pictures:
        original = "original" if originals is not None else "reconstruction (the original is not here)"
        back = explorer.decode(codes.mu[index : index + 1])[0]
        html.pictures(
            (_image(explorer, originals, index), original),
            (back, "reconstruction: decoder mean at mu"),
            size=SIZE,
        )
        st.markdown(f"Its {few_labels.NEIGHBOURS} nearest neighbours, by their codes")
        shown = [(_image(explorer, originals, each), names[codes.labels[each]]) for each in near]
        html.pictures(*shown, size=SMALL)
    with numbers:
        votes = sum(int(codes.labels[each] == codes.labels[index]) for each in near)
        html.facts(
            html.Fact(loss, f"{codes.loss[index]:.1f}".replace("-", "−"), "nats", KIND_HELP),
            html.Fact("Surprise, rank", f"{place:,}", f"of {len(codes.labels):,}"),
            html.Fact("Neighbours of its label", f"{votes}", f"of {few_labels.NEIGHBOURS}", NEIGHBOURS_HELP),
        )
        st.page_link(
            "pages/reconstruct.py",
            label="Follow it through the model",
            query_params={"image": str(index), "source": "example"},
        )


@st.cache_data(show_spinner="Looking for neighbours", max_entries=16)
def _neighbours(fingerprint: str, _explorer: Explorer) -> np.ndarray:

    mu = _explorer.codes("test").mu
    return neighbours.nearest(mu, mu, own=np.arange(len(mu)))[0]
