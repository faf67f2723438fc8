"""Discovery's queries: what every CDS client can answer, and no more than rules read (CDS Hooks 2.0.1)."""

import re
from urllib.parse import parse_qsl

import pytest

from service.fhir.intake.resource_types import RESOURCE_TYPES
from tests.shipped import shipped

EVALUATOR = shipped()
TEMPLATES = {**EVALUATOR.prefetch_templates(), **EVALUATOR.optional_prefetch_templates()}
TOKEN = re.compile(r"\{\{(.*?)\}\}")


@pytest.mark.parametrize("key", TEMPLATES)
def test_a_template_is_a_read_or_a_search_of_one_type(key: str) -> None:
    path, _, query = TEMPLATES[key].partition("?")
    resource_type, _, identity = path.partition("/")
    assert resource_type in RESOURCE_TYPES
    assert bool(identity) != bool(query)


@pytest.mark.parametrize("key", TEMPLATES)
def test_the_only_token_is_the_patient_of_the_context(key: str) -> None:
    assert TOKEN.findall(TEMPLATES[key]) == ["context.patientId"]
    assert not set(TOKEN.sub("", TEMPLATES[key])) & set("{}%()")


@pytest.mark.parametrize("key", [key for key in TEMPLATES if "?" in TEMPLATES[key]])
def test_searches_use_the_parameters_that_every_server_has_each_once(key: str) -> None:
    pairs = parse_qsl(TEMPLATES[key].partition("?")[2], strict_parsing=True)
    names = [name for name, _ in pairs]
    assert names in (["patient"], ["patient", "code"], ["patient", "questionnaire"])
    codes = dict(pairs).get("code", "")
    assert all(re.fullmatch(r"[a-z]+:[^|,\s]+\|[A-Za-z0-9.\-]+", each) for each in codes.split(",") if codes)


def test_every_query_is_short_enough_for_the_servers_that_there_are() -> None:
    assert max(map(len, TEMPLATES.values())) < 4000


def test_every_observation_is_asked_for_by_codes_that_a_mapping_reads() -> None:
    asked = {
        code
        for template in TEMPLATES.values()
        if "code=" in template
        for code in template.partition("code=")[2].split(",")
    }
    kinds = ("Observation", "MedicationAdministration")
    read = {f"{system}|{code}" for kind in kinds for _, system, code in EVALUATOR.mappings.codes_for(kind)}
    assert asked <= read
