"""The charts of a critic against the arrays that were put in."""

import numpy as np
import pytest

from tests.figures.test_derivation import named
from vae.figures.theory import critic, encoders
from vae.figures.theory.critic import Contrasted, Learning

Z = np.linspace(-3, 3, 41)
P, Q = np.exp(-0.5 * Z**2), np.exp(-2 * (Z - 1) ** 2)
STEPS = (0, 10, 100)
T = np.stack([0 * Z, Z, np.log(Q / P)])


def learning() -> Learning:
    return Learning(Z, P, Q, np.log(Q / P), STEPS, T, [0.0, 0.3, 0.5], [1.39, 1.2, 1.1], 0.51, 1.386)


def test_a_frame_holds_the_sigmoid_and_t_after_its_step() -> None:
    fig = critic.learning(learning())
    assert [frame.name for frame in fig.frames] == ["0", "10", "100"]
    for k, frame in enumerate(fig.frames):
        sigmoid, t, now = frame.data
        np.testing.assert_allclose(sigmoid.y, 1 / (1 + np.exp(-T[k])), rtol=1e-5)
        np.testing.assert_allclose(t.y, T[k], rtol=1e-5, atol=1e-6)
        assert now.y == [(0.0, 0.3, 0.5)[k], (1.39, 1.2, 1.1)[k]]
        assert frame.traces == [len(fig.data) - 3 + n for n in range(3)]
    np.testing.assert_allclose(named(fig, "q / (p + q), the best answer").y, Q / (P + Q), rtol=1e-5)


def test_both_contrasts_stand_beside_each_other_on_axes_of_their_own() -> None:
    one = Contrasted("against p", Z, Q, P, np.log(Q / P), Z)
    other = Contrasted("against r", Z + 1, Q, Q, np.log(Q / P), 2 * Z)
    fig = critic.contrasts([one, other])
    said = [trace for trace in fig.data if trace.name == "what stands for it"]
    np.testing.assert_array_equal(said[0].y, Z)
    np.testing.assert_array_equal(said[1].y, 2 * Z)
    assert (said[0].xaxis, said[1].xaxis) == ("x2", "x4")
    assert [note.text for note in fig.layout.annotations] == ["against p", "against r"]


def test_the_errors_of_all_seeds_are_drawn_and_their_mean() -> None:
    wrong = np.array([[0.1, 0.3], [-0.2, 0.0]])
    fig = critic.errors([1.0, 0.1], {"prior": wrong}, 0.1)
    np.testing.assert_allclose(named(fig, "prior").y, [0.2, -0.1])
    np.testing.assert_array_equal(named(fig, "prior, seeds").y, wrong.ravel())
    assert fig.layout.shapes[0].x0 == 0.1


def test_a_cloud_lies_over_the_one_asked_for() -> None:
    z, asked = np.ones((5, 2)), np.zeros((7, 2))
    fig = encoders.cloud(z, asked, (np.zeros(2), np.ones(2)))
    assert [len(trace.x) for trace in fig.data] == [7, 5]
    assert len(fig.layout.shapes) == 4  # two ellipses and their casings
    with pytest.raises(ValueError, match="drawn"):
        encoders.cloud(np.ones((5, 3)), asked)


def test_a_critic_s_health_is_measured_against_chance() -> None:
    fig = critic.health([3.0, 5.0], [2.5, 4.0], [1.39, 1.30])
    np.testing.assert_array_equal(named(fig, "KL, an estimate").y, [3.0, 5.0])
    np.testing.assert_array_equal(named(fig, "critic's loss").y, [1.39, 1.30])
    assert named(fig, "critic's loss").yaxis == "y2"
    assert fig.layout.shapes[0].y0 == pytest.approx(-2 * np.log(0.5))
