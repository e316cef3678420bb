"""The home page's picture: a latent plane, a marker that travels on it, and the image decoded at the marker.

On the plane, decoded images turn into the points of the test images; the marker passes up to twelve classes.
Until a hand takes it (`assets/live/tour.js`) CSS alone moves it: a strip of frames is stepped through while
the marker takes the path in the same time. Who asks for reduced motion sees it stand.
"""

import io
from html import escape

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from vae.explorer import Explorer
from vae.figures import FOLLOWED
from vae.images.export import data_uri, png, tile
from vae.web.pages.home.plane import Plane, fitted, on_ground, per_pixel

Floats = NDArray[np.floating]

COLUMNS, ROWS = 40, 24
MARGIN = 1.3  # the plane reaches that much further than the farthest stop
FRAMES, SECONDS = 240, 24
LONGEST_STRIP = 7200  # pixels of the strip of frames; larger images are made smaller
MOST_STOPS = 12  # of the marker
KEYFRAME_EVERY = 3  # frames; the marker moves straight between keyframes


def html(explorer: Explorer) -> tuple[str, str]:
    """The plane with its marker, and the large image: two pieces of HTML that move together."""
    around = stops(explorer)
    plane, path = plane_around(around), tour(around, FRAMES)
    noun, spec = escape(explorer.dataset.noun), explorer.image_spec
    images = explorer.decode(path)
    if spec.width * FRAMES > LONGEST_STRIP:
        images = fitted(images, LONGEST_STRIP // FRAMES)
    strip = data_uri(png(tile(images[None])))
    large = (
        f'<div class="vae-morph" role="img" aria-label="The decoded {noun} under the red marker" '
        f'style="--frames:{FRAMES};--seconds:{SECONDS}s;aspect-ratio:{images.shape[2]}/{images.shape[1]};'
        f'background-image:url({strip})"></div>'
    )
    places = plane.place(path)
    return _plane_html(picture(explorer, plane, places), places), large


def reach(explorer: Explorer) -> tuple[float, float]:
    """How far the plane reaches from its middle across and upward, prior standard deviations."""
    tile = plane_around(stops(explorer)).tile
    return COLUMNS * tile / 2, ROWS * tile / 2


def stops(explorer: Explorer) -> Floats:
    """Where the marker passes, (K, 2): where classes are densest, without labels a ring about the codes."""
    if explorer.can("labels"):
        peaks = explorer.class_peaks
        return peaks[np.isfinite(peaks).all(axis=1)][:MOST_STOPS]
    mu = explorer.codes().mu
    angles = np.linspace(0, 2 * np.pi, MOST_STOPS, endpoint=False)
    return mu.mean(axis=0) + mu.std(axis=0) * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def plane_around(stops: Floats) -> Plane:
    """The part of the plane that holds all stops, (K, 2)."""
    tiles = np.abs(stops).max(axis=0) * MARGIN * 2 / (COLUMNS, ROWS)
    return Plane(COLUMNS, ROWS, tile=float(tiles.max()))


def _plane_html(webp: bytes, places: Floats) -> str:
    """The plane's picture, and the marker that visits the places (T, 2), shares of its width and height."""
    stops = 100 * np.concatenate([places, places[:1]])[::KEYFRAME_EVERY]
    steps = "".join(
        f"{100 * k / (len(stops) - 1):.2f}%{{left:{x:.2f}%;top:{y:.2f}%}}" for k, (x, y) in enumerate(stops)
    )
    words = "Latent plane: decoded images on the left turn into the points of the test images on the right."
    keys = "The arrow keys move the marker, Enter opens its place on the latent map."
    return (
        f'<div class="vae-plane" role="application" tabindex="0" aria-label="{words} {keys}"'
        f' style="aspect-ratio:{COLUMNS}/{ROWS};--seconds:{SECONDS}s">'
        f'<img alt="" src="{data_uri(webp, "image/webp")}">'
        f"<style>@keyframes vae-travel{{{steps}}}</style>"
        f'<i class="vae-traveller"></i></div>'
    )


def picture(explorer: Explorer, plane: Plane, places: Floats) -> bytes:
    """WebP of the plane, z₂ upward: decoded tiles on the left, dissolving into the test images' points.

    A red line goes round through the places (T, 2), shares of width and height.
    """
    uneven = np.random.default_rng(7).uniform(-0.12, 0.12, (ROWS, COLUMNS))
    whole = _falling(np.linspace(0, 1, COLUMNS) + uneven)
    tiles = plane.tiles(explorer) * per_pixel(whole[..., None])
    points = plane.points(explorer, radius=2.2)
    points = points * (1 - _falling(np.linspace(0.06, 1.06, points.shape[1])))[:, None]
    drawn = Image.fromarray((on_ground(tiles + points) * 255).astype(np.uint8))
    line = np.concatenate([places, places[:1]]) * drawn.size
    ImageDraw.Draw(drawn).line([*map(tuple, line)], fill=FOLLOWED, width=2, joint="curve")
    file = io.BytesIO()
    drawn.save(file, "WEBP", quality=82, method=4)
    return file.getvalue()


def _falling(share: Floats) -> Floats:
    """From 1 on the left to 0 on the right, smoothly around the middle."""
    return 1 / (1 + np.exp((share - 0.46) * 22))


def tour(stops: Floats, frames: int) -> Floats:
    """A smooth closed path through all stops (K, 2), in a short order and at an even pace, (frames, 2)."""
    order = _short_order(stops)
    knots = np.take(stops, [order[-1], *order, *order[:2]], axis=0)  # a closed loop, overlapping at both ends
    t = np.linspace(0, 1, 64, endpoint=False)
    dense = np.concatenate(
        [_catmull_rom(knots[k : k + 4], t) for k in range(len(order))] + [stops[order[:1]]]
    )
    walked = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(dense, axis=0), axis=1))])
    at = np.linspace(0, walked[-1], frames, endpoint=False)
    return np.stack([np.interp(at, walked, dense[:, axis]) for axis in (0, 1)], axis=1)


def _short_order(stops: Floats) -> list[int]:
    """Order of a short round trip: always the nearest next, then crossings undone (2-opt)."""
    away = np.linalg.norm(stops[:, None] - stops[None], axis=-1)
    order, left = [0], set(range(1, len(stops)))
    while left:
        order.append(min(left, key=lambda k: away[order[-1], k]))
        left.remove(order[-1])

    def length(trip: list[int]) -> float:
        return float(away[trip, np.roll(trip, -1)].sum())

    turns = [(i, j) for i in range(1, len(order)) for j in range(i + 2, len(order) + 1)]
    for _ in stops:
        order = min([order, *(order[:i] + order[i:j][::-1] + order[j:] for i, j in turns)], key=length)
    return order


def _catmull_rom(knots: Floats, t: Floats) -> Floats:
    """The curve from the second to the third of four knots (4, 2) at t (T,), (T, 2)."""
    basis = 0.5 * np.array([[0, 2, 0, 0], [-1, 0, 1, 0], [2, -5, 4, -1], [-1, 3, -3, 1]])
    return np.stack([t**0, t, t**2, t**3], axis=1) @ basis @ knots
