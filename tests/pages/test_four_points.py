"""The chapter of the four points: what ships of it, and a training of the visitor's own."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.pages import visiting
from tests.pages.visiting import rows
from vae.analysis.studies import study as studies
from vae.web.kit.words import glossary
from vae.web.pages.how_it_works.adversarial import four_points

visit = partial(visiting.visit, "how_it_works", step="four-points")


def press(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label == label).click()
    return visiting.run(at)


def charts(at: AppTest) -> int:
    return len(at.get("plotly_chart"))


def test_the_table_holds_the_paper_s_row_beside_each_of_ours() -> None:
    at, said = visit(), studies.read("four-points").said
    found = {row[0]: row[1:] for row in rows(at)}
    assert found["AVB, paper"] == ["−1.403", "0.00577", "≈ −1.421", "≈ 0.026"]
    for model, name in four_points.MODELS.items():
        for key, cell in zip(four_points.QUANTITIES, found[f"{name}, ours"], strict=True):
            mean, spread = (float(part.replace("−", "-")) for part in cell.split(" ± "))
            values = said[model][key]
            assert mean == pytest.approx(np.mean(values), abs=6e-4)
            assert spread == pytest.approx(np.std(values, ddof=1), abs=6e-4)
    assert charts(at) == 1
    assert glossary.marked(four_points.WORDS).strip() in [text.value for text in at.markdown]


def test_a_training_of_one_s_own_takes_the_picture_s_place_and_a_row_of_the_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shipped, asked = studies.read("four-points"), list[tuple[str, ...]]()
    said = shipped.said | {name: {key: [0.5] for key in shipped.said[name]} for name in four_points.MODELS}

    class Done:
        """A training that has ended."""

        has_ended = True

        def __init__(self, *arguments: str) -> None:
            asked.append(arguments)
            self.result = studies.to_npz(replace(shipped, said=said | {"seed": 3}))

    monkeypatch.setattr(four_points, "Job", Done)
    at = press(visit(), "Train")
    assert asked == [("four-points", "3", str(shipped.said["steps"]))]
    found = {row[0]: row[1:] for row in rows(at)}
    assert found["AVB, yours"] == ["0.500", "0.5000", "0.500", "0.500"]
    assert charts(at) == 1
    assert at.session_state["four-points-training"] == "own"


class UnderWay:
    """A training that has found its first two pictures."""

    share, status = 0.3, "30%, 70 s left"
    has_ended = was_stopped = was_refused = False
    result = None

    def __init__(self, *_: str) -> None:
        shipped = studies.read("four-points")
        first = {key: array[:2] for key, array in shipped.arrays.items()}
        self.so_far = studies.to_npz(replace(shipped, arrays=first))

    def stop(self) -> None:
        """As a job does."""
        self.has_ended = self.was_stopped = True


def test_a_training_under_way_shows_its_newest_picture_and_can_be_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(four_points, "Job", UnderWay)
    at = press(visit(), "Train")
    shipped = studies.read("four-points")
    said = f"After {shipped.arrays['steps'][1]:,} of {shipped.said['steps']:,} steps."
    assert said in [text.value for text in at.caption]
    assert charts(at) == 1
    assert not any(button.label == "Train" for button in at.button)
    press(at, "Stop")
    assert any("Stopped" in text.value for text in at.caption)
    assert any(button.label == "Train" for button in at.button)
    assert said not in [text.value for text in at.caption]
