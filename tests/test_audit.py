"""Each evaluation leaves a row, at every door, without a value of a patient; and what becomes of one that fails."""

import http.client
import os
import signal
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.evaluate import Evaluator
from service.settings import Settings
from service.store.audit_key import AuditKey
from service.store.database import Database
from service.store.tables import EVALUATION_CARDS
from tests.bench import bodies
from tests.bench.probes import children
from tests.bench.servers import server
from tests.test_server_life import wait_for
from tests.unit.store.audit_samples import kept

JSON = {"Content-Type": "application/json", "X-Request-Id": "call-0123456789"}
VIEW, SIGN, EVALUATE = "/cds-services/mmn-patient-view", "/cds-services/mmn-order-sign", "/fhir/$mmn-evaluate"
MMN = bodies.mmn_resources(12)
EVALUATOR = Evaluator.load(None)
CANARY = "Zebedee"
Row = Mapping[str, Any]


@pytest.fixture
def store(tmp_path: Path) -> Database:
    database = Database(f"sqlite:///{tmp_path}/store.sqlite")
    database.migrate()
    return database


def client_of(store: Database, **more: Any) -> FlaskClient:
    """A client whose rows are there when its answer is."""
    url = store.engine.url.render_as_string()
    settings = Settings(profile="local", store=url, audit_failure=more.pop("audit_failure", "refuse"), **more)
    return create_app(settings, EVALUATOR).test_client()


def post(client: FlaskClient, path: str, body: bytes, status: int = 200) -> Any:
    answer = client.post(path, data=body, headers=JSON)
    assert answer.status_code == status, answer.text
    return answer.get_json()


def only_row(store: Database) -> Row:
    (row,) = kept(store)
    return row


def cards_kept(store: Database) -> list[tuple[str, str]]:
    return sorted((str(card["card"]), card["topic"]) for card in kept(store, EVALUATION_CARDS))


def cards_in(answer: Any) -> list[tuple[str, str]]:
    return sorted((card["uuid"], card["source"]["topic"]["code"]) for card in answer["cards"])


@pytest.mark.conforms("LOG-1")
def test_opening_a_chart_leaves_a_row_with_its_class_verdicts_and_cards(store: Database) -> None:
    answer = post(client_of(store), VIEW, bodies.as_hook_call(MMN))
    row = only_row(store)
    assert (row["service"], row["correlation_id"]) == ("mmn-patient-view", JSON["X-Request-Id"])
    assert (row["reached"], row["missing"], row["is_silent"]) == ("definite", 0, False)
    assert row["verdicts"]["criteria"]["mmn.electrophysiology.definite_block_found"] == "met"
    assert row["knowledge_hash"] == EVALUATOR.knowledge.hash
    assert row["mappings_hash"] == EVALUATOR.mappings.hash
    assert row["hook_instance"] == UUID(orjson.loads(bodies.as_hook_call(MMN))["hookInstance"])
    assert row["timings"].keys() == {"read", "gather", "evaluate"}
    assert cards_kept(store) == cards_in(answer) != []


def test_an_order_leaves_a_row_without_a_class_and_with_what_was_advised(store: Database) -> None:
    answer = post(client_of(store), SIGN, bodies.as_order_call(MMN))
    row = only_row(store)
    assert (row["reached"], row["attainable"], row["service"]) == ("", "", "mmn-order-sign")
    assert "mmn.ivig.dose.weight_needed" in row["verdicts"]["advice"]
    assert row["used"] > 12
    assert cards_kept(store) == cards_in(answer) != []


def test_a_posted_chart_leaves_the_verdicts_of_its_answer(store: Database) -> None:
    answer = post(client_of(store), f"{EVALUATE}?asOf=2026-03-04T10:20:00Z", bodies.as_bundle(MMN))
    row, found = only_row(store), answer["evaluation"]
    assert row["verdicts"]["criteria"] == {each["id"]: each["verdict"] for each in found["criteria"]}
    assert row["used"] == len(found["used"])
    assert sum(row["unused"].values()) == len(found["excluded"])
    assert row["as_of"].isoformat() == "2026-03-04T10:20:00"
    assert cards_kept(store) == cards_in(answer)


def test_several_patients_leave_a_row_each(store: Database) -> None:
    patients = [{"resourceType": "Patient", "id": each} for each in ("p1", "p2", "p3")]
    post(client_of(store), EVALUATE, bodies.as_bundle(patients))
    rows = kept(store)
    assert len({row["patient"] for row in rows}) == len(rows) == 3
    assert {row["correlation_id"] for row in rows} == {JSON["X-Request-Id"]}


def test_what_is_no_evaluation_leaves_no_row(store: Database) -> None:
    client = client_of(store)
    assert client.get("/cds-services").status_code == 200
    post(client, EVALUATE, b"{", 400)
    post(client, VIEW, orjson.dumps({"hook": "patient-view"}), 400)
    assert kept(store) == []


def test_a_patient_and_a_user_are_found_by_their_keyed_hash_and_by_nothing_else(
    store: Database, tmp_path: Path
) -> None:
    post(client_of(store), VIEW, bodies.as_hook_call(MMN))
    key, call = AuditKey.read(tmp_path / "store.sqlite.audit-key"), orjson.loads(bodies.as_hook_call(MMN))
    row = only_row(store)
    assert row["patient"] == key.of_patient(f"Patient/{call['context']['patientId']}")
    assert row["person"] == key.of_person(call["context"]["userId"])


