"""Every page opens with every kind of model: it works, or says in one sentence what the model lacks."""

from pathlib import Path

import pytest

from tests.pages import strangers
from tests.pages.visiting import visit
from vae.web.kit import datasets, loaders

PAGES = sorted(path.stem for path in (Path(__file__).parents[2] / "pages").glob("*.py"))


@pytest.fixture
def _others(monkeypatch: pytest.MonkeyPatch) -> None:
    """The strangers in the place of what ships."""
    monkeypatch.setattr(loaders, "model_names", lambda: strangers.NAMES)
    monkeypatch.setattr(loaders, "open_model", strangers.model)
    records = {name: strangers.model(name).record for name in strangers.NAMES}
    monkeypatch.setattr(loaders, "described", lambda: records)
    monkeypatch.setattr(loaders, "has_map", lambda name, record: True)
    monkeypatch.setattr(datasets, "images", lambda dataset, split="test": strangers.items(dataset))


@pytest.mark.usefixtures("_others")
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", strangers.NAMES)
def test_a_page_opens(page: str, name: str) -> None:
    at = visit(page, model=name)
    words = " ".join(each.value for kind in (at.markdown, at.caption, at.info, at.title) for each in kind)
    assert "digit" not in words
    assert "784" not in words
