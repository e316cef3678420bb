"""What a model makes of one image, against the parts that it is made of."""

import numpy as np
import pytest

from tests.pages import strangers
from vae import explorer
from vae.analysis import reconstruction
from vae.analysis.reconstruction import reconstruct, typicality


def test_typicality_is_the_share_of_worse_images() -> None:
    assert typicality([90, 100, 110, 120], 105) == 0.5
    assert typicality([90, 100], 200) == 0.0


def test_losses_that_are_not_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="losses must hold finite"):
        typicality([np.nan], 1.0)
    with pytest.raises(ValueError, match="loss must be a finite number"):
        typicality([1.0], float("inf"))


def test_an_image_in_colour_is_encoded_drawn_and_decoded() -> None:
    model, image = strangers.model("shapes-2d"), strangers.items("shapes").floats(5)
    found = reconstruct(model, image, count=400, seed=3)
    q = model.encode(image[None])
    np.testing.assert_array_equal(found.mu, q.mu[0])
    np.testing.assert_allclose(found.draws.mean(axis=0), q.mu[0], atol=0.05)
    np.testing.assert_allclose(found.draws.std(axis=0), q.sd[0], rtol=0.15)
    np.testing.assert_allclose(found.reconstruction, model.decode(q.mu)[0], atol=1e-6)
    np.testing.assert_allclose(found.decoded_draws, model.decode(found.draws[:5]), atol=1e-6)
    terms = model.evaluate(image[None])
    assert (found.nll, found.kl) == (float(terms.nll[0]), float(terms.kl[0]))
    assert found.loss == pytest.approx(-float(terms.elbo[0]), rel=1e-5)
    again, other = (reconstruct(model, image, 400, seed).draws for seed in (3, 4))
    np.testing.assert_array_equal(found.draws, again)
    assert (found.draws != other).any()


def test_a_test_image_has_the_nats_that_come_with_its_code() -> None:
    model = strangers.model("blobs-3d")
    codes, image = model.codes(), strangers.items("blobs").floats(7)
    found = reconstruct(model, image, 3, 0, index=7)
    assert codes.nll is not None
    assert found.nll == float(codes.nll[7])
    assert found.loss is not None
    assert found.typicality == np.mean(codes.loss > codes.loss[7])


def test_a_model_without_a_likelihood_says_no_nats() -> None:
    model, image = strangers.model("foreign-3d"), strangers.items("lines").floats(0)
    found = reconstruct(model, image, 12, 0)
    assert (found.form, found.nll, found.kl, found.loss, found.typicality) == ("implicit", *[None] * 4)
    assert found.draws.shape == (12, 3)
    score = reconstruction.score(model, image)
    assert (score.nll, score.elbo) == (None, None)
    assert score.mse == pytest.approx(
        np.mean((found.reconstruction - image) ** 2, dtype=np.float64), rel=1e-5
    )


def test_an_autoencoder_has_a_point_and_no_elbo() -> None:
    model, image = explorer.load("mnist-linear-ae-2d"), np.zeros((28, 28, 1), np.float32)
    found = reconstruct(model, image, 4, 0)
    np.testing.assert_array_equal(found.draws, found.mu[None].repeat(4, axis=0))
    assert (found.form, found.kl, found.loss) == ("point", 0.0, found.nll)
    assert reconstruction.score(model, image).elbo is None


def test_a_score_from_the_codes_is_that_of_the_image() -> None:
    model = strangers.model("shapes-2d")
    image = strangers.items("shapes").floats(9)
    here, gone = reconstruction.score(model, image, 9), reconstruction.shipped_score(model, 9)
    assert gone.mse is None
    assert (here.nll, here.elbo) == (gone.nll, gone.elbo)
    np.testing.assert_allclose(here.mu, gone.mu, rtol=1e-5)
    np.testing.assert_allclose(here.reconstruction, gone.reconstruction, atol=1e-5)
