"""Inference: its numbers against the explorer's and PyTorch's, its picture, models without a search."""

import json
import re
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from html import unescape
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.pages import visiting
from vae import explorer
from vae.analysis import inference_gap
from vae.analysis.inference_gap import Amortisation, Climb, Inferred, Plane
from vae.explorer import Explorer
from vae.images import permalink
from vae.images.dataset import ImageSet
from vae.images.spec import ImageSpec
from vae.latent.importance import Estimate
from vae.latent.posterior_search import STEPS
from vae.latent.true_posterior import TruePosterior
from vae.model.protocol import Likelihood
from vae.web.pages.inference import answer, search, searches
from vae.web.pages.inference.searches import Shelf

FLAT, DEEP = "seed-vae-2d", "seed-vae-20d"  # whose networks are small
visit = partial(visiting.visit, "inference")
pytestmark = pytest.mark.usefixtures("mnist")


def facts(at: AppTest) -> dict[str, list[float]]:
    """The numbers of each fact, by its label."""
    page = unescape("".join(element.proto.body for element in at.get("html")))
    rows = re.findall(r"<dt>(?:<span[^>]*>)?([^<]*)(?:</span>)?</dt><dd>([^<]*)", page)
    return {
        label: [float(each) for each in re.findall(r"-?[\d.]+", text.replace("−", "-"))]
        for label, text in rows
    }


def gaps(at: AppTest) -> list[list[tuple[float, float]]]:
    """Of the table of gaps log p(x) and the gaps before and after, each with its error, by column."""
    (table,) = (each.proto.body for each in at.get("html") if "<td>log p(x)</td>" in each.proto.body)
    cells = [re.findall(r"<td>([^<]*)</td>", row)[1:] for row in table.split("<tr>")[2:]]
    rows = [[tuple(map(float, re.split(r"\s±\s", cell.replace("−", "-")))) for cell in row] for row in cells]
    return [list(column) for column in zip(*rows, strict=True)]


def chart(at: AppTest) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(at.get("plotly_chart")[0].proto.spec)
    return found


def numbers(packed: dict[str, str]) -> np.ndarray:
    return np.frombuffer(b64decode(packed["bdata"]), packed["dtype"])


def test_the_numbers_of_a_plane_fit_together(mnist: ImageSet) -> None:
    at = visit(FLAT, image="3")
    said, model = facts(at), explorer.load(FLAT)
    drawn = model.evaluate(mnist.floats(slice(3, 4)), samples=2000)
    labels = "ELBO, encoder's q", "ELBO, search from there", "ELBO, search from the peak"
    (first, error), *found = (said[each] for each in labels)
    by_grid, by_draws = gaps(at)
    level = by_grid[0][0]
    best = max(each[0] for each in found)
    assert abs(first - drawn.elbo[0]) < 4 * np.hypot(error, drawn.nll_error[0])
    assert first < best < level
    assert said["Gain"][0] == pytest.approx(best - first, abs=0.011)
    assert [each for each, _ in by_grid[1:]] == pytest.approx([level - first, level - best], abs=0.011)
    for (one, error), (other, other_error) in zip(by_grid, by_draws, strict=True):
        assert abs(one - other) < 4 * np.hypot(error, other_error)
    short = found[1][0] - found[0][0]
    assert any("local optimum" in each.value for each in at.warning) == (short > inference_gap.CLEAR)
    assert any("not normalised over grey values" in each.value for each in at.caption)


def test_what_should_not_be_overlooked_is_told() -> None:
    """An image whose encoder's q is in a wrong place, and one with two ways that disagree."""
    state = np.zeros((2, 2)), np.ones((2, 2))
    low, high = (Climb(*state, np.full((2, 3), value)) for value in (-300.0, -200.0))
    posterior = TruePosterior(np.zeros((1, 2), np.int64), 0.1, np.array([-190.0]), 0.0)
    plane = Plane(posterior, (Estimate(-300, 0.1), Estimate(-200, 0.1)), (0.0, 0.1))
    level = Estimate(posterior.log_evidence, 0.01)
    found = Inferred(np.arange(2), low, high, (), level, plane, (-8.0, 8.0))
    told = answer.warnings(found)
    assert [each.split(" nats")[0].split()[-1] for each in told] == ["100.0", f"{level.value + 200:.1f}"]
    both = replace(plane, elbo=(Estimate(-200, 0.1),) * 2)
    off = replace(found, from_encoder=high, plane=both, drawn_evidence=Estimate(level.value - 2, 0.01))
    assert ["differ by 2.00 nats" in each for each in answer.warnings(off)] == [False, True]
    well = replace(
        found, from_encoder=replace(high, terms=np.full((2, 3), level.value)), drawn_evidence=level
    )
    assert answer.warnings(replace(well, from_peak=well.from_encoder, plane=None)) == []


