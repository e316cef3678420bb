"""Interpolate: what the address says, the frames against the explorer's decoding, the files to take away."""

import io
import json
import zipfile
from dataclasses import replace
from functools import partial
from itertools import groupby

import numpy as np
import pytest
from PIL import Image
from scipy.stats import norm

from tests.pages import strangers, visiting
from tests.pages.visiting import address
from vae import explorer
from vae.analysis import classifier
from vae.analysis.sources import passed
from vae.analysis.studies import study
from vae.explorer import Explorer
from vae.figures.path_strip import Reading
from vae.images import export, sets
from vae.images.dataset import ImageSet
from vae.latent import classes, geodesic
from vae.model.tensor_file import CheckpointError
from vae.web.kit import loaders
from vae.web.live import PathKind
from vae.web.pages.interpolate import all_pairs, one_pair, strip
from vae.web.pages.interpolate.path import FRAMES, End, decode_path

FLAT, DEEP = "mnist-vae-2d", "mnist-vae-20d"
SOURCES = "seed-vae-2d"  # our run of the article's recipe
visit = partial(visiting.visit, "interpolate")


@pytest.mark.parametrize("model", [FLAT, DEEP])
def test_the_page_opens_on_the_path_of_the_source(model: str) -> None:
    at = visit(model)
    assert [box.value for box in at.selectbox if "digit" in box.label] == [0, 7]
    assert at.segmented_control(key="widget.path").value == "linear"
    assert len(at.get("plotly_chart")) == 2  # the map and the strip
    assert not at.warning


@pytest.mark.parametrize(("name", "value"), [("start", "99"), ("t", "nan"), ("path", "curly")])
def test_what_an_address_says_in_vain_is_dropped(name: str, value: str) -> None:
    at = visit(**{name: value})
    assert not at.warning
    assert at.selectbox(key="widget.start").value == 0
    assert [chart.key for chart in at.get("plotly_chart")] == ["path_map", "path_strip"]


def test_another_digit_starts_at_its_first_image_again() -> None:
    at = visit(start_nth="5", start_z="1,1")
    at.selectbox(key="widget.start").set_value(4).run()
    assert not at.exception
    assert (address(at, "start"), address(at, "start_nth")) == ("4", "")
    assert "start_z" not in at.query_params


def test_a_dragged_end_names_no_test_image_until_one_is_chosen_again() -> None:
    at = visit(start_z="1.25,-0.5")
    digit, image = at.selectbox(key="widget.start"), at.number_input(key="widget.start_nth")
    assert (digit.value, digit.placeholder) == (None, "dragged")
    assert (image.value, image.placeholder) == (None, "dragged")
    assert at.selectbox(key="widget.end").value == 7
    digit.set_value(0).run()
    assert not at.exception
    assert at.selectbox(key="widget.start").value == 0
    assert "start_z" not in at.query_params


def test_a_dragged_end_in_the_address_moves_the_path() -> None:
    model = explorer.load(FLAT)
    at = visit(start_z="1.25,-0.5")
    assert not at.warning
    assert address(at, "start_z") == "1.25,-0.5"
    codes = model.codes()
    near = np.linalg.norm(codes.mu - [1.25, -0.5], axis=1).argsort()[:10]
    digit = np.bincount(codes.known_labels[near]).argmax()
    assert any(f"frames: {digit} at t = 0" in html.proto.body for html in at.get("html"))


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"image": "17"}, "frames: test image 17 at t = 0, 7 at t = 1"),
        ({"source": "strange", "strange": "bag"}, "frames: your image at t = 0, 7 at t = 1"),
        ({"image": "17", "start": "0", "end": "yours"}, "frames: 0 at t = 0, test image 17 at t = 1"),
    ],
)
@pytest.mark.usefixtures("mnist")
def test_the_user_s_image_is_the_start_until_another_one_is_chosen(query: dict[str, str], words: str) -> None:
    at = visit(**query)
    assert words in visiting.html(at)
    assert at.selectbox(key="widget.start").options[-1] in ("test image 17", "your image")
    at.selectbox(key="widget.start").set_value(4)
    at.selectbox(key="widget.end").set_value(7).run()
    assert "frames: 4 at t = 0, 7 at t = 1" in visiting.html(at)
    assert address(at, "start") == "4"


