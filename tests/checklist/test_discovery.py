"""Discovery as an EHR reads it, over HTTP.

DIS-1 DIS-2 DIS-4 DIS-5 DIS-6 DIS-8, GEN-2 GEN-3 GEN-4, PRE-1 PRE-2   the schema of discovery
DIS-7 DIS-10 DIS-11 DIS-12 DIS-13 DIS-14, GEN-1 GEN-6, PRE-3 PRE-4 PRE-5, REQ-11   a test each
"""

import re
from pathlib import Path

import pytest

from service.json_guard import read_json
from service.web.message_schemas import validator
from tests.checklist.place import Place
from tests.ehr.client import DISCOVERY, Ehr, path_of

ADVERTISED = Path(__file__).parents[1] / "cases" / "cds_hooks" / "advertised.json"
PLAIN_PARAMETERS = {"patient", "code", "questionnaire", "status", "category", "date", "_sort", "_count"}


@pytest.mark.conforms("GEN-1", "DIS-1", "DIS-2", "DIS-4", "DIS-5", "DIS-6", "DIS-8", "PRE-1", "PRE-2")
def test_discovery_is_one_address_below_the_base_and_follows_its_schema(ehr: Ehr) -> None:
    answer = ehr.signed("GET", DISCOVERY)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    # The strict reader refuses comments, trailing commas and what stands twice.
    content = read_json(answer.body)
    assert [error.message for error in validator("Discovery").iter_errors(content)] == []


@pytest.mark.conforms("DIS-14")
def test_what_is_advertised_is_what_the_file_of_promises_says(ehr: Ehr) -> None:
    services = ehr.discover().values()
    said = {each["id"]: {key: each[key] for key in ("hook", "version", "prefetch")} for each in services}
    assert read_json(ADVERTISED.read_bytes()) == said


@pytest.mark.conforms("DIS-10", "DIS-11")
def test_every_advertised_service_can_be_called_at_its_own_id(ehr: Ehr) -> None:
    services = ehr.discover()
    assert len({each["id"] for each in services.values()}) == 3
    for hook, service in services.items():
        assert ehr.post(f"{DISCOVERY}/{service['id']}", ehr.hook_call(hook)).status == 200


@pytest.mark.conforms("DIS-7")
def test_the_usage_requirements_name_keys_scopes_and_the_412(ehr: Ehr) -> None:
    for service in ehr.discover().values():
        said = service["usageRequirements"]
        types = {template.partition("?")[0].partition("/")[0] for template in service["prefetch"].values()}
        assert all(key in said for key in service["prefetch"])
        scopes = set(re.findall(r"patient/(\w+)\.read", said))
        assert types | {"Procedure"} <= scopes <= types | {"Procedure", "DiagnosticReport", "DocumentReference"}
        assert "412" in said


@pytest.mark.conforms("PRE-3", "PRE-4", "PRE-5")
def test_the_only_token_in_a_template_is_the_patient_and_each_parameter_stands_once(ehr: Ehr) -> None:
    for service in ehr.discover().values():
        for template in service["prefetch"].values():
            assert set(re.findall(r"\{\{.*?\}\}", template)) == {"{{context.patientId}}"}
            names = re.findall(r"[?&]([^=]+)=", template)
            assert len(set(names)) == len(names)
            assert set(names) <= PLAIN_PARAMETERS


@pytest.mark.conforms("DIS-13")
def test_a_token_for_discovery_opens_nothing_else_and_none_other_opens_discovery(ehr: Ehr) -> None:
    for meant_for, used_at in ((DISCOVERY, path_of("patient-view")), (path_of("patient-view"), DISCOVERY)):
        proof = {"Authorization": f"Bearer {ehr.token(meant_for)}", "Content-Type": "application/json"}
        assert ehr.raw("GET" if used_at == DISCOVERY else "POST", used_at, b"{}", proof).status == 401


@pytest.mark.conforms("DIS-13")
def test_nobody_reads_discovery_without_a_token(place: Place) -> None:
    answer = place.ehr().raw("GET", DISCOVERY)
    assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")
