"""The recorded steps of a training against their own algebra, and the chapter that shows them."""

from functools import partial

import numpy as np
import pytest
from scipy.special import xlog1py, xlogy

from tests.pages import visiting
from vae.analysis.studies import study
from vae.web.pages.how_it_works import code
from vae.web.pages.how_it_works.training import chapter, picture
from vae.web.pages.how_it_works.training.stages import FILE, STAGES

visit = partial(visiting.visit, "how_it_works", step="training")


@pytest.fixture(scope="module")
def steps() -> list[picture.Step]:
    return list(chapter._steps(study.read("training-step")).values())


def test_the_recorded_terms_are_those_of_the_recorded_codes(steps: list[picture.Step]) -> None:
    for step in steps:
        variance = np.square(step["sd"])
        np.testing.assert_allclose(step["sd"], np.exp(step["log_var"] / 2), rtol=1e-5)
        kl = 0.5 * (np.square(step["mu"]) + variance - 1 - step["log_var"]).sum(axis=1)
        np.testing.assert_allclose(step["kl"], kl, rtol=1e-4, atol=1e-4)
        x, mean = step.x.reshape(len(step.x), -1), step.out.reshape(len(step.x), -1)
        mean = np.clip(mean, 0.5 / 255, 1 - 0.5 / 255)  # shown as bytes, which is what limits the comparison
        nll = -(xlogy(x, mean) + xlog1py(1 - x, -mean)).sum(axis=1)
        np.testing.assert_allclose(step["nll"], nll, rtol=0.03)


def test_the_gradient_goes_through_z_to_mean_and_log_variance_where_the_kl_adds_its_own(
    steps: list[picture.Step],
) -> None:
    for step in steps:
        noise = (step["z"] - step["mu"]) / step["sd"]
        through = 0.5 * step["sd"] * noise * step["d_z"]
        np.testing.assert_allclose(step["d_mu"], step["d_z"] + step["mu"], rtol=1e-3, atol=1e-3)
        pull = 0.5 * (np.square(step["sd"]) - 1)
        np.testing.assert_allclose(step["d_log_var"], through + pull, rtol=1e-3, atol=2e-3)


def test_every_recorded_step_lowers_the_loss_and_training_does(steps: list[picture.Step]) -> None:
    before = [step.said["loss"] for step in steps]
    assert all(step.said["loss_after"] < step.said["loss"] for step in steps)
    assert before == sorted(before, reverse=True)


def test_adam_s_first_step_moves_each_weight_by_the_rate_or_not_at_all(steps: list[picture.Step]) -> None:
    change = np.abs(steps[0]["change"].astype(np.float64))
    moved = change > 5e-4
    assert (
        np.abs(change[moved] - 1e-3) < 5e-5
    ).mean() > 0.99  # the others' gradients are near Adam's epsilon
    never = steps[0].x.max(axis=(0, 3)) > 0  # pixels that some shown image has: those surely have a gradient
    assert moved[:, never].mean() > 0.99


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_marks_lines_of_the_code_that_took_the_step(stage: str) -> None:
    at = visit(stage=stage, training_step="100")
    (shown,) = (body for body in (each.proto.body for each in at.get("html")) if "step-code" in body)
    lines = code.find(FILE, STAGES[stage].function).text.splitlines()
    assert shown.count("<mark>") == sum(line.strip().startswith(STAGES[stage].lines) for line in lines) > 0


def test_the_way_on_leads_through_the_stages_and_then_to_a_later_step() -> None:
    at = visit(stage="gradient")
    at.button(key="stage-on").click().run()
    assert visiting.address(at, "stage") == "update"
    loss = study.read("training-step").said["steps"][0]["loss"]
    assert ("loss before", f"{loss:.2f}", "nats per image") in visiting.facts(at)
    at.button(key="stage-on").click().run()
    assert not at.exception
    assert visiting.address(at, "training_step") == "10"
    assert visiting.address(at, "stage") == ""  # the first one


def test_ellipses_lie_where_the_codes_are() -> None:
    plane = picture.Plane(4.0)
    mark = plane.ellipse("q", np.array([2.0, -1.0], np.float32), np.array([0.5, 0.25], np.float32))
    assert "left:75.00%;top:62.50%;width:12.50%;height:6.25%" in mark
    line = plane.line("draw", np.zeros(2, np.float32), np.array([0.0, 1.0], np.float32))
    assert "width:12.50%;rotate:-1.5708rad" in line  # up


def test_the_training_beside_the_figure_runs_and_learns(capsys: pytest.CaptureFixture[str]) -> None:
    exec(chapter.RUN, {})
    losses = [float(line.split()[1]) for line in capsys.readouterr().out.splitlines()]
    assert len(losses) == 20
    assert losses[-1] < 300 < losses[0]


def test_errors_are_orange_where_too_bright_and_blue_where_too_dark() -> None:
    above, none, below = picture.signed(np.array([[[1.0], [0.0], [-1.0]]], np.float32))[0]
    assert above[0] > 0.8 > above[2]
    assert below[2] > 0.8 > below[0]
    assert not none.any()
