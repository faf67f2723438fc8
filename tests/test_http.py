"""The service over HTTP: Flask's client for what goes wrong, a real server for what only a socket can show."""

import http.client
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path

import orjson
import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.app import create_app
from service.errors import EngineFault
from service.evaluate import Evaluator
from service.settings import Settings, SettingsError
from service.store.database import Database
from service.trust.callers import Caller
from service.web.request_log import JsonLine, note
from tests.bench import bodies
from tests.bench.servers import free_port

ROOT = Path(__file__).parents[1]
EVALUATE, CALL = "/fhir/$mmn-evaluate", "/cds-services/mmn-patient-view"
JSON = {"Content-Type": "application/json"}
BUNDLE = bodies.as_bundle(bodies.mmn_resources(12))
HOOK_CALL = bodies.as_hook_call(bodies.mmn_resources(12))
CANARY = "Zebedee-Canary"


@pytest.fixture(scope="session")
def evaluator() -> Evaluator:
    return Evaluator.load(None)


@pytest.fixture(scope="session")
def app(evaluator: Evaluator, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    store = f"sqlite:///{tmp_path_factory.mktemp('store')}/store.sqlite"
    Database(store).migrate()
    return create_app(Settings(profile="local", store=store, max_body_bytes=200_000, max_entries=50), evaluator)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def assert_problem(answer: TestResponse, status: int, *named: str) -> None:
    """An OperationOutcome with a correlation id, safe to show."""
    assert answer.status_code == status
    assert answer.content_type == "application/fhir+json"
    outcome = answer.get_json()
    assert outcome["resourceType"] == "OperationOutcome"
    assert outcome["id"] == answer.headers["X-Request-Id"]
    (issue,) = outcome["issue"]
    assert issue["severity"] == "error"
    assert issue["code"]
    assert all(name in issue["diagnostics"] for name in named), issue
    assert CANARY not in answer.get_data(as_text=True)
    assert_nothing_empty(outcome)


def assert_nothing_empty(value: object, name: str = "") -> None:
    """CDS Hooks: no null anywhere, nothing empty but ``cards`` and ``services``."""
    assert value is not None, name
    assert value not in ("", [], {}) or name in ("cards", "services"), name
    children = (
        value.items()
        if isinstance(value, dict)
        else ((name, item) for item in value)
        if isinstance(value, list)
        else ()
    )
    for key, child in children:
        assert_nothing_empty(child, key)


# --- Discovery, health ---


@pytest.mark.conforms("GEN-3", "DIS-8")
def test_discovery_describes_one_service_for_each_hook(client: FlaskClient, evaluator: Evaluator) -> None:
    answer = client.get("/cds-services")
    services = answer.get_json()["services"]
    assert [service["hook"] for service in services] == ["patient-view", "order-select", "order-sign"]
    for service in services:
        assert (service["id"], service["version"]) == (f"mmn-{service['hook']}", "2.0.1")
        assert evaluator.prefetch_templates().items() <= service["prefetch"].items()
        assert {"title", "description", "usageRequirements"} <= service.keys()
    assert_nothing_empty(answer.get_json())


@pytest.mark.conforms("PRE-3", "PRE-4")
def test_discovery_asks_only_with_tokens_that_every_client_knows(client: FlaskClient) -> None:
    for service in client.get("/cds-services").get_json()["services"]:
        templates = service["prefetch"].values()
        assert all(template.replace("{{context.patientId}}", "").count("{") == 0 for template in templates)


def test_alive_and_ready_with_the_knowledge_named(client: FlaskClient, evaluator: Evaluator) -> None:
    assert client.get("/healthz").get_json() == {"status": "alive"}
    ready = client.get("/readyz").get_json()
    assert ready["knowledge"]["hash"] == evaluator.knowledge.hash
    assert ready["authentication"].startswith("off")


def test_every_answer_forbids_storing_sniffing_and_running(client: FlaskClient) -> None:
    for answer in (client.get("/cds-services"), client.get("/nowhere")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_an_app_that_would_serve_strangers_unauthenticated_is_not_made(evaluator: Evaluator) -> None:
    with pytest.raises(SettingsError):
        create_app(Settings(), evaluator)


# --- Routes and methods ---


@pytest.mark.parametrize("path", ["/nowhere", f"/{CANARY}", "/fhir/$other", "/fhir/Patient"])
def test_an_unknown_path_is_not_found(client: FlaskClient, path: str) -> None:
    assert_problem(client.get(path), 404)


@pytest.mark.conforms("REQ-11")
@pytest.mark.parametrize("service", ["mmn-order-review", "mmn-medication-prescribe", CANARY])
def test_a_service_that_does_not_exist_is_not_found(client: FlaskClient, service: str) -> None:
    assert_problem(client.post(f"/cds-services/{service}", data=HOOK_CALL, headers=JSON), 404)


@pytest.mark.conforms("DIS-12", "REQ-1")
@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", CALL, "POST"),
        ("DELETE", "/cds-services", "GET, HEAD"),
        ("GET", EVALUATE, "POST"),
        ("PUT", EVALUATE, "POST"),
        ("OPTIONS", EVALUATE, "POST"),
        ("PROPFIND", "/healthz", "GET, HEAD"),
    ],
)
def test_a_wrong_method_is_told_the_right_one(client: FlaskClient, method: str, path: str, allowed: str) -> None:
    answer = client.open(path, method=method)
    assert_problem(answer, 405)
    assert answer.headers["Allow"] == allowed


