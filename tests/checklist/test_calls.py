"""Calls of a service, good and bad, over HTTP.

REQ-1 RSP-4     test_every_error_is_an_outcome_with_an_id_and_nothing_of_the_input
REQ-2 REQ-3 REQ-5 REQ-6   test_a_field_that_is_missing_or_wrong_is_named
REQ-3           test_an_upper_case_hook_instance_of_any_version_is_taken
REQ-4 CRD-4     test_a_hook_instance_that_comes_twice_is_answered_twice
REQ-9           test_an_extension_of_a_vendor_changes_nothing
REQ-10          test_a_draft_from_before_r4_is_said_to_be_unread
REQ-11          test_every_error_is_an_outcome_with_an_id_and_nothing_of_the_input
GEN-7           test_nulls_empties_and_unknown_members_change_nothing
"""

from collections.abc import Mapping
from typing import Any

import orjson
import pytest

from service.web.message_schemas import validator
from tests.checklist.place import EVALUATE_TOKEN, NAME, Place
from tests.checklist.without_uuids import without_uuids
from tests.ehr.client import DISCOVERY, JSON, Ehr, path_of

Json = Mapping[str, Any]
CALL = path_of("patient-view")
TEXT = {"Content-Type": "text/plain"}


@pytest.mark.conforms("GEN-1", "REQ-2", "REQ-3", "REQ-5", "REQ-6")
@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"hook": None}, "hook"),
        ({"hook": "order-sign"}, "hook"),
        ({"hookInstance": None}, "hookInstance"),
        ({"hookInstance": "1"}, "hookInstance"),
        ({"context": None}, "context"),
        ({"context": {"userId": "Practitioner/u1"}}, "context.patientId"),
        ({"context": {"patientId": "x?_id=1&code=", "userId": "Practitioner/u1"}}, "context.patientId"),
        ({"context": {"patientId": "p1"}}, "context.userId"),
        ({"prefetch": ["x"]}, "prefetch"),
        ({"fhirAuthorization": {"access_token": "x", "token_type": "Bearer"}}, "fhirServer"),
        ({"fhirServer": "http://fhir.example.org/r4"}, "fhirServer"),
        ({"fhirServer": "fhir.example.org"}, "fhirServer"),
        ({"fhirServer": "https://fhir.example.org", "fhirAuthorization": {"token_type": "Bearer"}}, "access_token"),
    ],
)
def test_a_field_that_is_missing_or_wrong_is_named(ehr: Ehr, change: Json, named: str) -> None:
    call = {name: value for name, value in {**ehr.hook_call(), **change}.items() if value is not None}
    answer = ehr.post(CALL, call)
    assert answer.status == 400
    assert named in answer.json["issue"][0]["diagnostics"]


@pytest.mark.conforms("REQ-5")
@pytest.mark.parametrize(
    ("hook", "left_out"),
    [("order-select", "selections"), ("order-select", "draftOrders"), ("order-sign", "draftOrders")],
)
def test_what_a_hook_needs_in_its_context_is_named(ehr: Ehr, hook: str, left_out: str) -> None:
    call = ehr.hook_call(hook)
    answer = ehr.call({**call, "context": {key: call["context"][key] for key in call["context"] if key != left_out}})
    assert answer.status == 400
    assert f"context.{left_out}" in answer.json["issue"][0]["diagnostics"]


@pytest.mark.conforms("REQ-3")
@pytest.mark.parametrize("instance", ["8D1B1E8E-4A0F-1F0F-9D7E-0C7A5B0F7F11", "8d1b1e8e-4a0f-7f0f-9d7e-0c7a5b0f7f11"])
def test_an_upper_case_hook_instance_of_any_version_is_taken(ehr: Ehr, instance: str) -> None:
    assert ehr.call(ehr.hook_call(hookInstance=instance)).cards


@pytest.mark.conforms("REQ-4", "REQ-7")
def test_a_hook_instance_that_comes_twice_is_answered_twice(ehr: Ehr) -> None:
    call = ehr.hook_call()
    first, second = ehr.call(call).cards, ehr.call(call).cards
    assert {card["uuid"] for card in first}.isdisjoint(card["uuid"] for card in second)
    assert without_uuids(first) == without_uuids(second)


def test_a_patient_id_with_its_type_before_it_is_taken_as_the_id(ehr: Ehr) -> None:
    context = {"userId": "Practitioner/u1", "patientId": f"Patient/{ehr.patient}"}
    assert ehr.call(ehr.hook_call(context=context)).cards


@pytest.mark.conforms("REQ-9")
def test_an_extension_of_a_vendor_changes_nothing(ehr: Ehr) -> None:
    call = ehr.hook_call()
    extended = {**call, "extension": {"com.example.window": {"text": NAME}}}
    extended["context"] = {**call["context"], "extension": {"com.example.department": {"id": "7"}}}
    assert without_uuids(ehr.call(extended).cards) == without_uuids(ehr.call(call).cards)


