"""The clouds of three encoders: what each can draw, and what the best Gaussian loses."""

from typing import get_args

import numpy as np
import pytest
from scipy.stats import kstest, norm

from vae.latent import implicit
from vae.latent.implicit import Shape

SHAPES = get_args(Shape)


@pytest.mark.parametrize("shape", SHAPES)
def test_without_a_bend_all_shapes_are_one_gaussian(shape: Shape) -> None:
    for draw in (implicit.network, implicit.basis):
        z = draw(shape, 0.0, 4000, seed=3)
        for axis, sd in enumerate((np.hypot(1, implicit.THIN), implicit.THIN)):
            assert kstest(z[:, axis], norm(0, sd).cdf).pvalue > 1e-3


def test_the_whole_shapes_are_those_that_their_names_say() -> None:
    arc = implicit.network("banana", 1.0, 20_000)
    assert np.corrcoef(arc[:, 0] ** 2, arc[:, 1])[0, 1] > 0.9
    modes = implicit.network("modes", 1.0, 20_000)
    assert np.mean(np.abs(modes[:, 0]) < 0.5) < 0.05
    assert np.mean(modes[:, 0] > 0) == pytest.approx(0.5, abs=0.02)
    ring = np.linalg.norm(implicit.network("ring", 1.0, 20_000), axis=1)
    assert np.median(ring) == pytest.approx(implicit.RADIUS, abs=0.05)
    assert ring.min() > 0.5


def test_what_the_best_gaussian_loses_is_zero_for_a_gaussian_and_exact_for_a_mixture() -> None:
    rng = np.random.default_rng(0)
    sd = np.array([0.7, 1.3])
    z = sd * rng.standard_normal((200_000, 2))
    entropy = float(np.log(2 * np.pi * np.e) + np.log(sd).sum())
    assert implicit.missed(z, entropy) == pytest.approx(0, abs=0.01)
    apart = z * [0.05, 1] + np.where(rng.random(len(z)) < 0.5, 1, -1)[:, None] * [1.0, 0.0]
    two_modes = entropy + np.log(0.05) + np.log(2)  # that do not overlap
    total = 0.5 * np.log(1 + (0.05 * 0.7) ** 2) + np.log(1.3) + np.log(2 * np.pi * np.e)
    assert implicit.missed(apart, two_modes) == pytest.approx(total - two_modes, abs=0.01)
