"""A line of the ledger: two numbers and how far apart they may be, or two sights."""

from dataclasses import dataclass
from typing import Literal

HEADER = ("figure", "source, or reference", "ours", "difference", "allowed", "holds", "command")
FARTHEST = 0.08  # relative, of a row that is known to miss
Aim = Literal["repeat", "beat"]


@dataclass(frozen=True)
class Row:
    """Two numbers side by side; lower is better. Nats per image, unless the figure names another unit.

    Arguments:
        figure: What is measured.
        theirs: The source's number, or that of the method which ours is compared with; None where there is
            none.
        ours: The number measured here.
        tolerance: Relative; None where nothing is to be compared.
        command: What measures ours.
        aim: To `repeat` a number, ours may lie that far above or below it; to `beat` it, that far above.
        decimals: Digits that are shown.
        known: Why the row is known not to hold, empty where it is to hold; even then it may not lie farther
            off than `farthest`.
        farthest: Relative; larger where the source's budget is out of reach.
    """

    figure: str
    theirs: float | None
    ours: float
    tolerance: float | None
    command: str
    aim: Aim = "repeat"
    decimals: int = 2
    known: str = ""
    farthest: float = FARTHEST

    @property
    def difference(self) -> float | None:
        """Ours less theirs, relative to theirs."""
        return None if self.theirs is None else self.ours / self.theirs - 1

    @property
    def holds(self) -> bool | None:
        """Whether ours is within the tolerance; None where nothing is to be compared."""
        if self.difference is None or self.tolerance is None:
            return None
        far = abs(self.difference) if self.aim == "repeat" else self.difference
        return far <= self.tolerance

    @property
    def surprises(self) -> bool:
        """Whether the row does not hold without a known reason or by far, or holds in spite of one."""
        if self.difference is None or self.holds is None:
            return False
        return self.holds is bool(self.known) or bool(self.known and abs(self.difference) > self.farthest)

    def cells(self) -> tuple[str, ...]:
        """The row's texts, in the order of `HEADER`."""
        theirs = "none given" if self.theirs is None else f"{self.theirs:.{self.decimals}f}"
        difference = "" if self.difference is None else f"{100 * self.difference:+.1f} %"
        difference = difference.replace("-0.0", "0.0").replace("+0.0", "0.0").replace("-", "−")
        holds = {True: "yes", False: "no", None: ""}[self.holds] + f": {self.known}" * bool(self.known)
        ours = f"{self.ours:.{self.decimals}f}"
        return (self.figure, theirs, ours, difference, self._allowed, holds, self.command)

    @property
    def _allowed(self) -> str:
        if self.tolerance is None:
            return ""
        if self.aim == "repeat":
            return f"±{100 * self.tolerance:g} %"
        return f"at most +{100 * self.tolerance:g} %" if self.tolerance else "below"


@dataclass(frozen=True)
class Sight:
    """What a source says to see, and what is seen here. It depends on the run: nothing is to hold."""

    figure: str
    theirs: str
    ours: str
    command: str
    holds = None
    surprises = False

    def cells(self) -> tuple[str, ...]:
        """The row's texts, in the order of `HEADER`."""
        return (self.figure, self.theirs, self.ours, "", "", "", self.command)


Line = Row | Sight