@pytest.mark.conforms("GEN-7")
def test_nulls_empties_and_unknown_members_change_nothing(ehr: Ehr) -> None:
    call = ehr.hook_call()
    odd = {**call, "fhirServer": None, "fhirAuthorization": {}, "extension": None, "x": [], "y": {"z": None}}
    odd["context"] = {**call["context"], "encounterId": None, "foo": ""}
    odd["prefetch"] = {**call["prefetch"], "unknown": None, "further": {"resourceType": "Patient", "id": "other"}}
    assert without_uuids(ehr.call(odd).cards) == without_uuids(ehr.call(call).cards)


@pytest.mark.conforms("REQ-10")
def test_a_draft_from_before_r4_is_said_to_be_unread(ehr: Ehr) -> None:
    call = ehr.hook_call("order-sign")
    draft = {"resourceType": "MedicationOrder", "id": "o1", "status": "draft", "patient": {"reference": "Patient/p1"}}
    call["context"]["draftOrders"]["entry"] = [{"resource": draft}]
    (card,) = ehr.call(call).cards
    assert card["source"]["topic"]["code"] == "mmnOtherAgentsOrderNotRead"


ERRORS: dict[str, tuple[str, str, bytes, Json, int]] = {
    "no JSON": ("POST", CALL, b"{", JSON, 400),
    "a list": ("POST", CALL, b"[]", JSON, 400),
    "NaN": ("POST", CALL, b'{"hook":NaN}', JSON, 400),
    "a key twice": ("POST", CALL, b'{"hook":"a","hook":"b"}', JSON, 400),
    "deep": ("POST", CALL, b"[" * 1000 + b"]" * 1000, JSON, 400),
    "half a surrogate": ("POST", CALL, b'{"hook":"\\ud800"}', JSON, 400),
    "what was sent": ("POST", CALL, f'{{"hook":"{NAME}"}}'.encode(), JSON, 400),
    "feedback without a list": ("POST", f"{CALL}/feedback", b"{}", JSON, 400),
    "an unknown service": ("POST", f"{DISCOVERY}/{NAME}", b"{}", JSON, 404),
    "feedback on an unknown service": ("POST", f"{DISCOVERY}/{NAME}/feedback", b"{}", JSON, 404),
    "an unknown path": ("GET", f"/{NAME}", b"", {}, 404),
    "another method for a call": ("GET", CALL, b"", {}, 405),
    "another method for discovery": ("DELETE", DISCOVERY, b"", {}, 405),
    "another method for feedback": ("PUT", f"{CALL}/feedback", b"{}", JSON, 405),
    "another method for Bundles": ("GET", "/fhir/$mmn-evaluate", b"", {}, 405),
    "no data": ("POST", CALL, b"", JSON, 400),
    "too much": ("POST", CALL, b" " * 1_000_001, JSON, 413),
    "another media type": ("POST", CALL, b"{}", TEXT, 415),
    "no media type": ("POST", CALL, b"{}", {}, 415),
    "compressed": ("POST", CALL, b"{}", {**JSON, "Content-Encoding": "gzip"}, 415),
    "another encoding": ("POST", CALL, b"{}", {"Content-Type": "application/json; charset=utf-16"}, 415),
}


@pytest.mark.conforms("DIS-12", "REQ-1", "REQ-11", "RSP-4")
@pytest.mark.parametrize("name", ERRORS)
def test_every_error_is_an_outcome_with_an_id_and_nothing_of_the_input(ehr: Ehr, name: str) -> None:
    method, path, body, headers, status = ERRORS[name]
    answer = ehr.signed(method, path, body, headers)
    assert (answer.status, answer.headers["content-type"]) == (status, "application/fhir+json")
    assert [error.message for error in validator("OperationOutcome").iter_errors(answer.json)] == []
    assert answer.json["id"] == answer.headers["x-request-id"]
    assert NAME not in answer.body.decode() + str(answer.headers)
    assert ("allow" in answer.headers) == (status == 405)


def test_a_bundle_is_evaluated_for_a_bearer_token_and_for_a_signed_one(place: Place, ehr: Ehr) -> None:
    entries = [{"resource": resource} for resource in place.servers.record.resources]
    body = orjson.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})
    path = "/fhir/$mmn-evaluate"
    by_token = ehr.raw("POST", path, body, {"Authorization": f"Bearer {EVALUATE_TOKEN}", **JSON})
    signed = ehr.signed("POST", f"{path}?asOf=2026-03-04T10:20:00Z", body)
    for answer in (by_token, signed):
        assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
        assert [error.message for error in validator("EvaluateAnswer").iter_errors(answer.json)] == []
    assert signed.json["evaluation"]["classification"] == by_token.json["evaluation"]["classification"]
