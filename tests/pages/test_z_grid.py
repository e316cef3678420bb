"""z-grid: the slice that the address describes, its orientation, the path over it, clicks, the download."""

import base64
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy.stats import norm
from streamlit.testing.v1 import AppTest

from tests.pages import strangers
from vae import explorer
from vae.images import sets
from vae.latent import paths
from vae.web.kit import loaders
from vae.web.live import Pick, chart
from vae.web.pages.z_grid import grid, slices

APP = Path(__file__).parents[2] / "app.py"
FLAT, DEEP = "mnist-vae-2d", "mnist-vae-20d"
PATIENCE = 120.0  # seconds


def visit(model: str = FLAT, **query: str) -> AppTest:
    """The page where the live view has not started, so that the server draws what is chosen."""
    at = AppTest.from_file(str(APP), default_timeout=PATIENCE).switch_page("pages/z_grid.py")
    for name, value in ({"model": model} | query).items():
        at.query_params[name] = value
    at.session_state[grid.CHART + chart.SERVED] = True
    return healthy(at.run(), charts=1 + ("grid_beside" in query))


def healthy(at: AppTest, charts: int = 1) -> AppTest:
    assert not at.exception
    assert len(at.get("plotly_chart")) == charts
    return at


def address(at: AppTest, name: str) -> str | None:
    value = at.query_params.get(name)
    return value[-1] if isinstance(value, list) else value


def figure(at: AppTest) -> dict[str, Any]:
    """The grid's figure, as it is sent to the browser."""
    sent: dict[str, Any] = json.loads(at.get("plotly_chart")[0].proto.spec)
    return sent


def image_trace(at: AppTest) -> dict[str, Any]:
    return next(trace for trace in figure(at)["data"] if trace["type"] == "image")


def drawn(at: AppTest) -> np.ndarray:
    """The grid as the browser draws it, lowest row first as plotly's y grows: (H, W) in grey levels."""
    source = image_trace(at)["source"].partition(",")[2]
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(source))).convert("L"))


def endless(at: AppTest) -> dict[str, Any]:
    """What the browser is told of the endless plane."""
    told = (json.loads(element.proto.json) for element in at.get("bidi_component") if element.proto.json)
    return next(data["sheet"] for data in told if data.get("mode") == "plane")


def click(at: AppTest, x: float, y: float) -> AppTest:
    """What the browser sends for a click there."""
    at.session_state[grid.CHART + chart.PICKED] = Pick((x, y))
    return healthy(at.run())


def test_the_page_opens_on_the_grid_of_the_source() -> None:
    at = visit()
    assert not at.warning
    assert (address(at, "side"), address(at, "range")) == (None, None)
    assert drawn(at).shape == (25 * 28, 25 * 28)
    assert {shape["name"] for shape in figure(at)["layout"]["shapes"]} >= {"path", "path start", "path end"}


@pytest.mark.parametrize(("side", "reach"), [("10", "0.5"), ("17", "4")])
def test_each_place_shows_the_decoded_code_and_the_second_coordinate_grows_upward(
    side: str, reach: str
) -> None:
    at = visit(side=side, range=reach)
    model, count = explorer.load(FLAT), int(side)
    codes = paths.grid(count, float(reach))
    rows = drawn(at).reshape(count, 28, count, 28)
    trace = image_trace(at)
    assert trace["dy"] > 0
    for i, j in [(0, 0), (count - 1, 0), (3, count - 2)]:  # i grows with z₂
        expected = model.decode(codes[i, j][None])[0, ::-1, :, 0]  # the rows of the picture grow upward too
        assert np.abs(rows[i, :, j] / 255.0 - expected).max() < 1.5 / 255
        middle = trace["y0"] + trace["dy"] * (28 * i + 13.5)
        assert middle == pytest.approx(codes[i, j, 1], abs=1e-6)


