"""The Swiss roll against scikit-learn called directly, and against the sheet that was rolled up."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import spearmanr
from sklearn.cluster import AgglomerativeClustering
from sklearn.datasets import make_swiss_roll
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import kneighbors_graph

from vae.latent import swiss_roll
from vae.latent.swiss_roll import SwissRoll

POINTS, ANGLE = make_swiss_roll(1500, noise=0.05, random_state=swiss_roll.SEED)


@pytest.fixture(scope="module")
def roll() -> SwissRoll:
    return swiss_roll.make()


def spreads(clusters: np.ndarray) -> list[float]:
    """Standard deviation of the angle in each cluster, radians."""
    return [float(ANGLE[clusters == each].std()) for each in np.unique(clusters)]


def test_the_roll_is_scikit_learns_with_the_sources_settings(roll: SwissRoll) -> None:
    np.testing.assert_array_equal(roll.points, POINTS)
    graph = kneighbors_graph(POINTS, 10, include_self=False)
    ward = AgglomerativeClustering(n_clusters=6, connectivity=graph, linkage="ward").fit(POINTS)
    assert adjusted_rand_score(ward.labels_, roll.clusters) == 1
    shipped = swiss_roll.load()
    np.testing.assert_allclose(shipped.points, POINTS, atol=6e-4)
    np.testing.assert_array_equal(shipped.clusters, roll.clusters)
    np.testing.assert_allclose(shipped.unrolled, roll.unrolled, atol=6e-4)


def test_the_clusters_are_six_bands_in_order_and_would_fall_to_pieces_without_the_graph(
    roll: SwissRoll,
) -> None:
    assert spearmanr(roll.clusters, ANGLE).statistic > 0.95
    assert max(spreads(roll.clusters)) < 1  # of the 9.4 radians of the sheet
    medians = [np.median(ANGLE[roll.clusters == each]) for each in range(6)]
    assert medians == sorted(medians)
    loose = AgglomerativeClustering(n_clusters=6, linkage="ward").fit_predict(POINTS)
    assert sum(spread > 2 for spread in spreads(loose)) >= 3  # these reach from turn to turn


def test_the_sheet_keeps_its_lengths(roll: SwissRoll) -> None:
    for angle in (1.0, 4.7, 14.1):
        speed = quad(lambda t: np.hypot(1, t), 0, angle)[0]
        assert float(swiss_roll.arc_length(angle)) == pytest.approx(speed, rel=1e-10)
    np.testing.assert_allclose(roll.unrolled[:, 0], swiss_roll.arc_length(ANGLE))
    np.testing.assert_allclose(roll.unrolled[:, 1], POINTS[:, 1], atol=0.25)  # five sd of the noise


def test_no_way_along_the_sheet_is_shorter_than_the_straight_one_but_for_noise(roll: SwissRoll) -> None:
    straight, along = roll.straight(), roll.along()
    np.testing.assert_allclose(straight[3, 700], np.linalg.norm(POINTS[3] - POINTS[700]))
    assert (along - straight).min() > -0.5  # noise of 0.05 in three directions at both ends
    a, b = roll.detour()
    assert along[a, b] / straight[a, b] == pytest.approx((along / (straight + np.eye(len(along)))).max())
    assert along[a, b] > 10 * straight[a, b]
    assert straight[a, b] == pytest.approx(2 * np.pi, abs=0.5)  # from one turn to the next
