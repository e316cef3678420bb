"""Latent map: what the address and clicks choose, numbers against the explorer's own, t-SNE computed anew."""

import gc
import io
import json
import re
import time
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from tests.conftest import model_of
from tests.pages import strangers, visiting
from vae import explorer
from vae.analysis import training_codes
from vae.explorer import Explorer
from vae.figures.scatter import names
from vae.images import sets
from vae.images.dataset import ImageSet
from vae.jobs import job as jobs
from vae.jobs.job import Recomputation, Request
from vae.latent import embedding
from vae.model import checkpoint, codes
from vae.model.checkpoint import Description
from vae.model.config import ModelConfig
from vae.web.kit import datasets, loaders
from vae.web.live import answers, chart
from vae.web.pages.latent_map import maps, moving, own_tsne
from vae.web.selection import inspector
from vae.web.selection.code import Chosen

APP = Path(__file__).parents[2] / "app.py"
FLAT, DEEP = "mnist-vae-2d", "mnist-vae-20d"
OTHER = "seed-vae-2d"  # with codes of training images
PICTURE = re.compile(r'<img src="data:image/png;base64,([^"]+)" alt="([^"]*)"')
PATIENCE = 120.0  # seconds


def visit(model: str = FLAT, **query: str) -> AppTest:
    """The page where the live view has not started, so that the server draws what is chosen."""
    at = AppTest.from_file(str(APP), default_timeout=PATIENCE).switch_page("pages/latent_map.py")
    for name, value in ({"model": model} | query).items():
        at.query_params[name] = value
    at.session_state[maps.CHART + chart.SERVED] = True
    return healthy(at.run())


def healthy(at: AppTest) -> AppTest:
    assert not at.exception
    assert len(at.get("plotly_chart")) == 1
    return at


def address(at: AppTest, name: str) -> str | None:
    value = at.query_params.get(name)
    return value[-1] if isinstance(value, list) else value


def html(at: AppTest) -> str:
    return "".join(element.proto.body for element in at.get("html"))


def picture(at: AppTest, caption: str) -> np.ndarray:
    """The picture with that caption, (28, 28) in grey levels."""
    source = next(source for source, words in PICTURE.findall(html(at)) if words == caption)
    return np.asarray(Image.open(io.BytesIO(b64decode(source))).convert("L"))


def facts(at: AppTest) -> dict[str, str]:
    """Labels and values of the column beside the map, without markup."""
    rows = re.findall(r"<div><dt>(.*?)</dt><dd>(.*?)</dd></div>", html(at))
    plain = [[re.sub(r"<[^>]*>", "", part).strip() for part in row] for row in rows]
    return dict(plain)


def click(at: AppTest, answer: object) -> AppTest:
    """What the browser sends for a click: place, nearest point and whether that was hit; in 3-D no place."""
    at.session_state[maps.CHART + chart.PICKED] = answers.pick(answer)
    return healthy(at.run())


def view(at: AppTest) -> dict[str, Any]:
    """The layout of the map: the ranges of its axes, and the name under which the browser keeps a zoom."""
    layout: dict[str, Any] = json.loads(at.get("plotly_chart")[0].proto.spec)["layout"]
    return {name: layout[name] for name in ("xaxis", "yaxis", "uirevision")}


def tiny(folder: Path, latent_dim: int, images: int = 60) -> Explorer:
    """A model with random weights and the codes of a few images, which ships no t-SNE."""
    config = ModelConfig(latent_dim=latent_dim, hidden=(16,))
    path = folder / f"tiny-{latent_dim}d.safetensors"
    description = Description(config, sets.dataset("digits"), "python -m vae.train", 0, {})
    checkpoint.save(path, model_of(config).weights(), description, np.float16)
    mu, log_var = np.random.default_rng(0).normal(size=(2, images, latent_dim)).astype(np.float32)
    kl = 0.5 * (mu**2 + np.expm1(log_var) - log_var).sum(axis=1)
    of_images = codes.Codes(
        mu, np.exp(0.5 * log_var), np.arange(images) % 10, np.full(images, 90.0, np.float32), kl
    )
    codes.save(path.with_suffix(".codes.safetensors"), of_images, explorer.load(path).fingerprint)
    return explorer.load(path)


