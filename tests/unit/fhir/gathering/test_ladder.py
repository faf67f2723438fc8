"""The data ladder: usable, known to be empty, or unavailable and therefore 412."""

import pytest

from service.domain.facts import PARTIAL, UNSEEN
from service.errors import BadRequest, MissingData, PayloadTooLarge
from service.fhir.gathering.access import Access
from service.fhir.gathering.fetcher import FhirFetcher
from service.fhir.gathering.ladder import Gathered, Templates, gather
from service.outgoing.client import Client

TEMPLATES = {
    "patient": "Patient/{{context.patientId}}",
    "conditions": "Condition?patient={{context.patientId}}",
    "laboratory": "Observation?patient={{context.patientId}}&code=http://loinc.org|51703-7",
}
OPTIONAL = {"medications": "MedicationRequest?patient={{context.patientId}}"}
PATIENT = {"resourceType": "Patient", "id": "p1"}
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
EMPTY = {"resourceType": "Bundle", "type": "searchset", "total": 0}


def bundle(*resources: object, **more: object) -> dict[str, object]:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": item} for item in resources], **more}


def read(max_entries: int = 100, **keys: object) -> list[tuple[str | None, dict[str, object]]]:
    prefetch: dict[str, object] = {"patient": PATIENT, "conditions": None, "laboratory": EMPTY, **keys}
    return gathered(prefetch, max_entries).resources


def gathered(prefetch: dict[str, object], max_entries: int = 100) -> Gathered:
    return gather(prefetch, Templates(TEMPLATES, OPTIONAL), Access("p1"), FhirFetcher(Client()), max_entries)


@pytest.mark.conforms("PRE-9")
def test_null_and_an_empty_bundle_both_mean_that_the_record_holds_nothing() -> None:
    assert read(laboratory=None) == read(laboratory=EMPTY) == [(None, PATIENT)]


def test_resources_come_with_their_full_url() -> None:
    found = {"resourceType": "Bundle", "entry": [{"fullUrl": "https://x/Condition/1", "resource": CONDITION}]}
    assert ("https://x/Condition/1", CONDITION) in read(conditions=found)


CONDITION = {"resourceType": "Condition", "id": "c1"}


@pytest.mark.conforms("PRE-8")
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (OUTCOME, "failed"),
        (bundle(CONDITION, OUTCOME), "in part"),
        (bundle({"resourceType": "OperationOutcome"}), "in part"),
        ({"resourceType": "Observation", "id": "o1"}, "not a Bundle"),
        (bundle({"resourceType": "Observation", "id": "o1"}), "no Condition"),
        (bundle("text", None), "no Condition"),
        ({"resourceType": "Bundle", "entry": {"resource": CONDITION}}, "readable"),
        ({"resourceType": "Bundle", "link": "next"}, "readable"),
        ([CONDITION], "not a FHIR resource"),
        ("Bundle", "not a FHIR resource"),
        ({}, "not a Bundle"),
        ({"resourceType": "Bundle", "total": 3}, "total"),
    ],
)
def test_a_value_that_says_nothing_about_the_record_makes_its_key_unavailable(value: object, reason: str) -> None:
    with pytest.raises(MissingData, match=rf"conditions \(.*{reason}"):
        read(conditions=value)


def test_a_single_resource_in_place_of_a_searchset_is_a_part_of_it() -> None:
    found = gathered({"patient": PATIENT, "conditions": CONDITION, "laboratory": EMPTY})
    assert (None, CONDITION) in found.resources
    assert found.unseen["conditions"] == "partial"


@pytest.mark.conforms("PRE-7")
def test_every_key_that_is_unavailable_is_named() -> None:
    with pytest.raises(MissingData, match=r"patient .* conditions .* laboratory"):
        gathered({})


def test_a_patient_that_does_not_exist_is_missing_data() -> None:
    with pytest.raises(MissingData, match="no such Patient"):
        read(patient=None)


@pytest.mark.conforms("PRE-10")
def test_an_outcome_that_only_informs_does_not_spoil_a_search() -> None:
    hint = {"resourceType": "OperationOutcome", "issue": [{"severity": "information", "code": "informational"}]}
    assert read(conditions=bundle(CONDITION, hint)) == [(None, PATIENT), (None, CONDITION)]


def test_a_stray_entry_among_good_ones_is_passed_on_to_be_listed() -> None:
    stray = {"resourceType": "Medication", "id": "m1"}
    resources = [resource for _, resource in read(conditions=bundle(CONDITION, stray, 7))]
    assert resources == [PATIENT, CONDITION, stray, {}]


