"""What a summary adds where other points do not fit: their number, in words that agree with it."""

import pytest

from service.cards.advice import with_others

LONG = "x" * 120


@pytest.mark.parametrize(
    ("titles", "added"),
    [
        ((), ""),
        (("Kidney risk",), "; also: Kidney risk"),
        (("A title that does not fit any more",), "; 1 further point below"),
        (("A title that does not fit any more", "Kidney risk"), "; 2 further points below"),
    ],
)
def test_a_summary_names_all_others_or_says_how_many_stand_below(titles: tuple[str, ...], added: str) -> None:
    room = "x" * 100 if added.startswith("; also") else LONG
    assert with_others(room, titles) == f"{room}{added}"