# --- The address ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [FLAT, DEEP])
def test_the_page_opens_on_the_first_test_image(model: str) -> None:
    at = visit(model)
    assert not at.warning
    assert address(at, "image") is None
    assert picture(at, "decoder mean, test image 0").shape == (28, 28)


def test_the_view_holds_a_place_that_was_asked_for_and_pointing_leaves_it() -> None:
    at = visit(z="1.4,7")
    first = view(at)
    assert first["yaxis"]["range"][1] > 7
    for place in ([-9.0, 3.0], [0.0, 12.0], [0.5, 0.5]):  # further out, as after zooming out, and back
        click(at, {"place": place, "index": 3, "hit": False})
        assert view(at) == first
    at.query_params.clear()
    at.query_params["z"] = "3,-9"
    healthy(at.run())
    assert view(at)["yaxis"]["range"][0] < -9
    assert view(at)["uirevision"] != first["uirevision"]  # else the browser keeps the view that it has


def test_a_link_to_an_image_shows_its_reconstruction_and_its_own_numbers() -> None:
    at = visit(image="17")
    model = explorer.load(FLAT)
    of_test = model.codes("test")
    decoded = model.decode(of_test.mu[17][None])[0, :, :, 0]
    assert np.abs(picture(at, "decoder mean, test image 17") / 255.0 - decoded).max() < 1 / 255
    shown = facts(at)
    assert shown["Label of test image 17"] == str(of_test.known_labels[17])
    assert of_test.kl is not None
    terms = model.evaluate(sets.load("mnist", "test").floats(slice(17, 18)), samples=100)
    error = terms.nll_error[0]
    assert shown["ELBO"] == f"−{-terms.elbo[0]:.1f} ± {error:.1f} nats"
    assert shown["Reconstruction (nll)"] == f"{terms.nll[0]:.1f} ± {error:.1f} nats"
    assert shown["KL"] == f"{of_test.kl[17]:.2f} nats"
    assert shown["z₁, mu ± sd"] == f"{of_test.mu[17, 0]:.2f} ± {of_test.sd[17, 0]:.2f}".replace("-", "−")


def test_a_link_to_a_point_decodes_it() -> None:
    at = visit(z="0.31,-1.2")
    model = explorer.load(FLAT)
    assert address(at, "z") == "0.31,-1.2"
    assert address(at, "image") is None
    decoded = model.decode([[0.31, -1.2]])[0, :, :, 0]
    assert np.abs(picture(at, "decoder mean at z") / 255.0 - decoded).max() < 1 / 255
    assert facts(at)["z₂"] == "−1.20 sd"
    codes = model.codes()
    near = np.linalg.norm(codes.mu - [0.31, -1.2], axis=1).argsort()[:10]
    votes = np.bincount(codes.known_labels[near])
    assert (votes == votes.max()).sum() == 1
    assert facts(at)["Reads as"] == f"{votes.argmax()} {votes.max()} of 10 neighbours"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("z", "nan,0"),
        ("z", "1"),
        ("z", "1e9,0"),
        ("image", "99999999"),
        ("image", "-1"),
        ("prior", "yes"),
    ],
)
def test_a_bad_value_is_dropped_without_a_word(name: str, value: str) -> None:
    at = visit(**{name: value})
    assert not at.warning
    assert "Label of test image 0" in facts(at)


@pytest.mark.parametrize(("name", "value"), [("map", "umap"), ("map", "everything"), ("dims", "4")])
def test_instead_of_a_map_that_is_not_there_another_is_shown(name: str, value: str) -> None:
    at = visit(DEEP, **{name: value})
    assert not at.warning
    assert at.segmented_control(key="widget.map").value == "tsne"
    assert at.segmented_control(key="widget.dims").value == 2


def test_the_address_names_an_image_or_a_point_but_not_both() -> None:
    at = visit(image="4", z="1,1")
    assert "Label of test image 4" in facts(at)
    click(at, {"place": [7.0, -6.5], "reach": 0.01})
    assert (address(at, "image"), address(at, "z")) == (None, "7,-6.5")


def test_another_model_keeps_the_image_and_drops_the_point() -> None:
    at = visit(image="31")
    at.selectbox(key="widget.model").set_value(DEEP).run()
    assert address(healthy(at), "image") == "31"
    at = visit(z="1,1")
    at.selectbox(key="widget.model").set_value(DEEP).run()
    assert address(healthy(at), "z") is None


