"""Sliders: what the panel is told, and what goes into the address."""

import json
from functools import partial
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.pages import strangers, visiting
from vae import explorer

visit = partial(visiting.visit, "sliders")


def panel(at: AppTest) -> dict[str, Any]:
    """What the panel in the browser is told."""
    told = (json.loads(element.proto.json) for element in at.get("bidi_component") if element.proto.json)
    return next(data for data in told if data.get("mode") == "sliders")


def test_the_panel_stands_at_what_the_address_says_and_knows_the_way_back() -> None:
    model = explorer.load("mnist-vae-2d")
    at = visit(model.name, image="17")
    np.testing.assert_allclose(panel(at)["z"], model.codes().mu[17], atol=1e-4)
    at.query_params.clear()
    at.query_params["z"] = "0.5,-1"
    at.run()
    assert not at.exception
    assert panel(at)["z"] == [0.5, -1.0]
    assert panel(at)["start_label"] == "test image 17"
    np.testing.assert_allclose(panel(at)["start"], model.codes().mu[17], atol=1e-4)


@pytest.mark.parametrize("z", ["nan", "1,2,3", "1e9,0"])
def test_a_wrong_z_is_dropped(z: str) -> None:
    at = visit("mnist-vae-2d", z=z)
    assert not at.warning
    assert panel(at)["start_label"] == "test image 0"


@pytest.mark.usefixtures("others")
def test_a_model_that_the_browser_cannot_run_has_the_same_panel() -> None:
    model = strangers.model("foreign-3d")
    at = visit(model.name, image="7")
    assert panel(at)["model"] == model.fingerprint
    assert panel(at)["z"] == pytest.approx(model.codes().mu[7].tolist(), abs=1e-3)
