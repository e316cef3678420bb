"""The facade: NumPy in and out, against torch and an MLP in NumPy; and what every shipped model must have."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit

from tests.pages import strangers
from tests.twins import TWINS
from vae import explorer
from vae.errors import Unusable
from vae.explorer import Explorer
from vae.images import sets
from vae.images.dataset import Dataset
from vae.images.spec import ImageSpec
from vae.model import catalogue, checkpoint, codes
from vae.model.checkpoint import Description
from vae.model.codes import Codes
from vae.model.config import ACTIVATIONS, ModelConfig
from vae.model.posterior import Draws
from vae.model.protocol import Layer, Likelihood, Scores
from vae.model.tensor_file import CheckpointError
from vae.training.vae import VAE

Array = NDArray[Any]
Z = np.array([[0.0, 0.0], [1.0, -2.0], [-0.3, 0.4]])


@pytest.fixture
def tiny(saved: Path, tiny_codes: Codes) -> Explorer:
    """The tiny model with codes and a card beside it."""
    codes.save(saved.with_suffix(".codes.safetensors"), tiny_codes, checkpoint.load(saved).fingerprint)
    saved.with_suffix(".md").write_text("# Tiny − a card", encoding="utf-8")
    return explorer.load(saved)


@pytest.fixture
def images(digits: NDArray[np.uint8]) -> Array:
    return (digits[:9] / 255).astype(np.float32)


# NumPy in, NumPy out


def test_what_it_says_about_itself(tiny: Explorer, saved: Path, description: Description) -> None:
    assert (tiny.name, tiny.latent_dim, tiny.likelihood) == ("tiny", 2, Likelihood("bernoulli"))
    assert (tiny.dataset, tiny.record.command) == (description.dataset, description.command)
    assert (tiny.metrics, tiny.config) == (description.metrics, description.config)
    assert (tiny.image_spec.shape, tiny.class_names) == ((28, 28, 1), tuple("0123456789"))
    assert tiny.record.card == "# Tiny − a card"
    assert tiny.fingerprint == checkpoint.load(saved).fingerprint


def test_a_model_without_a_card(saved: Path) -> None:
    assert explorer.load(str(saved)).record.card == ""


def test_encode_and_decode_agree_with_torch(tiny: Explorer, model: VAE, images: Array) -> None:
    model.half().float()  # the checkpoint is float16
    with torch.no_grad():
        posterior = model.encode(torch.from_numpy(images).flatten(1))
        decoded = model.decode(torch.from_numpy(Z).float())
    q = tiny.encode(images)
    assert q.mu.dtype == q.sd.dtype == np.float32
    np.testing.assert_allclose(q.mu, posterior.mu, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(q.sd, posterior.sd, rtol=1e-4, atol=1e-5)
    got = tiny.decode(Z)
    assert got.dtype == np.float32
    assert got.shape == (3, 28, 28, 1)
    np.testing.assert_allclose(got.reshape(3, -1), decoded, atol=1e-5)
    assert ((got >= 0) & (got <= 1)).all()


def test_inputs_of_any_layout_give_the_same_answers(tiny: Explorer, images: Array) -> None:
    frozen = images.copy()
    frozen.flags.writeable = False
    expected = tiny.encode(images).mu
    layouts = (frozen, images.astype(np.float64), np.asfortranarray(images), images.tolist(), images[..., 0])
    for same in layouts:
        np.testing.assert_allclose(tiny.encode(same).mu, expected, atol=1e-6)
    np.testing.assert_allclose(tiny.encode(images[::-1]).mu, expected[::-1], atol=1e-6)
    expected = tiny.decode(Z)
    np.testing.assert_array_equal(tiny.decode(Z.tolist()), expected)
    np.testing.assert_array_equal(tiny.decode(np.asfortranarray(Z)), expected)
    np.testing.assert_allclose(tiny.decode(Z[::-1]), expected[::-1], atol=1e-6)


def test_codes_are_refused_once_the_model_means_something_else(
    tiny: Explorer, saved: Path, description: Description
) -> None:
    assert tiny.codes().mu.shape == (50, 2)
    other = replace(description, config=replace(description.config, activation="tanh"))
    checkpoint.save(saved, checkpoint.load(saved).weights, other, np.float16)
    with pytest.raises(CheckpointError, match="belongs to another model than the one beside it"):
        explorer.load(saved).codes()


def test_answers_are_copies(tiny: Explorer, images: Array) -> None:
    tiny.encode(images).mu[:] = 7
    tiny.decode(Z)[:] = 7
    tiny.networks().decoder[0][0][:] = 7
    assert tiny.encode(images).mu.max() < 7
    assert tiny.decode(Z).max() <= 1


def test_nothing_in_gives_nothing_out(tiny: Explorer) -> None:
    assert tiny.decode(np.zeros((0, 2))).shape == (0, 28, 28, 1)
    assert tiny.encode(np.zeros((0, 28, 28, 1))).mu.shape == (0, 2)
    assert tiny.evaluate(np.zeros((0, 28, 28, 1))).elbo.shape == (0,)
    assert tiny.nll(np.zeros((28, 28, 1)), np.zeros((0, 2))).shape == (0,)


def refusal(function: Callable[[Any], object], value: object) -> str:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # what it says is checked where this is used
        function(value)
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize("shape", [(28, 28), (2, 784), (1, 27, 28, 1), (1, 1, 28, 28), (1, 28, 28, 3), ()])
def test_images_of_a_wrong_shape(tiny: Explorer, shape: tuple[int, ...]) -> None:
    assert "images must have shape (N, 28, 28, 1)" in refusal(tiny.encode, np.zeros(shape))
    assert "images must have shape (N, 28, 28, 1)" in refusal(tiny.evaluate, np.zeros(shape))


@pytest.mark.parametrize("pixel", [-0.1, 1.1, 255, np.nan, np.inf])
def test_images_out_of_range(tiny: Explorer, images: Array, pixel: float) -> None:
    images[4, 5, 6] = pixel
    assert refusal(tiny.encode, images) == refusal(tiny.evaluate, images) == "pixels must lie in [0, 1]"


@pytest.mark.parametrize("z", [[0.0, 0.0], [[0.0]], [[0.0, 0.0, 0.0]], 0.0, [[[0.0, 0.0]]]])
def test_codes_of_a_wrong_shape(tiny: Explorer, z: object) -> None:
    assert "z must have shape (N, 2), got" in refusal(tiny.decode, z)


@pytest.mark.parametrize("z", [np.nan, np.inf, -np.inf, 1e7, -1e38, 1e300])
def test_codes_out_of_range(tiny: Explorer, z: float) -> None:
    assert "z must hold numbers between -1,000,000 and 1,000,000" in refusal(tiny.decode, [[0.0, z]])


def test_the_farthest_codes_decode_to_images(tiny: Explorer) -> None:
    image = tiny.decode([[1e6, -1e6]])
    assert np.isfinite(image).all()
    assert ((image >= 0) & (image <= 1)).all()


def test_evaluate_agrees_with_the_posterior(tiny: Explorer, images: Array) -> None:
    terms, q = tiny.evaluate(images, samples=3, seed=1), tiny.encode(images)
    kl = 0.5 * (q.mu**2 + q.sd**2 - 1 - 2 * np.log(q.sd))
    np.testing.assert_allclose(terms.kl_per_dim, kl, atol=1e-5)
    np.testing.assert_allclose(terms.kl, kl.sum(axis=1), atol=1e-5)
    np.testing.assert_allclose(terms.elbo, -terms.nll - terms.kl, rtol=1e-6)
    assert (terms.nll > 0).all()
    np.testing.assert_array_equal(tiny.evaluate(images, 3, 1).nll, terms.nll)


def test_the_error_of_an_elbo_is_the_spread_of_its_repeats(tiny: Explorer, images: Array) -> None:
    terms = [tiny.evaluate(images[:1], samples=10, seed=seed) for seed in range(200)]
    spread = np.std([each.elbo[0] for each in terms], ddof=1)
    assert np.mean([each.nll_error[0] ** 2 for each in terms]) ** 0.5 == pytest.approx(spread, rel=0.2)
    both, alone = tiny.evaluate(images, samples=10), tiny.evaluate(images[:1], samples=10)
    assert both.nll_error.shape == (len(images),)
    assert alone.nll_error[0] > 0
    assert np.isnan(tiny.evaluate(images, samples=1).nll_error).all()


# The layers, for running the model elsewhere

NUMPY: dict[str, Callable[[Array], Array]] = {
    "silu": lambda x: x * expit(x),
    "softplus": lambda x: np.log1p(np.exp(x)),
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0),
}


def numpy_mlp(layers: Sequence[Layer], activation: str, values: Array) -> Array:
    """The network that the layers describe, in float64."""
    for place, (weight, bias) in enumerate(layers):
        values = values @ weight.T.astype(np.float64) + bias
        if place < len(layers) - 1:
            values = NUMPY[activation](values)
    return values


def assert_layers_reproduce(model: Explorer, images: Array, z: Array) -> None:
    networks, q = model.networks(), model.encode(images)
    outputs = numpy_mlp(networks.decoder, networks.decoder_activation, z)
    decoded = 1 / (1 + np.exp(-outputs)) if networks.mean == "sigmoid" else outputs.clip(0, 1)
    np.testing.assert_allclose(model.decode(z).reshape(len(z), -1), decoded, atol=1e-4)
    encoded = numpy_mlp(networks.encoder, networks.encoder_activation, images.reshape(len(images), -1))
    if not model.can("posterior"):
        np.testing.assert_allclose(q.mu, encoded, atol=1e-3)
        return
    if networks.noise is not None:
        centre, raw = np.split(encoded, [model.latent_dim], axis=1)
        scale = np.logaddexp(0, raw - 1).reshape(len(raw), -1, model.latent_dim)
        mean = (scale * networks.noise.astype(np.float64).mean(axis=1)).sum(axis=1)
        np.testing.assert_allclose(q.mu, centre + mean, atol=1e-3)
        return
    mu, raw = np.split(encoded, 2, axis=1)
    bound = networks.log_var_bound
    np.testing.assert_allclose(q.mu, mu, atol=1e-3)
    np.testing.assert_allclose(2 * np.log(q.sd), bound * np.tanh(raw / bound), atol=1e-3)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_layers_reproduce_the_model(
    tmp_path: Path, description: Description, images: Array, activation: str
) -> None:
    config = ModelConfig(2, (6, 5, 7), activation)
    path = tmp_path / "m.safetensors"
    checkpoint.save(path, VAE(config).weights(), replace(description, config=config), np.float16)
    model = explorer.load(path)
    decoder = model.networks().decoder
    assert [weight.shape for weight, _ in decoder] == [(6, 2), (5, 6), (7, 5), (784, 7)]
    assert all(part.dtype == np.float16 for layer in decoder for part in layer)
    assert_layers_reproduce(model, images, 3 * Z)


# Codes


def test_codes_ship_with_the_model(tiny: Explorer, tiny_codes: Codes) -> None:
    shipped = tiny.codes()
    np.testing.assert_allclose(shipped.mu, tiny_codes.mu, atol=2e-3)
    np.testing.assert_array_equal(shipped.labels, tiny_codes.labels)
    assert tiny.codes("test") is shipped
    assert tiny.class_means.shape == (10, 2)
    third = shipped.mu[shipped.known_labels == 3].mean(axis=0)
    np.testing.assert_allclose(tiny.class_means[3], third, atol=1e-6)
    assert tiny.kl_per_dim.shape == (2,)
    assert tiny_codes.kl is not None
    assert tiny.kl_per_dim.sum() == pytest.approx(tiny_codes.kl.mean(), rel=1e-3)


def test_embeddings_ship_or_are_missed_with_a_sentence(tiny: Explorer, tiny_codes: Codes) -> None:
    np.testing.assert_array_equal(tiny.embedding(2), tiny_codes.embeddings[2])
    with pytest.raises(CheckpointError, match="tiny ships no t-SNE coordinates in 3-D"):
        tiny.embedding(3)


def test_codes_of_another_model_are_refused(saved: Path, tiny_codes: Codes) -> None:
    codes.save(saved.with_suffix(".codes.safetensors"), tiny_codes, "0" * 64)
    model = explorer.load(saved)
    uses: list[Callable[[], object]] = [
        model.codes,
        model.embedding,
        lambda: model.class_means,
        lambda: model.kl_per_dim,
    ]
    for use in uses:
        with pytest.raises(CheckpointError, match="belongs to another model"):
            use()


def test_codes_are_computed_where_none_ship(saved: Path) -> None:
    model, test = explorer.load(saved), sets.load("digits", "test")
    got = model.codes()
    np.testing.assert_array_equal(got.labels, test.labels)
    np.testing.assert_allclose(got.mu, model.encode(test.floats()).mu, atol=1e-5)
    np.testing.assert_allclose(np.asarray(got.kl), model.evaluate(test.floats()).kl, atol=1e-4)
    assert len(model.codes("train")) == len(sets.load("digits", "train"))


def test_codes_of_the_training_images_need_the_data_set(
    tmp_path: Path, model: VAE, description: Description, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_DATA_ROOT", str(tmp_path))
    said = replace(description, dataset=sets.dataset("mnist"))
    checkpoint.save(tmp_path / "m.safetensors", model.weights(), said)
    with pytest.raises(sets.DataError, match="mnist"):
        explorer.load(tmp_path / "m.safetensors").codes("train")


# Grids


@torch.no_grad()
def compass(latent_dim: int) -> VAE:
    """A model whose pixel d is the brighter the larger coordinate d of z is."""
    model = VAE(ModelConfig(latent_dim=latent_dim, hidden=(latent_dim,), activation="tanh"))
    weights = dict(model.decoder.named_parameters())
    for weight in weights.values():
        weight.zero_()
    weights["0.weight"].copy_(torch.eye(latent_dim))
    weights["2.weight"][:latent_dim] = torch.eye(latent_dim)
    return model


def pixel(sheet: Array, dim: int) -> Array:
    """The pixel of dimension `dim` in each tile, back on the scale of z."""
    p = sheet[0::28, dim::28, 0].astype(np.float64)
    return np.arctanh(np.log(p / (1 - p)))


@pytest.fixture
def north(tmp_path: Path, description: Description) -> Explorer:
    model = compass(3)
    checkpoint.save(
        tmp_path / "compass.safetensors", model.weights(), replace(description, config=model.config)
    )
    return explorer.load(tmp_path / "compass.safetensors")


def test_the_grid_shows_the_second_axis_upward(north: Explorer) -> None:
    sheet = north.grid(5, extent=1.5)
    assert sheet.shape == (140, 140, 1)
    assert sheet.dtype == np.float32
    ticks = np.linspace(-1.5, 1.5, 5)
    np.testing.assert_allclose(pixel(sheet, 0), np.tile(ticks, (5, 1)), atol=1e-4)
    np.testing.assert_allclose(pixel(sheet, 1), np.tile(ticks[::-1, None], (1, 5)), atol=1e-4)
    np.testing.assert_allclose(pixel(sheet, 2), np.zeros((5, 5)), atol=1e-4)


def test_the_grid_of_other_axes_around_a_code(north: Explorer) -> None:
    sheet = north.grid(3, extent=1.0, axes=(2, 0), at=[9.0, 0.7, 9.0])
    np.testing.assert_allclose(pixel(sheet, 2)[1], [-1, 0, 1], atol=1e-4)
    np.testing.assert_allclose(pixel(sheet, 0)[:, 1], [1, 0, -1], atol=1e-4)
    np.testing.assert_allclose(pixel(sheet, 1), np.full((3, 3), 0.7), atol=1e-4)


# Names


@pytest.mark.parametrize("name", ["no-such-model", "../x", "a/b", ""])
def test_an_unknown_name(name: str) -> None:
    with pytest.raises(CheckpointError, match="There is no model called"):
        explorer.load(name)


def test_a_file_of_codes_is_no_model(tiny: Explorer, saved: Path) -> None:
    with pytest.raises(CheckpointError, match="is no model; their files end in"):
        explorer.load(saved.with_suffix(".codes.safetensors"))


# Models of other images, and of another kind


@pytest.mark.parametrize("name", strangers.NAMES)
def test_a_stranger_encodes_decodes_and_shows_a_sheet(name: str) -> None:
    model = strangers.model(name)
    spec, images = model.image_spec, strangers.items(model.dataset.name).floats(slice(7))
    q = model.encode(images)
    assert q.mu.shape == q.sd.shape == (7, model.latent_dim)
    assert model.decode(q.mu).shape == images.shape == (7, *spec.shape)
    assert model.grid(3).shape == (3 * spec.height, 3 * spec.width, spec.channels)
    with pytest.raises(ValueError, match="images must have shape"):
        model.encode(images[:, 1:])
    assert model.spacing > 0


def test_a_file_of_rgb_images_of_an_unknown_data_set_opens(tmp_path: Path, description: Description) -> None:
    twin = TWINS["padded"]
    shapes = Dataset("shapes", twin.config.image_spec, ("cube", "ball"), "CC0", noun="shape")
    path, said = tmp_path / "mine.safetensors", replace(description, config=twin.config, dataset=shapes)
    checkpoint.save(path, twin.weights, said, np.float16)
    first = explorer.load(path)
    q, nll = first.encode(twin.images), first.evaluate(twin.images).nll
    labels, kl = np.arange(len(nll)) % 2, first.evaluate(twin.images).kl
    codes.save(catalogue.codes_path(path), Codes(q.mu, q.sd, labels, nll, kl), first.fingerprint)
    model = explorer.load(path)
    assert (model.dataset, model.class_names) == (shapes, ("cube", "ball"))
    assert model.can("gaussian", "likelihood", "gradient", "browser", "labels")
    assert model.class_means.shape == (2, 3)
    np.testing.assert_allclose(model.codes().loss, nll + kl, rtol=1e-6)


def test_codes_without_labels_have_an_elbo(monkeypatch: pytest.MonkeyPatch) -> None:
    known = strangers.model("blobs-3d")
    model = explorer.explore(known.model, "blobs", known.dataset)  # nothing ships: codes are computed
    monkeypatch.setitem(sets.DATASETS, "blobs", known.dataset)
    monkeypatch.setattr(sets, "load", lambda name, split: strangers.items(name))
    monkeypatch.setattr(explorer, "BATCH", 100)  # of the 240 images
    got, whole = model.codes(), model.evaluate(strangers.items("blobs").floats())
    assert got.labels is None
    np.testing.assert_allclose(np.asarray(got.kl), whole.kl, rtol=1e-5)
    assert got.loss.mean() == pytest.approx(-whole.elbo.mean(), rel=0.02)  # other draws of z
    assert model.kl_per_dim.sum() == pytest.approx(whole.kl.mean(), rel=1e-5)


def test_codes_of_a_data_set_that_is_unknown_here_cannot_be_computed() -> None:
    known = strangers.model("blobs-3d")
    with pytest.raises(sets.DataError, match=r"The data set blobs of mine is unknown here, .* no codes"):
        explorer.explore(known.model, "mine", known.dataset).codes()


def test_what_is_unknown_of_a_model_is_refused_with_a_sentence() -> None:
    model, spec = strangers.model("foreign-3d"), strangers.GREY
    image, images = np.zeros(spec.shape), np.zeros((1, *spec.shape))
    uses: list[Callable[[], object]] = [
        lambda: model.nll(image, np.zeros((1, 3))),
        lambda: model.log_likelihood_gradient(image, np.zeros((1, 3))),
        lambda: model.draw(images, np.random.default_rng(0)),
        lambda: model.evaluate(images),
        lambda: model.kl_per_dim,
        model.networks,
    ]
    for use in uses:
        with pytest.raises(ValueError, match="foreign-3d"):
            use()
    with pytest.raises(ValueError, match="no labels"):
        _ = model.class_means
    assert not model.can("likelihood")


# Every model that ships


@pytest.fixture(params=explorer.model_names())
def shipped(request: pytest.FixtureRequest) -> Explorer:
    return explorer.load(request.param)


def test_a_shipped_model_is_small_and_has_a_card(shipped: Explorer) -> None:
    assert catalogue.model_path(shipped.name).stat().st_size <= (
        6_000_000 if shipped.latent_dim > 2 else 4_000_000
    )
    card = shipped.record.card
    assert card.startswith(f"# {shipped.name}")
    assert shipped.record.command in card
    assert shipped.record.form is not None
    loss = {
        "gaussian": lambda: f"{-shipped.metrics['elbo']:.2f}",
        "point": lambda: "none: it has no posterior",
        "implicit": lambda: r"unknown: q(z\|x) has no density",
    }[shipped.record.form]()
    assert f"| −ELBO | **{loss}**" in card or f"| −ELBO | {loss}" in card


def test_a_shipped_model_has_codes_of_all_test_images(shipped: Explorer) -> None:
    test = shipped.codes("test")
    assert test.mu.shape == test.sd.shape == (shipped.metrics["images"], shipped.latent_dim)
    assert len(test.known_labels) == len(test)
    assert shipped.metrics["nll"] == pytest.approx(np.asarray(test.nll).mean(), rel=1e-4)
    if shipped.record.form == "implicit":
        assert shipped.metrics["elbo"] is shipped.metrics["kl"] is test.kl is None
        assert shipped.metrics["kl_estimate"] > 0
        assert (test.sd > 0).all()
        return
    if shipped.can("gaussian"):
        assert shipped.metrics["elbo"] == pytest.approx(-test.loss.mean(), rel=1e-4)
        assert (test.sd > 0).all()
    else:
        assert shipped.metrics["elbo"] is None
        assert not test.sd.any()
        np.testing.assert_allclose(test.mu.mean(axis=0), 0, atol=0.1)  # scaled on the training images
        np.testing.assert_allclose(test.mu.std(axis=0), 1, atol=0.1)
    assert shipped.metrics["kl"] == pytest.approx(np.asarray(test.kl).mean(), rel=1e-4)
    np.testing.assert_allclose(shipped.kl_per_dim, shipped.metrics["kl_per_dim"], atol=0.01)
    for dims in range(2, min(shipped.latent_dim, 4)):
        assert shipped.embedding(dims).shape == (len(test), dims)


def test_a_shipped_model_decodes_its_class_means_and_reads_them_again(shipped: Explorer) -> None:
    pictures = shipped.decode(shipped.class_means)
    q = shipped.encode(pictures)
    assert np.isfinite(q.mu).all()
    assert (q.sd > 0).all() if shipped.can("posterior") else not q.sd.any()
    assert shipped.config is not None
    least = 0.5 if shipped.config.hidden else 0.4  # a linear mean is blurred
    assert (pictures.max(axis=(1, 2, 3)) > least).all()  # ink in each
    if shipped.config.network == "mlp":
        assert_layers_reproduce(shipped, pictures, shipped.class_means.astype(np.float64))


def test_a_shipped_model_scores_on_the_real_images_as_its_codes_say(shipped: Explorer) -> None:
    dataset = shipped.dataset.name
    if not sets.available(dataset):
        pytest.skip(f"the test images of {dataset} are not here (set VAE_DATA_ROOT)")
    items, test = sets.load(dataset, "test"), shipped.codes("test")
    np.testing.assert_array_equal(test.known_labels, items.labels)
    first = items.floats(slice(1000))
    nll, _ = shipped.expected_nll(first, seed=99)
    difference = nll - np.asarray(test.nll)[:1000]
    error = difference.std() / np.sqrt(1000) + _error_of_the_noise(shipped, first[:100])
    assert abs(difference.mean()) <= 5 * error + 1e-3
    if test.kl is not None:
        kl = shipped.evaluate(first, samples=1).kl
        np.testing.assert_allclose(kl, np.asarray(test.kl)[:1000], rtol=1e-3)
    np.testing.assert_allclose(shipped.encode(first).mu, test.mu[:1000], atol=0.01)


def _error_of_the_noise(model: Explorer, images: Array) -> float:
    """Of an implicit posterior, whose images share a fixed set of noise: the standard error of a mean nll."""
    q = model.encode(images)
    if not isinstance(q, Draws):
        return 0.0
    assert isinstance(model.model, Scores)
    scored = [model.model.nll(images, z).mean() for z in q.z]
    return float(np.std(scored, ddof=1) / np.sqrt(len(scored)))


def test_two_functions_of_a_notebook_are_a_model() -> None:
    spec, noise = ImageSpec(8, 9, 3), np.random.default_rng(0)
    axes = np.linalg.qr(noise.standard_normal((spec.size, 2)))[0].astype(np.float32)
    images, labels = noise.random((5, *spec.shape), np.float32), [0, 1, 1, 0, 1]
    mine = explorer.wrap(
        lambda x: (x.reshape(len(x), -1) @ axes, np.full((len(x), 2), -2.0)),
        lambda z: z @ axes.T,  # rows
        spec,
        likelihood=Likelihood("gaussian", 0.5),
        dataset=Dataset("mine", spec, ("a", "b")),
        images=images,
        labels=labels,
    )
    assert mine.abilities == {"posterior", "gaussian", "likelihood", "plane", "labels"}
    rows = images.reshape(5, -1)
    np.testing.assert_allclose(mine.encode(images).mu, rows @ axes, rtol=1e-5)
    np.testing.assert_allclose(mine.decode([[1.0, 2.0]]).ravel(), (axes @ [1.0, 2.0]).clip(0, 1), rtol=1e-4)
    np.testing.assert_allclose(mine.codes().sd, np.exp(-1), rtol=1e-6)
    np.testing.assert_array_equal(mine.codes().known_labels, labels)
    z = [[0.3, -0.2]]
    expected = -stats.norm(axes @ z[0], 0.5).logpdf(rows[0]).sum()
    np.testing.assert_allclose(mine.nll(images[0], z), [expected], rtol=1e-5)


def test_of_two_functions_without_images_nothing_is_shown_but_all_is_computed() -> None:
    spec = ImageSpec(8, 8, 1)
    mine = explorer.wrap(lambda x: x.mean(axis=(1, 2)), lambda z: np.repeat(z, 64, axis=1), spec)
    assert mine.encode(np.ones((2, 8, 8))).form == "point"
    assert mine.decode([[0.25]]).shape == (1, 8, 8, 1)
    with pytest.raises(sets.DataError, match="no codes of it ship"):
        mine.codes()


def grey(z: Array) -> Array:
    """Rows of an image of one level."""
    return np.asarray(expit(z) @ np.ones((1, 64)))


@pytest.mark.parametrize(
    ("encode", "decode", "reason"),
    [
        (lambda x: x, lambda z: z, r"mu \(B, D\)"),
        (lambda x: x.reshape(len(x), -1)[:, :0], lambda z: z, "1 to 128 dimensions, the encoder gives 0"),
        (lambda x: (np.zeros((len(x), 2)), np.zeros((len(x), 3))), lambda z: z, "mu has shape .* log_var"),
        (lambda x: np.zeros((len(x), 2)), lambda z: z, r"the decoder gives \(\d+, 2\) for \d+ codes"),
        (lambda x: (*[np.zeros((len(x), 2))] * 3,), lambda z: z, "log_var .* of a VAE, got 3 values"),
        (lambda x: np.zeros((len(x), 1)) / 0, grey, "encode gives NaN"),
        (
            lambda x: x.reshape(-1, 3, 64)[:, 0, :1],
            grey,
            r"encode fails for an array \(1, 8, 8, 1\): ValueError",
        ),
        (
            lambda x: np.zeros((len(x), 1)),
            lambda z: z.to("cuda"),
            r"decode fails .*\): AttributeError: .*'to'",
        ),
        (lambda x: (np.zeros((len(x), 1)), np.full((len(x), 1), np.nan)), grey, "encode gives NaN"),
        (lambda x: np.zeros((len(x), 1)), lambda z: grey(z) / 0, "decode gives NaN"),
        (lambda x: np.zeros((len(x), 1)), lambda z: 255 * grey(z), "decode gives numbers from 0 to 128"),
        (lambda x: np.zeros((len(x), 1)), lambda z: grey(z) - 2, "take the sigmoid of logits"),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of these functions
def test_functions_that_give_something_else_are_refused(encode: Any, decode: Any, reason: str) -> None:
    for images in (None, np.ones((3, 8, 8))):
        with pytest.raises(Unusable, match=reason) as caught:
            explorer.wrap(encode, decode, ImageSpec(8, 8, 1), images=images)
        assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"labels": [0, 1]}, r"3 images and labels of shape \(2,\)"),
        ({"labels": ["cat", "dog", "cat"]}, "whole numbers from 0 on, got 'cat'; .*numpy.unique"),
        ({"labels": [0, 1, -1]}, "between 0 and 1, got -1 to 1"),
        ({"labels": [0, 1, 4000]}, "between 0 and 999"),
        ({"labels": [0, 1, 2], "dataset": Dataset("d", ImageSpec(8, 8, 1), ("a", "b"))}, "between 0 and 1"),
        ({"labels": [0, 1, 2], "images": None}, "give both"),
        ({"images": np.ones((3, 9, 8))}, "images must have shape"),
        ({"images": np.full((3, 8, 8), 255)}, r"pixels must lie in \[0, 1\]"),
        ({"image_spec": (8,)}, r"image_spec is \(height, width, channels\), got \(8,\)"),
        ({"image_spec": (8, 8, 2)}, "channels must be 1"),
        ({"likelihood": "gaussian"}, "standard deviation of a Gaussian's pixel, .* got 'gaussian'"),
    ],
)
def test_what_does_not_fit_two_functions_is_said_in_a_sentence(given: dict[str, Any], reason: str) -> None:
    usual = {"image_spec": (8, 8), "images": np.ones((3, 8, 8)), "labels": None, "likelihood": "bernoulli"}
    with pytest.raises(explorer.WrapError, match=reason):
        explorer.wrap(lambda x: np.zeros((len(x), 1)), grey, **{**usual, **given})


def test_an_image_whose_code_is_odd_is_found_among_many() -> None:
    images = np.zeros((300, 8, 8))
    images[250] = 1
    with (
        np.errstate(divide="ignore"),
        pytest.raises(explorer.WrapError, match="mu holds values that are not finite"),
    ):
        explorer.wrap(lambda x: 1 / (1 - x.mean(axis=(1, 2))), grey, (8, 8), images=images)


@pytest.mark.parametrize(("said", "form"), [("bernoulli", stats.bernoulli), (0.5, stats.norm)])
def test_a_tuple_a_word_and_labels_without_names_will_do(said: Any, form: Any) -> None:
    images = np.random.default_rng(0).integers(0, 2, (6, 8, 8, 1)).astype(float)
    mine = explorer.wrap(
        lambda x: x.mean(axis=(1, 2)),
        grey,
        (8, 8, 1),
        images=images,
        labels=[0, 2, 2, 0, 2, 0],
        likelihood=said,
    )
    assert (mine.class_names, mine.image_spec) == (("0", "1", "2"), ImageSpec(8, 8, 1))
    means = images[[1, 2, 4]].mean(axis=(1, 2)).mean()
    np.testing.assert_allclose(mine.class_means[2], means, rtol=1e-6)
    mean = expit(0.3) * np.ones(64)
    pixels = images[0].ravel()
    expected = form.logpmf(pixels, mean) if said == "bernoulli" else form.logpdf(pixels, mean, said)
    np.testing.assert_allclose(mine.nll(images[0], [[0.3]]), [-expected.sum()], rtol=1e-5)
