"""What a CDS Hooks call must hold, and what it may hold besides."""

import pytest

from service.errors import BadRequest
from service.web.hook_request import read_hook_request

VALID: dict[str, object] = {
    "hook": "patient-view",
    "hookInstance": "8D1B1E8E-4A0F-4F0F-9D7E-0C7A5B0F7F11",
    "context": {"patientId": "p1", "userId": "Practitioner/1"},
}


def changed(**fields: object) -> dict[str, object]:
    return {**VALID, **fields}


def test_an_upper_case_hook_instance_and_a_bare_request_are_enough() -> None:
    request = read_hook_request(VALID, "patient-view", https_only=True)
    assert (request.patient_id, request.fhir_server, request.prefetch) == ("p1", None, {})


@pytest.mark.parametrize("body", [None, [], 7, "text", {}])
def test_a_body_that_is_no_request_is_refused(body: object) -> None:
    with pytest.raises(BadRequest):
        read_hook_request(body, "patient-view", https_only=True)


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
        ({"context": {"patientId": "p1", "userId": "1"}}, "context.userId"),
        ({"prefetch": [1]}, "prefetch"),
        ({"prefetch": "x"}, "prefetch"),
        ({"fhirAuthorization": {"access_token": "t"}}, "fhirServer"),
        ({"fhirAuthorization": "t", "fhirServer": "https://ehr.example.org"}, "fhirAuthorization"),
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


def test_plain_http_is_for_the_local_profile_only() -> None:
    body = changed(fhirServer="http://127.0.0.1:8080/fhir/")
    assert read_hook_request(body, "patient-view", https_only=False).fhir_server == "http://127.0.0.1:8080/fhir"
    with pytest.raises(BadRequest, match="https"):
        read_hook_request(body, "patient-view", https_only=True)
