"""Results go back when verdicts change, and only then: to the FHIR server, or to a webhook that is signed."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from fhir.resources.R4B import get_fhir_model_class
from standardwebhooks import Webhook

from service.evaluate import Evaluator
from service.notifications.embedded import work_off
from service.notifications.worker import Worker
from tests.fake_fhir import Asked
from tests.fake_fhir.behaviours import in_turn, status
from tests.fake_fhir.server import serve
from tests.hospital import ENGINE, Hospital
from tests.shipped import shipped
from tests.test_notifications import CHART, NAME, OTHERS, PATIENT, STUDIES, transaction

Json = dict[str, Any]
SECRET = "whsec_" + b64encode(b"s" * 24).decode()


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    return shipped()


@pytest.fixture
def told(tmp_path: Path, evaluator: Evaluator) -> Iterator[Hospital]:
    """An engine whose results go to its FHIR server."""
    with Hospital(tmp_path, evaluator, results="fhir") as made:
        yield made


@pytest.fixture
def hooked(tmp_path: Path, evaluator: Evaluator) -> Iterator[Hospital]:
    """An engine whose results go to a webhook."""
    (tmp_path / "hook").write_text(SECRET)
    with Hospital(tmp_path, evaluator, results="webhook", webhook_secret_file=tmp_path / "hook") as made:
        made.ehr.behave(status(204), on="hook")
        yield made


def correct(at: Hospital) -> Json:
    """All studies are entered in error on the server, and a message says so."""
    wrong = [{**each, "status": "entered-in-error"} for each in STUDIES]
    at.ehr.resources[:] = [
        each for each in at.ehr.resources if each["resourceType"] in ("GuidanceResponse", "DetectedIssue")
    ] + [PATIENT, *OTHERS, *wrong]
    return transaction(*wrong)


def on_server(at: Hospital, kind: str) -> list[Json]:
    return [dict(each) for each in at.ehr.resources if each["resourceType"] == kind]


def after(at: Hospital, minutes: int) -> Worker:
    """The worker, so many minutes later."""
    return replace(at.worker, now=lambda: at.worker.now() + timedelta(minutes=minutes))


def puts(at: Hospital) -> list[Asked]:
    return [each for each in at.ehr.asked if each.method == "PUT"]


def hooks(at: Hospital) -> list[Asked]:
    return at.ehr.asked_for("hook")


def test_a_class_that_is_reached_is_told_as_guidance_and_each_advice_as_an_issue(told: Hospital) -> None:
    told.post(ENGINE)
    work_off(told.worker)
    (guidance,) = on_server(told, "GuidanceResponse")
    assert guidance["subject"] == {"reference": NAME}
    assert {"name": "reached", "valueString": "definite"} in guidance["contained"][0]["parameter"]
    assert guidance["status"] in ("success", "data-required")
    assert on_server(told, "DetectedIssue")
    for resource in (guidance, *on_server(told, "DetectedIssue")):
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
        assert resource["identifier"][0]["system"].startswith("https://mmn-cds.example.org/")
    assert all("authorization" in each.headers for each in puts(told))


def test_what_says_the_same_again_is_not_told_again(told: Hospital) -> None:
    told.post(ENGINE)
    work_off(told.worker)
    before = len(puts(told))
    told.post(ENGINE, transaction(*CHART))
    work_off(told.worker)
    assert len(puts(told)) == before


def test_a_correction_takes_back_what_was_told(told: Hospital) -> None:
    told.post(ENGINE)
    work_off(told.worker)
    issues = {each["identifier"][0]["value"] for each in on_server(told, "DetectedIssue")}
    told.post(ENGINE, correct(told))
    work_off(told.worker)
    (guidance,) = on_server(told, "GuidanceResponse")
    assert {"name": "reached", "valueString": "definite"} not in guidance["contained"][0]["parameter"]
    by_status: dict[str, set[str]] = {}
    for each in on_server(told, "DetectedIssue"):
        get_fhir_model_class("DetectedIssue").model_validate(each)
        by_status.setdefault(each["status"], set()).add(each["identifier"][0]["value"])
    assert issues <= by_status.get("entered-in-error", set()) | by_status.get("final", set())
    assert by_status["entered-in-error"] & issues


def test_a_chart_of_which_nothing_can_be_said_is_not_told_of(told: Hospital) -> None:
    told.ehr.resources[:] = [PATIENT]
    told.post(ENGINE)
    work_off(told.worker)
    assert puts(told) == []


def test_a_chart_that_comes_to_hold_nothing_has_its_guidance_entered_in_error(told: Hospital) -> None:
    told.post(ENGINE)
    work_off(told.worker)
    told.ehr.resources[:] = [*on_server(told, "GuidanceResponse"), *on_server(told, "DetectedIssue"), PATIENT]
    told.post(ENGINE, transaction(*CHART))
    work_off(told.worker)
    (guidance,) = on_server(told, "GuidanceResponse")
    assert guidance["status"] == "entered-in-error"
    assert {each["status"] for each in on_server(told, "DetectedIssue")} == {"entered-in-error"}


def test_what_does_not_arrive_is_sent_later_and_is_there_once(told: Hospital) -> None:
    told.ehr.behave(in_turn(status(503), serve), on="GuidanceResponse")
    told.post(ENGINE)
    work_off(told.worker)
    assert on_server(told, "GuidanceResponse") == []
    later = after(told, 1)
    work_off(later)
    assert len(on_server(told, "GuidanceResponse")) == 1


def test_changes_of_a_patient_arrive_in_their_order(told: Hospital) -> None:
    """The first waits for its next try, so the second waits behind it."""
    told.ehr.behave(in_turn(status(503), serve), on="GuidanceResponse")
    told.post(ENGINE)
    work_off(told.worker)
    told.post(ENGINE, correct(told))
    work_off(told.worker)
    assert on_server(told, "GuidanceResponse") == []
    later = after(told, 1)
    work_off(later)
    (guidance,) = on_server(told, "GuidanceResponse")
    assert {"name": "reached", "valueString": "definite"} not in guidance["contained"][0]["parameter"]


def test_a_webhook_is_signed_and_says_what_changed(hooked: Hospital) -> None:
    hooked.post(ENGINE)
    work_off(hooked.worker)
    (sent,) = hooks(hooked)
    Webhook(SECRET).verify(sent.body, dict(sent.headers))
    event = orjson.loads(sent.body)
    assert event["type"] == "mmn.verdicts.changed"
    assert event["data"]["patient"] == NAME
    assert (event["data"]["classification"]["reached"], event["data"]["reachedBefore"]) == ("definite", "none")
    hooked.post(ENGINE, correct(hooked))
    work_off(hooked.worker)
    second = orjson.loads(hooks(hooked)[1].body)
    assert second["data"]["reachedBefore"] == "definite"
    assert second["data"]["withdrawn"]


def test_a_webhook_that_fails_gets_the_same_event_under_the_same_id(hooked: Hospital) -> None:
    hooked.ehr.behave(in_turn(status(500), status(204)), on="hook")
    hooked.post(ENGINE)
    work_off(hooked.worker)
    work_off(after(hooked, 1))
    first, second = hooks(hooked)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    Webhook(SECRET).verify(second.body, dict(second.headers))


def test_what_the_receiver_will_never_take_is_a_dead_letter_in_the_end(hooked: Hospital) -> None:
    hooked.ehr.behave(status(400), on="hook")
    hooked.post(ENGINE)
    for minutes in range(0, 60, 5):
        work_off(after(hooked, minutes))
    assert len(hooks(hooked)) == 5
    assert 'mmn_cds_outbox{state="dead"} 1.0' in hooked.metrics()


def test_of_a_patient_who_is_deleted_nothing_holds_any_more(hooked: Hospital) -> None:
    hooked.post(ENGINE)
    work_off(hooked.worker)
    hooked.ehr.resources[:] = []
    gone = {"request": {"method": "DELETE", "url": NAME}}
    taken = hooked.post(ENGINE, {"resourceType": "Bundle", "type": "transaction", "entry": [gone]})
    work_off(hooked.worker)
    assert hooked.status(ENGINE, taken).get_json()["status"] == "failed"
    event = orjson.loads(hooks(hooked)[1].body)
    assert event["data"]["patient"] == NAME
    assert (event["data"]["reachedBefore"], event["data"]["classification"]["reached"]) == ("definite", "none")
    assert event["data"]["withdrawn"]
    hooked.post(ENGINE, transaction(*CHART))
    work_off(hooked.worker)
    assert len(hooks(hooked)) == 2
