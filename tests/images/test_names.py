"""Names in sentences: those that are written from right to left."""

import pytest

from vae.images.names import apart


@pytest.mark.parametrize("name", ["", "cat", "ünï 3.png", "猫/1.png", "🙂", "Ω ω"])
def test_a_name_that_is_written_from_left_to_right_stays_as_it_is(name: str) -> None:
    assert apart(name) == name