@pytest.mark.conforms("PRE-13")
@pytest.mark.parametrize("patient", [{**PATIENT, "id": "p2"}, {"resourceType": "Patient"}])
def test_the_prefetched_patient_must_be_the_one_of_the_context(patient: object) -> None:
    with pytest.raises(BadRequest, match="Patient"):
        read(patient=patient)


def test_more_resources_than_the_cap_are_refused() -> None:
    with pytest.raises(PayloadTooLarge):
        read(max_entries=2, conditions=bundle(CONDITION, CONDITION))


def test_an_optional_key_that_cannot_be_had_is_listed_and_the_rest_is_answered() -> None:
    complete: dict[str, object] = {"patient": PATIENT, "conditions": None, "laboratory": EMPTY}
    whole = frozenset({"Condition"})
    assert gathered(complete) == Gathered([(None, {**PATIENT})], {"medications": UNSEEN}, whole)
    assert gathered({**complete, "medications": OUTCOME}).unseen == {"medications": UNSEEN}
    assert gathered({**complete, "medications": None}).unseen == {}


NEXT = [{"relation": "next", "url": "https://x?page=2"}]
MEDICATION = {"resourceType": "MedicationRequest", "id": "m1"}


@pytest.mark.parametrize(
    "value",
    [
        bundle(MEDICATION, link=NEXT),
        bundle(MEDICATION, link=[{"relation": "next"}]),
        bundle(MEDICATION, OUTCOME),
        bundle(OUTCOME, MEDICATION),
    ],
)
def test_what_came_of_an_optional_key_is_used_and_its_whole_is_not_claimed(value: object) -> None:
    found = gathered({"patient": PATIENT, "conditions": None, "laboratory": EMPTY, "medications": value})
    assert (None, MEDICATION) in found.resources
    assert found.unseen == {"medications": PARTIAL}


def test_what_came_of_an_answer_to_some_other_question_is_not_used() -> None:
    stray = bundle({"resourceType": "Observation", "id": "o1"}, link=NEXT)
    found = gathered({"patient": PATIENT, "conditions": None, "laboratory": EMPTY, "medications": stray})
    assert found.resources == [(None, PATIENT)]


@pytest.mark.conforms("PRE-8")
@pytest.mark.parametrize(
    ("key", "value", "is_fetched"),
    [
        ("conditions", "absent", True),
        ("conditions", {"resourceType": "Observation", "id": "o1"}, True),
        ("conditions", bundle({"resourceType": "Observation", "id": "o1"}), True),
        ("conditions", OUTCOME, False),
        ("conditions", bundle(CONDITION, OUTCOME), False),
        ("patient", None, False),
    ],
)
def test_only_what_was_not_asked_yet_is_fetched(key: str, value: object, is_fetched: bool) -> None:
    prefetch: dict[str, object] = {"patient": PATIENT, "conditions": None, "laboratory": EMPTY, key: value}
    if value == "absent":
        del prefetch[key]
    with pytest.raises(MissingData) as missing:
        gathered(prefetch)
    assert ("there is no fhirServer to ask" in str(missing.value)) is is_fetched


@pytest.mark.parametrize(
    "value",
    [
        bundle(CONDITION, link=NEXT),
        bundle(CONDITION, link=[{"relation": "next"}]),
        bundle(CONDITION, total=2),
    ],
    ids=["a next page", "a next page without an address", "a total above its entries"],
)
def test_what_came_of_a_required_key_counts_and_its_whole_is_not_claimed(value: object) -> None:
    complete: dict[str, object] = {"patient": PATIENT, "laboratory": EMPTY, "medications": None}
    found = gathered({**complete, "conditions": value})
    assert (found.resources, found.unseen) == ([(None, PATIENT), (None, CONDITION)], {"conditions": PARTIAL})


@pytest.mark.parametrize(
    "link", [{"relation": "next", "url": "https://x?page=2"}, {"relation": "next"}], ids=["elsewhere", "nowhere"]
)
def test_an_empty_first_page_of_a_required_key_is_a_part_of_it_too(link: dict[str, str]) -> None:
    complete: dict[str, object] = {"patient": PATIENT, "laboratory": EMPTY, "medications": None}
    found = gathered({**complete, "conditions": bundle(link=[link])})
    assert (found.resources, found.unseen) == ([(None, PATIENT)], {"conditions": PARTIAL})


def test_what_was_included_beside_the_matches_is_not_in_the_total() -> None:
    stray = {"resourceType": "Practitioner", "id": "x"}
    assert gathered(
        {"patient": PATIENT, "conditions": bundle(CONDITION, stray, total=1), "laboratory": None}
    ).unseen == {"medications": UNSEEN}
