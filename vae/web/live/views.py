"""What is seen: each view is an instance of one component, told apart by its data's `mode`.

`plot_key` is the key of the plotly chart that a view works on, `places` the name of a map that
`payloads.places` brought (without it the chart's axes are coordinates of z). `on_change` runs when the
browser has sent something, before the page's script; the answer is then read with `pick_of`, `code_of` or
`path_of`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import streamlit as st
from numpy.typing import ArrayLike

from vae.explorer import Explorer
from vae.images.export import data_uri, png
from vae.images.spec import Floats
from vae.web.live import answers
from vae.web.live.answers import PathChoice, Pick
from vae.web.live.payloads import view

MOST_ENDS = 12  # of the grid of all pairs: the browser decodes 144 images a frame
MOST_FRAMES = 100  # of the strip under a path

PathKind = Literal["linear", "spherical", "geodesic"]
OnChange = Callable[[], None] | None


def plane(
    model: Explorer,
    plot_key: str,
    key: str,
    *,
    axes: tuple[int, ...] = (0, 1),
    dims: int = 2,
    base: ArrayLike | None = None,
    directions: ArrayLike | None = None,
    ticks: ArrayLike | None = None,
    z: ArrayLike | None = None,
    places: str | None = None,
    image: int | None = None,
    originals: Mapping[str, Any] | None = None,
    own: Mapping[str, Any] | None = None,
    together: str | None = None,
    sheet: Mapping[str, Any] | None = None,
    on_change: OnChange = None,
    on_window: OnChange = None,
    on_ends: OnChange = None,
) -> Pick | None:
    """The code under the pointer on a chart, decoded live; returns what has just been picked, or None.

    The chart's axes are the coordinates `axes` of z, the others stay at `base` (D,); or they run from `base`
    along two orthonormal `directions` (2, D). On a map of test images it is the code of the nearest one. One
    of three dimensions (`dims`) has a point for each test image, and three `axes` or none.
    `z` (D,) is pinned at first, and whenever the page passes another one; `image` is the test image that it
    is the code of. With `originals` the test image itself stands beside its code, and `own` (`own_picture`)
    beside `z`, where that is the code of the user's own image. `ticks` (K,) are the coordinates at even steps
    across and upward, where the chart does not show them to scale. Views with the same name `together` all
    decode what is under the pointer on one of their charts. A `sheet` is an endless plane of decoded images
    over the chart: `side` images reach `home` from the middle at rest, `window` (x, y, reach) is in sight
    else, images may fade (`fades`), `titles` name the axes, and `path`, codes `a` and `b` with their
    `labels`, is drawn, its ends to drag if it `moves`. `on_window` runs when another part has come into
    sight, `on_ends` when an end was dragged; `window_of` and `ends_of` tell.
    """
    data = {
        **_common("plane", model, plot_key, places),
        "axes": axes,
        "dims": dims,
        "base": _numbers(base, model),
        "directions": None
        if directions is None
        else [_numbers(each, model) for each in np.asarray(directions)],
        "ticks": None if ticks is None else np.asarray(ticks, np.float64).tolist(),
        "z": _numbers(z, model),
        "image": image,
        "originals": originals,
        "own": own,
        "together": together,
        "sheet": sheet,
    }
    result = view()(
        key=key,
        data=data,
        on_pick_change=on_change or _nothing,
        on_window_change=on_window or _nothing,
        on_ends_change=on_ends or _nothing,
    )
    return answers.pick(result.get("pick"))


def path_slider(
    model: Explorer,
    a: ArrayLike,
    b: ArrayLike,
    key: str,
    *,
    path: PathKind = "linear",
    points: ArrayLike | None = None,
    t: float = 0.0,
    frames: int = 9,
    plot_key: str | None = None,
    labels: tuple[str, str] = ("", ""),
    on_change: OnChange = None,
) -> PathChoice | None:
    """A slider for t on the path from a (D,) to b (D,), with play and a strip of `frames`; None until used.

    On the chart of a latent plane the path is drawn with its moving point, and its ends, which are called
    `labels`, can be dragged. A geodesic goes through `points` (T, D) at even steps of t, and is a straight
    line while an end is dragged, until the page brings the points of the new one.
    """
    data = {
        **_common("path", model, plot_key),
        "a": _numbers(a, model),
        "b": _numbers(b, model),
        "t": min(max(float(t), 0.0), 1.0),
        "path": path,
        "points": None if points is None else [_numbers(z, model) for z in np.asarray(points)],
        "frames": min(max(int(frames), 2), MOST_FRAMES),
        "labels": labels,
    }
    result = view()(key=key, data=data, on_path_change=on_change)
    return answers.path(result.get("path"), model.latent_dim)


def sliders(
    model: Explorer,
    key: str,
    *,
    start: ArrayLike | None = None,
    start_label: str = "",
    z: ArrayLike | None = None,
    extent: float = 3.0,
    on_change: OnChange = None,
) -> Floats | None:
    """A slider for each dimension, -extent to extent prior standard deviations; returns the last z, or None.

    They stand at `z` (D,), else at `start` (D,), the code of an image to which a button leads back.
    """
    data = {
        **_common("sliders", model),
        "start": _numbers(start, model),
        "start_label": start_label,
        "z": _numbers(z, model),
        "extent": float(extent),
    }
    result = view()(key=key, data=data, on_code_change=on_change)
    return answers.code(result.get("code"), model.latent_dim)


def pairs(
    model: Explorer,
    ends: ArrayLike,
    key: str,
    *,
    labels: Sequence[str],
    on_change: OnChange = None,
) -> None:
    """Straight paths between all pairs of the codes `ends` (K, D), K at most 12, called `labels`.

    A click on one of them is read with `pair_of`.
    """
    rows = [_numbers(end, model) for end in np.asarray(ends)[:MOST_ENDS]]
    data = {
        **_common("pairs", model),
        "ends": rows,
        "labels": list(labels)[: len(rows)],
    }
    view()(key=key, data=data, on_pick_change=on_change or _nothing)


def tour(model: Explorer, key: str, *, reach: tuple[float, float]) -> Pick | None:
    """The code under the hand on the picture of a latent plane, decoded live; returns what was just picked.

    The picture, of class `vae-plane`, shows the plane from -reach to reach across and upward; a marker
    travels on it by itself until a hand takes it.
    """
    data = {**_common("tour", model), "reach": [float(each) for each in reach]}
    return answers.pick(view()(key=key, data=data, on_pick_change=_nothing).get("pick"))


def draw(
    model: Explorer,
    key: str,
    *,
    plot_key: str | None = None,
    places: str | None = None,
    held: Floats | None = None,
    opened: bool = False,
    on_change: OnChange = None,
) -> None:
    """A pad to draw on, encoded and decoded under the hand; `drawing_of` says what its last stroke left.

    `held` is the drawing (H, W, C) that the page has, None for none. The strokes stay in the browser, where a
    new pad finds those of the drawing again; where it has none it shows the drawing itself.
    One that the user has `opened` comes into sight. Needs `weights(model, encoder=True)`.
    """
    data = {
        **_common("draw", model, plot_key, places),
        "encoder": True,
        "held": answers.levels(held),
        "opened": opened,
    }
    view()(key=key, data=data, on_drawing_change=on_change or _nothing)


def own_picture(pixels: Floats, words: str) -> dict[str, Any]:
    """An image (H, W, C) in [0, 1] of the user's own, as `plane` takes it; `words` say what it is."""
    height, width, _ = pixels.shape
    return {"url": data_uri(png(pixels)), "width": width, "height": height, "columns": 1, "words": words}


