"""How it works: every step for every model, its numbers, and what the address and the browser may say."""

import json
import math
import re
from functools import partial
from typing import Any

import numpy as np
import pytest
from scipy.special import xlog1py, xlogy
from streamlit.testing.v1 import AppTest

from tests.pages import strangers, visiting
from tests.pages.visiting import address
from vae import explorer
from vae.images.dataset import ImageSet
from vae.model.config import tensor_shapes
from vae.web.kit import datasets
from vae.web.pages.how_it_works.derivation import amortised, bound, integral
from vae.web.pages.how_it_works.steps import CHAPTERS

STEPS = tuple(CHAPTERS)
visit = partial(visiting.visit, "how_it_works")


def headings(at: AppTest) -> list[str]:
    return [heading.value for heading in at.header]


def facts(at: AppTest) -> str:
    """The lists of numbers on the page."""
    return " ".join(element.proto.body for element in at.get("html") if "vae-facts" in element.proto.body)


@pytest.mark.parametrize("step", STEPS)
def test_a_step_opens_by_its_address(step: str) -> None:
    at = visit(step=step)
    assert headings(at) == [CHAPTERS[step].heading]
    assert address(at, "step") == step


@pytest.mark.parametrize("step", ["likelihood", "elbo", "encodings", "inference"])
def test_a_step_that_looks_at_the_model_opens_for_one_with_more_dimensions(step: str) -> None:
    assert headings(visit(step=step, model="mnist-vae-20d")) == [CHAPTERS[step].heading]


def test_next_leads_through_all_steps_and_previous_back() -> None:
    at = visit()
    for key in STEPS[1:]:
        at.button(key="theory-next").click().run()
        assert headings(at) == [CHAPTERS[key].heading]
    assert not any(button.key == "theory-next" for button in at.button)
    at.button(key="theory-previous").click().run()
    assert address(at, "step") == STEPS[-2]
    assert not at.exception


def test_the_encoder_has_the_numbers_that_its_layers_have() -> None:
    model = explorer.load("mnist-vae-2d")
    assert model.config is not None
    shapes = tensor_shapes(model.config)
    count = sum(math.prod(shape) for name, shape in shapes.items() if name.startswith("encoder."))
    assert amortised.encoder_weights(model) == count


def test_instead_of_an_unknown_step_the_first_one_is_shown() -> None:
    at = visit(step="nowhere")
    assert headings(at) == [CHAPTERS[STEPS[0]].heading]


def test_the_training_chart_holds_the_models_own_history() -> None:
    history = explorer.load("mnist-vae-2d").metrics["history"]
    at = visit(step="elbo", part_of_elbo="training")
    assert f"{history[0]['kl']:.1f} → {history[-1]['kl']:.1f}" in facts(at)
    assert f"epoch 1 to {len(history)}" in facts(at)
    assert len(at.get("plotly_chart")) == 1


def test_the_bound_lies_below_log_p_for_every_width_and_highest_near_the_encoder_s_own(
    mnist: ImageSet,
) -> None:
    model = explorer.load("mnist-vae-2d")
    found = bound.terms(model.fingerprint, mnist.floats(3), model)
    elbo = -(found.nll + found.kl)
    assert (elbo < found.log_evidence).all()
    assert 0.6 < bound.WIDTHS[int(elbo.argmax())] < 1.7
    own = bound.WIDTHS.index(1.0)
    terms = model.evaluate(mnist.floats(slice(3, 4)), samples=500)
    assert found.kl[own] == pytest.approx(float(terms.kl[0]), rel=1e-4)
    assert found.nll[own] == pytest.approx(float(terms.nll[0]), abs=2)
    at = visit(step="elbo", image="3")
    at.select_slider(key="widget.width").set_value(bound.WIDTHS[0]).run()
    assert not at.exception
    assert address(at, "width") == "0.1"
    lengths = {trace["name"]: trace["x"][0] for trace in _traces(at.get("plotly_chart")[0])}
    assert lengths["nll"] + lengths["KL"] == pytest.approx(-elbo[0])
    assert lengths["−log p(x)"] + lengths["gap"] == pytest.approx(-elbo[0])
    assert lengths["gap"] == pytest.approx(found.log_evidence - elbo[0])
    assert f"{found.kl[0]:.1f}" in facts(at)
    assert f"{found.log_evidence:.1f}".replace("-", "−") in facts(at)


