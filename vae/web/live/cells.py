"""A picture that consists of many, of which one can be chosen by a click."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from vae.web.kit.component import component, script


def choose(
    key: str,
    *,
    columns: int,
    labels: Sequence[str],
    rows: int,
    chosen: int | None,
    name: str,
    on_choose: Callable[[int], object],
) -> None:
    """Lay cells over the picture that stands in the same container, whose key begins with `cells-`.

    Args:
        key: The component's key.
        columns: How many cells there are beside each other,
        labels: what each cell is called, row by row; the last row need not be full,
        rows: and how many below each other.
        chosen: The cell that is marked.
        name: What all of them are called.
        on_choose: Gets the cell that was clicked, before the page runs again.
    """

    def clicked() -> None:
        cell = read(st.session_state.get(key), len(labels))
        if cell is not None:
            on_choose(cell)

    data = {"columns": columns, "rows": rows, "chosen": chosen, "labels": list(labels), "name": name}
    component("vae_cells", script("cells.js"))(key=key, data=data, on_chosen_change=clicked)


def read(state: object, count: int) -> int | None:
    """The cell, of `count`, in what a browser sent; it may send anything."""
    cell = state.get("chosen") if isinstance(state, Mapping) else None
    is_one = isinstance(cell, int) and not isinstance(cell, bool) and 0 <= cell < count
    return cell if is_one else None
