"""The report: readable at 80 and 120 columns, and harmless whatever the patient's text is."""

import io
from typing import Any

import pytest
from rich.console import Console

from service.knowledge.load import load
from service.subjects.conduction.table import conduction_table
from service.terminal.report import print_report

EVIL = "[bold red]x[/] \x1b[31m\x9b2J \u202eevil\u2069 \ud800 line\nbreak"


SEGMENT: dict[str, Any] = {
    "nerve": "ulnar",
    "side": "right",
    "from": "wrist",
    "to": "below-elbow",
    "areaReductionPercent": "55.0",
    "durationIncreasePercent": "-1.5",
    "grade": "definite",
    "reasons": ["area halved"],
    "flags": ["borderline"],
}
TITLES = load().face.report.model_dump()


def result(**evaluation: Any) -> dict[str, Any]:
    return {
        "cards": [{"summary": "Definite MMN", "indicator": "warning"}],
        "evaluation": {
            "patient": "Patient/p1",
            "asOf": "2026-03-04T10:20:00Z",
            "knowledge": {"id": "mmn", "version": "2010.1.0", "hash": "sha256:0"},
            "classification": {
                "criteriaSet": "efns-pns-2010",
                "reached": "possible",
                "attainable": "definite",
                "wouldChange": [{"need": "ulnar sensory study", "criterion": "mmn.e3", "to": "definite"}],
            },
            "criteria": [
                criterion("C1: asymmetric weakness", "core", "met"),
                criterion("C8: upper motor neuron signs", "exclusion", "unknown"),
            ],
            "excluded": [{"resource": f"Observation/o{n}", "reason": "unmapped"} for n in range(20)],
            **evaluation,
        },
    }


def criterion(label: str, kind: str, verdict: str) -> dict[str, Any]:
    evidence = [f"Observation/o{number}" for number in range(5)]
    return {"id": "x", "label": label, "kind": kind, "verdict": verdict, "why": "because", "evidence": evidence}


def printed(
    answer: dict[str, Any], width: int = 100, *, terminal: bool = False, segment: dict[str, Any] = SEGMENT
) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=width, color_system="standard" if terminal else None, highlight=False)
    print_report(console, answer, TITLES, [[conduction_table([segment])]])
    return stream.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_the_whole_page_fits_the_terminal(width: int) -> None:
    page = printed(result(), width)
    assert max(map(len, page.splitlines())) <= width
    for words in ("Possible multifocal motor neuropathy", "definite", "ulnar sensory study", "CORE", "EXCLUSION"):
        assert words in page
    assert "wrist → below-elbow" in page


def test_a_loss_is_minus_and_its_opposite_is_plus() -> None:
    page = printed(result())
    assert "-55.0%" in page
    assert "-1.5%" in page


def test_long_evidence_and_long_exclusions_are_counted_and_not_spilled() -> None:
    page = printed(result(), 140)
    assert "Observation/o2 and 2 more" in page
    assert "Not used: 20 (20 unmapped)" in page
    assert "and 8 more" in page


def test_colour_is_for_terminals() -> None:
    assert "\x1b" not in printed(result())
    assert "\x1b" in printed(result(), terminal=True)


def test_to_meet_an_exclusion_criterion_is_red() -> None:
    page = printed(result(criteria=[criterion("C8", "exclusion", "met")]), terminal=True)
    assert "\x1b[31m✓ met" in page


def test_patient_text_can_neither_steer_the_terminal_nor_be_markup() -> None:
    row = criterion(EVIL, EVIL, EVIL) | {"why": EVIL, "evidence": [EVIL]}
    page = printed(
        result(
            patient=EVIL,
            criteria=[row],
            excluded=[{"resource": EVIL, "reason": EVIL, "detail": EVIL}],
            differentials=[{"label": EVIL}],
        ),
        segment={**SEGMENT, "nerve": EVIL, "side": EVIL, "reasons": [EVIL]},
    )
    assert not set(page) & set("\x1b\x9b\u202e\u2069\ud800")
    assert "[bold red]x[/]" in page


def test_several_patients_are_reported_one_after_another() -> None:
    page = printed({"results": [result(patient="Patient/a"), result(patient="Patient/b")]})
    assert page.index("Patient/a") < page.index("Patient/b")


@pytest.mark.parametrize("answer", [{}, {"evaluation": None}, {"cards": [None], "evaluation": {"criteria": [7]}}])
def test_what_is_left_out_of_a_result_is_left_out_of_the_page(answer: dict[str, Any]) -> None:
    assert "a clinician decides" in printed(answer)
