"""The kinds of values that the address has: how each is written and read, and which can be used."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

import streamlit as st

from vae.web.kit.address.shared import Shared

T = TypeVar("T")


def choice(name: str, options: Sequence[T], default: T, model_bound: bool = False) -> Shared[T]:
    """One of a few options, written as `str` writes them."""
    texts = {str(option): option for option in options}

    def parse(text: str) -> T:
        if text not in texts:
            raise ValueError(text)
        return texts[text]

    return Shared(name, default, parse, model_bound=model_bound).look_up()


def choose(label: str, name: str, options: Mapping[T, str], default: T, help: str) -> T:
    """One of a few options, which a row of their names shows under the label."""
    chosen = choice(name, tuple(options), default)
    st.segmented_control(
        label,
        tuple(options),
        format_func=options.__getitem__,
        required=True,
        help=help,
        **chosen.widget(),
    )
    return chosen.value


def integer(name: str, default: int, low: int, high: int, model_bound: bool = False) -> Shared[int]:
    """A whole number from `low` to `high`, both included."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise ValueError(text)
        return int(text)

    return Shared(name, default, parse, model_bound=model_bound).look_up()


def number(name: str, default: float, low: float, high: float, model_bound: bool = False) -> Shared[float]:
    """A number from `low` to `high`, both included, kept to four significant digits."""

    def parse(text: str) -> float:
        value = _float(text)
        if not low <= value <= high:
            raise ValueError(text)
        return value

    return Shared(name, default, parse, _short, model_bound).look_up()


def flag(name: str, default: bool = False) -> Shared[bool]:
    """Yes or no, written 1 or 0."""

    def parse(text: str) -> bool:
        if text not in ("0", "1"):
            raise ValueError(text)
        return text == "1"

    return Shared(name, default, parse, lambda value: str(int(value))).look_up()


def vector(
    name: str, length: int, default: Sequence[float] | None = None, limit: float = 20.0
) -> Shared[tuple[float, ...]]:
    """A point of a latent space with `length` dimensions, in prior standard deviations; 0 by default.

    Written as numbers with commas between, four significant digits each, none beyond ±`limit`.
    """

    def parse(text: str) -> tuple[float, ...]:
        values = tuple(_float(part) for part in text.split(","))
        if len(values) != length or not all(abs(value) <= limit for value in values):
            raise ValueError(text)
        return values

    def show(values: Sequence[float]) -> str:
        return ",".join(_short(value) for value in values)

    origin = (0.0,) * length
    return Shared(
        name, origin if default is None else tuple(default), parse, show, model_bound=True
    ).look_up()


def _short(value: float) -> str:
    """Four significant digits; a negative zero is a zero."""
    return f"{value + 0.0:.4g}"


def _float(text: str) -> float:
    """The number that `text` writes; NaN, which no bounds admit, if it writes none."""
    try:
        return float(text)
    except ValueError:
        return math.nan
