"""Every page opens with every kind of model: it works, or says in one sentence what the model lacks."""

from pathlib import Path

import pytest

from tests.pages import strangers
from tests.pages.visiting import address, visit

PAGES = sorted(path.stem for path in (Path(__file__).parents[2] / "pages").glob("*.py"))


@pytest.fixture
def most(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a model with 128 dimensions, which joins the others."""
    monkeypatch.setattr(strangers, "NAMES", (*strangers.NAMES, strangers.MOST))
    return strangers.MOST


@pytest.mark.usefixtures("others")
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", strangers.NAMES)
def test_a_page_opens(page: str, name: str) -> None:
    query = {"step": "elbo"} if page == "how_it_works" else {}  # the first step is on studies of digits
    at = visit(page, model=name, **query)
    words = " ".join(each.value for kind in (at.markdown, at.caption, at.info, at.title) for each in kind)
    assert "digit" not in words
    assert "784" not in words


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_with_128_dimensions(page: str, most: str, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("others")  # after the model has joined them
    assert address(visit(page, model=most), "model") == most
