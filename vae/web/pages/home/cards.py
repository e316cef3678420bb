"""A small picture of what each page shows, for the cards on the home page; all nine tiles by three."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from vae.analysis import imputation
from vae.explorer import Explorer
from vae.figures import FOLLOWED
from vae.figures.theme import HIDDEN_COLOUR
from vae.images import export, masks, sets
from vae.latent import classes, paths, prior
from vae.web.pages.home.plane import SIDE, Plane, fitted, on_ground

Floats = NDArray[np.floating]

ROWS, COLUMNS = 3, 9
RECONSTRUCTED = 3  # the class whose first image is reconstructed
PAIRS = ((0, 7), (6, 2), (5, 3))  # classes at the start and end of the interpolated rows
HIDDEN = (0.32, 0.61)  # of the height


def drawn(explorer: Explorer, compared: Sequence[Explorer]) -> dict[str, Floats]:
    """The glimpses under the stems of their pages, of a model with a plane and of models beside it."""
    return {
        "latent_map": latent_map(explorer),
        "z_grid": z_grid(explorer),
        "interpolate": interpolate(explorer),
        "sliders": sliders(explorer),
        "reconstruct": reconstruct(explorer),
        "compare": compare(compared),
        "generate": generate(explorer),
        "impute": impute(explorer),
        "labels": labels(explorer),
        "inference": inference(),
        "how_it_works": how_it_works(),
        "results": results(explorer),
        "images": images(),
        "train": train(explorer),
        "doctor": doctor(explorer),
    }


def latent_map(explorer: Explorer) -> Floats:
    """The test images' points, twice as fine as the other glimpses, (168, 504, 3) in [0, 1]."""
    plane = Plane.about(explorer, 2 * COLUMNS, 2 * ROWS, tile=0.3)
    return on_ground(plane.points(explorer, radius=1.6))


def z_grid(explorer: Explorer) -> Floats:
    """Decoded tiles around the prior's mean, (84, 252, 3) in [0, 1]."""
    return on_ground(Plane.about(explorer, COLUMNS, ROWS, tile=0.45).tiles(explorer))


def interpolate(explorer: Explorer) -> Floats:
    """Three straight paths between classes, (84, 252, C) in [0, 1]."""
    codes = explorer.codes()
    mu = codes.mu[classes.representatives(codes.labels, len(codes), 1 + max(map(max, PAIRS)))]
    return _sheet(explorer, [paths.linear_path(mu[a], mu[b], COLUMNS) for a, b in PAIRS])


def sliders(explorer: Explorer) -> Floats:
    """The first, second and both coordinates from -2 to 2, (84, 252, C) in [0, 1]."""
    ends = np.zeros((ROWS, explorer.latent_dim))
    ends[0, 0] = ends[1, 1] = ends[2, 0] = ends[2, 1] = 2.0
    return _sheet(explorer, [paths.linear_path(-end, end, COLUMNS) for end in ends])


def reconstruct(explorer: Explorer) -> Floats:
    """Image, encoder, its code on the plane, decoder, image: (168, 504, 3); the first one is sharpened."""
    codes = explorer.codes()
    mu = codes.mu[classes.representatives(codes.labels, len(codes), 1 + RECONSTRUCTED)[RECONSTRUCTED]]
    decoded = fitted(explorer.decode(mu[None]))[0]
    plane = Plane.about(explorer, columns=4, rows=4, tile=1.5)
    canvas = Image.new("RGB", (504, 168))
    canvas.paste(_enlarged(((decoded - 0.3) * 3).clip(0, 1)), (14, 28))
    canvas.paste(_enlarged(decoded), (378, 28))
    canvas.paste(export.picture(plane.points(explorer, radius=0.8)), (196, 28))
    draw = ImageDraw.Draw(canvas)
    x, y = plane.place(mu) * 112 + (196, 28)
    draw.circle((x, y), 6, outline=FOLLOWED, width=3)
    for wide, narrow in ((138, 184), (366, 320)):
        draw.polygon([(wide, 40), (narrow, 64), (narrow, 104), (wide, 128)], outline=(120, 126, 130), width=2)
    return on_ground(np.asarray(canvas) / 255)


def compare(explorers: Sequence[Explorer]) -> Floats:
    """The test images' points in the planes of up to three models, (168, 504, 3) in [0, 1]."""
    squares = []
    for explorer in explorers[:3]:
        mu = explorer.codes().mu
        reach = float(np.quantile(np.abs(mu), 0.995))
        squares.append(Plane(columns=6, rows=6, tile=reach / 3).points(explorer, radius=1.3))
    blank = [np.zeros_like(squares[0])] * (3 - len(squares))
    return on_ground(np.concatenate([*squares, *blank], axis=1))


def train(explorer: Explorer) -> Floats:
    """The test images' points as they part while a model learns: close, farther, apart, (168, 504, 3)."""
    stages = [Plane.about(explorer, columns=6, rows=6, tile=tile) for tile in (5.0, 1.9, 0.9)]
    return on_ground(np.concatenate([plane.points(explorer, radius=1.3) for plane in stages], axis=1))


def generate(explorer: Explorer) -> Floats:
    """Codes drawn from the prior, decoded, (84, 252, C) in [0, 1]."""
    z = prior.samples(ROWS * COLUMNS, explorer.latent_dim, seed=0)
    return _sheet(explorer, list(z.reshape(ROWS, COLUMNS, -1)))


