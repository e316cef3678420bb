"""Images in a chart: the sheet of decoded images placed in z, the error of a reconstruction."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae.figures.drawing import Drawing
from vae.figures.theme import NEUTRAL, coordinate, finite, plain_layout, plane_axes

DARKER, BRIGHTER = "#1f6fd1", "#e2520b"
FRAME = {"showline": True, "mirror": True, "linecolor": NEUTRAL, "linewidth": 1}


def decoded_grid(
    sheet: ArrayLike,
    side: int,
    extent: float,
    axes: tuple[int, int] = (0, 1),
    *,
    height: int = 680,
    uirevision: str = "grid",
) -> Drawing:
    """Decoded images at the places of their codes: a sheet (H, W) in [0, 1], second coordinate upward.

    The sheet holds side × side images decoded at `latent.grid(side, extent, axes)`. The middle of each lies
    at its z, so the picture reaches half an image beyond ±extent; the axes end where the picture ends.

    Raises:
        ValueError: for a sheet that is not a square of side × side images, or has values that are not finite.
    """
    pixels = finite(sheet, "sheet", None, None)
    if pixels.shape[0] != pixels.shape[1] or side < 2 or pixels.shape[0] % side:
        raise ValueError(
            f"sheet must be a square of {side} × {side} images, at least 2 × 2, got {pixels.shape}"
        )
    if not (np.isfinite(extent) and extent > 0):
        raise ValueError(f"extent must be a positive number, got {extent}")
    reach = extent * side / (side - 1)
    pixel = 2 * reach / len(pixels)
    first = -reach + pixel / 2
    # plotly mirrors `source` where y grows upwards, so row 0 of the PNG must be the lowest row of the sheet
    source = png_uri(pixels[::-1])
    across, up = coordinate(axes[0]), coordinate(axes[1])
    hover = f"{across} = %{{x:.2f}}, {up} = %{{y:.2f}}<extra></extra>"
    fig = plain_layout(Drawing(), height, {"l": 50, "r": 10, "t": 34, "b": 46})
    places = {"x0": first, "dx": pixel, "y0": first, "dy": pixel}
    fig.add_trace(
        {"type": "image", "name": "decoder mean", "source": source, "hovertemplate": hover, **places}
    )
    fig.update_layout(uirevision=uirevision, showlegend=False)
    plane_axes(fig, axes, (-reach, -reach), (reach, reach), constrain="domain")
    fig.update_xaxes(showgrid=False, zeroline=False, constraintoward="left", **FRAME)
    return fig.update_yaxes(showgrid=False, zeroline=False, constraintoward="top", **FRAME)


def error_map(original: ArrayLike, reconstruction: ArrayLike, *, height: int = 300) -> Drawing:
    """Reconstruction minus original, both (28, 28) in [0, 1], pixel by pixel in grey levels from -255 to 255.

    Orange is brighter in the reconstruction, blue darker, and no error is the background. The scale is always
    the same, so two maps can be compared.

    Raises:
        ValueError: for images that are not (28, 28) finite numbers.
    """
    error = 255 * (finite(reconstruction, "reconstruction", 28, 28) - finite(original, "original", 28, 28))
    fig = plain_layout(Drawing(), height, {"l": 16, "r": 16, "t": 2, "b": 62})
    fig.add_trace({"type": "heatmap", "z": error.astype(np.float32), **_error_scale(height - 64)})
    hidden = {"showgrid": False, "zeroline": False, "showticklabels": False, "ticks": "", "fixedrange": True}
    fig.update_xaxes(range=[-0.5, 27.5], constrain="domain", **hidden, **FRAME)
    fig.update_yaxes(range=[27.5, -0.5], constrain="domain", scaleanchor="x", **hidden, **FRAME)
    return fig.update_layout(dragmode=False)


def _error_scale(length: int) -> dict[str, Any]:
    """Colours, their bar of `length` px and hover text of errors in grey levels."""
    return {
        "zmin": -255,
        "zmax": 255,
        "zmid": 0,
        "colorscale": [[0.0, DARKER], [0.5, f"{DARKER}00"], [0.5, f"{BRIGHTER}00"], [1.0, BRIGHTER]],
        "hovertemplate": "Row %{y}, column %{x}: %{z:+.0f} grey levels<extra></extra>",
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
                "text": "reconstruction − original (grey levels)",
                "side": "bottom",
                "font": {"size": 12},
            },
        },
    }


def png_uri(image: NDArray[np.float64]) -> str:
    """A grey image (H, W) in [0, 1] as the data URI of an 8-bit PNG."""
    grey = np.round(255 * np.clip(image, 0.0, 1.0)).astype(np.uint8)
    rows = np.pad(grey, ((0, 0), (1, 0)))  # each row opens with its filter, 0 = none
    header = struct.pack(">IIBBBBB", grey.shape[1], grey.shape[0], 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b""))
    png = b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def _chunk(kind: bytes, data: bytes) -> bytes:
    """One chunk of a PNG: length, kind, data, checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
