"""The chapters that show studies: every part opens, and its numbers and pictures are those of the study."""

import math
from functools import partial

import numpy as np
import pytest

from tests.pages import visiting
from tests.pages.visiting import facts, rows
from vae import explorer
from vae.analysis.studies import study as studies
from vae.figures.theory.relatives import Point, rate_distortion
from vae.web.kit.words import glossary
from vae.web.pages.how_it_works import autoencoders
from vae.web.pages.how_it_works.pixels import PARTS, likelihoods, variance
from vae.web.pages.how_it_works.relatives import RELATIVES

visit = partial(visiting.visit, "how_it_works")


@pytest.mark.parametrize("part", PARTS)
def test_a_part_of_pixels_opens_by_its_address(part: str) -> None:
    at = visit(step="pixels", pixel_part=part)
    assert glossary.marked(PARTS[part].words).strip() in [text.value for text in at.markdown]


@pytest.mark.parametrize("relative", RELATIVES)
def test_a_relative_opens_by_its_address(relative: str) -> None:
    at = visit(step="relatives", relative=relative)
    assert glossary.marked(RELATIVES[relative].words).strip() in [text.value for text in at.markdown]


def test_the_input_s_noise_is_chosen_and_the_scores_are_the_study_s() -> None:
    said = studies.read("autoencoders").said
    at = visit(step="autoencoders", added_noise="0.25")
    assert at.select_slider(key="widget.added_noise").value == 0.25
    found = {row[0]: float(row[1]) for row in rows(at)}
    for model, name in autoencoders.MODELS.items():
        assert found[name] == pytest.approx(said["models"][model]["error"], abs=5e-5)


def test_what_keeps_an_autoencoder_from_copying_shows_in_the_study() -> None:
    models = studies.read("autoencoders").said["models"]
    assert models["wide"]["error_of_strange"] < models["denoising"]["error_of_strange"]
    assert models["denoising"]["error_of_noisy"] < models["wide"]["error_of_noisy"]
    assert models["contractive"]["jacobian"] < models["wide"]["jacobian"]


def test_another_beta_shows_another_model() -> None:
    points = {(p["latent_dim"], p["beta"]): p for p in studies.read("beta").said["points"]}
    at = visit(step="relatives", beta="4.0", beta_dims="2")
    chosen = points[2, 4.0]
    values = {label: value for label, value, _ in facts(at)}
    assert values["KL, the rate"] == f"{chosen['rate']:.1f}"
    assert values["−ELBO"] == f"{chosen['rate'] + chosen['distortion']:.1f}"


@pytest.mark.parametrize("latent_dim", [2, 10])
def test_a_larger_beta_has_a_lower_rate_and_a_higher_distortion(latent_dim: int) -> None:
    points = [p for p in studies.read("beta").said["points"] if p["latent_dim"] == latent_dim]
    points.sort(key=lambda point: point["beta"])
    rates, distortions = (np.array([p[name] for p in points]) for name in ("rate", "distortion"))
    assert (np.diff(rates) < 0.05).all()
    assert (np.diff(distortions) > -0.5).all()


def test_the_dotted_line_holds_places_of_one_elbo() -> None:
    points = [Point(2, 1.0, 7.0, 140.0, 2), Point(2, 4.0, 4.0, 150.0, 2), Point(10, 1.0, 18.0, 90.0, 9)]
    drawn = rate_distortion(points, points[0]).to_dict()["data"]
    line = next(trace for trace in drawn if trace.get("name", "").startswith("−ELBO"))
    assert np.add(line["x"], line["y"]) == pytest.approx(147.0)
    assert {trace["name"] for trace in drawn if "dimensions" in trace.get("name", "")} == {
        "2 dimensions",
        "10 dimensions",
    }


def test_a_hand_is_chosen_and_writes_ten_digits() -> None:
    at = visit(step="relatives", relative="conditional", hand="3")
    label = int(studies.read("conditional").arrays["labels"][3])
    assert any(f"test image, a {label}" in each.proto.body for each in at.get("html"))
    sheets = [image.shape for image in visiting.pictures(at, "this hand writes")]
    assert sheets == [(28, 280)]


def test_the_scores_of_the_variances_are_the_study_s() -> None:
    ways = studies.read("pixel-variance").said["ways"]
    found = {row[0]: row[-1] for row in rows(visit(step="pixels", pixel_part="variance", variance="one"))}
    assert found == {name: f"{ways[key]['standardised']:.2f}" for key, name in variance.WAYS.items()}
    assert ways["given"]["standardised"] < 0.2  # a given variance of a half claims too much doubt
    assert ways["one"]["standardised"] == pytest.approx(1, abs=0.15)


def test_a_gaussian_model_says_what_sd_it_claims_and_what_its_residuals_have() -> None:
    at = visit("mnist-mse-vae-2d", step="pixels", pixel_part="variance")
    values = [float(value) for label, value, unit in facts(at) if unit == "grey levels"]
    residual_sd = math.sqrt(explorer.load("mnist-mse-vae-2d").metrics["mse"])
    assert values == pytest.approx([math.sqrt(0.5), residual_sd], abs=6e-4)


@pytest.mark.parametrize("view", likelihoods.VIEWS)
def test_both_likelihoods_stand_beside_each_other(view: str) -> None:
    at = visit(step="pixels", pixel_part="likelihoods", likelihood_view=view)
    models = studies.read("tanh-256").said["models"]
    assert [float(row[1]) for row in rows(at)] == [round(each["nll"], 1) for each in models.values()]
    assert (len(at.get("plotly_chart")) == 2) == (view == "codes")


def test_told_images_help_most_where_they_are_few() -> None:
    said = studies.read("semi-supervised").said
    gain = np.subtract(said["accuracy"]["m2"], said["accuracy"]["classifier"])
    assert gain[0] > 0
