"""Eight schools: what the shipped study found, against the exact posterior, and that the chapter shows it."""

import json
import math
from functools import partial
from typing import Any

import numpy as np
import pytest

from tests.pages import visiting
from vae.analysis.studies import study as studies
from vae.training.studies.eight_schools import exact
from vae.training.studies.eight_schools.study import METHODS, PLANES
from vae.web.pages.how_it_works.adversarial import eight_schools

STUDY = studies.read("eight-schools")
RUNS: dict[str, list[dict[str, Any]]] = STUDY.said["methods"]
visit = partial(visiting.visit, "how_it_works", step="eight-schools")


def test_it_is_small() -> None:
    assert (studies.FOLDER / "eight-schools.npz").stat().st_size < 150_000


@pytest.mark.parametrize("quantity", ["kl", "kl_exact", "kl_plane"])
def test_adaptive_contrast_is_closer_than_both_gaussians(quantity: str) -> None:
    gaussians = [run[quantity] for name in ("mean-field", "full-rank") for run in RUNS[name]]
    assert max(run[quantity] for run in RUNS["avb-ac"]) < min(gaussians)


def test_adaptive_contrast_finds_both_modes() -> None:
    """Not with equal weights, as they should have: the chapter and the ledger say so."""
    assert len(RUNS["avb-ac"]) >= 2
    assert all(0.35 < run["positive"] < 0.65 for run in RUNS["avb-ac"])


def test_a_gaussian_takes_one_mode_or_lies_over_the_gap() -> None:
    for run in [*RUNS["mean-field"], *RUNS["full-rank"]]:
        share = max(run["positive"], 1 - run["positive"])
        assert share > 0.98 or share < 0.52


def test_the_chains_have_mixed_and_agree_with_the_exact_posterior() -> None:
    hmc, moments = STUDY.said["hmc"], exact.posterior().moments()
    assert (hmc["chains"], hmc["draws"]) == (4, 10_000)
    assert max(hmc["r_hat"].values()) < 1.02
    assert all(0.35 < share < 0.65 for share in hmc["positive"])
    error = 4 / math.sqrt(hmc["n_eff"]["mu"])
    assert hmc["mu"] == pytest.approx(moments["mu"], abs=error * moments["mu_sd"])
    assert hmc["mu_sd"] == pytest.approx(moments["mu_sd"], rel=error)
    assert hmc["abs_tau"] == pytest.approx(moments["abs_tau"], abs=4 * 0.5 / math.sqrt(hmc["n_eff"]["tau"]))
    assert abs(hmc["kl_from_exact"]) < 0.05


def test_what_is_shipped_of_the_exact_posterior_is_exact() -> None:
    truth = exact.posterior()
    assert STUDY.said["exact"] == pytest.approx({**truth.moments(), "log_evidence": truth.log_evidence})
    density = eight_schools._density(STUDY, "mu-tau", "exact")[0]
    mu, tau = (
        low + (high - low) * (np.arange(len(density)) + 0.5) / len(density)
        for low, high in STUDY.said["planes"]["mu-tau"]
    )
    np.testing.assert_allclose(density, np.exp(truth.log_density(mu, tau[:, None])), atol=0.02)


@pytest.mark.parametrize("plane", PLANES)
def test_monte_carlo_s_picture_is_near_the_exact_one(plane: str) -> None:
    hmc, truth = (eight_schools._density(STUDY, plane, key)[0] for key in ("hmc", "exact"))
    assert np.abs(hmc - truth).sum() / truth.sum() < 0.15  # half of it is the total variation


def test_the_table_says_what_the_study_found() -> None:
    found = {row[0]: row[1:] for row in visiting.rows(visit())}
    assert set(eight_schools.METHODS) == set(METHODS) == set(RUNS)
    for key, name in eight_schools.METHODS.items():
        assert found[name][0] == ", ".join(f"{run['kl']:.2f}" for run in RUNS[key])
        assert found[name][2] == ", ".join(f"{run['positive']:.2f}" for run in RUNS[key])


@pytest.mark.parametrize("plane", PLANES)
def test_the_plane_is_chosen_and_plays_over_the_training(plane: str) -> None:
    at = visit(schools_plane=plane)
    (chart,) = at.get("plotly_chart")
    spec = json.loads(chart.proto.spec)
    assert [frame["name"] for frame in spec["frames"]] == [f"{step:,}" for step in STUDY.said["steps"]]
    assert spec["layout"]["xaxis5"]["title"]["text"] == eight_schools.NAMES[plane][0]


def test_the_caption_says_how_the_chains_were_run() -> None:
    words = " ".join(each.value for each in visit().caption)
    for each in ("NUTS of NumPyro", "4 chains of 10,000", "R-hat at most 1.0", "effective sample size"):
        assert each in words
