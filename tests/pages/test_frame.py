"""The frame around every page: model picker, links, what is said of bad addresses and damaged models."""

from pathlib import Path
from typing import Any, get_args

import pytest
from streamlit.testing.v1 import AppTest

from vae.model.protocol import Ability
from vae.web.kit import loaders, navigation
from vae.web.kit.navigation import PAGES, Page

STEMS = [page.stem for page in PAGES]
WITH_MODEL = [page for page in PAGES if page.has_model]
APP = str(Path(__file__).parents[2] / "app.py")
TIMEOUT = 60.0  # seconds; the first page imports torch


def opened(page: str, **query: str) -> AppTest:
    """The page after its first run, opened with a query, in a session that saw the home page before."""
    at = AppTest.from_file(APP, default_timeout=TIMEOUT).run()
    at.switch_page(page)
    for name, value in query.items():
        at.query_params[name] = value
    return at.run()


def addressed(at: AppTest, name: str) -> str | None:
    """What the address says of a shared value, after the run."""
    value = at.query_params.get(name)
    return value[-1] if isinstance(value, list) else value


def model_of(at: AppTest) -> Any:
    return at.selectbox(key="widget.model").value


@pytest.mark.parametrize("page", PAGES, ids=STEMS)
def test_a_page_opens_with_its_title_and_the_default_model(page: Page) -> None:
    at = opened(page.file)
    assert not at.exception
    assert at.title[0].value == page.title
    assert not page.has_model or model_of(at) == "mnist-vae-2d"
    assert not at.query_params, "defaults stay out of the address"


@pytest.mark.parametrize("page", WITH_MODEL, ids=lambda page: page.stem)
def test_a_page_says_what_was_wrong_with_the_model_and_works(page: Page) -> None:
    at = opened(page.file, model="x")
    assert not at.exception
    said = "There is no model called `x` here. Shown instead: “VAE, 2-D: the clearest map”."
    assert said in [warning.value for warning in at.warning]
    assert model_of(at) == "mnist-vae-2d"
    at.selectbox(key="widget.model").set_value("mnist-vae-20d").run()
    assert said not in [warning.value for warning in at.warning], "the sentence goes with its cause"


def test_the_picker_has_titles_and_the_name_beside_them() -> None:
    at = opened("pages/sliders.py", model="mnist-vae-20d")
    shown = at.selectbox(key="widget.model").options
    assert shown[:2] == ["VAE, 2-D: the clearest map", "VAE, 20-D: sharper digits"]
    assert len(shown) == len(loaders.model_names())
    assert at.caption[0].value == "`mnist-vae-20d`"


@pytest.mark.parametrize("page", PAGES, ids=STEMS)
def test_the_bar_has_all_pages_in_their_groups_and_marks_the_one_shown(page: Page) -> None:
    at = opened(page.file)
    links = [link.proto.label for link in at.get("page_link")][: 1 + len(PAGES)]
    assert links == ["VAE explorer", *(each.title for each in PAGES)]
    buttons = [element.proto.body for element in at.get("html") if "vae-group" in element.proto.body]
    marked = [
        group for group, body in zip(navigation.groups(), buttons, strict=True) if "aria-current" in body
    ]
    assert marked == [page.group]


def test_the_groups_hold_every_page_once() -> None:
    assert tuple(page for pages in navigation.groups().values() for page in pages) == PAGES


def test_what_the_address_says_cannot_leave_its_quotation() -> None:
    at = opened("pages/sliders.py", model="`<b>**x**\n# y")
    assert at.warning[0].value.startswith("There is no model called `<b>**x**# y` here.")


def test_the_model_is_kept_from_page_to_page() -> None:
    at = opened(PAGES[0].file, model="mnist-vae-20d")
    at.query_params.clear()
    at.switch_page(PAGES[2].file).run()
    assert model_of(at) == "mnist-vae-20d"
    assert addressed(at, "model") == "mnist-vae-20d"


def test_the_picker_changes_the_model_and_drops_its_points() -> None:
    at = opened("pages/latent_map.py", model="mnist-vae-2d", z="1,1")
    at.selectbox(key="widget.model").set_value("mnist-vae-20d").run()
    assert not at.exception
    assert addressed(at, "model") == "mnist-vae-20d"
    assert addressed(at, "z") != "1,1"


def test_a_link_to_another_model_drops_the_points_of_the_one_before() -> None:
    at = opened("pages/latent_map.py", model="mnist-vae-2d", z="1,1")
    at.query_params.clear()
    at.query_params["model"] = "mnist-beta-vae-2d"
    at.run()
    assert addressed(at, "z") is None
    for name, value in {"model": "mnist-vae-2d", "z": "0.5,1"}.items():
        at.query_params[name] = value
    at.run()
    assert addressed(at, "z") == "0.5,1", "what a link says is kept"


def test_a_damaged_model_gets_a_sentence_and_another_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = loaders.open_model
    reason = "mnist-vae-2d.safetensors is damaged."
    monkeypatch.setattr(loaders, "model_names", lambda: ("mnist-vae-20d", "mnist-vae-2d"))
    monkeypatch.setattr(loaders, "open_model", lambda name: reason if name.endswith("2d") else whole(name))
    at = opened("pages/latent_map.py", model="mnist-vae-2d")
    assert not at.exception
    assert [warning.value for warning in at.warning] == [
        f"{reason} Shown instead: “VAE, 20-D: sharper digits”."
    ]
    assert model_of(at) == "mnist-vae-20d"


def test_damaged_models_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loaders, "model_names", lambda: ("mnist-vae-20d", "mnist-vae-2d"))
    monkeypatch.setattr(loaders, "open_model", lambda name: f"{name} is damaged.")
    at = opened("pages/latent_map.py")
    assert not at.exception
    assert at.error[0].value == "mnist-vae-20d is damaged. mnist-vae-2d is damaged."


def test_no_model_says_how_to_train_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loaders, "model_names", lambda: ())
    at = opened("pages/latent_map.py")
    assert not at.exception
    assert "no model" in at.info[0].value
    assert "python -m vae.train" in at.code[0].value


def test_a_damaged_file_on_disk_is_answered_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vae.model import catalogue

    (tmp_path / "mine.safetensors").write_bytes(b"not a model")
    monkeypatch.setattr(catalogue, "model_path", lambda name: tmp_path / f"{name}.safetensors")
    found = loaders.open_model("mine")
    assert isinstance(found, str)
    assert found.startswith("mine.safetensors ")


@pytest.mark.usefixtures("others")
def test_a_page_that_a_model_cannot_serve_says_what_it_lacks_and_stops() -> None:
    at = opened("pages/inference.py", model="foreign-3d")
    assert not at.exception
    (said,) = (info.value for info in at.info)
    lacks = "no likelihood p(x|z) and no gradient of log p(x|z)"
    assert said == f"“foreign-3d” has {lacks}, which this page needs. Choose another model above."
    assert [box.key for box in at.selectbox] == ["widget.model"]


def test_every_ability_can_be_said_to_be_lacking() -> None:
    assert navigation.LACKING.keys() == set(get_args(Ability))
