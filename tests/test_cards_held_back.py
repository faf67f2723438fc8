"""Cards that are made and not sent, by the memory of what was said or in silent mode: counted, kept and named."""

import logging
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from service.app import create_app
from service.settings import Settings, SettingsError
from service.store.database import Database
from service.store.tables import EVALUATION_CARDS, SAID
from service.trust.bearer import BearerCredential
from tests.bench import bodies
from tests.bench.issuers import PUBLIC_URL, issuers, token
from tests.shipped import shipped
from tests.test_metrics import counted
from tests.unit.store.audit_samples import kept

JSON = {"Content-Type": "application/json"}
VIEW, SIGN, EVALUATE = "/cds-services/mmn-patient-view", "/cds-services/mmn-order-sign", "/fhir/$mmn-evaluate"
CALL, ORDER = bodies.as_hook_call(bodies.mmn_resources(12)), bodies.as_order_call(bodies.mmn_resources(12))
EVALUATOR = shipped()
CLASS = "mmnDiagnosisDefinite"
REASON = {"system": "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes", "code": "action-completed"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A production site behind a gateway."""
    (tmp_path / "key").write_bytes(b"k" * 64)
    settings = Settings(
        insecure=True,
        store=f"sqlite:///{tmp_path}/store.sqlite",
        audit_key_file=tmp_path / "key",
        audit_failure="refuse",
    )
    Database(settings.store).migrate()
    return settings


def client_of(settings: Settings, **changes: Any) -> FlaskClient:
    return create_app(settings.model_copy(update=changes), EVALUATOR).test_client()


def sent(client: FlaskClient, path: str = VIEW, body: bytes = CALL) -> list[dict[str, Any]]:
    answer = client.post(path, data=body, headers=JSON)
    assert answer.status_code == 200, answer.text
    cards: list[dict[str, Any]] = answer.get_json()["cards"]
    return cards


def topics(cards: list[dict[str, Any]]) -> list[str]:
    return [card["source"]["topic"]["code"] for card in cards]


def an_hour_passes(settings: Settings) -> None:
    with Database(settings.store).transaction() as connection:
        for card, at in connection.execute(select(SAID.c.card, SAID.c.sent_at)).all():
            connection.execute(SAID.update().where(SAID.c.card == card).values(sent_at=at - timedelta(hours=1)))


def overridden(client: FlaskClient, card: str) -> None:
    entry = {
        "card": card,
        "outcome": "overridden",
        "overrideReason": {"reason": REASON},
        "outcomeTimestamp": "2026-03-04T10:20:00Z",
    }
    assert client.post(f"{VIEW}/feedback", data=orjson.dumps({"feedback": [entry]}), headers=JSON).status_code == 200


def test_a_card_on_the_class_rests_after_two_looks_and_is_kept_counted_and_named(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    client = client_of(settings)
    for _ in range(2):
        assert topics(sent(client)) == [CLASS]
        an_hour_passes(settings)
    with caplog.at_level(logging.INFO, "service.request"):
        assert sent(client) == []
    line = next(record for record in caplog.records if record.msg == "request").__dict__
    assert (line["held_back"], line["reached"], line["cards"]) == (f"{CLASS} said-before", "definite", 1)
    rows = kept(Database(settings.store), EVALUATION_CARDS)
    assert sorted(row["held_back"] for row in rows) == ["", "", "said-before"]
    text = client.get("/metrics").text
    assert counted(text, "mmn_cds_held_back_cards_total", topic=CLASS, reason="said-before") == 1
    assert counted(text, "mmn_cds_cards_total", topic=CLASS) == 2


def test_an_overridden_card_rests_at_once_and_another_user_still_gets_it(settings: Settings) -> None:
    client = client_of(settings)
    overridden(client, sent(client)[0]["uuid"])
    assert sent(client) == []
    other = orjson.loads(CALL)
    other["context"]["userId"] = "Practitioner/another"
    assert topics(sent(client, VIEW, orjson.dumps(other))) == [CLASS]
    assert counted(client.get("/metrics").text, "mmn_cds_feedback_total", topic=CLASS, outcome="overridden") == 1


def test_a_new_finding_brings_the_card_back(settings: Settings) -> None:
    client = client_of(settings)
    overridden(client, sent(client)[0]["uuid"])
    call = orjson.loads(CALL)
    call["prefetch"]["findings"]["entry"] = call["prefetch"]["findings"]["entry"][:-1]
    assert sent(client, VIEW, orjson.dumps(call)) != []


@pytest.mark.parametrize(
    "change", [{"said_once": False}, {"profile": "local", "insecure": False}], ids=["off", "local"]
)
def test_off_by_a_setting_and_in_the_local_profile(settings: Settings, change: dict[str, Any]) -> None:
    client = client_of(settings, **change)
    for _ in range(3):
        assert topics(sent(client)) == [CLASS]
        an_hour_passes(settings)
    assert kept(Database(settings.store), SAID) == []


def test_what_is_posted_is_answered_each_time(settings: Settings) -> None:
    client = client_of(settings)
    for _ in range(3):
        assert CLASS in topics(sent(client, EVALUATE, bodies.as_bundle(bodies.mmn_resources(12))))


def test_a_silent_service_keeps_its_cards_and_sends_none_and_the_others_do(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    client = client_of(settings, silent_services=("mmn-patient-view", "mmn-evaluate"))
    with caplog.at_level(logging.INFO, "service.request"):
        assert sent(client) == []
        assert sent(client, EVALUATE, bodies.as_bundle(bodies.mmn_resources(12))) == []
    assert len(sent(client, SIGN, ORDER)) == 2
    store = Database(settings.store)
    assert [row["is_silent"] for row in kept(store)] == [True, True, False]
    silent = [row["topic"] for row in kept(store, EVALUATION_CARDS) if row["held_back"] == "silent"]
    assert silent.count(CLASS) == 2
    assert len(kept(store, SAID)) == 2
    lines = [record.__dict__ for record in caplog.records if record.msg == "request"]
    assert lines[0]["held_back"] == f"{CLASS} silent"
    assert counted(client.get("/metrics").text, "mmn_cds_held_back_cards_total", topic=CLASS, reason="silent") == 2


def test_a_silent_caller_gets_no_cards_and_the_others_do(settings: Settings) -> None:
    silent, loud = (each.model_copy(update={"silent": number == 0}) for number, each in enumerate(issuers()))
    client = client_of(settings, insecure=False, public_url=PUBLIC_URL, issuers=(silent, loud))
    for issuer, expected in ((silent, []), (loud, [CLASS])):
        proof = {"Authorization": f"Bearer {token(issuer.iss, VIEW)}"}
        answer = client.post(VIEW, data=CALL, headers=JSON | proof)
        assert (answer.status_code, topics(answer.get_json()["cards"])) == (200, expected)


def test_a_silent_holder_of_a_token_gets_the_whole_evaluation_and_no_card(settings: Settings) -> None:
    proof = "an-integration-engine-on-trial"
    engine = BearerCredential(name="engine", sha256=sha256(proof.encode()).hexdigest(), may=("evaluate",), silent=True)
    client = client_of(settings, insecure=False, public_url=PUBLIC_URL, issuers=issuers(), bearer_tokens=(engine,))
    body = bodies.as_bundle(bodies.mmn_resources(12))
    answer = client.post(EVALUATE, data=body, headers=JSON | {"Authorization": f"Bearer {proof}"}).get_json()
    assert (answer["cards"], answer["evaluation"]["classification"]["reached"]) == ([], "definite")


def test_a_silent_service_that_does_not_exist_stops_the_start(settings: Settings) -> None:
    with pytest.raises(SettingsError, match="silent_services: mmn-patient-vew is not a service"):
        client_of(settings, silent_services=("mmn-patient-vew",))


def test_silence_without_an_audit_is_refused(settings: Settings) -> None:
    with pytest.raises(SettingsError, match="cards that are not sent would be nowhere"):
        client_of(settings, silent_services=("mmn-patient-view",), audit=False)


def test_evaluations_are_counted_by_class_and_what_was_not_used_by_type_and_reason(settings: Settings) -> None:
    client = client_of(settings, said_once=False)
    sent(client)
    odd = {"resourceType": f"Zebedee{uuid4().hex}", "id": "x", "subject": {"reference": "Patient/p1"}}
    withdrawn = {**bodies.mmn_resources(12)[-1], "id": "gone", "status": "entered-in-error"}
    sent(client, EVALUATE, bodies.as_bundle([*bodies.mmn_resources(12), withdrawn, odd]))
    text = client.get("/metrics").text
    assert counted(text, "mmn_cds_evaluations_total", service="mmn-patient-view", reached="definite") == 1
    assert counted(text, "mmn_cds_unused_resources_total", type="Observation", reason="status") == 1
    assert counted(text, "mmn_cds_unused_resources_total", type="other") == 1
    assert counted(text, "mmn_cds_all_unused_total") == 0
    assert "Zebedee" not in text


def test_a_chart_of_which_nothing_is_used_is_counted(settings: Settings) -> None:
    client = client_of(settings)
    unmapped = {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "subject": {"reference": "Patient/p1"},
        "code": {"coding": [{"system": "http://local.example.org", "code": "x"}]},
    }
    patient = next(one for one in bodies.mmn_resources(12) if one["resourceType"] == "Patient")
    sent(client, VIEW, bodies.as_hook_call([patient, unmapped]))
    sent(client, EVALUATE, bodies.as_bundle([patient, unmapped]))
    sent(client, EVALUATE, bodies.as_bundle([patient]))
    text = client.get("/metrics").text
    assert counted(text, "mmn_cds_all_unused_total", service="mmn-patient-view") == 1
    assert counted(text, "mmn_cds_all_unused_total", service="mmn-evaluate") == 1
