"""Pages of a model whose q(z|x) is implicit: its cloud is shown, and what it has not is said."""

import json
from base64 import b64decode
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.pages import strangers, visiting
from tests.pages.visiting import facts
from vae.analysis import reconstruction
from vae.analysis.estimates import cloud as estimates
from vae.explorer import Explorer, Record
from vae.images.spec import Floats
from vae.model.posterior import Draws
from vae.web.kit import model_table
from vae.web.selection import posterior_view

BENT = "bent-2d"
IMAGE = 3
pytestmark = pytest.mark.usefixtures("others")


def visit(page: str, **query: str) -> AppTest:
    return visiting.visit(page, BENT, image=str(IMAGE), **query)


def draws() -> Floats:
    """Those of the image, (S, 2)."""
    q = strangers.model(BENT).encode(strangers.items("shapes").floats(slice(IMAGE, IMAGE + 1)))
    assert isinstance(q, Draws)
    return q.z[:, 0]


def traces(at: AppTest, chart: int = 0) -> dict[str, dict[str, Any]]:
    found = json.loads(at.get("plotly_chart")[chart].proto.spec)["data"]
    return {trace.get("name", str(k)): trace for k, trace in enumerate(found)}


def points(trace: dict[str, Any]) -> np.ndarray:
    columns = [np.frombuffer(b64decode(trace[axis]["bdata"]), trace[axis]["dtype"]) for axis in "xy"]
    return np.stack(columns, axis=1)


def are_draws(found: np.ndarray, within: float = 1e-5) -> bool:
    away = np.abs(found[:, None] - draws()).max(axis=2).min(axis=1)
    return len(found) > 4 and bool((away < within).all())


def number(at: AppTest, label: str) -> float:
    (value,) = (value for name, value, _ in facts(at) if name == label)
    return float(value.split(" ± ")[0].replace("−", "-"))


def test_reconstruct_shows_the_cloud_and_no_ellipse_and_the_nll() -> None:
    at = visit("reconstruct")
    spec = json.loads(at.get("plotly_chart")[0].proto.spec)
    assert are_draws(points(traces(at)["repeated encodings"]))
    assert not [shape for shape in spec["layout"]["shapes"] if "posterior" in shape.get("name", "")]
    assert "no closed form" in " ".join(each.value for each in at.caption)
    nll = reconstruction.nats(strangers.model(BENT), strangers.items("shapes").floats(IMAGE)).nll
    assert nll is not None
    assert f"{nll:.1f}".replace("-", "−") in visiting.html(at)


def test_encodings_are_the_cloud() -> None:
    at = visit("how_it_works", step="encodings")
    assert are_draws(points(traces(at)["repeated encodings"]))


def test_the_latent_map_marks_the_cloud_of_the_chosen_image() -> None:
    at = visit("latent_map")
    (marks,) = (
        json.loads(each.proto.json) for each in at.get("bidi_component") if "cloud" in (each.proto.json or "")
    )
    assert are_draws(np.array(marks["cloud"]), within=1e-3)
    assert "which has no ellipse" in " ".join(each.value for each in at.caption)


def test_inference_draws_the_cloud_over_the_true_posterior() -> None:
    at = visit("inference")
    found = traces(at)
    assert found["true posterior p(z|x)"]["type"] == "contour"
    drawn = points(found["repeated encodings"])
    assert len(drawn) == len(draws())
    assert are_draws(drawn)
    exact = estimates.cloud(strangers.model(BENT), strangers.items("shapes").floats(IMAGE))
    assert number(at, "ELBO, an estimate") == pytest.approx(exact.elbo.value, abs=0.01)
    assert number(at, "log p(x)") == pytest.approx(exact.posterior.log_evidence, abs=0.01)


def test_inference_of_many_dimensions_gets_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    able = Explorer.can
    monkeypatch.setattr(Explorer, "can", lambda self, *asked: "plane" not in asked and able(self, *asked))
    assert "cannot be added up" in visit("inference").info[0].value


def test_odd_images_are_those_with_the_largest_nll() -> None:
    at = visit("labels")
    nll = strangers.model(BENT).codes("test").nll
    assert nll is not None
    first = next(button.key for button in at.button if str(button.key).startswith("odd."))
    assert first == f"odd.{nll.argmax()}"


def test_the_table_calls_the_critic_s_kl_an_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"nll": 130.0, "kl_estimate": 6.41, "kl": None, "elbo": None, "images": 10}
    record = Record(BENT, strangers.SIXTY, 2, "implicit", "bernoulli", metrics=said)
    row = dict(zip((fact.label for fact in model_table.HEADER), model_table.row(record), strict=True))
    assert (row["KL"], row["−ELBO"], row["Kind"]) == ("≈ 6.41", model_table.UNKNOWN, "implicit")
    model = Explorer(strangers.model(BENT).model, record, lambda: None)
    words = posterior_view.kl_words(model)
    assert "6.41 nats" in words
    assert "no bound" in words
