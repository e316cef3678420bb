"""Principal components against a singular value decomposition; t-SNE by trustworthiness and repetition."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness

from vae.latent import embedding

ROOT = Path(__file__).parents[2]
Floats = NDArray[np.float32]


class StopError(Exception):
    """What a user's stop raises."""


@pytest.fixture(scope="module")
def codes() -> Floats:
    """Codes of 300 digits, (300, 20): their first 20 principal components."""
    pixels = load_digits().images[:300].reshape(300, 64)
    return np.asarray(PCA(20, svd_solver="full").fit_transform(pixels) / 10, dtype=np.float32)


@pytest.fixture(scope="module")
def planar(codes: Floats) -> Floats:
    """Their t-SNE in the plane."""
    return embedding.tsne(codes, 2)


@pytest.fixture
def skewed() -> Floats:
    """Codes with unequal variances along tilted axes and a mean that is not 0, (80, 6)."""
    rng = np.random.default_rng(0)
    tilt = np.linalg.qr(rng.normal(size=(6, 6))).Q
    return ((rng.normal(size=(80, 6)) * [5, 4, 3, 2, 1, 0.5]) @ tilt + 7).astype(np.float32)


# Principal components ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dims", [1, 2, 3, 6])
def test_pca_matches_the_svd(skewed: Floats, dims: int) -> None:
    made = embedding.pca(skewed, dims)
    left, sizes, _ = np.linalg.svd(skewed - skewed.mean(axis=0), full_matrices=False)
    expected = (left * sizes)[:, :dims]
    assert made.shape == (80, dims)
    assert made.dtype == np.float32
    signs = np.sign((made * expected).sum(axis=0))
    np.testing.assert_allclose(made, expected * signs, atol=1e-4)


def test_pca_matches_scikit_learn_in_sign_too(skewed: Floats) -> None:
    expected = PCA(3, svd_solver="full").fit_transform(skewed)
    np.testing.assert_allclose(embedding.pca(skewed, 3), expected, atol=1e-4)


def test_the_sign_of_pca_does_not_hang_on_the_order_or_number_of_codes(skewed: Floats) -> None:
    made = embedding.pca(skewed, 2)
    np.testing.assert_allclose(embedding.pca(skewed[::-1], 2)[::-1], made, atol=1e-4)
    some = embedding.pca(skewed[:60], 2)
    assert ((some * made[:60]).sum(axis=0) > 0).all()


def test_projected_codes_lie_where_pca_puts_them(skewed: Floats) -> None:
    np.testing.assert_allclose(
        embedding.pca_project(skewed, skewed[5:9], 2), embedding.pca(skewed, 2)[5:9], atol=1e-5
    )
    np.testing.assert_allclose(
        embedding.pca_project(skewed, skewed.mean(axis=0)[None], 2), [[0, 0]], atol=1e-5
    )


def test_pca_refuses_what_it_cannot_do(skewed: Floats) -> None:
    with pytest.raises(ValueError, match="6 dimensions"):
        embedding.pca(skewed, 7)
    with pytest.raises(ValueError, match="matrix"):
        embedding.pca(skewed[0], 1)
    with pytest.raises(ValueError, match="finite"):
        embedding.pca(np.full((4, 2), np.nan), 1)


def test_pca_of_codes_with_one_dimension() -> None:
    np.testing.assert_allclose(embedding.pca([[1.0], [3.0], [8.0]], 1), [[-3], [-1], [4]], atol=1e-6)


# t-SNE ---------------------------------------------------------------------------------------------------


def test_tsne_keeps_neighbours_better_than_pca(codes: Floats, planar: Floats) -> None:
    assert planar.shape == (300, 2)
    assert planar.dtype == np.float32
    before = trustworthiness(codes, embedding.pca(codes, 2), n_neighbors=10)
    assert trustworthiness(codes, planar, n_neighbors=10) > max(before + 0.1, 0.93)


def test_tsne_in_space_keeps_neighbours_too(codes: Floats) -> None:
    made = embedding.tsne(codes, 3)
    assert made.shape == (300, 3)
    before = trustworthiness(codes, embedding.pca(codes, 3), n_neighbors=10)
    assert trustworthiness(codes, made, n_neighbors=10) > max(before + 0.05, 0.93)


