"""The chapter on Adversarial Variational Bayes: its parts open, and their numbers are the study's."""

import json
from functools import partial

import numpy as np
import pytest

from tests.pages import visiting
from tests.pages.visiting import address, facts, rows
from vae.analysis.studies import study as studies
from vae.web.kit.words import glossary
from vae.web.pages.how_it_works.adversarial.story import PARTS

visit = partial(visiting.visit, "how_it_works", step="adversarial")


@pytest.mark.parametrize("part", PARTS)
def test_a_part_opens_by_its_address(part: str) -> None:
    at = visit(adversarial_part=part)
    assert glossary.marked(PARTS[part].words).strip() in [text.value for text in at.markdown]


def test_the_gaussian_loses_nothing_where_a_gaussian_is_asked_for() -> None:
    def lost(**query: str) -> float:
        found = {
            label: float(value) for label, value, _ in facts(visit(adversarial_part="encoders", **query))
        }
        return found["lost by the best Gaussian"]

    assert lost(bend="0.0") < 0.05
    for shape in ("banana", "modes", "ring"):
        assert lost(bend="1.0", cloud_shape=shape) > 0.5


def test_the_bend_moves_the_clouds() -> None:
    def clouds(at: visiting.AppTest) -> list[str]:
        return [str(json.loads(chart.proto.spec)["data"][1]["x"]) for chart in at.get("plotly_chart")]

    at = visit(adversarial_part="encoders", bend="0.2")
    before = clouds(at)
    at.slider(key="widget.bend").set_value(0.9).run()
    assert address(at, "bend") == "0.9"
    assert all(one != other for one, other in zip(before, clouds(at), strict=True))


def test_the_critic_s_numbers_and_frames_are_the_study_s() -> None:
    watched = studies.read("critic").said["watched"]
    at = visit(adversarial_part="critic")
    found = {label: float(value) for label, value, _ in facts(at)}
    assert found["KL, estimated by T"] == pytest.approx(watched["scores"]["kl"][-1], abs=6e-4)
    assert found["critic&#x27;s loss"] == pytest.approx(watched["scores"]["loss"][-1], abs=6e-4)
    frames = json.loads(at.get("plotly_chart")[0].proto.spec)["frames"]
    assert [frame["name"] for frame in frames] == [f"{step:,}" for step in watched["steps"]]


def test_an_estimate_is_called_one() -> None:
    for part in ("critic", "contrast"):
        words = PARTS[part].words
        assert "**estimate" in words
        assert "bound" in words


def test_the_paper_s_table_2_is_shown_with_its_estimates_marked() -> None:
    shown = [row for row in rows(visit(adversarial_part="likelihood")) if row[0].endswith(", paper")]
    assert len(shown) == 5
    assert all(row[2].startswith("≈") == row[0].startswith("AVB") for row in shown)
    assert ["AVB+AC, paper", "32", "≈ −79.5 ± 0.3", "−80.2 ± 0.4"] in [row[:4] for row in shown]


def test_the_table_of_contrasts_is_the_study_s_for_the_chosen_q() -> None:
    said = studies.read("critic").said
    at = visit(adversarial_part="contrast", q_sd="0.2", q_mean="0.0")
    i, j = said["means"].index(0.0), said["sds"].index(0.2)
    for row, key in zip(rows(at), ("prior", "adaptive"), strict=True):
        kl = np.array(said["contrasts"][key]["kl"][i][j])
        assert row[1] == f"{kl.mean():.2f} ± {kl.std(ddof=1):.2f}"
        wrong = float(row[2].replace("−", "-"))
        assert wrong == pytest.approx(kl.mean() - said["true_kl"][i][j], abs=6e-4)
    at.select_slider(key="widget.q_sd").set_value(0.05).run()
    assert address(at, "q_sd") == "0.05"
    assert not at.exception