def test_the_animation_begins_at_the_encoders_q_and_climbs(mnist: ImageSet) -> None:
    at = visit(FLAT, image="3")
    fig = chart(at)
    q = explorer.load(FLAT).encode(mnist.floats(slice(3, 4)))
    ring = fig["frames"][0]["data"][0]
    low, high = (np.array([bound(numbers(ring[axis])) for axis in "xy"]) for bound in (np.nanmin, np.nanmax))
    np.testing.assert_allclose(low, q.mu[0] - 2 * q.sd[0], atol=1e-5)
    np.testing.assert_allclose(high, q.mu[0] + 2 * q.sd[0], atol=1e-5)
    heights = [frame["data"][1]["y"][0] for frame in fig["frames"]]
    assert heights[-1] > heights[0]
    assert fig["data"][0]["name"] == "true posterior p(z|x)"
    (controls,) = (
        json.loads(each.proto.json)
        for each in at.get("bidi_component")
        if '"chart"' in (each.proto.json or "")
    )
    assert controls["names"] == [frame["name"] for frame in fig["frames"]]
    assert controls["label"] == f"Play the search, {STEPS} steps"


def test_many_dimensions_have_no_grid_but_bounds_and_errors() -> None:
    at = visit(DEEP, image="3")
    said = facts(at)
    ((level, before, after),) = gaps(at)
    assert before[0] == pytest.approx(level[0] - said["ELBO, encoder's q"][0], abs=0.011)
    assert after[0] < before[0]
    assert any("10^20 places" in caption.value for caption in at.caption)
    assert "true posterior p(z|x)" not in [each.get("name") for each in chart(at)["data"]]


def test_the_measured_gap_is_told_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = Amortisation("", "python -m vae.gap it", "first 4 test images of digits", -90.5, (1, 2, 3, 6))
    monkeypatch.setattr(inference_gap, "load", lambda name, fingerprint: measured)
    at = visit(FLAT)
    told = next(each.value for each in at.markdown if "Mean gain" in each.value)
    assert "3.00 ± 1.08 nats per image" in told
    assert [each.value for each in at.code] == [measured.command]


def test_a_model_without_a_measurement_gets_the_command() -> None:
    assert [each.value for each in visit(FLAT).code] == [f"python -m vae.gap {FLAT}"]


def test_the_page_begins_with_the_image_that_gains_most_of_those_measured(tmp_path: Path) -> None:
    model = explorer.load(FLAT)
    measured = Amortisation(model.fingerprint, "", "", -90.5, (1, 2, 9, 6))
    inference_gap.save(FLAT, measured, tmp_path)
    assert inference_gap.telling(model, tmp_path) == 2
    nll, kl = model.codes().nll, model.codes().kl
    assert nll is not None
    assert kl is not None
    losses = nll + kl
    assert inference_gap.telling(model, tmp_path / "none") == np.argmax(losses[:200])
    (tmp_path / f"{FLAT}.json").write_text("{")
    assert inference_gap.telling(model, tmp_path) == np.argmax(losses[:200])


def test_the_first_image_needs_no_choice_and_another_one_has_its_way(
    monkeypatch: pytest.MonkeyPatch, mnist: ImageSet
) -> None:
    monkeypatch.setattr(search, "_first", lambda fingerprint, model: 5)
    at = visit(FLAT)
    assert any("test image 5" in words for _, words in visiting.PICTURE.findall(visiting.html(at)))
    assert visiting.address(at, "image") == ""


def test_a_drawing_of_the_users_own_is_searched(mnist: ImageSet) -> None:
    at = visit(FLAT, source="draw", drawing=permalink.to_text(mnist.floats(2)) or "")
    assert facts(at)["Gain"] == facts(visit(FLAT, image="2"))["Gain"]


def test_an_autoencoder_has_no_search_and_the_page_says_so() -> None:
    at = visit("mnist-ae-2d")
    assert "has no q(z|x) to draw codes from" in at.info[0].value.replace("\\", "")
    assert not at.get("plotly_chart")


def test_a_model_of_one_dimension_gets_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Explorer, "latent_dim", 1)
    at = visit(FLAT)
    assert "draws two dimensions" in at.info[0].value
    assert not at.get("plotly_chart")


def test_a_search_is_made_once_for_all_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> Inferred:
        raise AssertionError("searched again")

    first = visit(FLAT, image="3")
    monkeypatch.setattr(inference_gap, "infer", refuse)
    again = visit(FLAT, image="3")
    assert facts(again) == facts(first)
    assert again.get("plotly_chart")[0].proto.spec == first.get("plotly_chart")[0].proto.spec


