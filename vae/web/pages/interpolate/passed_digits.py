"""How many other classes straight paths pass: the model's own count beside those of a plane and of 20-D."""

from typing import Any

import streamlit as st

from vae.analysis.sources import passed
from vae.errors import Unusable
from vae.explorer import Explorer
from vae.web.kit import html, loaders
from vae.web.kit.html import Fact

OTHERS_HELP = (
    "How many different digits other than those at its ends a small classifier reads on a path: the mean ± "
    "its standard error."
)
SHARE_HELP = "How many of a path's frames read as one of these other digits, % of all frames."
WORDS = (
    "In a plane the way from one class to another leads through others; in more dimensions there is room to "
    "go around them."
)


def show(explorer: Explorer) -> None:
    """The counts as a table; nothing where none ship for these images."""
    counts = {name: found for name in _names(explorer) if (found := _counts(name)) is not None}
    if not counts:
        return
    header = [
        Fact("Model"),
        Fact("Other digits", unit=" a path", help=OTHERS_HELP),
        Fact("Such frames", help=SHARE_HELP),
    ]
    html.table(header, [_row(name, found) for name, found in counts.items()])
    said = next(iter(counts.values()))
    st.caption(
        f"{WORDS} Read on {said['frames']} frames of {said['paths']} straight paths between digits "
        f"({said['data']}); `{said['command']}`."
    )


def _names(explorer: Explorer) -> list[str]:
    """The model's own name and those of the favoured ones of the same images."""
    records = loaders.described()
    others = [name for name in loaders.favoured("first") if records[name].dataset == explorer.dataset]
    return list(dict.fromkeys([explorer.name, *others]))


def _counts(name: str) -> dict[str, Any] | None:
    """What ships for a model; None where nothing does, or it cannot be read."""
    try:
        return passed.shipped(loaders.explorer(name))
    except Unusable:
        return None


def _row(name: str, found: dict[str, Any]) -> list[str]:
    (others, error), (share, spread) = found["others"], found["share"]
    return [
        loaders.title(name),
        f"{others:.2f} ± {error:.2f}",
        f"{100 * share:.0f} ± {100 * spread:.0f} %",
    ]
