"""The charts of the chapter on sampling against the arrays that were put in."""

import numpy as np
import pytest

from tests.figures.test_derivation import named
from vae.figures.theory import sampling

rng = np.random.default_rng(0)


def test_a_row_of_dots_for_each_way_on_an_axis_that_does_not_depend_on_them() -> None:
    groups = {"near": rng.normal(3, 0.1, 300), "far": rng.normal(3, 2, 300)}
    fig = sampling.strips(groups, 3.0, 5.0, "nats", height=200)
    for row, (name, values) in enumerate(groups.items()):
        dots = named(fig, name)
        np.testing.assert_array_equal(dots.x, values)
        assert (np.abs(np.asarray(dots.y) + row) <= 0.5).all()
    assert fig.layout.xaxis.range == [-2.0, 8.0]
    assert fig.layout.yaxis.ticktext == ["near", "far"]


def test_dots_lie_on_their_curves_at_the_chosen_p() -> None:
    p = np.linspace(0, 1, 11)
    curves = np.stack([p, p**2])
    fig = sampling.draws_by_probability(p, curves, 0.5, curves[:, 5])
    np.testing.assert_array_equal(fig.data[0].y, p)
    np.testing.assert_array_equal(fig.data[-1].x, [0.5, 0.5])
    np.testing.assert_array_equal(fig.data[-1].y, [0.5, 0.25])
    losses = sampling.losses_by_probability(p, {"coin": p, "relaxed coin": p**2}, 0.5)
    np.testing.assert_array_equal(named(losses, "relaxed coin").y, p**2)


def test_the_bars_of_a_decoder_add_up() -> None:
    fig = sampling.terms_by_decoder(["a", "b"], [80.0, 60.0], [20.0, 1.0])
    assert fig.layout.barmode == "stack"
    np.testing.assert_array_equal(named(fig, "nll").x, [80, 60])
    np.testing.assert_array_equal(named(fig, "KL").x, [20, 1])


@pytest.mark.parametrize("values", [[np.nan, 1.0], []])
def test_what_is_not_a_number_is_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="way must"):
        sampling.strips({"way": values}, 0.0, 1.0, "nats", height=200)
