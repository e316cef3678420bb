"""Hidden pixels restored, on linear models with Gaussian noise: the right answer is known in closed form."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.pages import strangers
from vae import imputation as command
from vae.analysis import imputation
from vae.analysis.imputation import Imputation
from vae.explorer import load
from vae.images import masks, sets
from vae.images.dataset import ImageSet
from vae.images.spec import ImageSpec
from vae.model.posterior import Gaussian, Point, Posterior
from vae.model.protocol import Likelihood
from vae.model.tensor_file import CheckpointError

Array = NDArray[np.float32]
MNIST = ImageSpec(28, 28, 1)
HIDDEN = masks.rows(MNIST, 11, 13) | masks.scattered(MNIST, 0.2, 0)


@dataclass(frozen=True)
class Linear:
    """x = 0.5 + W z + noise, z ~ N(0, I): all its posteriors are Gaussians (Bishop, PRML, 2.3).

    With `exact` the encoder gives the true posterior, else the projection on W's columns (PCA).
    """

    weight: NDArray[np.float64]  # (784, D)
    exact: bool = True
    sd: float = 0.02  # of a pixel

    @property
    def covariance(self) -> NDArray[np.float64]:
        """Of p(z|x), (D, D), diagonal since W's columns are orthogonal."""
        precision = np.eye(self.weight.shape[1]) + self.weight.T @ self.weight / self.sd**2
        return np.asarray(np.linalg.inv(precision), np.float64)

    @property
    def likelihood(self) -> Likelihood:
        return Likelihood("gaussian", self.sd)

    def encode_draws(self, images: Array) -> Posterior:
        x = images.reshape(len(images), -1) - 0.5
        if not self.exact:
            return Point((x @ np.linalg.pinv(self.weight).T).astype(np.float32))
        mu = x @ self.weight @ self.covariance / self.sd**2
        log_var = np.tile(np.log(np.diag(self.covariance)), (len(x), 1))
        return Gaussian(mu.astype(np.float32), log_var.astype(np.float32))

    def decode(self, z: Array) -> Array:
        return (0.5 + z @ self.weight.T).reshape(-1, 28, 28, 1).astype(np.float32)

    def draw(self, means: Array, noise: np.random.Generator) -> Array:
        return (means + self.sd * noise.standard_normal(means.shape)).astype(np.float32)


@pytest.fixture(scope="module")
def weight() -> NDArray[np.float64]:
    basis = np.linalg.qr(np.random.default_rng(0).normal(size=(784, 3)))[0]
    return basis * np.array([0.5, 0.3, 0.2])


@pytest.fixture(scope="module")
def images(weight: NDArray[np.float64]) -> Array:
    rng = np.random.default_rng(1)
    x = 0.5 + rng.normal(size=(4, 3)) @ weight.T + 0.02 * rng.normal(size=(4, 784))
    return x.reshape(-1, 28, 28, 1).astype(np.float32)


def chained(model: Linear, images: Array, hidden: masks.Mask, steps: int = 20, seed: int = 0) -> Imputation:
    chain = imputation.impute(model, images, hidden, steps, seed).chain
    assert chain is not None
    return chain


def test_visible_pixels_are_kept_and_what_was_hidden_has_no_influence(
    weight: NDArray[np.float64], images: Array
) -> None:
    model = Linear(weight)
    other = np.where(HIDDEN[..., None], np.float32(1), images)
    for restore in (imputation.one_pass, imputation.iterate, chained):
        first, second = restore(model, images, HIDDEN), restore(model, other, HIDDEN)
        np.testing.assert_array_equal(first.images, second.images)
        np.testing.assert_array_equal(first.images[:, ~HIDDEN], images[:, ~HIDDEN])
        np.testing.assert_array_equal(first.images[:, HIDDEN], first.decoded[:, HIDDEN])


def test_one_pass_decodes_the_code_of_the_concealed_image(weight: NDArray[np.float64], images: Array) -> None:
    model = Linear(weight)
    concealed = images * ~HIDDEN[..., None]
    found = imputation.one_pass(model, images, HIDDEN)
    mu = model.encode_draws(concealed).mu
    np.testing.assert_array_equal(found.path, mu[None])
    np.testing.assert_array_equal(found.images[:, HIDDEN], model.decode(mu)[:, HIDDEN])


def test_hidden_pixels_of_a_colour_image_start_as_the_mean_of_its_visible_ones() -> None:
    images = np.full((2, 8, 8, 3), (0.25, 0.5, 1.0), np.float32)
    images[1] = (1.0, 0.0, 0.5)
    hidden = masks.rows(ImageSpec(8, 8, 3), 2, 5)
    seen = images.copy()
    images[:, hidden] = 0.125
    np.testing.assert_array_equal(imputation.conceal(images, hidden), seen)
    everything = np.ones_like(hidden)
    np.testing.assert_array_equal(imputation.conceal(images, everything), np.zeros_like(images))


