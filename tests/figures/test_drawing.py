"""Drawings against plotly's own figures, made by the same calls."""

import json
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from vae.figures import Drawing


def drawn(fig: Any) -> Any:
    """A figure with a bit of everything, of a class that is to be shown."""
    fig.add_scattergl(x=np.linspace(0, 1, 5, dtype=np.float32), y=[1, 2, 3, 4, 5], name="gl", mode="markers")
    fig.add_scatter(x=np.arange(3), y=np.array([1.5, 2.5, 3.5]), customdata=np.arange(6).reshape(3, 2))
    fig.add_bar(x=["a", "b"], y=np.array([300, -2]), marker={"color": ["red", "blue"]})
    fig.add_shape(type="line", x0=0, x1=1, y0=0, y1=1, name="line")
    fig.add_shape(type="circle", x0=0, x1=1, y0=0, y1=1, line={"width": 2})
    fig.add_annotation(text="here", x=0, y=1, font={"size": 9})
    fig.update_layout(height=300, margin={"l": 1, "r": 2})
    fig.update_layout(margin={"l": 5}, yaxis={"title": {"text": "y"}})
    fig.update_xaxes(range=[0, 2], title={"text": "x"}).update_yaxes(title={"standoff": 6})
    return fig.update_traces(selector={"mode": "markers"}, marker={"size": 7})


def test_a_drawing_reaches_the_browser_as_plotlys_figure_would() -> None:
    assert json.loads(drawn(Drawing()).to_json()) == json.loads(drawn(go.Figure()).to_json())


def test_what_is_added_to_a_copy_leaves_the_original_as_it_was() -> None:
    ground = drawn(Drawing())
    before = ground.to_json()
    other = drawn(ground.copy()).update_layout(margin={"l": 99}).update_xaxes(range=[5, 6])
    assert ground.to_json() == before
    assert other.layout.margin == {"l": 99, "r": 2}
    assert len(other.data) == 2 * len(ground.data)


def test_its_properties_are_read_as_plotlys() -> None:
    fig = drawn(Drawing())
    assert fig.layout.xaxis.range == [0, 2]
    assert [shape.name for shape in fig.layout.shapes] == ["line", None]
    assert fig.data[0].marker.size == 7
    assert fig.layout.legend is None


def test_copies_share_what_is_packed() -> None:
    ground = drawn(Drawing())
    first, second = (ground.copy().to_dict()["data"] for _ in range(2))
    assert all(a is b for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("values", [np.array([]), np.array(["a"]), np.array([True]), np.array([2**40])])
def test_what_plotly_cannot_read_packed_goes_as_a_list(values: np.ndarray) -> None:
    assert Drawing().add_scatter(x=values).to_dict()["data"][0]["x"] == values.tolist()
