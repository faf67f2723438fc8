"""Feedback over HTTP, and what ``mmn-cds feedback report`` makes of it.

FB-1 FB-6   test_feedback_on_a_real_card_is_reported_under_its_topic_and_counted_once
FB-2        test_a_batch_is_taken_and_a_bare_entry_is_not
FB-3 FB-4   test_an_entry_that_lacks_something_is_named_and_nothing_of_its_batch_kept
FB-5 FB-8   test_a_reason_a_comment_both_or_none_may_come_and_the_answer_is_empty
FB-7        tests/checklist/test_signed_calls.py
FB-9        test_the_report_never_shows_a_comment
"""

from typing import Any
from uuid import uuid4

import orjson
import pytest

from tests.checklist.place import Place
from tests.ehr import Ehr
from tests.ehr.client import templates_of
from tests.hook_calls import call_of
from tests.patient_folders import patient_folders

REASON = {"system": "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes", "code": "patient-refuses"}
COMMENT = "comment-canary: prefers to wait"
HOOK = "order-sign"
Json = dict[str, Any]


def overridden(card: str, **override: object) -> Json:
    entry: Json = {"card": card, "outcome": "overridden", "outcomeTimestamp": "2026-03-04T10:20:00Z"}
    return {**entry, "overrideReason": override} if override else entry


def accepted(card: str, suggestion: str) -> Json:
    entry: Json = {"card": card, "outcome": "accepted", "outcomeTimestamp": "2026-03-04T11:20:00+01:00"}
    return {**entry, "acceptedSuggestions": [{"id": suggestion}]}


def reported(place: Place) -> dict[str, Json]:
    rows = orjson.loads(place.service.command("feedback", "report", "--json"))["feedback"]
    return {row["topic"]: row for row in rows}


def unmatched(place: Place) -> Json:
    """What was told of cards that are not ours: uuids that a test made up."""
    return reported(place).get("", {"overridden": 0, "accepted": 0, "comments": 0})


def total(place: Place) -> int:
    return sum(row["cards"] for row in reported(place).values())


@pytest.mark.conforms("FB-1", "FB-6")
def test_feedback_on_a_real_card_is_reported_under_its_topic_and_counted_once(place: Place, ehr: Ehr) -> None:
    (folder,) = [folder for folder in patient_folders() if folder.name == "definite-block-in-the-ulnar-forearm"]
    cards = ehr.call(call_of(folder, HOOK, templates_of(ehr, HOOK))).cards
    card = next(card for card in cards if "suggestions" in card)
    topic, suggestion = card["source"]["topic"]["code"], card["suggestions"][0]["uuid"]
    before = reported(place).get(topic, {"accepted": 0})
    for _ in range(2):
        assert ehr.feedback(HOOK, accepted(card["uuid"], suggestion)).status == 200
    assert reported(place)[topic]["accepted"] == before["accepted"] + 1


@pytest.mark.conforms("FB-2")
def test_a_batch_is_taken_and_a_bare_entry_is_not(place: Place, ehr: Ehr) -> None:
    before = total(place)
    assert ehr.feedback(HOOK, *(overridden(str(uuid4()), userComment=COMMENT) for _ in range(3))).status == 200
    assert ehr.post("/cds-services/mmn-order-sign/feedback", overridden(str(uuid4()))).status == 400
    assert total(place) == before + 3


@pytest.mark.conforms("FB-3", "FB-4")
@pytest.mark.parametrize("left_out", ["card", "outcome", "outcomeTimestamp", "acceptedSuggestions"])
def test_an_entry_that_lacks_something_is_named_and_nothing_of_its_batch_kept(
    place: Place, ehr: Ehr, left_out: str
) -> None:
    before = total(place)
    wrong = accepted(str(uuid4()), str(uuid4()))
    del wrong[left_out]
    answer = ehr.feedback(HOOK, overridden(str(uuid4())), wrong)
    assert answer.status == 400
    assert f"feedback[1].{left_out}" in answer.json["issue"][0]["diagnostics"]
    assert total(place) == before


@pytest.mark.conforms("FB-5", "FB-8")
@pytest.mark.parametrize(
    "override",
    [
        {"reason": {**REASON, "display": "Patient refuses"}, "userComment": COMMENT},
        {"reason": REASON},
        {"userComment": COMMENT},
        {},
    ],
)
def test_a_reason_a_comment_both_or_none_may_come_and_the_answer_is_empty(
    place: Place, ehr: Ehr, override: Json
) -> None:
    before = unmatched(place)
    answer = ehr.feedback(HOOK, overridden(str(uuid4()), **override))
    assert (answer.status, answer.json) == (200, {})
    after = unmatched(place)
    assert (after["overridden"], after["accepted"]) == (before["overridden"] + 1, before["accepted"])
    assert after["comments"] == before["comments"] + ("userComment" in override)


@pytest.mark.conforms("FB-9")
def test_the_report_never_shows_a_comment(place: Place, ehr: Ehr) -> None:
    ehr.feedback(HOOK, overridden(str(uuid4()), reason=REASON, userComment=COMMENT))
    page = place.service.command("feedback", "report", COLUMNS="200")
    assert "patient-refuses" in page
    assert "comment-canary" not in page + place.service.command("feedback", "report", "--json")
