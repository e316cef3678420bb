"""The Gaussian q that two chapters share: its mean and sd, dragged in the browser, kept in the address."""

from dataclasses import dataclass

from vae.web.kit import address
from vae.web.live import answers
from vae.web.pages.how_it_works import moving


@dataclass(frozen=True)
class Gaussian:
    """N(mean, sd²), in prior standard deviations."""

    mean: address.Shared[float]
    sd: address.Shared[float]

    @property
    def values(self) -> dict[str, float]:
        """What a figure needs to show it."""
        return {"mean": self.mean.value, "sd": self.sd.value}

    def take(self, name: moving.Name) -> None:
        """Go on with what was left in the figure, if these are numbers within bounds."""
        sent = moving.answer(name)
        for key, shared in (("mean", self.mean), ("sd", self.sd)):
            value = answers.number(sent.get(key))
            if value is not None:
                shared.set(value)


def look_up() -> Gaussian:
    """The q of the address, else the one of before, else one that lies beside the prior."""
    return Gaussian(address.number("mean", 1.5, -4.0, 4.0), address.number("sd", 0.6, 0.2, 2.5))