def test_the_path_from_the_user_s_image_starts_at_its_code(mnist: ImageSet) -> None:
    model = explorer.load(FLAT)
    at = visit(image="17")
    told = (json.loads(element.proto.json) for element in at.get("bidi_component") if element.proto.json)
    start = next(data["a"] for data in told if data.get("mode") == "path")
    np.testing.assert_allclose(start, model.encode(mnist.floats(17)[None]).mu[0], atol=1e-3)


def test_without_the_user_s_image_none_is_offered() -> None:
    at = visit(start="yours")
    assert at.selectbox(key="widget.start").value == 0
    assert at.selectbox(key="widget.start").options == list("0123456789")


@pytest.mark.parametrize(
    ("kind", "name"), [("linear", DEEP), ("spherical", DEEP), ("linear", FLAT), ("geodesic", FLAT)]
)
def test_frames_are_the_decoded_codes_of_the_path_from_start_to_end(kind: PathKind, name: str) -> None:
    model = explorer.load(name)
    a, b = model.codes().mu[[3, 0]]
    shown = decode_path(model, End("0", a), End("7", b), kind)
    np.testing.assert_allclose(shown.z[0], a, atol=1e-5)  # not reversed as the source writes it
    np.testing.assert_allclose(shown.z[-1], b, atol=1e-5)
    np.testing.assert_allclose(shown.images, model.decode(shown.z), atol=1e-6)
    assert len(shown.z) == FRAMES


def test_the_map_beyond_two_dimensions_carries_the_path_between_the_two_images() -> None:
    model = explorer.load(DEEP)
    codes = model.codes()
    a, b = codes.mu[[3, 0]]
    shown = decode_path(model, End("0", a), End("7", b), "linear")
    fig = one_pair.path_map(model, shown)
    marker = next(shape for shape in fig.layout.shapes if shape.name == "path start")
    centred = codes.mu - codes.mu.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    place = np.abs(centred[3] @ axes[:2].T)
    np.testing.assert_allclose(np.abs([marker.xanchor, marker.yanchor]), place, rtol=1e-3, atol=1e-3)


def test_the_files_of_all_pairs_hold_the_paths_there_and_back() -> None:
    model = explorer.load(FLAT)
    images, names = all_pairs.first_images(model, list(range(10)))
    codes = model.codes()
    assert codes.known_labels[images].tolist() == list(range(10))
    assert names == [str(digit) for digit in range(10)]
    content = all_pairs.pairs_file(model.fingerprint, "gif", tuple(images), model)
    with Image.open(io.BytesIO(content)) as animation:
        assert getattr(animation, "n_frames", 1) == 2 * all_pairs.FRAMES - 2
        animation.seek(all_pairs.FRAMES - 1)  # the turning point: every picture is its column's digit
        sheet = np.asarray(animation.convert("L"), dtype=float) / 255
    expected = export.tile(np.repeat(model.decode(codes.mu[images])[None], 10, axis=0))
    assert np.abs(sheet - expected[..., 0]).mean() < 0.01


def test_the_frames_come_as_pictures_named_by_t() -> None:
    model = explorer.load(FLAT)
    first, second = model.codes().mu[:2]
    shown = decode_path(model, End("0", first), End("7", second), "linear")
    with zipfile.ZipFile(io.BytesIO(export.zip_of_pngs(shown.images))) as archive:
        names = archive.namelist()
        with Image.open(archive.open(names[40])) as picture:
            middle = np.asarray(picture, dtype=float) / 255
    assert len(names) == FRAMES
    np.testing.assert_allclose(middle, shown.images[40, ..., 0], atol=0.5 / 255 + 1e-6)


def test_the_strip_tells_the_digits_read_beside_what_the_article_says() -> None:
    at = visit(SOURCES)
    model, reader = explorer.load(SOURCES), classifier.load("mnist")
    assert reader is not None
    a, b = model.codes().mu[classes.first_of_each(model.codes().known_labels, 10)[[0, 7]]]
    frames = model.decode(np.linspace(a, b, FRAMES))
    read = "-".join(str(digit) for digit, _ in groupby(reader.labels(frames).tolist()))
    said = next(block.value for block in at.markdown if "Read off all" in block.value)
    assert f"**{read}**" in said
    assert "0-6-2-8-9-4-7" in said
    assert any(f"{reader.accuracy['mnist']:.1%}" in caption.value for caption in at.caption)


@pytest.mark.parametrize(
    ("model", "query"),
    [
        (FLAT, {}),
        (SOURCES, {"path": "spherical"}),
        (SOURCES, {"end_nth": "2"}),
        (SOURCES, {"start_z": "1.25,-0.5"}),
    ],
)
def test_what_the_article_says_stands_under_its_own_path_alone(model: str, query: dict[str, str]) -> None:
    said = next(block.value for block in visit(model, **query).markdown if "Read off all" in block.value)
    assert "article" not in said


