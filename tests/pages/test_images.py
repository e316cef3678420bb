"""Your images: what is given becomes a set; what was stopped goes on; what is odd is asked or said."""

import io
import time
import tomllib
import zipfile
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.images.own.conftest import png, write
from tests.pages.visiting import address, facts, html, popover, run, visit
from vae.images import sets
from vae.images.own import adding, manifest, reading
from vae.images.own.adding import Stopped
from vae.images.own.manifest import OwnImagesError
from vae.logbook import folder
from vae.web.pages.images import form

PATIENCE = 60.0  # seconds


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_HOME", str(tmp_path / "home"))


def until_there(name: str) -> None:
    """Wait for the process that reads."""
    deadline = time.monotonic() + PATIENCE
    while not manifest.exists(name):
        found = reading.look(name)
        assert found is None or found.state in ("reading", "mixing"), found
        assert time.monotonic() < deadline
        time.sleep(0.02)


def captions(at: AppTest) -> set[str]:
    return {each.value.replace("\\", "") for each in at.caption}


def click(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label.startswith(label)).click()
    return run(at)


def stopped(name: str, path: Path) -> None:
    def stop(progress: reading.Progress) -> None:
        raise Stopped("Stopped.")

    with pytest.raises(Stopped):
        adding.add(name, path, on_progress=stop)


def test_without_a_set_images_that_ship_are_shown() -> None:
    at = visit("images")
    assert at.selectbox(key="widget.data").value == "emoji"
    assert 'title="' in html(at)


def test_an_upload_becomes_a_set() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for at in range(12):
            archive.writestr(f"{'猫' if at % 2 else 'dog'}/<b>{at}.png", png(at + 9))
        archive.writestr("dog/words.png", b"no picture")
    page = visit("images")
    page.file_uploader[0].upload("Pets & Co.zip", content.getvalue(), "application/zip")
    run(page)
    click(page, "Make a data set")
    until_there("pets-co")
    run(page)
    shown = {label: value for label, value, _ in facts(page)}
    assert (shown["Training images"], shown["Test images"], shown["Left out"]) == ("11", "1", "1")
    assert (shown["dog"], shown["猫"], shown["Classes"]) == ("6", "6", "2")
    assert shown["This is a text file."] == "1"
    assert "Read from the archive Pets & Co.zip." in captions(page)
    assert "&lt;b&gt;" in html(page)
    assert "<b>1" not in html(page)
    assert sets.dataset("pets-co").class_names == ("dog", "猫")
    assert not reading.given("pets-co").exists()


def test_what_was_stopped_goes_on_and_is_shown(tmp_path: Path) -> None:
    stopped("mine", write(tmp_path / "in", {f"{at:03}.png": png(at + 1) for at in range(140)}))
    page = visit("images")
    click(page, "Go on")
    until_there("mine")
    run(page)
    assert ("Test images", "14") in [fact[:2] for fact in facts(page)]


def test_a_question_about_values_is_answered_by_a_click(tmp_path: Path) -> None:
    np.save(tmp_path / "mine.npy", np.random.default_rng(0).random((20, 28, 28)) * 255)
    with pytest.raises(OwnImagesError):
        adding.add("mine", tmp_path / "mine.npy")
    page = visit("images")
    assert "divide by 255?" in page.error[0].value
    click(page, "Yes: black is 0, white 255")
    until_there("mine")
    run(page)
    assert not page.error
    assert address(page, "data") == ""  # the only one, and so the default


def test_what_was_read_so_far_can_be_discarded(tmp_path: Path) -> None:
    path = write(tmp_path / "in", {f"{at}.png": png(at + 1) for at in range(5)})
    stopped("mine", path)
    click(visit("images"), "Discard it")
    assert reading.names() == ()
    assert len(list(path.iterdir())) == 5


def made(name: str, path: Path) -> Path:
    """A set of that name, of files at the path."""
    adding.add(name, write(path, {f"{at}.png": png(at + 1) for at in range(5)}))
    return path


