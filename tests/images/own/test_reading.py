"""Each kind of source gives the images that are in it, with their labels and the names of their files."""

import gzip
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from tests.images.own.conftest import levels, png, write
from vae import data
from vae.images import sets
from vae.images.own import adding, manifest
from vae.images.own.manifest import OwnImagesError
from vae.images.own.sources.levels import LevelsError

CLASSES = {
    f"{name}/{at}.png": png(level + at) for name, level in (("ünï", 40), ("猫", 90)) for at in range(6)
}
EXPECTED = {name: (40 if name.startswith("ü") else 90) + int(name[-5]) for name in CLASSES}
DIGITS = np.random.default_rng(0).integers(0, 256, (30, 28, 28), np.uint8)


def zipped(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, each in files.items():
            archive.writestr(name, each)
    return content.getvalue()


def labels(name: str) -> dict[str, str]:
    """The class of each image, by the name of its file."""
    classes = sets.dataset(name).class_names
    found: dict[str, str] = {}
    for split in sets.SPLITS:
        items = sets.load(name, split)
        assert classes is not None
        assert items.labels is not None
        assert items.names is not None
        found |= {
            file: classes[label] for file, label in zip(items.names, items.labels.tolist(), strict=True)
        }
    return found


def pixels(name: str) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}
    for split in sets.SPLITS:
        items = sets.load(name, split)
        found |= dict(zip(items.names or (), np.asarray(items.pixels), strict=True))
    return found


@pytest.mark.parametrize("source", ["folder", "wrapped", "splits", "zip", "csv", "parquet", "inside"])
def test_pictures_with_classes_are_the_same_from_everywhere(tmp_path: Path, source: str) -> None:
    path = tmp_path / "in"
    expected = dict(EXPECTED)
    if source == "folder":
        write(path, CLASSES)
    elif source == "wrapped":
        write(path / "all" / "of them", CLASSES)
        expected = {f"all/of them/{name}": level for name, level in EXPECTED.items()}
    elif source == "splits":
        moved = {name: f"{'test' if name.endswith('5.png') else 'train'}/{name}" for name in CLASSES}
        write(path, {moved[name]: content for name, content in CLASSES.items()})
        expected = {moved[name]: level for name, level in EXPECTED.items()}
    elif source == "zip":
        path = write(tmp_path, {"in.zip": zipped(CLASSES)}) / "in.zip"
    else:
        rows = [(name, name.split("/")[0]) for name in CLASSES]
        write(tmp_path / "table", CLASSES)
        if source == "csv":
            text = "\n".join(["Filename;species", *(";".join(row) for row in rows)])
            path = write(tmp_path / "table", {"in.csv": text.encode("utf-8-sig")}) / "in.csv"
        else:
            path = tmp_path / "table" / "in.parquet"
            files = [{"bytes": CLASSES[name], "path": name} for name, _ in rows]
            column = [name for name, _ in rows] if source == "parquet" else files
            pq.write_table(pa.table({"image": column, "label": [label for _, label in rows]}), path)
    found = adding.add("mine", path)
    assert (found.train, found.test, found.skipped, found.shape) == (11, 1, 0, (28, 28, 1))
    assert levels("mine") == expected
    assert labels("mine") == {name: "ünï" if "ünï" in name else "猫" for name in expected}
    assert sets.dataset("mine").class_names == ("ünï", "猫")


