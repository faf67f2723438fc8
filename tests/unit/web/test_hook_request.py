"""What a CDS Hooks call must hold, and what it may hold besides."""

from decimal import Decimal

import pytest

from service.errors import BadRequest
from service.web.fhir_authorization import Authorization
from service.web.hook_request import read_hook_request

VALID: dict[str, object] = {
    "hook": "patient-view",
    "hookInstance": "8D1B1E8E-4A0F-4F0F-9D7E-0C7A5B0F7F11",
    "context": {"patientId": "p1", "userId": "Practitioner/1"},
}


def changed(**fields: object) -> dict[str, object]:
    return {**VALID, **fields}


@pytest.mark.conforms("REQ-3")
def test_an_upper_case_hook_instance_and_a_bare_request_are_enough() -> None:
    request = read_hook_request(VALID, "patient-view", https_only=True)
    assert (request.patient_id, request.fhir_server, request.prefetch) == ("p1", None, {})


@pytest.mark.parametrize("body", [None, [], 7, "text", {}])
def test_a_body_that_is_no_request_is_refused(body: object) -> None:
    with pytest.raises(BadRequest):
        read_hook_request(body, "patient-view", https_only=True)


@pytest.mark.conforms("REQ-2", "REQ-5")
@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"hook": "order-sign"}, "hook"),
        ({"hook": None}, "hook"),
        ({"hookInstance": None}, "hookInstance"),
        ({"hookInstance": "8d1b1e8e4a0f4f0f9d7e0c7a5b0f7f11"}, "hookInstance"),
        ({"hookInstance": 7}, "hookInstance"),
        ({"context": None}, "context"),
        ({"context": []}, "context"),
        ({"context": {"userId": "Practitioner/1"}}, "context.patientId"),
        ({"context": {"patientId": "a/b", "userId": "Practitioner/1"}}, "context.patientId"),
        ({"context": {"patientId": "p1\n", "userId": "Practitioner/1"}}, "context.patientId"),
        ({"context": {"patientId": ["p1"], "userId": "Practitioner/1"}}, "context.patientId"),
        ({"context": {"patientId": "p1"}}, "context.userId"),
        ({"context": {"patientId": "p1", "userId": "a b"}}, "context.userId"),
        ({"prefetch": [1]}, "prefetch"),
        ({"prefetch": "x"}, "prefetch"),
        ({"fhirAuthorization": {"access_token": "t", "token_type": "Bearer"}}, "fhirServer"),
        ({"fhirAuthorization": "t", "fhirServer": "https://ehr.example.org"}, "fhirAuthorization"),
        ({"fhirAuthorization": {"token_type": "Bearer"}, "fhirServer": "https://ehr.example.org"}, "access_token"),
        ({"context": {"patientId": "..", "userId": "Practitioner/1"}}, "context.patientId"),
        ({"fhirServer": "ftp://ehr.example.org"}, "fhirServer"),
        ({"fhirServer": "https://"}, "fhirServer"),
        ({"fhirServer": "https://[::1"}, "fhirServer"),
        ({"fhirServer": 7}, "fhirServer"),
    ],
)
def test_the_first_field_that_is_wrong_is_named(fields: dict[str, object], named: str) -> None:
    with pytest.raises(BadRequest, match=named):
        read_hook_request(changed(**fields), "patient-view", https_only=True)


def test_a_reference_where_the_bare_patient_id_belongs_is_read() -> None:
    context = {"patientId": "Patient/p1", "userId": "Practitioner/1"}
    assert read_hook_request(changed(context=context), "patient-view", https_only=True).patient_id == "p1"


def test_a_user_without_a_type_is_taken_as_nothing_rests_on_it() -> None:
    context = {"patientId": "p1", "userId": "u1"}
    assert read_hook_request(changed(context=context), "patient-view", https_only=True).user_id == "u1"


@pytest.mark.conforms("GEN-7")
def test_nulls_empties_and_unknown_fields_are_let_be() -> None:
    body = changed(
        prefetch=None,
        fhirServer=None,
        fhirAuthorization=None,
        extension={"com.example": []},
        vendor=None,
        context={"patientId": "p1", "userId": "Practitioner/1", "encounterId": None, "other": {}},
    )
    assert read_hook_request(body, "patient-view", https_only=True).prefetch == {}


@pytest.mark.conforms("GEN-1", "REQ-6")
def test_plain_http_is_for_the_local_profile_only() -> None:
    body = changed(fhirServer="http://127.0.0.1:8080/fhir/")
    assert read_hook_request(body, "patient-view", https_only=False).fhir_server == "http://127.0.0.1:8080/fhir"
    with pytest.raises(BadRequest, match="https"):
        read_hook_request(body, "patient-view", https_only=True)


def test_one_slash_at_the_end_of_the_fhir_server_is_dropped_and_no_more() -> None:
    for given, read in (("https://x.org/fhir/", "https://x.org/fhir"), ("https://x.org/fhir//", "https://x.org/fhir/")):
        assert read_hook_request(changed(fhirServer=given), "patient-view", https_only=True).fhir_server == read


def authorization(**changes: object) -> Authorization:
    granted = {"access_token": "canary-4711", "token_type": "Bearer", "expires_in": 300, **changes}
    body = changed(fhirServer="https://x.org/fhir", fhirAuthorization=granted, prefetch={"patient": {"id": "canary-p"}})
    request = read_hook_request(body, "patient-view", https_only=True)
    assert "canary" not in repr(request) + str(request)
    assert request.authorization
    return request.authorization


@pytest.mark.conforms("FHA-4")
def test_a_token_is_taken_in_with_its_time_and_never_shown() -> None:
    granted = authorization()
    assert granted.token.header() == "Bearer canary-4711"
    assert (granted.seconds, granted.refusal) == (300, "")


@pytest.mark.conforms("FHA-2")
@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({}, ""),
        ({"token_type": "bearer"}, ""),
        ({"patient": "p1"}, ""),
        ({"patient": "Patient/p1"}, ""),
        ({"patient": ""}, ""),
        ({"expires_in": None}, ""),
        ({"expires_in": Decimal("0.5")}, ""),
        ({"token_type": "mac"}, "Bearer"),
        ({"token_type": ["Bearer"]}, "Bearer"),
        ({"patient": "p2"}, "another patient"),
        ({"patient": "Patient/Patient/p1"}, "another patient"),
        ({"patient": ["p1"]}, "another patient"),
        ({"expires_in": 0}, "expired"),
        ({"expires_in": Decimal(-1)}, "expired"),
        ({"expires_in": True}, "expired"),
        ({"expires_in": "300"}, "expired"),
    ],
)
def test_a_token_is_refused_when_it_is_not_for_this_patient_or_not_any_more(
    changes: dict[str, object], refusal: str
) -> None:
    assert refusal in authorization(**changes).refusal
    assert bool(authorization(**changes).refusal) == bool(refusal)


@pytest.mark.parametrize("nothing", [None, {}])
def test_no_authorization_is_an_open_server(nothing: object) -> None:
    body = changed(fhirServer="https://x.org/fhir", fhirAuthorization=nothing)
    assert read_hook_request(body, "patient-view", https_only=True).authorization is None
