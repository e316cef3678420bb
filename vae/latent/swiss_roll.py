"""The Swiss roll: a sheet rolled up in space, its clusters, and the sheet flattened again.

    python -m vae.latent.swiss_roll    # makes it anew, into assets/theory

It stands for the manifold hypothesis: data that few numbers describe lie curved in many dimensions.
"""

import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vae.assets import ASSETS

PATH = ASSETS / "theory" / "swiss_roll.json"
POINTS, NOISE, CLUSTERS, NEIGHBOURS, SEED = 1500, 0.05, 6, 12, 1
"""As the source article has them: points, their noise, Ward clusters, neighbours in LLE; the seed is ours."""


@dataclass(frozen=True)
class SwissRoll:
    """Points on the rolled sheet, their clusters, and their places on the sheet as LLE finds them."""

    points: NDArray[np.float64]  # (N, 3)
    clusters: NDArray[np.int64]  # (N,), 0 to CLUSTERS - 1
    unrolled: NDArray[np.float64]  # (N, 2), without a unit


def load() -> SwissRoll:
    """The roll that ships, rounded as it is drawn: nothing is computed."""
    said = json.loads(PATH.read_text(encoding="utf-8"))
    return SwissRoll(np.array(said["points"]), np.array(said["clusters"]), np.array(said["unrolled"]))


def to_json(roll: SwissRoll) -> str:
    """The roll for its file: thousandths in space, finer on the sheet, which LLE makes one unit long."""
    points, unrolled = roll.points.round(3).tolist(), roll.unrolled.round(6).tolist()
    said = {"points": points, "clusters": roll.clusters.tolist(), "unrolled": unrolled}
    return json.dumps(said, separators=(",", ":")) + "\n"


def make() -> SwissRoll:
    """The roll, clustered by Ward's method in space and unrolled by locally linear embedding.

    Source: Roweis and Saul, Nonlinear Dimensionality Reduction by Locally Linear Embedding (2000).
    """
    from sklearn.cluster import AgglomerativeClustering
    from sklearn.datasets import make_swiss_roll
    from sklearn.manifold import LocallyLinearEmbedding

    points, _ = make_swiss_roll(POINTS, noise=NOISE, random_state=SEED)
    clusters = AgglomerativeClustering(CLUSTERS, linkage="ward").fit_predict(points)
    flatten = LocallyLinearEmbedding(n_neighbors=NEIGHBOURS, n_components=2, random_state=SEED)
    return SwissRoll(points, clusters, flatten.fit_transform(points))


if __name__ == "__main__":
    PATH.write_text(to_json(make()), encoding="utf-8")