@pytest.mark.parametrize("kind", ["tsne", "pca"])
@pytest.mark.parametrize("dims", ["2", "3"])
def test_maps_of_many_dimensions(kind: str, dims: str) -> None:
    at = visit(DEEP, map=kind, dims=dims)
    assert not at.warning
    traces = {"2": "scattergl", "3": "scatter3d"}
    assert f'"type":"{traces[dims]}"' in at.get("plotly_chart")[0].proto.spec.replace(" ", "")


def test_go_to_takes_an_image_or_a_point_by_keyboard() -> None:
    at = visit()
    at.number_input(key=f"{inspector.GO}.image").set_value(123).run()
    assert address(healthy(at), "image") == "123"
    at.number_input(key=f"{inspector.GO}.z0").set_value(2.5).run()
    z = [float(value) for value in (address(healthy(at), "z") or "").split(",")]
    assert z == pytest.approx([2.5, float(explorer.load(FLAT).codes("test").mu[123, 1])], rel=1e-3)


# --- Clicks -----------------------------------------------------------------------------------------------


def test_a_click_on_a_point_chooses_the_image_and_one_beside_it_the_place() -> None:
    at = visit()
    mu = explorer.load(FLAT).codes("test").mu[5].astype(float)
    click(at, {"place": mu.tolist(), "index": 5, "hit": True})
    assert address(at, "image") == "5"
    click(at, {"place": [7.25, -6.5], "index": 5, "hit": False})
    assert (address(at, "image"), address(at, "z")) == (None, "7.25,-6.5")
    assert picture(at, "decoder mean at z").shape == (28, 28)


def test_the_same_click_again_loses_nothing() -> None:
    at = visit()
    for _ in range(2):
        click(at, {"place": [7.0, -6.5], "index": 5, "hit": False})
        assert address(at, "z") == "7,-6.5"


def test_a_click_is_taken_once() -> None:
    at = visit()
    click(at, {"place": [7.0, -6.5], "index": 5, "hit": False})
    at.number_input(key=f"{inspector.GO}.1.image").set_value(9).run()
    assert address(healthy(at), "image") == "9"


def test_on_a_map_without_coordinates_the_nearest_image_is_chosen_if_any_is_shown() -> None:
    at = visit(DEEP, map="pca")
    click(at, {"place": [0.5, 0.5], "index": 321, "hit": False})
    assert address(at, "image") == "321"
    click(at, {"place": [0.5, 0.5], "index": None, "hit": False})
    assert address(at, "image") == "321"


def test_a_click_in_three_dimensions_chooses_the_image() -> None:
    at = visit(DEEP, dims="3")
    click(at, {"index": 44, "hit": True})
    assert address(at, "image") == "44"


def test_an_image_that_does_not_exist_is_not_chosen() -> None:
    at = visit(DEEP, dims="3")
    click(at, {"index": 10**8, "hit": True})
    assert "Label of test image 0" in facts(at)


def test_the_server_draws_only_what_was_clicked_past_the_live_view() -> None:
    at = AppTest.from_file(str(APP), default_timeout=PATIENCE).switch_page("pages/latent_map.py")
    at.query_params["image"] = "17"
    healthy(at.run())
    assert "decoder mean, test image 17" not in html(at)
    assert facts(at)["Label of test image 17"] == str(explorer.load(FLAT).codes("test").known_labels[17])
    click(at, {"place": [7.0, -6.5], "index": 17, "hit": False})
    assert picture(at, "decoder mean at z").shape == (28, 28)


# --- Other models and machines ----------------------------------------------------------------------------


def test_without_the_data_set_all_but_the_original_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "images", lambda dataset, split="test": None)
    at = visit(image="17")
    assert "original, test image 17" not in html(at)
    assert picture(at, "decoder mean, test image 17").shape == (28, 28)
    assert "ELBO" in facts(at)


def test_the_original_is_the_data_sets_own(monkeypatch: pytest.MonkeyPatch, digits: np.ndarray) -> None:
    items = ImageSet(digits, np.arange(len(digits)) % 10)
    monkeypatch.setattr(datasets, "images", lambda dataset, split="test": items)
    at = visit(image="17")
    np.testing.assert_array_equal(picture(at, "original, test image 17"), digits[17, :, :, 0])


