"""The column beside a map: the chosen code decoded large, its numbers, and the test image it belongs to."""

import numpy as np
import streamlit as st

from vae.analysis import reconstruction
from vae.analysis.reconstruction import Nats
from vae.explorer import Explorer
from vae.figures.layout import coordinate
from vae.web.kit import datasets, html, menus
from vae.web.kit.format import plus_minus, signed
from vae.web.kit.html import Fact
from vae.web.selection import code as choice
from vae.web.selection import posterior_view, your_image
from vae.web.selection.code import Chosen

LARGE, COMPARED = 224, 140  # CSS pixels, about
FEW = 3  # dimensions whose numbers are shown one by one
GO = "inspector.go"  # the menu; its fields are GO.image, GO.z0, GO.z1

READS_HELP = (
    "The label of most of the ten test images whose codes are nearest; a test image itself does not vote. "
    "Far from all codes, the distance to the nearest is given, in prior standard deviations."
)
Z_HELP = "The coordinates of z. The prior is N(0, 1) in each, so a unit is one prior standard deviation."
POSTERIOR_HELP = (
    "The encoder's answer for this image, q(z|x): "
    "mean mu and standard deviation, in prior standard deviations."
)
NORM_HELP = "Length of z. Draws from the prior have a length of about √D."
ELBO_HELP = (
    "Evidence lower bound on log p(x): −(reconstruction + KL), mean of 100 draws of z ± its standard error; "
    "over 10 where the image is not on this machine. Nats per image, higher is better."
)
NLL_HELP = (
    "What the picture costs once z is known: −log p(x|z), mean of 100 draws of z ± its standard error, nats "
    "per image. Lower is better."
)
NO_ELBO_HELP = (
    "An autoencoder's code is a point, not a distribution: there is no KL, and so no bound on log p(x)."
)
KL_HELP = "What z says beyond the prior: KL(q(z|x) ‖ p(z)), in nats per image."


def show(explorer: Explorer, chosen: Chosen) -> None:
    """Decode the chosen code and show it large, with its numbers; of an image `show_image` tells more."""
    z = chosen.code(explorer)
    caption = "decoder mean at z" if chosen.image is None else f"decoder mean, {explorer.about(chosen.image)}"
    html.picture(explorer.decode(z[None])[0], caption, explorer.image_spec.css_width(LARGE))
    if chosen.image is None:
        show_numbers(explorer, z)
    else:
        html.facts(*_landmarks(explorer, z))


def show_numbers(explorer: Explorer, z: np.ndarray) -> None:
    """The coordinates of z (D,), and what it reads as."""
    is_few = explorer.latent_dim <= FEW
    html.facts(*(_coordinates(z) if is_few else []), *_landmarks(explorer, z))
    if not is_few:
        _all_coordinates(z)


def show_pictures(explorer: Explorer, chosen: Chosen) -> None:
    """The chosen image beside its reconstruction; nothing for a point."""
    if chosen.is_own and (image := your_image.own(explorer)) is not None:
        back, size = explorer.decode(chosen.code(explorer)[None])[0], explorer.image_spec.css_width(COMPARED)
        html.pictures((image.pixels, image.given.caption), (back, "reconstruction"), size=size)
    originals = datasets.images(explorer.dataset.name)
    if chosen.image is None or originals is None:
        return
    back = explorer.decode(chosen.code(explorer)[None])[0]
    original, size = originals.floats(chosen.image), explorer.image_spec.css_width(COMPARED)
    html.pictures(
        (original, f"original, {explorer.about(chosen.image)}"), (back, "reconstruction"), size=size
    )


def show_image(explorer: Explorer, chosen: Chosen) -> None:
    """What is known of the chosen image: label, nats, posterior; nothing for a point."""
    if chosen.is_own:
        _show_own(explorer)
    if chosen.image is None:
        return
    codes, image = explorer.codes("test"), chosen.image
    mu, sd = codes.mu[image], codes.sd[image] if explorer.can("posterior") else None
    html.facts(
        _label(explorer, image),
        *([] if codes.names is None else [Fact("File", codes.names[image])]),
        *(_coordinates(mu, sd) if explorer.latent_dim <= FEW else []),
        *_nats(explorer, terms(explorer, image)),
    )
    if explorer.latent_dim > FEW:
        _all_coordinates(mu, sd)


def _show_own(explorer: Explorer) -> None:
    """The posterior and the nats of the user's own image."""
    image = your_image.own(explorer)
    if image is None:
        return
    q = your_image.posterior(explorer, image)
    mu, sd = q.mu[0], q.sd[0] if explorer.can("posterior") else None
    html.facts(
        *(_coordinates(mu, sd) if explorer.latent_dim <= FEW else []),
        *_nats(explorer, _drawn(explorer.fingerprint, image.pixels, explorer)),
    )


def _label(explorer: Explorer, image: int) -> Fact:
    """Which test image it is, by its label if it has one."""
    if explorer.class_names is None:
        return Fact("Test image", str(image))
    label = int(explorer.codes("test").known_labels[image])
    return Fact(f"Label of test image {image}", explorer.class_names[label])


