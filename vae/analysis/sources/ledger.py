"""The ledger: what the source articles state, what our runs reach, and the command that makes each number.

Repeating a recipe means to land near its numbers, above or below. Apart from that stand the lines that are
meant to be better, those that compare two of our own, and what the sources say to see without a number.
"""

import json
from collections.abc import Callable, Iterator
from typing import NamedTuple

from vae import explorer
from vae.analysis.sources import adversarial, lines, small_problems
from vae.analysis.sources.row import HEADER, Line


class Part(NamedTuple):
    """Some lines: the models that they need, and what yields them, measured again or from what ships."""

    needs: tuple[str, ...]
    lines: Callable[[bool], Iterator[Line]]


PARTS = {
    "Repeats a source's recipe, with another framework and another seed": [
        Part((lines.RECIPE,), lines.curve),
    ],
    "Meant to be better than a source": [
        Part(lines.BEST, lines.best),
    ],
    "Two of our own beside each other": [
        Part(lines.PLANES, lines.plane),
        Part((lines.CLOSED, lines.DESCENDED), lines.linear),
        Part((lines.PLANE,), lines.imputed),
        Part((lines.WIDE, lines.PLANE), lines.passed_digits),
    ],
    "What a source says to see, and what is seen here": [
        Part(lines.PLANES, lines.path),
        Part((), lines.path_seeds),
    ],
    "Adversarial Variational Bayes: the paper's numbers and claims": [
        Part((), small_problems.four_points),
        Part((), adversarial.likelihood),
        Part((), adversarial.claims),
        Part((), small_problems.eight_schools),
    ],
}
"""By what they compare."""

Tables = dict[str, list[Line]]


def tables(measure: bool = False, on_progress: Callable[[float], object] = lambda share: None) -> Tables:
    """All lines whose models ship; `measure` measures again all that needs no training.

    `on_progress` gets the share of the parts done, in [0, 1].

    Raises:
        CheckpointError: if a model or its measurement cannot be read.
        DataError: if MNIST is not there, and is to be measured.
    """
    names, done, total = set(explorer.model_names()), 0, sum(map(len, PARTS.values()))
    found: Tables = {title: [] for title in PARTS}
    for title, parts in PARTS.items():
        for part in parts:
            if names.issuperset(part.needs):
                found[title] += part.lines(measure)
            done += 1
            on_progress(done / total)
    return {title: some for title, some in found.items() if some}


def markdown(found: Tables) -> str:
    """The lines as tables under their titles."""
    rule = tuple("---" for _ in HEADER)
    texts = (
        "\n".join([f"**{title}**", "", *map(_row, (HEADER, rule, *(line.cells() for line in some)))])
        for title, some in found.items()
    )
    return "\n\n".join(texts)


def to_json(found: Tables) -> str:
    """The texts of the lines as JSON, by title."""
    return json.dumps({title: [line.cells() for line in some] for title, some in found.items()})


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"
