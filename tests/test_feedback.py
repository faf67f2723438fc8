"""Feedback over HTTP, from the card that was sent to the report that is read."""

import json
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID, uuid4

import orjson
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.app import create_app
from service.cards.all_cards import topics
from service.cards.identity import card_uuid, topic_in, topics_by_mark
from service.cli import main
from service.evaluate import Evaluator
from service.settings import Settings
from service.store.database import Database
from tests.bench import bodies
from tests.shipped import shipped

JSON = {"Content-Type": "application/json"}
CALL, FEEDBACK = "/cds-services/mmn-patient-view", "/cds-services/mmn-patient-view/feedback"
REASON = {"system": "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes", "code": "action-completed"}
CANARY = "Zebedee-Canary"


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    return shipped()


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/store.sqlite"
    Database(url).migrate()
    return url


@pytest.fixture
def client(evaluator: Evaluator, store_url: str) -> FlaskClient:
    return create_app(Settings(profile="local", store=store_url), evaluator).test_client()


def overridden(**changes: object) -> dict[str, object]:
    entry = {"card": str(uuid4()), "outcome": "overridden", "outcomeTimestamp": "2026-03-04T10:20:00Z"}
    return {**entry, "overrideReason": {"reason": REASON, "userComment": CANARY}, **changes}


def accepted(**changes: object) -> dict[str, object]:
    entry = {"card": str(uuid4()), "outcome": "accepted", "outcomeTimestamp": "2026-03-04T10:20:00Z"}
    return {**entry, "acceptedSuggestions": [{"id": str(uuid4())}], **changes}


def send(client: FlaskClient, *entries: object, path: str = FEEDBACK) -> TestResponse:
    return client.post(path, data=json.dumps({"feedback": list(entries)}), headers=JSON)


def report(store_url: str, *options: str) -> str:
    result = CliRunner().invoke(
        main, ["feedback", "report", *options], env={"MMN_CDS_STORE": store_url, "COLUMNS": "200"}
    )
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.conforms("FB-1")
def test_feedback_on_a_card_is_reported_under_the_topic_of_that_card(client: FlaskClient, store_url: str) -> None:
    sent = client.post(CALL, data=bodies.as_hook_call(bodies.mmn_resources(12)), headers=JSON).get_json()["cards"][0]
    answer = send(client, overridden(card=sent["uuid"].upper()))
    assert (answer.status_code, answer.get_json()) == (200, {})
    (row,) = orjson.loads(report(store_url, "--json"))["feedback"]
    assert row["topic"] == sent["source"]["topic"]["code"]
    assert (row["cards"], row["overridden"], row["comments"]) == (1, 1, 1)
    assert row["reasons"] == [[f"{REASON['system']}|{REASON['code']}", 1]]


@pytest.mark.conforms("FB-6", "FB-8", "FB-9")
def test_the_report_for_people_names_reasons_and_never_prints_a_comment(client: FlaskClient, store_url: str) -> None:
    assert "No feedback yet" in report(store_url)
    send(client, overridden(), accepted())
    page = report(store_url)
    assert "action-completed 1" in page
    assert "(not a card" in page
    assert CANARY not in page + report(store_url, "--json")


@pytest.mark.conforms("FB-2", "FB-8")
def test_a_batch_of_several_cards_is_taken_in_one_call(client: FlaskClient, store_url: str) -> None:
    send(client, accepted(), accepted(), overridden())
    assert sum(row["cards"] for row in orjson.loads(report(store_url, "--json"))["feedback"]) == 3


@pytest.mark.conforms("FB-5")
@pytest.mark.parametrize("override", [None, {"reason": REASON}, {"userComment": "seen"}])
def test_reason_and_comment_are_both_optional(client: FlaskClient, override: object) -> None:
    assert send(client, overridden(overrideReason=override)).status_code == 200


@pytest.mark.conforms("FB-3")
@pytest.mark.parametrize("moment", ["2026-03-04T11:20:00+01:00", "2026-03-04T10:20:00.000Z"])
def test_one_moment_written_in_two_ways_is_one_entry(client: FlaskClient, store_url: str, moment: str) -> None:
    card = str(uuid4())
    send(client, overridden(card=card), overridden(card=card, outcomeTimestamp=moment))
    assert orjson.loads(report(store_url, "--json"))["feedback"][0]["comments"] == 1


