"""The picture of a step: images, encoder, the plane with q(z|x), decoder, means; what is to come is faint.

Symbols: V images that are shown, D = 2.
"""

from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae.figures.images import BRIGHTER, DARKER
from vae.figures.palette import class_colours
from vae.web.kit import html
from vae.web.pages.how_it_works.training.stages import STAGES

Place = NDArray[np.float32]

ORDER = tuple(STAGES)
ORIGIN = np.zeros(2, np.float32)
CLASSES = 10
SIDE = 56  # CSS pixels of an image
MARGIN, LONGEST = 0.4, 1.0  # prior standard deviations: around what is drawn, and of the longest arrow


@dataclass(frozen=True)
class Step:
    """A recorded step; arrays by name, those of `vae.training.studies.training_step`."""

    said: dict[str, Any]
    x: NDArray[np.float32]  # (V, H, W, 1)
    out: NDArray[np.float32]  # (V, H, W, 1)
    labels: NDArray[np.int64]  # (V,)
    arrays: dict[str, NDArray[np.float32]]  # (V, D) or (V,)

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        return self.arrays[name]

    @property
    def noise(self) -> NDArray[np.float32]:
        """eps, (V, D)."""
        return (self["z"] - self["mu"]) / self["sd"]


def show(step: Step, stage: str) -> str:
    """HTML of what is known after the stage; q(z|x) and the means are faint before."""
    reached = ORDER.index(stage)
    given = _images(list(step.x), "the batch, x")
    if reached < ORDER.index("decode"):
        made = _images(list(step.out), "the means, still to come", kind="later")
    elif stage == "gradient":
        made = _images([signed(error) for error in step.out - step.x], "x̂ − x")
    else:
        made = _images(list(step.out), "the means, x̂")
    networks = [
        _network(kind, is_on=reached >= ORDER.index(at), is_now=stage in (at, "gradient", "update"))
        for kind, at in (("encoder", "encode"), ("decoder", "decode"))
    ]
    return f'<div class="step-flow">{given}{networks[0]}{_plane(step, reached)}{networks[1]}{made}</div>'


def signed(error: NDArray[np.float32]) -> NDArray[np.float32]:
    """Errors (H, W, 1) in [-1, 1] as colours (H, W, 3) on black: orange above 0, blue below."""
    above, below = (_levels(colour) for colour in (BRIGHTER, DARKER))
    return (np.maximum(error, 0) * above + np.maximum(-error, 0) * below).astype(np.float32)


def _levels(colour: str) -> NDArray[np.float32]:
    return np.array([int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)], np.float32)


def _images(images: list[NDArray[np.float32]], caption: str, kind: str = "") -> str:
    """Images in two columns, numbered from 1."""
    shown = "".join(html.picture_html(image, str(k), SIDE) for k, image in enumerate(images, 1))
    return f'<section><div class="step-images {kind}">{shown}</div><p>{escape(caption)}</p></section>'


def _network(kind: str, is_on: bool, is_now: bool) -> str:
    state = " on" * is_on + " now" * is_now
    return f'<div class="step-network {kind}{state}"><b>{kind}</b></div>'


def _plane(step: Step, reached: int) -> str:
    """The latent plane, z2 upward, of boxes that the style sheet makes ellipses, lines and dots."""
    mu, z, sd = step["mu"], step["z"], step["sd"]
    plane = Plane(max(2.0, float(np.abs(np.stack([mu - sd, mu + sd, z])).max())) + MARGIN)
    marks = [plane.ellipse("prior", ORIGIN, np.full(2, radius, np.float32)) for radius in (1, 2)]
    for k, colour in enumerate(class_colours(CLASSES)[label] for label in step.labels):
        known = reached >= ORDER.index("encode")
        marks.append(plane.ellipse("q" if known else "q later", mu[k], sd[k], colour))
        if reached >= ORDER.index("sample"):
            marks += [plane.line("draw", mu[k], z[k], colour), plane.dot("z", z[k], str(k + 1), colour)]
        if known:
            marks.append(plane.dot("mean", mu[k]))
    if reached == ORDER.index("gradient"):
        marks += [plane.line("pull", *ends) for ends in zip(mu, _pulled(mu, step["d_mu"]), strict=True)]
    label = "The latent plane: q(z|x) of the images as ellipses, their draws as dots"
    body = f'<div class="step-plane" role="img" aria-label="{label}">{"".join(marks)}</div>'
    words = "z₁ across, z₂ up; dashed: 1 and 2 standard deviations of the prior"
    return f"<section>{body}<p>{words}</p></section>"


@dataclass(frozen=True)
class Plane:
    """Marks on a square of which each side reaches from -reach to reach, as HTML; places are (2,)."""

    reach: float

    def ellipse(self, kind: str, at: Place, radii: Place, colour: str = "inherit") -> str:
        """An ellipse around a place."""
        width, height = 100 * radii / self.reach
        return self._mark(kind, at, f"width:{width:.2f}%;height:{height:.2f}%;color:{colour}")

    def dot(self, kind: str, at: Place, words: str = "", colour: str = "inherit") -> str:
        """A dot, its size that of its kind, with words in it."""
        return self._mark(kind, at, f"color:{colour}", words)

    def line(self, kind: str, start: Place, end: Place, colour: str = "inherit") -> str:
        """A line from one place to another."""
        across, up = end - start
        length, turn = 50 * np.hypot(across, up) / self.reach, np.arctan2(-up, across)
        return self._mark(kind, start, f"width:{length:.2f}%;rotate:{turn:.4f}rad;color:{colour}")

    def _mark(self, kind: str, at: Place, style: str, words: str = "") -> str:
        left, top = 50 + 50 * at[0] / self.reach, 50 - 50 * at[1] / self.reach
        return f'<i class="{kind}" style="left:{left:.2f}%;top:{top:.2f}%;{style}"><b>{words}</b></i>'


def _pulled(mu: NDArray[np.float32], gradient: NDArray[np.float32]) -> NDArray[np.float32]:
    """Where the loss pulls the means (V, 2): against its gradient, all on one scale."""
    return mu - LONGEST * gradient / np.linalg.norm(gradient, axis=1).max()
