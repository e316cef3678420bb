"""What a rule of the doctor says, and the sentence about all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from numpy.typing import NDArray

Gravity = Literal["grave", "serious", "note", "well", "unasked"]
"""How bad it is.

grave    the model cannot do what it is for
serious  worth another training
note     nothing to mend: a choice with its price, or something to know
well     looked at, and nothing found
unasked  cannot be asked of this model, or of what is here
"""

Rule = Literal[
    "range",
    "loss",
    "collapse",
    "bound",
    "units",
    "hidden",
    "rate",
    "moments",
    "mmd",
    "holes",
    "noise",
    "blur",
    "generalisation",
    "amortisation",
    "history",
]
"""In the order of causes: images that the encoder was not trained on make all else ill."""

TITLES: dict[Rule, str] = {
    "loss": "Weight of the KL in the loss",
    "collapse": "Posterior collapse",
    "bound": "log_var at its bound",
    "units": "Dead and duplicate dimensions",
    "hidden": "Dead and duplicate units",
    "rate": "Rate and distortion",
    "moments": "All codes beside the prior",
    "mmd": "Distance to the prior",
    "holes": "Holes",
    "range": "Range of the pixels",
    "noise": "Assumed noise of a pixel",
    "blur": "Blur",
    "generalisation": "New images",
    "amortisation": "Amortisation gap",
    "history": "History of the training",
}


@dataclass(frozen=True)
class Finding:
    """What a rule found.

    Arguments:
        rule: Its name.
        gravity: How bad it is.
        number: What was measured, as text.
        unit: Of the number.
        meaning: What it means, in one or two sentences; of what cannot be asked, why.
        change: What to change; empty where there is nothing to.
        value: The number itself.
        arrays: What its figure shows, by names that the figure knows.
    """

    rule: Rule
    gravity: Gravity
    number: str
    unit: str
    meaning: str
    change: str = ""
    value: float | None = None
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The rule's name for people."""
        return TITLES[self.rule]

    @property
    def is_ill(self) -> bool:
        """Whether something should be changed."""
        return self.gravity in ("grave", "serious")


def unasked(rule: Rule, why: str) -> Finding:
    """Of a rule that cannot be asked; `why` is a sentence."""
    return Finding(rule, "unasked", "", "", why)


def graded(value: float, note: float, serious: float, grave: float = float("inf")) -> Gravity:
    """How grave a number is by the thresholds at which it becomes so, each included."""
    if value >= grave:
        return "grave"
    if value >= serious:
        return "serious"
    return "note" if value >= note else "well"


def ordered(findings: Sequence[Finding]) -> list[Finding]:
    """The gravest first, those alike in the order of the rules."""
    gravities, rules = get_args(Gravity), get_args(Rule)
    return sorted(findings, key=lambda each: (gravities.index(each.gravity), rules.index(each.rule)))


def verdict(findings: Sequence[Finding]) -> str:
    """Whether the model is well, in one sentence."""
    ill = [each for each in ordered(findings) if each.is_ill]
    asked = sum(each.gravity != "unasked" for each in findings)
    if not ill:
        notes = sum(each.gravity == "note" for each in findings)
        remarks = {0: "", 1: ", with one remark"}.get(notes, f", with {notes} remarks")
        return f"This model is well: {asked} rules asked, nothing found that should be changed{remarks}."
    first = ill[0].title
    others = {1: "", 2: " and one more finding"}.get(len(ill), f" and {len(ill) - 1} more findings")
    if ill[0].gravity == "grave":
        return f"This model is ill: {_lowered(first)}{others}."
    return f"This model works, but should be changed: {_lowered(first)}{others}."


def _lowered(title: str) -> str:
    """A title within a sentence: its first letter is small unless it is a name's."""
    return title if title.startswith("log_var") else title[0].lower() + title[1:]