def test_other_pixels_and_other_models_are_other_searches() -> None:
    model, other = explorer.load(FLAT), explorer.load(DEEP)
    pixels = np.zeros((28, 28, 1), np.float32)
    changed = pixels.copy()
    changed[3, 4] = 1e-3
    keys = {searches.key_of(model, pixels), searches.key_of(model, changed), searches.key_of(other, pixels)}
    assert len(keys) == 3
    assert searches.key_of(model, pixels.copy()) in keys


def test_a_stopped_search_is_told_and_can_be_made_again(
    monkeypatch: pytest.MonkeyPatch, mnist: ImageSet
) -> None:
    monkeypatch.setattr(search, "ANSWERS", Shelf(most=1))
    at = visit("mnist-ae-2d", image="5")  # where nothing is searched
    at.session_state[search.STOPPED] = searches.key_of(explorer.load(FLAT), mnist.floats(5))
    at.query_params["model"] = FLAT
    visiting.run(at)
    assert "The search was stopped." in [caption.value for caption in at.caption]
    assert [each for each in at.get("plotly_chart") if "frames" in json.loads(each.proto.spec)] == []
    next(button for button in at.button if button.label == "Search again").click()
    visiting.run(at)
    assert "Gain" in facts(at)


def test_the_time_left_is_told_and_not_too_often(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([100.0, 100.1, 100.5, 100.6, 102.0])
    monkeypatch.setattr(searches.time, "monotonic", lambda: next(clock))
    said: list[tuple[float, str]] = []
    tell = searches.in_words(lambda share, words: said.append((share, words)))
    for share in (0.01, 0.02, 0.03, 0.25):
        tell(share)
    assert said == [(0.02, "2%"), (0.25, "25%, 6 s left")]


def test_a_search_tells_a_growing_share_up_to_all(mnist: ImageSet) -> None:
    told: list[float] = []
    inference_gap.infer(explorer.load(FLAT), mnist.floats(2), told.append)
    assert told == sorted(told)
    assert 0.9 < told[-1] <= 1
    assert len(told) > STEPS


def test_a_search_that_is_ended_frees_its_turn_and_leaves_nothing() -> None:
    class Ended(BaseException):
        """As Streamlit ends a script."""

    shelf: Shelf[int] = Shelf(most=2)

    def end() -> int:
        raise Ended

    for _ in range(3):
        with pytest.raises(Ended):
            shelf.fill(("m", "a"), end, wait=lambda: pytest.fail("the turn was not freed"))
    assert shelf.get(("m", "a")) is None
    assert [shelf.fill(("m", each), lambda: 7, wait=lambda: None) for each in "abc"] == [7, 7, 7]
    assert [shelf.get(("m", each)) for each in "abc"] == [None, 7, 7]


def test_two_who_ask_for_the_same_share_one_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searches.os, "cpu_count", lambda: 2)  # where one at a time may search
    shelf: Shelf[int] = Shelf(most=2)
    begun, go_on = Event(), Event()
    searched: list[int] = []

    def search() -> int:
        searched.append(1)
        begun.set()
        assert go_on.wait(10)
        return 7

    with ThreadPoolExecutor() as pool:
        first = pool.submit(shelf.fill, ("m", "a"), search, lambda: None)
        assert begun.wait(10)
        second = pool.submit(shelf.fill, ("m", "a"), search, go_on.set)  # waits, and lets the first go on
        assert (first.result(10), second.result(10)) == (7, 7)
    assert searched == [1]


def test_the_two_dimensions_that_moved_most_are_shown() -> None:
    rng = np.random.default_rng(0)
    mu, log_var = np.zeros((2, 2, 6))
    mu[1, 4], log_var[1, 1] = 2.0, -3.0
    mu[1] += 0.1 * rng.normal(size=6)
    climb = Climb(mu, np.exp(log_var / 2), np.zeros((2, 2)))
    assert Inferred(np.arange(2), climb, climb, (), Estimate(0, 0), None, (-8.0, 8.0)).moved_most == (1, 4)


@pytest.mark.parametrize(("channels", "first"), [(1, "The pixels are grey"), (3, "The red, green and blue")])
def test_only_grey_pixels_are_called_grey(channels: int, first: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(search.st, "caption", said.append)
    model = SimpleNamespace(likelihood=Likelihood("bernoulli"), image_spec=ImageSpec(32, 32, channels))
    search._say_what_grey_means(cast(Explorer, model))
    assert said[0].startswith(first)
    assert ("grey" in said[0]) == (channels == 1)
