"""Figures against what was put in, and against formulas of others: SciPy, NumPy, Pillow."""

import base64
import io
import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from vae import figures
from vae.figures import layout
from vae.figures.curves import Learner, error_by_steps, label_efficiency
from vae.figures.palette import CLASS_COLOURS, TO_CONES, TO_OKLAB, class_colours, oklab
from vae.figures.path_strip import Curve, Reading, path_strip
from vae.images import export
from vae.latent import classes, paths

rng = np.random.default_rng(0)
LABELS = rng.integers(0, 10, size=300)
Z = (np.arange(20).reshape(10, 2)[LABELS] / 10 + rng.normal(size=(300, 2))).astype(np.float32)


def traces(fig: go.Figure, mode: str = "markers") -> dict[str, Any]:
    """Traces of a mode by name."""
    return {trace.name: trace for trace in fig.data if trace.mode == mode}


def shape(fig: go.Figure, name: str) -> Any:
    (found,) = (shape for shape in fig.layout.shapes if shape.name == name)
    return found


def svg_points(path: str) -> np.ndarray:
    corners = path.strip("MZ").split("L")
    return np.array([[float(number) for number in corner.split(",")] for corner in corners])


def png_of(fig: go.Figure) -> np.ndarray:
    """Pixels of the picture in a decoded grid, (H, W) or (H, W, 3), in the order of the file."""
    head, _, data = fig.data[0].source.partition(",")
    assert head == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as image:
        return np.array(image)


# The plane of codes


def test_scatter_holds_the_codes_of_each_class() -> None:
    shown = traces(figures.latent_scatter(Z, LABELS))
    assert list(shown) == list("0123456789")
    for digit, trace in enumerate(shown.values()):
        members = np.flatnonzero(np.equal(LABELS, digit))
        assert_array_equal(np.stack([trace.x, trace.y], axis=1), Z[members])
        assert_array_equal(trace.customdata, members)
        assert trace.marker.color == CLASS_COLOURS[digit]
        assert trace.marker.opacity == 0.9  # few


def test_points_of_a_crowd_can_be_seen_through() -> None:
    crowd, labels = np.tile(Z, (2, 1)), np.tile(LABELS, 2)
    assert {trace.marker.opacity for trace in traces(figures.latent_scatter(crowd, labels)).values()} == {0.6}


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
    peaks = classes.peaks(Z, LABELS, 10)
    peaks[3] = np.nan
    signs = traces(figures.latent_scatter(Z, LABELS, peaks), mode="markers+text")
    assert "3" not in signs
    assert len(signs) == 9
    for name, sign in signs.items():
        assert_allclose([sign.x[0], sign.y[0]], peaks[int(name)])
        assert tuple(sign.text) == (name,)
        assert sign.hoverinfo == "skip"


def test_a_sign_is_hidden_with_its_class() -> None:
    fig = figures.latent_scatter(Z, LABELS, classes.peaks(Z, LABELS, 10))
    signs = traces(fig, mode="markers+text")
    for name, points in traces(fig).items():
        assert points.legendgroup == signs[name].legendgroup
        assert points.showlegend is None
        assert signs[name].showlegend is False


def test_long_class_names_are_numbered_on_the_map_and_in_the_legend() -> None:
    names = [f"garment {k}" for k in range(10)]
    fig = figures.latent_scatter(Z, LABELS, classes.peaks(Z, LABELS, 10), names)
    sign = traces(fig, mode="markers+text")["7 garment 7"]
    assert tuple(sign.text) == ("7",)
    assert "7 garment 7" in traces(fig)


GARMENTS = [*(f"garment {k}" for k in range(8)), "蓝色方块", "a garment with a very long name"]


def test_without_a_legend_long_names_stand_on_the_map_and_none_on_another() -> None:
    peaks = np.column_stack([np.repeat([-2.0, 2.0], 5), np.tile(np.linspace(-2, 2, 5), 2)])
    for build in (figures.latent_scatter, figures.embedding_scatter):
        fig = build(peaks[LABELS], LABELS, peaks, GARMENTS, has_legend=False)
        assert not traces(fig, mode="markers+text")
        notes = {note.text: note for note in fig.layout.annotations}
        assert set(notes) == {*GARMENTS[:9], "a garment with a…"}
        for name, note in notes.items():
            row = next(k for k, full in enumerate(GARMENTS) if full.startswith(name.rstrip("…")))
            assert_allclose([note.x, note.y], peaks[row])
            assert note.bordercolor == CLASS_COLOURS[row]


