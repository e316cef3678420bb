"""Figures against what was put in, and against formulas of others: SciPy, NumPy, Pillow."""

import base64
import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from scipy.stats import chi2

from vae import figures
from vae.figures.few_labels import Learner, label_efficiency
from vae.figures.path_strip import Curve, Reading, path_strip
from vae.latent import paths

rng = np.random.default_rng(0)
LABELS = rng.integers(0, 10, size=300)
Z = (np.arange(20).reshape(10, 2)[LABELS] / 10 + rng.normal(size=(300, 2))).astype(np.float32)


def traces(fig: go.Figure, mode: str = "markers") -> dict[str, Any]:
    """Traces of a mode by name, without the points that only make the plane clickable."""
    return {trace.name: trace for trace in fig.data if trace.mode == mode and trace.name != "plane"}


def shape(fig: go.Figure, name: str) -> Any:
    (found,) = (shape for shape in fig.layout.shapes if shape.name == name)
    return found


def svg_points(path: str) -> np.ndarray:
    corners = path.strip("MZ").split("L")
    return np.array([[float(number) for number in corner.split(",")] for corner in corners])


def png_of(fig: go.Figure) -> np.ndarray:
    """Pixels of the picture in a decoded grid, (H, W), in the order of the file."""
    head, _, data = fig.data[0].source.partition(",")
    assert head == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as image:
        image.load()
        assert image.mode == "L"
        return np.array(image)


# The plane of codes


def test_scatter_holds_the_codes_of_each_class() -> None:
    shown = traces(figures.latent_scatter(Z, LABELS))
    assert list(shown) == list("0123456789")
    for digit, trace in enumerate(shown.values()):
        members = np.flatnonzero(np.equal(LABELS, digit))
        assert_array_equal(np.stack([trace.x, trace.y], axis=1), Z[members])
        assert_array_equal(trace.customdata, members)
        assert trace.marker.color == figures.CLASS_COLOURS[digit]
        assert trace.marker.opacity == 0.6


def test_scatter_of_a_subset_carries_the_indices_it_was_given() -> None:
    index = np.arange(300) * 7
    shown = traces(figures.latent_scatter(Z, LABELS, index=index))
    assert_array_equal(shown["4"].customdata, index[LABELS == 4])


def test_hover_reads_as_a_sentence() -> None:
    shown = traces(figures.latent_scatter(Z, LABELS))
    assert shown["4"].hovertemplate.startswith("Test image %{customdata}, a 4, at z = (%{x:.2f}, %{y:.2f})")
    assert ", an 8, " in shown["8"].hovertemplate
    named = figures.embedding_scatter(Z[:1], [9], class_names=["", *"12345678", "Ankle boot"])
    assert named.data[0].hovertemplate == "Test image %{customdata}, an Ankle boot<extra></extra>"


def test_the_digit_is_written_at_each_class_peak() -> None:
    peaks = paths.class_peaks(Z, LABELS)
    peaks[3] = np.nan
    signs = traces(figures.latent_scatter(Z, LABELS, peaks), mode="markers+text")
    assert "3" not in signs
    assert len(signs) == 9
    for name, sign in signs.items():
        assert_allclose([sign.x[0], sign.y[0]], peaks[int(name)])
        assert tuple(sign.text) == (name,)
        assert sign.hoverinfo == "skip"


def test_a_sign_is_hidden_with_its_class() -> None:
    fig = figures.latent_scatter(Z, LABELS, paths.class_peaks(Z, LABELS))
    signs = traces(fig, mode="markers+text")
    for name, points in traces(fig).items():
        assert points.legendgroup == signs[name].legendgroup
        assert points.showlegend is None
        assert signs[name].showlegend is False


def test_long_class_names_are_numbered_on_the_map_and_in_the_legend() -> None:
    names = [f"garment {k}" for k in range(10)]
    fig = figures.latent_scatter(Z, LABELS, paths.class_peaks(Z, LABELS), names)
    sign = traces(fig, mode="markers+text")["7 garment 7"]
    assert tuple(sign.text) == ("7",)
    assert "7 garment 7" in traces(fig)


