"""The studies: their objectives against independent formulas, and that each gives what its page draws."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import norm

from vae.analysis.studies import study as studies
from vae.model.tensor_file import CheckpointError
from vae.training.studies import autoencoders, pixel_variance, semi_supervised, tanh_256
from vae.training.studies.fitting import SEED, Digits, Labelled, first_of_each, fit, perceptron
from vae.training.studies.training_step import CONFIG
from vae.training.studies.watched import epochs
from vae.training.vae import VAE


def images(count: int) -> Labelled:
    generator = torch.Generator().manual_seed(1)
    return Labelled(torch.rand(count, 784, generator=generator), torch.arange(count) % 10)


def test_a_grid_at_quantiles_cuts_the_prior_into_equal_parts() -> None:
    grid = tanh_256.quantile_grid(15)
    mass = norm.cdf(grid[0, :, 0])
    assert np.diff(mass) == pytest.approx(1 / 15)
    assert mass[0] == pytest.approx(0.5 / 15)
    assert grid[0, 0, 1] == -grid[-1, 0, 1] > 0  # z2 upward


def test_the_jacobian_is_that_of_autograd() -> None:
    torch.manual_seed(0)
    model, x = autoencoders.Autoencoder(5), images(2).x
    found = model.squared_jacobian(x)
    for row, value in zip(x, found, strict=True):
        jacobian = torch.autograd.functional.jacobian(lambda one: model.code(one[None])[0], row)
        assert value.item() == pytest.approx(jacobian.square().sum().item(), rel=1e-4)


def test_a_pixel_of_any_variance_costs_what_its_density_says() -> None:
    torch.manual_seed(0)
    x, z = images(4).x, torch.randn(4, pixel_variance.LATENT_DIM)
    for way in pixel_variance.WAYS:
        model = pixel_variance.Model(way)
        mean, log_var = model.decode(z)
        assert (log_var >= pixel_variance.LEAST).all()
        density = torch.distributions.Normal(mean, (0.5 * log_var).exp()).log_prob(x).sum(dim=1)
        torch.testing.assert_close(model.nll(z, x), -density, rtol=1e-4, atol=1e-2)


def test_images_without_a_digit_cost_the_mean_over_all_ten_less_the_entropy() -> None:
    torch.manual_seed(0)
    model, x = semi_supervised.SemiSupervised(), images(3).x
    torch.manual_seed(5)
    found = model.unlabelled(x)
    torch.manual_seed(5)
    costs = model.labelled(x.repeat_interleave(10, dim=0), torch.arange(10).repeat(3)).view(3, 10)
    q = torch.distributions.Categorical(logits=model.classifier(x))
    torch.testing.assert_close(found, (q.probs * costs).sum(dim=1) - q.entropy())


def test_a_told_digit_costs_its_share_of_the_prior() -> None:
    torch.manual_seed(0)
    model, few = semi_supervised.SemiSupervised(), images(2)
    q = model.encode(few.x, few.labels)
    torch.manual_seed(7)
    z = q.rsample()
    nll = (
        -torch.distributions.Bernoulli(logits=model.logits(z, few.labels), validate_args=False)
        .log_prob(few.x)
        .sum(dim=1)
    )
    torch.manual_seed(7)
    torch.testing.assert_close(model.labelled(few.x, few.labels), nll + q.kl() + math.log(10))


def test_the_loop_lowers_the_loss_and_repeats_itself() -> None:
    few = images(40)

    def trained() -> float:
        torch.manual_seed(0)
        model = perceptron(784, 10)

        def loss(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
            return torch.nn.functional.cross_entropy(model(x).float(), y)

        fit(model, loss, few, epochs=30, batch=20)
        return loss(few.x, few.labels).item()

    assert trained() == trained() < 0.5 * math.log(10)


@pytest.mark.parametrize("module", [autoencoders, pixel_variance])
def test_a_study_s_images_are_bytes_in_the_images_shape(
    module: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EPOCHS", 1)
    few = Digits(images(500), images(20))
    said, arrays = module.run(few)  # type: ignore[attr-defined]
    assert said["epochs"] == 1
    assert {array.shape[-2:] for array in arrays.values()} == {(28, 28)}
    assert {array.dtype for array in arrays.values()} == {np.dtype(np.uint8)}


def test_a_study_comes_back_from_its_file(tmp_path: Path) -> None:
    found = studies.Study("beta", {"seed": 3}, {"in": np.arange(8, dtype=np.uint8).reshape(2, 2, 2)})
    studies.save(found, tmp_path)
    back = studies.read("beta", tmp_path)
    assert back.said == found.said
    assert back.images("in").shape == (2, 2, 2, 1)
    assert back.images("in")[1, 1, 1, 0] == pytest.approx(7 / 255)


def test_a_damaged_study_says_how_to_make_it_again(tmp_path: Path) -> None:
    for content in (b"", b"PK\x03\x04 no archive"):
        (tmp_path / "beta.npz").write_bytes(content)
        with pytest.raises(CheckpointError, match=r"python -m vae\.study beta"):
            studies.read("beta", tmp_path)
    with pytest.raises(CheckpointError, match="missing"):
        studies.read("conditional", tmp_path)


def test_a_watched_training_is_seen_first_as_it_was_made_and_then_as_it_learns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(epochs, "EPOCHS", 1)
    monkeypatch.setattr(epochs, "EARLY", (0, 1))
    data = Digits(images(2 * epochs.BATCH), images(10 * epochs.EACH))
    said, arrays = epochs.run(data)
    assert [look["epoch"] for look in said["looks"]] == [0, 0.5, 1]
    assert said["looks"][2]["nll"] < said["looks"][0]["nll"]
    torch.manual_seed(SEED)
    fresh = VAE(CONFIG)
    watched = data.test.x[first_of_each(data.test.labels, epochs.EACH)]
    np.testing.assert_allclose(arrays["mu"][0], fresh.encode(watched).mu.detach().numpy(), atol=1e-3)
    assert (arrays["labels"] == np.repeat(np.arange(10), epochs.EACH)).all()