# --- Bodies ---

NESTED = b'{"resourceType":"Bundle","a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"


@pytest.mark.conforms("REQ-1")
@pytest.mark.parametrize("path", [EVALUATE, CALL])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"[]",
        b"null",
        b"7",
        b'"text"',
        b"{}",
        b'{"resourceType":"Bundle","resourceType":"Bundle"}',
        b'{"resourceType":"Bundle","value":NaN}',
        b'{"resourceType":"Bundle","value":-Infinity}',
        b'{"resourceType":"Bundle","value":1e400}',
        b'{"resourceType":"Bundle",}',
        b'\xef\xbb\xbf{"resourceType":"Bundle"}',
        '{"resourceType":"Bundle"}'.encode("utf-16"),
        b'{"resourceType":"\xff"}',
        b'{"resourceType":"\\ud800"}',
        b'{"resourceType":"' + CANARY.encode() + b'"}',
        NESTED[:150_000],
        b"[" * 1000 + b"]" * 1000,
    ],
)
def test_a_body_that_is_not_what_it_should_be_is_a_bad_request(client: FlaskClient, path: str, body: bytes) -> None:
    assert_problem(client.post(path, data=body, headers=JSON), 400)


@pytest.mark.conforms("REQ-1")
@pytest.mark.parametrize("path", [EVALUATE, CALL])
@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/xml"},
        {"Content-Type": "application/json; charset=utf-16"},
        {},
        JSON | {"Content-Encoding": "gzip"},
        JSON | {"Content-Encoding": "identity, gzip"},
    ],
)
def test_another_media_type_or_encoding_is_unsupported(
    client: FlaskClient, path: str, headers: Mapping[str, str]
) -> None:
    assert_problem(client.post(path, data=BUNDLE, headers=dict(headers)), 415)


@pytest.mark.parametrize(
    "content_type", ["application/fhir+json", "application/json; charset=UTF-8", "APPLICATION/FHIR+JSON"]
)
def test_both_json_types_are_read_however_they_are_written(client: FlaskClient, content_type: str) -> None:
    assert client.post(EVALUATE, data=BUNDLE, headers={"Content-Type": content_type}).status_code == 200


def test_a_body_over_the_cap_is_too_large(client: FlaskClient) -> None:
    assert_problem(client.post(EVALUATE, data=b" " * 200_001, headers=JSON), 413, "200000")


def test_more_resources_than_the_cap_are_too_large(client: FlaskClient) -> None:
    assert_problem(client.post(EVALUATE, data=bodies.as_bundle(bodies.mmn_resources(60)), headers=JSON), 413)
    assert_problem(client.post(CALL, data=bodies.as_hook_call(bodies.mmn_resources(60)), headers=JSON), 413)


def test_a_body_that_breaks_off_is_not_evaluated_though_it_is_valid_json(client: FlaskClient) -> None:
    answer = client.post(
        EVALUATE, data=BUNDLE, headers=JSON, environ_overrides={"CONTENT_LENGTH": str(len(BUNDLE) + 1)}
    )
    assert_problem(answer, 400, "Content-Length")


