"""What happens to one image on its way through a model."""

import numpy as np
import pytest

from vae.analysis.reconstruction import typicality


def test_typicality_is_the_share_of_worse_images() -> None:
    assert typicality([90, 100, 110, 120], 105) == 0.5
    assert typicality([90, 100], 200) == 0.0


def test_losses_that_are_not_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="losses must hold finite"):
        typicality([np.nan], 1.0)
