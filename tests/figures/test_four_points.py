"""The clouds of two models: what each frame holds, and that plotly knows it."""

import json

import numpy as np
import plotly.graph_objects as go
import pytest

from vae.figures.theory.four_points import Clouds, clouds

STEPS = np.array([0, 1, 2000])
Z = np.random.default_rng(0).normal(size=(3, 4, 5, 2)).astype(np.float16)
REGIONS = np.arange(3 * 36).reshape(3, 6, 6).astype(np.uint8) % 5
MODELS = {"VAE": Clouds(Z, REGIONS), "AVB": Clouds(-Z, REGIONS[::-1])}


def test_each_frame_holds_both_models_after_its_step() -> None:
    fig = clouds(STEPS, MODELS, 3.0)
    assert [frame.name for frame in fig.frames] == ["0", "1", "2,000"]
    for k, frame in enumerate(fig.frames):
        for model, traces in zip(MODELS.values(), (frame.data[:5], frame.data[5:]), strict=True):
            np.testing.assert_array_equal(traces[0].z, model.regions[k])
            for cloud, trace in zip(model.z[k], traces[1:], strict=True):
                np.testing.assert_array_equal(np.stack([trace.x, trace.y], axis=1), cloud)
        assert list(frame.traces) == list(range(10))


def test_it_begins_with_the_last_step_and_each_model_in_its_own_plane() -> None:
    fig = clouds(STEPS, MODELS, 3.0)
    np.testing.assert_array_equal(fig.data[6].x, fig.frames[-1].data[6].x)
    assert [trace.xaxis for trace in fig.data] == ["x"] * 5 + ["x2"] * 5
    assert [note.text for note in fig.layout.annotations] == ["<b>VAE</b>", "<b>AVB</b>"]


def test_the_cells_of_a_region_lie_at_their_codes() -> None:
    regions = clouds(STEPS, MODELS, 3.0).data[0]
    at = regions.x0 + regions.dx * np.arange(6)
    assert at == pytest.approx(np.linspace(-3, 3, 6))
    assert (regions.y0, regions.dy) == (regions.x0, regions.dx)


def test_a_colour_for_each_point_and_none_for_nowhere() -> None:
    regions, *marks = clouds(STEPS, MODELS, 3.0).data[:5]
    reach = regions.zmax - regions.zmin
    for number, colour in enumerate((*(mark.marker.color for mark in marks), "rgba(0,0,0,0)")):
        place = (number - regions.zmin) / reach
        before = [each for end, each in regions.colorscale if end <= place][-1]
        after = next(each for end, each in regions.colorscale if end >= place)
        assert before == after == colour


def test_one_step_has_nothing_to_play() -> None:
    fig = clouds(STEPS[:1], {name: Clouds(each.z[:1], each.regions[:1]) for name, each in MODELS.items()}, 3)
    assert fig.frames == ()


def test_plotly_knows_all_that_is_drawn() -> None:
    fig = clouds(STEPS, MODELS, 3.0)
    assert json.loads(go.Figure(fig.to_dict()).to_json()) == json.loads(fig.to_json())
    with pytest.raises(ValueError, match="VAE must have shape"):
        clouds(STEPS[:2], MODELS, 3.0)