def impute(explorer: Explorer) -> Floats:
    """Nine decoded images, hidden in part, and restored: (84, 252, 3) in [0, 1]."""
    spec, mu = explorer.image_spec, explorer.codes().mu
    codes = explorer.class_means if explorer.can("labels") else mu[:COLUMNS]
    images = explorer.decode(np.resize(codes, (COLUMNS, explorer.latent_dim)))
    hidden = masks.rows(spec, round(HIDDEN[0] * spec.height), round(HIDDEN[1] * spec.height) - 1)
    restored = imputation.iterate(explorer, images, hidden).images
    covered = masks.coloured(images, hidden, HIDDEN_COLOUR)
    rows = [fitted(row) * np.ones(3) for row in (images, covered, restored)]
    return on_ground(np.concatenate([np.concatenate(list(row), axis=1) for row in rows]))


def labels(explorer: Explorer) -> Floats:
    """The reconstructions of the most surprising test images, (84, 252, C) in [0, 1]."""
    codes = explorer.codes()
    order = np.argsort(-codes.loss, kind="stable") if explorer.can("likelihood") else np.arange(len(codes))
    most = np.resize(order[: ROWS * COLUMNS], ROWS * COLUMNS)
    return _sheet(explorer, list(codes.mu[most].reshape(ROWS, COLUMNS, -1)))


def inference() -> Floats:
    """A bent posterior in bands, ellipses of a q before a search and after it, (168, 504, 3) in [0, 1]."""
    x, y = np.meshgrid(np.linspace(-6, 6, 2 * COLUMNS * SIDE), np.linspace(2, -2, 2 * ROWS * SIDE))
    depth = np.hypot(x / 1.5, (y + 0.5 - 0.12 * np.square(x)) / 0.45)
    shade = 0.28 * np.sum([depth < band for band in (1, 2, 3)], axis=0)[..., None]
    canvas = Image.fromarray((255 * shade * (np.array([91, 120, 199]) / 255)).astype(np.uint8))
    draw = ImageDraw.Draw(canvas)
    for centre, width in (((320, 66), 2), ((252, 101), 4)):
        for radius in (1, 2):
            box = [(c + sign * radius * r) for sign in (-1, 1) for c, r in zip(centre, (46, 21), strict=True)]
            draw.ellipse(box, outline=FOLLOWED, width=width)
    return on_ground(np.asarray(canvas) / 255)


def how_it_works() -> Floats:
    """The densities of a prior and of a q, their common area lighter: (168, 504, 3) in [0, 1]."""
    x = np.linspace(-3.5, 5.5, 2 * COLUMNS * SIDE)
    heights = [np.exp(-0.5 * np.square((x - mean) / sd)) / sd for mean, sd in ((0.0, 1.0), (1.9, 0.62))]
    level = np.linspace(1.75, -0.05, 2 * ROWS * SIDE)[:, None]  # top row first
    colours = np.array([[91, 120, 199], [232, 17, 45]]) / 255  # as on the page
    shares = [(level < height) * (level > 0) * 0.6 for height in heights]
    return on_ground(sum(share[..., None] * colour for share, colour in zip(shares, colours, strict=True)))


def results(explorer: Explorer) -> Floats:
    """How many test images have which loss, else which distance from the prior's mean: (168, 504, 3)."""
    codes = explorer.codes()
    scores = codes.loss if explorer.can("likelihood") else np.linalg.norm(codes.mu, axis=1)
    counts, _ = np.histogram(scores, bins=4 * COLUMNS, range=tuple(np.quantile(scores, [0.001, 0.995])))
    width, height = 2 * COLUMNS * SIDE, 2 * ROWS * SIDE
    bars = (0.92 * counts / max(counts.max(), 1)).repeat(width // len(counts))
    gaps = np.arange(width) % (width // len(counts)) > 1
    level = np.linspace(1, 0, height)[:, None]  # top row first
    return on_ground((gaps * (level < bars))[..., None] * (np.array([91, 120, 199]) / 255))


def doctor(explorer: Explorer) -> Floats:
    """How far the test images' codes lie from the origin, above how far the prior's do: (168, 504, 3)."""
    mu = explorer.codes().mu
    drawn = prior.samples(len(mu), explorer.latent_dim, seed=0).astype(np.float32)
    width, height = 2 * COLUMNS * SIDE, 2 * ROWS * SIDE
    reach = float(np.quantile(np.linalg.norm(drawn, axis=1), 0.999))
    level = np.linspace(1, 0, height)[:, None]  # top row first
    picture = np.zeros((height, width, 3))
    colours = np.array([[91, 120, 199], [232, 17, 45]]) / 255
    for z, colour in zip((drawn, mu), colours, strict=True):
        away = np.sort(np.linalg.norm(z, axis=1))
        shares = np.searchsorted(away, np.linspace(0, reach, width)) / len(away)
        line = np.abs(level - 0.06 - 0.88 * shares) < 0.02 + 0.88 * np.abs(np.gradient(shares)) / 2
        picture[line] = colour
    return on_ground(picture)


def images() -> Floats:
    """Emoji, which ship, for images of any kind, (84, 252, 3) in [0, 1]."""
    shown = fitted(sets.load("emoji", "test").floats(slice(ROWS * COLUMNS)))
    return np.asarray(export.tile(shown.reshape(ROWS, COLUMNS, SIDE, SIDE, -1)), dtype=np.float64)


def _enlarged(image: Floats) -> Image.Image:
    """The image (SIDE, SIDE, C) in [0, 1] four times as large, pixels crisp."""
    return export.picture(image).convert("RGB").resize((4 * SIDE, 4 * SIDE), Image.Resampling.NEAREST)


def _sheet(explorer: Explorer, rows: Sequence[Floats]) -> Floats:
    images = fitted(explorer.decode(np.concatenate(rows)))
    return np.asarray(export.tile(images.reshape(ROWS, COLUMNS, SIDE, SIDE, -1)), dtype=np.float64)