@pytest.mark.conforms("LOG-2")
def test_no_value_of_a_patient_and_no_token_is_kept(store: Database, tmp_path: Path) -> None:
    call = orjson.loads(bodies.as_hook_call(MMN))
    call["context"] |= {"patientId": CANARY, "userId": f"Practitioner/{CANARY}"}
    call["fhirServer"] = f"http://{CANARY}.example.org"
    call["fhirAuthorization"] = {
        "access_token": CANARY,
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "patient/*.read",
        "subject": CANARY,
    }
    call["prefetch"] = orjson.loads(orjson.dumps(call["prefetch"]).replace(b"Patient/p1", b"Patient/Zebedee"))
    call["prefetch"]["patient"] = {"resourceType": "Patient", "id": CANARY, "name": [{"family": CANARY}]}
    post(client_of(store), VIEW, orjson.dumps(call))
    assert len(kept(store)) == 1
    store.engine.dispose()
    for file in tmp_path.iterdir():
        assert CANARY.encode() not in file.read_bytes(), file.name


def test_the_same_input_has_the_same_hash_and_another_has_another(store: Database) -> None:
    client, call = client_of(store), orjson.loads(bodies.as_hook_call(MMN))
    post(client, VIEW, orjson.dumps(call))
    post(client, VIEW, orjson.dumps({**call, "hookInstance": "0a8a2a0f-3c0e-4a64-9a28-3b7a77ac3d30"}))
    post(client, VIEW, bodies.as_hook_call(bodies.mmn_resources(13)))
    one, again, other = (row["input_hash"] for row in kept(store))
    assert one == again != other


def test_where_a_row_cannot_be_kept_a_hook_is_served_or_refused_as_the_setting_says(tmp_path: Path) -> None:
    without_tables = Database(f"sqlite:///{tmp_path}/store.sqlite")
    for path, body in ((VIEW, bodies.as_hook_call(MMN)), (EVALUATE, bodies.as_bundle(MMN))):
        assert post(client_of(without_tables, audit_failure="serve"), path, body)["cards"]
        assert (
            post(client_of(without_tables, audit_failure="refuse"), path, body, 503)["issue"][0]["code"] == "transient"
        )
    without_tables.migrate()
    # Those that were served are kept once they can be; those that were refused have no card to explain.
    wait_for(lambda: len(kept(without_tables)) == 2)


def test_without_an_audit_nothing_is_kept(store: Database) -> None:
    assert post(client_of(store, audit=False), VIEW, bodies.as_hook_call(MMN))["cards"]
    assert kept(store) == []


def test_rows_and_their_seconds_are_counted(store: Database) -> None:
    client = client_of(store)
    post(client, VIEW, bodies.as_hook_call(MMN))
    text = client.get("/metrics").text
    assert 'mmn_cds_audit_rows_total{outcome="kept"} 1.0' in text
    assert "mmn_cds_store_write_seconds_count 1.0" in text


def test_a_server_that_is_told_to_stop_keeps_the_rows_of_all_that_it_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Database(f"sqlite:///{tmp_path}/store.sqlite")
    monkeypatch.setenv("MMN_CDS_STORE", store.engine.url.render_as_string())
    flags = ("-c", "from service.cli import main; main()", "serve", "--profile", "local")
    with server(*flags) as running, closing(http.client.HTTPConnection("127.0.0.1", running.port)) as connection:
        for _ in range(5):
            connection.request("POST", EVALUATE, bodies.as_bundle(MMN), JSON)
            answer = connection.getresponse()
            assert (answer.status, bool(answer.read())) == (200, True)
    assert len(kept(store)) == 5
    assert (tmp_path / "store.sqlite.audit-key").stat().st_mode & 0o777 == 0o600


def answered(port: int, correlation_id: str) -> str:
    """The correlation id, where the call was answered; empty where the worker died of it."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        try:
            connection.request("POST", EVALUATE, bodies.as_bundle(MMN), JSON | {"X-Request-Id": correlation_id})
            answer = connection.getresponse()
            return correlation_id if answer.status == 200 and answer.read() else ""
        except (OSError, http.client.HTTPException):
            return ""


def test_no_answer_is_without_its_row_when_workers_are_killed_in_mid_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Database(f"sqlite:///{tmp_path}/store.sqlite")
    monkeypatch.setenv("MMN_CDS_STORE", store.engine.url.render_as_string())
    monkeypatch.setenv("MMN_CDS_AUDIT_FAILURE", "refuse")
    flags = ("-c", "from service.cli import main; main()", "serve", "--profile", "local", "--workers", "2")
    with server(*flags) as running, ThreadPoolExecutor(4) as clients:
        calls = [clients.submit(answered, running.port, f"call-{number:08}") for number in range(80)]
        for number, call in enumerate(calls):
            call.result()
            if number % 10 == 0 and (workers := children(running.pid)):
                os.kill(workers[0], signal.SIGKILL)
    told, rows = {call.result() for call in calls} - {""}, [row["correlation_id"] for row in kept(store)]
    assert len(told) > 20
    assert told <= {*rows}
    assert len(rows) == len({*rows})
