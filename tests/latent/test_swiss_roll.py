"""The Swiss roll against scikit-learn called directly, and against the sheet that was rolled up."""

import numpy as np
from scipy.stats import spearmanr
from sklearn.cluster import AgglomerativeClustering
from sklearn.datasets import make_swiss_roll
from sklearn.manifold import LocallyLinearEmbedding

from vae.latent import swiss_roll


def test_the_roll_is_scikit_learns_with_the_sources_settings() -> None:
    roll = swiss_roll.make()
    points, along = make_swiss_roll(1500, noise=0.05, random_state=swiss_roll.SEED)
    np.testing.assert_array_equal(roll.points, points)
    ward = AgglomerativeClustering(n_clusters=6, linkage="ward").fit(points)
    np.testing.assert_array_equal(roll.clusters, ward.labels_)
    lle = LocallyLinearEmbedding(n_neighbors=12, n_components=2, random_state=swiss_roll.SEED)
    np.testing.assert_allclose(roll.unrolled, lle.fit_transform(points), atol=1e-6)
    shipped = swiss_roll.load()
    np.testing.assert_allclose(shipped.points, points, atol=6e-4)
    np.testing.assert_array_equal(shipped.clusters, roll.clusters)
    np.testing.assert_allclose(shipped.unrolled, roll.unrolled, atol=2e-6)
    assert abs(spearmanr(roll.unrolled[:, 0], along).statistic) > 0.99  # unrolled: the sheet's own length