def test_iterating_pca_converges_to_least_squares_on_the_visible_pixels(
    weight: NDArray[np.float64], images: Array
) -> None:
    seen = ~HIDDEN.ravel()
    flat = images.reshape(4, -1)
    z = np.linalg.lstsq(weight[seen], (flat[:, seen] - 0.5).T, rcond=None)[0].T
    found = imputation.iterate(Linear(weight, exact=False), images, HIDDEN, steps=60)
    np.testing.assert_allclose(found.path[-1], z, atol=1e-4)
    expected = (0.5 + z @ weight.T)[:, ~seen]
    np.testing.assert_allclose(found.images.reshape(4, -1)[:, ~seen], expected, atol=1e-4)


@pytest.mark.parametrize("sd", [0.02, 0.5])  # of which the second draws many pixels outside [0, 1]
def test_with_the_true_posterior_the_chain_samples_the_codes_given_the_visible_pixels(
    weight: NDArray[np.float64], images: Array, sd: float
) -> None:
    """It is N(m, S) with S = (I + W'W / sd²)⁻¹ and m = S W'(x - 0.5) / sd², of W the visible rows only."""
    model = Linear(weight * 50 * sd, sd=sd)
    seen = ~HIDDEN.ravel()
    part = model.weight[seen]
    S = np.linalg.inv(np.eye(3) + part.T @ part / sd**2)
    drawn = (0.5 + 50 * sd * (images[:1] - 0.5)).astype(np.float32)
    one = drawn.repeat(100, axis=0)  # a hundred chains
    m = S @ part.T @ (one[0].ravel()[seen] - 0.5) / sd**2
    found = chained(model, one, HIDDEN, steps=60, seed=3)
    draws = found.path[20:].reshape(-1, 3)
    spread = np.sqrt(np.diag(S))
    np.testing.assert_allclose((draws.mean(axis=0) - m) / spread, 0, atol=0.1)
    np.testing.assert_allclose(draws.std(axis=0) / spread, 1, atol=0.1)
    expected = (0.5 + model.weight @ m)[~seen]
    restored = found.images.reshape(100, -1)[:, ~seen].mean(axis=0)
    np.testing.assert_allclose(restored, expected, atol=0.25 * sd)


