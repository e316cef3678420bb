"""What a model makes of one image, against the parts that it is made of."""

import numpy as np
import pytest

from tests.pages import strangers
from vae import explorer
from vae.analysis import reconstruction
from vae.analysis.reconstruction import reconstruct, typicality
from vae.images import sets


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
    terms = model.evaluate(image[None], reconstruction.DRAWS)
    assert (found.nats.nll, found.nats.kl) == (float(terms.nll[0]), float(terms.kl[0]))
    assert found.nats.loss == pytest.approx(-float(terms.elbo[0]), rel=1e-5)
    again, other = (reconstruct(model, image, 400, seed).draws for seed in (3, 4))
    np.testing.assert_array_equal(found.draws, again)
    assert (found.draws != other).any()


@pytest.mark.parametrize("index", [6091, 3])
def test_the_error_of_an_image_s_nats_is_one(index: int) -> None:
    """Image 6091's wide q(z|x) makes ten draws miss by tens of nats; 4,000 other draws are the truth."""
    model = explorer.load("mnist-vae-2d")
    image = sets.load("mnist", "test").floats(index)
    q = model.encode(image[None])
    nll = model.nll(image, q.sample(4000, np.random.default_rng(1))[:, 0])
    truth, truth_error = float(nll.mean()), float(nll.std(ddof=1)) / np.sqrt(len(nll))
    found = reconstruct(model, image, 3, 0)
    assert found.nats.nll is not None
    assert found.nats.error is not None
    assert found.nats.error == pytest.approx(nll.std() / np.sqrt(reconstruction.DRAWS), rel=0.4)
    assert abs(found.nats.nll - truth) < 3 * np.hypot(found.nats.error, truth_error)
    assert found.nats.loss is not None
    assert found.typicality == np.mean(model.codes().loss > found.nats.loss)


def test_a_model_without_a_likelihood_says_no_nats() -> None:
    model, image = strangers.model("foreign-3d"), strangers.items("lines").floats(0)
    found = reconstruct(model, image, 12, 0)
    assert (found.form, found.nats.nll, found.nats.kl, found.typicality) == ("implicit", *[None] * 3)
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
    assert (found.form, found.nats.kl, found.nats.loss) == ("point", 0.0, found.nats.nll)
    assert found.nats.error == 0  # no draw moves a point
    assert reconstruction.score(model, image).elbo is None


def test_a_score_from_the_codes_is_that_of_the_image() -> None:
    model = strangers.model("shapes-2d")
    image = strangers.items("shapes").floats(9)
    here, gone = reconstruction.score(model, image), reconstruction.shipped_score(model, 9)
    assert (gone.mse, gone.error) == (None, None)
    assert here.error is not None
    assert here.nll == pytest.approx(gone.nll, abs=10 * here.error)  # a mean over a tenth of the draws
    assert here.elbo == pytest.approx(gone.elbo, abs=10 * here.error)
    np.testing.assert_allclose(here.mu, gone.mu, rtol=1e-5)
    np.testing.assert_allclose(here.reconstruction, gone.reconstruction, atol=1e-5)
