"""Each statement of the clinical brief leads to rules and cases, and the printed table says so."""

from pathlib import Path

import pytest

from service.knowledge.load import load
from service.knowledge.trace import trace
from tests.criterion_cases import CASES

DOCS = Path(__file__).parent.parent / "docs"
KNOWLEDGE = load()
OF_DIAGNOSIS = range(1, 20)


def test_the_printed_table_is_up_to_date() -> None:
    """Otherwise: make trace."""
    assert (DOCS / "traceability.md").read_text(encoding="utf-8") == trace(KNOWLEDGE, CASES)


@pytest.mark.parametrize("number", OF_DIAGNOSIS)
def test_a_statement_on_diagnosis_is_served_by_a_rule(number: int) -> None:
    assert any(number in criterion.brief for criterion in KNOWLEDGE.criteria.values())


def test_what_is_still_to_come_is_said() -> None:
    served = {number for criterion in KNOWLEDGE.criteria.values() for number in criterion.brief}
    assert all(statement.later for statement in KNOWLEDGE.statements if statement.number not in served)
