"""The animated search: what its frames hold, what is drawn once, and what is refused."""

import json

import numpy as np
import plotly.graph_objects as go
import pytest

from vae.figures import Drawing, posterior_search
from vae.figures.posterior_search import Contours, Way

STEPS = np.array([0, 4, 25])
MU = np.array([[0.0, 0.0], [1.0, 0.5], [1.5, 1.0]])
SD = np.sqrt(np.array([[0.04, 0.09], [0.01, 0.04], [0.01, 0.01]]))
ELBO = np.array([-90.0, -88.0, -87.5])
WAYS = [Way("red", MU, SD, ELBO), Way("green", MU[::-1] + 1, SD, ELBO + 0.5)]
AXIS = np.linspace(1, 2, 5)
TRUE = Contours(AXIS, AXIS[:4], np.arange(20.0).reshape(4, 5))


@pytest.fixture(scope="module")
def fig() -> Drawing:
    return posterior_search.search(STEPS, WAYS, true=TRUE, log_evidence=-86.0)


def test_each_frame_holds_the_ellipses_and_the_elbo_of_its_state(fig: Drawing) -> None:
    assert [frame.name for frame in fig.frames] == ["0", "4", "25"]
    for k, frame in enumerate(fig.frames):
        for way, rings, point in zip(WAYS, frame.data[::2], frame.data[1::2], strict=True):
            away = np.hypot(*((rings[axis] - way.mu[k, d]) / way.sd[k, d] for d, axis in enumerate("xy")))
            np.testing.assert_allclose(away[np.isfinite(away)], np.repeat([1, 2], 49), rtol=1e-4)
            assert (point.x[0], point.y[0]) == (np.sqrt(STEPS[k]), way.elbo[k])
        moving = [fig.data[index] for index in frame.traces]
        assert [trace.name for trace in moving] == ["red", "red", "green", "green"]
        assert [trace.mode for trace in moving] == ["lines", "markers"] * 2


def test_plotly_knows_all_that_is_drawn(fig: Drawing) -> None:
    checked = go.Figure(fig.to_dict())  # raises ValueError for what plotly does not know
    assert json.loads(checked.to_json()) == json.loads(fig.to_json())
    copied = fig.copy().to_dict()
    assert copied["frames"] == fig.to_dict()["frames"]


def test_it_begins_with_the_first_state(fig: Drawing) -> None:
    still, moving = (
        next(trace for trace in fig.data if trace.name == name) for name in (posterior_search.START, "red")
    )
    np.testing.assert_array_equal(moving.x, fig.frames[0].data[0].x)
    np.testing.assert_array_equal(moving.x, still.x)
    assert [frame.name for frame in fig.frames] == [str(count) for count in STEPS]
    assert [button.method for button in fig.layout.updatemenus[0].buttons] == ["animate"]


def test_the_contours_lie_at_their_cells(fig: Drawing) -> None:
    contours = fig.data[0]
    np.testing.assert_allclose(contours.x0 + contours.dx * np.arange(5), TRUE.x)
    np.testing.assert_allclose(contours.y0 + contours.dy * np.arange(4), TRUE.y)
    np.testing.assert_array_equal(-contours.z, TRUE.depth)
    assert [contours.contours[each] for each in ("start", "end", "size")] == [-3, -1, 1]


def test_the_view_holds_both_ends_and_the_curve_the_line(fig: Drawing) -> None:
    low, high = posterior_search.surroundings(WAYS)
    np.testing.assert_allclose(low, [-0.72, -1.08])  # of the encoder's q
    np.testing.assert_allclose(high, [1.86, 1.36])  # of the red one at its end, which is beyond the green one
    assert list(fig.layout.xaxis.range) == [low[0], high[0]]
    assert fig.layout.yaxis.scaleanchor == "x"
    bottom, top = fig.layout.yaxis2.range
    assert bottom < ELBO.min()
    assert top > -86.0
    other = posterior_search.search(STEPS, WAYS, view=((-2, -3), (4, 5)), axes=(3, 11))
    assert list(other.layout.yaxis.range) == [-3, 5]
    assert other.layout.yaxis.title.text.startswith("z₁₂")


@pytest.mark.parametrize(
    "changed", [{"mu": MU[:2]}, {"sd": SD[:, :1]}, {"elbo": ELBO * np.nan}, {"elbo": ELBO[:2]}]
)
def test_what_does_not_fit_is_refused(changed: dict[str, np.ndarray]) -> None:
    given = {"name": "red", "mu": MU, "sd": SD, "elbo": ELBO}
    with pytest.raises(ValueError, match="must"):
        posterior_search.search(STEPS, [Way(**(given | changed))])