@pytest.mark.conforms("FB-3", "FB-4")
@pytest.mark.parametrize(
    ("entry", "named"),
    [
        ("text", "feedback[1] must be"),
        (overridden(card=None), "feedback[1].card"),
        (overridden(card=f"{uuid4()} "), "feedback[1].card"),
        (overridden(outcome="ignored"), "feedback[1].outcome"),
        (overridden(outcome=["accepted"]), "feedback[1].outcome"),
        (overridden(outcomeTimestamp=None), "feedback[1].outcomeTimestamp"),
        (overridden(outcomeTimestamp="2026-03-04"), "feedback[1].outcomeTimestamp"),
        (overridden(outcomeTimestamp="2026-03-04T10:20:00"), "feedback[1].outcomeTimestamp"),
        (overridden(outcomeTimestamp="9999-12-31T23:59:59-12:00"), "feedback[1].outcomeTimestamp"),
        (overridden(overrideReason={}), "feedback[1].overrideReason"),
        (overridden(overrideReason=CANARY), "feedback[1].overrideReason"),
        (overridden(overrideReason={"reason": {"code": "x"}}), "feedback[1].overrideReason.reason.system"),
        (overridden(overrideReason={"reason": {**REASON, "code": f"{CANARY} "}}), "reason.code"),
        (overridden(overrideReason={"userComment": "x" * 4001}), "feedback[1].overrideReason.userComment"),
        (accepted(acceptedSuggestions=None), "feedback[1].acceptedSuggestions"),
        (accepted(acceptedSuggestions=[]), "feedback[1].acceptedSuggestions"),
        (accepted(acceptedSuggestions=[str(uuid4())]), "feedback[1].acceptedSuggestions"),
        (accepted(acceptedSuggestions=[{"id": CANARY}]), "feedback[1].acceptedSuggestions"),
        (accepted(acceptedSuggestions=[{"id": str(uuid4())}] * 101), "feedback[1].acceptedSuggestions has more"),
    ],
)
def test_an_entry_that_cannot_be_used_is_named_and_nothing_is_kept(
    client: FlaskClient, store_url: str, entry: object, named: str
) -> None:
    answer = send(client, accepted(), entry)
    assert answer.status_code == 400
    assert named in answer.get_json()["issue"][0]["diagnostics"]
    assert CANARY not in answer.get_data(as_text=True)
    assert orjson.loads(report(store_url, "--json"))["feedback"] == []


@pytest.mark.conforms("FB-2")
@pytest.mark.parametrize("body", [accepted(), {"feedback": []}, {"feedback": {}}, [accepted()], {}])
def test_a_body_without_a_list_of_feedback_is_refused(client: FlaskClient, body: Mapping[str, object]) -> None:
    assert client.post(FEEDBACK, data=json.dumps(body), headers=JSON).status_code == 400


def test_too_many_entries_are_refused_as_too_large(client: FlaskClient) -> None:
    assert send(client, *([accepted()] * 501)).status_code == 413


def test_a_service_that_does_not_exist_takes_no_feedback(client: FlaskClient) -> None:
    assert send(client, accepted(), path="/cds-services/mmn-other/feedback").status_code == 404


def test_feedback_that_cannot_be_kept_is_not_acknowledged(evaluator: Evaluator, tmp_path: Path) -> None:
    client = create_app(Settings(profile="local", store=f"sqlite:///{tmp_path}"), evaluator).test_client()
    answer = send(client, accepted())
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200


def test_every_topic_of_a_card_is_told_from_its_uuid(evaluator: Evaluator) -> None:
    table = topics_by_mark(topics(evaluator.knowledge))
    for topic in topics(evaluator.knowledge):
        identity = UUID(card_uuid(topic))
        assert topic_in(identity, table) == topic
        assert (identity.version, identity.variant) == (8, "specified in RFC 4122")


def test_a_uuid_of_somebody_else_has_no_topic(evaluator: Evaluator) -> None:
    assert [evaluator.topic_of_card(uuid4()) for _ in range(200)] == [None] * 200


def test_two_topics_with_one_mark_stop_the_start() -> None:
    with pytest.raises(ValueError, match="share a mark"):
        topics_by_mark(_clashing())


def _clashing() -> list[str]:
    """Two topics whose marks are equal; a birthday search over the 24 bits of a mark."""
    seen: dict[str, str] = {}
    for number in range(100_000):
        topic = f"topic{number}"
        mark = card_uuid(topic)[:6]
        if mark in seen:
            return [seen[mark], topic]
        seen[mark] = topic
    raise AssertionError("no two of 100,000 topics share a mark")