def test_names_that_would_lie_on_each_other_are_moved_or_shortened() -> None:
    z = np.array([[0, 0], [0, 0], [0, 0], [-3, -3], [3, 3]])
    peaks = np.zeros((10, 2))
    fig = figures.latent_scatter(z, [0, 1, 2, 0, 0], peaks, GARMENTS, has_legend=False)
    notes = fig.layout.annotations
    assert [note.text for note in notes] == GARMENTS[:3]
    assert sorted(note.yshift for note in notes) == [-21, 0, 21]  # each on a line of its own


def test_short_names_are_on_discs_with_a_legend_or_without() -> None:
    peaks = classes.peaks(Z, LABELS, 10)
    with_one, without = (figures.latent_scatter(Z, LABELS, peaks, has_legend=each) for each in (True, False))
    assert with_one.to_dict() == without.to_dict()
    assert len(traces(without, mode="markers+text")) == 10


def test_the_names_of_classes_are_no_tags() -> None:
    fig = figures.latent_scatter(np.eye(2), [0, 1], np.eye(2), ["<b>a</b>", "b & c"])
    assert [trace.name for trace in fig.data[:2]] == ["0 &lt;b&gt;a&lt;/b&gt;", "1 b &amp; c"]
    assert "&lt;b&gt;a" in fig.data[0].hovertemplate
    figures.add_marker(fig, [0, 0], "<i>image</i>")
    assert fig.layout.annotations[0].text == "&lt;i&gt;image&lt;/i&gt;"


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
    means = classes.peaks(coords, LABELS, 10)
    fig = figures.embedding_scatter_3d(coords, LABELS, means)
    trace = traces(fig)["5"]
    assert trace.type == "scatter3d"
    assert_array_equal(np.stack([trace.x, trace.y, trace.z], axis=1), coords[LABELS == 5])
    sign = traces(fig, mode="markers+text")["5"]
    assert_allclose([sign.x[0], sign.y[0], sign.z[0]], means[5])


@pytest.mark.parametrize("spread", [(1, 1, 1), (1, 1, 6)])
def test_codes_in_three_dimensions_fill_the_first_view(spread: tuple[float, ...]) -> None:
    """As a camera sees them whose view is 45 degrees high, as plotly's; its unit is the box's mean side."""
    codes = np.random.default_rng(0).normal(size=(4000, 3)) * spread
    eye = figures.latent_scatter_3d(codes).layout.scene.camera.eye
    assert eye.x == eye.y == eye.z
    low, high = codes.min(axis=0), codes.max(axis=0)
    scaled = (codes - (low + high) / 2) / np.prod(high - low) ** (1 / 3)
    across, up = np.array([-1, 1, 0]) / np.sqrt(2), np.array([-1, -1, 2]) / np.sqrt(6)
    ahead = np.sqrt(3) * eye.x - scaled @ np.full(3, 1 / np.sqrt(3))
    heights = np.abs(scaled @ np.stack([across, up], axis=1)).max(axis=1) / ahead / np.tan(np.pi / 8)
    assert 0.99 < np.quantile(heights, 0.995) < 1.01


@pytest.mark.parametrize("build", [figures.latent_scatter, figures.embedding_scatter])
def test_a_single_code_makes_a_figure(build: Callable[..., go.Figure]) -> None:
    fig = build([[0.5, 0.5]], [3])
    assert fig.layout.xaxis.range[0] < 0.5 < fig.layout.xaxis.range[1]


# Many classes, and none


