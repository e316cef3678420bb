"""Files decoded by Pillow again: frames, durations, counts and names are what was asked for."""

import io
import zipfile
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from vae.images import export
from vae.images.spec import ImageSpec

Make = Callable[..., bytes]
Floats = NDArray[np.float32]


def decoded(content: bytes, channels: int = 1) -> tuple[Floats, list[int]]:
    """Frames (T, H, W, C) in [0, 1], C as in `channels`, and their durations in ms."""
    frames, durations = [], []
    with Image.open(io.BytesIO(content)) as picture:
        for frame in ImageSequence.Iterator(picture):
            levels = np.asarray(frame.convert("RGB"), dtype=np.float32)[..., :channels]
            frames.append(levels / 255)
            durations.append(round(frame.info["duration"]))
    return np.array(frames), durations


@pytest.fixture(scope="module")
def frames() -> Floats:
    """A bright square that moves to the right and grows brighter, (5, 12, 20, 1), no two frames alike."""
    made = np.zeros((5, 12, 20, 1), np.float32)
    for index, frame in enumerate(made):
        frame[4:8, 3 * index : 3 * index + 4] = 0.5 + 0.1 * index
    return made


def test_gif_holds_every_frame_exactly(frames: Floats) -> None:
    content = export.gif(frames, 10)
    shown, durations = decoded(content)
    np.testing.assert_array_equal(shown, np.rint(frames * 255) / np.float32(255))
    assert durations == [100] * 5
    assert Image.open(io.BytesIO(content)).info["loop"] == 0  # for ever


@pytest.mark.parametrize(("fps", "milliseconds"), [(12, 80), (10, 100), (25, 40), (30, 30), (200, 20)])
def test_gif_delays_are_whole_hundredths(frames: Floats, fps: float, milliseconds: int) -> None:
    assert decoded(export.gif(frames, fps))[1] == [milliseconds] * 5


@pytest.mark.parametrize(("fps", "milliseconds"), [(12, 83), (10, 100), (60, 17)])
def test_webp_delays_are_whole_thousandths(frames: Floats, fps: float, milliseconds: int) -> None:
    assert decoded(export.webp(frames, fps))[1] == [milliseconds] * 5


def test_webp_is_close_loops_for_ever_and_is_smaller() -> None:
    y, x = np.mgrid[0:140, 0:140] / np.float32(140)
    smooth = np.array([0.5 + 0.5 * np.sin(9 * x + 7 * y + shift / 3) for shift in range(12)])[..., None]
    content = export.webp(smooth, 12)
    shown, _ = decoded(content)
    assert shown.shape == smooth.shape
    assert np.abs(shown - smooth).mean() < 0.02
    assert Image.open(io.BytesIO(content)).info["loop"] == 0
    assert 4 * len(content) < len(export.gif(smooth, 12))


@pytest.mark.parametrize("make", [export.gif, export.webp])
def test_there_and_back_shows_no_end_twice(make: Make, frames: Floats) -> None:
    order = [0, 1, 2, 3, 4, 3, 2, 1]
    shown, durations = decoded(make(frames, 10, there_and_back=True))
    assert len(shown) == len(durations) == len(order)
    nearest = [int(np.abs(frames - frame).mean(axis=(1, 2, 3)).argmin()) for frame in shown]
    assert nearest == order


@pytest.mark.parametrize("make", [export.gif, export.webp])
@pytest.mark.parametrize("count", [1, 2])
def test_few_frames_there_and_back_are_shown_once(make: Make, count: int, frames: Floats) -> None:
    with Image.open(io.BytesIO(make(frames[:count], 10, there_and_back=True))) as picture:
        assert getattr(picture, "n_frames", 1) == count


def test_frames_that_do_not_change_keep_their_time() -> None:
    still = np.full((4, 8, 8, 1), 0.5)
    with Image.open(io.BytesIO(export.gif(still, 10))) as picture:
        assert getattr(picture, "n_frames", 1) * picture.info["duration"] == 400


def test_scale_repeats_pixels(frames: Floats) -> None:
    shown, _ = decoded(export.gif(frames, 10, scale=3))
    np.testing.assert_array_equal(
        shown, np.kron(np.rint(frames * 255) / np.float32(255), np.ones((1, 3, 3, 1)))
    )


