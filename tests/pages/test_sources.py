"""The step Sources: its links, and that the pages understand what they say."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.visiting import APP, run, visit
from vae.analysis.sources.figures import SOURCES, Figure
from vae.web.kit.address import KEPT, KEPT_FOR_MODEL
from vae.web.kit.address.bar import UNUSABLE

PLACES = {
    (figure.page, *figure.query.items()): figure for _, figures in SOURCES.values() for figure in figures
}


@pytest.mark.parametrize("work", SOURCES)
def test_a_source_s_figures_are_links_with_reasons_for_the_rest(work: str) -> None:
    at = visit("how_it_works", step="sources", work=work)
    links = [each.proto for each in at.get("page_link") if "·" in each.proto.label]
    figures = SOURCES[work][1]
    shown = [figure for figure in figures if figure.page is not None]
    assert [link.label.split(" · ")[0] for link in links] == [figure.what for figure in shown]
    assert [link.page for link in links] == [figure.page for figure in shown]
    assert all(any(figure.what == text.value for text in at.markdown) for figure in figures if figure.reason)


@pytest.mark.parametrize(
    "figure", [figure for figure in PLACES.values() if figure.query], ids=lambda figure: figure.what
)
def test_a_place_is_understood_by_its_page(figure: Figure) -> None:
    """Each value of the query is one that the page looked up and could use."""
    at = AppTest.from_file(str(APP), default_timeout=120).switch_page(f"pages/{figure.page}.py")
    for name, value in figure.query.items():
        at.query_params[name] = value
    run(at)
    kept = [key + name for name in figure.query for key in (KEPT, KEPT_FOR_MODEL)]
    found = {key.rpartition(".")[2]: at.session_state[key] for key in kept if key in at.session_state}
    assert found == dict(figure.query)
    assert UNUSABLE not in at.session_state or not at.session_state[UNUSABLE]
