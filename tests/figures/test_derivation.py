"""The charts of the derivation against the arrays that were put in."""

import numpy as np
import pytest
from plotly import graph_objects as go

from vae.figures import derivation

rng = np.random.default_rng(0)


def named(fig: go.Figure, name: str) -> go.Scatter:
    (found,) = (trace for trace in fig.data if trace.name == name)
    return found


def test_training_terms_add_up_and_count_epochs_from_one() -> None:
    nll, kl = np.array([200.0, 150.0, 140.0]), np.array([3.0, 2.0, 5.0])
    fig = derivation.training_terms(nll, kl)
    np.testing.assert_array_equal(named(fig, "nll").y, nll)
    np.testing.assert_array_equal(named(fig, "KL").y, kl)
    np.testing.assert_array_equal(named(fig, "−ELBO = nll + KL").y, nll + kl)
    np.testing.assert_array_equal(named(fig, "KL").x, [1, 2, 3])
    assert named(fig, "KL").yaxis != named(fig, "nll").yaxis


def test_guesses_show_every_attempt_and_their_median() -> None:
    curves = rng.normal(size=(5, 1000)).cumsum(axis=1)
    fig = derivation.evidence_guesses([("prior", "#888888", curves)])
    attempts, middle = fig.data[0], named(fig, "prior")
    places = np.asarray(middle.x)
    assert places[0] == 1
    assert places[-1] == 1000
    np.testing.assert_array_equal(middle.y, np.median(curves, axis=0)[places - 1])
    drawn = np.asarray(attempts.y).reshape(5, -1)
    np.testing.assert_array_equal(drawn[:, :-1], curves[:, places - 1])
    assert np.isnan(drawn[:, -1]).all()  # the gap between two attempts


def test_the_width_of_q_parts_the_bound_into_its_terms() -> None:
    widths, nll, kl = np.array([0.5, 1.0, 2.0]), np.array([80.0, 81.0, 95.0]), np.array([9.0, 7.0, 6.0])
    fig = derivation.elbo_by_width(widths, nll, kl, -86.5, 2)
    np.testing.assert_array_equal(named(fig, "nll").y, nll)
    np.testing.assert_array_equal(named(fig, "−ELBO = nll + KL").y, [89, 88, 101])
    np.testing.assert_array_equal(named(fig, "−log p(x)").y, [86.5, 86.5])
    assert (list(named(fig, "KL").x), list(named(fig, "KL").y)) == ([2, 2], [95, 101])
    low, high = fig.layout.yaxis.range
    assert low < 80
    assert high > 101


@pytest.mark.parametrize(
    ("nll", "kl", "evidence"), [(80.0, 7.0, -86.0), (-40.0, 9.0, 32.5), (80.0, 7.0, -87.5)]
)
def test_the_two_ways_to_split_the_bound_end_at_the_same_place(
    nll: float, kl: float, evidence: float
) -> None:
    fig = derivation.elbo_stack(nll, kl, evidence)
    ends = {bar.name: (bar.base[0], bar.base[0] + bar.x[0]) for bar in fig.data}
    assert ends["nll"] == (0, nll)
    assert ends["KL"] == (nll, nll + kl)
    assert ends["gap"][1] == pytest.approx(nll + kl)
    assert ends["gap"][0] == ends["−log p(x)"][1] == min(-evidence, nll + kl)  # an estimate may be too low


def test_pixel_costs_mark_the_lowest_of_each_curve() -> None:
    mean = np.linspace(0.1, 0.9, 9)
    bernoulli, gaussian = (mean - 0.3) ** 2, (mean - 0.6) ** 2
    fig = derivation.pixel_costs(mean, bernoulli, gaussian, 0.3)
    dots = [trace.x[0] for trace in fig.data if trace.mode == "markers"]
    np.testing.assert_allclose(dots, [0.3, 0.6])
    np.testing.assert_array_equal(named(fig, "Bernoulli").y, bernoulli)
    assert fig.layout.shapes[0].x0 == 0.3


@pytest.mark.parametrize(
    ("nll", "kl"), [([1.0, 2.0], [1.0]), ([np.nan, 1.0], [1.0, 1.0]), ([[1.0]], [[1.0]]), ([], [])]
)
def test_training_terms_refuse_what_is_no_history(nll: list[float], kl: list[float]) -> None:
    with pytest.raises(ValueError, match="must"):
        derivation.training_terms(nll, kl)