def pick_of(key: str) -> Pick | None:
    """What was just picked on the plane, or the marked chart, with this key."""
    return answers.pick(_state(key).get("pick"))


def window_of(key: str) -> answers.Window | None:
    """What has come into sight on the endless plane with this key, None for where it began."""
    return answers.window(_state(key).get("window"))


def ends_of(key: str, model: Explorer) -> tuple[Floats, Floats] | None:
    """The ends (D,) of the path over the endless plane with this key, after one was dragged."""
    return answers.ends(_state(key).get("ends"), model.latent_dim)


def code_of(key: str, model: Explorer) -> Floats | None:
    """The present z (D,) of the sliders with this key."""
    return answers.code(_state(key).get("code"), model.latent_dim)


def drawing_of(key: str, model: Explorer) -> Floats | None:
    """The encoder's input (H, W, C) in [0, 1] from the pad with this key, None while that is empty."""
    return answers.drawing(_state(key).get("drawing"), model.image_spec)


def path_of(key: str, model: Explorer) -> PathChoice | None:
    """The present choice on the path slider with this key."""
    return answers.path(_state(key).get("path"), model.latent_dim)


def pair_of(key: str, count: int) -> tuple[int, int] | None:
    """Which of `count` ends, as start and as end, were just chosen on the grid of all pairs with this key."""
    return answers.pair(_state(key).get("pick"), count)


def _nothing() -> None:
    """For an event that is read from the result: Streamlit reports only those with a callback."""


def _common(
    mode: str, model: Explorer, plot_key: str | None = None, places: str | None = None
) -> dict[str, Any]:
    return {"mode": mode, "model": model.fingerprint, "plot_key": plot_key, "places": places}


def _state(key: str) -> Mapping[str, Any]:
    state = st.session_state.get(key)
    return state if isinstance(state, Mapping) else {}


def _numbers(z: ArrayLike | None, model: Explorer) -> list[float] | None:
    """A code for the browser, rounded as the browser rounds its own.

    Raises:
        ValueError: unless z holds D finite numbers.
    """
    if z is None:
        return None
    array = np.asarray(z, np.float64)
    if array.shape != (model.latent_dim,) or not np.isfinite(array).all():
        raise ValueError(f"z must hold {model.latent_dim} finite numbers, got shape {array.shape}")
    return [round(float(value), 4) for value in array]
