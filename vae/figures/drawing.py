"""A figure put together from plain dicts; plotly's own validates every property, at each run of a page.

What is drawn from a cached `Drawing` begins with its `copy`: copies share what nobody changes.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import cache, cached_property
from typing import Any

import numpy as np
import plotly.io as pio
from numpy.typing import NDArray
from plotly.basedatatypes import BaseFigure

Props = dict[str, Any]
TYPES = ("i1", "u1", "i2", "u2", "i4", "u4", "f4", "f8")
"""NumPy's types that plotly.js can read packed; its largest whole numbers have 32 bits."""


class View(Props):
    """Properties to be read as plotly's are: `view.xaxis.range`; None for what is not set."""

    def __getattr__(self, name: str) -> Any:
        """The property, dicts in it as views."""
        return _view(self.get(name))


class Drawing(BaseFigure):
    """A figure that `st.plotly_chart` takes for plotly's, of which it has the methods used here.

    Properties are written as plotly.js has them, without plotly.py's underscores (`font={"size": 9}`) and
    short forms (`title={"text": "t"}`). The tests validate them.
    """

    def __init__(self) -> None:
        self._traces: list[_Trace] = []
        self._spec: Props = {}
        self._frames: list[Props] = []

    def copy(self) -> Drawing:
        """A figure to go on from here."""
        other = Drawing()
        other._traces, other._spec = list(self._traces), dict(self._spec)
        other._frames = self._frames
        return other

    @property
    def data(self) -> tuple[View, ...]:
        """The traces' properties, to read."""
        return tuple(View(trace.props) for trace in self._traces)

    @property
    def frames(self) -> tuple[View, ...]:
        """The states of an animation, to read."""
        return tuple(View(frame) for frame in self._frames)

    @property
    def layout(self) -> View:
        """The layout's properties, to read; both axes are there, whether drawn or not."""
        return View({"xaxis": {}, "yaxis": {}} | self._spec)

    def to_dict(self) -> Props:
        """The figure as plotly's JSON has it, in the default template, which is Streamlit's in the app."""
        layout = {"template": _template(pio.templates.default), **_packed(self._spec)}
        spec = {"data": [trace.packed for trace in self._traces], "layout": layout}
        return spec | {"frames": [_packed_frame(frame) for frame in self._frames]} if self._frames else spec

    def add_trace(self, trace: Props) -> Drawing:
        """One more trace, a dict with its `type`, above the others."""
        self._traces.append(_Trace(trace))
        return self

    def animate(self, frames: list[Props]) -> Drawing:
        """States of an animation, each a dict with a `name`, the numbers of its `traces` and their `data`."""
        self._frames = frames
        return self

    def add_scatter(self, **props: Any) -> Drawing:
        """Points or a line, of SVG."""
        return self.add_trace({"type": "scatter", **props})

    def add_scattergl(self, **props: Any) -> Drawing:
        """Points or a line, of WebGL."""
        return self.add_trace({"type": "scattergl", **props})

    def add_bar(self, **props: Any) -> Drawing:
        """Bars."""
        return self.add_trace({"type": "bar", **props})

    def add_shape(self, **props: Any) -> Drawing:
        """One more shape, above the others."""
        return self._append("shapes", props)

    def add_annotation(self, **props: Any) -> Drawing:
        """One more text."""
        return self._append("annotations", props)

    def add_layout_image(self, **props: Any) -> Drawing:
        """One more image."""
        return self._append("images", props)

    def update_traces(self, selector: Mapping[str, Any], **props: Any) -> Drawing:
        """Properties laid over those of the traces that have what the selector says."""
        for place, trace in enumerate(self._traces):
            if all(trace.props.get(name) == value for name, value in selector.items()):
                self._traces[place] = _Trace(_merged(trace.props, props))
        return self

    def update_layout(self, patch: Mapping[str, Any] | None = None, **props: Any) -> Drawing:
        """Properties laid over the layout's."""
        self._spec = _merged(self._spec, {**(patch or {}), **props})
        return self

    def update_xaxes(self, **props: Any) -> Drawing:
        """Properties laid over those of the axis of x, of which a drawing has one."""
        return self.update_layout(xaxis=props)

    def update_yaxes(self, **props: Any) -> Drawing:
        """Properties laid over those of the first axis of y."""
        return self.update_layout(yaxis=props)

    def update_scenes(self, **props: Any) -> Drawing:
        """Properties laid over those of the three-dimensional scene."""
        return self.update_layout(scene=props)

    def _append(self, name: str, props: Props) -> Drawing:
        self._spec[name] = [*self._spec.get(name, ()), props]
        return self


class _Trace:
    """A trace's properties; packed once, since many figures share it."""

    def __init__(self, props: Props) -> None:
        self.props = props

    @cached_property
    def packed(self) -> Props:
        """The same with arrays as plotly.js takes them, in base64."""
        return _packed(self.props)


def _packed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _packed(inner) for name, inner in value.items()}
    return _typed(value) if isinstance(value, np.ndarray) else value


def _packed_frame(frame: Props) -> Props:
    return {**frame, "data": [_packed(trace) for trace in frame["data"]]}


def _typed(array: NDArray[Any]) -> Any:
    """The array as plotly.js's typed array; as a list if it is not of numbers."""
    kind = _smallest(array) if array.dtype == np.int64 and array.size else array.dtype.str[1:]
    if kind not in TYPES or array.ndim == 0 or array.size == 0:
        return array.tolist()
    content = base64.b64encode(np.ascontiguousarray(array, f"<{kind}").tobytes()).decode("ascii")
    shape = {} if array.ndim == 1 else {"shape": ", ".join(map(str, array.shape))}
    return {"dtype": kind, "bdata": content, **shape}


def _smallest(numbers: NDArray[np.int64]) -> str:
    """The smallest type for whole numbers that holds these."""
    low, high = numbers.min(), numbers.max()
    fits = (kind for kind in ("i1", "i2", "i4") if np.iinfo(kind).min <= low <= high <= np.iinfo(kind).max)
    return next(fits, "i8")


def _merged(old: Mapping[str, Any], patch: Mapping[str, Any]) -> Props:
    """A dict with both; where both have dicts, these are merged."""
    merged = dict(old)
    for name, value in patch.items():
        known = merged.get(name)
        merged[name] = _merged(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return merged


def _view(value: Any) -> Any:
    if isinstance(value, dict):
        return View(value)
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return tuple(View(inner) for inner in value)
    return value


@cache
def _template(name: str) -> Props:
    """A template of plotly's, as JSON has it."""
    return dict(pio.templates[name].to_plotly_json())
