"""What a path between two test images is."""

from dataclasses import dataclass

import numpy as np

from vae.web.live import PathKind


@dataclass(frozen=True)
class End:
    """One end of a path: its digit and its code z (D,), a test image's mu unless it was dragged elsewhere."""

    digit: int
    z: np.ndarray


@dataclass(frozen=True)
class Path:
    """Codes z (T, D) from one end to the other, and the decoder means (T, 28, 28) along them."""

    kind: PathKind
    start: End
    end: End
    z: np.ndarray
    images: np.ndarray

    @property
    def name(self) -> str:
        """For the names of files."""
        return f"{self.start.digit}-to-{self.end.digit}-{self.kind}"