def test_the_path_runs_from_the_first_image_of_one_digit_to_that_of_the_other() -> None:
    codes = explorer.load(FLAT).codes("test")
    at = visit(start="4", end="2")
    shapes = {shape["name"]: shape for shape in figure(at)["layout"]["shapes"]}
    for name, digit, letter in (("path start", 4, "A"), ("path end", 2, "B")):
        mu = codes.mu[np.flatnonzero(codes.labels == digit)[0]]
        assert [shapes[name]["xanchor"], shapes[name]["yanchor"]] == pytest.approx(mu.tolist(), abs=1e-5)
        assert letter in shapes[name]["label"]["text"]
    assert endless(at)["path"]["labels"] == ["4", "2"]


def test_the_part_in_sight_is_in_the_address_and_comes_back_with_it() -> None:
    at = visit(window="1.25,-0.5,0.5", side="11")
    assert endless(at)["window"] == [1.25, -0.5, 0.5]
    trace, rows = image_trace(at), drawn(at).reshape(11, 28, 11, 28)
    z = np.array([[1.25, -0.5]]) + 0.1 * np.array([[-5, 3]])
    expected = explorer.load(FLAT).decode(z)[0, ::-1, :, 0]
    assert np.abs(rows[8, :, 0] / 255.0 - expected).max() < 1.5 / 255
    assert trace["x0"] + trace["dx"] * 13.5 == pytest.approx(0.75, abs=1e-6)
    seen = slices.Sheet(11, 2.0, (0.0, 0.0), ((1.0, 0.0), (0.0, 1.0)), (0, 1), window=(-2.0, 1.0, 0.25))
    np.testing.assert_allclose(seen.codes[[0, -1], [0, -1]], [[-2.25, 0.75], [-1.75, 1.25]])


def test_a_dragged_end_is_in_the_address_and_reads_as_what_is_around_it() -> None:
    at = visit(start_z="2.04,-0.31")  # among the sevens
    assert endless(at)["path"]["a"] == [2.04, -0.31]
    assert endless(at)["path"]["labels"] == ["7", "7"]
    next(box for box in at.selectbox if box.label == "Start").set_value(4).run()
    assert address(healthy(at), "start_z") is None
    assert endless(at)["path"]["labels"] == ["4", "7"]


def test_the_path_can_be_switched_off() -> None:
    at = visit()
    at.toggle(key="widget.trajectory").set_value(False).run()
    assert address(healthy(at), "trajectory") == "0"
    assert not figure(at)["layout"].get("shapes")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("side", "9"),
        ("side", "1e3"),
        ("range", "nan"),
        ("range", "4.5"),
        ("window", "0,0,9"),
        ("window", "0,1"),
        ("start", "99"),
        ("trajectory", "on"),
        ("z", "inf,0"),
    ],
)
def test_a_bad_value_is_dropped(name: str, value: str) -> None:
    at = visit(**{name: value})
    assert not at.warning
    assert drawn(at).shape == (25 * 28, 25 * 28)


def test_a_click_decodes_the_place() -> None:
    at = visit()
    click(at, 0.5, -1.0)
    assert address(at, "z") == "0.5,-1"
    assert any('alt="decoder mean at z"' in element.proto.body for element in at.get("html"))


# --- More than two dimensions -----------------------------------------------------------------------------


def test_at_first_the_two_most_informative_coordinates_are_shown() -> None:
    at = visit(DEEP)
    most = np.argsort(-explorer.load(DEEP).kl_per_dim)[:2] + 1
    assert [at.selectbox(key=f"widget.{name}").value for name in ("across", "up")] == most.tolist()


def test_both_axes_cannot_show_the_same_coordinate() -> None:
    at = visit(DEEP, across="3", up="3")
    assert not at.warning
    assert address(at, "across") == "3"
    assert at.selectbox(key="widget.up").value != 3


