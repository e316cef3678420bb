"""The densities of eight schools, animated: what each frame holds, the outlines, and what is refused."""

import json
import math

import numpy as np
import plotly.graph_objects as go
import pytest

from vae.figures import Drawing
from vae.figures.theory.eight_schools import HIGHEST, Axis, Trained, _mass_above, posteriors

STEPS = (0, 100, 8000)
MIDDLES = np.linspace(-3.95, 3.95, 80)
EXACT = np.exp(-0.5 * (MIDDLES[:, None] ** 2 + MIDDLES**2)) / (2 * math.pi)
AXES = (Axis("μ", -4, 4), Axis("τ", -4, 4))
METHODS = [
    Trained(name, np.stack([EXACT * share for share in (0.2, 0.5, 1)]), [[9, 1.5, level], [8, 1, level]])
    for name, level in (("one", 1.2), ("two", 0.9), ("three", 0.5), ("four", 0.1))
]


@pytest.fixture(scope="module")
def fig() -> Drawing:
    return posteriors(AXES, [("HMC", EXACT), ("Exact", EXACT)], METHODS, STEPS)


def test_plotly_knows_all_that_is_drawn(fig: Drawing) -> None:
    checked = go.Figure(fig.to_dict())  # raises ValueError for what plotly does not know
    assert json.loads(checked.to_json()) == json.loads(fig.to_json())


def test_each_frame_holds_four_densities_and_where_their_kl_is(fig: Drawing) -> None:
    assert [frame.name for frame in fig.frames] == ["0", "100", "8,000"]
    for step, share, frame in zip(STEPS, (0.2, 0.5, 1), fig.frames, strict=True):
        assert [fig.data[index].type for index in frame.traces] == ["heatmap"] * 4 + ["scatter"] * 4
        for heat in frame.data[:4]:  # the brightest is twice the exact posterior's
            np.testing.assert_allclose(heat.z / 255, share * EXACT / EXACT.max() / 2, atol=0.5 / 255)
        for method, point in zip(METHODS, frame.data[4:], strict=True):
            kl = np.array(method.kl)[0, STEPS.index(step)]
            assert (point.x, point.y) == ([math.sqrt(step)], [min(kl, HIGHEST)])


def test_it_begins_with_the_last_step(fig: Drawing) -> None:
    for index, data in zip(fig.frames[2].traces, fig.frames[2].data, strict=True):
        for name in ("x", "y", "z"):
            np.testing.assert_array_equal(getattr(fig.data[index], name), getattr(data, name))


def test_a_region_holds_its_share_of_the_mass() -> None:
    """That of a standard normal in the plane within r is 1 - exp(-r² / 2)."""
    radius = np.hypot(MIDDLES[:, None], MIDDLES)
    np.testing.assert_allclose(_mass_above(EXACT), 1 - np.exp(-(radius**2) / 2), atol=0.02)


def test_the_outlines_lie_on_the_cells_of_all_panels(fig: Drawing) -> None:
    outlines = [trace for trace in fig.data if trace.type == "contour"]
    assert {trace.xaxis for trace in outlines} == {"x", *(f"x{number}" for number in range(2, 7))}
    for trace in outlines:
        np.testing.assert_allclose(trace.x0 + trace.dx * np.arange(80), MIDDLES)
        assert (trace.contours.start, trace.contours.end) == (0.5, 0.95)


def test_both_runs_of_each_method_are_curves(fig: Drawing) -> None:
    curves = [trace for trace in fig.data if trace.mode == "lines"]
    assert [trace.name for trace in curves] == [method.name for method in METHODS for _ in range(2)]
    np.testing.assert_array_equal(curves[1].y, [8, 1, 1.2])


def test_shapes_that_do_not_match_are_refused() -> None:
    few = [METHODS[0]._replace(density=[EXACT, EXACT]), *METHODS[1:]]
    with pytest.raises(ValueError, match="one must have shape"):
        posteriors(AXES, [("HMC", EXACT), ("Exact", EXACT)], few, STEPS)
    with pytest.raises(ValueError, match="HMC must have shape"):
        posteriors(AXES, [("HMC", EXACT[:5]), ("Exact", EXACT)], METHODS, STEPS)
