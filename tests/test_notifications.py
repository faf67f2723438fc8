"""Engines and Subscriptions notify; what counts is the whole chart on the FHIR server, whatever was posted."""

from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from service.app import create_app
from service.evaluate import Evaluator
from service.notifications.embedded import work_off
from service.notified import notification_worker
from service.settings import Settings
from service.store.database import Database
from tests.fake_fhir.behaviours import hang, status
from tests.notifying import ENDPOINT, OPERATION, Desk, desk, exactly
from tests.patient_folders import patient_folders

Json = dict[str, Any]
FOLDER = next(each for each in patient_folders() if each.name == "definite-block-in-the-ulnar-forearm")
CHART: list[Json] = [entry["resource"] for entry in FOLDER.bundle["entry"]]
(PATIENT,) = [each for each in CHART if each["resourceType"] == "Patient"]
NAME = f"Patient/{PATIENT['id']}"
STUDIES = [each for each in CHART if "conduction" in str(each.get("code"))]
OTHERS = [each for each in CHART if each not in STUDIES and each is not PATIENT]
PARTS = {"patient": [PATIENT], "examination": OTHERS, "studies": STUDIES}
HEART_BEAT = {
    "resourceType": "Bundle",
    "type": "history",
    "entry": [{"resource": {"resourceType": "Parameters", "parameter": []}}],
}