def test_the_searches_numbers_grow_with_the_images_and_the_encoder_s_do_not() -> None:
    at = visit(step="inference")
    at.select_slider(key="widget.images_to_encode").set_value(1000).run()
    assert not at.exception
    weights = sum(
        weight.size + bias.size for weight, bias in explorer.load("mnist-vae-2d").networks().encoder
    )
    shown = re.findall(r"</i>([\d,]+)</dd>", visiting.html(at))
    assert shown == [f"{2 * 2 * 1000:,}", f"{weights:,}"]


@pytest.mark.parametrize("step", ["likelihood", "elbo", "encodings", "inference"])
def test_a_step_says_what_an_autoencoder_lacks_and_keeps_its_words(step: str) -> None:
    at = visit(step=step, model="mnist-ae-2d")
    assert explorer.load("mnist-ae-2d").title in at.info[0].value
    assert "bove" not in at.info[0].value  # a link leads to a model that has it
    (link,) = (each.proto for each in at.get("page_link") if "See this step" in each.proto.label)
    assert link.query_string == f"model=mnist-vae-2d&step={step}"
    assert max(len(text.value) for text in at.markdown) > 500


def test_no_table_has_an_empty_head() -> None:
    for step in STEPS:
        for text in visit(step=step).markdown:
            heads = re.findall(r"(\|[^\n]*)\n\|[ -]*-{3}", text.value)
            assert all(cell.strip() for head in heads for cell in head.strip("|").split("|"))


def test_guesses_of_the_likelihood_from_the_encoder_reach_the_elbo() -> None:
    model = explorer.load("mnist-vae-2d")
    _, items = datasets.examples(model.dataset)
    pixels = items.floats(3)
    prior, encoder = integral._guesses(model.fingerprint, pixels, model)
    elbo = float(model.evaluate(pixels[None], samples=500).elbo[0])
    assert prior.shape == encoder.shape == (integral.REPEATS, integral.DRAWS)
    assert encoder[:, -1].min() > elbo  # 1,000 draws give a tighter bound than one
    assert abs(encoder[:, 0].mean() - elbo) < 30  # one draw gives the ELBO on average
    assert np.ptp(encoder[:, -1]) < np.ptp(prior[:, -1])


def test_the_least_nll_is_that_of_the_images_shown() -> None:
    at = visit(step="pixels")
    _, items = datasets.examples(explorer.load("mnist-vae-2d").dataset)
    x = items.floats().astype(np.float64).reshape(len(items), -1)
    floor = np.mean(-(xlogy(x, x) + xlog1py(1 - x, -x)).sum(axis=1))
    assert f"{floor:.2f}" in facts(at)


def test_the_sliders_of_a_pixel_are_in_the_address() -> None:
    at = visit(step="pixels", x="0.75")
    assert at.slider(key="widget.x").value == 0.75
    at.slider(key="widget.pixel_sd").set_value(0.2).run()
    assert address(at, "pixel_sd") == "0.2"


def test_encoding_again_draws_another_cloud() -> None:
    at = visit(step="encodings", repeats="50")

    def cloud() -> str:
        (trace,) = (
            each for each in _traces(at.get("plotly_chart")[0]) if each["name"] == "repeated encodings"
        )
        return str(trace["x"])

    before = cloud()
    next(button for button in at.button if button.label == "Encode again").click().run()
    assert not at.exception
    assert cloud() != before


def _traces(chart: Any) -> list[dict[str, Any]]:
    traces: list[dict[str, Any]] = json.loads(chart.proto.spec)["data"]
    return traces