def test_axes_are_linear_equal_and_named_with_their_unit() -> None:
    fig = figures.latent_scatter(Z, LABELS, axes=(0, 11))
    assert fig.layout.xaxis.title.text == "z₁ (prior standard deviations)"
    assert fig.layout.yaxis.title.text == "z₁₂ (prior standard deviations)"
    assert (fig.layout.yaxis.scaleanchor, fig.layout.yaxis.scaleratio) == ("x", 1)
    for axis, values in ((fig.layout.xaxis, Z[:, 0]), (fig.layout.yaxis, Z[:, 1])):
        assert axis.type is None  # numbers make plotly choose a linear axis
        assert axis.range[0] < np.quantile(values, 0.01) < np.quantile(values, 0.99) < axis.range[1]


def test_the_first_view_is_not_made_small_by_a_few_far_codes() -> None:
    codes = rng.normal(size=(1000, 2))
    view = figures.latent_scatter(codes, [0] * 1000).layout
    codes[:2] = [[40.0, 0.0], [0.0, -60.0]]
    stretched = figures.latent_scatter(codes, [0] * 1000).layout
    assert_allclose(stretched.xaxis.range, view.xaxis.range, atol=0.3)
    assert_allclose(stretched.yaxis.range, view.yaxis.range, atol=0.3)
    assert view.xaxis.range[0] < -3 < 3 < view.xaxis.range[1]  # the prior's circle of 3 standard deviations


def test_a_view_is_widened_only_for_what_lies_outside_it() -> None:
    fig = figures.focus(figures.latent_scatter(Z, LABELS), [0.0, 0.0], 2.0)
    assert figures.include(fig, [[1.5, -1.5], [0.0, 0.0]]) is fig
    wider = figures.include(fig, [[1.0, 7.0], [0.0, 0.0]]).layout
    assert tuple(wider.xaxis.range) == (-2.0, 2.0)
    assert wider.yaxis.range[0] == -2.0
    assert 7.0 < wider.yaxis.range[1] < 7.5
    assert tuple(fig.layout.yaxis.range) == (-2.0, 2.0)  # the figure itself is left alone
    with pytest.raises(ValueError, match="points must have shape"):
        figures.include(fig, [1.0, 7.0])


def test_the_empty_plane_is_clickable_and_invisible() -> None:
    plane = figures.latent_scatter(Z, LABELS).data[0]
    assert set(plane.customdata) == {-1}
    assert plane.hoverinfo == "none"  # "skip" would take clicks away as well
    assert plane.marker.opacity == plane.selected.marker.opacity == plane.unselected.marker.opacity == 0


def test_no_point_of_the_plane_is_in_the_way_of_a_code() -> None:
    codes = Z[:40]
    plane = figures.latent_scatter(codes, LABELS[:40]).data[0]
    points = np.stack([plane.x, plane.y], axis=1).astype(float)
    step = np.diff(np.unique(np.round(points[:, 0], 4))).min()
    assert 0.05 <= step <= 0.15
    nearest = np.abs(points[:, None] - codes[None]).max(axis=2).min(axis=1)
    assert nearest.min() > 0.49 * step
    everywhere = rng.uniform(-4, 4, size=(50, 2))
    targets = np.concatenate([points, codes])
    assert np.abs(everywhere[:, None] - targets[None]).max(axis=2).min(axis=1).max() < step


def test_clicks_can_be_marked_in_the_browser() -> None:
    plane = figures.latent_scatter(Z, LABELS, mark_clicks=True).data[0]
    assert (plane.marker.opacity, plane.selected.marker.opacity) == (0, 1)


def test_points_can_be_left_alone() -> None:
    fig = figures.latent_scatter(Z, LABELS, clickable=False)
    assert all(trace.name != "plane" for trace in fig.data)


def test_zoom_is_kept_for_as_long_as_its_key() -> None:
    assert figures.latent_scatter(Z, LABELS, uirevision="model-a").layout.uirevision == "model-a"
    assert figures.latent_scatter(Z, LABELS).layout.margin.autoexpand is False


def test_embeddings_have_no_ticks() -> None:
    fig = figures.embedding_scatter(Z, LABELS)
    assert fig.layout.xaxis.visible is fig.layout.yaxis.visible is False
    assert_array_equal(traces(fig)["2"].x, Z[LABELS == 2, 0])
    assert fig.layout.yaxis.scaleanchor == "x"


