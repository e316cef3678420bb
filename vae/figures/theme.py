"""What all figures share in colour, and plotly's configuration; the colours of classes are in `palette`."""

from typing import Any

FOLLOWED = "#e8112d"
"""Red for the one thing that is followed: a path, a chosen z, this image among all others."""

CASING = "rgba(255,255,255,0.92)"
"""Light line under a dark or red one, so that it stands out from any class colour in both themes."""

INK = "#1b1f24"
"""Text on a light disc, the same in both themes because the disc is."""

HIDDEN_COLOUR = (64, 92, 158)  # of hidden pixels, which would look like black ones
NEUTRAL = "#868b98"
"""Bars and thin lines, of equal contrast on white and on near-black."""

KL_COLOUR = "#5b78c7"
"""Blue of the KL, and of what is exact beside what is approximate."""

LOSS_SCALE = ((0.0, "#665fe6"), (0.33, "#1f8fa6"), (0.66, "#6fb04a"), (1.0, "#e6b422"))
"""Colours of a number, darker where it is low; each stands out on white and on near-black."""

CLEAR = "rgba(0,0,0,0)"

CONFIG: dict[str, Any] = {
    "scrollZoom": True,
    "displaylogo": False,
    "doubleClick": "reset",
    "modeBarButtonsToRemove": [
        "select2d",
        "lasso2d",
        "zoom2d",
        "pan2d",
        "autoScale2d",
        "orbitRotation",
        "tableRotation",
        "pan3d",
        "zoom3d",
        "resetCameraLastSave3d",
    ],
    "toImageButtonOptions": {"format": "png", "scale": 2, "filename": "vae-explorer"},
}
"""Configuration for `st.plotly_chart(config=...)`: the wheel zooms, dragging pans, a double click resets."""
