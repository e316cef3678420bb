"""The charts that a page shows."""

from typing import Any

from streamlit.testing.v1 import AppTest

HIDDEN = "fetch_plotly"  # the empty chart by which the browser fetches plotly early


def charts(at: AppTest) -> list[Any]:
    """The page's charts in their order, less the hidden one."""
    return [chart for chart in at.get("plotly_chart") if chart.key != HIDDEN]
