"""Words of a finding that nobody could read are not overruled by a general "no"; normal words change nothing."""

from datetime import timedelta
from typing import Any
from zlib import crc32

import pytest

from service.domain.facts import Fact
from service.subjects.bedside.coded_causes import CauseLimits
from service.subjects.bedside.plantar import plantar_response
from service.subjects.bedside.reader import bedside_facts, bedside_tables
from tests.unit.fhir.bundles import about, record
from tests.unit.fhir.clinical_sources import AS_OF, LOINC, MAPPINGS
from tests.unit.subjects.bedside.test_bedside import LIMITS

BEDSIDE = "https://mmn-cds.example.org/fhir/CodeSystem/bedside-finding"
TABLES = bedside_tables(MAPPINGS)
EXPLAIN = CauseLimits(
    timedelta(days=92), timedelta(days=56), timedelta(days=28), timedelta(days=92), timedelta(days=14)
)
PLANTAR = {"coding": [{"system": LOINC, "code": "32385-7"}]}
Json = dict[str, Any]


def finding(code: str | Json, day: str = "2026-03-01", **said: object) -> Json:
    coded = {"coding": [{"system": BEDSIDE, "code": code}]} if isinstance(code, str) else code
    name = f"o{crc32(str((code, said)).encode())}"
    made = {"resourceType": "Observation", "id": name, "status": "final", "code": coded, "effectiveDateTime": day}
    return {**made, "subject": about("Patient/p1"), **said}


def fact(name: str, *resources: Json) -> Fact:
    sources = record(*resources).sources
    return bedside_facts(sources, TABLES, None, AS_OF, LIMITS, EXPLAIN).facts.get(name, Fact(None))


SENSES, SIGNS = "objective_sensory_loss", "upper_motor_neuron_signs"
NO_LOSS = finding("objective-sensory-loss", valueBoolean=False)
NO_SIGNS = finding("upper-motor-neuron-signs", valueBoolean=False)


@pytest.mark.parametrize("text", ["reduced pinprick dorsal hand", "Hypästhesie D4/5", "diminished vibration"])
def test_words_that_nobody_could_read_leave_a_general_no_open_and_are_named(text: str) -> None:
    unread = finding("objective-sensory-loss", valueString=text)
    made = fact(SENSES, NO_LOSS, unread)
    assert (made.value, "contradiction" in made.flags) == (None, True)
    assert len(made.evidence) == 2
    assert fact(SENSES, NO_LOSS, {**unread, "effectiveDateTime": "2026-01-01"}).value == "absent"
    coded = finding("objective-sensory-loss", valueCodeableConcept={"text": text})
    assert fact(SENSES, NO_LOSS, coded).value is None


@pytest.mark.parametrize("text", ["normal", "Intact to light touch", "unauffällig", "not tested", ""])
def test_normal_words_and_what_nobody_tested_change_nothing(text: str) -> None:
    assert fact(SENSES, NO_LOSS, finding("objective-sensory-loss", valueString=text)).value == "absent"


@pytest.mark.parametrize(
    ("text", "value"), [("mute", None), ("equivocal left", None), ("seltsam", None), ("flexor", "absent")]
)
def test_a_plantar_response_that_is_open_leaves_a_general_no_open_and_a_flexor_one_does_not(
    text: str, value: str | None
) -> None:
    assert fact(SIGNS, NO_SIGNS, finding(PLANTAR, valueString=text)).value == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Babinski rechts positiv", "present"),
        ("Babinski positiv", "present"),
        ("positives Babinski-Zeichen links", "present"),
        ("Babinski negativ", None),
        ("kein Babinski positiv", None),
    ],
)
def test_babinski_as_it_is_written(text: str, said: str | None) -> None:
    assert plantar_response("valueString", text, TABLES.plantar) == said


def test_sides_in_components_and_an_observation_by_its_name_are_read() -> None:
    def side(name: str, said: str) -> Json:
        return {"code": {"text": name}, "valueString": said}

    assert (
        fact(SIGNS, finding(PLANTAR, component=[side("left", "flexor"), side("right", "extensor")])).value == "present"
    )
    assert (
        fact(SIGNS, NO_SIGNS, finding(PLANTAR, component=[side("left", "flexor"), side("right", "mute")])).value is None
    )
    both = finding(PLANTAR, component=[side("left", "flexor"), side("right", "flexor")])
    assert fact(SIGNS, NO_SIGNS, both).value == "absent"
    assert fact(SIGNS, finding({"text": "Babinski sign"}, valueString="present")).value == "present"
    assert fact(SIGNS, NO_SIGNS, finding({"text": "Babinski sign"}, valueString="positive")).value is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Spastic paraparesis with clonus", "present"),
        ("Spastische Paraparese", "present"),
        ("No spastic paraparesis", None),
        ("Family history: spastic paraparesis", None),
    ],
)
def test_spastic_paresis_in_the_words_of_a_diagnosis_is_a_sign(text: str, value: str | None) -> None:
    named = {"resourceType": "Condition", "id": "c1", "subject": about("Patient/p1"), "code": {"text": text}}
    assert fact(SIGNS, named).value == value
