"""Every page opens with every kind of model: it works, or says in one sentence what the model lacks."""

from pathlib import Path

import pytest

from tests.pages import strangers
from tests.pages.visiting import visit

PAGES = sorted(path.stem for path in (Path(__file__).parents[2] / "pages").glob("*.py"))


@pytest.mark.usefixtures("others")
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", strangers.NAMES)
def test_a_page_opens(page: str, name: str) -> None:
    at = visit(page, model=name)
    words = " ".join(each.value for kind in (at.markdown, at.caption, at.info, at.title) for each in kind)
    assert "digit" not in words
    assert "784" not in words
