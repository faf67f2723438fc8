"""What an EHR gets to show, for a handful of patients and every hook, by the response schema and beyond it.

RSP-1 RSP-5, CRD-1 to CRD-3 CRD-6 to CRD-10, SRC-1 SRC-3, SUG-1 SUG-3 SUG-5, ACT-1 ACT-4, LNK-1 to LNK-3, OVR-1 COD-1,
SYS-1 SYS-2, EXT-1, GEN-2 to GEN-4 GEN-6   test_every_answer_follows_the_response_schema
RSP-2           test_a_patient_without_a_sign_of_mmn_gets_no_card
CRD-4 SUG-2     test_no_two_cards_or_suggestions_share_a_uuid
SUG-4 CRD-9     test_a_suggestion_is_one_action_and_any_of_them_may_be_taken
ACT-2 ACT-3 GEN-5   test_what_is_suggested_is_valid_r4_for_the_patient_of_the_call
SRC-3           test_a_topic_is_the_same_in_every_call
SAF-1           test_links_go_to_published_hosts_only
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from fhir.resources.R4B import get_fhir_model_class

from service.json_guard import read_json
from service.web.message_schemas import validator
from tests.ehr import Ehr
from tests.ehr.client import templates_of
from tests.hook_calls import HOOKS, call_of, drafts_for
from tests.patient_folders import PatientFolder, patient_folders

PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"
CHOSEN = (
    "definite-block-in-the-ulnar-forearm",
    "als-in-the-chart-and-raised-creatine-kinase",
    "effect-ends-before-the-next-course",
    "first-course-of-immunoglobulin-too-high",
    "immunoglobulin-in-iga-deficiency-with-antibodies",
    "nothing-points-to-mmn",
)
FOLDERS = [folder for folder in patient_folders() if folder.name in CHOSEN]
by_hook = pytest.mark.parametrize("hook", HOOKS)
by_folder = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
Card = dict[str, Any]


def cards_for(ehr: Ehr, folder: PatientFolder, hook: str) -> list[Card]:
    return ehr.call(call_of(folder, hook, templates_of(ehr, hook))).cards


def all_cards(ehr: Ehr) -> list[Card]:
    return [card for folder in FOLDERS for hook in HOOKS for card in cards_for(ehr, folder, hook)]


def suggestions_in(cards: list[Card]) -> Iterator[Card]:
    return (suggestion for card in cards for suggestion in card.get("suggestions", ()))


@pytest.mark.conforms(
    "GEN-2",
    "GEN-3",
    "GEN-4",
    "GEN-6",
    "RSP-1",
    "RSP-5",
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
    "SUG-5",
    "ACT-1",
    "ACT-4",
    "LNK-1",
    "LNK-2",
    "LNK-3",
    "OVR-1",
    "COD-1",
    "SYS-1",
    "SYS-2",
    "EXT-1",
)
@by_hook
@by_folder
def test_every_answer_follows_the_response_schema(ehr: Ehr, folder: PatientFolder, hook: str) -> None:
    answer = ehr.call(call_of(folder, hook, templates_of(ehr, hook)))
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    content = read_json(answer.body)
    assert [error.message for error in validator("HookResponse").iter_errors(content)] == []
    assert answer.json.keys() == {"cards"}


def test_the_chosen_patients_give_something_of_every_kind_to_look_at(ehr: Ehr) -> None:
    cards = all_cards(ehr)
    assert len(FOLDERS) == len(CHOSEN)
    assert {card["indicator"] for card in cards} == {"info", "warning", "critical"}
    actions = [action["type"] for suggestion in suggestions_in(cards) for action in suggestion["actions"]]
    assert {"update", "delete"} <= set(actions) <= {"create", "update", "delete"}
    assert all(any(part in card for card in cards) for part in ("links", "overrideReasons", "detail"))


@pytest.mark.conforms("RSP-2")
def test_a_patient_without_a_sign_of_mmn_gets_no_card(ehr: Ehr) -> None:
    (folder,) = [folder for folder in FOLDERS if folder.name == "nothing-points-to-mmn"]
    assert cards_for(ehr, folder, "patient-view") == []


@pytest.mark.conforms("CRD-4", "SUG-2")
def test_no_two_cards_or_suggestions_share_a_uuid(ehr: Ehr) -> None:
    cards = all_cards(ehr) + all_cards(ehr)
    uuids = [one["uuid"] for one in (*cards, *suggestions_in(cards))]
    assert len(set(uuids)) == len(uuids) > 20


@pytest.mark.conforms("CRD-9", "SUG-4")
def test_a_suggestion_is_one_action_and_any_of_them_may_be_taken(ehr: Ehr) -> None:
    for card in all_cards(ehr):
        assert card.get("selectionBehavior", "any") == "any"
        assert all(len(suggestion["actions"]) == 1 for suggestion in card.get("suggestions", ()))


@pytest.mark.conforms("GEN-5", "ACT-2", "ACT-3")
@by_hook
@by_folder
def test_what_is_suggested_is_valid_r4_for_the_patient_of_the_call(ehr: Ehr, folder: PatientFolder, hook: str) -> None:
    patient = call_of(folder, hook, templates_of(ehr, hook))["context"]["patientId"]
    drafts = {draft["id"]: draft for draft in drafts_for(patient)}
    for suggestion in suggestions_in(cards_for(ehr, folder, hook)):
        (action,) = suggestion["actions"]
        if action["type"] == "delete":
            assert action["resourceId"].partition("/")[2] in drafts
            continue
        resource = action["resource"]
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
        assert resource["subject"]["reference"] == f"Patient/{patient}"
        if action["type"] == "update":
            assert {**resource, "dosageInstruction": []} == {**drafts[resource["id"]], "dosageInstruction": []}
        else:
            assert (resource["status"], resource["intent"], "id" in resource) == ("draft", "order", False)


@pytest.mark.conforms("SRC-3")
def test_a_topic_is_the_same_in_every_call(ehr: Ehr) -> None:
    first, second = ([card["source"]["topic"]["code"] for card in all_cards(ehr)] for _ in range(2))
    assert first == second
    assert all(re.fullmatch(r"[A-Za-z0-9]{1,100}", topic) for topic in first)


@pytest.mark.conforms("SAF-1")
def test_links_go_to_published_hosts_only(ehr: Ehr) -> None:
    published = set(
        re.findall(r"^- `([^`]+)`", PAGE.read_text(encoding="utf-8").partition("## Hosts")[2], re.MULTILINE)
    )
    urls = [urlsplit(link["url"]) for card in all_cards(ehr) for link in card.get("links", ())]
    assert {url.scheme for url in urls} == {"https"}
    assert {url.hostname for url in urls} <= {*published, urlsplit(ehr.service.public_url).hostname}
