"""Which dimensions count as active, by either rule."""

import numpy as np

from vae.analysis import active


def test_a_dimension_is_active_from_a_hundredth_of_a_nat_on() -> None:
    assert active.is_active([0.0, 0.0099, 0.01, 3.0]).tolist() == [False, False, True, True]


def test_a_dimension_varies_above_a_variance_of_a_hundredth() -> None:
    spread = np.array([0.19, 0.21])  # variance spread² / 4
    assert active.varying(np.outer([0, 1], spread)) == 1
