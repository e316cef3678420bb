"""Numbers as text: a minus sign instead of a hyphen, fixed decimals, no negative zero."""

from collections.abc import Sequence


def signed(value: float, decimals: int = 2) -> str:
    """The number with so many decimals: −1.20."""
    return f"{round(float(value), decimals) + 0.0:.{decimals}f}".replace("-", "−")


def plus_minus(value: float, spread: float | None, decimals: int = 2) -> str:
    """The number and its standard deviation or error, None where there is none: −1.20 ± 0.30."""
    return signed(value, decimals) + (f" ± {spread:.{decimals}f}" if spread is not None else "")


def listed(items: Sequence[str]) -> str:
    """Words in a sentence: 4, 5 and 9."""
    *first, last = items
    return f"{', '.join(first)} and {last}" if first else last