def _nats(explorer: Explorer, found: Nats) -> list[Fact]:
    """The ELBO of an image and its terms, of those that the model knows."""
    if found.nll is None:
        return []
    error = found.error or None  # 0 of a point, whose nll no draw moves
    nll = Fact("Reconstruction (nll)", plus_minus(found.nll, error, 1), "nats", NLL_HELP)
    if found.kl is None or found.loss is None:
        return [nll, Fact("KL", "no closed form", help=posterior_view.kl_words(explorer))]
    if not explorer.can("posterior"):
        return [nll, Fact("ELBO", "none", help=NO_ELBO_HELP)]
    elbo = Fact("ELBO", plus_minus(-found.loss, error, 1), "nats", ELBO_HELP)
    return [elbo, nll, Fact("KL", signed(found.kl), "nats", KL_HELP)]


def terms(explorer: Explorer, image: int) -> Nats:
    """A test image's terms: over many draws of z, with their error, where it is here, else as shipped."""
    originals = datasets.images(explorer.dataset.name)
    if originals is not None:
        return _drawn(explorer.fingerprint, originals.floats(image), explorer)
    codes = explorer.codes("test")
    nll, kl = (None if each is None else float(each[image]) for each in (codes.nll, codes.kl))
    return Nats(nll, None, kl)


@st.cache_data(show_spinner=False, max_entries=1024)
def _drawn(fingerprint: str, pixels: np.ndarray, _explorer: Explorer) -> Nats:
    return reconstruction.nats(_explorer, pixels)


def go_to(explorer: Explorer, chosen: Chosen) -> None:
    """A menu to choose a test image by its number, or z by its coordinates, with the keyboard alone."""
    with st.popover("Go to", help="Choose a test image by its number, or type z."):
        go_to_fields(explorer, chosen)


def go_to_fields(explorer: Explorer, chosen: Chosen) -> None:
    """What is in that menu, for a menu of a page's own."""
    menu = menus.key(GO, chosen)
    if (image := your_image.own(explorer)) is not None:
        words = html.plain_markdown(image.given.caption)
        st.button(f"Your image: {words}", key=f"{GO}.own", on_click=choice.choose_own)
    key = f"{menu}.image"
    st.session_state[key] = chosen.image
    st.number_input(
        "Test image",
        0,
        len(explorer.codes("test")) - 1,
        None,
        key=key,
        on_change=_go_to_image,
        args=(explorer, key),
        placeholder="number",
        help="Its place in the data set's test file, counted from 0.",
    )
    if explorer.latent_dim <= FEW:
        _type_z(explorer, chosen.code(explorer), menu)


def _type_z(explorer: Explorer, z: np.ndarray, menu: str) -> None:
    keys = [f"{menu}.z{axis}" for axis in range(len(z))]
    for axis, (key, value) in enumerate(zip(keys, z.tolist(), strict=True)):
        st.session_state[key] = round(value, 4)
        st.number_input(
            coordinate(axis),
            -choice.LIMIT,
            choice.LIMIT,
            None,
            step=0.1,
            key=key,
            on_change=_go_to_z,
            args=(explorer, keys),
            help="In prior standard deviations.",
        )


def _go_to_image(explorer: Explorer, key: str) -> None:
    if st.session_state[key] is not None:
        menus.changed(GO, choice.choose_image(explorer, st.session_state[key]))


def _go_to_z(explorer: Explorer, keys: list[str]) -> None:
    typed = [st.session_state[key] for key in keys]
    if None not in typed:
        menus.changed(GO, choice.choose_z(explorer, typed))


def reading(explorer: Explorer, z: np.ndarray) -> Fact:
    """What the test images around z (D,) say of it; needs the ability `labels`."""
    assert explorer.class_names is not None
    read = explorer.read(z)
    return Fact("Reads as", read.names(explorer.class_names), read.support, READS_HELP)


def _landmarks(explorer: Explorer, z: np.ndarray) -> list[Fact]:
    """What z (D,) reads as, and where there are many dimensions how far it is from the origin."""
    rows = [reading(explorer, z)] if explorer.can("labels") else []
    if explorer.latent_dim > FEW:
        rows.append(Fact("Length of z", f"{float((z**2).sum()) ** 0.5:.2f}", "sd", NORM_HELP))
    return rows


def _coordinates(z: np.ndarray, sd: np.ndarray | None = None) -> list[Fact]:
    """Each coordinate of z (D,), of a posterior's mean with its standard deviation."""
    if sd is None:
        return [Fact(coordinate(axis), signed(value), "sd", Z_HELP) for axis, value in enumerate(z)]
    return [
        Fact(f"{coordinate(axis)}, mu ± sd", plus_minus(mean, sd[axis]), help=POSTERIOR_HELP)
        for axis, mean in enumerate(z)
    ]


def _all_coordinates(z: np.ndarray, sd: np.ndarray | None = None) -> None:
    """Every coordinate of z (D,), of a posterior's mean with its standard deviation, behind an expander."""
    header = [Fact("Dimension"), Fact("z" if sd is None else "mu", unit=" sd", help=Z_HELP)]
    rows = [[coordinate(axis), signed(value)] for axis, value in enumerate(z)]
    if sd is not None:
        header.append(Fact("posterior sd", help=POSTERIOR_HELP))
        rows = [[*row, f"{sd[axis]:.2f}"] for axis, row in enumerate(rows)]
    with st.expander(f"All {len(z)} coordinates"):
        html.table(header, rows)