# --- $mmn-evaluate ---


def test_a_bundle_is_answered_with_cards_and_evaluation(client: FlaskClient, evaluator: Evaluator) -> None:
    result = client.post(f"{EVALUATE}?asOf=2026-03-04T10:20:00%2B01:00", data=BUNDLE, headers=JSON).get_json()
    assert result.keys() == {"cards", "evaluation"}
    assert result["evaluation"]["asOf"] == "2026-03-04T09:20:00Z"
    assert result["evaluation"]["patient"] == f"Patient/{bodies.PATIENT}"
    assert result["evaluation"]["knowledge"]["hash"] == evaluator.knowledge.hash
    assert result["evaluation"]["classification"]["reached"] == "definite"


@pytest.mark.parametrize("query", ["asOf=", "asOf=today", "asOf=2026-03-04", "asOf=2026-03-04T00:00:00Z&asOf=x"])
def test_a_bad_moment_is_refused_by_name(client: FlaskClient, query: str) -> None:
    assert_problem(client.post(f"{EVALUATE}?{query}", data=BUNDLE, headers=JSON), 400, "asOf")


# --- patient-view ---


NCS = "https://mmn-cds.example.org/fhir/CodeSystem/nerve-conduction"


def hook_call(**changes: object) -> bytes:
    return orjson.dumps({**orjson.loads(HOOK_CALL), **changes})


def test_a_hook_call_is_answered_with_cards_and_nothing_else(client: FlaskClient) -> None:
    answer = client.post(CALL, data=HOOK_CALL, headers=JSON)
    assert answer.status_code == 200
    assert answer.get_json().keys() == {"cards"}
    assert answer.get_json()["cards"]
    assert_nothing_empty(answer.get_json())


@pytest.mark.conforms("RSP-2")
def test_a_chart_with_nothing_that_points_to_mmn_gets_no_card(client: FlaskClient) -> None:
    answer = client.post(CALL, data=bodies.as_hook_call(bodies.unremarkable_resources(12)), headers=JSON)
    assert answer.get_json() == {"cards": []}


@pytest.mark.conforms("MIS-1", "MIS-4")
@pytest.mark.parametrize("key", ["patient", "conditions", "nerveStudies", "laboratory", "findings"])
def test_each_missing_key_is_missing_data_and_never_an_empty_list_of_cards(client: FlaskClient, key: str) -> None:
    prefetch = orjson.loads(HOOK_CALL)["prefetch"]
    del prefetch[key]
    assert_problem(client.post(CALL, data=hook_call(prefetch=prefetch), headers=JSON), 412, key)


@pytest.mark.conforms("MIS-1")
def test_no_prefetch_at_all_names_every_key(client: FlaskClient, evaluator: Evaluator) -> None:
    answer = client.post(CALL, data=hook_call(prefetch={}), headers=JSON)
    assert_problem(answer, 412, *evaluator.prefetch_templates())


@pytest.mark.conforms("MIS-5")
def test_without_treatments_the_diagnosis_is_still_told_and_the_card_says_what_was_not_seen(
    client: FlaskClient,
) -> None:
    prefetch = orjson.loads(HOOK_CALL)["prefetch"]
    del prefetch["treatments"]
    (card,) = client.post(CALL, data=hook_call(prefetch=prefetch), headers=JSON).get_json()["cards"]
    assert "Not looked at: treatments" in card["detail"]
    seen = client.post(CALL, data=HOOK_CALL, headers=JSON).get_json()["cards"]
    assert not any("Not looked at" in card["detail"] for card in seen)


@pytest.mark.parametrize("kind", [[], {}, ["Observation"], {"x": 1}, None, 7])
def test_a_malformed_entry_never_breaks_the_call(client: FlaskClient, kind: object) -> None:
    prefetch = orjson.loads(HOOK_CALL)["prefetch"]
    prefetch["findings"]["entry"].append({"resource": {"resourceType": kind, "id": "1"}})
    assert client.post(CALL, data=hook_call(prefetch=prefetch), headers=JSON).status_code == 200


