"""The shipped models of colour images on pages, with the images that ship."""

import json
from html import escape

import pytest

from tests.pages.visiting import pictures, visit
from vae.images.sets import emoji

FLAT, DEEP = "emoji-vae-2d", "emoji-vae-32d"


def test_models_of_a_set_without_favourites_are_compared_with_each_other() -> None:
    at = visit("compare", FLAT)
    assert list(at.multiselect[0].value) == [FLAT, DEEP]
    assert [image.shape for image in pictures(at, "reconstruction")] == [(64, 64, 3)] * 2
    assert any(
        "name where its codes are densest, as far as there is room" in each.value for each in at.caption
    )


@pytest.mark.parametrize("page", ["reconstruct", "compare", "impute"])
def test_maps_without_a_legend_have_the_names_of_the_groups_and_no_numbers(page: str) -> None:
    at = visit(page, FLAT, steps="1")
    charts = [json.loads(chart.proto.spec) for chart in at.get("plotly_chart")]
    (fig, *_) = (chart for chart in charts if len(chart["data"]) >= len(emoji.GROUPS))
    assert not [trace for trace in fig["data"] if trace["mode"] == "markers+text"]
    named = [note["text"].rstrip("…") for note in fig["layout"]["annotations"] if "bordercolor" in note]
    assert len(named) > 3
    assert all(any(escape(group).startswith(name) for group in emoji.GROUPS) for name in named)
