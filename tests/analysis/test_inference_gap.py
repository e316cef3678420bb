"""One image's search beside what its parts find, the gap of many, and what is kept of a measurement."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

from tests.conftest import model_of
from tests.pages import strangers
from vae import explorer
from vae.analysis import inference_gap
from vae.analysis.inference_gap import Amortisation
from vae.images.spec import ImageSpec
from vae.latent import posterior_search
from vae.model.config import ModelConfig
from vae.model.numpy_vae import NumpyModel
from vae.model.tensor_file import CheckpointError


def test_one_image_s_search_has_its_true_posterior_and_its_bounds() -> None:
    model, told = strangers.model("shapes-2d"), list[float]()
    image = strangers.items("shapes").floats(3)
    found = inference_gap.infer(model, image, told.append)
    assert told == sorted(told)
    assert told[-1] <= 1
    assert isinstance(model.model, posterior_search.Searchable)
    alone = posterior_search.search(model.model, image[None])
    np.testing.assert_array_equal(found.mu, alone.mu[:, 0])
    np.testing.assert_array_equal(found.sd, alone.sd[:, 0])
    assert found.gain == pytest.approx(float(alone.gain[0]))
    assert found.exact is not None
    evidence = found.exact.posterior.log_evidence
    for end, elbo in ((0, found.elbo[0]), (1, found.elbo[-1])):  # log p(x) = ELBO + KL(q || p(z|x))
        assert evidence - elbo == pytest.approx(found.exact.kl[end], abs=0.01 * max(1, found.exact.kl[end]))
        bounds = [value for value, _ in found.bounds[end]]
        assert bounds == sorted(bounds)
        assert bounds[-1] < evidence + 4 * found.bounds[end][-1][1] + 0.01
    assert found.moved_most == (0, 1)


def test_the_dimensions_that_moved_most_are_those_whose_kl_is_largest() -> None:
    model = strangers.model("blobs-3d")
    found = inference_gap.infer(model, strangers.items("blobs").floats(0))
    assert found.exact is None
    assert not found.is_elsewhere
    after, before = (Normal(torch.tensor(found.mu[k]), torch.tensor(found.sd[k])) for k in (-1, 0))
    order = np.argsort(-kl_divergence(after, before).numpy())
    assert found.moved_most == tuple(sorted(order[:2].tolist()))
    still = replace(found, mu=found.mu[[0, 0]], sd=found.sd[[0, 0]])
    assert still.moved_most == (0, 1)


def test_models_that_cannot_be_searched_are_refused() -> None:
    with pytest.raises(ValueError, match="foreign-3d has no ELBO in closed form"):
        inference_gap.infer(strangers.model("foreign-3d"), strangers.items("lines").floats(0))


def test_many_images_are_searched_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inference_gap, "BATCH", 2)
    images = np.random.default_rng(0).uniform(size=(3, 12, 9, 3)).astype(np.float32)
    config = ModelConfig(2, (6,), image_spec=ImageSpec(12, 9, 3))
    model = NumpyModel(config, model_of(config).weights())
    whole = posterior_search.search(model, images, steps=20, kept=2)
    parts = inference_gap.measure(model, images, steps=20)
    np.testing.assert_allclose(parts.gain, whole.gain, atol=1e-3)
    assert parts.mu.shape == (2, 3, 2)
    assert parts.elbo_error.shape == (2, 3)


def test_a_measurement_is_kept_for_its_model_only(tmp_path: Path) -> None:
    said = Amortisation("abc", "python -m vae.gap x", "first 4 test images of digits", -90.5, (1, 2, 3, 6))
    inference_gap.save("x", said, tmp_path)
    assert inference_gap.load("x", "abc", tmp_path) == said
    assert inference_gap.load("x", "other", tmp_path) is None
    assert inference_gap.load("y", "abc", tmp_path) is None
    assert said.mean == 3
    assert said.error == pytest.approx(np.std([1, 2, 3, 6], ddof=1) / 2)


@pytest.mark.parametrize(
    "change", [{"gains": [1]}, {"gains": ["a", "b"]}, {"elbo": None}, {"other": 1}, None]
)
def test_a_damaged_measurement_gets_a_sentence(tmp_path: Path, change: dict[str, object] | None) -> None:
    path = inference_gap.save("x", Amortisation("abc", "", "", -90.5, (1, 2)), tmp_path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change) if change else "{")
    with pytest.raises(CheckpointError, match=r"x\.json is damaged; run `python -m vae\.gap x`"):
        inference_gap.load("x", "abc", tmp_path)


@pytest.mark.parametrize("name", ["mnist-vae-2d", "mnist-vae-20d"])
def test_the_shipped_measurements_are_of_the_shipped_models(name: str) -> None:
    measured = inference_gap.load(name, explorer.load(name).fingerprint)
    assert measured is not None
    assert len(measured.gains) == 1000
    assert measured.command.startswith(f"python -m vae.gap {name} --images 1000 ")
    assert measured.mean > 0
