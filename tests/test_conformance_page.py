"""docs/conformance.md: every requirement once, and behind every claim a test that is marked with it."""

import pytest

from tests.conformance_page import PAGE, page, rows, tests_by_requirement

ROWS = rows()
HOW_MANY = {
    "GEN": 7,
    "DIS": 14,
    "REQ": 11,
    "PRE": 13,
    "MIS": 5,
    "FHA": 8,
    "RSP": 5,
    "CRD": 10,
    "SRC": 3,
    "SUG": 5,
    "ACT": 4,
    "LNK": 3,
    "OVR": 1,
    "COD": 1,
    "SYS": 2,
    "STL": 1,
    "FB": 10,
    "SEC": 18,
    "COR": 3,
    "PRF": 1,
    "LOG": 2,
    "EXT": 1,
    "SAF": 1,
}


def test_every_requirement_has_one_row() -> None:
    expected = [f"{name}-{number}" for name, count in HOW_MANY.items() for number in range(1, count + 1)]
    assert sorted(requirement for requirement, _ in ROWS) == sorted(expected)


@pytest.mark.parametrize(("requirement", "why_not"), ROWS, ids=[requirement for requirement, _ in ROWS])
def test_every_row_has_a_marked_test_or_says_why_there_is_none(requirement: str, why_not: str) -> None:
    if tests_by_requirement().get(requirement):
        assert why_not == ""
    else:
        assert why_not.startswith("not applicable because ")


def test_no_test_is_marked_with_a_requirement_that_does_not_exist() -> None:
    assert tests_by_requirement().keys() <= {requirement for requirement, _ in ROWS}


def test_the_page_is_made_from_the_marks() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "make conformance"
