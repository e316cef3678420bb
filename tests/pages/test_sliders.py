"""Sliders without the live view: order, image, and what goes into the address."""

import base64
import io
import re
from functools import partial

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from tests.pages import visiting
from tests.pages.visiting import address
from vae import explorer

PICTURE = re.compile(r'<img src="data:image/png;base64,([^"]+)"')
visit = partial(visiting.visit, "sliders")


def picture(at: AppTest) -> np.ndarray:
    """The decoded image on the page, in [0, 1]."""
    found = (PICTURE.search(element.proto.body) for element in at.get("html"))
    encoded = next(match.group(1) for match in found if match)
    with Image.open(io.BytesIO(base64.b64decode(encoded))) as image:
        return np.asarray(image.convert("L"), dtype=float) / 255


def test_the_dimensions_stand_in_the_order_of_their_kl() -> None:
    model = explorer.load("mnist-vae-20d")
    at = visit(model.name, live="0")
    keys = [slider.key for slider in at.slider]
    order = np.argsort(-model.kl_per_dim())
    assert keys == [f"sliders.z{axis}" for axis in order]
    inactive = [slider.label for slider in at.slider if "inactive" in slider.label]
    assert len(inactive) == (model.kl_per_dim() < 0.01).sum()


def test_a_slider_moves_its_coordinate_and_the_image() -> None:
    model = explorer.load("mnist-vae-2d")
    at = visit(model.name, live="0", z="0.5,-1")
    np.testing.assert_allclose(picture(at), model.decode([[0.5, -1.0]])[0], atol=1 / 255)
    at.slider(key="sliders.z1").set_value(1.25).run()
    assert not at.exception
    assert address(at, "z") == "0.5,1.25"
    np.testing.assert_allclose(picture(at), model.decode([[0.5, 1.25]])[0], atol=1 / 255)


def test_the_way_back_leads_to_the_image_that_was_left() -> None:
    model = explorer.load("mnist-vae-2d")
    at = visit(model.name, live="0", image="17")
    at.slider(key="sliders.z0").set_value(-1.0).run()
    assert "image" not in at.query_params
    next(button for button in at.button if "test image 17" in button.label).click().run()
    z = [float(part) for part in address(at, "z").split(",")]
    np.testing.assert_allclose(z, model.codes().mu[17], atol=1e-3)


@pytest.mark.parametrize("z", ["nan", "1,2,3", "1e9,0"])
def test_a_wrong_z_is_dropped(z: str) -> None:
    at = visit("mnist-vae-2d", live="0", z=z)
    assert not at.warning
    assert len(at.slider) == 2