def test_embedding_in_three_dimensions_holds_the_coordinates() -> None:
    coords = rng.normal(size=(300, 3)).astype(np.float32)
    means = paths.class_peaks(coords, LABELS)
    fig = figures.embedding_scatter_3d(coords, LABELS, means)
    trace = traces(fig)["5"]
    assert trace.type == "scatter3d"
    assert_array_equal(np.stack([trace.x, trace.y, trace.z], axis=1), coords[LABELS == 5])
    sign = traces(fig, mode="markers+text")["5"]
    assert_allclose([sign.x[0], sign.y[0], sign.z[0]], means[5])


@pytest.mark.parametrize("build", [figures.latent_scatter, figures.embedding_scatter])
def test_a_single_code_makes_a_figure(build: Callable[..., go.Figure]) -> None:
    fig = build([[0.5, 0.5]], [3])
    assert fig.layout.xaxis.range[0] < 0.5 < fig.layout.xaxis.range[1]


# What is drawn on the plane


@pytest.mark.parametrize("radius", [0.5, 1, 2, 3])
def test_prior_mass_matches_scipy(radius: float) -> None:
    assert figures.prior_mass(radius) == pytest.approx(chi2(df=2).cdf(radius**2), abs=1e-12)


def test_prior_contours_are_circles_labelled_with_the_mass_inside() -> None:
    fig = figures.latent_scatter(Z, LABELS, prior_contours=True)
    circles = traces(fig, mode="lines")["prior"]
    radii = np.hypot(circles.x, circles.y)
    assert_allclose(np.unique(np.round(radii[np.isfinite(radii)], 4)), [1, 2, 3])
    texts = {note.y: note.text for note in fig.layout.annotations}
    for radius in (1, 2, 3):
        assert f"{radius} sd · {100 * chi2(df=2).cdf(radius**2):.0f} %" in texts[radius]


def test_path_keeps_its_points_from_start_to_end() -> None:
    path = paths.spherical_path([2.0, 0.5], [-1.0, 1.0], 81)
    fig = figures.add_path(go.Figure(), path, "0", "7")
    assert_allclose(svg_points(shape(fig, "path").path), path, atol=1e-5)
    for name, place, text in (("path start", path[0], "0"), ("path end", path[-1], "7")):
        disc = shape(fig, name)
        assert_allclose([disc.xanchor, disc.yanchor], place)
        assert disc.label.text == f"<b>{text}</b>"


def test_the_arrow_points_along_the_end_of_the_path() -> None:
    path = paths.linear_path([0.0, 0.0], [-3.0, 4.0], 9)
    arrow = svg_points(shape(figures.add_path(go.Figure(), path), "path arrowhead").path)
    tip, *back = arrow
    along = tip - np.mean(back, axis=0)
    assert_allclose(along / np.linalg.norm(along), [-0.6, 0.8], atol=1e-4)


def test_a_path_that_never_moves_has_no_arrow() -> None:
    fig = figures.add_path(go.Figure(), np.ones((5, 2)))
    assert "path arrowhead" not in {shape.name for shape in fig.layout.shapes}


@pytest.mark.parametrize("count", [1, 2])
def test_the_posterior_is_drawn_at_1_and_2_standard_deviations(count: int) -> None:
    """A circle of plotly is the ellipse inscribed in its box: its middle and half axes say which one."""
    mu, sd = np.array([0.7, -1.1]), np.array([0.2, 0.05])
    box = shape(figures.add_ellipse(go.Figure(), mu, sd), f"posterior {count} sd")
    centre = np.array([box.x0 + box.x1, box.y0 + box.y1]) / 2
    half = np.array([box.x1 - box.x0, box.y1 - box.y0]) / 2
    angle = np.linspace(0, 2 * np.pi, 50)[:, None]
    points = centre + half * np.hstack([np.cos(angle), np.sin(angle)])
    assert_allclose((((points - mu) / sd) ** 2).sum(axis=1), count**2)
    assert box.type == "circle"


def test_marker_sits_at_z_with_its_label() -> None:
    fig = figures.add_marker(figures.latent_scatter(Z, LABELS), [0.31, -1.2], "this image")
    assert (shape(fig, "chosen").xanchor, shape(fig, "chosen").yanchor) == (0.31, -1.2)
    note = fig.layout.annotations[-1]
    assert (note.x, note.y, note.text) == (0.31, -1.2, "this image")