def test_tsne_repeats_to_the_bit_on_any_number_of_threads(
    codes: Floats, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = embedding.tsne(codes[:100], 2, perplexity=10)
    np.testing.assert_array_equal(embedding.tsne(codes[:100], 2, perplexity=10), alone)
    monkeypatch.setattr(embedding, "PARALLEL_FROM", 1)
    np.testing.assert_array_equal(embedding.tsne(codes[:100], 2, perplexity=10), alone)


def test_another_seed_is_another_embedding(codes: Floats, planar: Floats) -> None:
    other = embedding.tsne(codes, 2, seed=1)
    assert not np.array_equal(other, planar)
    assert trustworthiness(codes, other, n_neighbors=10) > 0.93


def test_tsne_is_oriented_like_pca(codes: Floats, planar: Floats) -> None:
    turn = planar.astype(np.float64).T @ embedding.pca(codes, 2)
    np.testing.assert_allclose(turn, turn.T, rtol=1e-3)  # symmetric and positive: no turn brings it closer
    assert (np.linalg.eigvalsh((turn + turn.T) / 2) > 0).all()


def test_progress_rises_to_one(codes: Floats) -> None:
    seen: list[float] = []
    embedding.tsne(codes[:100], 2, perplexity=10, on_progress=lambda share, _: seen.append(share))
    assert len(seen) >= 50
    assert 0 < seen[0] < 0.05
    assert seen == sorted(set(seen))
    assert seen[-1] == 1


@pytest.mark.parametrize("dims", [2, 3])
def test_progress_tells_where_the_points_are_turned_as_in_the_end(codes: Floats, dims: int) -> None:
    frames: list[Floats] = []
    end = embedding.tsne(
        codes[:100], dims, perplexity=10, on_progress=lambda _, points: frames.append(points)
    )
    start = embedding.pca(codes[:100], dims)
    np.testing.assert_allclose(frames[-1], end, atol=1e-2 * np.abs(end).max())  # but for the last step
    for points in frames:
        together = (
            points.T.astype(np.float64) @ start
        )  # symmetric and positive where no turn brings them closer
        np.testing.assert_allclose(together, together.T, atol=1e-3 * np.abs(together).max())
        assert np.linalg.eigvalsh(together).min() > -1e-3 * np.abs(together).max()


def test_progress_does_not_change_the_result(codes: Floats, planar: Floats) -> None:
    np.testing.assert_array_equal(embedding.tsne(codes, 2, on_progress=lambda *_: None), planar)


@pytest.mark.parametrize("share", [0.1, 0.6])
def test_an_exception_from_progress_stops_it(codes: Floats, share: float) -> None:
    seen: list[float] = []

    def stop(done: float, _: Floats) -> None:
        seen.append(done)
        if done >= share:
            raise StopError

    with pytest.raises(StopError):
        embedding.tsne(codes[:100], 2, perplexity=10, on_progress=stop)
    assert share <= seen[-1] < share + 0.05


def test_a_perplexity_beyond_the_points_is_one_sentence(codes: Floats) -> None:
    assert embedding.largest_perplexity(31) == 10
    assert embedding.tsne(codes[:31], 2, perplexity=10).shape == (31, 2)
    with pytest.raises(
        ValueError, match=r"^The perplexity must be .* at most 10\.0 for 31 points.* it is 11\.$"
    ):
        embedding.tsne(codes[:31], 2, perplexity=11)


@pytest.mark.parametrize("perplexity", [0, -5, float("nan"), float("inf")])
def test_an_impossible_perplexity_is_refused(codes: Floats, perplexity: float) -> None:
    with pytest.raises(ValueError, match="perplexity"):
        embedding.tsne(codes, 2, perplexity=perplexity)


@pytest.mark.parametrize("dims", [0, 1, 4])
def test_only_planes_and_space(codes: Floats, dims: int) -> None:
    with pytest.raises(ValueError, match="2 or 3 dimensions"):
        embedding.tsne(codes, dims)


@pytest.mark.parametrize("dims", [2, 3])
def test_equal_codes_are_spread_without_harm(codes: Floats, dims: int) -> None:
    half = embedding.tsne(np.vstack([codes[:60], codes[:60]]), dims, perplexity=10)
    assert np.isfinite(half).all()
    all_equal = embedding.tsne(np.ones((40, 5)), dims, perplexity=5)
    assert np.isfinite(all_equal).all()


def test_principal_components_need_no_heavy_import() -> None:
    """Pages show them at once: scikit-learn and openTSNE take seconds to import on a small machine."""
    words = (
        "import sys, vae.latent.embedding as e\ne.pca([[0., 1.], [2., 3.], [5., 4.]]); print(*sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", words], capture_output=True, text=True, check=True, env=environment
    )
    assert {"sklearn", "openTSNE", "torch"}.isdisjoint(done.stdout.split())