def transaction(*resources: Json) -> Json:
    entries = [
        {"resource": each, "request": {"method": "PUT", "url": f"{each['resourceType']}/{each['id']}"}}
        for each in resources
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def notification(kind: str, focus: str = "", number: str = "") -> Json:
    parts = [
        *([{"name": "event-number", "valueString": number}] if number else []),
        *([{"name": "focus", "valueReference": {"reference": focus}}] if focus else []),
    ]
    event = [{"name": "notification-event", "part": parts}] if parts else []
    told = [
        {"name": "subscription", "valueReference": {"reference": "Subscription/mmn"}},
        {"name": "type", "valueCode": kind},
        *event,
    ]
    return {
        "resourceType": "Bundle",
        "type": "history",
        "entry": [{"resource": {"resourceType": "Parameters", "parameter": told}}],
    }


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    return Evaluator.load(None)


@pytest.fixture
def anywhere(evaluator: Evaluator, database: Database) -> Iterator[Desk]:
    """A service whose FHIR server holds a chart in which the criteria for definite are met; on either database."""
    with desk(evaluator, url_of(database), list(CHART)) as made:
        yield made


@pytest.fixture
def store(tmp_path: Path) -> str:
    """An empty store on SQLite."""
    url = f"sqlite:///{tmp_path}/store.sqlite"
    Database(url).migrate()
    return url


@pytest.fixture
def at(evaluator: Evaluator, store: str) -> Iterator[Desk]:
    """The same, on SQLite."""
    with desk(evaluator, store, list(CHART)) as made:
        yield made


def url_of(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)


def test_a_part_is_taken_on_and_the_whole_chart_is_evaluated(anywhere: Desk) -> None:
    taken = anywhere.post(transaction(PATIENT))
    assert taken.status_code == 202
    assert taken.content_type == "application/fhir+json"
    (issue,) = taken.get_json()["issue"]
    assert (issue["severity"], issue["code"]) == ("information", "informational")
    waiting = anywhere.client.get(taken.headers["Content-Location"])
    assert (waiting.status_code, waiting.get_json()) == (202, {"status": "waiting"})
    assert int(waiting.headers["Retry-After"]) > 0
    anywhere.work()
    assert anywhere.reached(taken) == {NAME: "definite"}


@pytest.mark.parametrize("order", list(permutations(PARTS)), ids="-".join)
def test_parts_in_any_order_end_in_the_class_of_the_whole(
    evaluator: Evaluator, store: str, order: tuple[str, ...]
) -> None:
    with desk(evaluator, store, []) as at:
        for number, part in enumerate(order):
            at.ehr.resources += PARTS[part]
            taken = at.post(transaction(*PARTS[part]))
            at.work()
            if number == len(order) - 1:
                assert at.reached(taken) == {NAME: "definite"}


def test_a_correction_takes_back_what_was_concluded(at: Desk) -> None:
    at.post(transaction(*STUDIES))
    at.work()
    wrong = [{**each, "status": "entered-in-error"} for each in STUDIES]
    at.ehr.resources[:] = [PATIENT, *OTHERS, *wrong]
    taken = at.post(transaction(*wrong))
    at.work()
    assert at.reached(taken)[NAME] != "definite"


def test_a_deleted_resource_leads_to_the_patient_whose_chart_it_stood_in(anywhere: Desk) -> None:
    anywhere.post(transaction(PATIENT))
    anywhere.work()
    anywhere.ehr.resources[:] = [PATIENT, *OTHERS]
    taken = anywhere.client.delete(f"{ENDPOINT}/Observation/{STUDIES[0]['id']}")
    assert taken.status_code == 202
    anywhere.work()
    assert anywhere.reached(taken)[NAME] != "definite"


def test_a_deletion_in_a_transaction_does_so_too(at: Desk) -> None:
    at.post(transaction(PATIENT))
    at.work()
    at.ehr.resources[:] = [PATIENT, *OTHERS]
    gone = {"request": {"method": "DELETE", "url": f"Observation/{STUDIES[0]['id']}"}}
    taken = at.post({"resourceType": "Bundle", "type": "transaction", "entry": [gone]})
    at.work()
    assert at.reached(taken)[NAME] != "definite"


@pytest.mark.parametrize("method", ["put", "post"])
def test_a_rest_hook_puts_its_payload_below_the_endpoint(at: Desk, method: str) -> None:
    study = STUDIES[0]
    send = getattr(at.client, method)
    taken = send(f"{ENDPOINT}/Observation/{study['id']}", json={"resourceType": "Patient", "id": PATIENT["id"]})
    assert taken.status_code == 202
    at.work()
    assert at.reached(taken) == {NAME: "definite"}


@pytest.mark.parametrize("form", ["resource", "lines", "id only", "identifier"])
def test_every_form_leads_to_the_patient(at: Desk, form: str) -> None:
    study = STUDIES[0]
    at.ehr.resources[:] = [*CHART[1:], {**PATIENT, "identifier": [{"system": "urn:mrn", "value": "7"}]}]
    by_identifier = {**study, "subject": {"identifier": {"system": "urn:mrn", "value": "7"}}}
    if form == "lines":
        lines = b"\n".join(map(exactly, (PATIENT, study)))
        taken = at.client.post(OPERATION, data=lines, content_type="application/fhir+ndjson")
    else:
        bodies = {
            "resource": study,
            "id only": notification("event-notification", f"Observation/{study['id']}"),
            "identifier": by_identifier,
        }
        taken = at.post(bodies[form])
    assert taken.status_code == 202
    at.work()
    assert at.reached(taken) == {NAME: "definite"}


def test_an_empty_notification_asks_for_its_events_where_the_server_has_them(at: Desk) -> None:
    at.ehr.events = {"Subscription/mmn": notification("query-event", f"Observation/{STUDIES[0]['id']}", "3")}
    taken = at.post(notification("event-notification", number="3"))
    at.work()
    assert at.reached(taken) == {NAME: "definite"}
    assert any("eventsSinceNumber=3" in each.path for each in at.ehr.asked)


def test_an_empty_notification_is_answered_where_the_server_keeps_no_events(at: Desk) -> None:
    taken = at.post(notification("event-notification", number="3"))
    assert taken.status_code == 202
    at.work()
    assert at.status(taken)["status"] == "failed"


@pytest.mark.parametrize("kind", ["handshake", "heartbeat"])
def test_a_handshake_and_a_heartbeat_are_answered_and_kept_nowhere(at: Desk, kind: str) -> None:
    answer = at.post(notification(kind), ENDPOINT)
    assert answer.status_code == 200
    assert "Content-Location" not in answer.headers


def test_an_empty_body_and_a_message_of_nobody_are_counted_and_answered(at: Desk) -> None:
    assert at.client.post(ENDPOINT).status_code == 200
    assert at.post({"resourceType": "Organization", "id": "h1"}).status_code == 200
    assert 'mmn_cds_notifications_total{outcome="nobody"} 2.0' in at.client.get("/metrics").text


def test_what_is_evaluated_and_the_cards_of_it_are_counted_once_they_are_kept(at: Desk) -> None:
    counted = 'mmn_cds_evaluations_total{caller="",reached="definite",service="mmn-notify"}'
    assert f"{counted} 0.0" in at.client.get("/metrics").text
    at.post(transaction(CHART[0]))
    at.work()
    text = at.client.get("/metrics").text
    assert f"{counted} 1.0" in text
    assert 'mmn_cds_cards_total{caller="",indicator="info",topic="mmnDiagnosisDefinite"} 1.0' in text


def test_a_patient_whom_the_server_does_not_have_is_a_failure_and_no_dead_letter(at: Desk) -> None:
    taken = at.post({"resourceType": "Patient", "id": "nobody"})
    at.work()
    told = at.status(taken)
    assert (told["status"], told["results"]) == ("failed", [])
    assert "no such Patient" in told["reasons"][0]


def test_the_same_message_again_is_the_same_receipt_and_marked(anywhere: Desk) -> None:
    first, again = anywhere.post(transaction(PATIENT)), anywhere.post(transaction(PATIENT))
    assert again.headers["Content-Location"] == first.headers["Content-Location"]
    assert (first.headers.get("Idempotent-Replay"), again.headers["Idempotent-Replay"]) == (None, "true")
    assert (again.status_code, again.data) == (202, first.data)
    anywhere.work()
    assert len(anywhere.ehr.asked_for("Condition")) == 1


def test_an_idempotency_key_with_another_body_is_refused(at: Desk) -> None:
    first = at.post(transaction(PATIENT), Idempotency_Key="k1")
    again = at.post(transaction(PATIENT), Idempotency_Key="k1")
    assert again.headers["Content-Location"] == first.headers["Content-Location"]
    other = at.post(transaction(*STUDIES), Idempotency_Key="k1")
    assert other.status_code == 422
    assert other.get_json()["resourceType"] == "OperationOutcome"


def test_a_correction_that_keeps_the_identifier_of_its_bundle_is_a_new_message(at: Desk) -> None:
    identified = {**transaction(PATIENT), "identifier": {"system": "urn:x", "value": "b1"}}
    corrected = {**transaction(*STUDIES), "identifier": {"system": "urn:x", "value": "b1"}}
    first, second = at.post(identified), at.post(corrected)
    assert second.status_code == 202
    assert second.headers["Content-Location"] != first.headers["Content-Location"]


def test_a_then_b_then_a_ends_in_a(anywhere: Desk) -> None:
    study = STUDIES[0]
    wrong = {**study, "status": "entered-in-error"}
    taken = anywhere.post(study)
    anywhere.work()
    for state, is_replay in ((wrong, False), (study, False), (study, True)):
        anywhere.ehr.resources[:] = [
            state if each is study or each["id"] == study["id"] else each for each in anywhere.ehr.resources
        ]
        taken = anywhere.post(state)
        assert ("Idempotent-Replay" in taken.headers) is is_replay
        anywhere.work()
    assert anywhere.reached(taken) == {NAME: "definite"}


def test_posts_of_one_patient_that_come_close_together_are_one_fetch(at: Desk) -> None:
    taken = [at.post(transaction(*part)) for part in PARTS.values()]
    at.work()
    assert [at.reached(each) for each in taken] == [{NAME: "definite"}] * 3
    assert len(at.ehr.asked_for("Condition")) == 1


def test_a_receipt_that_nobody_has_is_not_found(at: Desk) -> None:
    answer = at.client.get(f"{ENDPOINT}/0b4b9a9e0a5e4a5c9d403a9d5c3a7e01")
    assert answer.status_code == 404
    assert answer.get_json()["resourceType"] == "OperationOutcome"


def test_the_result_as_fhir_resources(at: Desk) -> None:
    taken = at.post(transaction(PATIENT))
    fhir = {"Accept": "application/fhir+json"}
    waiting = at.client.get(taken.headers["Content-Location"], headers=fhir)
    assert (waiting.status_code, waiting.get_json()["resourceType"]) == (202, "OperationOutcome")
    at.work()
    told = at.client.get(taken.headers["Content-Location"], headers=fhir).get_json()
    assert told["resourceType"] == "Bundle"
    assert told["entry"][0]["resource"]["resourceType"] == "GuidanceResponse"


@pytest.mark.parametrize("behaviour", [status(503), status(429), hang], ids=["503", "429", "silent"])
def test_what_fails_at_the_server_is_tried_again_later(evaluator: Evaluator, store: str, behaviour: Any) -> None:
    with desk(evaluator, store, list(CHART)) as at:
        at.ehr.behave(behaviour, on="Patient")
        taken = at.post(transaction(PATIENT))
        if behaviour is hang:
            at.ehr.stopping.set()
        at.work()
        assert at.status(taken) == {"status": "waiting"}


@pytest.mark.parametrize("body", [b"{", b"null", b"[]", b'{"resourceType":"Nothing"}', b'{"a":1,"a":2}'])
def test_what_cannot_be_read_is_kept_as_one_dead_letter_and_refused(at: Desk, body: bytes) -> None:
    for _ in range(2):
        answer = at.client.post(OPERATION, data=body, content_type="application/fhir+json")
        assert answer.status_code == 400
        assert answer.get_json()["issue"][0]["diagnostics"]


def test_what_cannot_be_read_is_answered_by_setting_so_that_its_channel_goes_on(
    evaluator: Evaluator, store: str
) -> None:
    with desk(evaluator, store, [], accept_dead_letters=True) as at:
        taken = at.client.post(OPERATION, data=b"{", content_type="application/fhir+json")
        assert taken.status_code == 202
        at.work()
        told = at.status(taken)
        assert told["status"] == "dead"
        assert "JSON" in told["reasons"][0]


@pytest.mark.parametrize(
    ("path", "headers", "code"),
    [
        (f"{ENDPOINT}/Nothing/x", {}, 400),
        (f"{ENDPOINT}/Observation/a%20b", {}, 400),
        (f"{OPERATION}?asOf=2026-01-01", {}, 400),
        (OPERATION, {"Accept": "text/html"}, 406),
        (OPERATION, {"Idempotency-Key": "k" * 256}, 400),
    ],
)
def test_what_is_wrong_with_the_call_is_said(at: Desk, path: str, headers: dict[str, str], code: int) -> None:
    answer = at.client.post(path, json=PATIENT, headers=headers)
    assert answer.status_code == code
    assert answer.get_json()["resourceType"] == "OperationOutcome"


def test_xml_is_refused_by_its_type(at: Desk) -> None:
    assert at.client.post(OPERATION, data=b"<Patient/>", content_type="application/fhir+xml").status_code == 415


def test_without_a_fhir_server_the_local_profile_judges_what_was_posted_alone_and_says_so(
    evaluator: Evaluator, store: str
) -> None:
    settings = Settings(profile="local", store=store)
    app = create_app(settings, evaluator)
    client, worker = app.test_client(), notification_worker(settings, app.extensions["notifications"], evaluator)
    taken = client.post(OPERATION, data=exactly(transaction(*CHART)), content_type="application/fhir+json")
    assert taken.status_code == 202
    assert "chart not fetched" in taken.get_json()["issue"][0]["diagnostics"]
    work_off(worker)
    told = client.get(taken.headers["Content-Location"]).get_json()
    assert told["status"] == "done"
    assert "chart not fetched" in told["reasons"][0]
    assert told["results"][0]["evaluation"]["classification"]["reached"] == "definite"
    assert client.delete(f"{ENDPOINT}/Observation/o1").status_code == 200


def test_the_chart_of_one_patient_is_never_the_answer_of_another(evaluator: Evaluator, store: str) -> None:
    """Forty patients, every second with a block."""
    charts = [chart_of(number) for number in range(40)]
    with desk(evaluator, store, [each for chart in charts for each in chart]) as at:
        taken = [at.post(transaction(chart[0])) for chart in charts]
        at.work()
        for number, each in enumerate(taken):
            ((name, reached),) = at.reached(each).items()
            assert name == f"Patient/p{number}"
            assert (reached == "definite") is (number % 2 == 0)


def chart_of(number: int) -> list[Json]:
    chart = CHART if number % 2 == 0 else [PATIENT, *OTHERS]
    return [renamed(each, number) for each in sorted(chart, key=lambda each: each is not PATIENT)]


def renamed(value: Any, number: int) -> Any:
    if isinstance(value, list):
        return [renamed(each, number) for each in value]
    if not isinstance(value, dict):
        return f"Patient/p{number}" if value == NAME else value
    made = {key: renamed(each, number) for key, each in value.items()}
    if "resourceType" in made and "id" in made:
        made["id"] = f"p{number}" if made["resourceType"] == "Patient" else f"{made['id']}-{number}"
    return made
