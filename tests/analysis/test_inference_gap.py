"""One image's search beside what its parts find, the gap of many, and what is kept of a measurement."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

from tests.conftest import model_of
from tests.latent import made
from tests.pages import strangers
from vae import explorer
from vae.analysis import inference_gap
from vae.analysis.inference_gap import Amortisation, Inferred
from vae.images import sets
from vae.images.dataset import Dataset
from vae.images.spec import ImageSpec
from vae.latent import posterior_search
from vae.latent.importance import Estimate
from vae.model.config import ModelConfig
from vae.model.numpy_vae import NumpyModel
from vae.model.tensor_file import CheckpointError


def test_one_image_s_searches_and_both_ways_to_its_gap() -> None:
    told = list[float]()
    found = inference_gap.infer(
        explorer.load("seed-vae-2d"), sets.load("mnist", "test").floats(3), told.append
    )
    assert told == sorted(told)
    assert told[-1] <= 1
    assert found.plane is not None
    assert found.other_gaps is not None
    for gap, other in zip(found.gaps, found.other_gaps, strict=True):
        assert abs(gap.minus(other).value) < 4 * gap.minus(other).error + 0.02
    assert found.disagreement == 0
    evidence = found.log_evidence.value
    for bounds, elbo in zip(found.bounds, (found.from_encoder.first, found.best.last), strict=True):
        apart = bounds[0].minus(elbo)  # k = 1 is the ELBO
        assert abs(apart.value) < 4 * apart.error
        assert [each.value for each in bounds] == sorted(each.value for each in bounds)
        assert bounds[-1].value < evidence + 4 * bounds[-1].error + 0.01
    assert found.moved_most == (0, 1)


@pytest.fixture(scope="module")
def two() -> Inferred:
    """The searches where the encoder answers with a mode beside that which holds the mass."""
    dataset = Dataset("black", made.BLACK, None, "CC0")
    model = explorer.explore(made.Made(made.two_modes, made.NEAR_THE_MINOR_MODE), "two-modes", dataset)
    return inference_gap.infer(model, made.IMAGE[0])


def test_the_search_from_the_peak_finds_what_that_from_the_encoder_misses(two: Inferred) -> None:
    evidence = made.evidence_of_two_modes()
    assert two.best is two.from_peak
    assert two.from_peak.last.value == pytest.approx(evidence, abs=0.02)
    assert two.fell_short == pytest.approx(8.1, abs=0.3)  # 10 - log p(-1, 0.5) + log p(2, -1)
    assert two.log_evidence.value == pytest.approx(evidence, abs=1e-3)
    assert abs(two.drawn_evidence.value - evidence) < 4 * two.drawn_evidence.error
    assert two.gaps[1].value < 0.05 < inference_gap.CLEAR < two.gaps[0].value
    assert two.disagreement == 0


def test_two_ways_that_disagree_are_told(two: Inferred) -> None:
    level = two.log_evidence.value
    off = replace(two, drawn_evidence=Estimate(level - 0.3, 0.01))
    assert off.disagreement == pytest.approx(0.3, abs=0.05)
    unsure = replace(two, drawn_evidence=Estimate(level - 0.3, 0.2))
    assert unsure.disagreement == 0


def test_the_worst_image_of_a_shipped_model_has_true_numbers() -> None:
    """Its encoder's ELBO is hundreds of nats too low, and a search from there ends far below log p(x)."""
    model = explorer.load("seed-vae-2d")
    image = sets.load("mnist", "test").floats(int(model.codes().loss.argmax()))
    found = inference_gap.infer(model, image)
    terms = model.evaluate(image[None], samples=2000, seed=5)
    apart = Estimate(float(terms.elbo[0]), float(terms.nll_error[0])).minus(found.from_encoder.first)
    assert abs(apart.value) < 4 * apart.error
    assert found.fell_short > 100
    assert 0 < found.gaps[1].value < 0.5
    assert found.disagreement == 0


def test_the_dimensions_that_moved_most_are_those_whose_kl_is_largest() -> None:
    model = strangers.model("blobs-3d")
    found = inference_gap.infer(model, strangers.items("blobs").floats(0))
    assert found.plane is None
    assert found.other_gaps is None
    assert found.log_evidence == found.drawn_evidence
    before = Normal(torch.tensor(found.from_encoder.mu[0]), torch.tensor(found.from_encoder.sd[0]))
    mu, sd = map(torch.tensor, found.best.end)
    after = Normal(mu, sd)
    order = np.argsort(-kl_divergence(after, before).numpy())
    assert found.moved_most == tuple(sorted(order[:2].tolist()))


def test_models_that_cannot_be_searched_are_refused() -> None:
    with pytest.raises(ValueError, match="foreign-3d has no ELBO in closed form"):
        inference_gap.infer(strangers.model("foreign-3d"), strangers.items("lines").floats(0))


def test_many_images_are_searched_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inference_gap, "BATCH", 2)
    images = np.random.default_rng(0).uniform(size=(3, 12, 9, 3)).astype(np.float32)
    config = ModelConfig(2, (6,), image_spec=ImageSpec(12, 9, 3))
    model = NumpyModel(config, model_of(config).weights())
    elbo, gains = inference_gap.gains(model, images, steps=20)
    alone = [
        posterior_search.search(model, images[rows], steps=20, kept=2) for rows in (slice(2), slice(2, 3))
    ]
    first = np.concatenate([each.elbo[0] for each in alone])
    assert elbo.shape == gains.shape == (3,)
    np.testing.assert_allclose(elbo, first, atol=0.5)
    assert (gains >= -1e-3).all()
    assert (gains > np.concatenate([each.elbo[-1] - each.elbo[0] for each in alone]) - 0.5).all()


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


@pytest.mark.parametrize("path", sorted(inference_gap.FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_the_shipped_measurements_are_of_the_shipped_models(path: Path) -> None:
    measured = inference_gap.load(path.stem, explorer.load(path.stem).fingerprint)
    assert measured is not None
    assert len(measured.gains) == inference_gap.IMAGES
    assert measured.command.startswith(f"python -m vae.gap {path.stem} --images {inference_gap.IMAGES} ")
    assert measured.mean > 0
