"""How a data set speaks of its classes."""

import pytest

from vae.images.dataset import class_phrase


@pytest.mark.parametrize(
    ("name", "phrase"),
    [
        ("4", "a 4"),
        ("8", "an 8"),
        ("ankle boot", "an ankle boot"),
        ("dress", "a dress"),
        ("Smileys & Emotion", "Smileys & Emotion"),
        ("Objects", "Objects"),
    ],
)
def test_a_class_has_an_article_unless_it_is_a_plural(name: str, phrase: str) -> None:
    assert class_phrase(name) == phrase