def test_the_chain_is_the_same_for_the_same_seed(weight: NDArray[np.float64], images: Array) -> None:
    first, again, other = (chained(Linear(weight), images, HIDDEN, 5, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.path, again.path)
    assert (first.path != other.path).any()


def test_errors_are_mean_squares_over_the_hidden_pixels(
    weight: NDArray[np.float64], images: Array, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imputation, "BATCH", 3)
    told: list[float] = []
    model = Linear(weight)
    found = imputation.errors(model, images, HIDDEN, steps=4, on_progress=told.append)
    for row, steps in enumerate((1, 2, 4)):
        restored = imputation.iterate(model, images, HIDDEN, steps).images
        expected = [np.mean((a[HIDDEN] - b[HIDDEN]) ** 2) for a, b in zip(restored, images, strict=True)]
        np.testing.assert_allclose(found["iterated"][row], expected, rtol=1e-5)
    chains = [chained(model, images[:3], HIDDEN, steps).images for steps in (1, 2, 4)]
    means = [imputation.error(each, images[:3], HIDDEN) for each in chains]
    np.testing.assert_allclose(found["chain"][:, :3], means, rtol=1e-5)
    assert found["one_pass"].shape == (4,)
    assert told == [0.1875, 0.375, 0.75, 0.8125, 0.875, 1.0]
    said = imputation.summary(found, HIDDEN)
    assert said["hidden"] == HIDDEN.sum()
    assert said["iterated"][0] == pytest.approx(np.mean(expected))
    assert said["iterated"][1] == pytest.approx(np.std(expected, ddof=1) / 2)
    assert said["improved"] == np.mean(found["iterated"][-1] < found["one_pass"])
    assert said["curve"]["chain"] == pytest.approx(found["chain"].mean(axis=1))


@pytest.mark.parametrize(("steps", "counts"), [(1, (1,)), (4, (1, 2, 4)), (5, (1, 2, 4, 5))])
def test_errors_are_counted_after_powers_of_two_and_at_the_end(steps: int, counts: tuple[int, ...]) -> None:
    assert imputation.counted(steps) == counts


def test_the_chain_s_estimate_is_the_mean_over_its_second_half(
    weight: NDArray[np.float64], images: Array
) -> None:
    model = Linear(weight)
    found = chained(model, images, HIDDEN, steps=7, seed=2)
    means = model.decode(found.path[3:].reshape(-1, 3)).reshape(4, 4, 28, 28, 1).mean(axis=0)
    np.testing.assert_allclose(found.decoded, means, atol=1e-5)


def test_images_in_colour_are_restored_whole_pixels_at_a_time() -> None:
    model, images = strangers.model("blobs-3d"), strangers.items("blobs").floats(slice(2))
    hidden = masks.rows(model.image_spec, 32, 63)
    found = imputation.impute(model, images, hidden, steps=3)
    assert found.chain is not None
    for way in (found.one_pass, found.iterated, found.chain):
        np.testing.assert_array_equal(way.images[:, :32], images[:, :32])
        np.testing.assert_array_equal(way.images[:, 32:], way.decoded[:, 32:])
    error = imputation.error(found.iterated.images, images, hidden)
    expected = [np.mean((a[32:] - b[32:]) ** 2) for a, b in zip(found.iterated.images, images, strict=True)]
    np.testing.assert_allclose(error, expected, rtol=1e-5)
    assert next(iter(imputation.standard(model.image_spec))) == "the lower half, rows 32 to 63"


def test_a_model_without_a_likelihood_has_no_chain() -> None:
    model, images = strangers.model("foreign-3d"), strangers.items("lines").floats(slice(3))
    hidden = masks.scattered(model.image_spec, 0.5, 0)
    assert imputation.impute(model, images, hidden, steps=2).chain is None
    found = imputation.errors(model, images, hidden, steps=2)
    assert list(found) == ["one_pass", "iterated"]
    said = imputation.summary(found, hidden)
    assert "chain" not in said
    assert list(said["curve"]) == ["iterated"]


def test_without_a_hidden_pixel_there_is_no_error(images: Array) -> None:
    with pytest.raises(ValueError, match="no pixel is hidden"):
        imputation.error(images, images, np.zeros((28, 28), bool))


def test_the_command_writes_what_it_measured(
    tmp_path: Path,
    saved: Path,
    digits: NDArray[np.uint8],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(imputation, "FOLDER", tmp_path / "imputation")
    monkeypatch.setattr(sets, "load", lambda name, split: ImageSet(digits, None))
    model = load(saved)
    assert imputation.shipped(model) is None
    command.main([str(saved), "--images", "20"])
    assert [path.name for path in (tmp_path / "imputation").iterdir()] == ["tiny.json"]
    written = json.loads((tmp_path / "imputation" / "tiny.json").read_text())
    assert imputation.shipped(model) == written
    assert written["fingerprint"] == model.fingerprint
    assert written["command"] == f"python -m vae.imputation {saved} --images 20"
    block = written["masks"]["the source's block, pixels 300 to 399"]
    images = (digits[:20] / 255).astype(np.float32)
    found = imputation.one_pass(load(saved), images, masks.block())
    expected = imputation.error(found.images, images, masks.block())
    assert block["hidden"] == 100
    assert block["one_pass"][0] == pytest.approx(expected.mean(), rel=1e-5)
    assert "one_pass" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        command.main(["no-such-model"])


def test_what_ships_names_its_command_and_shows_that_iterating_helps() -> None:
    for name in ("mnist-vae-2d", "mnist-vae-20d"):
        found = imputation.shipped(load(name))
        assert found is not None
        assert found["command"] == f"python -m vae.imputation {name} --images {imputation.IMAGES}"
        assert set(found["masks"]) == set(imputation.standard(MNIST))
        for row in found["masks"].values():
            assert row["images"] == imputation.IMAGES
            assert row["iterated"][0] < row["one_pass"][0]
            curve = row["curve"]["chain"]
            assert row["chain"][0] == curve[-1] < curve[0]
            assert abs(curve[-1] - curve[-2]) < row["chain"][1]  # after as many as were measured it is


@pytest.mark.parametrize("change", [{"masks": []}, {"masks": {"x": {}}}, {"steps": None}, {"data": 5}, None])
def test_a_damaged_measurement_gets_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, object] | None
) -> None:
    said = json.loads((imputation.FOLDER / "mnist-vae-2d.json").read_text())
    (tmp_path / "mnist-vae-2d.json").write_text(json.dumps(said | change) if change else "")
    monkeypatch.setattr(imputation, "FOLDER", tmp_path)
    sentence = r"mnist-vae-2d\.json is damaged; run `python -m vae\.imputation mnist-vae-2d`"
    with pytest.raises(CheckpointError, match=sentence):
        imputation.shipped(load("mnist-vae-2d"))


def test_a_measurement_of_another_model_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = json.loads((imputation.FOLDER / "mnist-vae-2d.json").read_text())
    (tmp_path / "mnist-vae-2d.json").write_text(json.dumps(said | {"fingerprint": "other"}))
    monkeypatch.setattr(imputation, "FOLDER", tmp_path)
    assert imputation.shipped(load("mnist-vae-2d")) is None
