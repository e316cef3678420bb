"""Bytes of an image: against files that Pillow reads back, and information against SciPy."""

import io

import numpy as np
import pytest
from PIL import Image
from scipy.stats import entropy

from tests.pages import strangers
from vae import explorer
from vae.analysis.coding import compression
from vae.images import sets


def by_name(model: explorer.Explorer, image: np.ndarray) -> dict[str, compression.Size]:
    return {each.name: each for each in compression.sizes(model, image)}


def test_the_sizes_are_those_of_files_and_numbers() -> None:
    model, image = explorer.load("mnist-vae-2d"), sets.load("mnist", "test").floats(3)
    found = by_name(model, image)
    assert found["pixels, one byte each"].bytes == 784
    png, jpeg = io.BytesIO(), io.BytesIO()
    picture = Image.fromarray(np.rint(255 * image[..., 0]).astype(np.uint8))
    picture.save(png, "PNG", optimize=True)
    picture.save(jpeg, "JPEG", quality=50, optimize=True)
    assert (found["PNG"].bytes, found["PNG"].error) == (len(png.getvalue()), 0)
    assert found["JPEG, quality 50"].bytes == len(jpeg.getvalue())
    back = np.asarray(Image.open(jpeg), float) / 255
    assert found["JPEG, quality 50"].error == pytest.approx(np.mean((back - image[..., 0]) ** 2), rel=1e-5)
    code = found["code mu, 2 numbers in float16"]
    assert code.bytes == 4
    exact = np.mean((model.decode(model.encode(image[None]).mu)[0] - image) ** 2)
    assert code.error == pytest.approx(exact, rel=0.01)  # but for the rounding of the code


def test_the_bits_of_a_drawn_code_are_its_kl() -> None:
    model, image = explorer.load("mnist-vae-20d"), sets.load("mnist", "test").floats(3)
    kl = float(model.evaluate(image[None]).kl[0])
    found = by_name(model, image)["code drawn from q(z|x), its KL"]
    assert found.bytes == pytest.approx(kl * np.log2(np.e) / 8, rel=1e-5)
    assert found.bytes < by_name(model, image)["code mu, 20 numbers in float16"].bytes


def test_a_nat_is_as_many_bits_as_scipy_says() -> None:
    shares = [0.5, 0.3, 0.2]
    assert compression.nats_to_bits(entropy(shares)) == pytest.approx(entropy(shares, base=2))


@pytest.mark.parametrize(("name", "rows"), [("foreign-3d", 4), ("shapes-2d", 5)])
def test_any_model_has_its_sizes(name: str, rows: int) -> None:
    model = strangers.model(name)
    image = strangers.items(model.dataset.name).floats(0)
    found = compression.sizes(model, image)
    assert len(found) == rows  # without a closed KL nothing is said of drawn codes
    assert found[0].bytes == image.size