def test_tile_matches_loops() -> None:
    images = np.random.default_rng(0).integers(0, 256, size=(3, 4, 5, 6, 3), dtype=np.uint8)
    sheet = export.tile(images)
    assert sheet.dtype == np.uint8
    np.testing.assert_array_equal(sheet, np.vstack([np.hstack(list(row)) for row in images]))


@pytest.mark.parametrize("shape", [(6, 9), (6, 9, 1), (6, 9, 3)])
def test_png_is_exact(shape: tuple[int, ...]) -> None:
    levels = np.arange(np.prod(shape)).reshape(shape).astype(np.uint8)
    with Image.open(io.BytesIO(export.png(levels / 255))) as picture:
        assert picture.format == "PNG"
        assert picture.mode == ("RGB" if shape[2:] == (3,) else "L")
        np.testing.assert_array_equal(np.asarray(picture), levels.squeeze())


def test_values_beyond_the_range_are_clipped() -> None:
    with Image.open(io.BytesIO(export.png(np.array([[-0.5, 0.0, 0.5, 1.0, 7.0]])))) as picture:
        assert np.asarray(picture).tolist() == [[0, 0, 128, 255, 255]]


def test_zip_names_each_frame_by_number_and_t(frames: Floats) -> None:
    with zipfile.ZipFile(io.BytesIO(export.zip_of_pngs(frames))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [
            "frame-000-t0.0000.png",
            "frame-001-t0.2500.png",
            "frame-002-t0.5000.png",
            "frame-003-t0.7500.png",
            "frame-004-t1.0000.png",
        ]
        for name, frame in zip(archive.namelist(), frames, strict=True):
            with Image.open(io.BytesIO(archive.read(name))) as picture:
                np.testing.assert_array_equal(np.asarray(picture), np.rint(frame[..., 0] * 255))


def cells_of(sheet: Floats, rows: int, columns: int) -> Floats:
    """The places of a sheet, (rows, columns, H, W, C)."""
    height, width = sheet.shape[0] // rows, sheet.shape[1] // columns
    return sheet.reshape(rows, height, columns, width, -1).swapaxes(1, 2)


@pytest.mark.parametrize("channels", [1, 3])
def test_sheet_has_crisp_frames_in_reading_order_with_words_below(channels: int) -> None:
    frames = np.random.default_rng(0).uniform(size=(81, 28, 28, channels)).astype(np.float32)
    cells = cells_of(export.sheet_with_t(frames, 9), 9, 9)
    enlarged = np.kron(np.rint(frames * 255) / np.float32(255), np.ones((1, 3, 3, 1)))
    np.testing.assert_allclose(cells.reshape(81, *cells.shape[2:])[:, :84], enlarged, atol=1e-6)
    words = cells[:, :, 84:]
    assert words.max(axis=(2, 3, 4)).min() > 0.9  # white
    assert (words == 0).mean() > 0.7  # on black
    for edge in (words[..., 0, :], words[..., -1, :], words[:, :, 0], words[:, :, -1]):
        assert edge.max() == 0  # no word is cut off


def test_sheet_writes_t_from_nought_to_one() -> None:
    blank = np.zeros((3, 28, 28, 1))
    cells = cells_of(export.sheet_with_t(blank, 3), 1, 3)[0]
    for cell, words in zip(cells, ("t = 0.0000", "t = 0.5000", "t = 1.0000"), strict=True):
        expected = export._labelled(np.zeros((28, 28, 1), np.uint8), words)
        np.testing.assert_array_equal(np.rint(cell * 255), expected)
    assert not np.array_equal(cells[0], cells[1])


def test_sheet_leaves_the_last_places_black_and_large_frames_as_they_are() -> None:
    sheet = export.sheet_with_t(np.ones((4, 90, 100, 3)), 3)
    cells = cells_of(sheet, 2, 3)
    assert cells.shape == (2, 3, 90 + export.LABEL_HEIGHT, 100, 3)
    assert cells[1, 1:].max() == 0
    assert cells[1, 0, :90].min() == 1


# Colours -------------------------------------------------------------------------------------------------


def coloured(count: int = 6, side: int = 48) -> Floats:
    """Smooth colours that move, (T, H, W, 3)."""
    y, x = np.mgrid[0:side, 0:side] / np.float32(side)
    phases = np.arange(count)[:, None, None, None] / 3 + np.arange(3)
    return np.asarray(0.5 + 0.5 * np.sin((5 * x + 3 * y)[..., None] + phases), np.float32)


@pytest.mark.parametrize(("make", "error"), [(export.gif, 0.03), (export.webp, 0.02)])
def test_colours_are_close(make: Make, error: float) -> None:
    frames = coloured()
    shown, _ = decoded(make(frames, 10), channels=3)
    assert shown.shape == frames.shape
    assert np.abs(shown - frames).mean() < error


def test_pngs_in_a_zip_are_in_colour() -> None:
    frames = coloured(2)
    with zipfile.ZipFile(io.BytesIO(export.zip_of_pngs(frames))) as archive:
        for name, frame in zip(archive.namelist(), frames, strict=True):
            with Image.open(io.BytesIO(archive.read(name))) as picture:
                np.testing.assert_array_equal(np.asarray(picture), np.rint(frame * 255))


def test_an_address_holds_the_content() -> None:
    assert export.data_uri(b"\0hello") == "data:image/png;base64,AGhlbGxv"
    assert export.data_uri(b"", "image/webp") == "data:image/webp;base64,"


# Sizes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "columns", "rows", "frames", "wanted", "scale"),
    [
        ((28, 28, 1), 1, 1, 160, 8, 8),  # one path of digits, there and back
        ((28, 28, 1), 10, 10, 78, 1, 1),  # all pairs
        ((28, 28, 1), 40, 40, 1, 1, 1),  # the largest z-grid of digits
        ((28, 28, 1), 40, 40, 1, 8, 3),  # 3360 pixels; four times 1120 are too many
        ((128, 128, 3), 40, 40, 1, 1, 1 / 2),  # 5120 pixels are too many
        ((128, 128, 3), 12, 12, 78, 1, 1 / 3),
        ((64, 16, 3), 100, 1, 1, 4, 2),
    ],
)
def test_scales_stay_in_the_budget(
    spec: tuple[int, int, int], columns: int, rows: int, frames: int, wanted: int, scale: float
) -> None:
    found = export.scale_for(ImageSpec(*spec), columns, rows, frames, wanted)
    assert found == pytest.approx(scale)


