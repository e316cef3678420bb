"""Untrusted images (the 27 cases, by number) and their preparation for a model trained on MNIST."""

import builtins
import inspect
import io
import os
import struct
import subprocess
import sys
import tracemalloc
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFile, ImageOps
from scipy import ndimage
from sklearn.datasets import load_digits

from vae.images import uploads
from vae.images.uploads import ImageError, preparation, prepare, read_image, read_upload

pytestmark = pytest.mark.filterwarnings("error")

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (24, 20, 3), dtype=np.uint8)
PICTURE = Image.fromarray(PIXELS)
OTHER = PICTURE.transpose(Image.Transpose.ROTATE_180)
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def encode(image: Image.Image, name: str, **options: object) -> bytes:
    """The image as a file of the named format."""
    out = io.BytesIO()
    image.save(out, name, **options)
    return out.getvalue()


def grey_values(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("L"))


def chunk(name: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def header(width: int, height: int, depth: int = 8, colour: int = 0) -> bytes:
    """A PNG's signature and first chunk."""
    return SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))


def bilevel_png(width: int, height: int) -> bytes:
    """A valid PNG of one bit per pixel, all black."""
    packer = zlib.compressobj(1)
    row = bytes(1 + (width + 7) // 8)
    body = b"".join([packer.compress(row * 100) for _ in range(height // 100)])
    body += packer.compress(row * (height % 100)) + packer.flush()
    return header(width, height, depth=1) + chunk(b"IDAT", body) + chunk(b"IEND")


def text_bomb(before_pixels: bool = True) -> bytes:
    """An 82 kB PNG with a text of 80 MB."""
    packer = zlib.compressobj(9)
    text = b"".join([packer.compress(bytes(2**20)) for _ in range(80)]) + packer.flush()
    png = encode(PICTURE.convert("L").resize((8, 8)), "PNG")
    at = 33 if before_pixels else len(png) - 12
    return png[:at] + chunk(b"zTXt", b"Comment\0\0" + text) + png[at:]


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("digit.png", encode(PICTURE, "PNG"))
    return out.getvalue()


def half(data: bytes) -> bytes:
    return data[: len(data) // 2]


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def photo_of(width: int, height: int, **options: object) -> bytes:
    """A grey JPEG with a black quarter at its upper left."""
    picture = Image.new("L", (width, height), 200)
    picture.paste(0, (0, 0, width // 2, height // 2))
    return encode(picture.convert("RGB"), "JPEG", **options)


def repeated_scans() -> bytes:
    """A JPEG that rewrites its 16 million pixels 200 times."""
    jpeg = encode(Image.new("L", (4000, 4000), 90), "JPEG", progressive=True)
    scan = jpeg[jpeg.rindex(b"\xff\xda") : -2]
    return jpeg[:-2] + 200 * scan + jpeg[-2:]


REJECTED: dict[str, tuple[Callable[[], bytes], str]] = {
    "1 empty": (bytes, "empty"),
    "2 text named .png": (lambda: b"hello, I am a picture", "text"),
    "3 SVG": (lambda: b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
    "4 ZIP": (archive, "ZIP"),
    "5 EPS": (lambda: encode(PICTURE, "EPS"), "EPS"),
    "6 TIFF": (lambda: encode(PICTURE, "TIFF"), "TIFF"),
    "7 ICO": (lambda: encode(PICTURE, "ICO", sizes=[(16, 16)]), "ICO"),
    "8 header-only PNG": (lambda: header(8, 8), "damaged"),
    "8 header and end of a PNG": (lambda: header(8, 8) + chunk(b"IEND"), "damaged"),
    "9 half a PNG": (lambda: half(encode(PICTURE, "PNG")), "damaged"),
    "10 half a JPEG": (lambda: half(encode(PICTURE, "JPEG")), "damaged"),
    "10 half a progressive JPEG": (lambda: half(encode(PICTURE, "JPEG", progressive=True)), "damaged"),
    "11 bad CRC": (lambda: flipped(encode(PICTURE, "PNG"), -13), "damaged"),
    "12 no pixels": (lambda: header(0, 0) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND"), "damaged"),
    "13 3.6 gigapixels": (lambda: header(60_000, 60_000) + chunk(b"IDAT", zlib.compress(b"")), "pixels"),
    "14 100 megapixels": (lambda: bilevel_png(10_000, 10_000), "10000 × 10000"),
    "15 text bomb": (text_bomb, "damaged"),
    "15 text bomb after the pixels": (lambda: text_bomb(before_pixels=False), "damaged"),
    "14 100 megapixels, JPEG": (lambda: photo_of(10_000, 10_000), "10000 × 10000"),
    "14 25 megapixels, progressive": (lambda: photo_of(5000, 5000, progressive=True), "5000 × 5000"),
    "16 over the byte limit": (lambda: encode(PICTURE, "PNG").ljust(uploads.MAX_BYTES + 1), "25.0 MB"),
    "17 extreme aspect": (lambda: bilevel_png(1, 100_000), "1 × 100000"),
    "half a GIF": (lambda: half(encode(PICTURE, "GIF")), "damaged"),
    "half a WebP": (lambda: half(encode(PICTURE, "WEBP")), "damaged"),
    "half a BMP": (lambda: half(encode(PICTURE, "BMP")), "damaged"),
    "JPEG with 200 scans": (repeated_scans, "too long to decode"),
    "HEIC": (lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
    "binary": (lambda: bytes(range(256)), "not an image"),
}


@pytest.mark.parametrize("case", REJECTED)
def test_rejected_with_one_friendly_sentence(case: str) -> None:
    build, reason = REJECTED[case]
    with pytest.raises(ImageError) as caught:
        read_image(build())
    sentence = str(caught.value)
    assert reason in sentence
    assert "please" in sentence
    assert sentence.startswith("This ")
    assert sentence.endswith(".")
    assert ". " not in sentence
    assert "\n" not in sentence
    assert "<" not in sentence
    assert len(sentence) < 200


def test_every_number_of_the_list_is_covered() -> None:
    rejected = {int(case.split()[0]) for case in REJECTED if case[0].isdigit()}
    assert rejected == set(range(1, 18))  # 18 to 27 are the tests below, named by number


@pytest.mark.parametrize("case", [case for case in REJECTED if case[:2] in ("13", "14", "16", "17")])
def test_no_pixel_is_decoded_before_the_checks(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda self: pytest.fail("decoded"))
    with pytest.raises(ImageError):
        read_image(REJECTED[case][0]())


def test_case_11_every_flipped_bit_of_a_png_is_noticed() -> None:
    png = encode(PICTURE.resize((4, 4)), "PNG")
    for at in range(len(png) - 12):  # the end chunk has no content
        with pytest.raises(ImageError):
            read_image(flipped(png, at))


def test_case_12_no_pixels() -> None:
    with pytest.raises(ImageError, match="empty"):
        uploads._check_size((0, 0))


def test_case_15_text_bomb_takes_no_memory() -> None:
    data = text_bomb()
    assert len(data) < 90_000
    tracemalloc.start()
    with pytest.raises(ImageError):
        read_image(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8e6


def test_cases_14_16_17_limits_are_inclusive() -> None:
    assert read_image(encode(PICTURE, "PNG").ljust(uploads.MAX_BYTES, b"\0")).size == PICTURE.size
    assert read_image(bilevel_png(4000, 4000)).size == (4000, 4000)
    assert read_image(bilevel_png(2, 40)).size == (2, 40)
    with pytest.raises(ImageError, match="crop it to 20 to 1 or less"):
        read_image(bilevel_png(2, 41))
    with pytest.raises(ImageError, match="16 megapixels"):
        read_image(bilevel_png(4000, 4001))
    with pytest.raises(ImageError, match="8001 × 8000 pixels"):
        read_image(photo_of(8001, 8000))


@pytest.mark.parametrize(("size", "read_as"), [((8000, 8000), (4000, 4000)), ((8160, 6120), (4080, 3060))])
@pytest.mark.parametrize("turned", [False, True], ids=["upright", "EXIF"])
def test_case_14_a_phones_photo_is_halved_while_it_is_decoded(
    size: tuple[int, int], read_as: tuple[int, int], turned: bool
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6 if turned else 1
    data = photo_of(*size, exif=exif)
    image = read_image(data)
    assert image.size == (read_as[::-1] if turned else read_as)
    quarters = np.asarray(image.resize((2, 2), Image.Resampling.BOX))
    expected = np.array([[0, 200], [200, 200]])
    np.testing.assert_allclose(quarters, np.rot90(expected, -1) if turned else expected, atol=2)


def test_case_14_a_phones_photo_takes_little_memory() -> None:
    """Of a process of its own: Pillow's pixels are outside of what Python traces."""
    script = (
        "import resource, sys; from vae.images.uploads import prepare, read_image\n"
        "usage = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024\n"
        "data = sys.stdin.buffer.read(); before = usage(); prepare(read_image(data)); print(usage() - before)"
    )
    photo = photo_of(8000, 8000)
    run = subprocess.run([sys.executable, "-c", script], input=photo, capture_output=True, check=True)
    assert float(run.stdout) < 60  # MiB; three bytes a pixel would be 183


def test_a_film_behind_a_photo_is_not_its_scans() -> None:
    photo = encode(PICTURE, "JPEG")
    film = 500 * b"\xff\xda\0\x02"
    np.testing.assert_array_equal(read_image(photo + film), read_image(photo))


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "MPO"])
def test_damage_anywhere_is_an_image_error_or_an_image(name: str) -> None:
    several = {"save_all": True, "append_images": [OTHER.resize((8, 8))]}
    data = encode(PICTURE.resize((8, 8)), name, **(several if name in ("PNG", "WEBP", "GIF", "MPO") else {}))
    rng = np.random.default_rng(1)
    for _ in range(150):
        damaged = bytearray(data[: rng.integers(1, len(data) + 1)] if rng.random() < 0.3 else data)
        for at in rng.integers(0, len(damaged), rng.integers(1, 5)):
            damaged[at] = rng.integers(256)
        try:
            outcome = read_image(bytes(damaged)).mode
        except ImageError as error:
            outcome = str(error)
        assert outcome == "L" or outcome.endswith(".")


def test_a_multi_picture_jpeg_of_a_phone_is_a_jpeg() -> None:
    upload = read_upload(encode(PICTURE, "MPO", save_all=True, append_images=[OTHER]))
    assert upload.notices == ()
    np.testing.assert_array_equal(upload.image, read_image(encode(PICTURE, "JPEG")))


def test_case_18_one_pixel() -> None:
    image = read_image(encode(Image.new("L", (1, 1), 51), "PNG"))
    np.testing.assert_allclose(prepare(image, mnist_style=False), np.full((28, 28), 0.2), atol=1e-6)
    assert not prepare(image).any()


def test_case_19_16_bit_is_scaled() -> None:
    values = np.linspace(0, 65535, 300).astype(np.uint16).reshape(15, 20)
    grey = read_image(encode(Image.fromarray(values), "PNG"))
    np.testing.assert_allclose(np.asarray(grey), values / 257, atol=0.51)
    see_through = read_image(encode(Image.fromarray(values), "PNG", transparency=int(values[0, 1])))
    assert see_through.getpixel((1, 0)) == 255
    assert see_through.getpixel((2, 0)) == grey.getpixel((2, 0))


def test_case_20_cmyk() -> None:
    cyan, magenta, yellow, black = 40, 90, 160, 60
    image = Image.new("CMYK", (16, 16), (cyan, magenta, yellow, black))
    red, green, blue = ((255 - ink) * (255 - black) / 255 for ink in (cyan, magenta, yellow))
    grey = read_image(encode(image, "JPEG", quality=100))
    assert grey.getpixel((8, 8)) == pytest.approx(0.299 * red + 0.587 * green + 0.114 * blue, abs=2)


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
@pytest.mark.parametrize("background", [0, 100, 255])
def test_case_21_alpha_is_composited(mode: str, background: int) -> None:
    ink, alpha = (RNG.integers(0, 256, (9, 7)).astype(np.uint8) for _ in range(2))
    bands = [ink] * (len(mode) - 1) + [alpha]
    upload = read_upload(encode(Image.fromarray(np.dstack(bands), mode), "PNG"), background)
    expected = (ink * (alpha / 255)) + background * (1 - alpha / 255)
    np.testing.assert_allclose(np.asarray(upload.image), expected, atol=1.01)
    assert upload.notices == ("Transparent parts are filled with the background colour.",)


def test_case_21_transparency_defaults_to_white_paper() -> None:
    drawing = Image.new("RGBA", (9, 9))
    drawing.putpixel((4, 4), (0, 0, 0, 255))
    assert read_image(encode(drawing, "PNG")).getextrema() == (0, 255)
    assert read_upload(encode(drawing, "PNG"), 0).notices[1] == "The whole image is one shade of grey."
    opaque = read_upload(encode(PICTURE.convert("RGBA"), "PNG"))
    assert opaque.notices == ()
    np.testing.assert_array_equal(opaque.image, grey_values(PICTURE))


def test_case_22_palette_and_one_bit() -> None:
    palette = PICTURE.quantize(16)
    np.testing.assert_array_equal(read_image(encode(palette, "PNG")), grey_values(palette.convert("RGB")))
    one_bit = PICTURE.convert("1")
    np.testing.assert_array_equal(read_image(encode(one_bit, "PNG")), np.asarray(one_bit) * 255)
    see_through = encode(palette, "PNG", transparency=bytes(16 * [0]))
    assert read_image(see_through).getextrema() == (255, 255)


@pytest.mark.parametrize(("name", "options"), [("GIF", {}), ("PNG", {}), ("WEBP", {"lossless": True})])
def test_case_23_first_frame_with_a_notice(name: str, options: dict[str, object]) -> None:
    first = PICTURE.convert("L")
    data = encode(first, name, save_all=True, append_images=[OTHER.convert("L")], **options)
    upload = read_upload(data)
    assert upload.notices == ("Animation: the first frame is used.",)
    np.testing.assert_allclose(np.asarray(upload.image), np.asarray(first), atol=1)
    assert read_upload(encode(first, name, **options)).notices == ()


def with_orientation(orientation: object, name: str = "PNG") -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encode(PICTURE, name, exif=exif)


def test_case_24_orientation_6_is_rotated_and_99_ignored() -> None:
    grey = grey_values(PICTURE)
    turned = read_upload(with_orientation(6))
    np.testing.assert_array_equal(np.asarray(turned.image), np.rot90(grey, -1))
    assert turned.notices == ("The photo was turned upright, as the camera recorded it.",)
    ignored = read_upload(with_orientation(99))
    np.testing.assert_array_equal(np.asarray(ignored.image), grey)
    assert ignored.notices == ()


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_case_24_all_orientations_as_pillow_does(name: str, orientation: int) -> None:
    data = with_orientation(orientation, name)
    with Image.open(io.BytesIO(data)) as picture:
        expected = ImageOps.exif_transpose(picture)
    np.testing.assert_array_equal(read_image(data), grey_values(expected))


def test_case_24_damaged_exif_is_no_reason_to_reject() -> None:
    jpeg = with_orientation(6, "JPEG")
    at = jpeg.index(b"Exif\0\0") + 6
    for damaged in (jpeg[:at] + b"XX" + jpeg[at + 2 :], jpeg[: at + 8] + b"\xff\xff" + jpeg[at + 10 :]):
        assert read_image(damaged).size in (PICTURE.size, PICTURE.size[::-1])


def test_case_25_trailing_html_is_dropped() -> None:
    png = encode(PICTURE, "PNG")
    image = read_image(png + b"<script>alert(1)</script>")
    np.testing.assert_array_equal(image, read_image(png))
    assert b"script" not in encode(image, "PNG")


def test_metadata_is_dropped() -> None:
    jpeg = with_orientation(6, "JPEG")
    image = read_image(jpeg)
    assert image.info == {}
    assert not image.getexif()
    assert b"Exif" not in encode(image, "JPEG")


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "<img src=x onerror=alert(1)>.png", "x" * 5000 + ".png", "digit.png"]
)
def test_case_26_names_are_never_paths(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("digit.png").write_bytes(encode(PICTURE, "PNG"))
    monkeypatch.setattr(builtins, "open", lambda *args, **kwargs: pytest.fail(f"opened {args}"))
    with pytest.raises(ImageError) as caught:
        read_image(name.encode())
    assert name not in str(caught.value)
    with pytest.raises(TypeError):
        read_image(name)  # type: ignore[arg-type]  # a name instead of bytes
    assert list(inspect.signature(read_image).parameters) == ["data", "background"]


@pytest.mark.parametrize("level", [0, 1, 127, 254, 255])
@pytest.mark.parametrize("size", [(1, 1), (28, 28), (300, 200)])
def test_case_27_constant_image(level: int, size: tuple[int, int]) -> None:
    upload = read_upload(encode(Image.new("L", size, level), "PNG"))
    assert upload.notices == ("The whole image is one shade of grey.",)
    result = preparation(upload.image)
    assert result.steps == ("no ink found",)
    assert not result.pixels.any()
    scaled = prepare(upload.image, mnist_style=False)
    assert scaled.max() == pytest.approx(level / 255)
    assert np.isfinite(scaled).all()


def test_pillows_warnings_neither_leak_nor_are_switched_off() -> None:
    filters = list(warnings.filters)
    with pytest.raises(ImageError):
        read_image(bilevel_png(10_000, 10_000))  # Pillow warns of a decompression bomb
    assert warnings.filters == filters


# Preparing: real digits, rendered as photos


def mnist(count: int) -> np.ndarray:
    """The first test images of MNIST, (count, 28, 28) uint8."""
    path = Path(os.environ.get("VAE_DATA_ROOT", "~/.cache/vae-explorer")).expanduser()
    path /= "MNIST/raw/t10k-images-idx3-ubyte"
    if not path.exists():
        pytest.skip(f"MNIST is not at {path}; set VAE_DATA_ROOT")
    return np.fromfile(path, np.uint8, 16 + count * 784)[16:].reshape(count, 28, 28)


def textbook(digit: np.ndarray) -> np.ndarray:
    """A clean white digit (H, W) brought into MNIST's frame as MNIST describes it, (28, 28) in [0, 1]."""
    rows, columns = np.flatnonzero((digit > 50).any(1)), np.flatnonzero((digit > 50).any(0))
    tight = Image.fromarray(digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    scale = 20 / max(tight.size)
    frame = np.zeros((56, 56))
    tight = tight.resize((round(scale * tight.width), round(scale * tight.height)), Image.Resampling.BOX)
    frame[18 : 18 + tight.height, 18 : 18 + tight.width] = np.asarray(tight) / 255
    return ndimage.shift(frame, 28 - np.round(ndimage.center_of_mass(frame)), order=0)[14:42, 14:42]


def sklearn_digits(count: int) -> np.ndarray:
    """White digits of scikit-learn's data, smoothly enlarged from 8x8, (count, 80, 80) uint8."""
    small = (np.pad(load_digits().images[:count], ((0, 0), (1, 1), (1, 1))) * (255 / 16)).astype(np.uint8)
    return np.array([Image.fromarray(digit).resize((80, 80), Image.Resampling.BICUBIC) for digit in small])


def on_paper(digit: np.ndarray, seed: int, shade: float = 0.3, noise: float = 0.02) -> Image.Image:
    """A photo of the digit, a JPEG: enlarged, dark on light, off centre, on uneven and grainy paper."""
    rng = np.random.default_rng(seed)
    side = 28 * int(rng.integers(6, 12))
    ink = np.asarray(Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC)) / 255
    height, width = (int(side * rng.uniform(1.3, 2.2)) for _ in range(2))
    top, left = int(rng.integers(0, height - side)), int(rng.integers(0, width - side))
    full = np.pad(ink, ((top, height - side - top), (left, width - side - left)))
    down, right = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    angle = rng.uniform(0, 2 * np.pi)
    light = 0.85 + shade * ((down - 0.5) * np.sin(angle) + (right - 0.5) * np.cos(angle))
    photo = light * (1 - 0.75 * full) + rng.normal(0, noise, full.shape)
    return read_image(encode(Image.fromarray(np.uint8(255 * np.clip(photo, 0, 1))), "JPEG", quality=80))


def likeness(a: np.ndarray, b: np.ndarray) -> float:
    """Correlation at the best shift of at most a pixel: MNIST rounds the centre of mass to pixels."""
    shifts = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    return max(float(np.corrcoef(np.roll(a, shift, (0, 1)).ravel(), b.ravel())[0, 1]) for shift in shifts)


def test_mnist_comes_through_nearly_unchanged() -> None:
    for digit in mnist(300):
        assert np.abs(prepare(Image.fromarray(digit)) - digit / 255).mean() < 0.01
        assert np.abs(prepare(Image.fromarray(255 - digit)) - digit / 255).mean() < 0.01


def test_photos_of_mnist_give_mnist_back() -> None:
    scores = [likeness(prepare(on_paper(digit, seed)), digit / 255) for seed, digit in enumerate(mnist(60))]
    assert np.median(scores) > 0.95
    assert np.mean(np.array(scores) > 0.85) > 0.95


def test_photos_of_scikit_learns_digits_agree_with_the_textbook() -> None:
    digits = sklearn_digits(60)
    scores = [likeness(prepare(on_paper(digit, seed)), textbook(digit)) for seed, digit in enumerate(digits)]
    assert np.median(scores) > 0.95
    assert np.mean(np.array(scores) > 0.85) > 0.95


def test_a_digit_in_mnists_frame_is_left_alone() -> None:
    for digit in sklearn_digits(60):
        framed = (255 * textbook(digit) / textbook(digit).max()).astype(np.uint8)
        white, black = preparation(Image.fromarray(framed)), preparation(Image.fromarray(255 - framed))
        assert not {"cropped to the ink", "centred by mass"} & {*white.steps, *black.steps}
        assert likeness(white.pixels, framed / 255) > 0.98
        np.testing.assert_allclose(white.pixels, black.pixels, atol=1e-5)


def test_centre_of_mass_and_size_are_mnists() -> None:
    for seed, digit in enumerate(sklearn_digits(40)):
        pixels = prepare(on_paper(digit, seed))
        assert pixels.shape == (28, 28)
        assert pixels.dtype == np.float32
        assert pixels.min() == 0
        assert 0.9 < pixels.max() <= 1
        np.testing.assert_allclose(ndimage.center_of_mass(pixels), 14, atol=0.55)
        assert 18 <= max(np.ptp(np.argwhere(pixels), axis=0) + 1) <= 20


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_orientation_is_kept(turns: int) -> None:
    photo = on_paper(sklearn_digits(8)[7], seed=3)  # a seven
    upright, turned = prepare(photo), prepare(Image.fromarray(np.rot90(np.asarray(photo), turns)))
    assert likeness(turned, np.rot90(upright, turns)) > 0.95
    assert likeness(turned, upright) < 0.7


def test_polarity_of_tight_and_loose_pictures() -> None:
    for digit in sklearn_digits(40):
        rows, columns = np.flatnonzero((digit > 50).any(1)), np.flatnonzero((digit > 50).any(0))
        tight = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        for crop in (digit, np.pad(digit, 150), tight):
            assert "inverted" not in preparation(Image.fromarray(crop)).steps
            assert "inverted" in preparation(Image.fromarray(255 - crop)).steps


def test_steps_say_what_was_done() -> None:
    photo = on_paper(sklearn_digits(1)[0], seed=0)
    steps = preparation(photo).steps
    assert steps[:3] == ("inverted", "paper removed", "cropped to the ink")
    assert steps[3].startswith("scaled to ")
    assert steps[-1] == "contrast stretched"
    assert "centred by mass" in steps
    assert preparation(photo, mnist_style=False).steps[0].startswith("scaled to ")


def test_table_edge_and_shadow_are_not_ink() -> None:
    digit = sklearn_digits(3)[2]
    photo = np.array(on_paper(digit, seed=1, shade=0.0), float)
    shadow = np.where(np.arange(photo.shape[1]) > 0.5 * photo.shape[1], 0.75, 1.0)
    table = np.where(np.arange(photo.shape[0]) < 0.05 * photo.shape[0], 0.3, 1.0)[:, None]
    for light in (shadow, table):
        assert likeness(prepare(Image.fromarray(np.uint8(photo * light))), textbook(digit)) > 0.85


def test_thin_strokes_become_as_wide_as_mnists() -> None:
    photo = Image.new("L", (800, 600), 220)
    ImageDraw.Draw(photo).line([(300, 150), (500, 150), (380, 450)], fill=40, width=7)
    result = preparation(photo)
    assert "thin strokes widened" in result.steps
    widths = (result.pixels[14:20] > 0.4).sum(axis=1)
    assert widths.min() >= 2
    assert widths.max() <= 4


def test_blank_paper_has_no_ink() -> None:
    blank = on_paper(np.zeros((28, 28), np.uint8), seed=2)
    assert preparation(blank).steps == ("no ink found",)
    assert not prepare(blank).any()


@pytest.mark.parametrize("size", [(28, 28), (56, 28), (14, 28), (280, 560), (1, 20), (20, 1), (2, 2)])
def test_letterbox_scales_and_does_nothing_else(size: tuple[int, int]) -> None:
    image = Image.new("L", size, 200)
    pixels = prepare(image, mnist_style=False)
    rows, columns = np.ptp(np.argwhere(pixels), axis=0) + 1
    assert (columns, rows) == tuple(max(1, round(28 * length / max(size))) for length in size)
    np.testing.assert_allclose(pixels[pixels > 0], 200 / 255, atol=1e-6)
    np.testing.assert_allclose(ndimage.center_of_mass(pixels), 13.5, atol=0.5)


def test_letterbox_of_28x28_is_the_image_itself() -> None:
    values = RNG.integers(0, 256, (28, 28), dtype=np.uint8)
    np.testing.assert_allclose(prepare(Image.fromarray(values), mnist_style=False), values / 255, atol=1e-6)


@pytest.mark.parametrize("shape", [(1, 1), (1, 20), (20, 1), (2, 2), (3, 40), (192, 192), (193, 250)])
@pytest.mark.parametrize("mnist_style", [True, False])
def test_any_pixels_give_a_valid_image(shape: tuple[int, int], mnist_style: bool) -> None:
    for values in (RNG.integers(0, 256, shape), np.indices(shape).sum(axis=0) % 2 * 255):
        pixels = prepare(Image.fromarray(values.astype(np.uint8)), mnist_style)
        assert pixels.shape == (28, 28)
        assert pixels.dtype == np.float32
        assert np.isfinite(pixels).all()
        assert pixels.min() >= 0
        assert pixels.max() <= 1


def test_prepare_wants_a_grey_picture() -> None:
    with pytest.raises(ValueError, match="mode L, got RGB"):
        prepare(PICTURE)
