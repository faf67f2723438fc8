"""The plantar response: one extensor side is the sign, two flexor sides are its absence, all else says neither."""

from datetime import timedelta

import pytest

from service.subjects.bedside.coded_causes import CauseLimits
from service.subjects.bedside.plantar import plantar_response
from service.subjects.bedside.reader import bedside_facts, bedside_tables
from tests.unit.fhir.clinical_sources import AS_OF, LOINC, MAPPINGS, observation, undated
from tests.unit.subjects.bedside.test_bedside import LIMITS

WORDS = bedside_tables(MAPPINGS).plantar


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Extensor", "present"),
        ("extensor bilaterally", "present"),
        ("Right extensor, left flexor", "present"),
        ("left upgoing", "present"),
        ("Up-going on the right and mute on the left", "present"),
        ("flexor bilaterally", "absent"),
        ("Downgoing both sides", "absent"),
        ("right flexor, left flexor", "absent"),
        ("flexor, right and left", "absent"),
        ("flexor", None),
        ("right flexor", None),
        ("right flexor, left mute", None),
        ("mute", None),
        ("equivocal", None),
        ("?extensor", None),
        ("possible extensor response", None),
        ("no extensor response", None),
        ("withdrawal", None),
        ("normal", None),
        ("as before", None),
        ("", None),
    ],
)
def test_what_a_plantar_response_says(text: str, said: str | None) -> None:
    assert plantar_response("valueString", text, WORDS) == said
    assert plantar_response("valueCodeableConcept", {"text": text}, WORDS) == said
    assert plantar_response("valueCodeableConcept", {"coding": [{"display": text}]}, WORDS) == said


@pytest.mark.parametrize(
    ("text", "reason"), [("flexor bilaterally", "not-evidence"), ("right flexor", "invalid"), ("mute", "invalid")]
)
def test_a_response_that_shows_no_sign_leaves_it_unknown_and_is_named(text: str, reason: str) -> None:
    sources = undated(observation(LOINC, "32385-7", valueString=text))
    sheet = bedside_facts(
        sources,
        bedside_tables(MAPPINGS),
        None,
        AS_OF,
        LIMITS,
        CauseLimits(timedelta(days=92), timedelta(days=56), timedelta(days=28), timedelta(days=92), timedelta(days=14)),
    )
    assert sheet.facts["upper_motor_neuron_signs"].value is None
    assert [row.reason for row in sheet.excluded] == [reason]
