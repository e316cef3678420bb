"""The Swiss roll: a sheet rolled up in space, the bands of its points, and the sheet laid flat again.

    python -m vae.latent.swiss_roll    # makes it anew, into assets/theory

It stands for the manifold hypothesis: data that few numbers describe lie curved in many dimensions. The sheet
winds around an axis at the distance t for the angle t; unrolled by its formula, not by a method that has to
find it, lengths stay what they are.
"""

import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.assets import ASSETS

Floats = NDArray[np.float64]

PATH = ASSETS / "theory" / "swiss_roll.json"
POINTS, NOISE, CLUSTERS, NEIGHBOURS, SEED = 1500, 0.05, 6, 10, 0
"""As the source has them: points, their noise, Ward clusters on a graph of neighbours; the seed is ours."""


@dataclass(frozen=True)
class SwissRoll:
    """Points near the rolled sheet, their clusters, and their places on the sheet; lengths in one unit."""

    points: Floats  # (N, 3)
    clusters: NDArray[np.int64]  # (N,), 0 to CLUSTERS - 1 from the inner end of the sheet outward
    unrolled: Floats  # (N, 2), along the sheet from the axis and across it

    def straight(self) -> Floats:
        """Distances of the points through the air, (N, N)."""
        return _distances(self.points)

    def along(self) -> Floats:
        """Distances of the points along the sheet, (N, N): rolling it up changed none."""
        return _distances(self.unrolled)

    def detour(self) -> tuple[int, int]:
        """The two points whose way along the sheet is the largest multiple of the straight one."""
        straight = self.straight() + np.eye(len(self.points))
        first, second = np.unravel_index((self.along() / straight).argmax(), straight.shape)
        return int(first), int(second)


def arc_length(angle: ArrayLike) -> Floats:
    """Length of the spiral (t cos t, t sin t) from 0 to the angle t."""
    t = np.asarray(angle, np.float64)
    return (t * np.sqrt(1 + t**2) + np.arcsinh(t)) / 2


def load() -> SwissRoll:
    """The roll that ships, rounded as it is drawn: nothing is computed."""
    said = json.loads(PATH.read_text(encoding="utf-8"))
    return SwissRoll(np.array(said["points"]), np.array(said["clusters"]), np.array(said["unrolled"]))


def to_json(roll: SwissRoll) -> str:
    """The roll for its file, in thousandths."""
    points, unrolled = roll.points.round(3).tolist(), roll.unrolled.round(3).tolist()
    said = {"points": points, "clusters": roll.clusters.tolist(), "unrolled": unrolled}
    return json.dumps(said, separators=(",", ":")) + "\n"


def make() -> SwissRoll:
    """The roll, clustered by Ward's method, which may only join neighbours.

    Without the graph of neighbours a cluster reaches through the air to the next turn.
    """
    from sklearn.cluster import AgglomerativeClustering
    from sklearn.datasets import make_swiss_roll
    from sklearn.neighbors import kneighbors_graph

    points, angle = make_swiss_roll(POINTS, noise=NOISE, random_state=SEED)
    _, across, _ = make_swiss_roll(POINTS, random_state=SEED)[0].T  # without its noise
    graph = kneighbors_graph(points, NEIGHBOURS, include_self=False)
    ward = AgglomerativeClustering(CLUSTERS, connectivity=graph, linkage="ward").fit_predict(points)
    return SwissRoll(points, _in_order(ward, angle), np.column_stack([arc_length(angle), across]))


def _in_order(clusters: NDArray[np.int64], angle: Floats) -> NDArray[np.int64]:
    """The clusters, numbered by their mean angle."""
    means = [angle[clusters == each].mean() for each in range(CLUSTERS)]
    return np.argsort(np.argsort(means))[clusters]


def _distances(places: Floats) -> Floats:
    """Of all pairs of places (N, D), (N, N)."""
    return np.sqrt(sum(np.square(axis[:, None] - axis) for axis in places.T))


if __name__ == "__main__":
    PATH.write_text(to_json(make()), encoding="utf-8")
