"""Pictures from untrusted bytes: the 27 cases, by number."""

import builtins
import io
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
from PIL import Image, ImageFile, ImageOps

from vae.images import uploads
from vae.images.uploads import ImageError, read_upload

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


def read(data: bytes) -> Image.Image:
    return read_upload(data).image


def colours(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB"))


def in_three(grey: np.ndarray) -> np.ndarray:
    """Grey levels (H, W) as a picture in colour has them, (H, W, 3)."""
    return np.repeat(grey[..., None], 3, axis=2)


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
        read(build())
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
        read(REJECTED[case][0]())


def test_case_11_every_flipped_bit_of_a_png_is_noticed() -> None:
    png = encode(PICTURE.resize((4, 4)), "PNG")
    for at in range(len(png) - 12):  # the end chunk has no content
        with pytest.raises(ImageError):
            read(flipped(png, at))


def test_case_12_no_pixels() -> None:
    with pytest.raises(ImageError, match="empty"):
        uploads._check_size((0, 0))


def test_case_15_text_bomb_takes_no_memory() -> None:
    data = text_bomb()
    assert len(data) < 90_000
    tracemalloc.start()
    with pytest.raises(ImageError):
        read(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8e6


def test_cases_14_16_17_limits_are_inclusive() -> None:
    assert read(encode(PICTURE, "PNG").ljust(uploads.MAX_BYTES, b"\0")).size == PICTURE.size
    assert read(bilevel_png(4000, 4000)).size == (4000, 4000)
    assert read(bilevel_png(2, 40)).size == (2, 40)
    with pytest.raises(ImageError, match="crop it to 20 to 1 or less"):
        read(bilevel_png(2, 41))
    with pytest.raises(ImageError, match="16 megapixels"):
        read(bilevel_png(4000, 4001))
    with pytest.raises(ImageError, match="8001 × 8000 pixels"):
        read(photo_of(8001, 8000))


@pytest.mark.parametrize(("size", "read_as"), [((8000, 8000), (2000, 2000)), ((8160, 6120), (2040, 1530))])
@pytest.mark.parametrize("turned", [False, True], ids=["upright", "EXIF"])
def test_case_14_a_phones_photo_is_reduced_while_it_is_decoded(
    size: tuple[int, int], read_as: tuple[int, int], turned: bool
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6 if turned else 1
    data = photo_of(*size, exif=exif)
    image = read(data)
    assert image.size == (read_as[::-1] if turned else read_as)
    quarters = np.asarray(image.convert("L").resize((2, 2), Image.Resampling.BOX))
    expected = np.array([[0, 200], [200, 200]])
    np.testing.assert_allclose(quarters, np.rot90(expected, -1) if turned else expected, atol=2)


def test_case_14_a_phones_photo_takes_little_memory() -> None:
    """Of a process of its own: Pillow's pixels are outside of what Python traces."""
    script = (
        "import resource, sys\n"
        "from vae.images import sets; from vae.images.preparation import prepare; import scipy.ndimage\n"
        "from vae.images.uploads import read_upload\n"
        "usage = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024\n"
        "data = sys.stdin.buffer.read(); before = usage()\n"
        "prepare(read_upload(data).image, sets.dataset('mnist')); print(usage() - before)"
    )
    photo = photo_of(8000, 8000)
    run = subprocess.run([sys.executable, "-c", script], input=photo, capture_output=True, check=True)
    assert float(run.stdout) < 60  # MiB; four bytes for each of its pixels would be 244


def test_a_film_behind_a_photo_is_not_its_scans() -> None:
    photo = encode(PICTURE, "JPEG")
    film = 500 * b"\xff\xda\0\x02"
    np.testing.assert_array_equal(read(photo + film), read(photo))


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
            outcome = read(bytes(damaged)).mode
        except ImageError as error:
            outcome = str(error)
        assert outcome == "RGB" or outcome.endswith(".")


def test_a_multi_picture_jpeg_of_a_phone_is_a_jpeg() -> None:
    upload = read_upload(encode(PICTURE, "MPO", save_all=True, append_images=[OTHER]))
    assert upload.notices == ()
    np.testing.assert_array_equal(upload.image, read(encode(PICTURE, "JPEG")))


def test_case_18_one_pixel() -> None:
    image = read(encode(Image.new("L", (1, 1), 51), "PNG"))
    assert np.asarray(image).tolist() == [[[51, 51, 51]]]


def test_case_19_16_bit_is_scaled() -> None:
    values = np.linspace(0, 65535, 300).astype(np.uint16).reshape(15, 20)
    grey = read(encode(Image.fromarray(values), "PNG"))
    np.testing.assert_allclose(np.asarray(grey), in_three(values / 257), atol=0.51)
    see_through = read(encode(Image.fromarray(values), "PNG", transparency=int(values[0, 1])))
    assert read_upload(encode(Image.fromarray(values), "PNG")).notices == (
        "Its levels of 16 bits became levels of 8 bits.",
    )
    assert see_through.getpixel((1, 0)) == (255, 255, 255)
    assert see_through.getpixel((2, 0)) == grey.getpixel((2, 0))


def test_case_20_cmyk() -> None:
    cyan, magenta, yellow, black = 40, 90, 160, 60
    image = Image.new("CMYK", (16, 16), (cyan, magenta, yellow, black))
    red, green, blue = ((255 - ink) * (255 - black) / 255 for ink in (cyan, magenta, yellow))
    picture = read(encode(image, "JPEG", quality=100))
    assert picture.getpixel((8, 8)) == pytest.approx((red, green, blue), abs=2)


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
@pytest.mark.parametrize("background", [0, 100, 255])
def test_case_21_alpha_is_composited(mode: str, background: int) -> None:
    ink, alpha = (RNG.integers(0, 256, (9, 7)).astype(np.uint8) for _ in range(2))
    bands = [ink] * (len(mode) - 1) + [alpha]
    upload = read_upload(encode(Image.fromarray(np.dstack(bands), mode), "PNG"), background)
    expected = (ink * (alpha / 255)) + background * (1 - alpha / 255)
    np.testing.assert_allclose(np.asarray(upload.image), in_three(expected), atol=1.01)
    assert upload.notices == ("Transparent parts are filled with the background colour.",)


def test_case_21_transparency_defaults_to_white_paper() -> None:
    drawing = Image.new("RGBA", (9, 9))
    drawing.putpixel((4, 4), (0, 0, 0, 255))
    assert read(encode(drawing, "PNG")).getextrema() == 3 * ((0, 255),)
    assert read_upload(encode(drawing, "PNG"), 0).notices[1] == "The whole image is one colour."
    opaque = read_upload(encode(PICTURE.convert("RGBA"), "PNG"))
    assert opaque.notices == ()
    np.testing.assert_array_equal(opaque.image, colours(PICTURE))


def test_colours_are_kept() -> None:
    for name, options in (("PNG", {}), ("BMP", {}), ("WEBP", {"lossless": True})):
        np.testing.assert_array_equal(read(encode(PICTURE, name, **options)), PIXELS)
    grey = PICTURE.convert("L")
    np.testing.assert_array_equal(read(encode(grey, "PNG")), in_three(np.asarray(grey)))
    red = Image.new("RGB", (9, 9), "red")
    assert read_upload(encode(red, "PNG")).notices == ("The whole image is one colour.",)
    red.putpixel((4, 4), (255, 1, 0))
    assert read_upload(encode(red, "PNG")).notices == ()


def test_case_22_palette_and_one_bit() -> None:
    palette = PICTURE.quantize(16)
    np.testing.assert_array_equal(read(encode(palette, "PNG")), colours(palette))
    one_bit = PICTURE.convert("1")
    np.testing.assert_array_equal(read(encode(one_bit, "PNG")), in_three(np.asarray(one_bit) * 255))
    see_through = encode(palette, "PNG", transparency=bytes(16 * [0]))
    assert read(see_through).getextrema() == 3 * ((255, 255),)


@pytest.mark.parametrize(("name", "options"), [("GIF", {}), ("PNG", {}), ("WEBP", {"lossless": True})])
def test_case_23_first_frame_with_a_notice(name: str, options: dict[str, object]) -> None:
    first = PICTURE.convert("L")
    data = encode(first, name, save_all=True, append_images=[OTHER.convert("L")], **options)
    upload = read_upload(data)
    assert upload.notices == ("Animation: the first frame is used.",)
    np.testing.assert_allclose(np.asarray(upload.image), colours(first), atol=1)
    assert read_upload(encode(first, name, **options)).notices == ()


def with_orientation(orientation: object, name: str = "PNG") -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encode(PICTURE, name, exif=exif)


def test_case_24_orientation_6_is_rotated_and_99_ignored() -> None:
    turned = read_upload(with_orientation(6))
    np.testing.assert_array_equal(np.asarray(turned.image), np.rot90(PIXELS, -1))
    assert turned.notices == ("The photo was turned upright, as the camera recorded it.",)
    ignored = read_upload(with_orientation(99))
    np.testing.assert_array_equal(np.asarray(ignored.image), PIXELS)
    assert ignored.notices == ()


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_case_24_all_orientations_as_pillow_does(name: str, orientation: int) -> None:
    data = with_orientation(orientation, name)
    with Image.open(io.BytesIO(data)) as picture:
        expected = ImageOps.exif_transpose(picture)
    np.testing.assert_array_equal(read(data), colours(expected))


def test_case_24_damaged_exif_is_no_reason_to_reject() -> None:
    jpeg = with_orientation(6, "JPEG")
    at = jpeg.index(b"Exif\0\0") + 6
    for damaged in (jpeg[:at] + b"XX" + jpeg[at + 2 :], jpeg[: at + 8] + b"\xff\xff" + jpeg[at + 10 :]):
        assert read(damaged).size in (PICTURE.size, PICTURE.size[::-1])


def test_case_25_trailing_html_is_dropped() -> None:
    png = encode(PICTURE, "PNG")
    image = read(png + b"<script>alert(1)</script>")
    np.testing.assert_array_equal(image, read(png))
    assert b"script" not in encode(image, "PNG")


def test_metadata_is_dropped() -> None:
    jpeg = with_orientation(6, "JPEG")
    image = read(jpeg)
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
        read(name.encode())
    assert name not in str(caught.value)
    with pytest.raises(TypeError):
        read(name)  # type: ignore[arg-type]  # a name instead of bytes


@pytest.mark.parametrize("level", [0, 1, 127, 254, 255])
@pytest.mark.parametrize("size", [(1, 1), (28, 28), (300, 200)])
def test_case_27_constant_image(level: int, size: tuple[int, int]) -> None:
    upload = read_upload(encode(Image.new("L", size, level), "PNG"))
    assert upload.notices == ("The whole image is one colour.",)


def test_pillows_warnings_neither_leak_nor_are_switched_off() -> None:
    filters = list(warnings.filters)
    with pytest.raises(ImageError):
        read(bilevel_png(10_000, 10_000))  # Pillow warns of a decompression bomb
    assert warnings.filters == filters
