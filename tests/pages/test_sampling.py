"""The parts of the chapter on sampling: their numbers, on the shipped model, and what the address says."""

import json
from base64 import b64decode
from functools import partial
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.pages import strangers, visiting
from vae import explorer
from vae.analysis.studies import study
from vae.images.dataset import ImageSet
from vae.web.pages.how_it_works.sampling import PARTS, spread

visit = partial(visiting.visit, "how_it_works", step="sampling")


def traces(at: AppTest, chart: int) -> dict[str, np.ndarray]:
    """The x of a chart's traces by their name."""
    found: list[dict[str, Any]] = json.loads(at.get("plotly_chart")[chart].proto.spec)["data"]
    return {
        trace["name"]: np.frombuffer(b64decode(trace["x"]["bdata"]), trace["x"]["dtype"]) for trace in found
    }


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("model", ["mnist-vae-2d", "mnist-vae-20d"])
def test_a_part_opens_by_its_address(part: str, model: str) -> None:
    at = visit(sampling_part=part, model=model)
    assert visiting.address(at, "sampling_part") == part
    assert not at.info


def test_three_ways_agree_on_the_gradient_of_a_real_decoder_and_spread_in_their_order(
    mnist: ImageSet,
) -> None:
    model = explorer.load("mnist-vae-2d")
    found = spread.estimates(model.fingerprint, mnist.floats(0), model).estimates
    for name in ("score", "baseline"):
        difference = getattr(found, name) - found.pathwise
        error = difference.std(axis=0, ddof=1) / np.sqrt(len(difference))
        assert (np.abs(difference.mean(axis=0)) < 4 * error).all()
    deviations = [getattr(found, name).std() for name in ("pathwise", "baseline", "score")]
    assert deviations == sorted(deviations)
    terms = model.evaluate(mnist.floats(slice(0, 1)), samples=spread.DRAWS)
    assert found.elbo.mean() == pytest.approx(
        float(terms.elbo[0]), abs=4 * found.elbo.std() / spread.DRAWS**0.5 + 0.2
    )


def test_more_draws_in_a_step_bring_all_ways_nearer_and_leave_the_elbo_where_it_is() -> None:
    one, many = visit(sampling_part="spread"), visit(sampling_part="spread", draws="100")
    for chart in (0, 1):
        for name, single in traces(one, chart).items():
            means = traces(many, chart)[name]
            assert means.std() == pytest.approx(single.std() / 10, rel=0.25)
    mean = next(value for label, value, _ in visiting.facts(one) if label.startswith("ELBO, the mean"))
    assert ("ELBO, the mean over all steps", mean, "nats") in visiting.facts(many)
    inside = [value for label, value, _ in visiting.facts(many) if "inside the log" in label]
    assert float(inside[0].replace("−", "-")) > float(mean.replace("−", "-"))


def test_a_coin_has_no_pathwise_gradient_and_a_relaxed_one_has_another() -> None:
    at = visit(sampling_part="continuous", p="0.6")
    assert visiting.rows(at)[:3] == [
        ["the truth", "0.100", ""],
        ["pathwise, coin", "0.000", "0.000"],
        ["score function, coin", "0.100", visiting.rows(at)[2][2]],
    ]
    at.select_slider(key="widget.coin_temperature").set_value(1.0).run()
    assert not at.exception
    assert visiting.rows(at)[3][0] == "pathwise, relaxed at 1"
    assert float(visiting.rows(at)[3][1]) != pytest.approx(0.1, abs=0.02)


def test_the_stronger_the_decoder_the_less_its_code_says() -> None:
    points = study.read("strong-decoder").said["points"]
    kl, loss = [point["kl"] for point in points], [point["nll"] + point["kl"] for point in points]
    assert kl == sorted(kl, reverse=True)
    assert loss == sorted(loss, reverse=True)
    shown = visiting.rows(visit(sampling_part="ignored"))
    assert [row[2] for row in shown] == [f"{each:.2f}" for each in kl]


def test_an_autoencoder_has_no_spread_and_the_way_leads_to_a_model_that_has() -> None:
    at = visit(sampling_part="spread", model="mnist-ae-2d")
    assert explorer.load("mnist-ae-2d").title in at.info[0].value
    assert any("See this step" in each.proto.label for each in at.get("page_link"))


@pytest.mark.usefixtures("others")
@pytest.mark.parametrize("name", strangers.NAMES)
def test_the_spread_opens_for_any_model(name: str) -> None:
    at = visiting.visit("how_it_works", name, step="sampling", sampling_part="spread")
    assert "digit" not in " ".join(text.value for text in (*at.caption, *at.info))
