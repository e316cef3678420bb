"""The ledger's lines on four points and eight schools, from what the studies said."""

from collections.abc import Callable
from typing import Any

import pytest

from vae.analysis.sources import small_problems
from vae.analysis.sources.row import Line, Row, Sight
from vae.analysis.studies import study
from vae.analysis.studies.study import Study

POINTS = {"command": "the command"} | {
    model: dict(zip(small_problems.FIGURES, figures, strict=True))
    for model, figures in {
        "avb": ([-1.40, -1.39], [0.004, 0.006], [-1.40, -1.41], [0.01, 0.03]),
        "vae": ([-1.60, -1.58], [0.09, 0.10], [-1.70, -1.70], [0.15, 0.17]),
    }.items()
}
SCHOOLS = {
    "command": "the command",
    "steps": [0, 8000],
    "hmc": {"chains": 4, "draws": 10_000, "r_hat": {"mu": 1.001, "tau": 1.0075}, "positive": [0.5, 0.45]},
    "methods": {
        name: [{"kl": kl + 0.1, "positive": share}, {"kl": kl - 0.1, "positive": 1 - share}]
        for name, kl, share in (
            ("mean-field", 1.3, 0.0),
            ("full-rank", 1.1, 0.0),
            ("avb", 0.6, 0.6),
            ("avb-ac", 0.1, 0.4),
        )
    },
}


def lines(monkeypatch: pytest.MonkeyPatch, part: Callable[[bool], Any], said: dict[str, Any]) -> list[Line]:
    monkeypatch.setattr(study, "read", lambda name: Study(name, said, {}))
    return list(part(False))


def test_table_1_holds_where_the_mean_over_the_seeds_is_below_the_paper_s(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = lines(monkeypatch, small_problems.four_points, POINTS)
    rows = [row for row in found if isinstance(row, Row)]
    assert [row.theirs for row in rows] == [1.403, 0.00577, 1.421, 0.026, 1.568, 0.0885, 1.697, 0.165]
    assert [row.ours for row in rows[:4]] == pytest.approx([1.395, 0.005, 1.405, 0.02])
    assert [row.holds for row in rows] == [True, True, True, True, True, False, True, True]
    assert "its KL an estimate, nats, mean of 2 seeds, sd 0.0071" in rows[2].figure
    assert all("estimate" not in row.figure for row in rows[4:])


def test_eight_schools_are_beside_the_paper_s_plot_the_gaussians_and_a_mixed_chain_s_r_hat(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = lines(monkeypatch, small_problems.eight_schools, SCHOOLS)
    rows = {row.figure.removeprefix("eight schools, "): row for row in found if isinstance(row, Row)}
    assert [(row.theirs, row.ours, row.holds) for row in rows.values()] == [
        (1.01, 1.0075, True),
        (0.55, pytest.approx(0.6), False),
        (0.2, pytest.approx(0.1), True),
        (pytest.approx(1.3), pytest.approx(0.1), True),
        (pytest.approx(1.1), pytest.approx(0.1), True),
        (0.5, pytest.approx(0.4), True),
    ]
    missed = rows["KL of AVB to HMC, nats, mean of 2 seeds, sd 0.14"]
    assert missed.known == "8,000 steps, the paper's 50,000"
    assert not missed.surprises
    sights = [line for line in found if isinstance(line, Sight)]
    assert [(line.theirs, line.ours) for line in sights[:2]] == [("1.10", "1.30"), ("0.90", "1.10")]
    assert sights[2].ours.endswith("AVB+AC 0.40, 0.60; HMC 0.50, 0.45")
