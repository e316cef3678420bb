"""Step 0 of How it works: its picture, the holes of an autoencoder, and the training to watch."""

import json
from functools import partial

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.pages import visiting
from vae import explorer
from vae.analysis.studies import study as studies
from vae.latent import prior
from vae.web.kit import datasets
from vae.web.kit.format import signed
from vae.web.pages.how_it_works.begin import holes, watched
from vae.web.pages.how_it_works.steps import CHAPTERS, GROUPS

visit = partial(visiting.visit, "how_it_works")
MOST = 6  # of a row, at first sight


def step_of(at: AppTest) -> str:
    (heading,) = (each.value for each in at.header)
    return next(key for key, chapter in CHAPTERS.items() if chapter.heading == heading)


def test_few_steps_are_seen_at_once_and_a_group_begins_with_its_first() -> None:
    assert len(GROUPS) <= MOST
    assert all(len(chapters) <= MOST for chapters in GROUPS.values())
    at = visit()
    for name, chapters in GROUPS.items():
        at.segmented_control(key="theory-group").set_value(name).run()
        assert not at.exception
        assert step_of(at) == next(iter(chapters))
        assert len(at.pills(key="widget.step").options) == len(chapters)


def test_a_step_by_its_address_shows_its_own_group() -> None:
    at = visit(step="kl")
    assert at.segmented_control(key="theory-group").value == "The bound"
    at.pills(key="widget.step").set_value("em").run()
    assert step_of(at) == "em"
    assert visiting.address(at, "step") == "em"


def test_the_picture_shows_the_image_its_code_and_what_the_decoder_makes_of_it() -> None:
    model = explorer.load("mnist-vae-2d")
    _, items = datasets.examples(model.dataset)
    mu = model.encode(items.floats(slice(3, 4))).mu
    at = visit(image="3")
    (given,) = visiting.pictures(at, "test image 3 of mnist")
    np.testing.assert_array_equal(given, np.rint(255 * items.floats(3)[..., 0]))
    (made,) = visiting.pictures(at, "what the decoder makes")
    np.testing.assert_allclose(made, 255 * model.decode(mu)[0, ..., 0], atol=1)
    assert f"z = ({signed(mu[0, 0])}, {signed(mu[0, 1])})" in visiting.html(at)


def test_a_code_of_many_numbers_is_drawn_as_bars() -> None:
    shown = visiting.html(visit(model="mnist-vae-20d"))
    assert "20 numbers" in shown
    assert shown.partition("begin-bars")[2].partition("</div>")[0].count("<i ") == 20


def test_an_autoencoder_leaves_more_of_the_prior_empty_than_a_vae() -> None:
    facts = [value for label, value, _ in visiting.facts(visit()) if label == "Empty places"]
    shares = []
    for name in ("mnist-ae-2d", "mnist-vae-2d"):
        codes, draws = explorer.load(name).codes("test").mu, prior.samples(holes.DRAWS, 2, 0)
        distances = np.linalg.norm(draws[:, None] - codes[None], axis=2).min(axis=1)
        shares.append(float((distances > holes.NEAR).mean()))
    assert facts == [f"{100 * share:.0f}" for share in shares]
    assert shares[0] > 3 * shares[1]


def test_the_marked_place_is_a_hole_of_the_autoencoder_only() -> None:
    away = [
        np.linalg.norm(explorer.load(name).codes("test").mu - holes.HOLE, axis=1).min()
        for name in ("mnist-ae-2d", "mnist-vae-2d")
    ]
    assert away[0] > holes.NEAR > away[1]


def test_the_watched_training_lowers_its_loss_and_parts_the_classes() -> None:
    study = studies.read("training-watched")
    looks, mu, labels = study.said["looks"], study.arrays["mu"].astype(np.float64), study.arrays["labels"]
    assert len(looks) == len(mu) == len(study.arrays["out"]) == len(study.arrays["drawn"])
    loss = [look["nll"] + look["kl"] for look in looks]
    assert loss[-1] < loss[4] < loss[0]
    assert looks[4]["epoch"] == 1

    def apart(codes: np.ndarray) -> float:
        """Share of the codes whose nearest other one is of the same class."""
        distances = np.linalg.norm(codes[:, None] - codes[None], axis=2) + np.diag(
            np.full(len(codes), np.inf)
        )
        return float((labels[distances.argmin(axis=1)] == labels).mean())

    assert apart(mu[-1]) > 0.6 > apart(mu[0])


@pytest.mark.parametrize(("sent", "kept"), [(3, "3"), (99, ""), ("x", ""), (float("nan"), "")])
def test_the_moment_that_was_left_is_in_the_address(sent: object, kept: str) -> None:
    def page(sent: object) -> None:
        import streamlit as st

        from vae.analysis.studies import study as studies
        from vae.web.pages.how_it_works.begin import watched

        st.session_state["theory.watched"] = {"q": {"look": sent}}
        watched.take(watched.look_up(studies.read("training-watched")))

    at = AppTest.from_function(page, args=(sent,)).run()
    assert not at.exception
    assert visiting.address(at, "look") == kept


def test_the_browser_gets_the_codes_in_hundredths() -> None:
    study = studies.read("training-watched")
    sent = watched._recorded(study)
    codes = np.array(sent["codes"]).reshape(study.arrays["mu"].shape) / 100
    np.testing.assert_allclose(codes, study.arrays["mu"].astype(np.float64), atol=0.0051)
    assert len(json.dumps(sent)) < 400_000
