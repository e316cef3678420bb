"""AVB beside VAEs: what the command measures of tiny models, against direct computations."""

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import silhouette_score
from sklearn.neighbors import KNeighborsClassifier

from vae import comparison as command
from vae import explorer
from vae.analysis.adversarial import comparison
from vae.analysis.adversarial.comparison import Comparison, Measured
from vae.analysis.adversarial.separation import separation
from vae.images import sets
from vae.model import checkpoint
from vae.model.catalogue import model_path
from vae.model.config import ModelConfig
from vae.model.posterior import Gaussian
from vae.model.tensor_file import CheckpointError
from vae.training import vae as models
from vae.training.evaluation import binarised, evaluate
from vae.training.likelihood import evidence

FACTS = {"steps": 40, "seconds": 90.0, "device": "a card"}


def saved(folder: Path, seed: int, kind: str, words: str = "", latent_dim: int = 3, **facts: float) -> Path:
    """A tiny model with random weights."""
    torch.manual_seed(seed)
    config = ModelConfig(latent_dim, (8,), kind=kind)  # type: ignore[arg-type]
    said = checkpoint.Description(
        config, sets.dataset("digits"), f"python -m vae.train{words}", seed, {**FACTS, **facts}
    )
    path = folder / f"{kind}-{seed}{len(words)}.safetensors"
    checkpoint.save(path, models.fresh(config).weights(), said)
    return path


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], Path]:
    """Two VAEs and two AVBs, and their comparison."""
    folder = tmp_path_factory.mktemp("models")
    paths = [saved(folder, seed, "vae") for seed in (0, 1)]
    paths += [saved(folder, 0, "avb", words, kl_estimate=7.0) for words in ("", " --contrast prior")]
    sizes = "--images 4 --chains 3 --steps 4 --seed 5 --device cpu --out"
    command.main([*map(str, paths), *sizes.split(), str(folder / "out.json")])
    return paths, folder / "out.json"


def test_a_row_is_what_direct_computation_gives(written: tuple[list[Path], Path]) -> None:
    (path, *_), out = written
    row, test = comparison.load(out).models[0], sets.load("digits", "test")
    found = checkpoint.load(path)
    model = models.build(found.description.config, found.weights)
    drawn = binarised(torch.from_numpy(test.pixels), torch.Generator().manual_seed(5))
    x, some = drawn.flatten(1), np.arange(4) * len(drawn) // 4
    again = evidence.evidence(model, x[some], 3, 4, 5)
    terms = evaluate(model, x, 10, 5)
    above = again.log_p.value.numpy() - terms.elbo.numpy()[some]
    assert row.log_p == pytest.approx(above.mean() + terms.elbo.numpy().mean(), rel=1e-4)
    assert row.error == pytest.approx(above.std(ddof=1) / 2, rel=1e-4)
    assert row.gap == pytest.approx(again.gap.mean().item(), abs=1e-3)
    codes = explorer.load(path).encode(drawn.numpy()).mu
    assert test.labels is not None
    ours, theirs = (codes[::2], test.labels[::2]), (codes[1::2], test.labels[1::2])
    knn = KNeighborsClassifier(10).fit(*ours).score(*theirs)
    assert row.knn[0] == pytest.approx(knn, abs=0.02)  # ties between classes
    assert row.silhouette[0] == pytest.approx(silhouette_score(*theirs), abs=1e-5)
    assert row.bound == pytest.approx(terms.elbo.double().mean().item())


