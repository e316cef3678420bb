"""The user's image: one thing that all pages know, from where it was chosen until it is let go."""

import io
import json
import re
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from tests.pages.visiting import address, html, pictures, run, visit
from vae.images import permalink
from vae.images.dataset import ImageSet
from vae.web.kit import loaders

pytestmark = pytest.mark.usefixtures("mnist")

YOURS = "Your image: "


def drawn(mnist: ImageSet, index: int = 8) -> str:
    """The text of a drawing: of a digit."""
    return permalink.to_text(mnist.floats(index)) or ""


def go(at: AppTest, page: str) -> AppTest:
    """Another page of the same session, by a link of the navigation: the address begins empty."""
    at.switch_page(f"pages/{page}.py")
    at.query_params.clear()
    return run(at)


def captions(at: AppTest) -> list[str]:
    """The words of all pictures."""
    return re.findall(r'alt="([^"]*)"', html(at))


def test_nothing_is_shown_while_no_image_was_chosen() -> None:
    at = visit("generate")
    assert YOURS not in html(at)
    assert address(at, "image") == ""


@pytest.mark.parametrize("page", ["latent_map", "interpolate", "sliders", "generate", "labels"])
def test_a_drawing_is_known_on_other_pages_and_stays_in_the_address(mnist: ImageSet, page: str) -> None:
    at = visit("reconstruct", source="draw", drawing=drawn(mnist))
    at = go(at, page)
    (picture,) = pictures(at, YOURS)
    np.testing.assert_array_equal(picture, mnist.pixels[8, ..., 0])
    assert (address(at, "source"), address(at, "drawing")) == ("draw", drawn(mnist))


def test_a_permalink_brings_the_drawing_to_a_new_session(mnist: ImageSet) -> None:
    at = visit("latent_map", source="draw", drawing=drawn(mnist, 3))
    (picture,) = pictures(at, YOURS)
    np.testing.assert_array_equal(picture, mnist.pixels[3, ..., 0])


def test_the_map_follows_a_drawing_until_another_code_is_chosen(mnist: ImageSet) -> None:
    model = loaders.open_model("mnist-vae-2d")
    assert not isinstance(model, str)
    script = """
import streamlit as st
from vae.web.kit import loaders
from vae.web.selection import code
model = loaders.open_model("mnist-vae-2d")
st.button("image", on_click=code.choose_image, args=(model, 17))
st.button("z", on_click=code.choose_z, args=(model, (1.0, -1.0)))
st.button("own", on_click=code.choose_own)
chosen = code.look_up(model)
st.json({"image": chosen.image, "z": list(chosen.z), "is_own": chosen.is_own})
"""
    at = AppTest.from_string(script, default_timeout=60)
    at.query_params.update({"source": "draw", "drawing": drawn(mnist)})

    def chosen(button: str = "") -> dict[str, Any]:
        if button:
            next(each for each in at.button if each.label == button).click()
        return dict(json.loads(run(at).json[0].value))

    first = chosen()
    np.testing.assert_allclose(first["z"], model.encode(mnist.floats([8])).mu[0], rtol=1e-5)
    assert first["is_own"]
    assert chosen("image") == {"image": 17, "z": [], "is_own": False}
    assert address(at, "drawing") == drawn(mnist)  # it stays pinned
    assert chosen("own") == first
    assert chosen("z") == {"image": None, "z": [1.0, -1.0], "is_own": False}


def test_a_model_of_other_images_gets_it_prepared_anew(mnist: ImageSet) -> None:
    at = visit("reconstruct", "emoji-vae-2d", source="draw", drawing=drawn(mnist))
    (picture,) = pictures(at, YOURS)
    assert picture.shape == (64, 64, 3)
    assert "Draw" in at.segmented_control(key="widget.source").options
    assert any(words == "input after resizing: scaled to 64×64" for words in captions(at))


def upload(at: AppTest, picture: Image.Image) -> AppTest:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    at.file_uploader[0].upload("mine.png", buffer.getvalue(), "image/png")
    return run(at)


def test_an_upload_is_in_the_address_as_the_encoder_gets_it(mnist: ImageSet) -> None:
    given = Image.fromarray(255 - mnist.pixels[8, ..., 0]).resize((140, 140))
    at = upload(visit("reconstruct", source="upload"), given)
    said = address(at, "upload")
    (picture,) = pictures(at, "input after preprocessing")
    np.testing.assert_array_equal(np.rint(255 * permalink.from_text(said)[..., 0]), picture)
    there = visit("reconstruct", source="upload", upload=said)  # another machine
    np.testing.assert_array_equal(pictures(there, "input: your picture")[0], picture)
    at.toggle(key="widget.prepare").set_value(False)
    assert address(run(at), "upload") not in ("", said)
    at = go(at, "labels")
    assert "Your image: mine.png" in html(at)


def test_an_upload_that_is_too_large_for_the_address_says_so() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    at = upload(visit("reconstruct", "emoji-vae-2d", source="upload"), Image.fromarray(noise))
    assert address(at, "upload") == ""
    assert "a link to this page does not carry it" in html(at)
    assert YOURS in html(go(at, "generate"))


def test_a_clicked_test_image_is_the_image(mnist: ImageSet) -> None:
    at = visit("latent_map", image="17")
    (picture,) = pictures(go(at, "generate"), YOURS)
    np.testing.assert_array_equal(picture, mnist.pixels[17, ..., 0])


def test_a_point_takes_the_place_of_a_test_image() -> None:
    at = visit("sliders", image="17")
    at.query_params.clear()
    at.query_params["z"] = "0.5,-1"
    at = run(at)
    assert (address(at, "z"), address(at, "image")) == ("0.5,-1", "")
    at = go(at, "latent_map")
    assert (address(at, "z"), address(at, "image")) == ("0.5,-1", "")


def test_it_is_let_go_everywhere(mnist: ImageSet) -> None:
    at = visit("sliders", source="draw", drawing=drawn(mnist))
    at.button(key="let-go").click()
    run(at)
    assert YOURS not in html(at)
    assert [address(at, name) for name in ("source", "drawing", "image")] == ["", "", ""]
    at = go(at, "reconstruct")
    assert at.segmented_control(key="widget.source").value == "example"
    assert YOURS not in html(at)


def test_the_sources_keep_their_images_and_only_the_one_in_use_is_in_the_address(mnist: ImageSet) -> None:
    at = visit("reconstruct", source="draw", drawing=drawn(mnist))
    at.segmented_control(key="widget.source").set_value("strange")
    run(at)
    assert (address(at, "source"), address(at, "drawing")) == ("strange", "")
    at.segmented_control(key="widget.source").set_value("draw")
    run(at)
    assert (address(at, "source"), address(at, "drawing")) == ("draw", drawn(mnist))


def test_a_page_of_test_images_follows_it_until_one_of_them_is_chosen(mnist: ImageSet) -> None:
    at = visit("how_it_works", source="draw", drawing=drawn(mnist))
    assert "your drawing" in " ".join(captions(at)).lower()
    at.button(key="example.3").click()
    run(at)
    assert (address(at, "source"), address(at, "drawing")) == ("", "")
    assert any(words.startswith(f"{YOURS}test image 3") for words in captions(at))


def test_what_is_no_image_in_the_address_changes_nothing() -> None:
    at = visit("reconstruct", source="draw", drawing="nonsense")
    assert YOURS not in html(at)
    assert not at.exception
