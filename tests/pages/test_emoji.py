"""The shipped models of colour images on pages, with the images that ship."""

from tests.pages.visiting import pictures, visit

FLAT, DEEP = "emoji-vae-2d", "emoji-vae-32d"


def test_models_of_a_set_without_favourites_are_compared_with_each_other() -> None:
    at = visit("compare", FLAT)
    assert list(at.multiselect[0].value) == [FLAT, DEEP]
    assert [image.shape for image in pictures(at, "reconstruction")] == [(64, 64, 3)] * 2
