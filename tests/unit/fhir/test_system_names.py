"""Names of code systems: each spelling that senders use means the system, and nothing else does."""

from typing import Any

import pytest

from service.errors import KnowledgeError
from service.fhir.intake.entries import Entry, entry_of
from service.fhir.intake.known_systems import as_sent, in_known_systems
from service.fhir.mappings.system_names import SystemNames
from tests.unit.fhir.bundles import MAPPINGS, concept, observation, record
from tests.unit.fhir.clinical_sources import ICD10, LOINC, SNOMED, UCUM

NAMES = MAPPINGS.systems
WHO = "http://hl7.org/fhir/sid/icd-10"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("urn:oid:2.16.840.1.113883.6.1", LOINC),
        ("2.16.840.1.113883.6.1", LOINC),
        ("https://loinc.org/", LOINC),
        ("http://LOINC.org", LOINC),
        ("http://loinc.org|2.77", LOINC),
        ("http://www.loinc.org", LOINC),
        ("urn:oid:2.16.840.1.113883.6.96", SNOMED),
        ("https://snomed.info/sct", SNOMED),
        ("http://snomed.info/sct/731000124108", SNOMED),
        ("http://snomed.info/sct/900000000000207008/version/20240901", SNOMED),
        ("http://snomed.info/sct|http://snomed.info/sct/11000172109", SNOMED),
        ("urn:oid:2.16.840.1.113883.6.90", ICD10),
        ("https://hl7.org/fhir/sid/icd-10-cm", ICD10),
        ("urn:oid:2.16.840.1.113883.6.8", UCUM),
        ("https://unitsofmeasure.org/", UCUM),
        ("http://hl7.org/fhir/v3/ObservationInterpretation", INTERPRETATION),
        ("urn:oid:2.16.840.1.113883.5.83", INTERPRETATION),
        ("http://hl7.org/fhir/v2/0078", "http://terminology.hl7.org/CodeSystem/v2-0078"),
        ("urn:oid:2.16.840.1.113883.12.136", "http://terminology.hl7.org/CodeSystem/v2-0136"),
        ("urn:oid:2.16.840.1.113883.12.292", "http://hl7.org/fhir/sid/cvx"),
        ("http://fhir.de/CodeSystem/bfarm/atc", "http://www.whocc.no/atc"),
        ("http://fhir.de/CodeSystem/dimdi/atc", "http://www.whocc.no/atc"),
    ],
)
def test_other_names_of_a_system_mean_it(sent: str, meant: str) -> None:
    assert NAMES.known(sent) == meant
    assert NAMES.is_known(sent)


@pytest.mark.parametrize(
    "system",
    [
        "urn:oid:2.16.840.1.113883.6.9999",
        "https://lab.example/codes",
        "http://snomed.info/sctx/731000124108",
        "http://loinc.org.example",
        "",
        "x" * 1000,
    ],
)
def test_no_other_text_is_taken_for_a_system(system: str) -> None:
    assert NAMES.known(system) == system
    assert not NAMES.is_known(system)


@pytest.mark.parametrize(
    ("code", "meant"),
    [
        *[(code, ICD10) for code in ("G61.82", "G6182", "N18.31", "T50.Z15A")],
        *[(code, WHO) for code in ("G61.8", "N18", "M54.12", None)],
    ],
)
def test_a_code_that_only_icd_10_cm_has_is_one_of_icd_10_cm(code: str | None, meant: str) -> None:
    assert NAMES.known(WHO, code) == meant


def test_one_name_for_two_systems_stops_the_start() -> None:
    with pytest.raises(KnowledgeError):
        SystemNames([], {"http://a.example": ["1.2.3"], "http://b.example": ["urn:oid:1.2.3"]})


def test_codings_and_units_are_renamed_and_identifiers_are_not() -> None:
    sent: dict[str, Any] = {
        "resourceType": "Observation",
        "identifier": [{"system": "urn:oid:2.16.840.1.113883.6.1", "value": "A-17"}],
        "code": {"coding": [{"system": "urn:oid:2.16.840.1.113883.6.1", "code": "51703-7"}]},
        "valueQuantity": {"value": 3, "unit": "mg/L", "system": "urn:oid:2.16.840.1.113883.6.8", "code": "mg/L"},
    }
    entry = entry_of("Bundle.entry[0]", None, sent)
    assert isinstance(entry, Entry)
    read = in_known_systems(entry, NAMES)
    assert read.resource["identifier"] == sent["identifier"]
    assert read.resource["code"] == {"coding": [{"system": LOINC, "code": "51703-7"}]}
    assert read.resource["valueQuantity"]["system"] == UCUM  # type: ignore[index]
    assert read.sent is sent
    assert sent["code"]["coding"][0]["system"].startswith("urn:oid:")
    assert in_known_systems(read, NAMES) is read


def test_what_was_changed_goes_back_under_the_names_of_the_sender() -> None:
    sent = {"a": [{"system": "urn:oid:1", "code": "x"}], "dose": {"value": 1, "system": "urn:oid:2"}, "text": "old"}
    read = {"a": [{"system": "http://one", "code": "x"}], "dose": {"value": 1, "system": "http://two"}, "text": "old"}
    made = {"a": [{"system": "http://one", "code": "x"}], "dose": {"value": 5, "system": "http://two"}}
    assert as_sent(made, read, sent) == {"a": sent["a"], "dose": {"value": 5, "system": "urn:oid:2"}}


@pytest.mark.parametrize(
    ("system", "code", "told"),
    [
        ("urn:oid:1.2.3.4", "51703-7", "the system urn:oid:1.2.3.4 is not known; nearest: http://loinc.org"),
        ("http://loinc.ogr", "99999-9", "the system http://loinc.ogr is not known; nearest: http://loinc.org"),
        ("https://lab.example/codes", "NA", "the system https://lab.example/codes is not known"),
        ("the one of Dr Mustermann", "NA", "the system of its code is not known"),
    ],
)
def test_an_unknown_system_is_named_with_the_one_that_may_be_meant(system: str, code: str, told: str) -> None:
    (row,) = record(observation(code=concept(system, code))).excluded
    assert row.detail.endswith(told)
    assert "Mustermann" not in row.detail


def test_of_a_known_system_nothing_is_said() -> None:
    (row,) = record(observation(code=concept(LOINC, "2951-2"))).excluded
    assert "not known" not in row.detail


@pytest.mark.parametrize(
    "system",
    ["http://www.cms.gov/Medicare/Coding/ICD10", "http://hl7.org/fhir/sid/icd-10-pcs", "urn:oid:2.16.840.1.113883.6.4"],
)
def test_a_system_of_which_only_drugs_and_procedures_are_read_is_known(system: str) -> None:
    assert NAMES.is_known(system)


@pytest.mark.parametrize(
    ("system", "nearest"),
    [
        ("http://snomed.info/scr", "http://snomed.info/sct"),
        ("http://hl7.org/fhir/sid/icd-10cm", "http://hl7.org/fhir/sid/icd-10-cm"),
        ("http://www.cms.gov/Medicare/Coding/Modifiers", ""),
        ("http://terminology.hl7.org/CodeSystem/other-thing", ""),
        ("urn:oid:2.16.840.1.113883.6.9999", ""),
    ],
)
def test_the_nearest_system_is_one_that_may_be_meant(system: str, nearest: str) -> None:
    assert NAMES.nearest(system) == nearest