def sixty(dims: int = 2, spread: float = 9.0) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[str]]:
    """Codes, labels, peaks and names of sixty classes, each at a place of its own."""
    noise = np.random.default_rng(1)
    peaks, labels = noise.uniform(-spread, spread, (60, dims)), np.arange(600) % 60
    return (
        peaks[labels] + 0.2 * noise.normal(size=(600, dims)),
        labels,
        peaks,
        [f"class {k}" for k in range(60)],
    )


@pytest.mark.parametrize("count", [3, 10, 60, 128])
def test_classes_have_colours_that_are_told_apart_and_seen_in_both_themes(count: int) -> None:
    """Distances in OKLab, where 0.02 is about what the eye just sees: plotted points need more."""
    colours = class_colours(count)
    assert len(set(colours)) == count
    assert colours[:10] == CLASS_COLOURS[:count]
    places = np.array([oklab(colour) for colour in colours])
    apart = np.linalg.norm(places[:, None] - places[None], axis=2) + np.eye(count)
    assert apart.min() > (0.06 if count <= 60 else 0.035)
    assert np.diag(apart, 1).min() > 0.09  # classes with neighbouring labels
    assert (
        0.45 < places[:, 0].min() < places[:, 0].max() < 0.86
    )  # white has a lightness of 1, the dark page 0.2