def test_no_scale_that_is_wanted_goes_beyond_the_budget() -> None:
    for side in (8, 28, 64, 128):
        for places in (1, 7, 12, 40):
            for frames in (1, 78, 160):
                scale = export.scale_for(ImageSpec(side, side, 3), places, places, frames, wanted=9)
                width, height = export.scaled_size((side * places, side * places), scale)
                assert width <= export.LONGEST
                assert frames * width * height <= 1.01 * export.MOST_PIXELS  # sizes are rounded
                assert scale <= 9


def test_reduced_pictures_are_averages() -> None:
    frames = coloured(2, 60)
    for scale in (1 / 2, 1 / 3):
        with Image.open(io.BytesIO(export.png(frames[0], scale))) as picture:
            reduced = np.asarray(picture) / 255
        k = round(1 / scale)
        means = frames[0].reshape(60 // k, k, 60 // k, k, 3).mean(axis=(1, 3))
        np.testing.assert_allclose(reduced, means, atol=1.5 / 255)
    shown, _ = decoded(export.webp(frames, 10, scale=1 / 2), channels=3)
    assert shown.shape == (2, 30, 30, 3)


# What is refused -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("fps", [0, -1, float("nan"), float("inf")])
@pytest.mark.parametrize("make", [export.gif, export.webp])
def test_an_impossible_speed_is_refused(make: Make, fps: float, frames: Floats) -> None:
    with pytest.raises(ValueError, match="frames per second"):
        make(frames, fps)


@pytest.mark.parametrize("shape", [(28, 28), (3, 28, 28), (0, 28, 28, 1), (3, 28, 28, 2)])
@pytest.mark.parametrize("make", [export.gif, export.webp])
def test_what_is_no_stack_of_frames_is_refused(make: Make, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"\(T, H, W, 1\)"):
        make(np.zeros(shape), 10)


def test_other_shapes_are_refused() -> None:
    for shape in ((4, 4, 2), (4,), (2, 4, 4, 3)):
        with pytest.raises(ValueError, match=r"\(H, W\)"):
            export.png(np.zeros(shape))
    with pytest.raises(ValueError, match=r"\(rows, columns, H, W, C\)"):
        export.tile(np.zeros((2, 3, 4, 4)))
    with pytest.raises(ValueError, match="column"):
        export.sheet_with_t(np.zeros((4, 28, 28, 1)), 0)
    with pytest.raises(ValueError, match=r"\(T, H, W, 1\)"):
        export.zip_of_pngs(np.zeros((28, 28)))
