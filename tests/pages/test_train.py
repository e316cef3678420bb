"""The page Train, without a browser: what is asked for, what is said of how a training stands."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from tests.images.own.conftest import png, write
from tests.pages.answered import answered
from tests.pages.visiting import address, popover, run, visit
from vae import home
from vae.images import sets
from vae.images.own import adding
from vae.jobs import durable
from vae.latent.procrustes import Plane
from vae.logbook import folder, looks, recipes
from vae.logbook.folder import Beat, Logbook, Said
from vae.logbook.looks import Look
from vae.logbook.recipes import RECIPES
from vae.model import catalogue
from vae.web.live import trainings
from vae.web.pages.train import costs, picture, shown

WORDS = recipes.Settings(hidden=(8,), epochs=4).words("digits", 1442)


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home of its own, where no process is started."""
    monkeypatch.setenv("VAE_HOME", str(tmp_path))
    monkeypatch.setattr(durable, "resume", lambda book: book.begin())


def measured() -> None:
    """All recipes' rates are known: 6,000 images a second."""
    spec = sets.dataset("digits").image_spec
    costs.keep({recipes.key(recipe.settings, spec): 6000.0 for recipe in RECIPES.values()})


def press(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label == label).click()
    return run(at)


def labels(at: AppTest) -> set[str]:
    return {button.label for button in at.button}


def bar(at: AppTest) -> str:
    """What stands at the bar of progress."""
    return str(at.get("progress")[0].proto.text)


def words(at: AppTest) -> str:
    return " ".join(each.value for kind in (at.markdown, at.caption, at.error) for each in kind)


def links(at: AppTest) -> set[str]:
    return {link.proto.label for link in at.get("page_link")}


def brought(name: str) -> Path:
    """A model of one's own under that name: a copy of one that ships."""
    place = home.folder("models")
    place.mkdir(parents=True, exist_ok=True)
    for end in (".safetensors", catalogue.CODES, ".md"):
        shutil.copy(catalogue.MODELS / f"mnist-vae-2d{end}", place / f"{name}{end}")
    return place


def ended(name: str, state: folder.State, sentence: str) -> Logbook:
    book = folder.create(name, WORDS)
    book.begin()
    book.say(Said(state, sentence))
    return book


def test_a_recipe_is_trained_as_it_stands() -> None:
    measured()
    at = press(visit("train", data="digits", recipe="dense"), "Train")
    assert folder.names() == ["digits-vae-20d-mine"]
    assert address(at, "run") == "digits-vae-20d-mine"
    count = len(sets.load("digits", "train"))
    assert folder.find("digits-vae-20d-mine").words == RECIPES["dense"].of(count).words("digits", count)


def test_settings_of_the_address_change_the_recipe() -> None:
    measured()
    at = visit(
        "train", data="digits", recipe="map", dims="5", beta="2.5", network="conv", epochs="3", train_seed="7"
    )
    press(at, "Train")
    book = Logbook("digits-vae-5d-mine")
    wanted = {"--latent-dim": "5", "--beta": "2.5", "--network": "conv", "--epochs": "3", "--seed": "7"}
    assert {flag: book.setting(flag) for flag in wanted} == wanted
    assert " ".join(map(str, recipes.HIDDEN["conv"])) in " ".join(book.words)


def test_the_costs_are_said_beside_the_recipes() -> None:
    measured()
    at = visit("train", data="digits", recipe="quick")
    train, test = (len(sets.load("digits", split)) for split in ("train", "test"))
    quick = RECIPES["quick"].of(train)
    said = recipes.duration(recipes.seconds(quick, 6000.0, train, test))
    assert f"About {said}: {quick.epochs} epochs of {train:,} images" in words(at)
    options = at.get("button_group")[0].proto.options
    assert options[0].content == f"2-D, a quick look · {said}"


def test_costs_are_not_measured_beside_a_training() -> None:
    folder.create("busy", WORDS).begin()
    at = visit("train", data="digits", recipe="quick").run()
    assert "measured once no training is under way" in words(at)
    assert f"{costs.JOB}digits" not in at.session_state


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("猫", "A name may have"), ("mnist-vae-2d", "choose another name, such as mnist-vae-2d-2")],
)
def test_a_name_that_cannot_be_is_refused_in_a_sentence(name: str, sentence: str) -> None:
    measured()
    at = visit("train", data="digits")
    at.text_input[0].set_value(name)
    at = press(at, "Train")
    assert sentence in words(at).replace("\\", "")
    assert folder.names() == []


