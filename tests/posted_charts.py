"""One chart with definite MMN, and how it is posted to ``$mmn-evaluate``."""

import copy
from collections.abc import Sequence
from typing import Any

import orjson
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.web.answers import exact_number
from tests.patient_folders import patient_folders

EVALUATE = "/fhir/$mmn-evaluate"
(CHART,) = [folder for folder in patient_folders() if folder.name == "definite-block-in-the-ulnar-forearm"]
AS_OF = CHART.expected["asOf"]
FHIR, LINES = "application/fhir+json", "application/x-ndjson"
SERVER = "https://ehr.example.org/fhir"
PATIENT = "anna-berger"
SUBJECT = {"reference": f"Patient/{PATIENT}"}
Json = dict[str, Any]


def raw(content: Any) -> bytes:
    return orjson.dumps(content, default=exact_number)


def chart() -> list[Json]:
    """The resources of the chart, each with an id of its own."""
    return [copy.deepcopy(dict(entry["resource"])) for entry in CHART.bundle["entry"]]


def post(client: FlaskClient, body: Any, query: str = f"?asOf={AS_OF}", **headers: str) -> TestResponse:
    sent = body if isinstance(body, bytes) else raw(body)
    return client.post(EVALUATE + query, data=sent, headers={"Content-Type": FHIR, **headers})


def answered(client: FlaskClient, body: Any, query: str = f"?asOf={AS_OF}", **headers: str) -> Json:
    answer = post(client, body, query, **headers)
    assert answer.status_code == 200, answer.get_json()
    found: Json = answer.get_json()
    return found


def reached(answer: Json) -> str:
    return str(answer["evaluation"]["classification"]["reached"])


def rows(answer: Json) -> dict[str, str]:
    return {row["resource"]: row["reason"] for row in answer["evaluation"]["excluded"]}


def details(answer: Json) -> str:
    return " | ".join(f"{row['resource']} {row['detail']}" for row in answer["evaluation"]["excluded"])


def bundled(kind: str, entries: Sequence[Json], **more: Any) -> Json:
    return {"resourceType": "Bundle", "type": kind, **more, "entry": list(entries)}


def entries(*resources: Json, **more: Any) -> list[Json]:
    return [{"resource": each, **more} for each in resources or chart()]


def named(resource: Json) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def umn_signs(answer: Json) -> str:
    """The verdict on upper motor neuron signs."""
    criteria = {row["id"]: row["verdict"] for row in answer["evaluation"]["criteria"]}
    return str(criteria["mmn.clinical_exclusion.upper_motor_neuron_signs"])


def without_umn_signs() -> list[Json]:
    """The chart without what it says of upper motor neuron signs."""
    return [each for each in chart() if "upper-motor-neuron-signs" not in raw(each).decode()]


def signs(verdict: bool, **more: Any) -> Json:
    return {
        "resourceType": "Observation",
        "id": "umn",
        "status": "final",
        "code": {
            "coding": [
                {
                    "system": "https://mmn-cds.example.org/fhir/CodeSystem/bedside-finding",
                    "code": "upper-motor-neuron-signs",
                }
            ]
        },
        "subject": SUBJECT,
        "effectiveDateTime": "2026-02-01T10:00:00Z",
        "valueBoolean": verdict,
        **more,
    }
