"""What could not be used is named on the card by what it is and its date, and what stands as text is told once."""

import re

import pytest

from service.domain.facts import PARTIAL, UNSEEN, Excluded
from service.fhir.intake.called import called_by_name
from service.fhir.intake.records import PatientRecord
from tests.opened_charts import BEDSIDE_OF_MMN, Json, diagnosis, found, motor, observed, opened, result, sensory
from tests.shipped import shipped

BEDSIDE = "https://mmn-cds.example.org/fhir/CodeSystem/bedside-finding"


def unread(code: str, day: str = "2026-02-20") -> Json:
    """A finding whose words nobody can read."""
    said = {key: value for key, value in found(code, day=day).items() if not key.startswith("value")}
    return {**said, "valueString": "see letter"}


def details(*chart: Json) -> str:
    return "\n".join(f"{card['summary']}\n{card['detail']}" for card in opened(*chart)["cards"])


def line(*chart: Json) -> str:
    """The line of the card on the class that says what was not used."""
    found_lines = [each for each in details(*BEDSIDE_OF_MMN, *chart).splitlines() if "not used" in each]
    return found_lines[0].strip() if found_lines else ""


NARROW = [motor("right ulnar", 5)]


@pytest.mark.parametrize(
    ("chart", "told"),
    [
        ([unread("muscle-atrophy")], "1 record was not used: muscle wasting (2026-02-20)."),
        (
            [unread("muscle-atrophy"), unread("brisk-reflexes", "2026-02")],
            "2 records were not used: muscle wasting (2026-02-20), brisk tendon reflexes (without a full date).",
        ),
        (
            [observed("http://loinc.org", "51703-7", "2026-02-20", valueString="see letter")],
            "1 record was not used: GM1 IgM (2026-02-20).",
        ),
        (
            [
                observed(BEDSIDE, "mrc-grade", "2026-02-20", valueInteger=6)
                | {"bodySite": {"text": "left abductor pollicis brevis"}}
            ],
            "1 record was not used: MRC grade of one muscle (2026-02-20).",
        ),
        (
            [diagnosis("G61.82", verified="unconfirmed", recordedDate="2026-02-01")],
            "1 record was not used: multifocal motor neuropathy (2026-02-01).",
        ),
        ([], ""),
        ([observed("http://loinc.org", "99999-9", "2026-02-20", valueString="x")], ""),
    ],
)
def test_a_record_that_was_not_used_is_named_with_its_date(chart: list[Json], told: str) -> None:
    assert line(*NARROW, *chart) == told


def test_of_many_kinds_three_are_named_and_all_are_counted() -> None:
    codes = ("muscle-atrophy", "brisk-reflexes", "cramps-or-fasciculations", "cranial-nerve-involvement")
    said = line(*NARROW, *map(unread, codes))
    assert said.startswith("4 records were not used: among them muscle wasting (2026-02-20), ")
    assert said.count("2026-02-20") == 3


def test_where_there_is_no_room_for_names_they_are_counted() -> None:
    treated = [motor("right ulnar", 62), sensory("right ulnar", 15), sensory("right median", 15)]
    codes = ("muscle-atrophy", "brisk-reflexes", "cramps-or-fasciculations", "cranial-nerve-involvement")
    assert line(*treated, *map(unread, codes)) == "4 records were not used."


def test_no_card_shows_the_id_of_a_resource() -> None:
    said = details(*BEDSIDE_OF_MMN, *NARROW, unread("muscle-atrophy"), result("51703-7", 5, "foo"))
    assert not re.search(r"\br\d+\b|Observation/", said)


def test_a_query_whose_answer_did_not_come_keeps_its_own_name() -> None:
    rows = [Excluded("prefetch/examinations", PARTIAL), Excluded("prefetch/findings", UNSEEN)]
    unnamed = called_by_name(rows, PatientRecord("Patient/p"), shipped().mappings)
    assert [row.called for row in unnamed] == ["", ""]
    (named,) = called_by_name([Excluded("Observation/x", "invalid")], PatientRecord("Patient/p"), shipped().mappings)
    assert named.called == "a record of the type Observation"


def report(*held: Json) -> Json:
    return {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "code": {"text": "Nerve conduction study"},
        "effectiveDateTime": "2026-01-10",
        "conclusion": "block in the forearm",
        "contained": list(held),
        "result": [{"reference": f"#{each['id']}"} for each in held],
    }


def held(name: str) -> Json:
    named = {"code": {"text": "Nerve conduction study"}, "valueString": "block in the forearm"}
    return {"resourceType": "Observation", "id": name, "status": "final", **named}


@pytest.mark.parametrize("parts", [[], [held("a")], [held("a"), held("b")]])
def test_a_report_with_what_it_contains_is_told_once_as_text(parts: list[Json]) -> None:
    said = details(diagnosis("G61.82"), *BEDSIDE_OF_MMN, report(*parts))
    assert said.count("nerve conduction study of 2026-01-10") == 1
    assert "not used" not in said


def test_a_report_as_text_does_not_hide_another_record() -> None:
    said = details(diagnosis("G61.82"), *BEDSIDE_OF_MMN, report(held("a")), unread("muscle-atrophy"))
    assert "1 record was not used: muscle wasting (2026-02-20)." in said


@pytest.mark.parametrize(
    ("chart", "named"),
    [
        (
            {**motor("right ulnar", 62), "bodySite": {"text": "ulnar"}},
            "motor nerve conduction study of one nerve (2026-02-20)",
        ),
        (
            {**found("asymmetric-limb-weakness"), "modifierExtension": [{"url": "x", "valueBoolean": True}]},
            "weakness that differs between the sides (2026-02-20)",
        ),
    ],
)
def test_data_that_may_bear_on_the_class_are_named_in_the_summary(chart: Json, named: str) -> None:
    (card,) = opened(chart)["cards"]
    assert card["summary"] == f"Data that may bear on MMN could not be used: {named}"
    assert "1 record" not in card["summary"]


def test_where_their_names_are_too_long_for_the_summary_they_are_counted() -> None:
    days = ("2026-02-10", "2026-02-11", "2026-02-12")
    chart = [{**motor("right ulnar", 62, day), "bodySite": {"text": "ulnar"}} for day in days]
    assert [card["summary"] for card in opened(*chart)["cards"]] == [
        "Data that may bear on MMN could not be used: 3 items"
    ]