def test_a_name_is_answered_before_the_click() -> None:
    measured()
    at = visit("train", data="digits")
    at.text_input[0].set_value("Mein Modell!")
    assert "It will be called mein-modell." in words(run(at)).replace("\\", "")
    press(at, "Train")
    assert folder.names() == ["mein-modell"]
    at.text_input[0].set_value("Mein.Modell")
    assert "called mein-modell; mein-modell-2 is free." in words(run(at)).replace("\\", "")


@pytest.mark.parametrize(
    ("state", "buttons"),
    [
        ("paused", {"Resume", "Remove it"}),
        ("stopped", {"Resume", "Remove it"}),
        ("failed", {"Resume", "Remove it"}),
        ("done", {"Remove it"}),
    ],
)
def test_a_training_is_found_again_by_its_address(state: folder.State, buttons: set[str]) -> None:
    measured()
    ended("older", state, "How it ended: <i>so</i>.")
    ended("newer", "done", "Another one.")
    at = visit("train", run="older")
    assert "How it ended: <i>so</i>." in words(at).replace("\\", "")
    assert labels(at) == {"Train", *buttons}
    assert "Another one" in words(visit("train"))


def test_only_to_a_model_that_is_there_a_link_leads() -> None:
    measured()
    ended("mine", "stopped", "Stopped before anything was learnt.")
    assert "Open on Latent map" not in links(visit("train", run="mine"))
    brought("mine")
    assert "Open on Latent map" in links(visit("train", run="mine"))


def test_the_form_follows_the_training_that_is_shown() -> None:
    measured()
    folder.create("mine", recipes.Settings(hidden=(8,)).words("emoji", 100)).say(Said("done", "Done."))
    assert visit("train", run="mine").selectbox(key="widget.data").value == "emoji"
    assert visit("train", run="mine", data="digits").selectbox(key="widget.data").value == "digits"


def test_a_training_whose_images_were_removed_says_so() -> None:
    measured()
    folder.create("mine", recipes.Settings(hidden=(8,)).words("birds", 100)).say(Said("done", "Done."))
    at = visit("train", run="mine")
    assert "The images of birds are not on this machine any more" in at.info[0].value
    assert at.selectbox(key="widget.data").value in sets.names()


def test_one_that_was_killed_says_so_and_goes_on() -> None:
    measured()
    book = folder.create("mine", WORDS)
    book.begin("training")
    at = visit("train", run="mine")
    assert "was killed from outside" in words(at)
    press(at, "Resume")
    assert book.state == "starting"


def test_one_under_way_can_be_paused_and_stopped() -> None:
    measured()
    book = folder.create("mine", WORDS)
    book.begin("training")
    with book.lock():
        at = press(visit("train", run="mine"), "Pause")
        assert (book.wanted, bar(at)) == ("pause", "Pausing")
        press(at, "Stop")
        assert (book.wanted, bar(at)) == ("stop", "Stopping")


def test_the_queue_has_an_end() -> None:
    measured()
    for k in range(durable.MOST):
        durable.begin(f"mine-{k}", WORDS)
    at = press(visit("train", data="digits"), "Train")
    assert "10 trainings already run or wait here" in words(at).replace("\\", "")
    assert len(folder.names()) == durable.MOST


def test_remove_takes_it_away_and_shows_another() -> None:
    measured()
    ended("older", "done", "The older one.")
    ended("newer", "done", "The newer one.")
    at = visit("train", run="newer")
    asked = popover(at, "Remove")
    press(at, "Remove it")
    assert popover(at, "Remove") != asked
    assert folder.names() == ["older"]
    assert "The older one" in words(at)


def test_a_model_is_removed_where_its_training_is_shown() -> None:
    measured()
    ended("mine", "done", "Done.")
    place = brought("mine")
    brought("other")
    (home.folder("examined")).mkdir()
    (home.folder("examined") / "mine.npz").write_bytes(b"")
    at = press(visit("train", run="mine"), "Remove the model")
    assert {path.name.partition(".")[0] for path in place.iterdir()} == {"other"}
    assert not list(home.folder("examined").iterdir())
    assert folder.names() == ["mine"]
    assert "Remove the model" not in labels(at)
    at = press(visit("results", model="other"), "Remove the model")
    assert not list(place.iterdir())
    assert address(at, "model") == ""
    assert "Remove the model" not in labels(at)


