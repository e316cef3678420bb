"""Data sets by name: what is read, what is found damaged, and how a set is fetched, with no network.

A tiny set in torchvision's layout stands for MNIST; the real one is looked at where VAE_DATA_ROOT holds it.
"""

import gzip
import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
import torchvision
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from vae import data
from vae.images import sets
from vae.images.sets import mnist
from vae.images.spec import ImageSpec

ROOT = Path(__file__).parents[2]
COUNTS = {"train": 30, "test": 20}
STEMS = {"train": "train", "test": "t10k"}
MNIST_CLASSES = {  # of LeCun's description, digits 0 to 9
    "train": [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
    "test": [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
}


def idx(array: np.ndarray) -> bytes:
    """An IDX file of unsigned bytes, written from its description: magic number, sizes, content."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes()


def tiny_files() -> dict[str, bytes]:
    """The four files of the tiny set."""
    rng = np.random.default_rng(0)
    files = {}
    for split, stem in STEMS.items():
        count = COUNTS[split]
        files[f"{stem}-images-idx3-ubyte"] = idx(rng.integers(0, 256, (count, 28, 28)))
        files[f"{stem}-labels-idx1-ubyte"] = idx(np.arange(count) % 10)
    return files


FILES = tiny_files()
IMAGES, LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"
SUMS = {name: hashlib.md5(content).hexdigest() for name, content in FILES.items()}


def write(raw: Path) -> None:
    raw.mkdir(parents=True, exist_ok=True)
    for name, content in FILES.items():
        (raw / name).write_bytes(content)


class Mirror:
    """Stands for the network; counts what is asked of it."""

    def __init__(self) -> None:
        self.fetched = 0
        self.act: Callable[[Path], None] = write

    def __call__(self, name: str, base: Path) -> None:
        self.fetched += 1
        self.act(base / mnist.SOURCES[name].folder / "raw")


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Mirror:
    made = Mirror()
    monkeypatch.setattr(mnist, "_download", made)
    return made


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mirror: Mirror) -> Path:
    """An empty root, and nothing that ships; the sets are tiny, and of `mnist` alone the MD5 are known."""
    monkeypatch.setenv("VAE_DATA_ROOT", str(tmp_path))
    monkeypatch.setattr(sets, "SHIPPED", tmp_path / "none")
    monkeypatch.setitem(mnist.SOURCES, "mnist", mnist.Source("MNIST", counts=COUNTS, md5=SUMS))
    monkeypatch.setitem(mnist.SOURCES, "kmnist", mnist.Source("KMNIST", counts=COUNTS))
    monkeypatch.setitem(mnist.SOURCES, "fashion-mnist", mnist.Source("FashionMNIST", counts=COUNTS))
    return tmp_path


@pytest.fixture
def raw(base: Path) -> Path:
    """The folder of a sound tiny `mnist`."""
    folder = base / "MNIST" / "raw"
    write(folder)
    return folder


def check_sound(name: str = "mnist") -> None:
    for split, stem in STEMS.items():
        assert sets.available(name, split)
        found = sets.load(name, split)
        images = FILES[f"{stem}-images-idx3-ubyte"]
        assert found.pixels.shape == (COUNTS[split], 28, 28, 1)
        assert found.labels is not None
        assert found.pixels.tobytes() == images[16:]
        assert found.labels.tolist() == [index % 10 for index in range(COUNTS[split])]


# Reading -------------------------------------------------------------------------------------------------


def test_a_sound_set_is_read_and_nothing_written(raw: Path, base: Path, mirror: Mirror) -> None:
    before = sorted(base.rglob("*"))
    check_sound()
    sets.load("mnist", download=True)
    assert mirror.fetched == 0
    assert sorted(base.rglob("*")) == before  # a read-only root will do


def test_arrays_have_the_types_that_are_promised(raw: Path) -> None:
    found = sets.load("mnist")
    assert found.labels is not None
    types = [array.dtype.name for array in (found.pixels, found.labels, found.floats())]
    assert types == ["uint8", "int64", "float32"]
    for index in (3, [3, 0], slice(2, 5), slice(None)):
        np.testing.assert_allclose(found.floats(index), found.pixels[index] / 255, rtol=1e-6)
        assert found.floats(index).dtype == np.float32
    assert found.pixels.flags.writeable  # torch.from_numpy warns otherwise


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"x")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def flip_last(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def change_header(path: Path) -> None:
    path.write_bytes(b"\0\0\x0d\x03" + path.read_bytes()[4:])


def remove(path: Path) -> None:
    path.unlink()


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGE = [cut, lengthen, empty, flip_last, change_header, make_folder]


@pytest.mark.parametrize("file", [IMAGES, LABELS])
@pytest.mark.parametrize("harm", [*DAMAGE, remove])
def test_a_damaged_set_is_refused_offline_in_one_sentence(
    raw: Path, mirror: Mirror, harm: Callable[[Path], None], file: str
) -> None:
    harm(raw / file)
    with pytest.raises(sets.DataError) as caught:
        sets.load("mnist")
    sentence = str(caught.value)
    assert sentence.startswith(f"The data set mnist {'is not in' if harm is remove else 'in'} {raw}")
    for way_out in ("python -m vae.data mnist", "VAE_DATA_ROOT", "digits"):
        assert way_out in sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")
    assert mirror.fetched == 0
    assert not sets.available("mnist")  # a hash is looked at only in reading, and remembered


@pytest.mark.parametrize("harm", [cut, lengthen, empty, flip_last, change_header, remove])
def test_a_damaged_set_is_fetched_again_once(raw: Path, mirror: Mirror, harm: Callable[[Path], None]) -> None:
    harm(raw / IMAGES)
    assert sets.load("mnist", download=True).pixels.tobytes() == FILES[IMAGES][16:]
    check_sound()
    sets.load("mnist", download=True)
    assert mirror.fetched == 1


def test_damage_of_one_split_leaves_the_other_readable(raw: Path) -> None:
    cut(raw / IMAGES)
    assert len(sets.load("mnist", "train")) == COUNTS["train"]
    assert not sets.available("mnist")


def test_labels_beyond_the_classes_are_damage(base: Path) -> None:
    folder = base / "KMNIST" / "raw"
    write(folder)
    (folder / LABELS).write_bytes(idx(np.full(COUNTS["test"], 10)))
    with pytest.raises(sets.DataError, match="labels"):
        sets.load("kmnist")


def test_a_file_is_hashed_once_a_process(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[int] = []
    really = mnist._md5

    def counting(content: NDArray[np.uint8]) -> str:
        hashed.append(len(content))
        return really(content)

    monkeypatch.setattr(mnist, "_md5", counting)
    for _ in range(3):
        sets.load("mnist")
    assert hashed == [len(FILES[IMAGES]), len(FILES[LABELS])]
    flip_last(raw / IMAGES)
    os.utime(raw / IMAGES, ns=(0, 0))
    with pytest.raises(sets.DataError):
        sets.load("mnist")
    assert len(hashed) == 3


# Fetching ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "kmnist"])
def test_a_missing_set_is_fetched_on_request(base: Path, mirror: Mirror, name: str) -> None:
    assert not sets.available(name)
    with pytest.raises(sets.DataError, match=f"The data set {name} is not in"):
        sets.load(name)
    sets.load(name, "train", download=True)
    check_sound(name)
    assert mirror.fetched == 1
    assert not list(base.rglob(".fetch"))


def test_hashes_noted_at_the_fetch_find_later_damage(base: Path, mirror: Mirror) -> None:
    sets.load("kmnist", download=True)  # whose unpacked hashes nobody publishes
    folder = base / "KMNIST" / "raw"
    noted = (folder / "MD5SUMS").read_text().splitlines()
    assert sorted(noted) == sorted(f"{md5}  {name}" for name, md5 in SUMS.items())
    flip_last(folder / IMAGES)
    with pytest.raises(sets.DataError, match="damaged"):
        sets.load("kmnist")
    sets.load("kmnist", download=True)
    check_sound("kmnist")
    assert mirror.fetched == 2


@pytest.mark.parametrize(
    ("failure", "why"),
    [
        (
            URLError(OSError(-3, "Temporary failure in name resolution")),
            "this machine is offline, or the site",
        ),
        (ConnectionResetError(104, "Connection reset by peer"), "this machine is offline, or the site"),
        (TimeoutError("The read operation timed out"), "this machine is offline, or the site"),
        (EOFError("Compressed file ended before the end-of-stream marker was reached"), "is damaged"),
        (OSError(28, "No space left on device"), "No space left on device"),
    ],
)
def test_a_failed_fetch_is_one_sentence_and_leaves_nothing(
    base: Path, mirror: Mirror, failure: Exception, why: str
) -> None:
    def fail(folder: Path) -> None:
        folder.mkdir(parents=True)
        (folder / IMAGES).write_bytes(b"half")
        raise failure

    mirror.act = fail
    with pytest.raises(sets.DataError) as caught:
        sets.load("mnist", download=True)
    sentence = str(caught.value)
    assert sentence.startswith("The data set mnist could not be fetched")
    assert why in sentence
    assert "digits" in sentence
    assert "\n" not in sentence
    assert "urlopen" not in sentence
    assert not [path for path in base.rglob("*") if path.is_file() and path.name != ".lock"]


def test_a_mirror_with_wrong_content_changes_nothing(raw: Path, mirror: Mirror) -> None:
    def deceive(folder: Path) -> None:
        write(folder)
        flip_last(folder / IMAGES)

    cut(raw / LABELS)
    mirror.act = deceive
    with pytest.raises(sets.DataError, match="could not be fetched"):
        sets.load("mnist", download=True)
    assert mirror.fetched == 1  # no endless tries
    assert (raw / IMAGES).read_bytes() == FILES[IMAGES]


def test_a_root_that_cannot_be_written_is_one_sentence(
    base: Path, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    (base / "file").write_text("no folder")
    monkeypatch.setenv("VAE_DATA_ROOT", str(base / "file"))
    assert not sets.available("mnist")
    with pytest.raises(sets.DataError, match="can be written to"):
        sets.load("mnist", download=True)


def test_two_at_once_fetch_once(base: Path, mirror: Mirror) -> None:
    def slowly(folder: Path) -> None:
        time.sleep(0.3)
        write(folder)

    mirror.act = slowly
    counts: list[int] = []
    threads = [
        threading.Thread(target=lambda: counts.append(len(sets.load("mnist", download=True))))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [COUNTS["test"]] * 3
    assert mirror.fetched == 1


def test_a_lock_held_too_long_is_an_error(
    base: Path, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    from filelock import FileLock

    monkeypatch.setattr(mnist, "LOCK_SECONDS", 0.1)
    (base / "MNIST").mkdir()
    with FileLock(base / "MNIST" / ".lock"), pytest.raises(sets.DataError, match="lock"):
        sets.load("mnist", download=True)
    assert mirror.fetched == 0


KILLED = """
import os, signal
from pathlib import Path
from vae.images import sets
from vae.images.sets import mnist

def dies(name, base):
    raw = base / "MNIST" / "raw"
    raw.mkdir(parents=True)
    (raw / "t10k-images-idx3-ubyte").write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)

mnist._download = dies
sets.load("mnist", "train", download=True)
"""


def test_a_kill_while_fetching_is_repaired_by_the_next(base: Path, mirror: Mirror) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    died = subprocess.run([sys.executable, "-c", KILLED], env=environment, timeout=60)
    assert died.returncode == -signal.SIGKILL
    assert list(base.rglob(".fetch"))  # what it had fetched so far
    assert not sets.available("mnist")
    sets.load("mnist", download=True)
    check_sound()
    assert not list(base.rglob(".fetch"))


@pytest.mark.parametrize("moved", range(5))
def test_a_kill_while_moving_leaves_whole_files(
    raw: Path, mirror: Mirror, monkeypatch: pytest.MonkeyPatch, moved: int
) -> None:
    class Killed(BaseException):
        """Stands for the kill: nothing may catch it."""

    really = Path.replace
    moves: list[Path] = []

    def replace(path: Path, target: Path) -> Path:
        if len(moves) == moved:
            raise Killed
        moves.append(target)
        return really(path, target)

    cut(raw / LABELS)
    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(Killed):
        sets.load("mnist", download=True)
    for name in FILES:
        whole = FILES[name][:-1] if name == LABELS and raw / name not in moves else FILES[name]
        assert (raw / name).read_bytes() == whole
    monkeypatch.undo()


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing about it."""

    def log_message(self, format: str, *args: object) -> None:  # the name is the base class's
        """Nothing."""


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], str]]:
    """Serves a folder on this machine and returns its URL."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with ExitStack() as stack:

        def serve(folder: Path) -> str:
            server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
            stack.callback(server.server_close)
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
            stack.callback(server.shutdown)
            return f"http://127.0.0.1:{server.server_port}/"

        yield serve


def pack(web: Path, monkeypatch: pytest.MonkeyPatch, name: str, mirrors: tuple[str, ...]) -> None:
    """Put the packed tiny files into the folder `web` and let the set come from `mirrors`."""
    web.mkdir()
    hashes = {}
    for file, content in FILES.items():
        packed = gzip.compress(content)
        (web / f"{file}.gz").write_bytes(packed)
        hashes[file] = hashlib.md5(packed).hexdigest()
    source = mnist.Source(mnist.SOURCES[name].folder, mirrors, hashes, COUNTS)
    monkeypatch.setitem(mnist.SOURCES, name, source)


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "kmnist"])
def test_a_set_is_fetched_from_the_first_mirror_that_has_it_and_torchvision_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, served: Callable[[Path], str], name: str
) -> None:
    """From a mirror on this machine; the one before it has nothing."""
    fetcher = getattr(torchvision.datasets, mnist.SOURCES[name].folder)
    web, empty_web = tmp_path / "web", tmp_path / "empty"
    empty_web.mkdir()
    monkeypatch.setattr(sets, "SHIPPED", empty_web)
    monkeypatch.setenv("VAE_DATA_ROOT", str(tmp_path / "root"))
    pack(web, monkeypatch, name, (served(empty_web), served(web)))
    sets.load(name, download=True)
    check_sound(name)
    assert {path.name for path in (tmp_path / "root").rglob("*") if path.is_file()} == {
        *FILES,
        "MD5SUMS",
        ".lock",
    }
    again = fetcher(tmp_path / "root", train=False)  # what we left, torchvision reads
    assert again.data.numpy().tobytes() == FILES[IMAGES][16:]


def test_a_mirror_that_serves_something_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, served: Callable[[Path], str]
) -> None:
    monkeypatch.setattr(sets, "SHIPPED", tmp_path / "none")
    monkeypatch.setenv("VAE_DATA_ROOT", str(tmp_path / "root"))
    web = tmp_path / "web"
    pack(web, monkeypatch, "mnist", (served(web),))
    (web / f"{IMAGES}.gz").write_bytes(gzip.compress(b"an apology in HTML"))
    with pytest.raises(sets.DataError, match="what the site sent is damaged"):
        sets.load("mnist", download=True)
    assert not sets.available("mnist")


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "kmnist"])
def test_the_packed_files_are_those_that_torchvision_knows(name: str) -> None:
    source = mnist.SOURCES[name]
    known = getattr(torchvision.datasets, source.folder)
    assert {f"{file}.gz": md5 for file, md5 in source.packed.items()} == dict(known.resources)
    assert set(source.mirrors) == set(known.mirrors)


# Names and folders ---------------------------------------------------------------------------------------


def test_the_root_is_the_environment_s_or_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_DATA_ROOT", "/somewhere/else")
    assert sets.root() == Path("/somewhere/else")
    monkeypatch.setenv("VAE_DATA_ROOT", "~/mine")
    assert sets.root() == Path.home() / "mine"
    for unset in (
        lambda: monkeypatch.setenv("VAE_DATA_ROOT", ""),
        lambda: monkeypatch.delenv("VAE_DATA_ROOT"),
    ):
        unset()
        assert sets.root() == Path.home() / ".cache" / "vae-explorer"


def test_unknown_names_are_refused() -> None:
    assert not sets.available("cifar")
    with pytest.raises(sets.DataError, match=r"no data set 'cifar'; choose one of mnist, .* emoji\."):
        sets.load("cifar")
    with pytest.raises(ValueError, match="split"):
        sets.load("digits", "validation")


def test_class_names_are_those_of_torchvision() -> None:
    names = {name: sets.dataset(name).class_names for name in sets.NAMES}
    assert names["fashion-mnist"] == tuple(torchvision.datasets.FashionMNIST.classes)
    assert names["kmnist"] == tuple(torchvision.datasets.KMNIST.classes)
    assert names["mnist"] == names["digits"] == tuple("0123456789")


def test_the_sets_of_a_shape() -> None:
    assert sets.fitting(ImageSpec(28, 28, 1)) == ("mnist", "fashion-mnist", "kmnist", "digits")
    assert sets.fitting(ImageSpec(28, 28, 3)) == ()


def test_the_command_fetches_and_says_what_there_is(
    base: Path, mirror: Mirror, capsys: pytest.CaptureFixture[str]
) -> None:
    data.main(["mnist"])
    said = capsys.readouterr().out
    assert said == f"mnist: 30 training and 20 test images in {base / 'MNIST' / 'raw'}\n"
    mirror.act = cut
    (base / "MNIST" / "raw" / IMAGES).unlink()
    with pytest.raises(SystemExit, match="could not be fetched"):
        data.main(["mnist"])


def test_the_command_knows_the_sets_that_need_no_fetching(capsys: pytest.CaptureFixture[str]) -> None:
    data.main(["digits"])
    data.main(["emoji"])
    assert capsys.readouterr().out.splitlines() == [
        "digits: 1,442 training and 355 test images in scikit-learn",
        f"emoji: 1,101 training and 276 test images in {sets.SHIPPED}",
    ]
    with pytest.raises(SystemExit):
        data.main(["emoji", "--sprite"])


# Digits --------------------------------------------------------------------------------------------------


def labels_of(name: str, split: str = "test") -> NDArray[np.int64]:
    labels = sets.load(name, split).labels
    assert labels is not None
    return labels


def test_digits_are_split_by_class_and_the_same_each_time() -> None:
    train, test = labels_of("digits", "train"), labels_of("digits")
    of_class = np.bincount(load_digits().target)
    assert np.bincount(test).tolist() == (of_class // 5).tolist()
    assert (np.bincount(train) + np.bincount(test)).tolist() == of_class.tolist()
    np.testing.assert_array_equal(sets.load("digits").pixels, sets.load("digits").pixels)
    assert sets.available("digits")


def test_digits_lie_as_mnist_s_do() -> None:
    pixels = sets.load("digits", "train").pixels.astype(np.float64)
    assert pixels.shape[1:] == (28, 28, 1)
    pixels = pixels[..., 0]
    inked = pixels > 0
    for axis in (1, 2):
        lines = np.asarray(inked.any(axis=axis))
        extent = 28 - lines[:, ::-1].argmax(axis=1) - lines.argmax(axis=1)
        assert extent.max() <= 20
        mass = pixels.sum(axis=axis)
        centre = (mass @ np.arange(28)) / mass.sum(axis=1)
        assert np.abs(centre - 14).max() <= 0.5
    assert pixels.max(axis=(1, 2)).min() > 180  # white on black


def test_digits_are_upright_and_in_order() -> None:
    """Averaged over 2.5 pixels each, an image is scikit-learn's again."""
    found = load_digits()
    first = sets.load("digits", "train")
    zeros = found.images[found.target == 0]
    ours = first.floats()[labels_of("digits", "train") == 0]
    kept = [index for index in range(len(zeros)) if index % 5 != 4]
    for image, small in zip(ours[:20], zeros[kept][:20], strict=True):
        large = np.kron(small, np.ones((5, 5))).reshape(20, 2, 20, 2).mean(axis=(1, 3)) / 16
        scores = [
            np.corrcoef(image[top : top + 20, left : left + 20, 0].ravel(), large.ravel())[0, 1]
            for top in range(9)
            for left in range(9)
        ]
        assert max(scores) > 0.95


