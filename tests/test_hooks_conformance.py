"""CDS Hooks 2.0.1 over HTTP, for every patient folder and every hook; docs/conformance.md says what tries what."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
from fhir.resources.R4B import get_fhir_model_class
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.app import create_app
from service.json_guard import read_json
from service.knowledge.model import Knowledge
from service.settings import Settings
from service.web.answers import exact_number
from service.web.message_schemas import validator
from tests.hook_calls import HOOKS, call_of, drafts_for, patient_of
from tests.patient_folders import PatientFolder, patient_folders
from tests.shipped import shipped

EVALUATOR = shipped()
OWN = "https://cds.example.org/mmn"
CLIENT = create_app(Settings(profile="local", store="sqlite:///:memory:", public_url=OWN), EVALUATOR).test_client()
TEMPLATES = EVALUATOR.prefetch_templates() | EVALUATOR.optional_prefetch_templates()
FOLDERS = {folder.name: folder for folder in patient_folders()}
ADVERTISED = Path(__file__).parent / "cases" / "cds_hooks" / "advertised.json"
PAGE = Path(__file__).parents[1] / "docs" / "conformance.md"
HEADERS = {"Content-Type": "application/json"}
REASONS = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"
HL7_REASONS = frozenset(
    "cds-not-applicable cds-suboptimal-context recipient-disagrees-evidence recipient-concerns-outcomes "
    "does-not-align-preferences not-convenient-feasible action-completed patient-contraindication patient-refuses "
    "too-costly-uncovered service-not-available recipient-does-not-understand patient-ineligible "
    "action-unsuccessful prefers-alternative".split()
)
Json = dict[str, Any]
by_folder = pytest.mark.parametrize("folder", FOLDERS.values(), ids=lambda folder: folder.name)
by_hook = pytest.mark.parametrize("hook", HOOKS)


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return CLIENT


def post(client: FlaskClient, call: Json) -> TestResponse:
    return client.post(
        f"/cds-services/mmn-{call['hook']}", data=orjson.dumps(call, default=exact_number), headers=HEADERS
    )


def answer_to(folder: PatientFolder, hook: str, time: int = 1) -> Json:
    """The answer to a call that is made for the first or the second time."""
    return _answer_to(folder.name, hook, time)


@cache
def _answer_to(name: str, hook: str, time: int) -> Json:
    answered = post(CLIENT, call_of(FOLDERS[name], hook, TEMPLATES))
    assert answered.status_code == 200, (time, answered.get_json())
    assert answered.content_type == "application/json"
    # Exactly as sent: a strict reader, which refuses comments, trailing commas and keys that stand twice.
    content: Any = read_json(answered.get_data())
    return dict(content)


def cards_of(folder: PatientFolder, time: int = 1) -> list[Json]:
    """The cards of all three hooks."""
    return [card for hook in HOOKS for card in answer_to(folder, hook, time)["cards"]]


def actions_in(cards: list[Json]) -> Iterator[Json]:
    return (action for card in cards for one in card.get("suggestions", ()) for action in one["actions"])


# --- Every answer to every patient ---


@pytest.mark.conforms(
    "GEN-1",
    "GEN-2",
    "GEN-3",
    "GEN-4",
    "GEN-6",
    "RSP-1",
    "CRD-1",
    "CRD-2",
    "CRD-3",
    "CRD-6",
    "CRD-7",
    "CRD-8",
    "CRD-10",
    "SRC-1",
    "SUG-1",
    "SUG-3",
    "ACT-1",
    "ACT-4",
    "LNK-1",
    "COD-1",
)
@by_hook
@by_folder
def test_every_answer_follows_the_response_schema(folder: PatientFolder, hook: str) -> None:
    answer = answer_to(folder, hook)
    assert [error.message for error in validator("HookResponse").iter_errors(answer)] == []


@pytest.mark.conforms("CRD-7")
def test_the_folders_give_cards_suggestions_and_links_to_look_at() -> None:
    cards = [card for folder in FOLDERS.values() for card in cards_of(folder)]
    assert {card["indicator"] for card in cards} == {"info", "warning", "critical"}
    assert {action["type"] for action in actions_in(cards)} == {"create", "update", "delete"}
    assert any("links" in card for card in cards)


@pytest.mark.conforms("CRD-4", "SUG-2")
@by_folder
def test_no_two_cards_or_suggestions_of_any_call_share_a_uuid(folder: PatientFolder) -> None:
    cards = cards_of(folder) + cards_of(folder, 2)
    uuids = [one["uuid"] for card in cards for one in (card, *card.get("suggestions", ()))]
    assert len(set(uuids)) == len(uuids)


@pytest.mark.conforms("CRD-9", "SUG-4")
@by_folder
def test_a_suggestion_has_one_action_and_only_needs_a_client_that_knows_any(folder: PatientFolder) -> None:
    for card in cards_of(folder):
        assert all(len(suggestion["actions"]) == 1 for suggestion in card.get("suggestions", ()))
        assert card.get("selectionBehavior", "any") == "any"


@pytest.mark.conforms("GEN-5", "ACT-2")
@by_folder
def test_what_is_created_is_a_valid_draft_for_the_patient(folder: PatientFolder) -> None:
    for action in actions_in(cards_of(folder)):
        if action["type"] == "create":
            resource = action["resource"]
            get_fhir_model_class(resource["resourceType"]).model_validate(resource)
            assert (resource["status"], resource["intent"]) == ("draft", "order")
            assert resource["subject"]["reference"] == f"Patient/{patient_of(folder)['id']}"
            assert "id" not in resource


@pytest.mark.conforms("GEN-5", "ACT-3")
@by_folder
def test_what_is_updated_is_the_whole_draft_of_the_request(folder: PatientFolder) -> None:
    drafts = {draft["id"]: draft for draft in drafts_for(patient_of(folder)["id"])}
    for action in actions_in(cards_of(folder)):
        if action["type"] == "update":
            resource = action["resource"]
            get_fhir_model_class(resource["resourceType"]).model_validate(resource)
            draft = drafts[resource["id"]]
            assert {**resource, "dosageInstruction": None} == {**draft, "dosageInstruction": None}


@pytest.mark.conforms("LNK-2", "SAF-1")
@by_folder
def test_links_are_https_to_a_host_of_the_published_list_and_open_no_app(folder: PatientFolder) -> None:
    for card in cards_of(folder):
        for link in card.get("links", ()):
            assert link.keys() == {"label", "url", "type"}
            assert link["type"] == "absolute"
            assert (
                urlsplit(link["url"]).scheme,
                urlsplit(link["url"]).hostname in {*published_hosts(), urlsplit(OWN).hostname},
            ) == (
                "https",
                True,
            )


@pytest.mark.conforms("SAF-1")
def test_every_source_that_a_card_may_link_to_is_on_a_published_host() -> None:
    knowledge: Knowledge = EVALUATOR.knowledge
    urls = [source.url for source in knowledge.sources.values() if source.url]
    assert {urlsplit(url).hostname for url in urls} == published_hosts()


@pytest.mark.conforms("OVR-1")
@by_folder
def test_override_reasons_are_codes_of_the_hl7_list_with_a_display(folder: PatientFolder) -> None:
    for card in cards_of(folder):
        for reason in card.get("overrideReasons", ()):
            assert (reason["system"], reason["code"] in HL7_REASONS) == (REASONS, True)
            assert reason["display"]


@pytest.mark.conforms("RSP-5", "SUG-5", "LNK-3", "SYS-1", "EXT-1")
@by_folder
def test_nothing_acts_by_itself(folder: PatientFolder) -> None:
    """No system action, no app that starts, no extension that a client would have to agree to."""
    answers = [answer_to(folder, hook) for hook in HOOKS]
    assert all(answer.keys() == {"cards"} for answer in answers)
    text = orjson.dumps(answers, default=exact_number).decode()
    assert not any(f'"{word}"' in text for word in ("autolaunchable", "appContext", "actionSelectionBehavior"))


@pytest.mark.conforms("SRC-3")
@by_folder
def test_a_topic_stays_the_same_from_call_to_call(folder: PatientFolder) -> None:
    first, second = ([card["source"]["topic"] for card in cards_of(folder, time)] for time in (1, 2))
    assert first == second


@pytest.mark.conforms("SRC-3")
def test_a_topic_is_made_of_the_id_of_its_rule_and_so_never_changes() -> None:
    ids = {name.replace("_", "").replace(".", "") for name in words_of(EVALUATOR.knowledge)}
    topics = {card["source"]["topic"]["code"] for folder in FOLDERS.values() for card in cards_of(folder)}
    assert {topic.removesuffix("WithRisks").lower() for topic in topics if not topic.startswith("mmnDiagnosis")} <= ids


# --- Discovery ---


@pytest.mark.conforms("GEN-4", "DIS-2", "DIS-4", "DIS-5", "DIS-6", "DIS-8", "PRE-1", "PRE-2")
def test_discovery_follows_its_schema(client: FlaskClient) -> None:
    assert [error.message for error in validator("Discovery").iter_errors(client.get("/cds-services").get_json())] == []


@pytest.mark.conforms("DIS-1")
def test_discovery_is_where_the_base_is(client: FlaskClient) -> None:
    plain, prefixed = (client.get("/cds-services", base_url=base) for base in ("https://a.org", "https://a.org/mmn"))
    assert (prefixed.status_code, prefixed.get_json()) == (200, plain.get_json())


@pytest.mark.conforms("DIS-10", "DIS-11")
def test_each_service_that_is_advertised_can_be_called_and_has_an_id_of_its_own(client: FlaskClient) -> None:
    ids = [service["id"] for service in client.get("/cds-services").get_json()["services"]]
    assert len(set(ids)) == len(ids) == len(HOOKS)
    assert {client.post(f"/cds-services/{each}", data=b"{}", headers=HEADERS).status_code for each in ids} == {400}


@pytest.mark.conforms("DIS-14")
def test_what_is_advertised_changes_only_on_purpose(client: FlaskClient) -> None:
    """Many clients read discovery once. After a change: the new list goes into the file, a line into the changelog."""
    services = client.get("/cds-services").get_json()["services"]
    said = {service["id"]: {key: service[key] for key in ("hook", "version", "prefetch")} for service in services}
    assert read_json(ADVERTISED.read_bytes()) == said


@pytest.mark.conforms("DIS-7")
def test_the_usage_requirements_name_every_prefetch_key(client: FlaskClient) -> None:
    for service in client.get("/cds-services").get_json()["services"]:
        assert all(key in service["usageRequirements"] for key in service["prefetch"])


@pytest.mark.conforms("PRE-5")
def test_templates_are_reads_or_searches_with_one_date_bound_at_most(client: FlaskClient) -> None:
    for service in client.get("/cds-services").get_json()["services"]:
        for template in service["prefetch"].values():
            names = re.findall(r"[?&]([^=&]+)=", template)
            assert len(set(names)) == len(names), "clients merge parameters that stand twice"
            assert not any("." in name or name.startswith("_has") for name in names), "no chains"


# --- Requests ---


@pytest.mark.conforms("REQ-9")
def test_an_extension_of_a_vendor_changes_nothing(client: FlaskClient) -> None:
    call = call_of(next(iter(FOLDERS.values())), "order-sign", TEMPLATES)
    extended = {**call, "extension": {"com.example.build": {"n": 1}}, "context": {**call["context"], "extension": {}}}
    plain, other = (post(client, each).get_json()["cards"] for each in (call, extended))
    assert [card["summary"] for card in plain] == [card["summary"] for card in other]
    assert plain


def words_of(knowledge: Knowledge) -> set[str]:
    """The ids of all rules, of now and of before, and of the groups that they join."""
    rules = list(knowledge.criteria.values())
    earlier = {f"{knowledge.id}.{rule.was}" for rule in rules if rule.was}
    return (
        {rule.id for rule in rules}
        | earlier
        | {f"{rule.id.split('.')[0]}.{rule.joins}" for rule in rules if rule.joins}
    )


def published_hosts() -> set[str]:
    """The hosts that docs/conformance.md lists."""
    part = PAGE.read_text(encoding="utf-8").partition("## Hosts that cards link to")[2].partition("\n## ")[0]
    return set(re.findall(r"^- `([a-z0-9.-]+)`", part, re.MULTILINE))
