"""Rules on single dimensions, on arrays made sick on purpose and on healthy ones."""

import numpy as np
import pytest

from vae.analysis.doctor import units

MU = np.random.default_rng(0).standard_normal((500, 6)).astype(np.float32)
ALL = np.ones(6, bool)


@pytest.mark.parametrize(
    ("kl", "gravity", "number"),
    [
        ([2.0] * 6, "well", "6 of 6"),
        ([2.0] * 4 + [0.0] * 2, "note", "4 of 6"),  # pruned, which costs nothing
        ([3.0] + [0.001] * 5, "serious", "1 of 6"),
        ([0.02] * 2 + [0.0] * 4, "grave", "2 of 6"),  # in use, but 0.04 nats in all
        ([0.001] * 6, "grave", "0 of 6"),
    ],
)
def test_collapse_by_the_kl(kl: list[float], gravity: str, number: str) -> None:
    found = units.collapse(np.array(kl), MU, 784)
    assert (found.gravity, found.number) == (gravity, number)
    assert ("784 times too large" in found.change) == found.is_ill


def test_collapse_without_a_kl_is_seen_by_mu() -> None:
    assert units.collapse(None, MU, 784).gravity == "well"
    assert units.collapse(None, 0.01 * MU, 784).gravity == "grave"


def test_one_of_two_dimensions_is_missed() -> None:
    assert units.collapse(np.array([3.0, 0.0]), MU[:, :2], 784).gravity == "serious"


@pytest.mark.parametrize(
    ("share", "gravity"), [(0.0, "well"), (0.02, "well"), (0.1, "note"), (0.6, "serious")]
)
def test_log_var_at_its_bound(share: float, gravity: str) -> None:
    log_var = np.full((1000, 2), -4.0)
    log_var[: round(1000 * share)] = -7.95
    found = units.bound(log_var, (-8.0, 8.0), np.ones(2, bool))
    assert found.gravity == gravity
    assert found.value == pytest.approx(share)


def test_a_bound_counts_for_dimensions_in_use_only_and_above_too() -> None:
    log_var = np.stack([np.full(100, -3.0), np.full(100, 2.0)], axis=1)
    assert units.bound(log_var, (-16.0, 2.0), np.array([True, False])).gravity == "well"
    assert "wider than the prior" in units.bound(log_var, (-16.0, 2.0), np.ones(2, bool)).meaning
    assert units.bound(log_var, (-np.inf, np.inf), np.ones(2, bool)).gravity == "unasked"


def test_dimensions_that_tell_the_same_are_found() -> None:
    double = MU.copy()
    double[:, 4] = -double[:, 1] + 0.1 * double[:, 4]
    assert units.units(MU, ALL, None).gravity == "well"
    found = units.units(double, ALL, None)
    assert found.gravity == "note"
    assert "Dimensions 2 and 5" in found.meaning
    many = np.concatenate([MU[:, :3], MU[:, :3] + 0.1 * MU[:, 3:]], axis=1)
    assert units.units(many, ALL, None).gravity == "serious"


def test_dimensions_that_cost_and_say_nothing_are_no_use() -> None:
    same = MU * np.array([1, 1, 1, 1e-3, 1e-3, 1e-3], np.float32)
    found = units.collapse(np.full(6, 2.0), same, 784)
    assert found.gravity == "serious"
    assert "Of 3 of them mu is the same for every image" in found.meaning


def test_a_decoder_that_does_not_hear_z_is_grave() -> None:
    for answers in (np.zeros(6), np.full(6, 1e-5)):
        found = units.units(MU, ALL, answers)
        assert found.gravity == "grave"
        assert "the same picture for every code" in found.meaning


def test_dimensions_that_the_decoder_hears_wrongly_are_found() -> None:
    used, right = np.array([True, True, True, False]), np.array([0.2, 0.1, 0.3, 0.001])
    assert units.units(MU[:, :4], used, right).gravity == "well"
    deaf = units.units(MU[:, :4], used, np.array([0.2, 0.0005, 0.3, 0.001]))
    assert deaf.gravity == "serious"
    assert "not heard by the decoder: 2." in deaf.meaning
    noisy = units.units(MU[:, :4], used, np.array([0.2, 0.1, 0.3, 0.2]))
    assert "Noise that the decoder paints: 4." in noisy.meaning