@pytest.mark.parametrize("change", ["another subject", "no subject", "a modifier", "a broken value"])
def test_data_that_had_to_be_left_out_never_look_like_nothing_found(client: FlaskClient, change: str) -> None:
    """The chart's only sign of MMN is a nerve study that cannot be used."""
    body = orjson.loads(HOOK_CALL)
    study: dict[str, object] = {
        "resourceType": "Observation",
        "id": "n1",
        "status": "final",
        "code": {"coding": [{"system": NCS, "code": "motor-nerve-study"}]},
        "subject": {"reference": f"Patient/{body['context']['patientId']}"},
        "bodySite": {"coding": [{"system": "urn:iso:std:iso:11073:10101", "code": "458886"}]},
        "component": [
            {
                "code": {"coding": [{"system": NCS, "code": "wrist.cmap-area-neg"}]},
                "valueQuantity": {"value": 8, "system": "http://unitsofmeasure.org", "code": "mV.ms"},
            }
        ],
    }
    damage: dict[str, dict[str, object]] = {
        "another subject": {"subject": {"reference": "Patient/someone-else"}},
        "no subject": {"subject": None},
        "a modifier": {"modifierExtension": [{"url": "http://example.org/not"}]},
        "a broken value": {"component": [{"code": {"coding": 7}}]},
    }
    empty: dict[str, object] = {"resourceType": "Bundle", "type": "searchset", "entry": []}
    nerves: dict[str, object] = {**empty, "entry": [{"resource": study | damage[change]}]}
    prefetch = {key: body["prefetch"]["patient"] if key == "patient" else empty for key in body["prefetch"]}
    answer = client.post(CALL, data=hook_call(prefetch=prefetch | {"nerveStudies": nerves}), headers=JSON)
    (card,) = answer.get_json()["cards"]
    assert "could not be used" in card["summary"]


def test_the_prefetched_patient_must_be_the_one_of_the_context(client: FlaskClient) -> None:
    context = {"patientId": CANARY, "userId": "Practitioner/1"}
    assert_problem(client.post(CALL, data=hook_call(context=context), headers=JSON), 400)


def test_a_missing_field_is_named(client: FlaskClient) -> None:
    assert_problem(client.post(CALL, data=hook_call(hookInstance=None), headers=JSON), 400, "hookInstance")


@pytest.mark.conforms("REQ-4", "CRD-4")
def test_the_same_hook_instance_is_evaluated_again(client: FlaskClient) -> None:
    first, second = (client.post(CALL, data=HOOK_CALL, headers=JSON).get_json()["cards"] for _ in range(2))
    assert [card["summary"] for card in first] == [card["summary"] for card in second]
    assert not {card["uuid"] for card in first} & {card["uuid"] for card in second}


# --- Faults, ids, logs ---


class Faulty(Evaluator):
    """An evaluator whose engine fails in the way asked for."""

    error: Exception
    in_order = False

    def evaluate_bundle(self, *_: object) -> dict[str, object]:
        """Fail."""
        raise self.error


@pytest.fixture
def faulty(evaluator: Evaluator) -> Faulty:
    broken = Faulty.__new__(Faulty)
    broken.__dict__ |= evaluator.__dict__
    return broken


