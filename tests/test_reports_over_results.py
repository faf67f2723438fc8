"""A report over its results: its status is seen, and one whose results are read is not told as text."""

from typing import Any

import pytest

from tests.test_unread_motor_studies import BLOCKED, DAY, E1, OURS, answer, class_card, clean, ulnar, verdict

Json = dict[str, Any]
CODE = {"coding": [{"system": "http://loinc.org", "code": "27897-8"}], "text": "Nerve conduction study"}


def report(status: str = "final", **more: Any) -> Json:
    named = {"result": [{"reference": "Observation/u"}], **more}
    return {
        "resourceType": "DiagnosticReport",
        "id": f"r-{status}",
        "status": status,
        "code": CODE,
        "subject": OURS,
        "effectiveDateTime": DAY,
        **named,
    }


def reached(made: Json) -> str:
    return str(made["evaluation"]["classification"]["reached"])


def rows(made: Json) -> dict[str, tuple[str, str]]:
    return {row["resource"]: (row["reason"], row["detail"]) for row in made["evaluation"]["excluded"]}


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
def test_a_result_whose_only_report_was_taken_back_is_unknown_and_named(status: str) -> None:
    made = answer(ulnar(), report(status))
    assert (reached(made), verdict(made, E1)) == ("none", "unknown")
    assert "Right ulnar motor study of 2026-02-20 could not be read" in class_card(made)["summary"]
    assert rows(made)["Observation/u"] == (
        "status",
        "DiagnosticReport.status: the report that names this result was taken back",
    )
    assert rows(made)[f"DiagnosticReport/r-{status}"] == ("status", f"DiagnosticReport.status {status}")


@pytest.mark.parametrize("other", ["final", "corrected", "preliminary"])
def test_a_result_that_another_report_names_counts(other: str) -> None:
    assert reached(answer(ulnar(), report("entered-in-error"), report(other))) == "definite"


def test_another_result_than_that_of_the_report_counts() -> None:
    away = report("entered-in-error", result=[{"reference": "Observation/m"}])
    assert reached(answer(ulnar(), {**clean(), "id": "m"}, away)) == "definite"


def test_a_preliminary_report_over_a_final_result_says_its_status() -> None:
    made = answer(ulnar(), report("preliminary"))
    assert reached(made) == "definite"
    assert rows(made)["DiagnosticReport/r-preliminary"][1].startswith("DiagnosticReport.status preliminary")


@pytest.mark.parametrize("named", [[{"reference": "#c1"}], []])
def test_contained_results_that_are_read_are_not_told_as_text(named: list[Json]) -> None:
    held = {key: value for key, value in BLOCKED.items() if key not in ("id", "subject")}
    made = answer(report(contained=[{**held, "id": "c1"}], result=named))
    assert reached(made) == "definite"
    assert "text only" not in " ".join(card["detail"] for card in made["cards"])
    assert not made["evaluation"]["excluded"]


def test_a_report_whose_results_came_is_used() -> None:
    made = answer(ulnar(), report())
    assert "DiagnosticReport/r-final" in made["evaluation"]["used"]
    assert reached(made) == "definite"


def test_a_report_without_results_that_are_read_is_text() -> None:
    made = answer(
        report(
            contained=[{"resourceType": "Observation", "id": "c1", "status": "final", "code": {"text": "remark"}}],
            result=[],
        )
    )
    assert rows(made)["DiagnosticReport/r-final"][0] == "text-only"
