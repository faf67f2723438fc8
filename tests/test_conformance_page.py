"""docs/conformance.md: every requirement once, and behind every claim a test that exists."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([A-Z]+-\d+) \| (.+?) \| (.+?) \| (.+) \|$", PAGE, re.MULTILINE)
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
# What a row may wait for; remove a word when nothing waits for it any more.
PENDING = ("trust", "fetching", "feedback", "CORS", "audit")


def test_every_requirement_has_one_row() -> None:
    expected = [f"{name}-{number}" for name, count in HOW_MANY.items() for number in range(1, count + 1)]
    assert sorted(row[0] for row in ROWS) == sorted(expected)


@pytest.mark.parametrize(("requirement", "cell"), [(row[0], row[3]) for row in ROWS], ids=[row[0] for row in ROWS])
def test_every_row_names_tests_that_exist_or_says_why_there_is_none(requirement: str, cell: str) -> None:
    named = re.findall(r"`([^`]+\.py)::([^`]+)`", cell)
    if named:
        assert all(test in tests_in(file) for file, test in named), requirement
        assert cell == "<br>".join(f"`{file}::{test}`" for file, test in named)
    else:
        assert cell.startswith("not applicable because ") or cell in [f"pending: {part}" for part in PENDING]


@cache
def tests_in(file: str) -> frozenset[str]:
    """The names of the tests of a file."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef) and "test_" in node.name)