def test_the_strip_s_numbers_are_the_prior_s_density_and_the_image_s_speed() -> None:
    model = explorer.load(FLAT)
    a, b = model.codes().mu[[3, 0]]
    shown = decode_path(model, End("0", a), End("7", b), "linear")
    drawn = strip.figure(model, shown, None)
    density, speed = (trace for trace in drawn.data if trace.mode == "lines" and len(trace.y) >= FRAMES - 1)
    np.testing.assert_allclose(density.y, norm.logpdf(shown.z).sum(axis=1), rtol=1e-6)
    moved = np.linalg.norm(np.diff(shown.images.reshape(FRAMES, -1), axis=0), axis=1) * (FRAMES - 1)
    np.testing.assert_allclose(speed.y, moved, rtol=1e-4)


def test_the_geodesic_is_shorter_than_the_straight_path() -> None:
    model = explorer.load(FLAT)
    a, b = model.codes().mu[[3, 0]]
    linear, geodesic_ = (
        geodesic.speeds(decode_path(model, End("0", a), End("7", b), kind).images)
        for kind in ("linear", "geodesic")
    )
    assert geodesic_.mean() < 0.95 * linear.mean()
    assert geodesic_.std() < 0.25 * linear.std()  # it runs at constant speed


def test_beyond_two_dimensions_no_geodesic_is_offered() -> None:
    at = visit(DEEP, path="geodesic")
    assert not at.warning
    assert at.segmented_control(key="widget.path").options == ["Linear", "Spherical"]
    assert at.segmented_control(key="widget.path").value == "linear"


@pytest.mark.parametrize(
    ("read", "words"),
    [
        ((0, 6, 2, 8, 9, 4, 7), "and here it does"),
        ((0, 6, 2, 8, 3, 9, 4, 7), "all come in this order, with others in between"),
        ((0, 6, 8, 2, 9, 4, 7), "all come, in another order"),
        ((0, 6, 2, 8, 9, 7), "Here 4 is missing."),
        ((0, 5, 1, 7), "Here 6, 2, 8, 9 and 4 are missing, and 5 and 1 come in."),
    ],
)
def test_the_path_is_held_against_what_the_source_says(read: tuple[int, ...], words: str) -> None:
    model = explorer.load(SOURCES)
    a, b = model.codes().mu[[3, 0]]
    shown = decode_path(model, End("0", a), End("7", b), "linear")

    reading = Reading(np.array(read), np.ones(len(read)), tuple("0123456789"))
    assert words in strip.sentence(model, shown, reading)


def test_the_source_s_path_is_held_against_those_of_other_seeds(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"read": [[0, 6, 2, 8, 9, 4, 7], [0, 7], [0, 2, 7]], "epochs": 5}
    monkeypatch.setattr(study, "read", lambda name: study.Study(name, said, {}))
    model = explorer.load(SOURCES)
    a, b = model.codes().mu[[3, 0]]
    shown = decode_path(model, End("0", a), End("7", b), "linear")
    reading = Reading(np.array([0, 7]), np.ones(2), tuple("0123456789"))
    said_there = "Of 3 models that differ in their seed alone, 5 epochs each, 1 shows exactly that"
    assert said_there in strip.sentence(model, shown, reading)


def test_all_pairs_says_how_many_other_digits_paths_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = {
        "others": [1.25, 0.5],
        "share": [0.2, 0.04],
        "frames": 41,
        "paths": 225,
        "data": "",
        "command": "",
    }
    monkeypatch.setattr(passed, "shipped", lambda model: counts if model.name == DEEP else None)
    at = visit(DEEP, view="all-pairs")
    table = next(each.proto.body for each in at.get("html") if "vae-table" in each.proto.body)
    assert f"<td>{loaders.title(DEEP)}</td><td>1.25 ± 0.50</td><td>20 ± 4 %</td>" in table
    assert any("41 frames of 225 straight paths" in caption.value for caption in at.caption)


def test_a_damaged_classifier_gets_a_sentence_and_the_strip_reads_the_codes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(dataset: str) -> None:
        raise CheckpointError("It is damaged.")

    monkeypatch.setattr(strip, "load_reader", fail)
    at = visit()
    assert [warning.value for warning in at.warning] == ["It is damaged."]
    assert any("read off the codes" in caption.value for caption in at.caption)
    assert [chart.key for chart in at.get("plotly_chart")] == ["path_map", "path_strip"]


