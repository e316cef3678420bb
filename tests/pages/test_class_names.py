"""Names of classes in the labels of pictures: text, whatever they hold."""

import pytest

from tests.pages.visiting import visit
from vae.images import sets
from vae.images.sets import LabelledImages

NASTY = "a](https://elsewhere.example/x.png) **b** <i>_c_</i> `d` $e$"


@pytest.mark.parametrize("page", ["reconstruct", "labels"])
def test_the_names_of_classes_cannot_leave_a_picture_s_label(
    page: str, mnist: LabelledImages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sets.CLASS_NAMES, "mnist", tuple(f"{NASTY} {k}" for k in range(10)))
    at = visit(page, odd="suspicious")
    labels = [button.label for button in at.button if button.label.startswith("![")]
    assert len(labels) >= 10
    assert not any("](https://" in label for label in labels)
