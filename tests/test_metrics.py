"""What is counted, that it is counted once however many processes serve, and that no label holds what a caller sent."""

import http.client
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
import responses
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from service.app import create_app
from service.errors import EngineFault, Unauthorized
from service.evaluate import Evaluator
from service.outgoing.calling import OutgoingFailed
from service.outgoing.client import Client
from service.outgoing.deadline import Deadline
from service.settings import Settings
from tests.bench import bodies
from tests.bench.servers import Server, server
from tests.shipped import shipped

EVALUATE, CALL, URL = "/fhir/$mmn-evaluate", "/cds-services/mmn-patient-view", "https://fhir.example.org/Patient/1"
JSON = {"Content-Type": "application/json"}
CANARY = "Zebedee-Canary"
SERVE = ("-c", "from service.cli import main; main()", "serve", "--profile", "local", "--workers", "2")


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    return shipped()


@pytest.fixture
def app(evaluator: Evaluator) -> Flask:
    return create_app(Settings(profile="local", store="sqlite:///:memory:"), evaluator)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def counted(text: str, name: str, **labels: str) -> float:
    """The sum of the counters of this name with these labels."""
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return sum(one.value for one in samples if one.name == name and labels.items() <= one.labels.items())


@pytest.mark.conforms("PRF-1")
def test_requests_are_counted_by_route_method_and_status(client: FlaskClient) -> None:
    client.get("/healthz")
    client.get("/healthz")
    client.get(EVALUATE)
    text = client.get("/metrics").text
    assert counted(text, "mmn_cds_requests_total", route="/healthz", method="GET", status="200") == 2
    assert counted(text, "mmn_cds_requests_total", route="unmatched", status="405") == 1
    assert counted(text, "mmn_cds_request_seconds_count", route="/healthz") == 2


def test_evaluations_and_the_cards_that_are_sent_are_counted(client: FlaskClient) -> None:
    body = bodies.as_hook_call(bodies.mmn_resources(12))
    sent = client.post(CALL, data=body, headers=JSON).get_json()["cards"]
    result = client.post(EVALUATE, data=bodies.as_bundle(bodies.mmn_resources(12)), headers=JSON).get_json()
    text = client.get("/metrics").text
    assert counted(text, "mmn_cds_evaluations_total", service="mmn-patient-view") == 1
    assert counted(text, "mmn_cds_evaluations_total", service="mmn-evaluate") == 1
    assert counted(text, "mmn_cds_cards_total") == len(sent) + len(result["cards"])
    first = {"topic": sent[0]["source"]["topic"]["code"], "indicator": sent[0]["indicator"]}
    assert counted(text, "mmn_cds_cards_total", **first) >= 1


@pytest.mark.parametrize(
    ("error", "name", "labels"),
    [
        (EngineFault("x"), "mmn_cds_faults_total", {"exception": "EngineFault"}),
        (RecursionError("x"), "mmn_cds_faults_total", {"exception": "RecursionError"}),
        (Unauthorized("x"), "mmn_cds_refused_tokens_total", {}),
    ],
)
def test_faults_and_refusals_are_counted(app: Flask, error: Exception, name: str, labels: dict[str, str]) -> None:
    def fail() -> None:
        raise error

    before = app.test_client().get("/metrics").text
    app.before_request_funcs["cds_services"] = [fail]
    app.test_client().get("/cds-services")
    after = app.test_client().get("/metrics").text
    assert (counted(before, name), counted(after, name, **labels)) == (0, 1)


@pytest.mark.conforms("LOG-2")
def test_no_label_holds_what_a_caller_sent(client: FlaskClient) -> None:
    body = bodies.as_bundle(bodies.mmn_resources(12)).replace(b"bench-1", CANARY.encode())
    client.post(f"{EVALUATE}?asOf={CANARY}", data=body, headers=JSON | {"Authorization": f"Bearer {CANARY}"})
    client.post(EVALUATE, data=body, headers=JSON | {"X-Request-Id": CANARY})
    client.post(f"/cds-services/{CANARY}", data=body, headers=JSON)
    client.open(f"/{CANARY}", method=CANARY.upper())
    assert CANARY.lower() not in client.get("/metrics").text.lower()


def test_calls_to_other_servers_are_counted_by_outcome() -> None:
    outcomes: list[str] = []
    client = Client(counted=outcomes.append)
    answers: list[dict[str, Any]] = [{"json": {}}, {"status": 503}, {"body": OSError()}, {"status": 404}, {"body": "?"}]
    for answer in answers:
        with responses.RequestsMock() as fake, suppress(OutgoingFailed):
            fake.get(URL, **answer)
            client.get_json(URL, Deadline(5), max_bytes=1000, accept="application/json")
    assert outcomes == ["answered", "unavailable", "unavailable", "unusable", "unusable"]


# --- A real server with two workers ---


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("temporary")


@pytest.fixture(scope="module")
def running(directory: Path) -> Iterator[Server]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(directory))
        with server(*SERVE) as started:
            yield started
    assert list(directory.glob("mmn-cds-metrics-*")) == []


def test_every_worker_tells_what_all_of_them_counted(running: Server) -> None:
    before = counted(asked(running, "/metrics"), "mmn_cds_requests_total", route="/healthz")
    for _ in range(40):
        asked(running, "/healthz")
    for _ in range(4):
        assert counted(asked(running, "/metrics"), "mmn_cds_requests_total", route="/healthz") == before + 40


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_what_a_dead_worker_counted_still_counts(running: Server, directory: Path, ending: signal.Signals) -> None:
    before = counted(asked(running, "/metrics"), "mmn_cds_requests_total", route="/healthz")
    (private,) = directory.glob("mmn-cds-metrics-*")
    workers = {int(file.stem.rpartition("_")[2]) for file in private.glob("histogram_*.db")} - {running.pid}
    assert workers
    for worker in workers:
        with suppress(ProcessLookupError):
            os.kill(worker, ending)
    assert counted(asked(running, "/metrics"), "mmn_cds_requests_total", route="/healthz") == before


def test_nobody_else_can_read_the_counters(directory: Path, running: Server) -> None:
    assert running.pid
    (private,) = directory.glob("mmn-cds-metrics-*")
    assert private.stat().st_mode & 0o777 == 0o700


def asked(running: Server, path: str) -> str:
    """The answer on a connection of its own; asked again where a worker has just died."""
    for _ in range(1000):
        with suppress(OSError, http.client.HTTPException), closing(connection(running)) as opened:
            opened.request("GET", path)
            answer = opened.getresponse()
            if answer.status == http.HTTPStatus.OK:
                return answer.read().decode()
    sys.exit(f"{path} was not answered")


def connection(running: Server) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", running.port, timeout=20)
