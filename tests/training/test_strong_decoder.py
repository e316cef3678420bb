"""A decoder that sees pixels must not see those that it is to give."""

import pytest
import torch

from vae.training.studies.strong_decoder.network import COLUMNS, LATENT, PIXELS, StrongDecoderVAE


@pytest.mark.parametrize("rows", [0, 1, 2, 28])
def test_a_pixel_sees_those_before_it_in_its_own_row_and_some_rows_above_and_no_other(rows: int) -> None:
    torch.manual_seed(0)
    model = StrongDecoderVAE(rows)
    x, z = torch.rand(1, PIXELS).requires_grad_(), torch.randn(1, LATENT)
    for pixel in (0, 30, 405, PIXELS - 1):
        (seen,) = torch.autograd.grad(model.logits(z, x)[0, pixel], x)
        others = torch.arange(PIXELS)
        near = others // COLUMNS >= pixel // COLUMNS - rows
        expected = (others < pixel) & near & (rows > 0)
        torch.testing.assert_close(seen[0] != 0, expected)


def test_its_likelihood_adds_up_to_one_over_all_images_of_the_last_pixels() -> None:
    """Of the four images that agree in all but the last two pixels, as the decoder weighs them."""
    torch.manual_seed(0)
    model, z = StrongDecoderVAE(28), torch.randn(1, LATENT)
    x = torch.bernoulli(torch.full((1, PIXELS), 0.3))
    ends = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    images = x.repeat(4, 1)
    images[:, -2:] = ends
    log_p = -model.nll(z.expand(4, -1), images)
    mean = torch.sigmoid(model.logits(z, x)[0, :-2])  # of the pixels that all four share
    shared = torch.distributions.Bernoulli(mean).log_prob(x[0, :-2]).sum()
    assert log_p.logsumexp(0).item() == pytest.approx(shared.item(), abs=1e-3)


def test_draws_follow_the_probabilities_of_the_first_pixel() -> None:
    torch.manual_seed(0)
    model = StrongDecoderVAE(1)
    with torch.no_grad():
        model.from_before.bias[0] = 2.0
    z = torch.zeros(400, LATENT)
    drawn = model.draw(z, torch.Generator().manual_seed(0))
    assert set(drawn.unique().tolist()) == {0.0, 1.0}
    expected = torch.sigmoid(model.logits(z[:1], torch.zeros(1, PIXELS))[0, 0]).item()
    assert drawn[:, 0].mean().item() == pytest.approx(expected, abs=0.08)
