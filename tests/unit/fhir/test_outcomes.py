"""What the EHR says of its search: nothing found, a disclaimer, a part, or a failure."""

from typing import Any

import pytest

from service.domain.facts import PARTIAL
from service.errors import MissingData
from service.fhir.gathering.access import Access
from service.fhir.gathering.fetcher import FhirFetcher
from service.fhir.gathering.ladder import Gathered, Templates, gather
from service.outgoing.client import Client

EPIC = "urn:oid:1.2.840.114350.1.13.0.1.7.2.657369"
Json = dict[str, Any]
PATIENT: Json = {"resourceType": "Patient", "id": "p1"}
CONDITION: Json = {"resourceType": "Condition", "id": "c1"}
TEMPLATES = Templates({"patient": "Patient/{{context.patientId}}", "conditions": "Condition?patient=x"}, {})


def issue(severity: object, code: object = "processing", epic: object = None) -> Json:
    details = {"details": {"coding": [{"system": EPIC, "code": epic}], "text": "as they say it"}} if epic else {}
    return {"severity": severity, "code": code, **details}


def outcome(*issues: Json) -> Json:
    return {"resourceType": "OperationOutcome", "issue": list(issues)}


def searched(*resources: Json, mode: str | None = "outcome") -> Json:
    search = {"search": {"mode": mode}} if mode else {}
    entries: list[Json] = [{"resource": each, **search} for each in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries}


def gathered(conditions: object, patient: object = PATIENT) -> Gathered:
    prefetch = {"patient": patient, "conditions": conditions}
    return gather(prefetch, TEMPLATES, Access("p1"), FhirFetcher(Client()), 100)


WHOLE = {
    "no results, as Epic says it": [issue("warning", epic="4101")],
    "no results, as a number": [issue("warning", epic=4101)],
    "a disclaimer": [issue("warning", epic="4119")],
    "an ignored parameter": [issue("warning", "not-supported", epic="59100")],
    "a hint": [issue("information", "informational")],
    "a warning that names nothing left out": [issue("warning", "business-rule")],
    "a hint of a later version of FHIR": [issue("success", "success")],
    "no results and a disclaimer": [issue("warning", epic="4101"), issue("information", epic="4119")],
    "a severity in capitals": [issue("Warning")],
    "another vendor's code of the same digits": [
        {**issue("warning"), "details": {"coding": [{"system": "https://ehr.example.org/codes", "code": "59204"}]}}
    ],
}
PARTS = {
    **{
        f"{severity} {code}": [issue(severity, code)]
        for severity in ("warning", "information")
        for code in ("suppressed", "incomplete", "timeout", "throttled", "too-costly", "forbidden", "security")
    },
    "results left out, as Epic says it": [issue("warning", epic="59204")],
    "results left out, its other code": [issue("information", epic="59205")],
    "a disclaimer and something suppressed": [issue("warning", epic="4119"), issue("warning", "suppressed")],
}
FAILED = {
    "an error": [issue("error", "exception")],
    "fatal": [issue("fatal", "exception")],
    "an error of Epic's code for no results": [issue("error", epic="4101")],
    "a disclaimer and an error": [issue("warning", epic="4119"), issue("error", "timeout")],
    "a part and an error": [issue("warning", "suppressed"), issue("fatal", "exception")],
    "no severity": [{"code": "processing"}],
    "a severity that FHIR does not have": [issue("minor")],
    "a severity that is no text": [issue(["warning"])],
    "no issue": [],
}


@pytest.mark.parametrize("mode", ["outcome", "match", None])
@pytest.mark.parametrize("issues", WHOLE.values(), ids=WHOLE.keys())
def test_a_search_that_ran_is_whole(issues: list[Json], mode: str | None) -> None:
    assert gathered(searched(outcome(*issues), mode=mode)) == Gathered([(None, PATIENT)], {})
    found = gathered(searched(CONDITION, outcome(*issues), mode=mode))
    assert found == Gathered([(None, PATIENT), (None, CONDITION)], {})


@pytest.mark.parametrize("mode", ["outcome", None])
@pytest.mark.parametrize("issues", PARTS.values(), ids=PARTS.keys())
def test_a_search_that_left_something_out_is_a_part_and_never_412(issues: list[Json], mode: str | None) -> None:
    came = searched(outcome(*issues), CONDITION, mode=mode)
    assert gathered(came) == Gathered([(None, PATIENT), (None, CONDITION)], {"conditions": PARTIAL})
    assert gathered(searched(outcome(*issues), mode=mode)) == Gathered([(None, PATIENT)], {"conditions": PARTIAL})
    assert gathered(outcome(*issues)) == Gathered([(None, PATIENT)], {"conditions": PARTIAL})


@pytest.mark.parametrize("issues", FAILED.values(), ids=FAILED.keys())
def test_a_search_that_failed_makes_its_key_unavailable(issues: list[Json]) -> None:
    for value in (outcome(*issues), searched(outcome(*issues)), searched(CONDITION, outcome(*issues), mode=None)):
        with pytest.raises(MissingData, match="conditions"):
            gathered(value)


def test_two_outcomes_in_one_answer_are_both_heard() -> None:
    both = searched(outcome(issue("warning", epic="4119")), outcome(issue("warning", "suppressed")))
    assert gathered(both).unseen == {"conditions": PARTIAL}
    with pytest.raises(MissingData):
        gathered(searched(outcome(issue("warning", epic="4101")), outcome(issue("error", "exception"))))


def test_no_results_in_place_of_a_bundle_is_known_to_be_empty() -> None:
    assert gathered(outcome(issue("warning", epic="4101"))) == Gathered([(None, PATIENT)], {})


def test_any_other_warning_in_place_of_a_bundle_claims_nothing() -> None:
    assert gathered(outcome(issue("warning", "informational"))).unseen == {"conditions": PARTIAL}


def test_a_patient_of_whom_there_are_no_results_is_missing_data() -> None:
    with pytest.raises(MissingData, match="no such Patient"):
        gathered(None, patient=outcome(issue("warning", epic="4101")))
