"""The result as FHIR resources: valid R4, with the same content, for every patient folder."""

from typing import Any

import orjson
import pytest
from fhir.resources.R4B import get_fhir_model_class
from flask.testing import FlaskClient

from service.app import create_app
from service.result_as_fhir import bundle_of
from service.settings import Settings
from service.web.answers import exact_number
from tests.bench import bodies
from tests.patient_folders import PatientFolder, patient_folders, results_of
from tests.shipped import shipped

EVALUATOR = shipped()
FOLDERS = patient_folders()
BODY = bodies.as_bundle(bodies.mmn_resources(12))
by_folder = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app(Settings(profile="local", store="sqlite:///:memory:"), EVALUATOR).test_client()


def resources(bundle: Any, kind: str) -> list[Any]:
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


@by_folder
def test_every_resource_is_valid_r4(folder: PatientFolder) -> None:
    bundle = orjson.loads(orjson.dumps(bundle_of(folder.answer(EVALUATOR)), default=exact_number))
    get_fhir_model_class("Bundle").model_validate({**bundle, "entry": None})
    for entry in bundle["entry"]:
        get_fhir_model_class(entry["resource"]["resourceType"]).model_validate(entry["resource"])


@by_folder
def test_nothing_of_the_result_is_left_out(folder: PatientFolder) -> None:
    answer = folder.answer(EVALUATOR)
    bundle, results = bundle_of(answer), list(results_of(answer))
    evaluations = [result["evaluation"] for result in results]
    assert len(resources(bundle, "GuidanceResponse")) == len(results)
    findings = [each for impression in resources(bundle, "ClinicalImpression") for each in impression["finding"]]
    assert len(findings) == sum(len(each["criteria"]) + len(each["differentials"]) for each in evaluations)
    assert len(resources(bundle, "DetectedIssue")) == sum(len(each["advice"]) for each in evaluations)
    titles = [action["title"] for group in resources(bundle, "RequestGroup") for action in group["action"]]
    assert titles == [card["summary"] for result in results for card in result["cards"]]
    left_out = [issue for outcome in resources(bundle, "OperationOutcome") for issue in outcome["issue"]]
    assert len(left_out) == sum(len(each["excluded"]) for each in evaluations)
    told = [each for parameters in resources(bundle, "Parameters") for each in parameters["parameter"]]
    assert sum(each["name"] == "conduction" for each in told) == sum(len(each["conduction"]) for each in evaluations)


@by_folder
def test_every_reference_within_the_bundle_leads_to_an_entry(folder: PatientFolder) -> None:
    bundle = bundle_of(folder.answer(EVALUATOR))
    addresses = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(set(addresses)) == len(addresses)
    guided = resources(bundle, "GuidanceResponse")
    pointers = [each["outputParameters"] for each in guided] + [each["result"] for each in guided if "result" in each]
    pointers += [
        offer["resource"]
        for group in resources(bundle, "RequestGroup")
        for action in group["action"]
        for offer in action.get("action", ())
    ]
    assert all(pointer["reference"] in addresses for pointer in pointers)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("application/fhir+json", "application/fhir+json"),
        ("application/fhir+json; fhirVersion=4.0, application/json;q=0.5", "application/fhir+json"),
        ("application/json, application/fhir+json;q=0.9", "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        (None, "application/json"),
    ],
)
def test_the_caller_chooses_the_form(client: FlaskClient, accept: str | None, kind: str) -> None:
    headers = {"Content-Type": "application/json"} | ({"Accept": accept} if accept else {})
    answer = client.post("/fhir/$mmn-evaluate", data=BODY, headers=headers)
    assert (answer.status_code, answer.mimetype) == (200, kind)
    assert ("resourceType" in answer.get_json()) == (kind == "application/fhir+json")
