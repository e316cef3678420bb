"""Images in a chart: the sheet of decoded images placed in z, the error of a reconstruction."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from vae.figures.drawing import Drawing
from vae.figures.layout import coordinate, finite, plain_layout, plane_axes
from vae.figures.theme import NEUTRAL
from vae.images.export import data_uri, png, scaled_size
from vae.images.spec import Floats

SHARPEST = 1600  # pixels of a side of a picture in a chart
DARKER, BRIGHTER = "#1f6fd1", "#e2520b"
MARGIN = {"l": 50, "r": 10, "t": 10, "b": 46}  # pixels around a sheet, as in assets/live/sheet/sheet.js
FRAME = {"showline": True, "mirror": True, "linecolor": NEUTRAL, "linewidth": 1}


def decoded_grid(
    sheet: ArrayLike,
    side: int,
    extent: float,
    axes: tuple[int, int] = (0, 1),
    *,
    middle: tuple[float, float] = (0.0, 0.0),
    opacity: ArrayLike | None = None,
    height: int = 680,
    uirevision: str = "grid",
) -> Drawing:
    """Decoded images at the places of their codes: a sheet (side H, side W, C), second coordinate upward.

    The sheet holds side × side images decoded at `paths.grid(side, extent, axes)`, levels in [0, 1]. The
    middle of each lies at its z, so the picture reaches half an image beyond ±extent; the axes end where the
    picture ends. Where the codes lie around another `middle` than 0, so does the picture. Large sheets are
    reduced to at most SHARPEST pixels a side. A unit of the axes has the shape of an image, so that no image
    is distorted. `opacity` (side, side) in [0, 1], row 0 the lowest, makes images fainter.

    Raises:
        ValueError: for a sheet that does not hold side × side images, or has values that are not finite.
    """
    pixels = _checked(sheet, side)
    if not (np.isfinite(extent) and extent > 0):
        raise ValueError(f"extent must be a positive number, got {extent}")
    reach = extent * side / (side - 1)
    height_px, width_px = pixels.shape[:2]
    scale = 1 / math.ceil(max(height_px, width_px) / SHARPEST)
    dx, dy = (2 * reach / length for length in scaled_size((width_px, height_px), scale))
    # plotly mirrors `source` where y grows upwards, so row 0 of the PNG must be the lowest row of the sheet
    source = data_uri(png(pixels[::-1], scale, opacity))
    across, up = coordinate(axes[0]), coordinate(axes[1])
    hover = f"{across} = %{{x:.2f}}, {up} = %{{y:.2f}}<extra></extra>"
    fig = plain_layout(Drawing(), height, MARGIN)
    (left, low), (right, high) = ([at + side * reach for at in middle] for side in (-1, 1))
    places = {"x0": left + dx / 2, "dx": dx, "y0": low + dy / 2, "dy": dy}
    fig.add_trace(
        {"type": "image", "name": "decoder mean", "source": source, "hovertemplate": hover, **places}
    )
    fig.update_layout(uirevision=uirevision, showlegend=False)
    plane_axes(fig, axes, (left, low), (right, high), constrain="domain")
    fig.update_xaxes(showgrid=False, zeroline=False, **FRAME)
    return fig.update_yaxes(showgrid=False, zeroline=False, scaleratio=height_px / width_px, **FRAME)


def _checked(sheet: ArrayLike, side: int) -> Floats:
    """The sheet, if it holds side × side images."""
    pixels = np.asarray(sheet, np.float32)  # a sheet is large
    if pixels.ndim != 3 or not np.isfinite(pixels).all():
        raise ValueError(f"sheet must have shape (H, W, C) and finite numbers only, got {pixels.shape}")
    if side < 2 or pixels.shape[0] % side or pixels.shape[1] % side:
        raise ValueError(f"sheet must hold {side} × {side} images, at least 2 × 2, got {pixels.shape}")
    return pixels


def error_map(original: ArrayLike, reconstruction: ArrayLike, *, height: int = 300) -> Drawing:
    """Reconstruction minus original, both (H, W, C) in [0, 1], pixel by pixel in levels from -255 to 255.

    Of colours it is the mean over the channels. Orange is brighter in the reconstruction, blue darker, and no
    error is the background. The scale is always the same, so two maps can be compared.

    Raises:
        ValueError: for images that are not (H, W, C) finite numbers, or differ in shape.
    """
    x = finite(original, "original", None, None, None)
    error = 255 * (finite(reconstruction, "reconstruction", *x.shape) - x).mean(axis=2)
    (height_px, width_px), unit = error.shape, "grey levels" if x.shape[2] == 1 else "levels of 255"
    fig = plain_layout(Drawing(), height, {"l": 16, "r": 16, "t": 2, "b": 62})
    fig.add_trace({"type": "heatmap", "z": error.astype(np.float32), **_error_scale(height - 64, unit)})
    hidden = {"showgrid": False, "zeroline": False, "showticklabels": False, "ticks": "", "fixedrange": True}
    fig.update_xaxes(range=[-0.5, width_px - 0.5], constrain="domain", **hidden, **FRAME)
    fig.update_yaxes(range=[height_px - 0.5, -0.5], constrain="domain", scaleanchor="x", **hidden, **FRAME)
    return fig.update_layout(dragmode=False)


def _error_scale(length: int, unit: str) -> dict[str, Any]:
    """Colours, their bar of `length` px and hover text of errors in a unit."""
    return {
        "zmin": -255,
        "zmax": 255,
        "zmid": 0,
        "colorscale": [[0.0, DARKER], [0.5, f"{DARKER}00"], [0.5, f"{BRIGHTER}00"], [1.0, BRIGHTER]],
        "hovertemplate": f"Row %{{y}}, column %{{x}}: %{{z:+.0f}} {unit}<extra></extra>",
        "colorbar": {
            "orientation": "h",
            "y": 0,
            "yanchor": "top",
            "ypad": 8,
            "thickness": 9,
            "lenmode": "pixels",
            "len": length,
            "outlinewidth": 0,
            "tickvals": [-255, 0, 255],
            "ticktext": ["−255", "0", "+255"],
            "ticklabeloverflow": "allow",
            "title": {
                "text": f"reconstruction − original ({unit})",
                "side": "bottom",
                "font": {"size": 12},
            },
        },
    }