EYES = {
    "normal": [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}  # linear sRGB as seen by others, from the table of Machado, Oliveira and Fernandes (2009), severity 1
PETROFF = [
    "#3f90da",
    "#ffa90e",
    "#bd1f01",
    "#94a4a2",
    "#832db6",
    "#a96b59",
    "#e76300",
    "#b9ac70",
    "#717581",
    "#92dadd",
]


def seen(colours: Sequence[str], eyes: str) -> np.ndarray:
    """Distances of colours in OKLab as seen with these eyes, (N, N); a colour is 1 away from itself."""
    levels = np.array([[int(colour[k : k + 2], 16) for k in (1, 3, 5)] for colour in colours]) / 255
    linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    places = np.cbrt((linear @ np.array(EYES[eyes]).T).clip(0, 1) @ TO_CONES.T) @ TO_OKLAB.T
    return np.asarray(np.linalg.norm(places[:, None] - places[None], axis=2) + np.eye(len(colours)))


@pytest.mark.parametrize("eyes", EYES)
def test_nobody_takes_one_of_ten_classes_for_another(eyes: str) -> None:
    """1.3 to 2.1 times as far apart as in Petroff's sequence (arXiv:2107.02270), which has two greys."""
    apart, least = seen(CLASS_COLOURS, eyes), 0.19 if eyes == "normal" else 0.108
    assert apart.min() > least > 1.25 * seen(PETROFF, eyes).min()
    beside = [(4, 7), (4, 9), (7, 9), (3, 5), (3, 8), (5, 8)]  # on the map of MNIST
    assert min(apart[pair] for pair in beside) > 1.6 * least


@pytest.mark.parametrize(("ground", "least"), [("#fcfcfa", 1.7), ("#121416", 2.6)], ids=["light", "dark"])
def test_points_of_all_classes_are_seen_on_both_pages(ground: str, least: float) -> None:
    def luminance(colour: str) -> float:  # WCAG 2.2, which rounds the break to 0.03928
        levels = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
        linear = np.where(levels <= 0.03928, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    for colour in CLASS_COLOURS:
        low, high = sorted(map(luminance, (ground, colour)))
        assert (high + 0.05) / (low + 0.05) > least


def test_oklab_agrees_with_its_authors_example() -> None:
    """White, and the primaries as published with CSS Color 4, section 17."""
    assert_allclose(oklab("#ffffff"), [1, 0, 0], atol=1e-4)
    assert_allclose(oklab("#ff0000"), [0.62796, 0.22486, 0.12585], atol=1e-4)
    assert_allclose(oklab("#0000ff"), [0.45201, -0.03246, -0.31153], atol=1e-4)


def test_sixty_classes_share_one_trace_without_a_legend() -> None:
    z, labels, peaks, names = sixty()
    fig = figures.latent_scatter(z, labels, peaks, names)
    (trace,) = fig.data
    assert trace.showlegend is False
    assert_array_equal(trace.marker.color, labels)
    assert (trace.marker.cmin, trace.marker.cmax) == (0, 59)
    assert [colour for _, colour in trace.marker.colorscale] == list(class_colours(60))
    assert_allclose([place for place, _ in trace.marker.colorscale], np.arange(60) / 59)
    assert trace.text[7] == "class 7"
    assert "%{text}" in trace.hovertemplate


@pytest.mark.parametrize(("spread", "fewest", "most"), [(20.0, 25, 60), (1.0, 1, 30)])
def test_names_of_sixty_classes_stand_on_the_map_where_there_is_room(
    spread: float, fewest: int, most: int
) -> None:
    """No two names overlap, at 7 px a letter and the scale at which the figure is drawn."""
    z, labels, peaks, names = sixty(spread=spread)
    fig = figures.latent_scatter(z, labels, peaks, names)
    notes = fig.layout.annotations
    assert fewest <= len(notes) <= most
    for note in notes:
        assert_allclose([note.x, note.y], peaks[names.index(note.text)])
    up = fig.layout.yaxis.range
    pixel = (up[1] - up[0]) / (fig.layout.height - fig.layout.margin.t - fig.layout.margin.b)
    for k, note in enumerate(notes):
        for other in notes[:k]:
            is_beside = abs(note.x - other.x) >= 7 * pixel * (len(note.text) + len(other.text)) / 2
            assert is_beside or abs(note.y - other.y) >= 14 * pixel


def test_codes_without_labels_are_coloured_by_their_loss_with_a_bar_in_nats() -> None:
    loss = np.arange(300.0)
    (trace,) = figures.latent_scatter(Z, loss=loss).data
    assert_array_equal(trace.marker.color, loss)
    assert trace.marker.colorbar.title.text == "−ELBO, nats per image"
    assert 0 < trace.marker.cmin < 10
    assert 290 < trace.marker.cmax < 299  # a few outliers do not take the colours of all others
    assert "−ELBO %{marker.color:.1f} nats per image" in trace.hovertemplate


def test_codes_of_which_nothing_is_known_have_one_colour() -> None:
    (trace,) = figures.embedding_scatter(Z).data
    assert trace.marker.color == figures.theme.NEUTRAL
    assert trace.hovertemplate == "Test image %{customdata}<extra></extra>"


# What is drawn on the plane


def test_path_keeps_its_points_from_start_to_end() -> None:
    path = paths.spherical_path([2.0, 0.5], [-1.0, 1.0], 81)
    fig = figures.add_path(go.Figure(), path, "A", "B")
    assert_allclose(svg_points(shape(fig, "path").path), path, atol=1e-5)
    for name, place, text in (("path start", path[0], "A"), ("path end", path[-1], "B")):
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


@pytest.mark.parametrize(("side", "anchor"), [("above", "bottom"), ("below", "top")])
def test_a_label_stands_where_it_is_asked_for(side: Any, anchor: str) -> None:
    note = figures.add_marker(go.Figure(), [1, 2], "z", side).layout.annotations[-1]
    assert (note.xanchor, note.yanchor) == ("center", anchor)
    assert abs(note.yshift) > 15, "px: beyond the ring and its ticks"
    assert (note.yshift > 0) == (side == "above")


@pytest.mark.parametrize(("x", "anchor"), [(-2.0, "left"), (2.0, "right")])
def test_a_label_grows_towards_the_middle(x: float, anchor: str) -> None:
    fig = figures.focus(go.Figure(), [0, 0], 3)
    assert figures.add_marker(fig, [x, 0], "z").layout.annotations[-1].xanchor == anchor


def test_cloud_holds_the_encodings() -> None:
    cloud = figures.add_cloud(go.Figure(), Z).data[0]
    assert_array_equal(np.stack([cloud.x, cloud.y], axis=1), Z)
    assert cloud.hoverinfo == "skip"


def test_focus_zooms_around_a_code() -> None:
    fig = figures.focus(figures.latent_scatter(Z, LABELS), [1.0, -2.0], 0.5)
    assert tuple(fig.layout.xaxis.range) == (0.5, 1.5)
    assert tuple(fig.layout.yaxis.range) == (-2.5, -1.5)


# The sheet of decoded images


def sheet_of_z(side: int, pixels: int = 4) -> np.ndarray:
    """A sheet whose brightness is z2 of each image, 0 for the lowest and 1 for the highest, on top."""
    z2 = paths.grid(side, 2.0)[:, :, 1, None, None, None] / 4 + 0.5
    return np.asarray(export.tile(np.broadcast_to(z2, (side, side, pixels, pixels, 1))[::-1]), dtype=float)


def test_the_picture_is_stored_bottom_up_as_plotly_needs_it() -> None:
    """With y growing upwards plotly puts row 0 of `source` at y0 and the next rows above it."""
    sheet = sheet_of_z(5)
    fig = figures.decoded_grid(sheet, 5, 2.0)
    pixels = png_of(fig)
    assert_array_equal(pixels[::-1], np.round(255 * sheet[..., 0]).astype(np.uint8))
    assert pixels[0].max() == 0  # row 0, at the lowest z2, holds the images of the lowest z2
    image = fig.data[0]
    assert image.dy > 0
    assert image.y0 < 0
    assert fig.layout.yaxis.range[0] < fig.layout.yaxis.range[1]
    assert fig.layout.yaxis.autorange is None


def test_left_is_left() -> None:
    sheet = np.zeros((8, 8, 1))
    sheet[:, :4] = 1
    assert png_of(figures.decoded_grid(sheet, 2, 1.0))[:, :4].min() == 255


@pytest.mark.parametrize(("side", "extent"), [(2, 1.0), (25, 2.0), (40, 3.5)])
def test_each_image_is_centred_on_its_code(side: int, extent: float) -> None:
    pixels = 28
    image = figures.decoded_grid(np.zeros((side * pixels, side * pixels, 1)), side, extent).data[0]
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


@pytest.mark.parametrize(("height", "width", "channels", "side"), [(20, 12, 1, 5), (64, 64, 3, 40)])
def test_sheets_of_any_image_keep_its_shape_and_a_budget_of_pixels(
    height: int, width: int, channels: int, side: int
) -> None:
    sheet = np.ones((side * height, side * width, channels))
    fig = figures.decoded_grid(sheet, side, 2.0)
    pixels, image = png_of(fig), fig.data[0]
    assert max(pixels.shape[:2]) <= 1600
    assert pixels.shape[2:] == (() if channels == 1 else (3,))
    assert fig.layout.yaxis.scaleratio == height / width
    for count, step, start in zip(
        pixels.shape[1::-1], (image.dx, image.dy), (image.x0, image.y0), strict=True
    ):
        assert count * step == pytest.approx(4 * side / (side - 1))
        assert start - step / 2 == pytest.approx(-2 * side / (side - 1))


def test_error_map_is_reconstruction_minus_original_on_a_scale_around_zero() -> None:
    original, reconstruction = rng.random((2, 20, 12, 3))
    fig = figures.error_map(original, reconstruction)
    heat = fig.data[0]
    mean = sum(255 * (reconstruction[..., k] - original[..., k]) for k in range(3)) / 3
    assert_allclose(heat.z, mean, rtol=1e-5, atol=1e-4)
    assert (fig.layout.xaxis.range, fig.layout.yaxis.range) == ([-0.5, 11.5], [19.5, -0.5])
    assert (heat.zmin, heat.zmid, heat.zmax) == (-255, 0, 255)
    assert [colour for place, colour in heat.colorscale if place == 0.5] == ["#1f6fd100", "#e2520b00"]
    top, bottom = fig.layout.yaxis.range[1], fig.layout.yaxis.range[0]
    assert top < bottom  # row 0 is on top
    assert "levels of 255" in heat.colorbar.title.text
    grey = figures.error_map(np.zeros((28, 28, 1)), np.ones((28, 28, 1)))
    assert "grey levels" in grey.data[0].colorbar.title.text


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


def test_each_dimension_of_a_posterior_in_the_order_asked_for() -> None:
    mu, sd, draws = np.array([1.0, -2.0, 0.5]), np.array([0.1, 0.2, 0.3]), rng.normal(size=(40, 3))
    fig = figures.dimensions(mu, sd, draws, [1, 2, 0], "dimension of z")
    dots, bars, means = fig.data
    assert fig.layout.xaxis.ticktext == ["2", "3", "1"]
    assert_allclose(bars.base, [-2.2, 0.2, 0.9])
    assert_allclose(bars.y, [0.4, 0.6, 0.2])
    assert_allclose(means.y, [-2.0, 0.5, 1.0])
    assert_allclose(np.sort(dots.y[np.round(dots.x) == 0]), np.sort(draws[:, 1]), rtol=1e-6)


def test_distribution_without_an_image() -> None:
    fig = figures.distribution([1.0, 2.0, 3.0])
    assert not fig.layout.shapes
    assert not fig.layout.annotations


# All of them

ALL = {
    "latent_scatter": lambda: figures.latent_scatter(Z, LABELS, classes.peaks(Z, LABELS, 10)),
    "embedding_scatter": lambda: figures.embedding_scatter(Z, LABELS),
    "embedding_scatter_3d": lambda: figures.embedding_scatter_3d(rng.normal(size=(300, 3)), LABELS),
    "latent_scatter_3d": lambda: figures.latent_scatter_3d(rng.normal(size=(300, 3)), LABELS),
    "decoded_grid": lambda: figures.decoded_grid(sheet_of_z(5), 5, 2.0),
    "error_map": lambda: figures.error_map(np.zeros((28, 28, 1)), np.ones((28, 28, 1))),
    "distribution": lambda: figures.distribution([1.0, 2.0, 3.0], 2.0),
    "dimensions": lambda: figures.dimensions(
        rng.random(5), rng.random(5), rng.random((9, 5)), np.arange(5), "dimension"
    ),
    "many classes": lambda: figures.latent_scatter(*sixty()),
    "many classes in 3-D": lambda: figures.embedding_scatter_3d(*sixty(dims=3)),
    "without labels": lambda: figures.latent_scatter(Z, loss=rng.random(300)),
    "in one colour": lambda: figures.embedding_scatter(Z),
    "overlays": lambda: overlaid(figures.latent_scatter(Z, LABELS)),
    "label_efficiency": lambda: label_efficiency([10, 100], [Learner("codes", [[0.5, 0.6], [0.7, 0.8]])]),
    "error_by_steps": lambda: error_by_steps([1, 2, 4], {"chain": [0.3, 0.2, 0.1]}, 0.3),
    "path_strip": lambda: path_strip(
        rng.random((21, 20, 12, 3)),
        Reading(np.arange(21) // 5, rng.random(21), "01234"),
        [Curve("speed, nats", [0.0, 0.5, 1.0], [1.0, 2.0, 1.5], 1.2, "mean")],
    ),
}


def overlaid(fig: figures.Drawing) -> figures.Drawing:
    figures.add_path(fig, Z[:5], "A", "B")
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
    ("label 10", lambda: figures.latent_scatter([[0, 0]], [10], None, "0123456789"), "between 0 and 9"),
    ("label 0.5", lambda: figures.latent_scatter([[0, 0]], [0.5]), "whole numbers"),
    ("flat means", lambda: figures.latent_scatter(Z, LABELS, np.zeros(20)), r"\(classes, 2\)"),
    ("2-D in 3-D", lambda: figures.embedding_scatter_3d(Z, LABELS), r"coords must have shape \(N, 3\)"),
    ("2-D codes in 3-D", lambda: figures.latent_scatter_3d(Z, LABELS), r"z must have shape \(N, 3\)"),
    ("path of 3", lambda: figures.add_path(go.Figure(), np.zeros((5, 3))), r"path must have shape \(N, 2\)"),
    ("NaN path", lambda: figures.add_path(go.Figure(), NAN), "finite"),
    ("no width", lambda: figures.add_ellipse(go.Figure(), [0, 0], [1, 0]), "sd must be positive"),
    ("z of 3", lambda: figures.add_marker(go.Figure(), [1, 2, 3]), r"z must have shape \(2,\)"),
    ("no radius", lambda: figures.focus(go.Figure(), [0, 0], 0), "radius must be a positive"),
    (
        "sheet without channels",
        lambda: figures.decoded_grid(np.zeros((56, 56)), 2, 1.0),
        "sheet must have shape",
    ),
    ("odd sheet", lambda: figures.decoded_grid(np.zeros((57, 56, 1)), 2, 1.0), "hold 2 × 2"),
    ("one image", lambda: figures.decoded_grid(np.zeros((28, 28, 1)), 1, 1.0), "at least 2 × 2"),
    ("no extent", lambda: figures.decoded_grid(np.zeros((56, 56, 1)), 2, 0.0), "extent must be a positive"),
    ("flat image", lambda: figures.error_map(np.zeros(784), np.zeros(784)), "original must have shape"),
    (
        "images of two shapes",
        lambda: figures.error_map(np.zeros((9, 9, 1)), np.zeros((9, 9, 3))),
        r"\(9, 9, 1\)",
    ),
    (
        "loss that does not match",
        lambda: figures.latent_scatter(Z, loss=[1.0]),
        r"loss must have shape \(300,\)",
    ),
    ("NaN value", lambda: figures.distribution([1.0, 2.0], float("nan")), "value must hold finite"),
]


@pytest.mark.parametrize(("call", "reason"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_bad_input_is_refused_in_one_sentence(call: Callable[[], object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_long_names_of_classes_stand_once_below_the_pictures_that_are_read_alike() -> None:
    names = ("a cat", "Smileys & Emotion", "Kreise")
    labels = np.repeat([0, 1, 2, 0], [6, 3, 1, 1])
    fig = path_strip(np.zeros((11, 8, 8, 3)), Reading(labels, np.ones(11), names), [])
    below = [note.text.partition("</b>")[0].removeprefix("<b>") for note in fig.layout.annotations]
    assert below[:11] == ["\u00a0"] * 11  # the line of the names, above the shares
    assert below[11:] == ["a cat", "Smileys &amp; Em…", "Kre…", "a c…"]
    assert_allclose([note.x for note in fig.layout.annotations[11:]], [0.25, 0.7, 0.9, 1.0])


def test_a_letter_of_chinese_takes_the_place_of_two() -> None:
    assert [layout.letters(text) for text in ("", "abc", "蓝色方块", "ü蓝")] == [0, 3, 8, 3]
    assert layout.shortened("蓝色方块", 8) == "蓝色方块"
    assert layout.shortened("蓝色方块", 6) == "蓝色…"
    assert layout.shortened("grüne Dreiecke", 7) == "grüne…"


def test_errors_by_steps_are_drawn_per_way_with_the_level_of_one_pass() -> None:
    errors = {"iterated": [0.5, 0.25, 0.2, 0.2], "chain": [0.5, 0.3, 0.2, 0.1]}
    fig = error_by_steps([1, 2, 4, 8], errors, 0.5)
    assert [trace["name"] for trace in fig.data] == ["iterated", "chain", "one pass"]
    np.testing.assert_array_equal(fig.data[1]["y"], errors["chain"])
    np.testing.assert_array_equal(fig.data[2]["y"], [0.5, 0.5])
    assert fig.layout["xaxis"]["type"] == "log"
    with pytest.raises(ValueError, match="chain"):
        error_by_steps([1, 2, 4], {"chain": [0.1, 0.2]}, 0.5)


def test_the_hover_text_names_the_file() -> None:
    places, files = np.eye(2), ["<b>cats</b>/1.png", "猫/2.png"]
    for fig in (
        figures.latent_scatter(places, [0, 1], files=files),
        figures.embedding_scatter(places, files=files),
    ):
        found = [name for trace in fig.data for name in trace.hovertext or ()]
        assert found == ["&lt;b&gt;cats&lt;/b&gt;/1.png", "猫/2.png"]
        shown = [trace.hovertemplate for trace in fig.data if trace.hovertext]
        assert all(each.startswith("Test image %{customdata}, %{hovertext}") for each in shown)
    with pytest.raises(ValueError, match="2 points need as many files"):
        figures.latent_scatter(places, files=files[:1])
