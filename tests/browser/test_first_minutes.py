"""What someone does who has never been here: from Home to a file of her own, in a real browser.

A picture of each step is kept in the folder that the environment variable SCREENSHOTS names.
"""

import os
from pathlib import Path

import numpy as np
from PIL import Image, ImageSequence

from tests.browser.conftest import Server, Visits
from tests.browser.first_minutes import keeper, walk


def test_a_digit_of_ones_own_is_on_the_map_and_on_its_way_to_a_seven(
    server: Server, visits: Visits, tmp_path: Path
) -> None:
    folder = Path(os.environ.get("SCREENSHOTS", tmp_path))
    visit = visits(server)
    walk(visit, keeper(visit.page, folder), tmp_path / "path.gif")
    with Image.open(tmp_path / "path.gif") as file:
        frames = [np.asarray(frame.convert("L"), float) for frame in ImageSequence.Iterator(file)]
    assert len(frames) > 60
    steps = np.abs(np.diff(frames, axis=0)).mean(axis=(1, 2))
    far = np.abs(frames[0] - frames[len(frames) // 2]).mean()
    assert 0 < steps.mean() < far / 5  # it goes there little by little
    assert len(list(folder.glob("*.webp"))) == 7
