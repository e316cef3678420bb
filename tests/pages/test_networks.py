"""How it works, networks: what is drawn of any model, and which other models it leads to."""

import math

import pytest

from tests.pages import strangers
from tests.pages.visiting import visit
from tests.twins import TWINS, Twin
from vae import explorer
from vae.model.config import tensor_shapes
from vae.web.pages.how_it_works import networks


@pytest.mark.parametrize("twin", TWINS.values(), ids=list(TWINS))
def test_the_drawing_counts_all_weights_and_begins_and_ends_with_the_image(twin: Twin) -> None:
    drawn = networks.drawn(twin.config)
    own = drawn[twin.config.kind]
    shapes = tensor_shapes(twin.config)
    beside = ("pixel_log_var", "noise.")  # drawn at the waist, or not at all
    weights = sum(math.prod(shape) for name, shape in shapes.items() if not name.startswith(beside))
    assert sum(row["weights"] for rows in own.values() for row in rows) == weights
    assert math.prod(own["encoder"][0]["shape"]) >= twin.config.image_spec.size
    assert own["encoder"][0]["shape"] == own["decoder"][-1]["shape"]
    assert not own["encoder"][0]["by"]
    assert all(row["by"] for rows in own.values() for row in rows[1:])


def test_an_autoencoder_s_encoder_ends_with_the_code_and_a_vae_s_with_twice_as_many_numbers() -> None:
    drawn = networks.drawn(TWINS["residual"].config)
    assert drawn["autoencoder"]["encoder"][-1]["shape"] == (4,)
    assert drawn["vae"]["encoder"][-1]["shape"] == (8,)
    assert drawn["autoencoder"]["decoder"] == drawn["vae"]["decoder"]
    assert [row["blocks"] for row in drawn["vae"]["decoder"]] == [
        "",
        "",
        "2 residual blocks",
        "1 residual block",
        "",
    ]
    assert drawn["vae"]["encoder"][1]["by"] == "convolution"
    assert drawn["vae"]["decoder"][-1]["by"] == "transposed convolution"
    assert [row["taps"] for row in drawn["vae"]["encoder"]] == ["", *2 * ["4 × 4, stride 2"], "", ""]


@pytest.mark.parametrize("model", ["mnist-ae-2d", "emoji-vae-2d"])
def test_it_opens_for_models_of_other_kinds(model: str) -> None:
    assert not visit("how_it_works", model=model, step="networks").info


@pytest.mark.usefixtures("others")
@pytest.mark.parametrize("name", strangers.NAMES)
def test_a_model_without_known_layers_has_its_graphical_model_alone(name: str) -> None:
    at = visit("how_it_works", model=name, step="networks")
    assert [info.value for info in at.info] == [
        f"The layers of “{name}” are not known, so its networks cannot be drawn."
    ]


def test_it_leads_to_a_model_with_networks_of_another_sort() -> None:
    at = visit("how_it_works", step="networks")
    links = [each.proto for each in at.get("page_link") if "step=networks" in each.proto.query_string]
    assert links
    for link in links:
        name = link.query_string.split("&")[0].removeprefix("model=")
        assert link.label.endswith(f"“{explorer.load(name).title}”")
