"""The glossary and the articles: what is marked, what is left alone, and that How it works uses both."""

import importlib
import pkgutil
import re
from html import escape

import pytest

from tests.pages import visiting
from vae.web.kit.words import articles, glossary
from vae.web.pages import how_it_works

YEAR = r"\b(?:19|20)\d\d\b"


def test_a_term_is_marked_where_it_comes_first_and_keeps_its_form() -> None:
    found = glossary.marked("Codes of the **prior**: no code lies far from the prior.")
    assert re.sub("<[^>]*>", "", found) == "Codes of the **prior**: no code lies far from the prior."
    assert found.count("vae-hint") == 2
    assert found.startswith(glossary.term("code", "Codes"))
    assert f"**{glossary.term('prior')}**: no code" in found


@pytest.mark.parametrize(
    "words", ["$\\text{KL}$ and $$\nnll\n$$", "`KL`", "[the KL](https://a.b/KL)", "beta-VAEs", "decoded"]
)
def test_what_is_no_word_of_the_text_stays_as_it_is(words: str) -> None:
    assert glossary.marked(words) == words


def test_an_explanation_can_be_read_by_pointing_by_key_and_by_ear() -> None:
    (tag,) = re.findall("<span[^>]*>", glossary.term("ELBO"))
    said = escape(glossary.TERMS["ELBO"])
    assert f'data-hint="{said}"' in tag
    assert f'aria-description="{said}"' in tag
    assert 'tabindex="0"' in tag


def test_no_term_is_left_without_one() -> None:
    with pytest.raises(KeyError):
        glossary.term("entropy of the universe")


def test_a_title_becomes_a_link_where_it_comes_first() -> None:
    found = articles.linked("Kingma and Ba, Adam, 2015. Adamant. Adam.")
    assert found == "Kingma and Ba, [Adam](https://arxiv.org/abs/1412.6980), 2015. Adamant. Adam."


def test_every_article_that_how_it_works_names_with_its_year_is_a_link() -> None:
    names = [each.name for each in pkgutil.walk_packages(how_it_works.__path__, f"{how_it_works.__name__}.")]
    sources = {
        text
        for name in names
        for key, text in vars(importlib.import_module(name)).items()
        if isinstance(text, str) and key.isupper() and re.search(YEAR, text)
    }
    assert len(sources) > 20
    for source in sources:
        linked = articles.linked(source)
        years = re.findall(YEAR, re.sub(r"\(http[^)]*\)", "", linked))
        assert linked.count("](http") >= len(years), source


def test_how_it_works_explains_its_terms_and_links_its_sources() -> None:
    at = visiting.visit("how_it_works", step="elbo")
    assert any(glossary.term("ELBO") in text.value for text in at.markdown)
    link = "[Auto-Encoding Variational Bayes](https://arxiv.org/abs/1312.6114)"
    assert any(link in caption.value for caption in at.caption)