# The real MNIST ------------------------------------------------------------------------------------------


RAW = sets.root() / "MNIST" / "raw"
needs_mnist = pytest.mark.skipif(
    not sets.available("mnist", "train"), reason=f"MNIST is not in {sets.root()}; set VAE_DATA_ROOT"
)


def test_the_test_images_ship_bit_for_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written as IDX files again they have the MD5 that the world knows; no raw file is on this machine."""
    monkeypatch.setenv("VAE_DATA_ROOT", str(tmp_path))
    found = sets.load("mnist", "test")
    assert found.pixels.flags.writeable
    known = mnist.SOURCES["mnist"].md5
    assert (
        hashlib.md5(idx(found.pixels[..., 0])).hexdigest()
        == known[IMAGES]
        == "2646ac647ad5339dbf082846283269ea"
    )
    assert (
        hashlib.md5(idx(labels_of("mnist"))).hexdigest()
        == known[LABELS]
        == "27ae3e4e09519cfbb04c329615203637"
    )
    assert sum(path.stat().st_size for path in sets.SHIPPED.glob("mnist-*")) < 2_000_000
    assert sets.available("mnist")
    assert not sets.available("mnist", "train")


@needs_mnist
def test_the_shipped_test_images_are_those_of_the_raw_files() -> None:
    found = sets.load("mnist", "test")
    assert idx(found.pixels[..., 0]) == (RAW / IMAGES).read_bytes()
    assert idx(labels_of("mnist")) == (RAW / LABELS).read_bytes()


@needs_mnist
def test_the_sprite_is_made_again_byte_for_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = {path.name: path.read_bytes() for path in sets.SHIPPED.glob("mnist-test.[pj]*")}
    monkeypatch.setattr(sets, "SHIPPED", tmp_path / "images")
    data.main(["mnist", "--sprite"])
    assert {path.name: path.read_bytes() for path in sets.SHIPPED.iterdir()} == shipped


def test_a_damaged_sprite_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sets, "SHIPPED", tmp_path)
    (tmp_path / "mnist-test.png").write_bytes(b"no picture")
    (tmp_path / "mnist-test.json").write_text("{}")
    with pytest.raises(sets.DataError, match=r"mnist-test\.png cannot be read .* from the repository\."):
        sets.load("mnist")


@needs_mnist
@pytest.mark.parametrize("split", ["train", "test"])
def test_mnist_has_its_known_counts_per_class(split: str) -> None:
    found = sets.load("mnist", split)
    assert np.bincount(labels_of("mnist", split)).tolist() == MNIST_CLASSES[split]
    assert found.pixels.shape == (sum(MNIST_CLASSES[split]), 28, 28, 1)
    assert (found.pixels.min(), found.pixels.max()) == (0, 255)


def test_mnist_begins_with_a_seven_that_stands_upright() -> None:
    found = sets.load("mnist")
    assert labels_of("mnist")[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    seven = found.floats(0)[..., 0]
    assert seven[:14].sum() > seven[14:].sum()  # the bar is at the top
    bar = seven[np.flatnonzero(seven.sum(axis=1))[0] + 1]
    foot = seven[np.flatnonzero(seven.sum(axis=1))[-1] - 1]
    assert np.count_nonzero(bar) > np.count_nonzero(foot)