def test_methods_seeds_and_the_critic_s_estimate(written: tuple[list[Path], Path]) -> None:
    found = comparison.load(written[1])
    assert [each.method for each in found.models] == ["VAE", "VAE", "AVB+AC", "AVB"]
    assert [each.contrast for each in found.models] == ["", "", "adaptive", "prior"]
    assert [each.kl for each in found.models[2:]] == [7.0, 7.0]
    group = found.group("VAE", 3)
    assert group is not None
    values = [each.nll for each in found.models[:2]]
    assert group.over("nll") == pytest.approx((np.mean(values), np.std(values, ddof=1), 2))
    assert group.budget == "40 steps, 1.5 min, a card"
    assert found.group("VAE", 2) is None
    assert "--images 4 --chains 3 --steps 4 --seed 5" in found.command
    assert found.data == "digits test, binarised at random, seed 5"
    assert found.sampling.startswith("4 images, 3 chains of 4 steps")


def test_classes_that_are_apart_and_classes_that_are_not() -> None:
    labels = np.arange(400) % 20 // 2  # whatever the half
    noise = np.random.default_rng(0)
    apart = np.stack([10.0 * labels, 0 * labels], axis=1) + 0.1 * noise.standard_normal((400, 2))
    sharp, blurred = (
        Gaussian(apart.astype(np.float32), np.full((400, 2), log_var, np.float32)) for log_var in (-9.0, 6.0)
    )
    found = separation(sharp, labels, seed=0)
    assert found.knn == (1.0, 1.0)
    assert min(found.silhouette) > 0.95
    found = separation(blurred, labels, seed=0)
    assert found.knn[0] == 1.0
    assert found.knn[1] < 0.5  # a draw is farther from its mean than the classes are from each other
    assert found.silhouette[1] < 0.1 < found.silhouette[0]


def test_the_tables_hold_the_paper_s_rows_then_ours_with_estimates_marked() -> None:
    ours = [
        Measured(
            "a",
            method,
            "",
            8,
            seed,
            9000,
            600.0,
            "a card",
            70.0 + seed,
            20.0,
            -88.0 - seed,
            0.5,
            0.1,
            (0.9, 0.8),
            (0.2, 0.1),
        )
        for method in ("AVB+AC", "VAE")
        for seed in (0, 1)
    ]
    found = Comparison("c", 0, "d", "s", tuple(ours))
    rows = list(comparison.likelihood_rows(found))
    assert len(rows) == 7
    assert rows[0][:4] == ("AVB, paper", "8", "≈ −83.6 ± 0.4", "−91.2 ± 0.6")
    assert rows[5] == (
        "AVB+AC",
        "8",
        "≈ −90.5 ± 0.7",
        "−88.5 ± 0.7",
        "0.10 ± 0.00",
        "9,000 steps, 10.0 min, a card",
    )
    assert rows[6][2] == "−90.5 ± 0.7"
    assert list(comparison.likelihood_rows(None)) == rows[:5]
    assert all(len(row) == len(comparison.LIKELIHOOD) for row in rows)
    apart = list(comparison.separation_rows(found))
    assert apart[0] == ("AVB+AC", "8", "90.0 ± 0.0", "80.0 ± 0.0", "0.200 ± 0.000", "0.100 ± 0.000", "2")
    assert len(apart[0]) == len(comparison.SEPARATION)
    assert comparison.from_json(comparison.to_json(found)) == found


def test_a_damaged_file_says_how_to_make_it_anew(tmp_path: Path) -> None:
    for text in ("{", '{"models": [{}]}', "[]"):
        (tmp_path / "comparison.json").write_text(text)
        with pytest.raises(CheckpointError, match=r"is damaged; run `python -m vae\.comparison`"):
            comparison.load(tmp_path / "comparison.json")


def test_what_ships_can_be_read_where_it_does(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    comparison.shipped()
    monkeypatch.setattr(comparison, "PATH", tmp_path / "none.json")
    assert comparison.shipped() is None


def test_models_that_cannot_be_compared(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="different data sets"):
        command.main([str(saved(tmp_path, 0, "vae")), str(model_path("mnist-vae-2d"))])
    with pytest.raises(SystemExit, match=r"digits-vae-2d\.safetensors does not say steps"):
        command.main([str(model_path("digits-vae-2d")), "--out", str(tmp_path / "none.json")])