@pytest.mark.parametrize("latent_dim", [1, 2, 3, 5])
def test_models_of_any_number_of_dimensions_have_a_map(
    latent_dim: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tiny(tmp_path, latent_dim)
    monkeypatch.setattr(loaders, "open_model", lambda name: own)
    at = visit(image="3")
    assert not at.warning
    assert facts(at)["Label of test image 3"] == "3"
    if latent_dim > 2:
        expected = "space" if latent_dim == 3 else "pca"
        assert at.segmented_control(key="widget.map").value == expected
        missing = any("No t-SNE ships with this model" in caption.value for caption in at.caption)
        assert missing is (latent_dim > 3)


@pytest.mark.usefixtures("others")
def test_sixty_classes_have_their_names_on_the_map_and_no_legend() -> None:
    at = visit("shapes-2d", image="61")
    fig = json.loads(at.get("plotly_chart")[0].proto.spec)
    (trace,) = fig["data"]
    assert trace["showlegend"] is False
    assert len(trace["marker"]["colorscale"]) == 60
    names = {note["text"] for note in fig["layout"]["annotations"]}
    assert names
    assert names <= {f"shape {label}" for label in range(60)}
    assert facts(at)["Label of test image 61"] == "shape 1"
    assert visiting.pictures(at, "decoder mean, test image 61")[0].shape == (64, 64, 3)
    original = visiting.pictures(at, "original, test image 61")[0]
    np.testing.assert_array_equal(original, strangers.items("shapes").pixels[61])


@pytest.mark.usefixtures("others")
@pytest.mark.parametrize("dims", ["2", "3"])
def test_images_without_labels_are_coloured_by_their_loss(dims: str) -> None:
    at = visit("blobs-3d", map="pca", image="5", dims=dims)
    (trace,) = json.loads(at.get("plotly_chart")[0].proto.spec)["data"]
    assert trace["marker"]["colorbar"]["title"]["text"] == "−ELBO, nats per image"
    terms = strangers.model("blobs-3d").evaluate(strangers.items("blobs").floats(slice(5, 6)), samples=100)
    elbo = f"{terms.elbo[0]:.1f} ± {terms.nll_error[0]:.1f} nats"
    assert facts(at)["ELBO"] == elbo.replace("-", "−")
    assert facts(at)["Test image"] == "5"
    assert "Reads as" not in facts(at)


@pytest.mark.usefixtures("others")
def test_a_model_of_which_only_draws_are_known_answers_clicks_and_tells_no_nats() -> None:
    at = AppTest.from_file(str(APP), default_timeout=PATIENCE).switch_page("pages/latent_map.py")
    at.query_params["model"] = "foreign-3d"
    at.query_params["map"] = "pca"
    click(at, {"place": [0.5, 0.5], "index": 44, "hit": False})
    model = strangers.model("foreign-3d")
    shown = visiting.pictures(at, "decoder mean, test image 44")[0]
    np.testing.assert_allclose(shown, 255 * model.decode(model.codes().mu[44:45])[0, :, :, 0], atol=0.51)
    assert {"ELBO", "KL", "Reconstruction (nll)", "Reads as"}.isdisjoint(facts(at))
    assert facts(at)["z₂, mu ± sd"].endswith(f" ± {model.codes().sd[44, 1]:.2f}")


def test_a_map_knows_the_place_of_what_it_shows() -> None:
    places = np.array([[1.0, 2.0], [3.0, 4.0]])
    some = maps.Map("own", "some", places, np.array([7, 9]))
    np.testing.assert_array_equal(some.place(Chosen(image=9)), [3.0, 4.0])
    assert some.place(Chosen(image=8)) is None
    assert some.place(Chosen(z=(0.0,) * 20)) is None
    plane = maps.Map("plane", "plane", places, np.array([0, 1]))
    np.testing.assert_array_equal(plane.place(Chosen(z=(0.5, -0.5))), [0.5, -0.5])


def test_training_images_lie_on_the_plane_at_their_codes_and_cannot_be_chosen() -> None:
    at = visit(OTHER, training="1")
    traces = json.loads(at.get("plotly_chart")[0].proto.spec)["data"]
    points = [trace for trace in traces if trace["mode"] == "markers"]
    assert not any("customdata" in trace for trace in traces)
    assert points[3]["hovertemplate"].startswith("Training image, a 3,")
    shown = np.concatenate([np.frombuffer(b64decode(trace["x"]["bdata"]), "f4") for trace in points])
    model = explorer.load(OTHER)
    train = training_codes.shipped(model)
    assert train is not None
    np.testing.assert_array_equal(np.sort(shown), np.sort(train.mu[:, 0]))
    said = f"−ELBO {train.loss.mean():.2f} nats per image on average, the 10,000 test images"
    assert any(said in caption.value for caption in at.caption)
    click(at, {"place": [0.5, 0.25], "index": None, "hit": False})
    assert address(at, "z") == "0.5,0.25"


def test_training_codes_of_another_model_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    path = training_codes.path_of(OTHER)
    monkeypatch.setattr(training_codes, "path_of", lambda name: path)
    assert training_codes.shipped(explorer.load(FLAT)) is None
    assert training_codes.shipped(explorer.load(OTHER)) is not None


@pytest.mark.usefixtures("others")
def test_codes_of_three_dimensions_are_their_own_map_and_a_point_between_them_has_its_place() -> None:
    at = visit("blobs-3d", image="5")
    sent = json.loads(at.get("plotly_chart")[0].proto.spec)
    (trace,) = sent["data"]
    shown = np.stack([np.frombuffer(b64decode(trace[axis]["bdata"]), "f4") for axis in "xyz"], axis=1)
    np.testing.assert_array_equal(shown, strangers.model("blobs-3d").codes().mu)
    scene = sent["layout"]["scene"]
    assert [scene[f"{axis}axis"]["title"]["text"] for axis in "xyz"] == ["z₁", "z₂", "z₃"]
    assert scene["aspectmode"] == "data"
    click(at, {"index": 44, "hit": True})
    assert address(at, "image") == "44"
    space = maps.Map("space", "space", shown, np.arange(len(shown)))
    np.testing.assert_array_equal(space.place(Chosen(z=(0.5, -0.5, 1.0))), [0.5, -0.5, 1.0])


# --- t-SNE computed anew ----------------------------------------------------------------------------------


def codes_of(count: int) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(count, 6)).astype(np.float32)


