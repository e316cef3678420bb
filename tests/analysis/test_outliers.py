"""Odd images, against made examples and brute force."""

import numpy as np
import pytest

from vae.analysis import outliers
from vae.latent import neighbours
from vae.model.codes import Codes

RNG = np.random.default_rng(0)


def test_a_mislabelled_code_in_a_cluster_is_suspicious_and_a_border_is_not() -> None:
    mu = np.concatenate([RNG.normal(0, 0.1, (20, 2)), RNG.normal(9, 0.1, (20, 2))])
    classes = np.repeat([3, 59], 20)
    classes[7] = 59  # sits among the threes
    found = outliers.suspicious(classes, neighbours.nearest(mu, mu, own=np.arange(40))[0])
    assert found.index.tolist() == [7]
    assert found.votes.tolist() == [10]
    assert found.said.tolist() == [3]
    even = np.array([[1, 2], [0, 2], [0, 1]])  # one vote of two is no majority
    assert outliers.suspicious(np.array([0, 1, 2]), even).index.tolist() == []


def test_the_most_surprising_cost_most_nats() -> None:
    nll, kl = RNG.uniform(50, 150, 30).astype(np.float32), RNG.uniform(1, 9, 30).astype(np.float32)
    mu = np.zeros((30, 2), np.float32)
    order, nats = outliers.surprising(Codes(mu, np.ones_like(mu), None, nll, kl))
    assert order[0] == (nll + kl).argmax()
    np.testing.assert_array_equal(nats, np.sort(nll + kl)[::-1])
    assert [outliers.rank(nll + kl, int(index)) for index in order] == list(range(1, 31))


def test_without_nats_nothing_is_surprising() -> None:
    mu = np.zeros((30, 2), np.float32)
    with pytest.raises(ValueError, match="unknown"):
        outliers.surprising(Codes(mu, mu))