def test_a_set_can_be_removed_and_what_is_lost_is_said_before(tmp_path: Path) -> None:
    path, kept = made("mine", tmp_path / "in"), made("other", tmp_path / "in")
    book = folder.create("learns", ["--dataset", "mine", "--epochs", "3"])
    book.begin("training")
    with book.lock():
        page = click(visit("images", data="mine"), "Remove the data set")
        assert "learns is being trained on mine" in page.error[0].value
        assert manifest.exists("mine")
    page = visit("images", data="mine")
    said = " ".join(each.value.replace("\\", "") for each in page.markdown)
    assert "Trainings on it that are not done cannot go on: learns." in said
    asked = popover(page, "Remove")
    click(page, "Remove the data set")
    assert popover(page, "Remove") != asked  # it does not stand open with the button of the next set
    assert (manifest.names(), page.selectbox(key="widget.data").value) == (("other",), "other")
    assert not page.error
    assert len(list(kept.iterdir())) == len(list(path.iterdir())) == 5
    assert "Remove the data set" not in {each.label for each in visit("images", data="emoji").button}


def test_what_cannot_be_begun_is_said(tmp_path: Path) -> None:
    page = visit("images")
    assert "Choose files first" in click(page, "Make a data set").error[0].value
    page.text_input[0].set_value("mnist")
    assert "mnist\\-2 is free" in click(page, "Make a data set").error[0].value
    page.text_input[0].set_value("猫!")
    assert "cannot be a name" in click(page, "Make a data set").error[0].value


def test_a_name_is_answered_before_the_click(tmp_path: Path) -> None:
    made("mine", tmp_path / "in")
    page = visit("images")
    page.text_input[0].set_value(" Grüße: Meine_Zellen 2024! ")
    assert "It will be called grusse-meine_zellen-2024." in captions(run(page))
    page.file_uploader[0].upload("a.zip", b"none", "application/zip")
    assert not click(run(page), "Make a data set").error
    assert reading.names() == ("grusse-meine_zellen-2024",)
    page.text_input[0].set_value("Mine")
    assert "There is a set mine already; mine-2 is free." in captions(run(page))


def test_a_folder_that_is_too_large_in_all_is_refused_and_nothing_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(form, "MOST_MB", 1)
    page = visit("images")
    page.toggle(key=form.WHOLE).set_value(True)
    run(page)
    assert page.file_uploader[0].accept_directory
    page.file_uploader[0].set_value(
        [(f"birds/{at}.png", bytes(600_000), "image/png") for at in range(2)]  # each is small enough
    )
    page.text_input(key=form.NAME).set_value("mine")
    run(page)
    said = click(page, "Make a data set").error[0].value
    assert said.startswith("Together these are more than 1 MB")
    assert reading.look("mine") is None
    assert not reading.given("mine").exists()


def test_a_path_on_the_server_stays_below_what_the_operator_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "open" / "mine", {f"{at}.png": png(at + 1) for at in range(5)})
    assert not [field for field in visit("images").text_input if "server" in field.label]
    monkeypatch.setenv(form.FOLDER, str(tmp_path / "open"))
    page = visit("images")
    for wrong, said in (("../secret", "leads out"), ("/etc", "leads out"), ("gone", "nothing at gone")):
        page.text_input[0].set_value(wrong)
        page.text_input[1].set_value("mine")
        assert said in click(page, "Make a data set").error[0].value.replace("\\", "")
    page.text_input[0].set_value("mine")
    page.text_input[1].set_value("mine")
    click(page, "Make a data set")
    until_there("mine")


def test_the_server_takes_what_the_page_says() -> None:
    said = tomllib.loads(
        (Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    )
    assert said["server"]["maxUploadSize"] == form.MOST_MB


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.zip", "a.zip"),
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\b.npz", "b.npz"),
        (".hidden", "hidden"),
        ("", "file"),
        ("..", "file"),
        ("x" * 300 + ".parquet", "x" * 60 + ".parquet"),
    ],
)
def test_the_name_of_an_upload_is_no_path(name: str, expected: str) -> None:
    assert form.file_name(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("birds/tits/blue.png", ["tits", "blue.png"]),
        ("birds/blue.png", ["blue.png"]),
        ("blue.png", ["blue.png"]),
        ("birds/../../../etc/passwd", ["file", "file", "file", "etc", "passwd"]),
        ("/etc/.ssh/id", ["etc", "ssh", "id"]),
        ("birds/", ["file"]),
        ("birds/..\\..\\x.png", ["x.png"]),
    ],
)
def test_an_upload_keeps_to_its_folder(name: str, expected: list[str]) -> None:
    assert form.place(name) == expected