@pytest.mark.parametrize(("x", "anchor"), [(-2.0, "left"), (2.0, "right")])
def test_a_label_grows_towards_the_middle(x: float, anchor: str) -> None:
    fig = figures.focus(go.Figure(), [0, 0], 3)
    assert figures.add_marker(fig, [x, 0], "z").layout.annotations[-1].xanchor == anchor


def test_cloud_holds_the_encodings_and_does_not_fade_on_selection() -> None:
    cloud = figures.add_cloud(go.Figure(), Z).data[0]
    assert_array_equal(np.stack([cloud.x, cloud.y], axis=1), Z)
    assert cloud.hoverinfo == "skip"
    assert cloud.unselected.marker.opacity == cloud.marker.opacity


def test_cells_of_a_grid_can_carry_their_number() -> None:
    cells = paths.grid(4).reshape(-1, 2)
    plane = figures.add_plane(go.Figure(), cells, np.arange(16)).data[0]
    assert_array_equal(plane.customdata, np.arange(16))
    assert_allclose(np.stack([plane.x, plane.y], axis=1), cells, rtol=1e-6)


def test_focus_zooms_around_a_code() -> None:
    fig = figures.focus(figures.latent_scatter(Z, LABELS), [1.0, -2.0], 0.5)
    assert tuple(fig.layout.xaxis.range) == (0.5, 1.5)
    assert tuple(fig.layout.yaxis.range) == (-2.5, -1.5)


# The sheet of decoded images


def sheet_of_z(side: int, pixels: int = 4) -> np.ndarray:
    """A sheet whose brightness is z2 of each image, 0 for the lowest and 1 for the highest, on top."""
    z2 = paths.grid(side, 2.0)[:, :, 1, None, None] / 4 + 0.5
    return np.asarray(paths.tile(np.broadcast_to(z2, (side, side, pixels, pixels))[::-1]), dtype=float)


def test_the_picture_is_stored_bottom_up_as_plotly_needs_it() -> None:
    """With y growing upwards plotly puts row 0 of `source` at y0 and the next rows above it."""
    sheet = sheet_of_z(5)
    fig = figures.decoded_grid(sheet, 5, 2.0)
    pixels = png_of(fig)
    assert_array_equal(pixels[::-1], np.round(255 * sheet).astype(np.uint8))
    assert pixels[0].max() == 0  # row 0, at the lowest z2, holds the images of the lowest z2
    image = fig.data[0]
    assert image.dy > 0
    assert image.y0 < 0
    assert fig.layout.yaxis.range[0] < fig.layout.yaxis.range[1]
    assert fig.layout.yaxis.autorange is None


def test_left_is_left() -> None:
    sheet = np.zeros((8, 8))
    sheet[:, :4] = 1
    assert png_of(figures.decoded_grid(sheet, 2, 1.0))[:, :4].min() == 255


@pytest.mark.parametrize(("side", "extent"), [(2, 1.0), (25, 2.0), (40, 3.5)])
def test_each_image_is_centred_on_its_code(side: int, extent: float) -> None:
    pixels = 28
    image = figures.decoded_grid(np.zeros((side * pixels, side * pixels)), side, extent).data[0]
    for start, step in ((image.x0, image.dx), (image.y0, image.dy)):
        middles = start + step * (np.arange(side) * pixels + (pixels - 1) / 2)
        assert_allclose(middles, np.linspace(-extent, extent, side), atol=1e-9)


def test_the_axes_end_where_the_picture_ends() -> None:
    fig = figures.decoded_grid(sheet_of_z(5), 5, 2.0, axes=(6, 2))
    image, layout = fig.data[0], fig.layout
    for start, step, axis in ((image.x0, image.dx, layout.xaxis), (image.y0, image.dy, layout.yaxis)):
        assert_allclose(axis.range, [start - step / 2, start + 19.5 * step])
        assert axis.constrain == "domain"
    assert layout.yaxis.scaleanchor == "x"
    assert layout.xaxis.title.text.startswith("z₇ ")
    assert layout.yaxis.title.text.startswith("z₃ ")