def test_how_far_it_is_in_words() -> None:
    book = folder.create("mine", WORDS)
    book.begin("training")
    for epoch, seconds in ((0, 0.0), (1, 30.0), (2, 60.0)):
        book.note({"epoch": epoch, "seconds": seconds})
    beat = Beat(0.0, "training", 0.0, epoch=2, share=0.5, rate=1234.5)
    assert shown.words(book, "training", beat) == "Epoch 3 of 4 · 1,234 images a second · 60 s left"
    assert shown.words(book, "waiting", beat) == "Waiting for its turn"
    assert shown.words(book, "packing", replace(beat, doing="packing")) == "Measuring and packing the model"


def test_the_watched_images_have_the_names_of_their_files(tmp_path: Path) -> None:
    path = write(tmp_path / "in", {f"ü{at}.png": png(9 * at + 9) for at in range(12)})
    adding.add("mine", path)
    found, test = picture._originals(sets.dataset("mine")), sets.load("mine")
    assert found is not None
    levels = {f"ü{at}.png": 9 * at + 9 for at in range(12)}
    middles = [int(test.pixels[at, 14, 14, 0]) for at in found["index"]]
    assert [levels[name] for name in found["names"]] == middles
    shipped = picture._originals(sets.dataset("digits"))
    assert shipped is not None
    assert shipped["names"] is None


# What the browser asks for


def ask(place: str) -> tuple[int, bytes, dict[str, str]]:
    """Status, content and headers of an answer of the server."""
    path, _, query = place.partition("?")
    scope = {
        "type": "http",
        "method": "GET",
        "path": unquote(path),
        "query_string": query.encode(),
        "headers": [],
    }
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    answered(Starlette(routes=trainings.ROUTES), scope, receive, send)
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], b"".join(each.get("body", b"") for each in sent[1:]), headers


def look(epoch: int) -> Look:
    rng = np.random.default_rng(epoch)
    mu = rng.normal(size=(5, 2)).astype(np.float32)
    sheet = rng.integers(0, 256, (40, 28, 28, 1), dtype=np.uint8)
    return Look(epoch, mu, mu, Plane(np.zeros(2), np.eye(2)), sheet, {})


def unpacked(content: bytes) -> tuple[dict[str, Any], bytes]:
    start = 4 + int.from_bytes(content[:4], "little")
    return json.loads(content[4:start]), content[start:]


def test_the_browser_gets_what_is_new() -> None:
    book = folder.create("mine", WORDS)
    book.begin("training")
    for epoch in range(3):
        book.note({"epoch": epoch, "nll": None})
        looks.save(book.path, look(epoch))
    book.say(Said("paused", "Paused."))
    said = json.loads(ask("/trainings/mine/progress?after=1")[1])
    assert (said["state"], said["sentence"], said["looks"]) == ("paused", "Paused.", [0, 1, 2])
    assert [line["epoch"] for line in said["lines"]] == [2]
    header, content = unpacked(ask("/trainings/mine/places?after=0")[1])
    assert header["epochs"] == [1, 2]
    found = np.frombuffer(content, np.float16).reshape(2, 5, 2)
    np.testing.assert_array_equal(found, np.stack([look(k).mu for k in (1, 2)]).astype(np.float16))
    assert ask("/trainings/mine/sheet/2.png")[2]["content-type"] == "image/png"


@pytest.mark.parametrize(
    "place",
    [
        "nobody/progress",
        "..%2F..%2Fetc/progress",
        "mine/sheet/7.png",
        "mine/sheet/x.png",
        "mine/decoder/-1",
        "mine/places?after=x",
        "mine/decoder/0",
    ],
)
def test_what_is_not_there_is_no_fault_of_the_server(place: str) -> None:
    folder.create("mine", WORDS).begin("training")
    assert ask(f"/trainings/{place}")[0] == 404


def test_a_home_that_is_not_there_has_no_training() -> None:
    assert not home.folder("runs").exists()
    assert folder.names() == []