def until(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def test_the_process_computes_what_the_library_does_and_tells_how_far_it_is() -> None:
    mu = codes_of(120)
    job, shares = Recomputation(mu, Request(np.arange(120), 2, 12.0)), {0.0}
    while not job.has_ended:
        shares.add(job.share)
        time.sleep(0.005)
    assert job.error == ""
    assert job.coordinates is not None
    np.testing.assert_allclose(job.coordinates, embedding.tsne(mu, 2, 12.0, 0), atol=1e-3)
    assert job.share == 1.0
    assert all(0 <= share <= 1 for share in shares)


def test_a_stopped_computation_ends_at_once_and_leaves_no_process() -> None:
    job = Recomputation(codes_of(2000), Request(np.arange(2000), 3, 30.0))
    until(lambda: job._board.process is not None)
    job.stop()
    until(lambda: job.has_ended, 20)
    assert job.coordinates is None
    assert job.was_stopped
    assert job.error == ""
    assert job._board.process is not None
    assert job._board.process.poll() is not None


def test_a_computation_that_nobody_holds_is_stopped() -> None:
    job = Recomputation(codes_of(2000), Request(np.arange(2000), 3, 30.0))
    board = job._board
    until(lambda: board.process is not None)
    del job
    gc.collect()
    until(board.ended.is_set, 20)
    assert board.result is None


def test_a_computation_that_fails_says_why() -> None:
    job = Recomputation(codes_of(20), Request(np.arange(20), 2, 500.0))
    until(lambda: job.has_ended)
    assert "perplexity" in job.error
    assert job.coordinates is None


def test_computations_wait_for_their_turn_and_can_be_stopped_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SLOTS", BoundedSemaphore(1))
    with jobs.SLOTS:
        job = Recomputation(codes_of(50), Request(np.arange(50), 2, 5.0))
        assert job.is_waiting
        assert job.seconds_left is None
        job.stop()
        until(lambda: job.has_ended, 20)
    assert job.coordinates is None


def test_a_server_refuses_more_computations_than_it_has_places_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SLOTS", BoundedSemaphore(1))
    monkeypatch.setattr(jobs, "PLACES", BoundedSemaphore(2))
    request = Request(np.arange(50), 2, 5.0)
    with jobs.SLOTS:
        waiting = [Recomputation(codes_of(50), request) for _ in range(2)]
        refused = Recomputation(codes_of(50), request)
        assert refused.has_ended
        assert refused.was_refused
        assert refused.error.endswith("already run or wait on this server; try again in a few minutes.")
        assert all(job.is_waiting for job in waiting)
        waiting[0].stop()
        until(lambda: waiting[0].has_ended, 20)
        waiting[0] = Recomputation(codes_of(50), request)
        assert waiting[0].is_waiting  # the place is free again
        for job in waiting:
            job.stop()
        until(lambda: all(job.has_ended for job in waiting), 20)


def test_the_page_says_in_one_sentence_that_the_server_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tiny(tmp_path, 5)
    monkeypatch.setattr(loaders, "open_model", lambda name: own)
    monkeypatch.setattr(jobs, "PLACES", BoundedSemaphore(1))
    with jobs.PLACES:
        at = computing(map="own")
        assert [warning.value for warning in at.warning] == [jobs.FULL]
        assert any(button.label == "Compute" for button in at.button)


@pytest.mark.parametrize("points", [7, 8, 16, 17, 60, 400])
def test_t_sne_works_at_both_ends_of_the_perplexities_offered(points: int) -> None:
    bounds = own_tsne.perplexities(points)
    assert bounds is not None
    assert bounds[0] < bounds[1]
    if points < 100:
        for perplexity in bounds:
            assert embedding.tsne(codes_of(points), 3, perplexity).shape == (points, 3)


def test_too_few_images_for_t_sne_are_not_offered_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert own_tsne.perplexities(6) is None
    few = tiny(tmp_path, 4, images=6)
    monkeypatch.setattr(loaders, "open_model", lambda name: few)
    at = visit(map="own")
    assert not any(control.label == "Map" for control in at.segmented_control)  # but for PCA there is none


def computing(**query: str) -> AppTest:
    """The page while the user's t-SNE is computed, without a chart."""
    at = AppTest.from_file(str(APP), default_timeout=PATIENCE).switch_page("pages/latent_map.py")
    for name, value in query.items():
        at.query_params[name] = value
    assert not at.run().exception
    return at


def test_the_user_s_t_sne_is_computed_shown_and_kept_for_all_who_ask_for_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tiny(tmp_path, 5)
    monkeypatch.setattr(loaders, "open_model", lambda name: own)
    at = visit(map="pca", perplexity="7")
    at.segmented_control(key="widget.map").set_value("own").run()
    assert at.slider(key="widget.perplexity").value == 7
    assert not at.exception
    assert (address(at, "map"), address(at, "perplexity")) == ("own", "7")
    job = at.session_state[own_tsne.UNDER_WAY + own.fingerprint]
    until(lambda: job.has_ended)
    at.run()
    assert any("t-SNE of 60 test images, perplexity 7." in caption.value for caption in healthy(at).caption)
    expected = embedding.tsne(own.codes("test").mu, 2, 7.0)
    traces = json.loads(at.get("plotly_chart")[0].proto.spec)["data"]
    shown = [np.frombuffer(b64decode(trace["x"]["bdata"]), "f4") for trace in traces[:10]]
    for label, places in enumerate(shown):
        np.testing.assert_allclose(places, expected[label::10, 0], atol=1e-2)

    def no_more(*_: object) -> None:
        raise AssertionError("it is computed again")

    monkeypatch.setattr(own_tsne, "Recomputation", no_more)
    healthy(visit(map="own", perplexity="7"))  # another session, as after a reload


def test_points_on_their_way_lie_in_a_square_as_seen_at_first() -> None:
    places = np.array([[0.0, 0.0], [2.0, 1.0], [1.0, 0.5]])
    steps = moving._steps(places)
    np.testing.assert_array_equal(steps, [[0, 16384], [65535, 49151], [32768, 32768]])
    across = np.eye(3) @ names.SCREEN
    np.testing.assert_array_equal(moving._steps(np.eye(3)), moving._steps(across))