def test_error_map_is_reconstruction_minus_original_on_a_scale_around_zero() -> None:
    original, reconstruction = rng.random((2, 28, 28))
    fig = figures.error_map(original, reconstruction)
    heat = fig.data[0]
    assert_allclose(heat.z, 255 * (reconstruction - original), rtol=1e-5, atol=1e-4)
    assert (heat.zmin, heat.zmid, heat.zmax) == (-255, 0, 255)
    assert [colour for place, colour in heat.colorscale if place == 0.5] == ["#1f6fd100", "#e2520b00"]
    top, bottom = fig.layout.yaxis.range[1], fig.layout.yaxis.range[0]
    assert top < bottom  # row 0 is on top
    assert "grey levels" in heat.colorbar.title.text


# Numbers


def test_distribution_counts_match_numpy() -> None:
    values = rng.gamma(20, 5, size=1000)
    bars = figures.distribution(values, 93.2, bins=40).data[0]
    counts, edges = np.histogram(values, bins=40)
    assert_array_equal(bars.y, counts)
    assert_allclose(bars.x - bars.width / 2, edges[:-1])
    assert_allclose(bars.customdata, np.stack([edges[:-1], edges[1:]], axis=1))
    assert_array_equal(bars.marker.opacity, np.where(bars.x > 93.2, 0.9, 0.45))


def test_distribution_marks_this_image() -> None:
    fig = figures.distribution(rng.gamma(20, 5, size=1000), 93.24)
    assert shape(fig, "value").x0 == shape(fig, "value").x1 == 93.24
    assert fig.layout.annotations[0].text == "This image: 93.2 nats"
    assert "nats per image" in fig.layout.xaxis.title.text


@pytest.mark.parametrize("value", [-1e4, 1e6])
def test_a_value_off_the_chart_is_named_and_does_not_flatten_the_others(value: float) -> None:
    values = rng.normal(100, 10, size=500)
    fig = figures.distribution(values, value)
    low, high = fig.layout.xaxis.range
    assert high - low < 1.5 * np.ptp(values)
    assert low < shape(fig, "value").x0 < high
    assert fig.layout.annotations[0].text == f"This image: {value:,.1f} nats, off the chart"


def test_distribution_without_an_image() -> None:
    fig = figures.distribution([1.0, 2.0, 3.0])
    assert not fig.layout.shapes
    assert not fig.layout.annotations


def test_kl_bars_are_sorted_with_inactive_dimensions_marked() -> None:
    kl = [0.5, 0.001, 2.5, 0.0099, 0.01]
    fig = figures.kl_bars(kl)
    bars = fig.data[0]
    assert list(bars.x) == ["3", "1", "5", "4", "2"]
    assert_allclose(bars.y, [2.5, 0.5, 0.01, 0.0099, 0.001])
    assert list(bars.text) == ["", "", "", "×", "×"]
    assert fig.layout.annotations[0].text == "× 2 inactive (below 0.01 nats)"
    assert list(figures.kl_bars(kl, ordered=False).data[0].x) == list("12345")


# All of them

