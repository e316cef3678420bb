"""Charts of codes: what they draw, and that plotly knows all that they say."""

import json
from collections.abc import Callable

import numpy as np
import plotly.graph_objects as go
import pytest

from vae.figures import Drawing
from vae.figures.theory import coding
from vae.figures.theory.coding import Training

TRAININGS = [
    Training("A", [300.0, 90, 50], [310.0, 100, 160]),
    Training("B", [300.0, 95, 80], [310.0, 99, 120]),
]
BUILT: dict[str, Callable[[], Drawing]] = {
    "sizes": lambda: coding.error_by_size([1, 2, 784], [0.06, 0.05, 0], 2, "squared error"),
    "scales": lambda: coding.scaled_codes(np.eye(2), [1, 2], 5),
    "overfitting": lambda: coding.overfitting([1, 10, 300], TRAININGS),
}


@pytest.mark.parametrize("name", BUILT)
def test_plotly_knows_all_properties(name: str) -> None:
    figure = BUILT[name]()
    checked = go.Figure(figure.to_dict())  # raises ValueError for what plotly does not know
    assert json.loads(checked.to_json()) == json.loads(figure.to_json())


def test_the_chosen_size_is_marked_on_the_curve() -> None:
    curve, mark = BUILT["sizes"]().data
    assert list(curve.x) == [1, 2, 784]
    assert (list(mark.x), list(mark.y)) == ([2], [0.05])
    with pytest.raises(ValueError, match="the chosen size must be one of the sizes"):
        coding.error_by_size([1, 2], [0.06, 0.05], 3, "squared error")


def test_the_axes_of_codes_stay_whatever_their_scale() -> None:
    small, large = (coding.scaled_codes(scale * np.eye(2), [scale, 0], 5) for scale in (1, 4))
    assert small.layout.xaxis.range == large.layout.xaxis.range == [-5, 5]
    assert list(large.data[1].x) == [4]


def test_each_training_has_a_curve_for_each_kind_of_image() -> None:
    figure = BUILT["overfitting"]()
    found = {(line.name, line.line.dash): list(line.y) for line in figure.data}
    assert found["A, training images", "dot"] == [300, 90, 50]
    assert found["B, test images", "solid"] == [310, 99, 120]
    low, high = figure.layout.yaxis.range
    assert low < 50
    assert high > 160
