"""What kind of statement a diagnosis is: this patient's and sure, or a relative's, past, suspected, denied."""

from typing import Any

import pytest

from service.fhir.intake.certainty import as_said
from service.fhir.intake.entries import Entry
from tests.unit.fhir.bundles import MAPPINGS
from tests.unit.fhir.clinical_sources import ICD10, SNOMED, coded

ALS, MMN, DVT, PE = (ICD10, "G12.21"), (ICD10, "G61.82"), (ICD10, "I82.409"), (ICD10, "I26.99")
GM = "http://fhir.de/CodeSystem/bfarm/icd-10-gm"
LETTER = "http://fhir.de/StructureDefinition/icd-10-gm-diagnosesicherheit"
LETTERS = "https://fhir.kbv.de/CodeSystem/KBV_CS_SFHIR_ICD_DIAGNOSESICHERHEIT"


def told(code: dict[str, Any], **more: Any) -> tuple[str, str, str]:
    """(word of ``said``, verificationStatus, clinicalStatus) of a Condition."""
    resource = {"resourceType": "Condition", "code": code, **more}
    entry = as_said(Entry("Condition/c1", "Condition", resource, "", ""), MAPPINGS)
    statuses = [entry.resource.get(name) for name in ("verificationStatus", "clinicalStatus")]
    verified, now = ("" if status is None else status["coding"][0]["code"] for status in statuses)  # type: ignore[index]
    return entry.said, verified, now


def codings(*pairs: tuple[str, str]) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code} for system, code in pairs]}


def worded(text: str, *pairs: tuple[str, str], display: str = "") -> dict[str, Any]:
    code = codings(*pairs)
    for coding in code["coding"]:
        coding["display"] = display
    return {**code, "text": text}


