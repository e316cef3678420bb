"""The list of the sources' figures: each has a place that exists, or a reason."""

import pytest

from vae import explorer
from vae.analysis.sources.figures import SOURCES, Figure
from vae.web.kit import navigation
from vae.web.pages.how_it_works.steps import CHAPTERS

FIGURES = [figure for _, figures in SOURCES.values() for figure in figures]
SHOWN = [figure for figure in FIGURES if figure.page is not None]


def test_each_figure_has_a_place_or_a_reason() -> None:
    assert [figure.what for figure in FIGURES if (figure.page is None) != bool(figure.reason)] == []
    assert [figure.what for figure in FIGURES if figure.page is None and figure.query] == []
    assert len({figure.what for figure in FIGURES}) == len(FIGURES) > 60


def test_reasons_are_given_for_avb_only() -> None:
    """Nothing else of the sources is left out."""
    assert all("Adversarial" in figure.reason for figure in FIGURES if figure.reason)


@pytest.mark.parametrize("figure", SHOWN, ids=lambda figure: figure.what)
def test_a_place_names_a_page_a_model_and_a_step_that_are_there(figure: Figure) -> None:
    assert figure.page in {page.stem for page in navigation.PAGES}
    models = [figure.query.get(name) for name in ("model", "beside", "grid_beside", "impute_beside")]
    models += figure.query.get("models", "").split(",")
    assert {model for model in models if model} <= set(explorer.model_names())
    assert figure.query.get("step", "elbo") in CHAPTERS
    assert ("step" in figure.query) == (figure.page == "how_it_works")
