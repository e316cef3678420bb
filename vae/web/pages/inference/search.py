"""The body of Inference: two searches for one image's best q(z|x), and the mean gain over many images."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from vae import figures
from vae.analysis import inference_gap
from vae.analysis.inference_gap import DRAWS, IMAGES
from vae.errors import Unusable
from vae.explorer import Explorer
from vae.images.spec import Floats
from vae.jobs.job import Job
from vae.latent.posterior_search import STEPS
from vae.web.kit import frame, html, job_panel
from vae.web.kit.format import signed
from vae.web.live import play
from vae.web.pages.inference import answer, cloud, searches
from vae.web.pages.inference.answer import HEIGHT, NATS, Answer
from vae.web.pages.inference.searches import Key, Shelf
from vae.web.selection import input_image

CHART, GAINS = "inference-search", "inference-gains"  # keys
UNDER_WAY, OWN = "inference.under_way.", "inference.own."  # session, by the model's fingerprint
WORDS = (
    "The encoder answers with the red dotted ellipse, q(z|x), after one look. A search for this one image "
    "moves it to where the evidence lower bound (ELBO) is higher: what it gains, the encoder has missed."
)
STOPPED = "inference.stopped"  # session: the key of the search that the user stopped
WAITING = "Waiting for another search on this machine"
DOING = f"Searching the best q(z|x) for this image, twice {STEPS} steps"
STOP_HELP = "Ends the search. So does another image, another model or another page."
MEASURE_HELP = (
    f"Searches for the first {IMAGES} test images, beside the page, which stays usable. "
    "It takes minutes and can be stopped."
)
BOUND_HELP = (
    "The mean log of the mean of k weights p(x, z) / q(z|x), z drawn from q (Burda et al., 2016). For k = 1 "
    "it is the ELBO; it rises to log p(x) with k."
)
BOUNDS = (
    html.Fact("k", help=BOUND_HELP),
    html.Fact("encoder's q", unit=NATS, help="Draws from the encoder's q."),
    html.Fact("after search", unit=NATS, help="Draws from the q that the search found."),
)

GREY = (
    "The pixels are grey",
    "grey values",
    "pixels made black or white at random, white as often as they are bright",
)
COLOURED = (
    "The red, green and blue of a pixel lie between 0 and 1",
    "the values between",
    "colours made 0 or 1 at random, 1 as often as they are bright",
)

ANSWERS: Shelf[Answer] = Shelf(most=64)


def show(explorer: Explorer) -> None:
    """Everything below the heading."""
    if explorer.latent_dim < 2:
        st.info("This page draws two dimensions of z, and this model has one. Choose another at the top.")
        return
    if not explorer.can("gaussian"):
        cloud.show(explorer)
        return
    image = input_image.choose(explorer, None, first=_first(explorer.fingerprint, explorer))
    if image is None:
        return
    picture, side = frame.columns()
    with side:
        html.picture(image.pixels, image.caption, explorer.image_spec.css_width(148))
    with picture:
        st.markdown(WORDS)
        controls = st.container(key="inference-play")
        found = _search(explorer, image.pixels)
    if found is not None:
        with controls:
            play.show(CHART, f"Play the search, {STEPS} steps", found.names, "after step ")
        with picture:
            for sentence in found.warnings:
                st.warning(sentence)
            st.caption(found.caption)
        with side:
            html.facts(*found.facts)
            st.markdown("**What stays below log p(x)**")
            with st.container(key="inference-gaps"):
                html.table(*found.gaps)
    with st.container(key="inference-below"):
        gap, bounds = st.columns([2, 1], gap="medium")
    with gap:
        _show_gap(explorer, found.gain if found else None)
    if found is not None:
        with bounds:
            _show_bounds(found.bounds)
            _say_what_grey_means(explorer)


@st.cache_data(show_spinner=False, max_entries=32)
def _first(fingerprint: str, _explorer: Explorer) -> int:
    return inference_gap.telling(_explorer)


def _search(explorer: Explorer, pixels: Floats) -> Answer | None:
    """Draw the search, found by any session before or now; None where the user has stopped it."""
    key = searches.key_of(explorer, pixels)
    place = st.empty()
    found = ANSWERS.get(key)
    if found is None and st.session_state.get(STOPPED) == key:
        _offer_again(place)
        return None
    if found is None:
        found = _find(explorer, pixels, key, place)
    place.plotly_chart(found.figure, key=CHART, config=figures.CONFIG)
    return found


def _find(explorer: Explorer, pixels: Floats, key: Key, place: DeltaGenerator) -> Answer:
    """Search now, telling how far it is where the chart will be."""
    with place.container(height=HEIGHT, border=False, vertical_alignment="center"):
        bar = st.progress(0.0, DOING)
        st.button("Stop", on_click=_stop, args=(key,), help=STOP_HELP)
    tell = searches.in_words(lambda share, words: bar.progress(share, f"{DOING}: {words}"))
    return ANSWERS.fill(
        key,
        compute=lambda: answer.answer(explorer.latent_dim, inference_gap.infer(explorer, pixels, tell)),
        wait=lambda: bar.progress(0.0, WAITING),
    )


def _stop(key: Key) -> None:
    st.session_state[STOPPED] = key


def _offer_again(place: DeltaGenerator) -> None:
    with place.container(
        height=HEIGHT, border=False, vertical_alignment="center", horizontal_alignment="center"
    ):
        st.caption("The search was stopped.")
        st.button("Search again", on_click=lambda: st.session_state.pop(STOPPED))


def _say_what_grey_means(explorer: Explorer) -> None:
    """What log p(x) is where pixels between 0 and 1 meet a Bernoulli likelihood."""
    likelihood = explorer.likelihood
    if likelihood is not None and likelihood.name == "bernoulli":
        what, between, made = GREY if explorer.image_spec.channels == 1 else COLOURED
        st.caption(
            f"{what}, so log p(x|z) is a cross-entropy that is not normalised over {between}: the expected "
            f"log p(x|z) of {made}. The log p(x) and ELBO shown are lower bounds of the mean log p(x) of "
            "such images."
        )


def _show_bounds(rows: list[list[str]]) -> None:
    st.header("Importance-weighted bound of log p(x)", anchor=False)
    html.table(BOUNDS, rows)
    st.caption(f"± standard error, {DRAWS:,} draws of z in groups of k, seed 0.")


def _show_gap(explorer: Explorer, gain: float | None) -> None:
    """The mean gain over test images, as it ships or as measured here, with this image's among them."""
    st.header("The amortisation gap", anchor=False)
    measured = _measured(explorer)
    if measured is None:
        st.caption("No mean over many images ships with this model. Measure it here, or by this command:")
        st.code(f"python -m vae.gap {explorer.name}", language="bash")
    else:
        st.markdown(
            f"Mean gain over the {measured.data}: **{measured.mean:.2f} ± {measured.error:.2f} nats per "
            f"image** (± standard error), from an ELBO of {signed(measured.elbo)} under the encoder's q."
        )
        st.plotly_chart(
            figures.distribution(measured.gains, gain, quantity="gain of the ELBO (nats per image)"),
            key=GAINS,
            config=figures.CONFIG | {"displayModeBar": False},
        )
        st.caption(
            "Of two searches, from the encoder's q and from a peak of p(z|x), the better one counts. The "
            "best q may be better still: the gap is at least this. Measured by this command:"
        )
        st.code(measured.command, language="bash")
    key = UNDER_WAY + explorer.fingerprint
    if not job_panel.show(key, f"Searching for {IMAGES} test images"):
        st.button("Measure it here", on_click=_measure, args=(key, explorer.name), help=MEASURE_HELP)


def _measured(explorer: Explorer) -> inference_gap.Amortisation | None:
    """What this session has measured, else what ships with the model."""
    done = job_panel.take(UNDER_WAY + explorer.fingerprint)
    if done is not None and done.result is not None:
        st.session_state[OWN + explorer.fingerprint] = inference_gap.from_json(done.result)
    own: inference_gap.Amortisation | None = st.session_state.get(OWN + explorer.fingerprint)
    if own is not None:
        return own
    try:
        return inference_gap.load(explorer.name, explorer.fingerprint)
    except Unusable as error:
        st.warning(str(error))
        return None


def _measure(key: str, model: str) -> None:
    st.session_state[key] = Job("gap", model)
