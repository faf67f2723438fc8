"""What one caller does to itself at a FHIR server, it does to nobody else."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import orjson
import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.fhir.gathering.access import Access, Wanted
from service.fhir.gathering.fetcher import FhirFetcher
from service.fhir.gathering.pages import Unusable
from service.outgoing.client import Client
from service.settings import Settings
from tests.bench import bodies
from tests.fake_fhir import FakeFhirServer
from tests.fake_fhir import behaviours as does
from tests.fake_fhir.server import Exchange, serve
from tests.shipped import shipped

CALL, SHARE = "/cds-services/mmn-patient-view", 8
PREFETCHED = bodies.as_hook_call(bodies.mmn_resources(12))
WANTED = {"patient": Wanted(f"Patient/{bodies.PATIENT}")}


@pytest.fixture
def ehr() -> Iterator[FakeFhirServer]:
    with FakeFhirServer(bodies.mmn_resources(12)) as server:
        yield server


def without_patient(fhir_server: str) -> bytes:
    call = orjson.loads(PREFETCHED)
    del call["prefetch"]["patient"]
    return orjson.dumps({**call, "fhirServer": fhir_server})


def status(client: FlaskClient, body: bytes) -> int:
    return client.post(CALL, data=body, headers={"Content-Type": "application/json"}).status_code


def test_calls_that_wait_for_a_slow_server_leave_places_to_others(ehr: FakeFhirServer) -> None:
    go, waiting = threading.Event(), threading.Semaphore(0)

    def wait(exchange: Exchange) -> None:
        waiting.release()
        go.wait(30)
        serve(exchange)

    ehr.behave(wait, on="Patient")
    fetcher = FhirFetcher(Client(), fetch_seconds=30, https_only=False)
    app = create_app(
        Settings(profile="local", store="sqlite:///:memory:", fhir_servers=(ehr.base,)), shipped(), fetcher
    )
    unfetched = without_patient(ehr.base)
    with ThreadPoolExecutor(SHARE) as threads:
        slow = [threads.submit(status, app.test_client(), unfetched) for _ in range(SHARE)]
        assert all(waiting.acquire(timeout=20) for _ in slow)
        try:
            assert status(app.test_client(), unfetched) == 503
            assert status(app.test_client(), PREFETCHED) == 200
        finally:
            go.set()
        assert [each.result() for each in slow] == [200] * SHARE
    assert status(app.test_client(), unfetched) == 200


def test_who_gives_a_server_no_time_lets_it_rest_for_itself_alone(ehr: FakeFhirServer) -> None:
    fetcher = FhirFetcher(Client(), https_only=False)

    def ask(caller: str, seconds: float) -> object:
        access = Access(bodies.PATIENT, ehr.base, (ehr.base,), seconds=seconds, caller=caller)
        return fetcher.fetch(access, WANTED, 100)["patient"]

    ehr.behave(does.hang)
    assert all(isinstance(ask("hasty", 0.3), Unusable) for _ in range(5))
    ehr.behave(None)
    assert "left alone" in str(ask("hasty", 30))
    assert isinstance(ask("patient", 30), list)
