"""Names of classes, in the labels of pictures and in sentences: text, whatever they hold."""

from dataclasses import replace

import pytest

from tests.pages.visiting import visit
from vae import explorer
from vae.explorer import Explorer
from vae.images.dataset import ImageSet
from vae.web.kit import loaders
from vae.web.pages.interpolate.path import file_name

NASTY = "a](https://elsewhere.example/x.png) **b** <i>_c_</i> `d` $e$"


@pytest.fixture(autouse=True)
def _nasty(mnist: ImageSet, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model whose classes have such names."""
    model = explorer.load("mnist-vae-2d")
    dataset = replace(model.dataset, class_names=tuple(f"{NASTY} {k}" for k in range(10)))
    other = Explorer(model.model, replace(model.record, dataset=dataset), model.codes)
    monkeypatch.setattr(loaders, "open_model", lambda name: other)


@pytest.mark.parametrize("page", ["reconstruct", "labels"])
def test_the_names_of_classes_cannot_leave_a_picture_s_label(page: str) -> None:
    at = visit(page, odd="suspicious")
    labels = [button.label for button in at.button if button.label.startswith("![")]
    assert len(labels) >= 10
    assert not any("](https://" in label for label in labels)


def test_the_names_of_classes_are_no_markup_in_a_sentence() -> None:
    at = visit("interpolate")
    (said,) = (block.value for block in at.markdown if "runs through" in block.value)
    assert "elsewhere" in said
    assert "](https" not in said
    assert "<i>" not in said


def test_the_files_of_a_path_have_names_that_any_disk_takes() -> None:
    assert file_name("T-shirt/top") == "t-shirt-top"
    assert file_name("../..\\x\0 | y") == "x-y"
    assert file_name("...") == "image"
    assert file_name("つ") == "つ"


def test_a_menu_is_named_by_classes_that_are_no_markup() -> None:
    at = visit("z_grid")
    (label,) = (
        block.proto.popover.label for block in at.get("popover") if "Path" in block.proto.popover.label
    )
    assert "elsewhere" in label
    assert "](https" not in label
