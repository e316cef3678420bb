"""A number field that was emptied keeps its number: nothing is asked of nothing."""

import pytest

from tests.pages.visiting import run, visit

FIELDS = {
    "doctor": {"loss_images": "sum", "loss_batch": "200", "loss_error": "squares", "loss_sd": "0.5"},
    "train": {"data": "digits"},
    "generate": {"seed": "4"},
    "impute": {"image": "9"},
    "z_grid": {"model": "mnist-vae-20d", "hold": "image", "hold_image": "5"},
    "interpolate": {"start_nth": "2"},
    "latent_map": {"z": "0.5,1"},
}
"""Pages with fields of numbers, and an address under which they stand there."""


@pytest.mark.parametrize("page", FIELDS)
def test_an_emptied_field_keeps_its_number(page: str) -> None:
    at = visit(page, **FIELDS[page])
    before = {field.label: field.value for field in at.number_input}
    assert any(before.values())
    for place in range(len(before)):
        at.number_input[place].set_value(None)
        run(at)
        assert {field.label: field.value for field in at.number_input} == before