@pytest.mark.usefixtures("others")
def test_sixty_classes_are_chosen_by_name_and_twelve_are_paired() -> None:
    at = visit("shapes-2d", start="59", view="one-pair")
    assert at.selectbox(key="widget.start").options[-1] == "shape 59"
    assert "frames: shape 59 at t = 0, shape 7 at t = 1" in visiting.html(at)
    assert any("read off the codes" in caption.value for caption in at.caption)
    at = visit("shapes-2d", view="all-pairs", pairs_from="55")
    assert f"Rows and columns: {', '.join(f'shape {k % 60}' for k in range(55, 67))}" in visiting.html(at)


@pytest.mark.usefixtures("others")
@pytest.mark.parametrize("model", ["blobs-3d", "foreign-3d"])
def test_without_labels_the_ends_are_test_images(model: str) -> None:
    at = visit(model, start_image="3", t="1")
    assert [box.value for box in at.number_input] == [3, 7]
    assert not any("runs through" in block.value for block in at.markdown)
    told = (json.loads(element.proto.json) for element in at.get("bidi_component") if element.proto.json)
    data = next(data for data in told if data.get("mode") == "path")
    assert data["t"] == 1
    np.testing.assert_allclose([data["a"], data["b"]], strangers.model(model).codes().mu[[3, 7]], atol=1e-4)


@pytest.mark.parametrize("dataset", ["fashion-mnist", "kmnist"])
def test_classes_have_the_names_of_their_own_data_set(dataset: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model, said = explorer.load(FLAT), sets.dataset(dataset)
    other = explorer.Explorer(model.model, replace(model.record, dataset=said), model.codes)
    monkeypatch.setattr(loaders, "open_model", lambda name: other)
    at = visit()
    names = said.class_names or ()
    assert at.selectbox(key="widget.start").options == list(names)
    assert f"frames: {names[0]} at t = 0, {names[7]} at t = 1" in visiting.html(at)
    assert not any("digit" in block.value for block in (*at.markdown, *at.caption))


def test_fewer_large_images_are_paired_live() -> None:
    assert all_pairs.most(explorer.load(FLAT)) == 12
    assert all_pairs.most(explorer.load("emoji-vae-2d")) == 4  # 16 images a frame, 12,288 values each


def test_the_file_of_all_pairs_stays_within_its_budget_of_pixels() -> None:
    model = strangers.model("shapes-2d")
    content = all_pairs.pairs_file(model.fingerprint, "webp", tuple(range(12)), model)
    with Image.open(io.BytesIO(content)) as animation:
        width, height = animation.size
        assert width == height
        assert width * height * getattr(animation, "n_frames", 1) <= export.MOST_PIXELS
        assert f"{width} × {height} pixels" == all_pairs.size(model, 12)


def test_images_that_were_files_are_chosen_by_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    model = explorer.load("digits-vae-2d")
    codes = replace(model.codes(), names=tuple(f"folder/{k}.JPEG" for k in range(len(model.codes()))))
    named = Explorer(model.model, model.record, lambda: codes)
    monkeypatch.setattr(loaders, "open_model", lambda name: named)
    at = visit("digits-vae-2d")
    sevens = np.flatnonzero(codes.known_labels == 7).tolist()
    (menu,) = (box for box in at.selectbox if box.label.startswith("B: which 7"))
    assert menu.options == [f"{nth}: {image}.JPEG" for nth, image in enumerate(sevens, start=1)]
    menu.set_value(3).run()
    assert not at.exception
    assert address(at, "end_nth") == "3"
    assert f"7, folder/{sevens[2]}.JPEG at t = 1" in visiting.html(at)


@pytest.mark.usefixtures("mnist")
def test_an_upload_is_called_by_its_file() -> None:
    at = visiting.visit("reconstruct", source="upload")
    picture = io.BytesIO()
    Image.fromarray(np.pad(np.full((20, 8), 255, np.uint8), 10)).save(picture, "PNG")
    at.file_uploader[0].upload("my seven.png", picture.getvalue(), "image/png").run()
    at.switch_page("pages/interpolate.py").run()
    assert not at.exception
    assert at.selectbox(key="widget.start").options[-1] == "your image, my seven.png"
    assert "your image, my seven.png at t = 0" in visiting.html(at)
