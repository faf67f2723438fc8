"""The description of the interface is complete, valid, and says what the service does."""

import copy
import re
from typing import Any

import pytest
import schemathesis
from fhir.resources.R4B import get_fhir_model_class
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from service.app import create_app
from service.settings import Settings
from service.store.database import Database
from service.web import worker
from service.web.message_schemas import components
from service.web.openapi import description, operations
from tests.shipped import shipped

DOCUMENT = description()
OPERATIONS = operations(DOCUMENT)
SERVICES = ("mmn-patient-view", "mmn-order-select", "mmn-order-sign")
SENT_ON_ANY_PATH = {"400", "405", "414", "417", "431", "500", "501"}
TAKING_A_BODY = {"401", "413", "415", "503"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    store = f"sqlite:///{tmp_path_factory.mktemp('store')}/store.sqlite"
    Database(store).migrate()
    return create_app(Settings(profile="local", store=store), shipped())


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def test_the_document_is_served(client: FlaskClient) -> None:
    answer = client.get("/openapi.json")
    assert answer.content_type == "application/json"
    assert answer.get_json() == DOCUMENT


def test_every_route_is_described_and_every_description_has_a_route(app: Flask) -> None:
    assert routes_of(app) == OPERATIONS.keys()


def test_the_document_is_valid_openapi_3_1() -> None:
    schemathesis.openapi.from_dict(DOCUMENT).validate()
    assert DOCUMENT["openapi"].startswith("3.1.")


def test_the_validity_test_would_notice_a_wrong_document() -> None:
    wrong = copy.deepcopy(DOCUMENT)
    del wrong["paths"]["/healthz"]["get"]["responses"]["200"]["description"]
    with pytest.raises(Exception, match="description"):
        schemathesis.openapi.from_dict(wrong).validate()


def test_its_schemas_are_valid_json_schemas() -> None:
    for schema in components().values():
        Draft202012Validator.check_schema(schema)


@pytest.mark.conforms("RSP-3")
def test_every_operation_names_every_status_that_is_sent() -> None:
    for (path, method), operation in OPERATIONS.items():
        sent = {"200"} | SENT_ON_ANY_PATH
        sent |= TAKING_A_BODY if method in ("post", "put", "delete") else set()
        is_notification = path.startswith(("/fhir/$mmn-notify", "/fhir/notify"))
        sent |= {"202", "401", "503"} if is_notification else set()
        sent |= {"422"} if is_notification and method != "get" else set()
        # The page asks nobody for a token, and no other site may send its form.
        sent = sent - {"401"} | {"403"} if method == "post" and path in ("/", "/integrator") else sent
        sent |= {"412"} if path.removeprefix("/cds-services/") in SERVICES else set()
        sent |= {"404"} if "{" in path else set()
        sent |= {"406"} if path.startswith("/fhir/") else set()
        sent |= {"401"} if path in ("/cds-services", "/metrics") else set()
        sent |= {"503"} if path in ("/cds-services", "/readyz") else set()
        sent |= {"422"} if path.endswith(("$extract", "$mmn-read-report")) else set()
        assert operation["responses"].keys() == sent, path


def test_what_the_server_itself_refuses_is_described() -> None:
    assert {str(status) for status, _ in worker._REASONS.values()} <= SENT_ON_ANY_PATH  # noqa: SLF001


def test_every_problem_is_an_operation_outcome_with_a_correlation_id() -> None:
    for name, response in DOCUMENT["components"]["responses"].items():
        content = response["content"]["application/fhir+json"]
        assert content["schema"] == {"$ref": "#/components/schemas/OperationOutcome"}, name
        assert "X-Request-Id" in response["headers"]


def test_every_example_is_valid() -> None:
    checked = 0
    for content in contents_in(DOCUMENT):
        assert list(validator_of(content["schema"]).iter_errors(content["example"])) == []
        checked += 1
    assert checked > 20


@pytest.mark.parametrize("service", SERVICES)
def test_the_example_of_a_service_is_answered(client: FlaskClient, service: str) -> None:
    content = OPERATIONS[f"/cds-services/{service}", "post"]["requestBody"]["content"]["application/json"]
    answer = client.post(f"/cds-services/{service}", json=content["example"])
    assert answer.status_code == 200
    schema = {"$ref": "#/components/schemas/HookResponse"}
    assert list(validator_of(schema).iter_errors(answer.get_json())) == []


@pytest.mark.parametrize("media_type", ["application/json", "application/fhir+json"])
def test_the_example_of_the_operation_is_answered(client: FlaskClient, media_type: str) -> None:
    content = OPERATIONS["/fhir/$mmn-evaluate", "post"]["requestBody"]["content"][media_type]
    answer = client.post("/fhir/$mmn-evaluate", json=content["example"], content_type=media_type)
    assert answer.status_code == 200
    assert list(validator_of({"$ref": "#/components/schemas/EvaluateAnswer"}).iter_errors(answer.get_json())) == []


@pytest.mark.parametrize("path", ["/cds-services", "/healthz", "/readyz", "/fhir/metadata"])
def test_a_description_without_a_body_answers_as_its_schema_says(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    content = OPERATIONS[path, "get"]["responses"]["200"]["content"][answer.mimetype]
    assert list(validator_of(content["schema"]).iter_errors(answer.get_json())) == []


DEFINED = sorted(path for path, _ in OPERATIONS if path.startswith("/fhir/OperationDefinition/"))


@pytest.mark.parametrize("path", ["/fhir/metadata", *DEFINED])
def test_what_the_fhir_endpoint_says_of_itself_is_valid_fhir(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.content_type == "application/fhir+json"
    resource = answer.get_json()
    get_fhir_model_class(resource["resourceType"]).model_validate(resource)


def test_the_capabilities_list_the_operations_that_are_defined(client: FlaskClient) -> None:
    (rest,) = client.get("/fhir/metadata").get_json()["rest"]
    defined = [client.get(path).get_json() for path in DEFINED]
    assert {(one["name"], one["definition"]) for one in rest["operation"]} == {
        (each["code"], each["url"]) for each in defined
    }


@pytest.mark.parametrize("path", [path for path, _ in OPERATIONS if path.startswith("/fhir/$mmn-")])
def test_an_operation_of_ours_is_defined_by_its_name(client: FlaskClient, path: str) -> None:
    definition = client.get(f"/fhir/OperationDefinition/{path.removeprefix('/fhir/$')}")
    assert definition.status_code == 200
    assert definition.get_json()["code"] == path.removeprefix("/fhir/$")
    assert client.get(path).status_code == 405


RULE_PAGES = [path for path, _ in OPERATIONS if path.startswith("/rules")]


@pytest.mark.parametrize("path", RULE_PAGES)
def test_what_is_said_of_the_rules_answers_as_its_schema_says(client: FlaskClient, path: str) -> None:
    (parameter,) = DOCUMENT["paths"][path].get("parameters", [{"example": ""}])
    answer = client.get(re.sub(r"{\w+}", parameter["example"], path), headers={"Accept": "application/json"})
    assert answer.status_code == 200
    content = OPERATIONS[path, "get"]["responses"]["200"]["content"]["application/json"]
    assert list(validator_of(content["schema"]).iter_errors(answer.get_json())) == []


def routes_of(app: Flask) -> set[tuple[str, str]]:
    """The routes of an app as a document writes them, with the services one by one."""
    found = set()
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(\w+)>", r"{\1}", rule.rule).replace("{service_id}", "{id}")
        paths = [path.replace("{id}", service) for service in SERVICES] if path.endswith("{id}") else [path]
        found |= {(each, method.lower()) for each in paths for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    return found


def validator_of(schema: dict[str, Any]) -> Draft202012Validator:
    """A validator for a schema that refers to the components of the document."""
    return Draft202012Validator({**schema, "components": DOCUMENT["components"]})


def contents_in(value: Any) -> list[dict[str, Any]]:
    """Everything in a document that has a schema and an example beside it."""
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    found = [one for child in children for one in contents_in(child)]
    return [*found, value] if isinstance(value, dict) and {"schema", "example"} <= value.keys() else found
