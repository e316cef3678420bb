"""The calculator of losses against the losses themselves, computed on random terms."""

from itertools import product

import numpy as np
import pytest

from vae.analysis.doctor.conventions import Convention, Error, Reduction, usual

B, P, D = 7, 48, 5
WAYS = ("sum", "mean")


def reduced(how: Reduction, values: np.ndarray, axis: int) -> np.ndarray:
    return values.sum(axis=axis) if how == "sum" else values.mean(axis=axis)


@pytest.mark.parametrize(("pixels", "dims", "images", "kl_images"), list(product(WAYS, repeat=4)))
@pytest.mark.parametrize("error", ["nll", "squares"])
def test_the_loss_is_a_multiple_of_nll_plus_beta_kl(
    pixels: Reduction, dims: Reduction, images: Reduction, kl_images: Reduction, error: Error
) -> None:
    rng, sd, weight = np.random.default_rng(0), 0.3, 1.7
    squares, kl = rng.random((B, P)), rng.random((B, D))
    nll = squares / (2 * sd**2) if error == "squares" else squares  # but for a constant

    def loss(squares: np.ndarray, kl: np.ndarray) -> float:
        reconstruction = reduced(images, reduced(pixels, squares, 1), 0)
        return float(reconstruction + weight * reduced(kl_images, reduced(dims, kl, 1), 0))

    beta = Convention(P, D, B, pixels, dims, images, kl_images, error, sd).beta(weight)
    nats = [float(nll.sum(axis=1).mean()), beta * float(kl.sum(axis=1).mean())]
    parts = [loss(squares, 0 * kl), loss(0 * squares, kl)]
    assert parts[1] / parts[0] == pytest.approx(nats[1] / nats[0])


@pytest.mark.parametrize("beta", [1e-3, 1.0, 4.0])
def test_both_ways_lead_back(beta: float) -> None:
    convention = Convention(784, 20, 100, "mean", "mean", "sum", "mean")
    assert convention.beta(convention.weight(beta)) == pytest.approx(beta)


def test_a_mean_over_pixels_multiplies_beta_by_their_number() -> None:
    assert Convention(784, 2, over_pixels="mean").beta(1) == pytest.approx(784)
    assert Convention(784, 2, over_pixels="mean").weight(1) == pytest.approx(1 / 784)
    assert usual(784, 20)["both terms averaged, over pixels and over dimensions"] == pytest.approx(39.2)


def test_a_batch_counts_only_where_the_terms_are_reduced_differently() -> None:
    alike = [Convention(784, 2, batch, images="sum", kl_images="sum") for batch in (1, 100)]
    assert alike[0].beta(1) == alike[1].beta(1) == 1
    mixed = Convention(784, 2, 100, images="mean", kl_images="sum")
    assert mixed.depends_on_batch
    assert mixed.beta(1) == pytest.approx(100)


@pytest.mark.parametrize("wrong", [{"size": 0}, {"latent_dim": 0}, {"batch": 0}, {"pixel_sd": 0.0}])
def test_what_is_not_positive_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        Convention(**{"size": 4, "latent_dim": 2, **wrong})  # type: ignore[arg-type]
