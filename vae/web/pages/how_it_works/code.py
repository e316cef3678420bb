"""The code of a step beside it: our own functions, read from their files, so that nothing is imported."""

import ast
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

import streamlit as st

PACKAGE = Path(__file__).parents[3]
Definition = ast.FunctionDef | ast.ClassDef


class Source(NamedTuple):
    """The text of a function or class, and where it stands."""

    text: str
    place: str


def beside(file: str, *names: str, label: str = "The code") -> None:
    """An expander with functions or classes of a file of the package: `training/elbo.py`, `Posterior.kl`."""
    with st.expander(label):
        for name in names:
            source = find(file, name)
            st.caption(source.place)
            st.code(source.text, language="python")


@cache
def find(file: str, name: str) -> Source:
    """The text of a function or class, or of a method as `Class.method`, its decorators included.

    Raises:
        LookupError: if the file has none of that name.
    """
    lines = (PACKAGE / file).read_text(encoding="utf-8").splitlines()
    node = _definition(ast.parse("\n".join(lines)), name)
    first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
    text = dedent("\n".join(lines[first - 1 : node.end_lineno]))
    return Source(text, f"`{PACKAGE.name}/{file}`, line {first}")


def _definition(tree: ast.Module, name: str) -> Definition:
    """The function or class of that dotted name."""
    body = tree.body
    for part in name.split("."):
        named = [node for node in body if isinstance(node, Definition) and node.name == part]
        if not named:
            raise LookupError(f"no {name} here")
        body = named[0].body
    return named[0]
