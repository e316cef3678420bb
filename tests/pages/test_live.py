"""What Python sends to the live views, and what it believes of what they send back."""

import base64
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.browser.apps.random_model import RandomModel
from vae import explorer
from vae.images.dataset import Dataset
from vae.images.spec import ImageSpec
from vae.model.codes import Codes
from vae.model.posterior import Gaussian
from vae.model.protocol import Networks
from vae.web.live import Pick, answers, payloads, views

MNIST = ImageSpec(28, 28, 1)


def read(parcel: bytes) -> tuple[dict[str, Any], set[str]]:
    """The header of a parcel and the names of its arrays."""
    header: dict[str, Any] = json.loads(parcel[4 : 4 + int.from_bytes(parcel[:4], "little")])
    return header, set(header.pop("arrays"))


def test_a_parcel_says_where_its_arrays_are() -> None:
    arrays: dict[str, NDArray[Any]] = {"a": np.arange(3, dtype=np.uint8), "b": np.ones((2, 2), np.float16)}
    parcel = payloads.pack({"kind": "codes"}, arrays)
    start = 4 + int.from_bytes(parcel[:4], "little")
    assert b'"b": {"type": "f2", "shape": [2, 2], "at": 3}' in parcel[4:start]
    assert parcel[start:] == arrays["a"].tobytes() + arrays["b"].tobytes()


@pytest.mark.parametrize("value", [None, 1, {}, [1.0], [1.0, float("nan")], [1.0, 1e9], [True, 0], "ab"])
def test_what_is_no_code_is_none(value: object) -> None:
    assert answers.code(value, latent_dim=2) is None


@pytest.mark.parametrize(
    "value",
    [
        None,
        "click",
        {},
        {"index": -1},
        {"index": True},
        {"index": "5"},
        {"place": [1.0], "index": None},
        {"place": [1.0, float("nan")]},
        {"place": [1.0, 1e300], "hit": True},
        {"place": "ab", "index": 1.5},
    ],
)
def test_what_no_chart_sends_is_no_pick(value: object) -> None:
    assert answers.pick(value) is None


def test_a_pick_keeps_its_numbers() -> None:
    assert answers.pick({"place": [0.5, -1], "index": 3, "hit": True}) == Pick((0.5, -1.0), 3, hit=True)
    assert answers.pick({"place": [0.5, -1], "index": -3, "hit": True}) == Pick((0.5, -1.0))
    assert answers.pick({"index": 7, "hit": True}) == Pick(index=7, hit=True)  # in three dimensions


def test_a_path_needs_two_codes_and_t_between_0_and_1() -> None:
    ends = {"a": [0, 0], "b": [1, 1]}
    choice = answers.path({**ends, "t": 0.25}, latent_dim=2)
    assert choice is not None
    assert choice.t == 0.25
    assert answers.path({**ends, "t": 1.5}, latent_dim=2) is None
    assert answers.path({**ends, "t": "0"}, latent_dim=2) is None
    assert answers.path({"a": [0, 0], "t": 0.5}, latent_dim=2) is None


@pytest.mark.parametrize(
    "value", [None, 3, "", "!!!!", base64.b64encode(bytes(783)).decode(), "é" * 1048, "A" * 9999]
)
def test_what_is_no_drawing_is_none(value: object) -> None:
    assert answers.drawing(value, MNIST) is None


def test_a_drawing_is_an_image_in_0_to_1() -> None:
    image = answers.drawing(base64.b64encode(bytes([0, 255] * 392)).decode(), MNIST)
    assert image is not None
    assert image.shape == (28, 28, 1)
    assert image.dtype == np.float32
    assert image[0, :2, 0].tolist() == [0.0, 1.0]


def test_a_code_of_another_length_is_refused_before_it_is_sent() -> None:
    with pytest.raises(ValueError, match="2 finite numbers"):
        views.plane(RandomModel(latent_dim=2).explorer, "map", "pointer", z=[1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="2 finite numbers"):
        views.plane(RandomModel(latent_dim=2).explorer, "map", "pointer", base=[1.0, np.nan])


def test_a_map_needs_a_place_for_each_test_image() -> None:
    with pytest.raises(ValueError, match=r"places \(300, 2\), got \(299, 2\)"):
        payloads.places(RandomModel(latent_dim=3).explorer, "tsne", np.zeros((299, 2)))


@pytest.mark.parametrize("kind", ["labelled", "unlabelled"])
def test_a_decoder_says_what_its_images_and_classes_are(kind: str) -> None:
    spec = ImageSpec(64, 48, 3)
    names = tuple(f"shape {k}" for k in range(60)) if kind == "labelled" else None
    labels = None if names is None else np.arange(5) * 14
    model = explorer.explore(Narrow(spec, kind), kind, Dataset("shapes", spec, names), codes(labels))
    decoder, arrays = read(payloads._decoder(model.fingerprint, model))
    assert decoder["image"] == {"height": 64, "width": 48, "channels": 3}
    assert (decoder["activation"], decoder["head"]) == ("tanh", "unit")
    assert decoder["class_names"] == (None if names is None else list(names))
    assert len(set(decoder["class_colours"])) == (0 if names is None else 60)
    assert arrays == {"kl_per_dim", "weight0", "bias0"}
    encoder, _ = read(payloads._encoder(model.fingerprint, model))
    assert (encoder["latent_dim"], encoder["log_var_bound"]) == (2, 5.0)
    _, of_codes = read(payloads._codes(model.fingerprint, model))
    assert of_codes == ({"mu", "names"} if names is None else {"mu", "labels"})


def codes(labels: NDArray[np.int64] | None) -> Codes:
    mu = np.arange(10, dtype=np.float32).reshape(5, 2)
    files = [f"{row}.png" for row in range(5)] if labels is None else None
    return Codes(mu, np.ones_like(mu), labels, names=files)


@dataclass(frozen=True)
class Narrow:
    """One layer each way."""

    image_spec: ImageSpec
    fingerprint: str
    latent_dim: int = 2

    def encode(self, images: NDArray[np.float32]) -> Gaussian:
        mu = np.zeros((len(images), 2), np.float32)
        return Gaussian(mu, mu)

    def decode(self, z: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.zeros((len(z), *self.image_spec.shape), np.float32)

    def networks(self) -> Networks:
        size = self.image_spec.size
        encoder = np.zeros((4, size), np.float16), np.zeros(4, np.float16)
        decoder = np.zeros((size, 2), np.float16), np.zeros(size, np.float16)
        return Networks([encoder], [decoder], "tanh", "tanh", "linear", log_var_bound=5.0, log_var_max=2.0)
