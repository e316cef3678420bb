"""Numbers as text."""

import pytest

from vae.web.kit import format


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(-1.2, 2, "−1.20"), (-0.001, 2, "0.00"), (0.0, 1, "0.0"), (1234.56, 1, "1234.6"), (-5, 0, "−5")],
)
def test_a_number_has_a_minus_sign_and_its_decimals_and_zero_none(
    value: float, decimals: int, text: str
) -> None:
    assert format.signed(value, decimals) == text


def test_a_spread_stands_behind_its_number_where_there_is_one() -> None:
    assert format.plus_minus(-93.784, 0.216, 1) == "−93.8 ± 0.2"
    assert format.plus_minus(-93.784, None, 1) == "−93.8"


@pytest.mark.parametrize(
    ("items", "words"), [(["4"], "4"), (["4", "9"], "4 and 9"), (["4", "5", "9"], "4, 5 and 9")]
)
def test_words_are_listed_as_in_a_sentence(items: list[str], words: str) -> None:
    assert format.listed(items) == words
