"""The weight of the KL read off a model, against linear models whose best q(z|x) is known."""

import numpy as np
import pytest

from vae.analysis.doctor import weight
from vae.analysis.doctor.weight import Sibling, Weight
from vae.model.posterior import Gaussian

N, D, P, SD = 400, 3, 30, 0.3


def best(beta: float, bound: float = np.inf) -> tuple[Gaussian, weight.Nll]:
    """The q of least nll + beta KL for x = W z + noise of SD, with the columns of W at right angles.

    Of each dimension the second derivative of nll / beta + z² / 2 is 1 + |w|² / (beta SD²): q's precision.
    """
    rng = np.random.default_rng(0)
    columns = np.linalg.qr(rng.standard_normal((P, D)))[0] * np.array([1.0, 0.7, 0.4])
    x = rng.standard_normal((N, D)) @ columns.T + SD * rng.standard_normal((N, P))
    precision = 1 + np.square(columns).sum(axis=0) / (beta * SD**2)
    mu = x @ columns / (beta * SD**2) / precision
    log_var = np.broadcast_to(-np.log(precision), mu.shape).astype(np.float32)
    q = Gaussian(mu.astype(np.float32), log_var, log_var_bound=bound)
    return q, lambda z: (np.square(x - z @ columns.T).sum(axis=1) / (2 * SD**2)).astype(np.float32)


@pytest.mark.parametrize("beta", [1 / 784, 0.1, 1.0, 4.0, 30.0])
@pytest.mark.parametrize("bound", [np.inf, 16.0])
def test_the_weight_of_a_linear_model_is_found(beta: float, bound: float) -> None:
    q, nll = best(beta, bound)
    found = weight.implied(q, nll, np.random.default_rng(1), draws=4)
    assert found is not None
    assert found.beta == pytest.approx(beta, rel=0.05)
    assert abs(found.beta - beta) < 4 * found.error + 0.01 * beta  # the step is finite


def test_a_posterior_that_is_the_prior_says_nothing() -> None:
    q = Gaussian(np.zeros((9, 2), np.float32), np.zeros((9, 2), np.float32))
    assert weight.implied(q, lambda z: np.zeros(9, np.float32), np.random.default_rng(0)) is None
    assert weight.loss(None, None, 0.0, 784, 2).gravity == "unasked"


@pytest.mark.parametrize(
    ("beta", "meant", "rate", "gravity"),
    [
        (0.9, None, 20.0, "well"),
        (0.78, 1.0, 9.0, "well"),
        (28.0, 30.0, 5.5, "note"),  # meant, and each dimension says 2.7 nats
        (28.0, 30.0, 1.0, "serious"),  # it says half a nat
        (28.0, 1.0, 5.5, "serious"),  # not meant
        (0.2, 1.0, 20.0, "note"),
        (0.05, 0.05, 20.0, "serious"),  # meant, and bad all the same
        (1 / 784, None, 20.0, "grave"),
    ],
)
def test_the_gravity_of_a_weight(beta: float, meant: float | None, rate: float, gravity: str) -> None:
    found = weight.loss(Weight(beta, 0.01), meant, rate, 784, 2)
    assert found.gravity == gravity
    assert bool(found.change) == (gravity in ("serious", "grave") or (gravity == "note" and beta < 1))


def test_widths_that_fit_no_weight_are_said_so() -> None:
    found = weight.loss(Weight(-0.3, 0.02), 1.0, 20.0, 784, 20)
    assert (found.gravity, found.number) == ("serious", "none")
    assert "fit no weight of the KL" in found.meaning
    within = weight.loss(Weight(-0.001, 0.01), 1.0, 20.0, 784, 20)  # of a training without KL
    assert (within.gravity, within.number) == ("grave", "0")
    assert "1,000" not in within.change


def test_a_known_convention_is_named() -> None:
    found = weight.loss(Weight(1 / 700, 1e-5), None, 20.0, 784, 20)
    assert "the KL divided by the number of pixels" in found.meaning
    assert "by 700;" in found.change
    assert "A loss of weight 1" not in weight.loss(Weight(7.0, 0.1), None, 20.0, 784, 20).meaning


def test_without_a_likelihood_each_loss_is_named_and_the_nearest_counts() -> None:
    two = {"a cross-entropy": Weight(0.004, 1e-4), "a squared error": Weight(1.3, 0.1)}
    assert weight.assumed(two).gravity == "well"
    assert "0.004 for a cross-entropy, 1.3 for a squared error" in weight.assumed(two).meaning
    assert weight.assumed({"a cross-entropy": Weight(0.004, 1e-4)}).gravity == "grave"
    assert weight.assumed({}).gravity == "unasked"


def test_rate_and_distortion_lie_on_the_curve_of_siblings_or_above_it() -> None:
    curve = [Sibling(4, 5, 120), Sibling(1, 10, 100), Sibling(0.25, 20, 90)]
    assert weight.rate_distortion(10, 101, curve, 100).gravity == "well"
    behind = weight.rate_distortion(10, 130, curve, 100)
    assert behind.gravity == "note"
    assert "β = 1 says as much" in behind.meaning
    assert weight.rate_distortion(10, 100, curve[:2], 100).gravity == "unasked"