TABLES = {  # the table and its place: what it names, and where the pictures are
    "a.csv": ("pics/{}", "pics/{}"),
    "deep/a.tsv": ("../pics/{}", "pics/{}"),
    "all/a.parquet": ("{}", "all/{}"),
    "b/a.csv": ("{}", "b/of/them/{}"),  # bare names, each of one file below
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("table", TABLES)
def test_a_table_among_the_pictures_has_their_classes(tmp_path: Path, table: str, packed: bool) -> None:
    named, lies = TABLES[table]
    kept = {f"{stem}{at}.png": png(40 + 9 * at) for at, stem in enumerate(["ü", "猫", *"cdefgh"])}
    classes = {name: ("ja", "nein")[at % 2] for at, name in enumerate(kept)}
    rows = [("filename", "label"), *((named.format(name), kind) for name, kind in classes.items())]
    rows += [(named.format("gone.png"), "ja"), (named.format("../../out.png"), "ja")]
    if table.endswith("parquet"):
        content = io.BytesIO()
        pq.write_table(
            pa.table({"filename": [a for a, _ in rows[1:]], "label": [b for _, b in rows[1:]]}), content
        )
        listed = content.getvalue()
    else:
        listed = "\n".join(("," if "csv" in table else "\t").join(row) for row in rows).encode()
    files = {table: listed, lies.format("other.png"): png(7), "read me.txt": b"words"}
    files |= {lies.format(name): each for name, each in kept.items()}
    path = write(tmp_path / "in", {"in.zip": zipped(files)} if packed else files)
    found = adding.add("mine", path / "in.zip" if packed else path)
    assert labels("mine") == {lies.format(name): kind for name, kind in classes.items()}
    assert levels("mine") == {lies.format(name): 40 + 9 * at for at, name in enumerate(kept)}
    assert found.source.endswith(f"with the table {table}")
    assert (found.skipped, found.notes) == (4, ())
    report = _report("mine")
    assert report.count("skipped,It is not in the table.") == 2
    assert report.count('skipped,"The table names it, but there is no such file."') == 2


@pytest.mark.parametrize("source", ["csv", "parquet", "inside", "among"])
def test_a_column_that_may_be_labels_is_spoken_of(tmp_path: Path, source: str) -> None:
    files = {f"{at}.png": png(at + 1) for at in range(8)}
    columns = {
        "file": [{"bytes": each, "path": name} for name, each in files.items()]
        if source == "inside"
        else list(files),
        "species": [("cat", "dog")[at % 2] for at in range(8)],
        "weight": [str(at) for at in range(8)],
    }
    path = write(tmp_path / "in", files) / f"a.{'parquet' if source in ('parquet', 'inside') else 'csv'}"
    if path.suffix == ".csv":
        path.write_text(
            "\n".join(",".join(row) for row in [list(columns), *zip(*columns.values(), strict=True)])
        )
    else:
        pq.write_table(pa.table(columns), path)
    found = adding.add("mine", path.parent if source == "among" else path)
    said = f"The table {path.name} has no column called label, so it says no classes"
    assert found.notes == (f"{said}: if species or weight does, call it label and read again.",)
    assert found.class_names is None


def test_one_class_is_said_by_its_name(tmp_path: Path) -> None:
    files = {f"pics/{at}.png": png(at * 9 + 1) for at in range(8)}
    found = adding.add("mine", write(tmp_path / "in", files | {"notes.csv": b"day,rain\n1,2\n"}))
    assert found.class_names is None
    assert found.notes == ("All images are of one class, pics: it is left out.",)
    assert "notes.csv,skipped" in _report("mine")


def test_a_folder_without_subfolders_has_no_labels(tmp_path: Path) -> None:
    adding.add("mine", write(tmp_path / "in", {f"{at}.png": png(at * 9 + 1, mode="RGB") for at in range(8)}))
    assert sets.dataset("mine").class_names is None
    assert sets.load("mine", "train").labels is None
    assert sets.dataset("mine").image_spec.channels == 1  # RGB files whose pixels are all grey


@pytest.mark.parametrize("count", [29, 31])
def test_labels_that_are_not_as_many_as_the_images_are_refused(tmp_path: Path, count: int) -> None:
    np.savez(tmp_path / "images.npz", images=DIGITS, labels=np.arange(count) % 3)
    with pytest.raises(OwnImagesError, match=f"There are 30 images in images, but {count} labels"):
        adding.add("mine", tmp_path / "images.npz")


@pytest.mark.parametrize("kind", ["npy", "npz", "keras", "idx", "idx.gz", "flat", "channels first"])
def test_arrays_keep_every_pixel(tmp_path: Path, kind: str) -> None:
    wanted = np.arange(30) % 3
    stem = "images"
    if kind == "npy":
        np.save(tmp_path / "images.npy", DIGITS)
        np.save(tmp_path / "labels.npy", wanted)
    elif kind == "npz":
        np.savez_compressed(tmp_path / "images.npz", x=DIGITS, y=wanted[:, None])
        stem = "x"
    elif kind == "keras":
        x, y = (DIGITS[:20], DIGITS[20:]), (wanted[:20], wanted[20:])
        np.savez(tmp_path / "images.npz", x_train=x[0], y_train=y[0], x_test=x[1], y_test=y[1])
    elif kind == "flat":
        np.savez(tmp_path / "images.npz", images=DIGITS.reshape(30, 784), labels=wanted.astype(float))
    elif kind == "channels first":
        np.savez(tmp_path / "images.npz", images=DIGITS[:, None], labels=wanted)
    else:
        images = b"\0\0\x08\x03" + np.array(DIGITS.shape, ">u4").tobytes() + DIGITS.tobytes()
        labelled = b"\0\0\x08\x01" + np.array([30], ">u4").tobytes() + wanted.astype(np.uint8).tobytes()
        end = ".gz" if kind.endswith("gz") else ""
        pack = gzip.compress if end else bytes
        files = {f"a-images-idx3-ubyte{end}": pack(images), f"a-labels-idx1-ubyte{end}": pack(labelled)}
        write(tmp_path, files)
        stem = "a-images-idx3-ubyte"
    suffix = {"npy": ".npy", "idx": "", "idx.gz": ".gz"}.get(kind, ".npz")
    path = tmp_path / f"{stem if 'idx' in kind else 'images'}{suffix}"
    adding.add("mine", path)
    found, classes = pixels("mine"), labels("mine")
    names = [f"x_train[{at}]" if at < 20 else f"x_test[{at - 20}]" for at in range(30)]
    for at in range(30):
        name = names[at] if kind == "keras" else f"{stem}[{at}]"
        np.testing.assert_array_equal(found[name][..., 0], DIGITS[at])
        assert classes[name] == str(wanted[at])


@pytest.mark.parametrize(
    ("array", "said", "likely"),
    [
        (DIGITS.astype(np.float32), "Pixels from 0 to 255 in a float array: divide by 255?", (0, 255)),
        (DIGITS / 127.5 - 1, "is −1 black", (-1, 1)),
        (DIGITS / 255**2, "divided by 255 twice", (0, 1 / 255)),
        (DIGITS / 60 - 1, "standardised", None),
        (DIGITS // 255, "is 1 white", (0, 1)),
        (DIGITS.astype(np.uint16) * 16, "is 4,095 white", (0, 4095)),
        (DIGITS * 0 + 7, "All pixels are 7", None),
        (DIGITS.astype(np.int32) * 1000, "what is white", None),
    ],
)
def test_odd_values_are_named(
    tmp_path: Path, array: np.ndarray, said: str, likely: tuple[float, float] | None
) -> None:
    np.save(tmp_path / "images.npy", array)
    with pytest.raises(LevelsError, match=said.replace("?", r"\?")) as caught:
        adding.add("mine", tmp_path / "images.npy")
    assert caught.value.likely == (likely and pytest.approx(likely))
    assert not sets.available("mine")
    if likely is not None:
        adding.add("mine", tmp_path / "images.npy", levels=likely)
        expected = np.interp(array, likely, (0, 255))
        for name, image in pixels("mine").items():
            np.testing.assert_allclose(image[..., 0], expected[int(name[7:-1])], atol=0.51)


def test_rows_that_are_not_finite_are_left_out_by_name(tmp_path: Path) -> None:
    array = DIGITS / np.float32(255)
    array[4, 3, 3] = np.nan
    np.save(tmp_path / "images.npy", array)
    found = adding.add("mine", tmp_path / "images.npy")
    assert (found.train + found.test, found.skipped) == (29, 1)
    assert "images[4],skipped,It holds values that are not finite." in _report("mine")
    assert "images[4]" not in pixels("mine")


def test_whole_and_cropped(tmp_path: Path) -> None:
    picture = np.zeros((40, 80, 3), np.uint8)
    picture[:, :20], picture[:, 20:60], picture[:, 60:] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    content = io.BytesIO()
    Image.fromarray(picture).save(content, "PNG")
    path = write(tmp_path / "in", {f"{at}.png": content.getvalue() for at in range(3)})
    adding.add("crop", path, side=32, fit="crop")
    assert (sets.load("crop", "train").pixels == (0, 255, 0)).all()
    adding.add("whole", path, side=32)
    image = sets.load("whole", "train").pixels[0]
    assert image[16, 2].tolist() == [255, 0, 0]  # the left third is red, in the middle of the height
    assert image[16, 29].tolist() == [0, 0, 255]
    adding.add("grey", path, side=28, channels=1)
    assert sets.load("grey", "train").pixels.shape == (2, 28, 28, 1)


@pytest.mark.parametrize(
    ("sides", "expected"),
    [((40, 60, 66, 90, 97), 64), ((97, 97, 97), 128), ((30, 31), 32), ((12, 300, 27), 28), ((500, 900), 128)],
)
def test_the_size_is_the_nearest_to_the_middle_of_the_sizes(
    tmp_path: Path, sides: tuple[int, ...], expected: int
) -> None:
    files = {f"{at}.png": png(90, (side, side // 2 + 1)) for at, side in enumerate(sides)}
    assert adding.add("mine", write(tmp_path / "in", files)).shape == (expected, expected, 1)


def test_the_splits_are_the_same_whenever_they_are_made(tmp_path: Path) -> None:
    np.save(tmp_path / "images.npy", np.repeat(DIGITS, 7, axis=0))
    found = adding.add("one", tmp_path / "images.npy")
    adding.add("two", tmp_path / "images.npy")
    assert (found.train, found.test) == (189, 21)
    for split in sets.SPLITS:
        assert list(sets.load("one", split).names or ()) == list(sets.load("two", split).names or ())


def test_own_sets_are_found_as_all_others_are(tmp_path: Path) -> None:
    adding.add("mine", write(tmp_path / "in", CLASSES), side=28, preparation="mnist")
    spec = sets.dataset("mine").image_spec
    assert sets.names()[-1] == "mine"
    assert sets.fitting(spec)[-1] == "mine"
    assert sets.available("mine", "train")
    assert sets.dataset("mine").drawable
    assert sets.load("mine").floats(0).max() <= 1
    (manifest.folder("mine") / "test.npy").write_bytes(b"damaged")
    with pytest.raises(sets.DataError, match=r"cannot be used .*vae\.data add mine PATH"):
        sets.load("mine")


def test_the_command_says_what_there_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(tmp_path / "images.npy", DIGITS.astype(float))
    with pytest.raises(SystemExit, match=r"divide by 255\? Then add --levels 0 255"):
        data.main(["add", "mine", str(tmp_path / "images.npy")])
    data.main(["add", "mine", str(tmp_path / "images.npy"), "--levels", "0", "255"])
    assert "27 training and 3 test images, 28 × 28 grey" in capsys.readouterr().out
    for name, said in (("mnist", "known here"), ("mine", "already"), ("../x", "cannot be the name")):
        with pytest.raises(SystemExit, match=said):
            data.main(["add", name, str(tmp_path / "images.npy")])


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.npy", b"\x93NUMPYx", "damaged"),
        ("a.npz", b"PK\x03\x04", "no ZIP archive"),
        ("a-idx3-ubyte", b"\0\0", "no IDX file"),
        ("a.parquet", b"PAR1", "no Parquet file"),
        ("a.csv", b"a,b\n1,2\n", "no column of file names"),
        ("a.csv", b"", "no rows"),
        (
            "a.csv",
            b"file,species\ngone.png,cat\nx\0.png,dog\n",
            "None of the 2 files that a.csv names is there",
        ),
        ("a.png", png(9), "is a single picture"),
        ("a.txt", b"words", "none of what is read"),
        ("nothing", None, "There is nothing at"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
    if content is not None:
        write(tmp_path, {name: content})
    with pytest.raises(OwnImagesError, match=said):
        adding.add("mine", tmp_path / name)


def test_the_classes_of_a_hugging_face_table_have_their_names(tmp_path: Path) -> None:
    files = [{"bytes": png(at + 1), "path": None} for at in range(12)]
    features = {"label": {"names": ["crêpe", "waffle"], "_type": "ClassLabel"}}
    said = {b"huggingface": json.dumps({"info": {"features": features}}).encode()}
    table = pa.table({"image": files, "label": [at % 2 for at in range(12)]})
    pq.write_table(table.replace_schema_metadata(said), tmp_path / "in.parquet")
    adding.add("mine", tmp_path / "in.parquet")
    assert labels("mine") == {f"row {at}": ["crêpe", "waffle"][at % 2] for at in range(12)}


def test_no_pickle_is_read(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([{"a": 1}], dtype=object))
    with pytest.raises(OwnImagesError, match="Python objects"):
        adding.add("mine", tmp_path / "a.npy")


def _report(name: str) -> str:
    return (manifest.folder(name) / manifest.REPORT).read_text(encoding="utf-8")