@pytest.mark.parametrize("hold", ["zero", "class", "image"])
def test_the_other_coordinates_are_held_at_the_chosen_code(hold: str) -> None:
    at = visit(DEEP, across="2", up="5", hold=hold, hold_class="6", hold_image="11", side="10")
    model = explorer.load(DEEP)
    base = {
        "zero": np.zeros(20),
        "class": model.class_means[6],
        "image": model.codes("test").mu[11].astype(float),
    }[hold]
    z = base.copy()
    z[[1, 4]] = -2.0
    lowest_left = drawn(at)[:28, :28][::-1]
    assert np.abs(lowest_left / 255.0 - model.decode(z[None])[0, :, :, 0]).max() < 1.5 / 255
    click(at, 2.0, -2.0)
    z[1] = 2.0
    clicked = [float(value) for value in (address(at, "z") or "").split(",")]
    assert clicked == pytest.approx(z.tolist(), abs=2e-3)


@pytest.mark.parametrize("side", ["25", "12"])
def test_the_images_under_a_path_beyond_two_dimensions_are_those_on_it(side: str) -> None:
    """Straight from one code to the other by weights and distances, without the page's directions."""
    at = visit(DEEP, slice="path", start="0", end="7", side=side)
    model, count = explorer.load(DEEP), int(side)
    codes = model.codes()
    a, b = (codes.mu[np.flatnonzero(codes.labels == digit)[0]] for digit in (0, 7))
    shapes = {shape["name"]: shape for shape in figure(at)["layout"]["shapes"]}
    trace, rows = image_trace(at), drawn(at).reshape(count, 28, count, 28)
    places = []
    for name, z in (("path start", a), ("path end", b)):
        x, y = shapes[name]["xanchor"], shapes[name]["yanchor"]
        j, i = ((place - trace[first]) / (28 * trace["dy"]) for place, first in ((x, "x0"), (y, "y0")))
        shown = rows[int(i), :, int(j)][::-1] / 255.0
        assert np.abs(shown - model.decode(z[None])[0, :, :, 0]).max() < 2 / 255
        places.append((int(i), int(j)))
    (row, first), (same, last) = places
    assert row == same
    for j in range(first, last + 1):
        t = (j - first) / (last - first)
        expected = model.decode(((1 - t) * a + t * b)[None])[0, :, :, 0]
        assert np.abs(rows[row, :, j][::-1] / 255.0 - expected).max() < 2 / 255
    assert any("The images under the path are those on it" in caption.value for caption in at.caption)
    click(at, shapes["path end"]["xanchor"], shapes["path end"]["yanchor"])
    clicked = [float(value) for value in (address(at, "z") or "").split(",")]
    assert clicked == pytest.approx(b.tolist(), abs=2e-3)


def test_two_coordinates_beyond_two_dimensions_carry_no_path() -> None:
    assert not figure(visit(DEEP, trajectory="1"))["layout"].get("shapes")


def test_the_ends_of_the_path_are_two_classes_and_carry_their_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = explorer.load(FLAT)
    clothes = replace(model.record, dataset=sets.dataset("fashion-mnist"))
    monkeypatch.setattr(model, "record", clothes)
    monkeypatch.setattr(loaders, "open_model", lambda name: model)
    at = visit(start="1", end="1", side="11")
    assert endless(at)["path"]["labels"] == ["Trouser", "Pullover"]


def test_a_model_with_one_dimension_gets_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    model = explorer.load(FLAT)
    monkeypatch.setattr(type(model), "latent_dim", 1)
    monkeypatch.setattr(loaders, "open_model", lambda name: model)
    at = AppTest.from_file(str(APP), default_timeout=PATIENCE).switch_page("pages/z_grid.py").run()
    assert not at.exception
    assert "two latent dimensions" in at.info[0].value


# --- What is drawn over it, and beside it -----------------------------------------------------------------


