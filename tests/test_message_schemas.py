"""The JSON Schemas of the messages, and the reader of requests beside them: both say the same of every sample."""

from collections.abc import Iterator

import orjson
import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from service.app import create_app
from service.settings import Settings
from service.web.message_schemas import components, schema_files, validator
from tests.message_samples import Sample, samples
from tests.shipped import shipped

REQUESTS = list(samples("requests"))
ALL = [*REQUESTS, *samples("responses"), *samples("discovery"), *samples("feedback")]
GOOD, BAD = [one for one in ALL if not one.wrong], [one for one in ALL if one.wrong]


def named(sample: Sample) -> str:
    return f"{sample.schema}: {sample.name}"


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app(Settings(profile="local", store="sqlite:///:memory:"), shipped()).test_client()


@pytest.mark.conforms("CRD-10", "ACT-4", "SYS-1", "EXT-1")
@pytest.mark.parametrize("sample", GOOD, ids=named)
def test_a_good_message_is_valid(sample: Sample) -> None:
    assert [error.message for error in validator(sample.schema).iter_errors(sample.body)] == []


@pytest.mark.conforms(
    "GEN-2",
    "GEN-3",
    "DIS-4",
    "DIS-6",
    "PRE-1",
    "PRE-2",
    "PRE-4",
    "CRD-1",
    "CRD-2",
    "CRD-3",
    "CRD-6",
    "CRD-8",
    "CRD-9",
    "CRD-10",
    "SRC-1",
    "SRC-3",
    "SUG-1",
    "SUG-3",
    "SUG-5",
    "ACT-1",
    "ACT-4",
    "LNK-1",
    "LNK-2",
    "OVR-1",
    "COD-1",
    "SYS-1",
    "SYS-2",
    "EXT-1",
)
@pytest.mark.parametrize("sample", BAD, ids=named)
def test_a_bad_message_is_refused_at_the_place_that_is_wrong(sample: Sample) -> None:
    assert sample.wrong in places_of(validator(sample.schema).iter_errors(sample.body))


@pytest.mark.conforms("GEN-7", "REQ-2", "REQ-3", "REQ-5", "REQ-6", "REQ-7", "REQ-8", "REQ-10", "RSP-3")
@pytest.mark.parametrize("sample", REQUESTS, ids=named)
def test_the_service_answers_a_call_as_its_schema_says(client: FlaskClient, sample: Sample) -> None:
    hook = sample.body.get("hook")
    service = hook if hook in ("patient-view", "order-select", "order-sign") else "order-select"
    headers = {"Content-Type": "application/json"}
    answer = client.post(f"/cds-services/mmn-{service}", data=orjson.dumps(sample.body), headers=headers)
    assert answer.status_code == (400 if sample.wrong else sample.answer), answer.get_json()


def test_each_schema_file_is_a_schema_of_2020_12() -> None:
    for file in schema_files().values():
        assert file["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        Draft202012Validator.check_schema(file)


def test_a_definition_has_a_name_of_its_own_and_every_reference_leads_somewhere() -> None:
    names = [name for file in schema_files().values() for name in file["$defs"]]
    assert len(set(names)) == len(names)
    for reference in references_in(components()):
        assert reference.removeprefix("#/components/schemas/") in names, reference


def places_of(errors: Iterator[ValidationError]) -> set[str]:
    """Where the errors are, also those of alternatives."""
    return {".".join(map(str, error.absolute_path)) or "the body" for error in errors}


def references_in(value: object) -> Iterator[str]:
    """Every ``$ref`` inside a schema."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from references_in(item)