def lettered(letter: str, *, as_code: bool = False, **coding: Any) -> dict[str, Any]:
    value = {"valueCode": letter} if as_code else {"valueCoding": {"system": LETTERS, "code": letter}}
    return {"system": GM, "code": "I80.2", **coding, "extension": [{"url": LETTER, **value}]}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (codings(ALS), ("", "", "")),
        (codings(ALS, (ICD10, "G12.22")), ("", "", "")),
        (codings((ICD10, "Z82.0"), ALS), ("family", "", "")),
        (codings(ALS, (SNOMED, "416471007")), ("family", "", "")),
        (codings(DVT, (ICD10, "Z86.718")), ("", "", "resolved")),
        (codings(MMN, (SNOMED, "417662000")), ("", "", "resolved")),
        (codings(ALS, (ICD10, "Z03.89")), ("", "unconfirmed", "")),
        (codings(MMN, (SNOMED, "415684004")), ("suspected", "", "")),
        (codings(MMN, (ICD10, "Z13.858")), ("suspected", "", "")),
        (codings(MMN, (SNOMED, "410516002")), ("", "refuted", "")),
        (codings(MMN, (ICD10, "Z79.52")), ("", "", "")),
        (codings(MMN, ("urn:local", "Z82.0")), ("", "", "")),
    ],
)
def test_codes_beside_a_disease_say_what_kind_of_statement_it_is(
    code: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    assert told(code) == expected


def test_a_code_that_denies_what_the_status_confirms_is_clarified() -> None:
    confirmed = coded("http://terminology.hl7.org/CodeSystem/condition-ver-status", "confirmed")
    assert told(codings(MMN, (SNOMED, "410516002")), verificationStatus=confirmed)[0] == "doubted"


@pytest.mark.parametrize("as_code", [False, True])
@pytest.mark.parametrize(
    ("letter", "expected"),
    [
        ("G", ("", "", "")),
        ("A", ("", "refuted", "")),
        ("V", ("suspected", "", "")),
        ("Z", ("", "", "resolved")),
        ("X", ("", "", "")),
    ],
)
def test_the_certainty_letter_of_icd_10_gm_is_read(
    letter: str, expected: tuple[str, str, str], *, as_code: bool
) -> None:
    assert told({"coding": [lettered(letter, as_code=as_code)]}) == expected


def test_a_letter_binds_its_own_code() -> None:
    both = {"coding": [lettered("A", code="I26.9"), lettered("G")]}
    entry = as_said(Entry("Condition/c1", "Condition", {"code": both}, "", ""), MAPPINGS)
    assert [coding["code"] for coding in entry.resource["code"]["coding"]] == ["I80.2"]  # type: ignore[index]
    assert entry.said == ""
    assert told({"coding": [lettered("V"), lettered("A", code="I26.9")]})[0] == "suspected"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Multifocal motor neuropathy", ""),
        ("MMN, no bulbar signs", ""),
        ("Type 2 diabetes without complications", ""),
        ("Neuropathy, not otherwise specified", ""),
        ("MMN ruled out", "doubted"),
        ("MMN was ruled out by nerve conduction study on 3 May", "doubted"),
        ("No evidence of MMN", "doubted"),
        ("Denies MMN", "doubted"),
        ("Kein Anhalt für MMN", "doubted"),
        ("MMN ausgeschlossen", "doubted"),
        ("Family history of MMN", "doubted"),
        ("Suspected MMN", "suspected"),
        ("V. a. multifokale motorische Neuropathie", "suspected"),
        ("V.a. MMN", "suspected"),
        ("Verdacht auf MMN", "suspected"),
        ("r/o MMN", "suspected"),
        ("MMN not ruled out", "suspected"),
        ("MMN nicht ausgeschlossen", "suspected"),
        ("?MMN", "suspected"),
        ("MMN?", "suspected"),
        ("DDx: MMN, CIDP", "suspected"),
        ("MMN vs CIDP", "suspected"),
        ("CIDP excluded, MMN?", "suspected"),
        ("père: NMM", "doubted"),
        ("verdenking MMN", "suspected"),
        ("neuropatia motoria multifocale esclusa", "doubted"),
    ],
)
def test_words_leave_a_coded_diagnosis_open(text: str, expected: str) -> None:
    assert told(worded(text, MMN)) == (expected, "", "")


@pytest.mark.parametrize("text", ["Z. n. Beinvenenthrombose", "Zustand nach TVT", "h/o DVT", "s/p DVT 2019"])
def test_words_of_the_past_count_where_no_status_is_stated(text: str) -> None:
    active = coded("http://terminology.hl7.org/CodeSystem/condition-clinical", "active")
    assert told(worded(text, DVT)) == ("", "", "resolved")
    assert told(worded(text, DVT), clinicalStatus=active) == ("", "", "active")


@pytest.mark.parametrize(
    ("code", "display", "expected"),
    [
        (DVT, "Acute deep vein thrombosis (DVT)", ""),
        (PE, "Pulmonary embolism (PE)", ""),
        (PE, "Pulmonary embolism", "doubted"),
    ],
)
def test_a_negation_binds_its_own_part(code: tuple[str, str], display: str, expected: str) -> None:
    text = "acute DVT, pulmonary embolism ruled out" if expected else "acute DVT"
    assert told(worded(text, code, display=display))[0] == expected


def test_many_parts_take_no_longer_than_they_are() -> None:
    assert told(worded("no " * 5000 + "ruled out by, " * 5000, MMN))[0] == "doubted"


@pytest.mark.parametrize("text", ["?ALS", "Suspected ALS", "ALS vs MMN", "DDx: ALS"])
def test_suspected_motor_neuron_disease_goes_on_as_a_question(text: str) -> None:
    assert told(worded(text, ALS)) == ("", "unconfirmed", "")
    refuted = coded("http://terminology.hl7.org/CodeSystem/condition-ver-status", "refuted")
    assert told(worded(text, ALS), verificationStatus=refuted) == ("suspected", "refuted", "")