def test_images_at_quantiles_are_those_of_the_source_and_a_click_there_gives_their_code() -> None:
    at = visit(spacing="quantiles")
    z = norm.ppf(np.linspace(0.05, 0.95, 15))
    rows, model = drawn(at).reshape(15, 28, 15, 28), explorer.load(FLAT)
    trace = image_trace(at)
    for i, j in [(0, 0), (7, 3), (14, 11)]:
        expected = model.decode([[z[j], z[i]]])[0, ::-1, :, 0]
        assert np.abs(rows[i, :, j] / 255.0 - expected).max() < 2 / 255
    click(at, *(trace["x0"] + trace["dx"] * (28 * k + 13.5) for k in (3, 7)))
    clicked = [float(value) for value in (address(at, "z") or "").split(",")]
    assert clicked == pytest.approx([z[3], z[7]], abs=1e-3)
    axis = figure(at)["layout"]["xaxis"]
    labelled = dict(zip(axis["ticktext"], numbers(axis["tickvals"]), strict=True))
    assert labelled["0"] == pytest.approx(0.0, abs=1e-9)
    assert labelled["1"] - labelled["0.5"] < labelled["0.5"] - labelled["0"]  # fewer draws lie further out


def test_images_fade_with_the_density_of_the_prior() -> None:
    at = visit(fade="1", side="11")
    source = image_trace(at)["source"].partition(",")[2]
    alpha = np.asarray(Image.open(io.BytesIO(base64.b64decode(source))).getchannel("A")) / 255.0
    tiles = alpha.reshape(11, 28, 11, 28)
    z = np.linspace(-2, 2, 11)
    share = norm.pdf(z) / norm.pdf(0)
    np.testing.assert_allclose(tiles[:, 14, :, 14], share[:, None] * share, atol=0.6 / 255)
    assert (tiles == tiles[:, :1, :, :1]).all()


@pytest.mark.parametrize("spacing", ["even", "quantiles"])
def test_test_codes_lie_over_the_images_that_they_decode_to_and_can_be_picked(spacing: str) -> None:
    at = visit(codes="1", spacing=spacing, trajectory="0")
    points = [trace for trace in figure(at)["data"] if trace["type"] == "scattergl"]
    places = {
        int(index): place
        for trace in points
        if "customdata" in trace
        for index, *place in zip(
            *map(numbers, (trace[name] for name in ("customdata", "x", "y"))), strict=True
        )
    }
    mu = explorer.load(FLAT).codes("test").mu
    assert len(places) == len(mu)
    inside = np.flatnonzero(np.abs(mu).max(axis=1) < 1.5)[1:4]
    for image in inside.tolist():
        click(at, *places[image])
        clicked = [float(value) for value in (address(at, "z") or "").split(",")]
        assert clicked == pytest.approx(mu[image].tolist(), abs=2e-3)
    at.session_state[grid.CHART + chart.PICKED] = Pick((0.0, 0.0), int(inside[0]), hit=True)
    assert address(healthy(at.run()), "image") == str(inside[0])


def test_the_grid_of_another_model_stands_beside_it_at_the_same_codes() -> None:
    at = visit(grid_beside="mnist-mse-vae-2d", z="1,0.5", side="10")
    shown = [json.loads(each.proto.spec) for each in at.get("plotly_chart")]
    assert [each["layout"]["title"]["text"] for each in shown] == [
        explorer.load(name).title for name in (FLAT, "mnist-mse-vae-2d")
    ]
    pictures = [np.asarray(Image.open(io.BytesIO(base64.b64decode(source_of(each))))) for each in shown]
    for picture, name in zip(pictures, (FLAT, "mnist-mse-vae-2d"), strict=True):
        expected = explorer.load(name).decode([[-2.0, -2.0]])[0, ::-1, :, 0]
        assert np.abs(picture[:28, :28] / 255.0 - expected).max() < 1.5 / 255
    at.session_state[grid.OTHER + chart.PICKED] = Pick((-1.0, 0.25))
    assert address(healthy(at.run(), charts=2), "z") == "-1,0.25"


def source_of(sent: dict[str, Any]) -> str:
    source: str = next(trace for trace in sent["data"] if trace["type"] == "image")["source"]
    return source.partition(",")[2]


def numbers(sent: Any) -> list[float]:
    """An array as it is sent to the browser."""
    if isinstance(sent, list):
        return sent
    found: list[float] = np.frombuffer(base64.b64decode(sent["bdata"]), sent["dtype"]).tolist()
    return found


