"""The reasons that the outside gets to see are a closed list, whatever words are used inside."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import service
from service.domain.facts import Excluded
from service.json_guard import read_json
from service.result import excluded_row

ROOT = Path(service.__file__).parent
SCHEMA = read_json((ROOT / "web/schemas/evaluation.json").read_bytes())
LISTED = {
    *("other-patient", "no-subject", "status", "unit", "value", "unmapped", "system", "text-only", "not-r4", "partial"),
    *("not-asked", "future", "replaced", "over-limit", "budget", "invalid"),
}
# What makes a row, or what is told as one later; the place of the reason among the arguments.
MAKERS = {"Excluded": 1, "Problem": 0, "Unusable": 0, "UnitProblem": 0, "refuse": 0}


def reasons_in(tree: ast.AST) -> Iterator[str]:
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        place = MAKERS.get(name)
        reason = call.args[place] if place is not None and len(call.args) > place else None
        if isinstance(reason, ast.Constant):
            yield str(reason.value)


WRITTEN = {
    reason
    for path in ROOT.rglob("*.py")
    if "gathering" not in path.parts
    for reason in reasons_in(ast.parse(path.read_text(encoding="utf-8")))
}


def test_the_schema_lists_the_same() -> None:
    assert set(SCHEMA["$defs"]["Excluded"]["properties"]["reason"]["enum"]) == LISTED  # type: ignore[index]


def test_the_page_on_them_names_each() -> None:
    page = (ROOT.parent / "docs/excluded.md").read_text(encoding="utf-8")
    table = "".join(line.split(" | ")[0] for line in page.splitlines() if line.startswith("| `"))
    assert set(table.split("`")[1::2]) == LISTED


def test_words_for_inside_are_among_those_written() -> None:
    assert {"not-evidence", "wrong-analyte", "side", "contradiction", "recalled"} <= WRITTEN


@pytest.mark.parametrize("reason", sorted(WRITTEN))
def test_every_reason_that_the_code_writes_is_told_as_one_of_the_list(reason: str) -> None:
    row = excluded_row(Excluded("Observation/o1", reason, "why"))
    assert (row["reason"] in LISTED, row["detail"]) == (True, "why")