@pytest.mark.conforms("RSP-4")
@pytest.mark.parametrize("error", [EngineFault(CANARY), ValueError(CANARY), KeyError(CANARY), RecursionError(CANARY)])
def test_a_fault_is_an_error_without_cards_and_without_its_message(
    faulty: Faulty, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    faulty.error = error
    with caplog.at_level(logging.INFO):
        answer = (
            create_app(Settings(profile="local", store="sqlite:///:memory:"), faulty)
            .test_client()
            .post(EVALUATE, data=BUNDLE, headers=JSON)
        )
    assert_problem(answer, 500)
    lines = [JsonLine().format(record) for record in caplog.records]
    assert CANARY not in "".join(lines)
    fault = next(orjson.loads(line) for line in lines if '"fault"' in line)
    assert fault["exception"] == type(error).__name__
    assert fault["location"].startswith("test_http.py:")
    assert fault["correlation_id"] == answer.headers["X-Request-Id"]


def test_an_engine_that_is_not_in_order_is_not_ready(faulty: Faulty) -> None:
    assert_problem(
        create_app(Settings(profile="local", store="sqlite:///:memory:"), faulty).test_client().get("/readyz"), 503
    )


def test_a_harmless_request_id_of_the_caller_is_kept(client: FlaskClient) -> None:
    kept = client.get("/healthz", headers={"X-Request-Id": "engine-0123456789"})
    assert kept.headers["X-Request-Id"] == "engine-0123456789"


@pytest.mark.parametrize("given", ["short", "x" * 65, "with space 123", "späť-12345678", f"{CANARY}<b>"])
def test_any_other_request_id_is_replaced(client: FlaskClient, given: str) -> None:
    answer = client.get("/healthz", headers={"X-Request-Id": given.encode().decode("latin-1")})
    assert len(answer.headers["X-Request-Id"]) == 32


@pytest.mark.conforms("LOG-2")
def test_a_request_is_logged_without_path_query_or_body(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    body = BUNDLE.replace(b"Made-Up", CANARY.encode())
    with caplog.at_level(logging.INFO):
        client.post(f"{EVALUATE}?asOf=2026-03-04T10:20:00Z&subject={CANARY}", data=body, headers=JSON)
        client.get(f"/Patient/{CANARY}")
        client.open("/healthz", method=CANARY.upper())
    lines = [orjson.loads(JsonLine().format(record)) for record in caplog.records if record.name == "service.request"]
    assert CANARY.lower() not in str(lines).lower()
    assert [(line["route"], line["method"], line["status"]) for line in lines] == [
        (EVALUATE, "POST", 400),
        ("unmatched", "GET", 404),
        ("unmatched", "other", 405),
    ]


@pytest.mark.conforms("LOG-1")
def test_a_hook_call_is_logged_with_its_instance_its_caller_and_how_long_each_stage_took(
    evaluator: Evaluator, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(Settings(profile="local", store="sqlite:///:memory:"), evaluator)
    # As the gate would have found.
    app.before_request_funcs["cds_services"] = [lambda: setattr(g, "caller", Caller(name="https://ehr.example.org"))]
    with caplog.at_level(logging.INFO):
        answer = app.test_client().post(CALL, data=HOOK_CALL, headers=JSON)
    (line,) = [orjson.loads(JsonLine().format(record)) for record in caplog.records if record.name == "service.request"]
    assert line["service"] == "mmn-patient-view"
    assert line["hook_instance"] == orjson.loads(HOOK_CALL)["hookInstance"]
    assert line["caller"] == "https://ehr.example.org"
    assert line["cards"] == len(answer.get_json()["cards"])
    assert list(line["stages"]) == ["read", "gather", "evaluate"]
    assert 0 < sum(line["stages"].values()) <= line["ms"]
    assert bodies.PATIENT not in str(line)


def test_the_caller_is_told_how_long_each_stage_took_but_not_in_an_error(client: FlaskClient) -> None:
    timing = client.post(CALL, data=HOOK_CALL, headers=JSON).headers["Server-Timing"]
    assert re.fullmatch(r"read;dur=[\d.]+, gather;dur=[\d.]+, evaluate;dur=[\d.]+", timing)
    assert "Server-Timing" not in client.post(CALL, data=b"{", headers=JSON).headers


def test_nothing_but_the_named_fields_can_be_noted(app: Flask) -> None:
    with app.test_request_context(), pytest.raises(ValueError, match=r"^$"):
        note(patient="1")


# --- A real server ---


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    port = free_port()
    log = tmp_path_factory.mktemp("server") / "log"
    with log.open("wb") as sink:
        server = subprocess.Popen(
            [sys.executable, "-c", "from service.cli import main; main()", "serve", "--profile", "local"],
            env={**os.environ, "MMN_CDS_PORT": str(port)},  # noqa: TID251  # for the child
            cwd=ROOT,
            stdout=sink,
            stderr=sink,
        )
    try:
        wait_until_ready(port, server)
        yield port
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=40) == 0
    assert f"http://127.0.0.1:{port}" in log.read_text()
    assert CANARY not in log.read_text()


def wait_until_ready(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and server.poll() is None:
        with suppress(OSError), closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
    pytest.fail("the server did not get ready")


def exchange(port: int, *pieces: bytes) -> bytes:
    """Send raw bytes, close the sending half, and read to the end."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        for piece in pieces:
            connection.sendall(piece)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


HEAD = b"POST " + EVALUATE.encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


def test_one_connection_serves_good_and_bad_requests_in_turn(port: int) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        for body, status in ((BUNDLE, 200), (b"{", 400), (BUNDLE, 200), (HOOK_CALL, 400), (BUNDLE, 200)):
            connection.request("POST", EVALUATE, body, JSON)
            answer = connection.getresponse()
            assert (answer.status, bool(answer.read())) == (status, True)
            assert "gunicorn" not in str(answer.headers).lower()


@pytest.mark.parametrize(
    "headers",
    [
        {"SCRIPT_NAME": "/cds-services"},
        {"SCRIPT_NAME": f"/{CANARY}"},
        {"X-Forwarded-Proto": "https", "X-Forwarded-Ssl": "off", "X-Forwarded-Prefix": "/elsewhere"},
    ],
)
def test_no_header_says_under_which_address_the_service_was_called(port: int, headers: dict[str, str]) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request("GET", "/cds-services", headers=headers)
        assert "services" in orjson.loads(connection.getresponse().read())


def test_a_body_far_over_the_cap_gets_its_answer_and_no_reset(port: int) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request("POST", EVALUATE, b" " * 30_000_000, JSON)
        assert connection.getresponse().status == 413


def test_a_chunked_body_is_read_and_capped(port: int) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request("POST", EVALUATE, iter([BUNDLE[:100], BUNDLE[100:]]), JSON, encode_chunked=True)
        answer = connection.getresponse()
        assert (answer.status, bool(answer.read())) == (200, True)
        connection.request("POST", EVALUATE, (b" " * 1_000_000 for _ in range(15)), JSON, encode_chunked=True)
        assert connection.getresponse().status == 413


@pytest.mark.conforms("RSP-4")
@pytest.mark.parametrize(
    ("pieces", "status"),
    [
        ((HEAD + b"Content-Length: 5000\r\n\r\n", b'{"resourceType":"Bundle"}'), b"400"),
        ((HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"5\r\n{}"), b"400"),
        ((HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"zz\r\n{}\r\n"), b"400"),
        ((HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", b"{}"), b"400"),
        ((HEAD + b"Content-Length: -2\r\n\r\n",), b"400"),
        ((CANARY.encode() + b"\r\n\r\n",), b"400"),
        ((HEAD + b"X: " + b"a" * 70_000 + b"\r\n\r\n",), b"431"),
        ((b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",), b"414"),
    ],
)
def test_what_is_not_proper_http_gets_an_outcome_too(port: int, pieces: tuple[bytes, ...], status: bytes) -> None:
    head, _, body = exchange(port, *pieces).partition(b"\r\n\r\n")
    assert head.split()[1] == status, head
    assert orjson.loads(body)["resourceType"] == "OperationOutcome"
    assert CANARY.encode() not in head + body


# --- Who came to the wrong door ---


def test_every_operation_that_only_takes_a_body_says_so_to_a_reader(client: FlaskClient) -> None:
    told = client.get("/fhir/$mmn-evaluate").get_json()["issue"][0]["diagnostics"]
    assert "POST" in told
    assert "application/fhir+json" in told
    for path in ("/cds-services/mmn-patient-view", "/fhir/$mmn-read-report", "/fhir/QuestionnaireResponse/$extract"):
        answer = client.get(path)
        assert_problem(answer, 405)
        assert "Content-Type" in answer.get_json()["issue"][0]["diagnostics"]


def test_an_address_that_leads_nowhere_lists_those_that_lead_somewhere(client: FlaskClient) -> None:
    told = client.get("/nowhere").get_json()["issue"][0]["diagnostics"]
    for there in ("GET /cds-services", "POST /fhir/$mmn-evaluate", "GET /rules", "GET /openapi.json"):
        assert there in told


def test_a_bundle_that_is_sent_to_a_hook_is_told_where_bundles_go(client: FlaskClient) -> None:
    answer = client.post(CALL, data=b'{"resourceType":"Bundle","type":"collection","entry":[]}', headers=JSON)
    assert_problem(answer, 400, "/fhir/$mmn-evaluate")