# --- The slice itself -------------------------------------------------------------------------------------


def test_a_slice_knows_which_codes_lie_in_it() -> None:
    slice_ = slices.along_axes(11, 2.0, axes=(2, 0), base=np.array([9.0, 0.5, 9.0]))
    z = np.array(slice_.code(1.0, -1.5))
    np.testing.assert_array_equal(z, [-1.5, 0.5, 1.0])
    np.testing.assert_array_equal(slice_.place(z), [1.0, -1.5])
    assert slice_.place(z + np.array([0, 0.1, 0])) is None
    assert slice_.place(np.array([5.0, 0.5, 0.0])) is None


def test_the_download_is_the_grid_pixel_for_pixel() -> None:
    model = explorer.load(FLAT)
    slice_ = slices.along_axes(10, 1.5, axes=(0, 1), base=np.zeros(2))
    picture = np.asarray(Image.open(io.BytesIO(grid.png_of(model, slice_))))
    expected = model.grid(10, 1.5)[..., 0]
    assert picture.shape == (280, 280)
    assert np.abs(picture / 255.0 - expected).max() < 1 / 255
    top_left = model.decode([[-1.5, 1.5]])[0, :, :, 0]
    assert np.abs(picture[:28, :28] / 255.0 - top_left).max() < 1.5 / 255


# --- Images of any kind -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("others")
def test_a_grid_of_colour_images_and_a_path_between_two_of_sixty_classes() -> None:
    at = visit("shapes-2d", side="10", start="59", end="3")
    model = strangers.model("shapes-2d")
    picture = in_colour(at)
    assert picture.shape == (640, 640, 3)
    lowest_right = picture[:64, -64:][::-1]
    expected = model.decode([[2.0, -2.0]])[0]
    np.testing.assert_allclose(lowest_right / 255.0, expected, atol=1.5 / 255)
    shapes = {shape["name"]: shape for shape in figure(at)["layout"]["shapes"]}
    for name, image in (("path start", 59), ("path end", 3)):  # the first images of these classes
        place = [shapes[name]["xanchor"], shapes[name]["yanchor"]]
        assert place == pytest.approx(model.codes().mu[image].tolist(), abs=1e-5)
    assert ends_named(at) == ["shape 59", "shape 3"]
    assert download(at) == "Download PNG, 640 × 640 pixels"


@pytest.mark.usefixtures("others")
def test_without_labels_a_path_runs_between_two_images_and_nothing_is_held_at_a_class() -> None:
    at = visit("blobs-3d", slice="path", start_image="3", end_image="3", side="11")
    assert address(at, "end_image") == "4"
    assert ends_named(at) == ["image 3", "image 4"]
    at = visit("blobs-3d", hold="class")
    assert [option for option in at.selectbox(key="widget.hold").options if "class" in option] == []


@pytest.mark.usefixtures("others")
def test_coordinates_of_a_model_without_a_kl_carry_no_nats_and_images_keep_their_shape() -> None:
    at = visit("foreign-3d", side="10")
    assert at.selectbox(key="widget.across").options == ["z₁", "z₂", "z₃"]
    assert drawn(at).shape == (200, 120)
    assert figure(at)["layout"]["yaxis"]["scaleratio"] == pytest.approx(20 / 12)
    assert download(at) == "Download PNG, 120 × 200 pixels"


def ends_named(at: AppTest) -> list[str]:
    """What the live view calls the ends of the path."""
    told = (json.loads(element.proto.json) for element in at.get("bidi_component") if element.proto.json)
    (sheet,) = (data["sheet"] for data in told if data.get("mode") == "plane")
    return list(sheet["path"]["labels"])


def in_colour(at: AppTest) -> np.ndarray:
    """The grid as the browser draws it, lowest row first, (H, W, 3)."""
    source = image_trace(at)["source"].partition(",")[2]
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(source))))


def download(at: AppTest) -> str:
    """What is written on the button."""
    return str(at.get("download_button")[0].proto.label)