ALL = {
    "latent_scatter": lambda: figures.latent_scatter(Z, LABELS, paths.class_peaks(Z, LABELS)),
    "embedding_scatter": lambda: figures.embedding_scatter(Z, LABELS),
    "embedding_scatter_3d": lambda: figures.embedding_scatter_3d(rng.normal(size=(300, 3)), LABELS),
    "decoded_grid": lambda: figures.decoded_grid(sheet_of_z(5), 5, 2.0),
    "error_map": lambda: figures.error_map(np.zeros((28, 28)), np.ones((28, 28))),
    "distribution": lambda: figures.distribution([1.0, 2.0, 3.0], 2.0),
    "kl_bars": lambda: figures.kl_bars([1.0, 0.0]),
    "overlays": lambda: overlaid(figures.latent_scatter(Z, LABELS, prior_contours=True)),
    "label_efficiency": lambda: label_efficiency([10, 100], [Learner("codes", [[0.5, 0.6], [0.7, 0.8]])]),
    "path_strip": lambda: path_strip(
        rng.random((21, 28, 28)),
        Reading(np.arange(21) // 5, rng.random(21)),
        [Curve("speed, nats", [0.0, 0.5, 1.0], [1.0, 2.0, 1.5], 1.2, "mean")],
    ),
}


def overlaid(fig: figures.Drawing) -> figures.Drawing:
    figures.add_path(fig, Z[:5], "0", "7")
    figures.add_ellipse(figures.add_cloud(fig, Z[:9]), [0, 0], [1, 2])
    return figures.focus(figures.add_marker(fig, Z[0], "this image"), [0, 0], 3)


@pytest.mark.parametrize("build", ALL.values(), ids=ALL)
def test_every_figure_leaves_text_and_grid_to_the_theme(build: Callable[[], go.Figure]) -> None:
    layout = go.Figure(build().to_dict()).layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert layout.font.color is layout.xaxis.tickfont.color is layout.xaxis.gridcolor is None
    assert layout.title.text is None
    assert layout.margin.autoexpand is False


@pytest.mark.parametrize("build", ALL.values(), ids=ALL)
def test_every_figure_survives_the_way_to_the_browser(build: Callable[[], go.Figure]) -> None:
    fig = build()
    checked = go.Figure(fig.to_dict())  # raises ValueError for what plotly does not know
    assert json.loads(fig.to_json()) == json.loads(checked.to_json())


def test_the_plane_of_10000_codes_is_light() -> None:
    z, labels = rng.normal(size=(10_000, 2)), rng.integers(0, 10, size=10_000)
    assert len(figures.latent_scatter(z, labels).to_json()) < 500_000


NAN = np.array([[np.nan, 0.0]])
BAD: list[tuple[str, Callable[[], object], str]] = [
    ("3-D codes", lambda: figures.latent_scatter(np.zeros((4, 3)), [0] * 4), r"\(N, 2\), got \(4, 3\)"),
    ("no codes", lambda: figures.latent_scatter(np.zeros((0, 2)), []), r"z must have shape \(N, 2\)"),
    ("NaN code", lambda: figures.latent_scatter(NAN, [0]), "z must hold finite numbers"),
    ("labels that do not match", lambda: figures.latent_scatter(Z, [0]), "as many labels"),
    ("label 10", lambda: figures.latent_scatter([[0, 0]], [10]), "between 0 and 9"),
    ("label 0.5", lambda: figures.latent_scatter([[0, 0]], [0.5]), "whole numbers"),
    ("flat means", lambda: figures.latent_scatter(Z, LABELS, np.zeros(20)), r"\(classes, 2\)"),
    ("2-D in 3-D", lambda: figures.embedding_scatter_3d(Z, LABELS), r"coords must have shape \(N, 3\)"),
    ("path of 3", lambda: figures.add_path(go.Figure(), np.zeros((5, 3))), r"path must have shape \(N, 2\)"),
    ("NaN path", lambda: figures.add_path(go.Figure(), NAN), "finite"),
    ("no width", lambda: figures.add_ellipse(go.Figure(), [0, 0], [1, 0]), "sd must be positive"),
    ("z of 3", lambda: figures.add_marker(go.Figure(), [1, 2, 3]), r"z must have shape \(2,\)"),
    ("too few ids", lambda: figures.add_plane(go.Figure(), Z, [1]), "as many ids"),
    ("no radius", lambda: figures.focus(go.Figure(), [0, 0], 0), "radius must be a positive"),
    ("oblong sheet", lambda: figures.decoded_grid(np.zeros((28, 56)), 2, 1.0), "square of 2 × 2"),
    ("odd sheet", lambda: figures.decoded_grid(np.zeros((57, 57)), 2, 1.0), "square of 2 × 2"),
    ("one image", lambda: figures.decoded_grid(np.zeros((28, 28)), 1, 1.0), "at least 2 × 2"),
    ("no extent", lambda: figures.decoded_grid(np.zeros((56, 56)), 2, 0.0), "extent must be a positive"),
    ("flat image", lambda: figures.error_map(np.zeros(784), np.zeros(784)), r"\(28, 28\)"),
    ("NaN value", lambda: figures.distribution([1.0, 2.0], float("nan")), "value must hold finite"),
    ("negative KL", lambda: figures.kl_bars([1.0, -0.5]), "must not be negative"),
]


@pytest.mark.parametrize(("call", "reason"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_bad_input_is_refused_in_one_sentence(call: Callable[[], object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        call()
    assert "\n" not in str(caught.value)