def _taken(sent: object) -> None:
    import streamlit as st

    from vae.web.pages.how_it_works import gaussian

    st.session_state["theory.kl"] = {"q": sent}
    q = gaussian.look_up()
    q.take("kl")
    st.text(f"{q.mean.value} {q.sd.value}")


@pytest.mark.parametrize(
    ("sent", "used"),
    [
        ({"mean": -2.0, "sd": 0.5}, "-2.0 0.5"),
        ({"mean": "far", "sd": float("nan")}, "1.5 0.6"),
        ({"mean": 99, "sd": -1}, "1.5 0.6"),
        ([1, 2], "1.5 0.6"),
    ],
)
def test_only_numbers_within_bounds_are_taken_from_the_browser(sent: object, used: str) -> None:
    at = AppTest.from_function(_taken, args=(sent,)).run()
    assert not at.exception
    assert at.text[0].value == used


@pytest.mark.usefixtures("others")
@pytest.mark.parametrize("name", strangers.NAMES)
@pytest.mark.parametrize("step", ["likelihood", "elbo", "encodings", "pixels", "inference"])
def test_a_step_that_looks_at_the_model_opens_for_any(step: str, name: str) -> None:
    at = visit(name, step=step)
    assert headings(at) == [CHAPTERS[step].heading]
    assert "digit" not in " ".join(text.value for text in (*at.markdown, *at.caption, *at.info))


@pytest.mark.usefixtures("others")
def test_a_step_s_numbers_are_those_of_any_likelihood() -> None:
    model, pixels = strangers.model("blobs-3d"), strangers.items("blobs").floats(0)
    found = bound.terms(model.fingerprint, pixels, model)
    q = model.encode(pixels[None])
    expected = 0.5 * (q.mu**2 + q.sd**2 - np.log(q.sd**2) - 1).sum()
    assert found.kl[bound.WIDTHS.index(1.0)] == pytest.approx(float(expected), rel=1e-4)
    at = visit("blobs-3d", step="likelihood")
    assert any("gaussian likelihood, RGB pixels" in caption.value for caption in at.caption)


@pytest.mark.usefixtures("others")
def test_a_step_says_what_a_model_of_draws_lacks_and_leads_to_one_that_has_it() -> None:
    at = visit("foreign-3d", step="elbo")
    assert at.info[0].value.startswith("“foreign-3d” has no Gaussian q(z|x) and no likelihood p(x|z)")
    (link,) = (each.proto for each in at.get("page_link") if "See this step" in each.proto.label)
    assert link.query_string == "model=shapes-2d&step=elbo"


@pytest.mark.parametrize("model", ["mnist-vae-20d", "mnist-ae-2d"])
def test_the_walk_leads_a_model_without_a_plane_of_codes_to_one_that_has_it(model: str) -> None:
    at = visit(step="em", before="walk", model=model)
    (link,) = (each.proto for each in at.get("page_link") if "See this step" in each.proto.label)
    name = link.query_string.removeprefix("model=").removesuffix("&step=em")
    assert explorer.load(name).can("plane", "gaussian", "likelihood")


def test_the_likelihood_says_how_far_grey_cross_entropy_is_from_a_density() -> None:
    model = explorer.load("mnist-vae-2d")
    _, items = datasets.examples(model.dataset)
    mean = model.decode(model.encode(items.floats(slice(3, 4))).mu).astype(np.float64)
    x = np.linspace(0, 1, 5001)[:, None]
    flat = mean.reshape(1, -1).clip(1e-300, 1 - 1e-16)
    density = np.exp(xlogy(x, flat) + xlog1py(1 - x, -flat))
    expected = np.log(np.trapezoid(density, x[:, 0], axis=0)).sum()
    shown = re.search(r"grey pixels</span></dt><dd>−([\d,]+)", facts(visit(step="likelihood", image="3")))
    assert shown is not None
    assert float(shown[1].replace(",", "")) == pytest.approx(-expected, rel=0.002)
