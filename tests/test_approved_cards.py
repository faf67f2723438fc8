"""Every card is worded as it was approved; after a change of wording, `make approve` and read the difference."""

import pytest

from service.cards.all_cards import topics
from tests.approved_cards import APPROVED, approved_texts
from tests.shipped import shipped

EVALUATOR = shipped()
TEXTS = approved_texts(EVALUATOR)
# Of a chart that can only come by a hook: tests/test_http.py has it.
SHOWN_ELSEWHERE = {"mmnDiagnosisUnusable"}


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_a_card_is_worded_as_it_was_approved(name: str) -> None:
    approved = APPROVED / name
    assert approved.is_file(), f"{name} is new: make approve"
    assert TEXTS[name] == approved.read_text(encoding="utf-8")


def test_every_topic_has_an_approved_card_and_no_other_is_kept() -> None:
    assert {path.stem for path in APPROVED.glob("*.md")} == {name.removesuffix(".md") for name in TEXTS}
    assert set(topics(EVALUATOR.knowledge)) - {path.stem for path in APPROVED.glob("*.md")} <= SHOWN_ELSEWHERE
